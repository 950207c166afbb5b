/* POST /revoke (RFC 7009): an agent revokes its own tokens, the operator any, by token or by jti. */
#include "api/client.h"
#include "api/reply.h"
#include "api/token.h"
#include "protocol/oauth.h"
#include "text/json_writer.h"
#include "text/time.h"
#include "text/ulid.h"

#define MESSAGE_BYTES_MAX 4096u

struct revoking {
	struct services *services;
	struct http_exchange *exchange;
	slice actor;
	slice agent;          /* whose token it is; empty where only a jti is known */
	int64_t expires_s;    /* of the token; 0: not known */
	slice ids[2];         /* of the token; and of its chain where it is the first of it */
	unsigned count;
	unsigned next;
};

static void go_on(struct revoking *revoking);

static void on_stored(void *context, int status, slice reply)
{
	struct revoking *revoking = context;
	struct fault why = {.code = E_OK};
	(void)reply;
	/* 409: it was revoked before. */
	if (status / 100 == 2 || status == 409) {
		go_on(revoking);
		return;
	}
	enum error code = FAIL(&why, E_UNAVAILABLE, "the revocation could not be stored");
	reply_oauth_fault(revoking->exchange, code, &why);
}

static void go_on(struct revoking *revoking)
{
	struct json_writer writer;
	struct buffer command;
	if (revoking->next == revoking->count) {
		reply_json(revoking->exchange, 200, SLICE("{}"));
		return;
	}
	slice id = revoking->ids[revoking->next++];
	buffer_init(&command, MESSAGE_BYTES_MAX);
	json_writer_init(&writer, &command, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_text(&writer, "op", "create");
	json_put_text(&writer, "kind", "revocation");
	json_put_string(&writer, "id", id);
	json_put_object(&writer, "object");
	json_put_string(&writer, "id", id);
	json_put_text(&writer, "what", slice_starts_with(id, SLICE("txn_")) ? "chain" : "token");
	if (revoking->agent.len)
		json_put_string(&writer, "agent", revoking->agent);
	if (revoking->expires_s) {
		struct time_text time = time_format_s(revoking->expires_s);
		json_put_string(&writer, "expires_at", time_slice(&time));
	}
	json_end_object(&writer);
	json_put_string(&writer, "actor", revoking->actor);
	json_end_object(&writer);
	if (json_writer_end(&writer, NULL) == E_OK)
		recorder_call(revoking->services->recorder, RECORDER_COMMAND, buffer_slice(&command), on_stored, revoking);
	else
		on_stored(revoking, 500, SLICE(""));
	buffer_free(&command);
}

static void add_id(struct revoking *revoking, slice id)
{
	revoking->ids[revoking->count++] = arena_copy(&revoking->exchange->arena, id);
}

/* What a token stands for; nothing where it is not, or no longer, valid: then there is nothing to revoke. */
static enum error add_token(struct revoking *revoking, slice token, slice client, struct fault *why)
{
	struct caller caller;
	int64_t token_ms, chain_ms;
	enum error code = client_token_read(revoking->services, token, &revoking->exchange->arena, &caller, why);
	if (code == E_UNAVAILABLE || code == E_MEMORY)
		return code;
	if (code != E_OK)
		return E_OK;
	if (client.len && !slice_equal(client, caller.agent))
		return FAIL_FIELD(why, E_FORBIDDEN, "token", "the token was issued to another agent");
	revoking->agent = arena_copy(&revoking->exchange->arena, caller.agent);
	revoking->expires_s = caller.expires_s;
	add_id(revoking, caller.token);
	/* The first of a chain takes all that were made from it along. */
	if (ulid_parse(caller.token, SLICE("t"), &token_ms, NULL) == E_OK &&
	    ulid_parse(caller.transaction, SLICE("txn"), &chain_ms, NULL) == E_OK && token_ms == chain_ms)
		add_id(revoking, caller.transaction);
	return E_OK;
}

static enum error read_request(struct revoking *revoking, struct fault *why)
{
	struct http_exchange *exchange = revoking->exchange;
	struct form form;
	slice client, token = SLICE(""), jti = SLICE("");
	if (exchange->request->method != HTTP1_POST)
		return FAIL(why, E_METHOD, "POST only");
	TRY(oauth_form_read(&form, http1_media_type(&exchange->request->headers), exchange->body, &exchange->arena, why));
	TRY(client_or_admin(revoking->services, exchange, &form, &client, why));
	revoking->actor = client.len ? arena_print(&exchange->arena, "agent:%.*s", SLICE_ARG(client))
				     : SLICE("operator:admin");
	TRY(form_opt(&form, "token", &token, why));
	TRY(form_opt(&form, "jti", &jti, why));
	if (token.len)
		return add_token(revoking, token, client, why);
	if (jti.len == 0)
		return FAIL_FIELD(why, E_INVALID, "token", "token is missing");
	if (client.len)
		return FAIL_FIELD(why, E_FORBIDDEN, "jti", "an agent revokes by the token itself");
	if (ulid_parse(jti, SLICE("t"), NULL, NULL) != E_OK && ulid_parse(jti, SLICE("txn"), NULL, NULL) != E_OK)
		return FAIL_FIELD(why, E_INVALID, "jti", "this is no jti of ours");
	add_id(revoking, jti);
	return E_OK;
}

void revoke_handle(struct services *services, struct http_exchange *exchange)
{
	struct fault why = {.code = E_OK};
	struct revoking *revoking = ARENA_NEW(&exchange->arena, struct revoking);
	if (!revoking) {
		reply_oauth_fault(exchange, E_MEMORY, NULL);
		return;
	}
	revoking->services = services;
	revoking->exchange = exchange;
	enum error code = read_request(revoking, &why);
	if (code == E_OK)
		go_on(revoking);
	else
		reply_oauth_fault(exchange, code, &why);
}
