#include "api/token.h"

#include "api/client.h"
#include "api/grant.h"
#include "api/reply.h"
#include "evidence/record.h"
#include "text/json_writer.h"
#include "text/time.h"
#include "text/ulid.h"

#define NS_PER_MS 1000000
#define TOKEN_BYTES_MAX 65536u
#define MESSAGE_BYTES_MAX 65536u

/*
 * One token in the making: waits for the signer, then for the log. It lives in the exchange's arena, so it ends with
 * the answer; only the buffer has to be freed before.
 */
struct making {
	struct services *services;
	struct http_exchange *exchange;
	struct oauth_token_request asked;
	struct assertion assertion;
	struct issue issue;
	struct ulid id;          /* of the record, and the token's jti */
	struct ulid transaction;
	struct ulid task;
	slice agent;             /* empty while nobody known has asked */
	slice owner;
	slice title;
	struct buffer token;
};

static void begin(struct making *making)
{
	unsigned char random[3][ULID_RANDOM_BYTES];
	making->issue.now_ms = services_now_ns(making->services) / NS_PER_MS;
	services_random(making->services, random, sizeof(random));
	making->id = ulid_make(SLICE("t"), making->issue.now_ms, random[0]);
	making->transaction = ulid_make(SLICE("txn"), making->issue.now_ms, random[1]);
	making->task = ulid_make(SLICE("task"), making->issue.now_ms, random[2]);
	buffer_init(&making->token, TOKEN_BYTES_MAX);
}

static enum error write_record(struct making *making, enum record_decision decision, slice reason, slice detail,
			       struct buffer *out, struct fault *why)
{
	const struct issue *issue = &making->issue;
	const slice chain[2] = {issue->on_behalf_of.len ? issue->on_behalf_of : making->agent, making->agent};
	bool issued = decision == RECORD_PERMIT;
	struct record record = {
		.kind = RECORD_TOKEN,
		.id = ulid_slice(&making->id),
		.time_ns = (uint64_t)services_now_ns(making->services),
		.node = making->services->config->node,
		.decision = decision,
		.reason = reason,
		.enforcement = RECORD_ENFORCED,
		.mode = issue->on_behalf_of.len ? RECORD_DELEGATED : RECORD_AUTONOMOUS,
		.on_behalf_of = issue->on_behalf_of,
		.agent = making->agent,
		.owner = making->owner,
		.chain = {chain, issue->on_behalf_of.len ? 2 : 1},
		.depth = issue->on_behalf_of.len ? 1 : 0,
		.token = issued ? issue->jti : SLICE(""),
		.purpose = issue->purpose,
		.task = issue->task,
		.task_title = making->title,
		.trigger = SLICE("token"),
		.operation = issued ? SLICE("issue") : SLICE("refuse"),
		.detail = detail,
		.peer = http_peer(making->exchange),
		.instance = issue->instance,
		.scopes = {issue->scope, issue->scope_count},
		.expires_s = issued ? (uint64_t)(issue->now_ms / 1000 + issue->lifetime_s) : 0,
	};
	return record_encode(&record, out, why);
}

/* A refusal may leave before it is durable. Only of agents that are known: strangers must not fill the log. */
static void record_refusal(struct making *making, slice reason, slice detail)
{
	struct buffer record;
	metrics_add(making->services->metrics, METRIC_TOKEN_REFUSED);
	if (making->agent.len == 0)
		return;
	buffer_init(&record, RECORD_BYTES_MAX);
	if (write_record(making, RECORD_DENY, reason, detail, &record, NULL) == E_OK)
		recorder_append_forget(making->services->recorder, buffer_slice(&record));
	buffer_free(&record);
}

static void refuse(struct making *making, enum error code, const struct fault *why)
{
	slice detail = slice_of(why->code == code ? fault_sentence(why) : error_sentence(code));
	record_refusal(making, slice_of(error_oauth(code)), detail);
	buffer_free(&making->token);
	reply_oauth_fault(making->exchange, code, why);
}

static void refuse_state(struct making *making, slice state)
{
	slice reason = arena_print(&making->exchange->arena, "agent.state=%.*s", SLICE_ARG(state));
	record_refusal(making, reason, SLICE(""));
	buffer_free(&making->token);
	reply_oauth_error(making->exchange, 403, "access_denied", reason);
}

static void write_reply(const struct making *making, struct buffer *out)
{
	struct json_writer writer;
	struct buffer scope;
	buffer_init(&scope, MESSAGE_BYTES_MAX);
	for (size_t i = 0; i < making->issue.scope_count; i++) {
		buffer_add_text(&scope, i ? " " : "");
		buffer_add(&scope, making->issue.scope[i]);
	}
	json_writer_init(&writer, out, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "access_token", buffer_slice(&making->token));
	json_put_text(&writer, "token_type", "Bearer");
	json_put_i64(&writer, "expires_in", making->issue.lifetime_s);
	json_put_string(&writer, "scope", buffer_slice(&scope));
	if (making->asked.grant == OAUTH_TOKEN_EXCHANGE)
		json_put_text(&writer, "issued_token_type", OAUTH_TYPE_ACCESS_TOKEN);
	json_put_string(&writer, "task_id", making->issue.task);
	json_put_string(&writer, "purpose", making->issue.purpose);
	json_end_object(&writer);
	if (json_writer_end(&writer, NULL) != E_OK || scope.failed)
		out->failed = true;
	buffer_free(&scope);
}

static void on_durable(void *context, enum error code, uint64_t index)
{
	struct making *making = context;
	struct fault why = {.code = E_OK};
	struct buffer body;
	(void)index;
	if (code != E_OK) {
		metrics_add(making->services->metrics, METRIC_APPEND_FAILED);
		code = FAIL(&why, E_UNAVAILABLE, "evidence.unavailable: no token without a record");
		buffer_free(&making->token);
		reply_oauth_fault(making->exchange, code, &why);
		return;
	}
	metrics_add(making->services->metrics, METRIC_TOKEN_ISSUED);
	buffer_init(&body, REPLY_BYTES_MAX);
	write_reply(making, &body);
	buffer_free(&making->token);
	reply_buffer(making->exchange, 200, &body);
}

static void on_signed(void *context, enum error code, slice signature)
{
	struct making *making = context;
	struct fault why = {.code = E_OK};
	struct buffer record;
	if (code != E_OK)
		code = FAIL(&why, E_UNAVAILABLE, "the signer is not available");
	if (code == E_OK)
		code = issue_complete(&making->token, signature, &why);
	buffer_init(&record, RECORD_BYTES_MAX);
	if (code == E_OK)
		code = write_record(making, RECORD_PERMIT, SLICE("permitted"), SLICE(""), &record, &why);
	if (code == E_OK)
		recorder_append(making->services->recorder, buffer_slice(&record), on_durable, making);
	else
		refuse(making, code, &why);
	buffer_free(&record);
}

static void on_counted(void *context, int status, slice reply)
{
	struct making *making = context;
	(void)status;
	(void)reply;
	slice text = arena_print(&making->exchange->arena,
				 "agent.unregistered: %.*s is not known here; ask an operator to register it",
				 SLICE_ARG(making->assertion.client_id));
	buffer_free(&making->token);
	reply_oauth_error(making->exchange, 403, "access_denied", text);
}

/* IDN-5: an unknown workload gets no credential, but it is seen. */
static void count_stranger(struct making *making)
{
	struct json_writer writer;
	struct buffer sighting;
	struct services *services = making->services;
	struct time_text time = time_format_ms(making->issue.now_ms);
	metrics_add(services->metrics, METRIC_CALLER_UNKNOWN);
	buffer_init(&sighting, MESSAGE_BYTES_MAX);
	json_writer_init(&writer, &sighting, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "client_id", making->assertion.client_id);
	json_put_string(&writer, "thumbprint", making->assertion.thumbprint);
	json_put_string(&writer, "address", http_peer(making->exchange));
	json_put_string(&writer, "time", time_slice(&time));
	if (making->assertion.jwk.len) {
		json_write_key(&writer, SLICE("jwk"));
		json_write_raw(&writer, making->assertion.jwk);
	}
	json_end_object(&writer);
	if (json_writer_end(&writer, NULL) == E_OK)
		recorder_call(services->recorder, RECORDER_CALLER, buffer_slice(&sighting), on_counted, making);
	else
		on_counted(making, 0, SLICE(""));
	buffer_free(&sighting);
}

/* What failed in authentication is told as such, whatever failed. */
static enum error as_client_error(enum error code, struct fault *why)
{
	if (code == E_OK || code == E_RATE || code == E_UNAVAILABLE || code == E_MEMORY || code == E_NOT_FOUND ||
	    code == E_CRYPTO)
		return code;
	why->code = E_UNAUTHENTICATED;
	return E_UNAUTHENTICATED;
}

/* In an exchange the subject may be another assertion of the client; alone, it authenticates the client too. */
static enum error authenticate(struct making *making, const struct agent_row **ret_agent, struct fault *why)
{
	struct arena *arena = &making->exchange->arena;
	const struct oauth_token_request *asked = &making->asked;
	bool has_subject = asked->subject == OAUTH_SUBJECT_JWT;
	slice first = asked->client_assertion.len ? asked->client_assertion : has_subject ? asked->subject_token : SLICE("");
	enum error code = as_client_error(client_authenticate(making->services, first, arena, &making->assertion, ret_agent,
							      why),
					  why);
	if (*ret_agent) {
		making->agent = arena_copy(arena, (*ret_agent)->row.id);
		making->owner = arena_copy(arena, (*ret_agent)->owner);
	}
	TRY(code);
	if (asked->client_id.len && !slice_equal(asked->client_id, making->assertion.client_id))
		return FAIL_FIELD(why, E_UNAUTHENTICATED, "client_id", "client_id is not that of the assertion");
	if (!has_subject || asked->client_assertion.len == 0 || slice_equal(asked->subject_token, first))
		return E_OK;
	struct assertion subject;
	const struct agent_row *subject_agent;
	code = client_authenticate(making->services, asked->subject_token, arena, &subject, &subject_agent, why);
	if (code == E_OK && !slice_equal(subject.client_id, making->assertion.client_id))
		return FAIL_FIELD(why, E_GRANT, "subject_token", "the subject token is of another client");
	if (code == E_OK || code == E_RATE || code == E_UNAVAILABLE || code == E_MEMORY)
		return code;
	why->code = E_GRANT;
	return E_GRANT;
}

static enum error read_parent(struct making *making, struct caller *parent, struct fault *why)
{
	enum error code = client_token_read(making->services, making->asked.subject_token, &making->exchange->arena,
					    parent, why);
	if (code == E_UNAVAILABLE || code == E_MEMORY)
		return code;
	if (code != E_OK) {
		why->code = E_GRANT;
		return E_GRANT;
	}
	if (!slice_equal(parent->agent, making->assertion.client_id))
		return FAIL_FIELD(why, E_GRANT, "subject_token", "the subject token was issued to another agent");
	return E_OK;
}

static enum error fill_issue(struct making *making, const struct agent_row *agent, struct fault *why)
{
	struct arena *arena = &making->exchange->arena;
	struct caller parent;
	bool narrows = making->asked.subject == OAUTH_SUBJECT_ACCESS_TOKEN;
	const struct config *config = making->services->config;
	struct issue *issue = &making->issue;
	if (narrows)
		TRY(read_parent(making, &parent, why));
	struct grant_request request = {
		.snapshot = services_snapshot(making->services),
		.agent = agent,
		.asked = &making->asked,
		.parent = narrows ? &parent : NULL,
		.new_task_id = ulid_slice(&making->task),
		.now_ms = issue->now_ms,
		.lifetime_max_s = config->token_lifetime_s,
	};
	TRY(grant_decide(&request, arena, issue, &making->title, why));
	issue->issuer = config->issuer;
	issue->audience = arena_print(arena, "%.*s/mcp", SLICE_ARG(config->issuer));
	issue->agent = making->agent;
	issue->instance = arena_print(arena, "%.*s#1", SLICE_ARG(making->agent));
	issue->jti = ulid_slice(&making->id);
	if (!narrows)
		issue->transaction = ulid_slice(&making->transaction);
	return issue_signing_input(issue, signer_token_key_id(making->services->signer), &making->token, why);
}

static enum error read_request(struct making *making, struct fault *why)
{
	struct http_exchange *exchange = making->exchange;
	struct form form;
	if (exchange->request->method != HTTP1_POST)
		return FAIL(why, E_METHOD, "POST only");
	TRY(oauth_form_read(&form, http1_media_type(&exchange->request->headers), exchange->body, &exchange->arena, why));
	return oauth_token_request_read(&form, making->services->config->issuer, &making->asked, why);
}

void token_handle(struct services *services, struct http_exchange *exchange)
{
	struct fault why = {.code = E_OK};
	const struct agent_row *agent = NULL;
	struct making *making = ARENA_NEW(&exchange->arena, struct making);
	if (!making) {
		reply_oauth_fault(exchange, E_MEMORY, NULL);
		return;
	}
	making->services = services;
	making->exchange = exchange;
	begin(making);
	enum error code = read_request(making, &why);
	if (code == E_OK)
		code = authenticate(making, &agent, &why);
	if (code == E_NOT_FOUND) {
		count_stranger(making);
		return;
	}
	if (code == E_OK && !agent->may_act) {
		refuse_state(making, agent->state);
		return;
	}
	if (code == E_OK)
		code = fill_issue(making, agent, &why);
	if (code == E_OK)
		signer_sign_token(services->signer, buffer_slice(&making->token), on_signed, making);
	else
		refuse(making, code, &why);
}
