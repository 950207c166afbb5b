/* How a call ends: every answer of the gateway's own, and the one place where a call is freed. */
#include "gateway/call.h"

#include "base/memory.h"

#define JSON SLICE("application/json")

/* What is still in flight towards the target is given up first; no callback follows. */
static void call_free(struct call *call)
{
	if (call->upstream)
		upstream_cancel(call->upstream);
	loop_timer_stop(call->services->loop, &call->timer);
	buffer_free(&call->sent);
	buffer_free(&call->received);
	buffer_free(&call->written);
	sse_reader_free(&call->events);
	memory_free(call);
}

static enum step respond(struct call *call, int status, const struct http1_field *fields, size_t count, slice body)
{
	struct http_exchange *exchange = call->exchange;
	if (call->streaming)
		http_abort(exchange);
	else
		http_respond(exchange, status, fields, count, body);
	call_free(call);
	return STEP_DONE;
}

enum step call_reply(struct call *call, int status, slice type, slice body)
{
	struct http1_field fields[3];
	size_t count = 0;
	if (type.len > 0)
		fields[count++] = (struct http1_field){SLICE("Content-Type"), type};
	fields[count++] = (struct http1_field){SLICE("Cache-Control"), SLICE("no-store")};
	if (status < 300 && call->request.method && call->request.method->id == MCP_INITIALIZE && call->session.id.len > 0)
		fields[count++] = (struct http1_field){SLICE("Mcp-Session-Id"), call->session.id};
	if (status == 405)
		fields[count++] = (struct http1_field){SLICE("Allow"), SLICE("POST")};
	return respond(call, status, fields, count, body);
}

enum step call_accept(struct call *call)
{
	return call_reply(call, 202, SLICE(""), SLICE(""));
}

enum step call_reject(struct call *call, int status, int64_t code, slice message, slice data)
{
	buffer_clear(&call->written);
	jsonrpc_write_error(&call->written, call->id, code, message, data);
	return call_reply(call, status, JSON, buffer_slice(&call->written));
}

enum step call_fail(struct call *call, enum error code, const struct fault *why)
{
	slice sentence = why && why->code ? slice_of(fault_sentence(why)) : slice_of(error_sentence(code));
	return call_reject(call, error_http_status(code), error_jsonrpc(code), sentence, SLICE(""));
}

enum step call_result(struct call *call, slice result)
{
	buffer_clear(&call->written);
	jsonrpc_write_result(&call->written, call->id, result);
	return call_reply(call, 200, JSON, buffer_slice(&call->written));
}

/* RFC 6750 3, RFC 9728 5.1: where the client learns who issues tokens for this endpoint. */
enum step call_challenge(struct call *call, const struct fault *why)
{
	bool presented = call_header(call, HTTP1_NAME_AUTHORIZATION).ptr != NULL;
	slice challenge = arena_print(call->arena, "Bearer %sresource_metadata=\"%.*s/.well-known/oauth-protected-resource%.*s\"",
				      presented ? "error=\"invalid_token\", " : "",
				      SLICE_ARG(call->services->config->issuer), SLICE_ARG(call->exchange->request->path));
	call->id = SLICE("");
	buffer_clear(&call->written);
	jsonrpc_write_error(&call->written, call->id, 401, slice_of(fault_sentence(why)), SLICE(""));
	struct http1_field fields[] = {
		{SLICE("Content-Type"), JSON},
		{SLICE("WWW-Authenticate"), challenge.ptr ? challenge : SLICE("Bearer")},
	};
	return respond(call, 401, fields, 2, buffer_slice(&call->written));
}

static slice denial_data(struct call *call, slice reason, slice remedy)
{
	struct json_writer writer;
	struct buffer data;
	slice text = SLICE("");
	buffer_init(&data, 4096);
	json_writer_init(&writer, &data, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "decision_id", ulid_slice(&call->decision_id));
	json_put_string(&writer, "reason", reason);
	if (remedy.len > 0)
		json_put_string(&writer, "remedy", remedy);
	json_end_object(&writer);
	if (json_writer_end(&writer, NULL) == E_OK)
		text = call_keep(call, buffer_slice(&data));
	buffer_free(&data);
	return text;
}

enum step call_deny(struct call *call)
{
	const struct decision *decision = call->decision;
	slice id = ulid_slice(&call->decision_id);
	slice sentence = decision->public_sentence.len > 0 ? decision->public_sentence : SLICE("This is not permitted.");
	slice reason = decision->public_reason.len > 0 ? decision->public_reason : SLICE("not_permitted");
	slice message = arena_print(call->arena, "%.*s (decision %.*s; ask an operator: tipstaff why %.*s)",
				    SLICE_ARG(sentence), SLICE_ARG(id), SLICE_ARG(id));
	/* The stateless era has a status and a code of its own for methods that are not there. */
	bool absent = call->era == MCP_ERA_MODERN && decision->reason == REASON_METHOD_UNKNOWN;
	return call_reject(call, absent ? 404 : 403, absent ? -32601 : 403, message.ptr ? message : SLICE("not permitted"),
			   denial_data(call, reason, decision->public_missing));
}

void call_cut(struct call *call)
{
	struct http_exchange *exchange = call->exchange;
	http_abort(exchange);
	call_free(call);
}

void call_end_stream(struct call *call)
{
	struct http_exchange *exchange = call->exchange;
	http_stream_end(exchange);
	call_free(call);
}
