/* `/mcp`: many servers behind one endpoint. The gateway is the server to the client, and a client to each server. */
#include "gateway/ask.h"
#include "gateway/call.h"

static void write_implementation(struct json_writer *writer)
{
	json_begin_object(writer);
	json_put_string(writer, "name", SLICE("tipstaff"));
	json_put_text(writer, "version", TIPSTAFF_VERSION);
	json_end_object(writer);
}

#define INSTRUCTIONS                                                                                                   \
	"Tools of several servers, named <server>__<tool>. Only tools that may be permitted are listed; each call is " \
	"decided on its arguments, and a denial says what would change it."

static enum step answer_written(struct call *call, struct json_writer *writer, struct buffer *result)
{
	struct fault why = {0};
	enum error error = json_writer_end(writer, &why);
	enum step step = error == E_OK ? call_result(call, buffer_slice(result)) : call_fail(call, error, &why);
	buffer_free(result);
	return step;
}

static slice params_text(struct call *call)
{
	struct buffer text;
	struct json_writer writer;
	slice copy = SLICE("");
	buffer_init(&text, SESSION_HELLO_BYTES_MAX);
	json_writer_init(&writer, &text, JSON_COMPACT);
	if (call->request.message.params)
		json_write_node(&writer, &call->doc, call->request.message.params);
	else
		json_write_raw(&writer, SLICE("{}"));
	if (json_writer_end(&writer, NULL) == E_OK)
		copy = call_keep(call, buffer_slice(&text));
	buffer_free(&text);
	return copy;
}

/* What the client says of itself is kept: servers behind are told the same when a session with them is opened. */
static enum step initialize(struct call *call)
{
	struct fault why = {0};
	struct buffer result;
	struct json_writer writer;
	slice version = SLICE("");
	(void)json_string(json_get(&call->doc, call->request.message.params, SLICE("protocolVersion")), &version);
	enum mcp_revision revision = mcp_revision_of(version);
	if (mcp_revision_era(revision) != MCP_ERA_LEGACY)
		revision = MCP_REVISION_LEGACY_LATEST;
	slice hello = params_text(call);
	if (hello.len == 0)
		return call_fail(call, FAIL(&why, E_LIMIT, "initialize with too many parameters"), &why);
	enum error error = call_open_session(call, revision, hello, &why);
	if (error != E_OK)
		return call_fail(call, error, &why);
	buffer_init(&result, 4096);
	json_writer_init(&writer, &result, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "protocolVersion", mcp_revision_name(revision));
	json_put_object(&writer, "capabilities");
	json_put_object(&writer, "tools");
	json_end_object(&writer);
	json_end_object(&writer);
	json_write_key(&writer, SLICE("serverInfo"));
	write_implementation(&writer);
	json_put_string(&writer, "instructions", SLICE(INSTRUCTIONS));
	json_end_object(&writer);
	return answer_written(call, &writer, &result);
}

static enum step discover(struct call *call)
{
	struct buffer result;
	struct json_writer writer;
	buffer_init(&result, 4096);
	json_writer_init(&writer, &result, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "resultType", SLICE("complete"));
	json_put_array(&writer, "supportedVersions");
	json_write_string(&writer, mcp_revision_name(MCP_REVISION_MODERN_LATEST));
	json_end_array(&writer);
	json_put_object(&writer, "capabilities");
	json_put_object(&writer, "tools");
	json_end_object(&writer);
	json_end_object(&writer);
	json_put_string(&writer, "instructions", SLICE(INSTRUCTIONS));
	json_put_i64(&writer, "ttlMs", 0);
	json_put_string(&writer, "cacheScope", SLICE("private"));
	json_put_object(&writer, "_meta");
	json_write_key(&writer, SLICE("io.modelcontextprotocol/serverInfo"));
	write_implementation(&writer);
	json_end_object(&writer);
	json_end_object(&writer);
	return answer_written(call, &writer, &result);
}

static enum step list_tools(struct call *call)
{
	struct fault why = {0};
	struct buffer result;
	buffer_init(&result, call->services->config->response_body_bytes_max);
	enum error error = list_pinned(call, &result, &why);
	enum step step = error == E_OK ? call_result(call, buffer_slice(&result)) : call_fail(call, error, &why);
	buffer_free(&result);
	return step;
}

/* Resources, prompts and the like belong to one server each; here it would not be clear to which. */
static enum step not_offered(struct call *call)
{
	slice message = arena_print(call->arena, "%.*s is offered under /mcp/<server> only, not under /mcp",
				    SLICE_ARG(call->request.message.method));
	return call_reject(call, call->era == MCP_ERA_MODERN ? 404 : 200, -32601, message, SLICE(""));
}

/* An answer of the client goes to the server that asked, under the id that it used. */
static enum step route_answer(struct call *call)
{
	struct fault why = {0};
	enum error error = session_answer(call->services->sessions, &call->session, call->id, call->arena, &call->server,
					  &call->upstream_id, &why);
	if (error == E_NOT_FOUND)
		return call_reject(call, 400, -32600, SLICE("nobody asked what this answers"), SLICE(""));
	return error == E_OK ? STEP_ON : call_fail(call, error, &why);
}

/* A cancellation goes where the request is; other notifications have nowhere to go and are taken. */
static enum step route_notification(struct call *call)
{
	struct session_pending pending;
	struct buffer id;
	struct json_writer writer;
	const struct json_node *node = json_get(&call->doc, call->request.message.params, SLICE("requestId"));
	if (call->request.method->id != MCP_CANCELLED || !node)
		return call_accept(call);
	buffer_init(&id, 8 * JSONRPC_ID_BYTES_MAX);
	json_writer_init(&writer, &id, JSON_COMPACT);
	json_write_node(&writer, &call->doc, node);
	bool known = json_writer_end(&writer, NULL) == E_OK &&
		     session_expected(call->services->sessions, &call->session, buffer_slice(&id), false, call->arena,
				      &pending, NULL) == E_OK;
	buffer_free(&id);
	if (!known || pending.server.len == 0)
		return call_accept(call);
	call->server = pending.server;
	return STEP_ON;
}

static enum step answer_request(struct call *call)
{
	switch ((int)call->request.method->id) {
	case MCP_INITIALIZE:
		return initialize(call);
	case MCP_DISCOVER:
		return discover(call);
	case MCP_PING:
		return call_result(call, SLICE("{}"));
	case MCP_TOOLS_LIST:
		return list_tools(call);
	case MCP_TOOLS_CALL:
		return STEP_ON;
	default:
		return not_offered(call);
	}
}

enum step multiplex_answer(struct call *call)
{
	/* Already on its way to a server. */
	if (call->target.host.len > 0)
		return STEP_ON;
	if (call->exchange->request->method == HTTP1_GET)
		return call->multiplex ? call_reject(call, 405, -32600, SLICE("Method Not Allowed: no stream here"), SLICE(""))
				       : STEP_ON;
	switch (call->request.message.kind) {
	case JSONRPC_RESULT:
	case JSONRPC_ERROR:
		return route_answer(call);
	case JSONRPC_NOTIFICATION:
		return call->multiplex ? route_notification(call) : STEP_ON;
	case JSONRPC_REQUEST:
		return call->multiplex ? answer_request(call) : STEP_ON;
	case JSONRPC_NONE:
	case JSONRPC_KIND_COUNT:
		break;
	}
	return STEP_ON;
}

static void give_up(struct call *call, const char *sentence)
{
	struct fault why = {0};
	call_effect(call, EFFECT_ERROR, 502, SLICE(""), slice_of(sentence));
	(void)call_fail(call, FAIL(&why, E_UPSTREAM, "%s", sentence), &why);
}

static void initialized_told(void *context, const struct ask_answer *answer)
{
	(void)answer;
	call_walk(context);
}

/* The call waits for it: servers are not obliged to queue what comes before the handshake is over. */
static void tell_initialized(struct call *call, slice upstream, enum mcp_revision revision)
{
	struct ask ask = {
		.target = &call->target,
		.http = HTTP1_POST,
		.session = upstream,
		.revision = revision,
		.body = SLICE("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}"),
	};
	ask_start(call->services, &ask, initialized_told, call);
}

static enum mcp_revision opened_revision(const struct ask_answer *answer, struct arena *arena)
{
	struct json_doc doc;
	struct jsonrpc_message message;
	slice version = SLICE("");
	if (answer->outcome != E_OK || json_parse(&doc, answer->message, NULL, arena, NULL) != E_OK ||
	    jsonrpc_read(&doc, &message, NULL) != E_OK || message.kind != JSONRPC_RESULT)
		return MCP_REVISION_NONE;
	(void)json_string(json_get(&doc, message.result, SLICE("protocolVersion")), &version);
	return mcp_revision_of(version);
}

static void server_opened(void *context, const struct ask_answer *answer)
{
	struct call *call = context;
	enum mcp_revision revision = opened_revision(answer, call->arena);
	if (mcp_revision_era(revision) != MCP_ERA_LEGACY) {
		give_up(call, "a session with the target could not be opened; nothing was sent");
		return;
	}
	if (session_set_upstream(call->services->sessions, &call->session, call->server, true, answer->session, NULL) !=
	    E_OK) {
		give_up(call, "the session has ended; nothing was sent");
		return;
	}
	tell_initialized(call, answer->session, revision);
}

enum step multiplex_open(struct call *call)
{
	slice body = arena_print(call->arena, "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"initialize\",\"params\":%.*s}",
				 SLICE_ARG(call->view.hello));
	if (!body.ptr)
		return call_fail(call, E_MEMORY, NULL);
	struct ask ask = {
		.target = &call->target,
		.http = HTTP1_POST,
		.method = SLICE("initialize"),
		.body = body,
		.answered = true,
	};
	ask_start(call->services, &ask, server_opened, call);
	return STEP_WAIT;
}
