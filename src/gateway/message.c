/* Every message of a target has a handler here; what has none is dropped and logged. */
#include "gateway/call.h"

#include "gateway/discovery.h"

#define SCRATCH_BYTES_MAX (64u << 20)

/* One message and the memory it was read into. */
struct incoming {
	struct arena scratch;
	struct json_doc doc;
	struct jsonrpc_message message;
	slice id; /* written anew; empty: none */
};

static enum error read_message(struct call *call, slice text, struct incoming *incoming, struct fault *why)
{
	struct buffer id;
	struct json_writer writer;
	struct json_limits limits = {call->services->config->response_body_bytes_max, 0, 0};
	TRY(json_parse(&incoming->doc, text, &limits, &incoming->scratch, why));
	TRY(jsonrpc_read(&incoming->doc, &incoming->message, why));
	if (!incoming->message.id)
		return E_OK;
	buffer_init(&id, 8 * JSONRPC_ID_BYTES_MAX);
	json_writer_init(&writer, &id, JSON_COMPACT);
	json_write_node(&writer, &incoming->doc, incoming->message.id);
	enum error error = json_writer_end(&writer, why);
	if (error == E_OK)
		incoming->id = arena_copy(&incoming->scratch, buffer_slice(&id));
	buffer_free(&id);
	return error;
}

static enum fate drop(struct call *call, const char *why)
{
	services_log(call->services, "mcp.message_dropped", "reason", why, NULL);
	return FATE_DROP;
}

static void write_node(struct buffer *to, const struct json_doc *doc, const struct json_node *node)
{
	struct json_writer writer;
	json_writer_init(&writer, to, JSON_COMPACT);
	json_write_node(&writer, doc, node);
	if (json_writer_end(&writer, NULL) != E_OK)
		to->failed = true;
}

static enum fate pass_notification(struct call *call, struct incoming *incoming, struct buffer *to)
{
	const struct mcp_method *method = mcp_method_of(incoming->message.method);
	if (!mcp_may_send(method, MCP_SERVER, call->era, JSONRPC_NOTIFICATION))
		return drop(call, "a notification that is not known");
	/* Behind /mcp the client knows the server's request by another id. */
	if (call->multiplex && method->id == MCP_CANCELLED)
		return drop(call, "a cancellation of a request that has another id here");
	if (method->id == MCP_TOOLS_CHANGED)
		discovery_refresh(call->services, call->server, NULL, NULL);
	write_node(to, &incoming->doc, json_root(&incoming->doc));
	return FATE_PASS;
}

/* {"jsonrpc","id","method","params"} with the id that the client is to answer to. */
static void write_request(struct buffer *to, const struct incoming *incoming, slice id)
{
	struct json_writer writer;
	json_writer_init(&writer, to, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "jsonrpc", SLICE("2.0"));
	json_write_key(&writer, SLICE("id"));
	json_write_raw(&writer, id);
	json_put_string(&writer, "method", incoming->message.method);
	if (incoming->message.params) {
		json_write_key(&writer, SLICE("params"));
		json_write_node(&writer, &incoming->doc, incoming->message.params);
	}
	json_end_object(&writer);
	if (json_writer_end(&writer, NULL) != E_OK)
		to->failed = true;
}

static enum fate pass_request(struct call *call, struct incoming *incoming, struct buffer *to)
{
	slice id;
	const struct mcp_method *method = mcp_method_of(incoming->message.method);
	if (!mcp_may_send(method, MCP_SERVER, call->era, JSONRPC_REQUEST) || call->session.id.len == 0)
		return drop(call, "a request that a server may not send");
	if (session_ask(call->services->sessions, &call->session, call->server, incoming->id, &incoming->scratch, &id,
			NULL) != E_OK)
		return drop(call, "a request whose answer could not be kept track of");
	write_request(to, incoming, id);
	return FATE_PASS;
}

void call_forget_expected(struct call *call)
{
	struct session_pending pending;
	if (call->expected)
		(void)!session_expected(call->services->sessions, &call->session, call->id, true, call->arena, &pending,
					NULL);
	call->expected = false;
}

static enum fate own_answer(struct call *call, struct incoming *incoming, struct buffer *to)
{
	uint64_t status;
	slice detail;
	struct answer_view view = {call->request.method->id, call->server, call->id};
	enum effect effect = answer_effect(&incoming->doc, &incoming->message, &status, &detail);
	struct fault why = {0};
	call->answered = true;
	call_forget_expected(call);
	if (view.method == MCP_INITIALIZE && incoming->message.kind == JSONRPC_RESULT &&
	    call_opened(call, &incoming->doc, incoming->message.result, &why) != E_OK) {
		jsonrpc_write_error(to, call->id, error_jsonrpc(why.code), slice_of(fault_sentence(&why)), SLICE(""));
		return FATE_ANSWER;
	}
	call_write_answer(call, &view, &incoming->doc, &incoming->message, to);
	call->output_doc = &incoming->doc;
	call->output = json_get(&incoming->doc, incoming->message.result, SLICE("structuredContent"));
	call_effect(call, effect, status, buffer_slice(to), detail);
	call->output = NULL;
	return FATE_ANSWER;
}

/* The answer to a request of this session whose own stream broke. */
static enum fate late_answer(struct call *call, struct incoming *incoming, struct buffer *to)
{
	struct session_pending pending;
	struct effect_note note = {.agent = call->agent};
	if (call->session.id.len == 0 ||
	    session_expected(call->services->sessions, &call->session, incoming->id, true, &incoming->scratch, &pending,
			     NULL) != E_OK)
		return drop(call, "an answer to nothing that was asked");
	struct answer_view view = {pending.method, pending.server, pending.id};
	call_write_answer(call, &view, &incoming->doc, &incoming->message, to);
	if (pending.decision_id.len == 0)
		return FATE_PASS;
	note.outcome = answer_effect(&incoming->doc, &incoming->message, &note.status, &note.detail);
	note.decision_id = pending.decision_id;
	note.history = pending.history;
	note.output_doc = &incoming->doc;
	note.output = json_get(&incoming->doc, incoming->message.result, SLICE("structuredContent"));
	note.server = pending.server;
	note.duration_ns = services_monotonic_ns(call->services) - pending.started_ns;
	note.result = buffer_slice(to);
	effect_write(call->services, &note);
	return FATE_PASS;
}

static bool answers_this_call(const struct call *call, const struct incoming *incoming)
{
	if (call->exchange->request->method != HTTP1_POST || call->request.message.kind != JSONRPC_REQUEST ||
	    call->answered)
		return false;
	/* An error whose id could not be read belongs to the request that it came back for. */
	return slice_equal(incoming->id, call->id) ||
	       (incoming->id.len == 0 && incoming->message.kind == JSONRPC_ERROR);
}

static enum fate judge(struct call *call, struct incoming *incoming, struct buffer *to)
{
	switch (incoming->message.kind) {
	case JSONRPC_NOTIFICATION:
		return pass_notification(call, incoming, to);
	case JSONRPC_REQUEST:
		return pass_request(call, incoming, to);
	case JSONRPC_RESULT:
	case JSONRPC_ERROR:
		return answers_this_call(call, incoming) ? own_answer(call, incoming, to)
							 : late_answer(call, incoming, to);
	case JSONRPC_NONE:
	case JSONRPC_KIND_COUNT:
		break;
	}
	return drop(call, "no message");
}

enum fate call_message(struct call *call, slice text, struct buffer *to)
{
	struct fault why = {0};
	struct incoming incoming = {0};
	loop_arena_take(call->services->loop, &incoming.scratch, SCRATCH_BYTES_MAX);
	enum error error = read_message(call, text, &incoming, &why);
	enum fate fate = error == E_OK ? judge(call, &incoming, to) : drop(call, fault_sentence(&why));
	loop_arena_give(call->services->loop, &incoming.scratch);
	return fate;
}
