#include "protocol/oauth.h"

#include "text/json_writer.h"

static bool may_repeat(slice name)
{
	return slice_equal(name, SLICE("audience")) || slice_equal(name, SLICE("resource"));
}

/* RFC 6749 3.2: parameters must not be included more than once. */
static enum error refuse_repeated(const struct form *form, struct fault *why)
{
	for (size_t i = 0; i < form->count; i++) {
		slice name = form->pairs[i].name;
		if (!may_repeat(name) && form_count(form, name) > 1) {
			char field[48];
			size_t length = name.len < sizeof(field) ? name.len : sizeof(field) - 1;
			for (size_t j = 0; j < length; j++)
				field[j] = name.ptr[j];
			field[length] = '\0';
			return FAIL_FIELD(why, E_INVALID, field, "the parameter %s came twice", field);
		}
	}
	return E_OK;
}

enum error oauth_form_read(struct form *ret_form, slice media_type, slice body, struct arena *arena, struct fault *why)
{
	*ret_form = (struct form){.count = 0};
	if (!slice_equal_fold(media_type, SLICE("application/x-www-form-urlencoded")))
		return FAIL(why, E_MEDIA_TYPE, "the body must be application/x-www-form-urlencoded");
	if (body.len > OAUTH_BODY_BYTES_MAX)
		return FAIL(why, E_LIMIT, "a body of more than %u bytes", OAUTH_BODY_BYTES_MAX);
	struct form form;
	TRY(form_parse(&form, body, arena, why));
	TRY(refuse_repeated(&form, why));
	*ret_form = form;
	return E_OK;
}

enum error oauth_assertion_read(const struct form *form, slice *ret_assertion, struct fault *why)
{
	slice type = SLICE(""), secret = SLICE("");
	*ret_assertion = SLICE("");
	TRY(form_opt(form, "client_assertion", ret_assertion, why));
	TRY(form_opt(form, "client_assertion_type", &type, why));
	TRY(form_opt(form, "client_secret", &secret, why));
	if (secret.len)
		return FAIL_FIELD(why, E_INVALID, "client_secret", "clients authenticate with private_key_jwt");
	if ((ret_assertion->len > 0) != (type.len > 0))
		return FAIL_FIELD(why, E_INVALID, type.len ? "client_assertion" : "client_assertion_type",
				  "client_assertion and client_assertion_type belong together");
	if (type.len && !slice_equal(type, SLICE(OAUTH_ASSERTION_TYPE)))
		return FAIL_FIELD(why, E_INVALID, "client_assertion_type", "only jwt-bearer assertions are accepted");
	return E_OK;
}

static enum error check_target(slice target, slice issuer, struct fault *why)
{
	slice path = slice_starts_with(target, issuer) ? slice_from_offset(target, issuer.len) : SLICE("");
	if (slice_equal(path, SLICE("/mcp")))
		return E_OK;
	if (slice_starts_with(path, SLICE("/mcp/")) && path.len > 5 && slice_find_byte(path, '/', 5) == SIZE_MAX)
		return E_OK;
	return FAIL(why, E_TARGET, "tokens are for %.*s/mcp only", SLICE_ARG(issuer));
}

static enum error check_targets(const struct form *form, slice issuer, struct fault *why)
{
	for (size_t i = 0; i < form->count; i++)
		if (may_repeat(form->pairs[i].name) && form->pairs[i].value.len)
			TRY(check_target(form->pairs[i].value, issuer, why));
	return E_OK;
}

static enum error read_subject(const struct form *form, struct oauth_token_request *ret, struct fault *why)
{
	slice type, requested = SLICE(""), actor = SLICE(""), actor_type = SLICE("");
	TRY(form_need(form, "subject_token", &ret->subject_token, why));
	TRY(form_need(form, "subject_token_type", &type, why));
	TRY(form_opt(form, "requested_token_type", &requested, why));
	TRY(form_opt(form, "actor_token", &actor, why));
	TRY(form_opt(form, "actor_token_type", &actor_type, why));
	if (slice_equal(type, SLICE(OAUTH_TYPE_JWT)))
		ret->subject = OAUTH_SUBJECT_JWT;
	else if (slice_equal(type, SLICE(OAUTH_TYPE_ACCESS_TOKEN)))
		ret->subject = OAUTH_SUBJECT_ACCESS_TOKEN;
	else
		return FAIL_FIELD(why, E_INVALID, "subject_token_type", "the type of the subject token is not supported");
	if (requested.len && !slice_equal(requested, SLICE(OAUTH_TYPE_ACCESS_TOKEN)) &&
	    !slice_equal(requested, SLICE(OAUTH_TYPE_JWT)))
		return FAIL_FIELD(why, E_INVALID, "requested_token_type", "only access tokens are issued");
	if (actor.len || actor_type.len)
		return FAIL_FIELD(why, E_INVALID, "actor_token", "the authenticated client is the actor");
	return E_OK;
}

static enum error read_lifetime(const struct form *form, int64_t *ret_s, struct fault *why)
{
	slice text = SLICE("");
	uint64_t seconds = 0;
	TRY(form_opt(form, "expires_in", &text, why));
	if (text.len && (!slice_to_u64(text, &seconds) || seconds == 0 || seconds > 86400))
		return FAIL_FIELD(why, E_INVALID, "expires_in", "expires_in is a number of seconds");
	*ret_s = (int64_t)seconds;
	return E_OK;
}

enum error oauth_token_request_read(const struct form *form, slice issuer, struct oauth_token_request *ret,
				    struct fault *why)
{
	slice grant;
	*ret = (struct oauth_token_request){.grant = OAUTH_NO_GRANT};
	struct oauth_token_request request = *ret;
	TRY(form_need(form, "grant_type", &grant, why));
	if (slice_equal(grant, SLICE("client_credentials")))
		request.grant = OAUTH_CLIENT_CREDENTIALS;
	else if (slice_equal(grant, SLICE(OAUTH_GRANT_EXCHANGE)))
		request.grant = OAUTH_TOKEN_EXCHANGE;
	else
		return FAIL_FIELD(why, E_GRANT_TYPE, "grant_type", "client_credentials and token-exchange are supported");
	TRY(oauth_assertion_read(form, &request.client_assertion, why));
	TRY(form_opt(form, "client_id", &request.client_id, why));
	TRY(form_opt(form, "scope", &request.scope, why));
	TRY(form_opt(form, "purpose", &request.purpose, why));
	TRY(form_opt(form, "task_id", &request.task_id, why));
	TRY(read_lifetime(form, &request.expires_in_s, why));
	TRY(check_targets(form, issuer, why));
	if (request.grant == OAUTH_TOKEN_EXCHANGE)
		TRY(read_subject(form, &request, why));
	*ret = request;
	return E_OK;
}

/* A document of a fixed size cannot fail but for memory, which marks the buffer as failed. */
static void finish(struct json_writer *writer)
{
	json_end_object(writer);
	if (json_writer_end(writer, NULL) != E_OK)
		writer->buffer->failed = true;
}

static void begin(struct json_writer *writer, struct buffer *out)
{
	json_writer_init(writer, out, JSON_COMPACT);
	json_begin_object(writer);
}

static void put_texts(struct json_writer *writer, const char *key, const char *const *texts, size_t count)
{
	json_put_array(writer, key);
	for (size_t i = 0; i < count; i++)
		json_write_string(writer, slice_of(texts[i]));
	json_end_array(writer);
}

#define PUT_TEXTS(writer, key, ...)                                                                                    \
	do {                                                                                                           \
		static const char *const texts_[] = {__VA_ARGS__};                                                     \
		put_texts((writer), (key), texts_, sizeof(texts_) / sizeof(texts_[0]));                                \
	} while (0)

void oauth_error_write(struct buffer *out, const char *code, slice description)
{
	struct json_writer writer;
	begin(&writer, out);
	json_put_text(&writer, "error", code);
	if (description.len)
		json_put_string(&writer, "error_description", description);
	finish(&writer);
}

#define ASSERTION_ALGORITHMS "ES256", "ES384", "ES512", "EdDSA", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512"

void oauth_server_metadata_write(struct buffer *out, slice issuer)
{
	struct json_writer writer;
	begin(&writer, out);
	json_put_string(&writer, "issuer", issuer);
	json_put_joined(&writer, "token_endpoint", issuer, "/token");
	json_put_joined(&writer, "jwks_uri", issuer, "/jwks");
	json_put_joined(&writer, "introspection_endpoint", issuer, "/introspect");
	json_put_joined(&writer, "revocation_endpoint", issuer, "/revoke");
	PUT_TEXTS(&writer, "grant_types_supported", "client_credentials", OAUTH_GRANT_EXCHANGE);
	PUT_TEXTS(&writer, "token_endpoint_auth_methods_supported", "private_key_jwt");
	PUT_TEXTS(&writer, "token_endpoint_auth_signing_alg_values_supported", ASSERTION_ALGORITHMS);
	PUT_TEXTS(&writer, "introspection_endpoint_auth_methods_supported", "private_key_jwt", "bearer");
	PUT_TEXTS(&writer, "introspection_endpoint_auth_signing_alg_values_supported", ASSERTION_ALGORITHMS);
	PUT_TEXTS(&writer, "revocation_endpoint_auth_methods_supported", "private_key_jwt", "bearer");
	PUT_TEXTS(&writer, "revocation_endpoint_auth_signing_alg_values_supported", ASSERTION_ALGORITHMS);
	json_put_array(&writer, "response_types_supported");
	json_end_array(&writer);
	finish(&writer);
}

void oauth_resource_metadata_write(struct buffer *out, slice issuer, slice path)
{
	struct json_writer writer;
	struct buffer resource;
	buffer_init(&resource, 8192);
	buffer_add(&resource, issuer);
	buffer_add(&resource, path);
	begin(&writer, out);
	json_put_string(&writer, "resource", buffer_slice(&resource));
	json_put_array(&writer, "authorization_servers");
	json_write_string(&writer, issuer);
	json_end_array(&writer);
	json_put_joined(&writer, "jwks_uri", issuer, "/jwks");
	PUT_TEXTS(&writer, "bearer_methods_supported", "header");
	json_put_text(&writer, "resource_name", "Tipstaff gateway");
	finish(&writer);
	if (resource.failed)
		out->failed = true;
	buffer_free(&resource);
}
