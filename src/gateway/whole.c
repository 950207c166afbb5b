/* An answer of the target that came in one piece, or a status without one. */
#include "gateway/call.h"

#define JSON SLICE("application/json")

/* The target has forgotten its session: so do we, and the client starts anew (2025-11-25 "Session Management"). */
static enum step session_is_gone(struct call *call)
{
	if (call->multiplex && call->attempts++ == 0) {
		struct fault why = {0};
		enum error error = session_set_upstream(call->services->sessions, &call->session, call->server, false,
							SLICE(""), &why);
		buffer_clear(&call->received);
		if (error == E_OK)
			return call_release(call);
	}
	call_effect(call, EFFECT_ERROR, 404, SLICE(""), SLICE("the target has forgotten the session"));
	if (!call->multiplex)
		(void)!session_close(call->services->sessions, &call->session, NULL);
	return call_reject(call, 404, 404, SLICE("Session not found; initialize again"), SLICE(""));
}

/* What the target's status becomes: its opinion of the gateway's credential is not the client's business. */
static int status_shown(int status)
{
	if (status < 300)
		return 200;
	if (status == 401 || status == 403 || status == 407 || status < 400)
		return 502;
	return status;
}

static enum step no_answer(struct call *call)
{
	int status = call->status;
	slice sentence = arena_print(call->arena, "the target answered HTTP %d", status);
	call_forget_expected(call);
	enum effect effect = status >= 400 && status < 500 ? EFFECT_ERROR : EFFECT_UNKNOWN;
	call_effect(call, effect, (uint64_t)status, SLICE(""), SLICE("the target answered without a JSON-RPC message"));
	metrics_add(call->services->metrics, METRIC_UPSTREAM_FAILED);
	return call_reject(call, status < 400 ? 502 : status_shown(status), error_jsonrpc(E_UPSTREAM), sentence, SLICE(""));
}

static enum step take_answer(struct call *call)
{
	struct buffer answer;
	if (call->received.failed)
		return no_answer(call);
	buffer_init(&answer, call->written.bytes_max);
	enum fate fate = call_message(call, buffer_slice(&call->received), &answer);
	buffer_free(&call->received);
	call->received = answer;
	if (fate != FATE_ANSWER || answer.failed)
		return no_answer(call);
	return call_reply(call, status_shown(call->status), JSON, buffer_slice(&call->received));
}

/* Notifications and answers of the client: only whether they were taken. */
static enum step take_status(struct call *call)
{
	slice sentence = arena_print(call->arena, "the target answered HTTP %d", call->status);
	if (call->status < 300)
		return call_accept(call);
	return call_reject(call, status_shown(call->status), error_jsonrpc(E_UPSTREAM), sentence, SLICE(""));
}

enum step call_whole_answer(struct call *call)
{
	if (call->gone && call->request.message.kind != JSONRPC_REQUEST) {
		call_cut(call);
		return STEP_DONE;
	}
	if (call->status == 404 && call->session.id.len > 0)
		return session_is_gone(call);
	if (call->exchange->request->method == HTTP1_GET) {
		if (call->status == 405)
			return call_reject(call, 405, -32600, SLICE("Method Not Allowed: this server offers no stream"),
					   SLICE(""));
		return no_answer(call);
	}
	return call->request.message.kind == JSONRPC_REQUEST ? take_answer(call) : take_status(call);
}
