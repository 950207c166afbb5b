/* Room 8: what the target answered, message by message, and the record of what became of the call. */
#include "evidence/record.h"
#include "gateway/call.h"

static bool is_stream_of_session(const struct call *call)
{
	return call->exchange->request->method == HTTP1_GET;
}

static bool is_request(const struct call *call)
{
	return call->exchange->request->method == HTTP1_POST && call->request.message.kind == JSONRPC_REQUEST;
}

static bool is_listening(const struct call *call)
{
	return is_stream_of_session(call) ||
	       (call->request.method && call->request.method->id == MCP_SUBSCRIPTIONS_LISTEN);
}

/* Does the client's going end the call? In a session it may come back for the answer (2025-11-25 basic/transports). */
static bool ends_with_client(const struct call *call)
{
	return call->era == MCP_ERA_MODERN || is_stream_of_session(call);
}

static void client_is_gone(struct call *call)
{
	call_effect(call, EFFECT_UNKNOWN, 499, SLICE(""), SLICE("the client cancelled before the target answered"));
	call_cut(call);
}

void call_client_closed(struct http_exchange *exchange)
{
	struct call *call = exchange->user;
	call->gone = true;
	/* While a record or a credential is waited for, its callback looks at `gone`. */
	if (call->upstream && ends_with_client(call))
		client_is_gone(call);
}

void call_client_drained(struct http_exchange *exchange)
{
	struct call *call = exchange->user;
	if (call->upstream)
		upstream_resume(call->upstream);
}

/* How soon a stream of a caller that was stopped ends. */
#define LOOK_MS 500u

/* The caller was stopped: nothing more reaches it, and the target is told by the closed connection. */
static void cut_off(struct call *call)
{
	call_effect(call, EFFECT_UNKNOWN, 499, SLICE(""), SLICE("the caller was stopped before the target answered"));
	call_cut(call);
}

/* A stream that is listened to lives no longer than the token that opened it; no stream outlives the caller's right. */
static void look_again(void *context)
{
	struct call *call = context;
	bool ran_out = services_now_ns(call->services) / 1000000000 >= call->expires_s;
	if (!call_stands(call)) {
		cut_off(call);
	} else if (is_listening(call) && ran_out) {
		if (call->streaming)
			call_end_stream(call);
		else
			call_cut(call);
	} else {
		loop_timer_start(call->services->loop, &call->timer, LOOK_MS);
	}
}

static void limit_stream(struct call *call)
{
	call->timer = (struct loop_timer){.run = look_again, .context = call};
	loop_timer_start(call->services->loop, &call->timer, LOOK_MS);
}

static void begin_stream(struct call *call)
{
	static const struct http1_field fields[] = {
		{SLICE_INIT("Content-Type"), SLICE_INIT("text/event-stream")},
		{SLICE_INIT("Cache-Control"), SLICE_INIT("no-cache, no-transform")},
		{SLICE_INIT("X-Accel-Buffering"), SLICE_INIT("no")},
	};
	call->intake = INTAKE_STREAM;
	limit_stream(call);
	if (call->gone)
		return;
	if (http_stream_begin(call->exchange, 200, fields, 3, NULL) == E_OK)
		call->streaming = true;
	else
		call->gone = true;
}

static void on_head(struct upstream_call *upstream, const struct http1_response *response, void *context)
{
	struct call *call = context;
	bool events = slice_equal_fold(http1_media_type(&response->headers), SLICE("text/event-stream"));
	(void)upstream;
	call->status = response->status;
	call->intake = INTAKE_WHOLE;
	if (call->request.method && call->request.method->id == MCP_INITIALIZE)
		call->upstream_session = call_keep(call, http1_header(&response->headers, HTTP1_NAME_MCP_SESSION_ID));
	if (!events || response->status != 200 || (!is_request(call) && !is_stream_of_session(call)))
		return;
	sse_reader_init(&call->events, call->services->config->response_body_bytes_max);
	if (call->request.method && call->request.method->id == MCP_INITIALIZE)
		call->intake = INTAKE_PICK; /* the session id has to be in the head of our answer */
	else
		begin_stream(call);
}

/* False: the call is gone. */
static bool send_piece(struct call *call)
{
	if (call->gone || call->written.failed)
		return true;
	if (http_stream_write(call->exchange, buffer_slice(&call->written), NULL) != E_OK) {
		call->gone = true;
		if (!ends_with_client(call))
			return true;
		client_is_gone(call);
		return false;
	}
	if (call->upstream && http_stream_queued_bytes(call->exchange) > HTTP_QUEUE_LOW_BYTES)
		upstream_pause(call->upstream);
	return true;
}

static bool send_event(struct call *call, slice id, slice data)
{
	struct sse_event event = {.kind = SSE_EVENT, .id = id, .data = data};
	buffer_clear(&call->written);
	if (call->events.retry_ms != call->retry_ms) {
		call->retry_ms = call->events.retry_ms;
		buffer_print(&call->written, "retry: %llu\n", (unsigned long long)call->retry_ms);
	}
	event.type = data.len > 0 ? SLICE("message") : (slice){NULL, 0};
	if (sse_write(&call->written, &event, NULL) != E_OK)
		return true;
	return send_piece(call);
}

/* False: the call is gone. */
static bool take_event(struct call *call, const struct sse_event *event)
{
	if (!call_stands(call)) {
		cut_off(call);
		return false;
	}
	if (event->kind == SSE_COMMENT) {
		buffer_clear(&call->written);
		buffer_add(&call->written, SLICE(":\n\n"));
		return send_piece(call);
	}
	if (event->id.len > 0)
		call->resumable = true;
	if (event->data.len == 0)
		return send_event(call, event->id, SLICE(""));
	if (event->type.ptr && !slice_equal(event->type, SLICE("message"))) {
		services_log(call->services, "mcp.event_dropped", "reason", "unknown type of event", NULL);
		return true;
	}
	buffer_clear(&call->received);
	switch (call_message(call, event->data, &call->received)) {
	case FATE_ANSWER:
	case FATE_PASS:
		return send_event(call, event->id, buffer_slice(&call->received));
	case FATE_DROP:
		break;
	}
	return true;
}

/* Of events before the answer to an initialize nothing is passed on. False: the call is gone. */
static bool pick_answer(struct call *call, const struct sse_event *event)
{
	if (event->kind != SSE_EVENT || event->data.len == 0)
		return true;
	buffer_clear(&call->received);
	if (call_message(call, event->data, &call->received) != FATE_ANSWER)
		return true;
	(void)call_reply(call, 200, SLICE("application/json"), buffer_slice(&call->received));
	return false;
}

static void broken_stream(struct call *call)
{
	struct fault why = {0};
	call_effect(call, EFFECT_UNKNOWN, 502, SLICE(""), SLICE("the target's event stream is malformed or too long"));
	if (call->streaming)
		call_cut(call);
	else
		(void)call_fail(call, FAIL(&why, E_UPSTREAM, "the target did not answer properly"), &why);
}

static void on_body(struct upstream_call *upstream, slice piece, void *context)
{
	struct call *call = context;
	struct sse_event event;
	enum error error = E_AGAIN;
	(void)upstream;
	if (call->intake == INTAKE_WHOLE) {
		buffer_add(&call->received, piece);
		return;
	}
	while ((error = sse_reader_next(&call->events, &piece, &event, NULL)) == E_OK)
		if (call->intake == INTAKE_PICK ? !pick_answer(call, &event) : !take_event(call, &event))
			return;
	if (error != E_AGAIN)
		broken_stream(call);
}

/* The stream ended without the answer. A client of a session may resume where there were event ids. */
static void end_of_stream(struct call *call, enum error outcome)
{
	if (is_request(call) && !call->answered) {
		call_effect(call, EFFECT_UNKNOWN, (uint64_t)call->status, SLICE(""),
			    SLICE("the target's stream ended before its answer"));
		if (!call->resumable && !call->gone) {
			buffer_clear(&call->received);
			jsonrpc_write_error(&call->received, call->id, error_jsonrpc(E_UPSTREAM),
					    SLICE("the target ended its stream before its answer"), SLICE(""));
			call->upstream = NULL;
			if (!send_event(call, (slice){NULL, 0}, buffer_slice(&call->received)))
				return;
		}
	}
	if (!call->streaming || (outcome != E_OK && !call->resumable && !call->answered && !is_request(call)))
		call_cut(call);
	else
		call_end_stream(call);
}

static void failed(struct call *call, enum error outcome, const struct fault *why, bool sent)
{
	metrics_add(call->services->metrics, METRIC_UPSTREAM_FAILED);
	call_forget_expected(call);
	call_effect(call, sent ? EFFECT_UNKNOWN : EFFECT_ERROR, (uint64_t)error_http_status(outcome), SLICE(""),
		    slice_of(fault_sentence(why)));
	services_log(call->services, "upstream.failed", "reason", fault_sentence(why), NULL);
	if (call->gone) {
		call_cut(call);
		return;
	}
	struct fault told = {0};
	(void)call_fail(call, FAIL(&told, outcome == E_TIMEOUT ? E_TIMEOUT : E_UPSTREAM, "%s",
				   sent ? "the target did not answer; whether it acted is not known"
					: "the target cannot be reached; nothing was sent"),
			&told);
}

static void on_end(struct upstream_call *upstream, enum error outcome, const struct fault *why, void *context)
{
	struct call *call = context;
	bool sent = upstream_was_sent(upstream);
	call->upstream = NULL;
	if (call->intake == INTAKE_STREAM)
		end_of_stream(call, outcome);
	else if (outcome != E_OK)
		failed(call, outcome, why, sent);
	else
		(void)call_whole_answer(call);
}

const struct upstream_handler call_upstream_handler = {.on_head = on_head, .on_body = on_body, .on_end = on_end};
