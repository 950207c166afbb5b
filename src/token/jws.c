#include "token/jws.h"

#include "text/base64.h"
#include "text/json_writer.h"

#define HEADER_LIMITS ((struct json_limits){.bytes_max = JWS_BYTES_MAX, .depth_max = 16, .nodes_max = 1024})

static enum error split(slice text, slice parts[3], struct fault *why)
{
	slice rest = text;
	for (int i = 0; i < 2; i++) {
		parts[i] = slice_cut(&rest, '.');
		if (!rest.ptr)
			return FAIL(why, E_SYNTAX, "a compact JWS has three parts");
	}
	parts[2] = rest;
	if (slice_find_byte(rest, '.', 0) != SIZE_MAX)
		return FAIL(why, E_SYNTAX, "a compact JWS has three parts");
	return E_OK;
}

static enum error read_header(struct jws *jws, slice text, struct arena *arena, struct fault *why)
{
	slice json, algorithm;
	const struct json_doc *header = &jws->header;
	struct json_limits limits = HEADER_LIMITS;
	TRY(base64url_read_arena(&json, text, arena, why));
	TRY(json_parse(&jws->header, json, &limits, arena, why));
	const struct json_node *root = json_root(header);
	if (!json_is(root, JSON_OBJECT))
		return FAIL(why, E_SYNTAX, "a JWS header must be a JSON object");
	if (json_get(header, root, SLICE("crit")))
		return FAIL_FIELD(why, E_INVALID, "crit", "critical JWS extensions are not understood");
	if (json_get(header, root, SLICE("b64")))
		return FAIL_FIELD(why, E_INVALID, "b64", "an unencoded JWS payload is not understood");
	TRY(json_need_string(header, root, "alg", &algorithm, why));
	jws->algorithm = signature_of_name(algorithm);
	if (jws->algorithm == SIGNATURE_NONE)
		return FAIL_FIELD(why, E_INVALID, "alg", "the algorithm \"%.*s\" is not understood",
				  algorithm.len > 32 ? 32 : (int)algorithm.len, algorithm.ptr);
	TRY(json_opt_string(header, root, "kid", &jws->key_id, why));
	TRY(json_opt_string(header, root, "typ", &jws->type, why));
	return json_opt_node(header, root, "jwk", JSON_OBJECT, &jws->key, why);
}

enum error jws_parse(struct jws *ret_jws, slice text, struct arena *arena, struct fault *why)
{
	slice parts[3];
	struct jws jws = {0};
	*ret_jws = jws;
	if (text.len > JWS_BYTES_MAX)
		return FAIL(why, E_LIMIT, "a JWS of %zu bytes, at most %u are read", text.len, JWS_BYTES_MAX);
	TRY(split(text, parts, why));
	if (parts[2].len == 0)
		return FAIL(why, E_SYNTAX, "a JWS without a signature");
	TRY(read_header(&jws, parts[0], arena, why));
	TRY(base64url_read_arena(&jws.payload, parts[1], arena, why));
	TRY(base64url_read_arena(&jws.signature, parts[2], arena, why));
	jws.signing_input = slice_sub(text, 0, parts[0].len + 1 + parts[1].len);
	*ret_jws = jws;
	return E_OK;
}

enum error jws_verify(const struct jws *jws, const struct key *key, unsigned allowed, struct fault *why)
{
	if (jws->algorithm == SIGNATURE_NONE || !(allowed & SIGNATURE_BIT(jws->algorithm)))
		return FAIL_FIELD(why, E_INVALID, "alg", "the algorithm %s is not allowed here",
				  signature_name(jws->algorithm));
	if (!key_serves(key, jws->algorithm))
		return FAIL_FIELD(why, E_INVALID, "alg", "the key is not for the algorithm %s",
				  signature_name(jws->algorithm));
	return signature_verify(key, jws->algorithm, jws->signing_input, jws->signature, why);
}

static void write_header(struct buffer *to, enum signature_algorithm algorithm, slice type, slice key_id,
			 const slice *extra)
{
	buffer_add_text(to, "{\"alg\":\"");
	buffer_add_text(to, signature_name(algorithm));
	buffer_add_byte(to, '"');
	if (type.len > 0) {
		buffer_add_text(to, ",\"typ\":");
		json_quote(to, type);
	}
	if (key_id.len > 0) {
		buffer_add_text(to, ",\"kid\":");
		json_quote(to, key_id);
	}
	if (extra && extra->len > 0) {
		buffer_add_byte(to, ',');
		buffer_add(to, *extra);
	}
	buffer_add_byte(to, '}');
}

enum error jws_sign(struct buffer *to, const struct key *key, slice type, slice key_id, const slice *header_extra,
		    slice payload, struct fault *why)
{
	struct buffer header;
	struct signature signature;
	size_t start = to->len;
	enum signature_algorithm algorithm = key_algorithm(key);
	buffer_init(&header, JWS_BYTES_MAX);
	write_header(&header, algorithm, type, key_id, header_extra);
	enum error error = buffer_check(&header, why);
	if (error == E_OK)
		base64url_add(to, buffer_slice(&header));
	buffer_free(&header);
	TRY(error);
	buffer_add_byte(to, '.');
	base64url_add(to, payload);
	TRY(buffer_check(to, why));
	slice input = slice_from_offset(buffer_slice(to), start);
	TRY(signature_sign(key, algorithm, input, &signature, why));
	buffer_add_byte(to, '.');
	base64url_add(to, signature_slice(&signature));
	return buffer_check(to, why);
}
