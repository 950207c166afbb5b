/* POST /introspect (RFC 7662): for the operator any token, for an agent its own; whatever is not valid is inactive. */
#include "api/client.h"
#include "api/reply.h"
#include "api/token.h"
#include "protocol/oauth.h"
#include "text/json_writer.h"

static void put_scope(struct json_writer *writer, const struct caller *caller)
{
	struct buffer scope;
	buffer_init(&scope, REPLY_BYTES_MAX);
	for (unsigned i = 0; i < caller->scope_count; i++) {
		buffer_add_text(&scope, i ? " " : "");
		buffer_add(&scope, caller->scope[i]);
	}
	json_put_string(writer, "scope", buffer_slice(&scope));
	if (scope.failed)
		writer->buffer->failed = true;
	buffer_free(&scope);
}

/* The nested actors as they stand in the token, outermost newest. */
static void put_act(struct json_writer *writer, const struct caller *caller)
{
	bool delegated = caller->mode == CALLER_DELEGATED;
	json_put_object(writer, "act");
	json_put_string(writer, "sub", delegated ? caller->agent : caller->instance);
	json_put_text(writer, "sub_profile", "ai_agent");
	if (delegated)
		json_put_string(writer, "instance", caller->instance);
	unsigned inner = caller->chain_count > 2 ? caller->chain_count - 2 : 0;
	for (unsigned i = inner; i > 0; i--) {
		json_put_object(writer, "act");
		json_put_string(writer, "sub", caller->chain[i]);
	}
	for (unsigned i = inner; i > 0; i--)
		json_end_object(writer);
	json_end_object(writer);
}

static void write_active(struct json_writer *writer, const struct caller *caller)
{
	bool delegated = caller->mode == CALLER_DELEGATED;
	json_put_bool(writer, "active", true);
	put_scope(writer, caller);
	json_put_string(writer, "client_id", caller->agent);
	json_put_text(writer, "token_type", "Bearer");
	json_put_i64(writer, "exp", caller->expires_s);
	json_put_i64(writer, "iat", caller->issued_s);
	json_put_string(writer, "sub", caller->subject);
	json_put_string(writer, "aud", caller->audience);
	json_put_string(writer, "iss", caller->issuer);
	json_put_string(writer, "jti", caller->token);
	put_act(writer, caller);
	json_put_string(writer, "purpose", caller->purpose);
	json_put_string(writer, "task_id", caller->task);
	json_put_string(writer, "req", caller->requester);
	json_put_text(writer, "mode", delegated ? "delegated" : "autonomous");
	json_put_string(writer, "txn", caller->transaction);
}

static enum error read_request(struct services *services, struct http_exchange *exchange, slice *ret_token,
			       slice *ret_client, struct fault *why)
{
	struct form form;
	if (exchange->request->method != HTTP1_POST)
		return FAIL(why, E_METHOD, "POST only");
	TRY(oauth_form_read(&form, http1_media_type(&exchange->request->headers), exchange->body, &exchange->arena, why));
	TRY(client_or_admin(services, exchange, &form, ret_client, why));
	return form_need(&form, "token", ret_token, why);
}

static void answer(struct http_exchange *exchange, const struct caller *caller)
{
	struct json_writer writer;
	struct buffer body;
	buffer_init(&body, REPLY_BYTES_MAX);
	json_writer_init(&writer, &body, JSON_COMPACT);
	json_begin_object(&writer);
	if (caller)
		write_active(&writer, caller);
	else
		json_put_bool(&writer, "active", false);
	json_end_object(&writer);
	if (json_writer_end(&writer, NULL) != E_OK)
		body.failed = true;
	reply_buffer(exchange, 200, &body);
}

void introspect_handle(struct services *services, struct http_exchange *exchange)
{
	struct fault why = {.code = E_OK};
	slice token, client;
	struct caller caller;
	enum error code = read_request(services, exchange, &token, &client, &why);
	if (code != E_OK) {
		reply_oauth_fault(exchange, code, &why);
		return;
	}
	code = client_token_read(services, token, &exchange->arena, &caller, &why);
	if (code == E_UNAVAILABLE || code == E_MEMORY) {
		reply_oauth_fault(exchange, code, &why);
		return;
	}
	bool active = code == E_OK && (client.len == 0 || slice_equal(client, caller.agent));
	answer(exchange, active ? &caller : NULL);
}
