#include "cli/assertion_maker.h"

#include "crypt/key.h"
#include "daemon/files.h"
#include "text/json_writer.h"
#include "text/ulid.h"
#include "token/jwk.h"
#include "token/jwt.h"

#include <sys/random.h>
#include <time.h>

#define KEY_FILE_BYTES_MAX 65536u
#define ASSERTION_LIFETIME_S 60 /* the longest that is accepted */

static enum error write_pair(const struct key *key, slice key_file, struct buffer *ret_public, struct fault *why)
{
	struct jwk_thumbprint_text name;
	struct secret private = {NULL, 0};
	struct json_writer writer;
	TRY(jwk_thumbprint_text(&name, key, why));
	TRY(jwk_export_private(&private, key, jwk_thumbprint_slice(&name), why));
	enum error code = files_write_private(key_file, secret_slice(&private), why);
	secret_wipe(&private);
	TRY(code);
	json_writer_init(&writer, ret_public, JSON_COMPACT);
	TRY(jwk_write_public(&writer, key, jwk_thumbprint_slice(&name), why));
	return json_writer_end(&writer, why);
}

enum error keygen(slice key_file, struct buffer *ret_public, struct fault *why)
{
	struct key *key = NULL;
	TRY(key_generate(&key, KEY_P256, why));
	enum error code = write_pair(key, key_file, ret_public, why);
	key_free(key);
	return code;
}

static bool names_this_machine(slice url)
{
	return slice_starts_with(url, SLICE("http://127.")) || slice_starts_with(url, SLICE("http://localhost:")) ||
	       slice_starts_with(url, SLICE("http://[::1]"));
}

/*
 * The issuer, which is the only audience that may stand in an assertion. A server that names another issuer than the
 * one that was asked could use the assertion there (RFC 8414 3.3).
 */
static enum error find_issuer(struct remote *remote, slice *ret_issuer, struct fault *why)
{
	struct remote_reply reply;
	slice url = client_url(remote->client);
	TRY(remote_get(remote, SLICE("/.well-known/oauth-authorization-server"), &reply, why));
	if (!json_string(json_get(&reply.doc, json_root(&reply.doc), SLICE("issuer")), ret_issuer))
		return FAIL(why, E_UPSTREAM, "%.*s does not say who it is", SLICE_ARG(url));
	if (!slice_equal(*ret_issuer, url) && !(names_this_machine(*ret_issuer) && names_this_machine(url)))
		return FAIL(why, E_UPSTREAM, "%.*s says that it is %.*s; no assertion is made for another server",
			    SLICE_ARG(url), SLICE_ARG(*ret_issuer));
	return E_OK;
}

static enum error write_claims(const struct token_wish *wish, slice issuer, struct buffer *ret_claims, struct fault *why)
{
	struct timespec now;
	struct json_writer writer;
	unsigned char random[ULID_RANDOM_BYTES];
	clock_gettime(CLOCK_REALTIME, &now);
	if (getrandom(random, sizeof(random), 0) != sizeof(random))
		return FAIL(why, E_IO, "no randomness");
	struct ulid id = ulid_make(SLICE("a"), (int64_t)now.tv_sec * 1000, random);
	json_writer_init(&writer, ret_claims, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "iss", wish->agent);
	json_put_string(&writer, "sub", wish->agent);
	json_put_string(&writer, "aud", issuer);
	json_put_string(&writer, "jti", ulid_slice(&id));
	json_put_i64(&writer, "iat", now.tv_sec);
	json_put_i64(&writer, "exp", now.tv_sec + ASSERTION_LIFETIME_S);
	json_end_object(&writer);
	return json_writer_end(&writer, why);
}

static enum error sign_claims(const struct token_wish *wish, slice claims, struct buffer *ret_assertion,
			      struct arena *arena, struct fault *why)
{
	struct jwk_set keys = {.count = 0};
	slice text;
	TRY(files_read_private(wish->key_file, KEY_FILE_BYTES_MAX, arena, &text, why));
	TRY(jwk_set_parse(&keys, text, JWK_PRIVATE, arena, why));
	enum error code = keys.count == 1
		? jwt_sign(ret_assertion, keys.keys[0].key, SLICE("JWT"), keys.keys[0].key_id, claims, why)
		: FAIL(why, E_USAGE, "%.*s holds %zu usable keys; one is needed", SLICE_ARG(wish->key_file), keys.count);
	jwk_set_free(&keys);
	return code;
}

static void add_parameter(struct remote *remote, struct buffer *form, const char *name, slice value)
{
	if (value.len > 0)
		buffer_print(form, "&%s=%.*s", name, SLICE_ARG(remote_escape(remote, value)));
}

static enum error write_form(struct remote *remote, const struct token_wish *wish, struct buffer *form,
			     struct fault *why)
{
	struct buffer claims, assertion;
	slice issuer;
	TRY(find_issuer(remote, &issuer, why));
	buffer_init(&claims, 8192);
	buffer_init(&assertion, JWT_BYTES_MAX);
	enum error code = write_claims(wish, issuer, &claims, why);
	if (code == E_OK)
		code = sign_claims(wish, buffer_slice(&claims), &assertion, &remote->arena, why);
	buffer_add(form, SLICE("grant_type=client_credentials&client_assertion_type="
			       "urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer"));
	add_parameter(remote, form, "client_assertion", buffer_slice(&assertion));
	add_parameter(remote, form, "task_id", wish->task);
	add_parameter(remote, form, "purpose", wish->purpose);
	add_parameter(remote, form, "scope", wish->scope);
	if (wish->lifetime_s > 0)
		buffer_print(form, "&expires_in=%llu", (unsigned long long)wish->lifetime_s);
	buffer_free(&claims);
	buffer_free(&assertion);
	TRY(code);
	return buffer_check(form, why);
}

enum error token_fetch(struct remote *remote, const struct token_wish *wish, struct remote_reply *ret_reply,
		       struct fault *why)
{
	struct buffer form;
	*ret_reply = (struct remote_reply){.status = 0};
	buffer_init(&form, 65536);
	enum error code = write_form(remote, wish, &form, why);
	if (code == E_OK) {
		struct client_request request = {.method = SLICE("POST"), .path = SLICE("/token"),
						 .content_type = SLICE("application/x-www-form-urlencoded"),
						 .body = buffer_slice(&form)};
		code = remote_send(remote, &request, ret_reply, why);
	}
	buffer_free(&form);
	TRY(code);
	return remote_check(remote, ret_reply, why);
}
