/* Room 3: what the message is about: era, session, server, tool. The body decides; the headers must agree. */
#include "gateway/call.h"

#include "decision/snapshot.h"

static enum step refuse_request(struct call *call, int64_t code, const char *sentence)
{
	metrics_add(call->services->metrics, METRIC_HTTP_REFUSED);
	return call_reject(call, 400, code, slice_of(sentence), SLICE(""));
}

static enum step refuse_version(struct call *call, slice requested)
{
	struct fault why = {0};
	slice data = SLICE("");
	struct json_writer writer;
	struct buffer text;
	buffer_init(&text, 4096);
	json_writer_init(&writer, &text, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_array(&writer, "supported");
	for (int i = MCP_REVISION_COUNT - 1; i >= MCP_2026_07_28; i--)
		json_write_string(&writer, mcp_revision_name((enum mcp_revision)i));
	json_end_array(&writer);
	json_put_string(&writer, "requested", slice_sub(requested, 0, 64));
	json_end_object(&writer);
	if (json_writer_end(&writer, &why) == E_OK)
		data = call_keep(call, buffer_slice(&text));
	buffer_free(&text);
	return call_reject(call, 400, MCP_ERROR_UNSUPPORTED_VERSION, SLICE("Unsupported protocol version"), data);
}

static struct mcp_mirror mirror_of(const struct call *call)
{
	return (struct mcp_mirror){
		.version = call_header(call, HTTP1_NAME_MCP_PROTOCOL_VERSION),
		.method = call_header(call, HTTP1_NAME_MCP_METHOD),
		.name = call_header(call, HTTP1_NAME_MCP_NAME),
	};
}

/* A request of the stateless era carries everything itself (2026-07-28 basic/index "Per-request protocol fields"). */
static enum step facts_modern(struct call *call)
{
	struct fault why = {0};
	struct mcp_mirror mirror = mirror_of(call);
	enum jsonrpc_kind kind = call->request.message.kind;
	if (kind != JSONRPC_REQUEST && kind != JSONRPC_NOTIFICATION)
		return refuse_request(call, -32600, "a client of this revision sends requests and notifications only");
	if (call->request.version.len == 0)
		return refuse_request(call, -32602, "_meta lacks io.modelcontextprotocol/protocolVersion");
	enum error error = mcp_check_mirror(&call->request, &mirror, call->arena, &why);
	if (error == E_REQUEST)
		return refuse_request(call, MCP_ERROR_HEADER_MISMATCH, fault_sentence(&why));
	if (error != E_OK)
		return call_fail(call, error, &why);
	if (mcp_revision_era(mcp_revision_of(call->request.version)) != MCP_ERA_MODERN)
		return refuse_version(call, call->request.version);
	const struct json_node *capabilities =
		json_get(&call->doc, call->request.meta, SLICE("io.modelcontextprotocol/clientCapabilities"));
	if (kind == JSONRPC_REQUEST && !json_is(capabilities, JSON_OBJECT))
		return refuse_request(call, -32602, "_meta lacks io.modelcontextprotocol/clientCapabilities");
	return STEP_ON;
}

static enum error check_session_headers(struct call *call, struct fault *why)
{
	slice version = call_header(call, HTTP1_NAME_MCP_PROTOCOL_VERSION);
	slice id = call_header(call, HTTP1_NAME_MCP_SESSION_ID);
	if (version.ptr && mcp_revision_era(mcp_revision_of(version)) != MCP_ERA_LEGACY)
		return FAIL_FIELD(why, E_REQUEST, "MCP-Protocol-Version",
				  "Bad Request: this protocol version is not spoken in sessions");
	if (!id.ptr)
		return FAIL_FIELD(why, E_REQUEST, "Mcp-Session-Id", "Bad Request: Mcp-Session-Id is missing; initialize first");
	if (!mcp_session_id_valid(id))
		return FAIL_FIELD(why, E_REQUEST, "Mcp-Session-Id", "Bad Request: this is no session id");
	return E_OK;
}

/* A session of someone else is answered like one that never was. */
static enum step find_session(struct call *call)
{
	struct fault why = {0};
	if (check_session_headers(call, &why) != E_OK)
		return refuse_request(call, -32600, fault_sentence(&why));
	call->session = (struct session_key){
		.id = call_header(call, HTTP1_NAME_MCP_SESSION_ID),
		.agent = call->agent,
		.subject = call->subject,
		.server = call->multiplex ? SLICE("") : call->server,
	};
	enum error error = session_find(call->services->sessions, &call->session, services_monotonic_ns(call->services),
					call->arena, &call->view, &why);
	if (error == E_NOT_FOUND)
		return call_reject(call, 404, 404, SLICE("Session not found; initialize again"), SLICE(""));
	return error == E_OK ? STEP_ON : call_fail(call, error, &why);
}

static enum step facts_legacy(struct call *call)
{
	struct fault why = {0};
	struct mcp_mirror mirror = mirror_of(call);
	enum error error = mcp_check_mirror_legacy(&call->request, &mirror, call->arena, &why);
	if (error == E_REQUEST)
		return refuse_request(call, -32600, fault_sentence(&why));
	if (error != E_OK)
		return call_fail(call, error, &why);
	bool first = call->request.method && call->request.method->id == MCP_INITIALIZE &&
		     call->request.message.kind == JSONRPC_REQUEST;
	return first ? STEP_ON : find_session(call);
}

/* Server and plain name of the tool that is called. */
static void name_tool(struct call *call)
{
	slice server = SLICE("");
	slice tool = SLICE("");
	if (!call->request.method || call->request.method->id != MCP_TOOLS_CALL)
		return;
	call->tool = call->request.object;
	if (!call->multiplex)
		return;
	if (!mcp_name_split(call->request.object, &server, &tool))
		tool = call->request.object;
	call->server = server;
	call->tool = tool;
}

/* Which era? `_meta` says so; where it is silent, only a header of the modern era does, and then it is wrong. */
static enum mcp_era era_of(const struct call *call)
{
	enum mcp_revision header = mcp_revision_of(call_header(call, HTTP1_NAME_MCP_PROTOCOL_VERSION));
	if (call->request.era == MCP_ERA_MODERN || mcp_revision_era(header) == MCP_ERA_MODERN)
		return MCP_ERA_MODERN;
	return MCP_ERA_LEGACY;
}

static enum step facts_post(struct call *call)
{
	call->era = era_of(call);
	enum step step = call->era == MCP_ERA_MODERN ? facts_modern(call) : facts_legacy(call);
	if (step != STEP_ON)
		return step;
	/* Tasks are an extension that is not let through: a call that became one could not be followed. */
	if (json_get(&call->doc, call->request.message.params, SLICE("task")))
		return refuse_request(call, -32602, "calls as tasks are not offered here");
	name_tool(call);
	return STEP_ON;
}

/* GET and DELETE belong to sessions; a stateless client has no use for them. */
static enum step facts_session(struct call *call)
{
	enum mcp_revision header = mcp_revision_of(call_header(call, HTTP1_NAME_MCP_PROTOCOL_VERSION));
	call->era = MCP_ERA_LEGACY;
	if (mcp_revision_era(header) == MCP_ERA_MODERN)
		return call_reject(call, 405, -32600, SLICE("Method Not Allowed: this revision uses POST only"), SLICE(""));
	return find_session(call);
}

enum step call_facts(struct call *call)
{
	switch ((int)call->exchange->request->method) {
	case HTTP1_POST:
		return facts_post(call);
	case HTTP1_GET:
	case HTTP1_DELETE:
		return facts_session(call);
	default:
		return call_reject(call, 405, -32600, SLICE("Method Not Allowed"), SLICE(""));
	}
}
