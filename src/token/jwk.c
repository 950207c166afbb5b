#include "token/jwk.h"

#include "base/memory.h"
#include "text/base64.h"

/* Longest private RSA key that key_import takes, in base64url, with names around it. */
#define PRIVATE_JSON_BYTES_MAX 16384u

/* Names of a key's types and curves: RFC 7518 6.1, 6.2.1.1, RFC 8037 2. */
static const struct {
	const char *kty;
	const char *crv; /* NULL: the type has no curves */
} names[KEY_TYPE_COUNT] = {
	[KEY_P256] = {"EC", "P-256"},	     [KEY_P384] = {"EC", "P-384"}, [KEY_P521] = {"EC", "P-521"},
	[KEY_ED25519] = {"OKP", "Ed25519"}, [KEY_RSA] = {"RSA", NULL},	   [KEY_SYMMETRIC] = {"oct", NULL},
};

/* Numbers of a key, in the order RFC 7638 3.2 wants them among "crv" and "kty". */
struct number {
	const char *name;
	slice *place;
	bool private;
};

#define NUMBERS_MAX 8

/* The numbers of a key of this type; returns how many. */
static size_t list_numbers(struct key_numbers *numbers, struct number list[NUMBERS_MAX])
{
	const struct number rsa[] = {{"e", &numbers->e, false},	 {"n", &numbers->n, false},  {"d", &numbers->d, true},
				     {"p", &numbers->p, true},	 {"q", &numbers->q, true},   {"dp", &numbers->dp, true},
				     {"dq", &numbers->dq, true}, {"qi", &numbers->qi, true}};
	const struct number curve[] = {
		{"x", &numbers->x, false}, {"y", &numbers->y, false}, {"d", &numbers->d, true}};
	const struct number edwards[] = {{"x", &numbers->x, false}, {"d", &numbers->d, true}};
	const struct number symmetric[] = {{"k", &numbers->k, true}};
	const struct number *from = curve;
	size_t count = 3;
	if (numbers->type == KEY_RSA) {
		from = rsa;
		count = 8;
	} else if (numbers->type == KEY_ED25519) {
		from = edwards;
		count = 2;
	} else if (numbers->type == KEY_SYMMETRIC) {
		from = symmetric;
		count = 1;
	}
	for (size_t i = 0; i < count; i++)
		list[i] = from[i];
	return count;
}

static enum error read_type(enum key_type *ret_type, const struct json_doc *doc, const struct json_node *object,
			    struct fault *why)
{
	slice kty, crv = {0};
	TRY(json_need_string(doc, object, "kty", &kty, why));
	bool has_curve = slice_equal(kty, SLICE("EC")) || slice_equal(kty, SLICE("OKP"));
	if (has_curve)
		TRY(json_need_string(doc, object, "crv", &crv, why));
	for (unsigned i = KEY_NONE + 1; i < KEY_TYPE_COUNT; i++)
		if (slice_equal(kty, slice_of(names[i].kty)) &&
		    (!names[i].crv || slice_equal(crv, slice_of(names[i].crv)))) {
			*ret_type = (enum key_type)i;
			return E_OK;
		}
	return FAIL_FIELD(why, E_INVALID, has_curve ? "crv" : "kty", "a key of a type or on a curve that is not known");
}

static enum error read_number(slice *ret_number, const struct json_doc *doc, const struct json_node *object,
			      const char *name, struct key_room *room, struct fault *why)
{
	slice text = {0};
	size_t length;
	TRY(json_opt_string(doc, object, name, &text, why));
	*ret_number = (slice){0};
	if (text.len == 0)
		return E_OK;
	if (BASE64_BYTES(text.len) > sizeof(room->bytes) - room->used)
		return FAIL_FIELD(why, E_INVALID, name, "\"%s\" of a key is too long", name);
	char *to = (char *)room->bytes + room->used;
	if (base64url_read(to, &length, text, NULL) != E_OK)
		return FAIL_FIELD(why, E_INVALID, name, "\"%s\" of a key is not base64url", name);
	*ret_number = slice_from(to, length);
	room->used += length;
	return E_OK;
}

static enum error read_numbers(struct key_numbers *numbers, const struct json_doc *doc, const struct json_node *object,
			       enum jwk_kind kind, struct key_room *room, struct fault *why)
{
	struct number list[NUMBERS_MAX];
	size_t count = list_numbers(numbers, list);
	for (size_t i = 0; i < count; i++) {
		const char *name = list[i].name;
		if (list[i].private && kind == JWK_PUBLIC) {
			if (json_get(doc, object, slice_of(name)))
				return FAIL_FIELD(why, E_INVALID, name, "a private key where a public one is expected");
			continue;
		}
		TRY(read_number(list[i].place, doc, object, name, room, why));
		if (list[i].place->len == 0)
			return FAIL_FIELD(why, E_INVALID, name, "\"%s\" of a key is missing", name);
	}
	return E_OK;
}

/* RFC 7517 4.2, 4.3 */
static enum error check_use(const struct json_doc *doc, const struct json_node *object, enum key_type type,
			    enum jwk_kind kind, struct fault *why)
{
	slice use = SLICE("sig"), operation;
	const struct json_node *operations;
	TRY(json_opt_string(doc, object, "use", &use, why));
	if (!slice_equal(use, SLICE("sig")))
		return FAIL_FIELD(why, E_INVALID, "use", "a key that is not for signatures");
	TRY(json_opt_node(doc, object, "key_ops", JSON_ARRAY, &operations, why));
	if (!operations)
		return E_OK;
	for (const struct json_node *node = json_first(operations); node; node = json_next(node)) {
		if (!json_string(node, &operation))
			return FAIL_FIELD(why, E_INVALID, "key_ops", "\"key_ops\" must hold strings");
		bool sign = slice_equal(operation, SLICE("sign")), verify = slice_equal(operation, SLICE("verify"));
		if ((sign && kind == JWK_PRIVATE) || (verify && (kind == JWK_PUBLIC || type == KEY_SYMMETRIC)))
			return E_OK;
	}
	return FAIL_FIELD(why, E_INVALID, "key_ops", "a key that is not for this operation");
}

static enum error pin(struct key *key, slice algorithm, struct fault *why)
{
	if (algorithm.ptr && key_pin(key, signature_of_name(algorithm), NULL) != E_OK)
		return FAIL_FIELD(why, E_INVALID, "alg", "an algorithm that is unknown or not for this key");
	return E_OK;
}

static enum error import(struct key **ret_key, const struct json_doc *doc, const struct json_node *object,
			 enum key_type type, enum jwk_kind kind, struct fault *why)
{
	struct key_room room;
	struct key_numbers numbers = {.type = type};
	room.used = 0;
	enum error error = read_numbers(&numbers, doc, object, kind, &room, why);
	if (error == E_OK)
		error = key_import(ret_key, &numbers, why);
	key_room_wipe(&room);
	return error;
}

enum error jwk_parse(struct jwk *ret_jwk, const struct json_doc *doc, const struct json_node *object,
		     enum jwk_kind kind, struct arena *arena, struct fault *why)
{
	enum key_type type = KEY_NONE;
	struct jwk jwk = {0};
	slice algorithm = {0}, key_id = {0};
	*ret_jwk = jwk;
	if (!json_is(object, JSON_OBJECT))
		return FAIL(why, E_INVALID, "a key must be a JSON object");
	TRY(read_type(&type, doc, object, why));
	if (type == KEY_SYMMETRIC && kind == JWK_PUBLIC)
		return FAIL_FIELD(why, E_INVALID, "k", "a symmetric key where a public one is expected");
	TRY(check_use(doc, object, type, kind, why));
	TRY(json_opt_string(doc, object, "alg", &algorithm, why));
	TRY(json_opt_string(doc, object, "kid", &key_id, why));
	if (key_id.len > 0) {
		jwk.key_id = arena_copy(arena, key_id);
		if (!jwk.key_id.ptr)
			return FAIL(why, E_MEMORY, "no memory for a key id");
	}
	TRY(import(&jwk.key, doc, object, type, kind, why));
	enum error error = pin(jwk.key, algorithm, why);
	if (error != E_OK) {
		key_free(jwk.key);
		return error;
	}
	*ret_jwk = jwk;
	return E_OK;
}

static enum error write_key(struct json_writer *writer, const struct key *key, slice key_id, bool with_private,
			    struct fault *why)
{
	struct key_room room;
	struct key_numbers numbers;
	struct number list[NUMBERS_MAX];
	TRY(key_export(key, with_private, &numbers, &room, why));
	size_t count = list_numbers(&numbers, list);
	json_begin_object(writer);
	json_put_text(writer, "kty", names[numbers.type].kty);
	if (names[numbers.type].crv)
		json_put_text(writer, "crv", names[numbers.type].crv);
	json_put_text(writer, "use", "sig");
	json_put_text(writer, "alg", signature_name(key_algorithm(key)));
	if (key_id.len > 0)
		json_put_string(writer, "kid", key_id);
	for (size_t i = 0; i < count; i++) {
		char text[BASE64URL_TEXT_BYTES(KEY_RSA_BITS_MAX / 8 + 1)];
		if (list[i].private && !with_private)
			continue;
		size_t length = base64url_write(text, *list[i].place);
		json_put_string(writer, list[i].name, slice_from(text, length));
		memory_wipe(text, sizeof(text));
	}
	json_end_object(writer);
	key_room_wipe(&room);
	return E_OK;
}

enum error jwk_write_public(struct json_writer *writer, const struct key *key, slice key_id, struct fault *why)
{
	return write_key(writer, key, key_id, false, why);
}

enum error jwk_export_private(struct secret *ret_json, const struct key *key, slice key_id, struct fault *why)
{
	struct buffer buffer;
	struct json_writer writer;
	*ret_json = (struct secret){0};
	buffer_init(&buffer, PRIVATE_JSON_BYTES_MAX);
	/* All at once, so that no half-grown copy stays behind. */
	TRY(buffer_reserve(&buffer, PRIVATE_JSON_BYTES_MAX, why));
	json_writer_init(&writer, &buffer, JSON_COMPACT);
	enum error error = write_key(&writer, key, key_id, true, why);
	if (error == E_OK)
		error = json_writer_end(&writer, why);
	if (error == E_OK)
		error = secret_set(ret_json, buffer_slice(&buffer), why);
	memory_wipe(buffer.ptr, buffer.size);
	buffer_free(&buffer);
	return error;
}

/* RFC 7638 3: the required members only, ordered by name, without white space. */
static enum error digest_members(struct sha256 *ret_digest, struct key_numbers *numbers, struct fault *why)
{
	struct number list[NUMBERS_MAX];
	size_t count = list_numbers(numbers, list);
	struct buffer buffer;
	buffer_init(&buffer, PRIVATE_JSON_BYTES_MAX);
	buffer_add_byte(&buffer, '{');
	if (names[numbers->type].crv)
		buffer_print(&buffer, "\"crv\":\"%s\",", names[numbers->type].crv);
	bool kty_written = false;
	for (size_t i = 0; i < count && !list[i].private; i++) {
		if (!kty_written && list[i].name[0] > 'k') {
			buffer_print(&buffer, "\"kty\":\"%s\",", names[numbers->type].kty);
			kty_written = true;
		}
		buffer_print(&buffer, "\"%s\":\"", list[i].name);
		base64url_add(&buffer, *list[i].place);
		buffer_add_text(&buffer, i + 1 < count && !list[i + 1].private ? "\"," : "\"");
	}
	buffer_add_byte(&buffer, '}');
	enum error error = buffer_check(&buffer, why);
	if (error == E_OK)
		error = sha256_once(ret_digest, buffer_slice(&buffer), why);
	buffer_free(&buffer);
	return error;
}

enum error jwk_thumbprint(struct sha256 *ret_thumbprint, const struct key *key, struct fault *why)
{
	struct key_room room;
	struct key_numbers numbers;
	TRY(key_export(key, false, &numbers, &room, why));
	return digest_members(ret_thumbprint, &numbers, why);
}

enum error jwk_thumbprint_text(struct jwk_thumbprint_text *ret_text, const struct key *key, struct fault *why)
{
	struct sha256 thumbprint;
	TRY(jwk_thumbprint(&thumbprint, key, why));
	base64url_write(ret_text->bytes, sha256_slice(&thumbprint));
	return E_OK;
}
