#include "identity/issue.h"

#include "text/base64.h"
#include "text/json_writer.h"

#define CLAIMS_BYTES_MAX 49152u
#define MS_PER_S 1000
#define SIGNATURE_ES256_BYTES 64u

static enum error need(slice value, const char *name, struct fault *why)
{
	if (value.len == 0)
		return FAIL_FIELD(why, E_INVALID, name, "a token needs a %s", name);
	return E_OK;
}

static enum error check(const struct issue *issue, slice key_id, struct fault *why)
{
	TRY(need(key_id, "kid", why));
	TRY(need(issue->issuer, "iss", why));
	TRY(need(issue->audience, "aud", why));
	TRY(need(issue->agent, "client_id", why));
	TRY(need(issue->instance, "act", why));
	TRY(need(issue->requester, "req", why));
	TRY(need(issue->purpose, "purpose", why));
	TRY(need(issue->task, "task_id", why));
	TRY(need(issue->jti, "jti", why));
	TRY(need(issue->transaction, "txn", why));
	if (issue->scope_count == 0)
		return FAIL_FIELD(why, E_INVALID, "scope", "a token needs a scope");
	if (issue->scope_count > CALLER_SCOPE_MAX)
		return FAIL_FIELD(why, E_LIMIT, "scope", "a scope of more than %u tools", CALLER_SCOPE_MAX);
	if (issue->lifetime_s < ISSUE_LIFETIME_S_MIN || issue->lifetime_s > ISSUE_LIFETIME_S_MAX)
		return FAIL_FIELD(why, E_INVALID, "exp", "a token lives %d to %d seconds", ISSUE_LIFETIME_S_MIN,
				  ISSUE_LIFETIME_S_MAX);
	if (issue->original_issue_s <= 0 || issue->original_issue_s > issue->now_ms / MS_PER_S)
		return FAIL_FIELD(why, E_INVALID, "oiat", "a token cannot be older than its chain");
	return E_OK;
}

static void write_scope(struct json_writer *writer, const struct issue *issue)
{
	struct buffer scope;
	buffer_init(&scope, CLAIMS_BYTES_MAX);
	for (size_t i = 0; i < issue->scope_count; i++) {
		if (i)
			buffer_add_byte(&scope, ' ');
		buffer_add(&scope, issue->scope[i]);
	}
	json_put_string(writer, "scope", buffer_slice(&scope));
	if (scope.failed)
		writer->buffer->failed = true;
	buffer_free(&scope);
}

static void write_claims(struct json_writer *writer, const struct issue *issue)
{
	bool delegated = issue->on_behalf_of.len > 0;
	int64_t now_s = issue->now_ms / MS_PER_S;
	json_begin_object(writer);
	json_put_string(writer, "iss", issue->issuer);
	json_put_string(writer, "sub", delegated ? issue->on_behalf_of : issue->agent);
	json_put_string(writer, "aud", issue->audience);
	json_put_string(writer, "client_id", issue->agent);
	json_put_i64(writer, "iat", now_s);
	json_put_i64(writer, "exp", now_s + issue->lifetime_s);
	json_put_string(writer, "jti", issue->jti);
	write_scope(writer, issue);
	json_put_string(writer, "purpose", issue->purpose);
	json_put_string(writer, "task_id", issue->task);
	json_put_string(writer, "req", issue->requester);
	json_put_object(writer, "act");
	json_put_string(writer, "sub", delegated ? issue->agent : issue->instance);
	json_put_string(writer, "sub_profile", SLICE("ai_agent"));
	if (delegated)
		json_put_string(writer, "instance", issue->instance);
	json_end_object(writer);
	json_put_string(writer, "sub_profile", delegated ? SLICE("human") : SLICE("ai_agent"));
	json_put_string(writer, "mode", delegated ? SLICE("delegated") : SLICE("autonomous"));
	json_put_string(writer, "txn", issue->transaction);
	json_put_i64(writer, "oiat", issue->original_issue_s);
	json_end_object(writer);
}

static enum error write_parts(const struct issue *issue, slice key_id, struct buffer *json, struct buffer *ret_input,
			      struct fault *why)
{
	struct json_writer writer;
	json_writer_init(&writer, json, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "alg", SLICE("ES256"));
	json_put_string(&writer, "typ", SLICE("at+jwt"));
	json_put_string(&writer, "kid", key_id);
	json_end_object(&writer);
	TRY(json_writer_end(&writer, why));
	base64url_add(ret_input, buffer_slice(json));
	buffer_add_byte(ret_input, '.');
	buffer_clear(json);
	json_writer_init(&writer, json, JSON_COMPACT);
	write_claims(&writer, issue);
	TRY(json_writer_end(&writer, why));
	base64url_add(ret_input, buffer_slice(json));
	return buffer_check(ret_input, why);
}

enum error issue_signing_input(const struct issue *issue, slice key_id, struct buffer *ret_input, struct fault *why)
{
	TRY(check(issue, key_id, why));
	struct buffer json;
	buffer_init(&json, CLAIMS_BYTES_MAX);
	enum error code = write_parts(issue, key_id, &json, ret_input, why);
	buffer_free(&json);
	return code;
}

enum error issue_complete(struct buffer *input, slice signature, struct fault *why)
{
	if (signature.len != SIGNATURE_ES256_BYTES)
		return FAIL(why, E_INVALID, "a signature of %zu bytes", signature.len);
	buffer_add_byte(input, '.');
	base64url_add(input, signature);
	return buffer_check(input, why);
}

enum error issue_lifetime(int64_t asked_s, int64_t lifetime_max_s, int64_t now_s, int64_t task_expires_s,
			  int64_t parent_expires_s, int64_t *ret_lifetime_s, struct fault *why)
{
	int64_t lifetime_s = lifetime_max_s < ISSUE_LIFETIME_S_MAX ? lifetime_max_s : ISSUE_LIFETIME_S_MAX;
	if (asked_s && (asked_s < ISSUE_LIFETIME_S_MIN || asked_s > ISSUE_LIFETIME_S_MAX))
		return FAIL_FIELD(why, E_INVALID, "expires_in", "expires_in is %d to %d seconds", ISSUE_LIFETIME_S_MIN,
				  ISSUE_LIFETIME_S_MAX);
	if (asked_s && asked_s < lifetime_s)
		lifetime_s = asked_s;
	if (task_expires_s && task_expires_s - now_s < lifetime_s)
		lifetime_s = task_expires_s - now_s;
	if (parent_expires_s && parent_expires_s - now_s < lifetime_s)
		lifetime_s = parent_expires_s - now_s;
	if (lifetime_s < ISSUE_LIFETIME_S_MIN)
		return FAIL_FIELD(why, E_EXPIRED, "exp", "fewer than %d seconds are left", ISSUE_LIFETIME_S_MIN);
	*ret_lifetime_s = lifetime_s;
	return E_OK;
}
