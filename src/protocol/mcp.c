#include "protocol/mcp.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const slice revision_names[MCP_REVISION_COUNT] = {
	[MCP_REVISION_NONE] = SLICE_INIT("none"),    [MCP_2025_03_26] = SLICE_INIT("2025-03-26"),
	[MCP_2025_06_18] = SLICE_INIT("2025-06-18"), [MCP_2025_11_25] = SLICE_INIT("2025-11-25"),
	[MCP_2026_07_28] = SLICE_INIT("2026-07-28"),
};

slice mcp_revision_name(enum mcp_revision revision)
{
	return revision_names[revision];
}

enum mcp_revision mcp_revision_of(slice name)
{
	for (int i = MCP_REVISION_NONE + 1; i < MCP_REVISION_COUNT; i++)
		if (slice_equal(revision_names[i], name))
			return (enum mcp_revision)i;
	return MCP_REVISION_NONE;
}

enum mcp_era mcp_revision_era(enum mcp_revision revision)
{
	if (revision == MCP_REVISION_NONE)
		return MCP_ERA_NONE;
	return revision >= MCP_2026_07_28 ? MCP_ERA_MODERN : MCP_ERA_LEGACY;
}

#define C MCP_CLIENT
#define S MCP_SERVER
#define REQUEST(id, name, rule, legacy, modern) \
	[MCP_##id] = {MCP_##id, SLICE_INIT(name), MCP_##rule, legacy, modern, false, {NULL, 0}, {NULL, 0}}
#define OBJECT(id, name, rule, legacy, modern, object) \
	[MCP_##id] = {MCP_##id, SLICE_INIT(name), MCP_##rule, legacy, modern, false, SLICE_INIT(object), {NULL, 0}}
#define ITEMS(id, name, legacy, modern, key) \
	[MCP_##id] = {MCP_##id, SLICE_INIT(name), MCP_LIST, legacy, modern, false, {NULL, 0}, SLICE_INIT(key)}
#define NOTE(id, name, legacy, modern) \
	[MCP_##id] = {MCP_##id, SLICE_INIT("notifications/" name), MCP_NOTIFICATION, legacy, modern, true, {NULL, 0}, \
		      {NULL, 0}}

/* Who may send what in which era (schema 2025-11-25 and 2026-07-28). What is missing here is denied. */
static const struct mcp_method methods[MCP_METHOD_COUNT] = {
	REQUEST(INITIALIZE, "initialize", HANDSHAKE, C, 0),
	REQUEST(DISCOVER, "server/discover", HANDSHAKE, 0, C),
	REQUEST(PING, "ping", PASS, C | S, 0),
	ITEMS(TOOLS_LIST, "tools/list", C, C, "tools"),
	OBJECT(TOOLS_CALL, "tools/call", CALL, C, C, "name"),
	ITEMS(RESOURCES_LIST, "resources/list", C, C, "resources"),
	ITEMS(RESOURCES_TEMPLATES_LIST, "resources/templates/list", C, C, "resourceTemplates"),
	OBJECT(RESOURCES_READ, "resources/read", DECIDED, C, C, "uri"),
	OBJECT(RESOURCES_SUBSCRIBE, "resources/subscribe", DECIDED, C, 0, "uri"),
	/* Whoever may not subscribe has nothing to end; ending narrows. */
	OBJECT(RESOURCES_UNSUBSCRIBE, "resources/unsubscribe", PASS, C, 0, "uri"),
	ITEMS(PROMPTS_LIST, "prompts/list", C, C, "prompts"),
	OBJECT(PROMPTS_GET, "prompts/get", DECIDED, C, C, "name"),
	REQUEST(COMPLETE, "completion/complete", DECIDED, C, C),
	REQUEST(SET_LEVEL, "logging/setLevel", DECIDED, C, 0),
	REQUEST(SUBSCRIPTIONS_LISTEN, "subscriptions/listen", LISTEN, 0, C),
	REQUEST(SAMPLING, "sampling/createMessage", DENIED, S, 0),
	REQUEST(ELICITATION, "elicitation/create", DENIED, S, 0),
	REQUEST(ROOTS_LIST, "roots/list", DENIED, S, 0),
	NOTE(INITIALIZED, "initialized", C, 0),
	NOTE(CANCELLED, "cancelled", C | S, S),
	NOTE(PROGRESS, "progress", C | S, S),
	NOTE(ROOTS_CHANGED, "roots/list_changed", C, 0),
	NOTE(LOG_MESSAGE, "message", S, S),
	NOTE(TOOLS_CHANGED, "tools/list_changed", S, S),
	NOTE(RESOURCES_CHANGED, "resources/list_changed", S, S),
	NOTE(PROMPTS_CHANGED, "prompts/list_changed", S, S),
	NOTE(RESOURCE_UPDATED, "resources/updated", S, S),
	NOTE(ELICITATION_COMPLETE, "elicitation/complete", S, 0),
	NOTE(SUBSCRIPTIONS_ACKNOWLEDGED, "subscriptions/acknowledged", 0, S),
};
#undef C
#undef S

const struct mcp_method *mcp_method_of(slice name)
{
	for (size_t i = MCP_METHOD_UNKNOWN + 1; i < COUNT(methods); i++)
		if (slice_equal(methods[i].name, name))
			return &methods[i];
	return NULL;
}

const struct mcp_method *mcp_method_row(enum mcp_method_id id)
{
	return &methods[id];
}

bool mcp_may_send(const struct mcp_method *method, enum mcp_sender sender, enum mcp_era era, enum jsonrpc_kind kind)
{
	if (!method || method->notification != (kind == JSONRPC_NOTIFICATION))
		return false;
	if (kind != JSONRPC_REQUEST && kind != JSONRPC_NOTIFICATION)
		return false;
	unsigned may = era == MCP_ERA_MODERN ? method->modern : era == MCP_ERA_LEGACY ? method->legacy : 0u;
	return (may & (unsigned)sender) != 0;
}

bool mcp_tool_name_valid(slice name)
{
	if (name.len == 0 || name.len > MCP_TOOL_NAME_BYTES_MAX)
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.ptr[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
		if (!letter && c != '_' && c != '-' && c != '.')
			return false;
	}
	return true;
}

bool mcp_name_split(slice name, slice *ret_server, slice *ret_tool)
{
	size_t at = slice_find(name, SLICE(MCP_NAME_SEPARATOR));
	if (at == SIZE_MAX || at == 0)
		return false;
	*ret_server = slice_sub(name, 0, at);
	*ret_tool = slice_from_offset(name, at + sizeof(MCP_NAME_SEPARATOR) - 1);
	return ret_tool->len > 0;
}

bool mcp_session_id_valid(slice id)
{
	if (id.len == 0 || id.len > 256)
		return false;
	for (size_t i = 0; i < id.len; i++)
		if (id.ptr[i] < 0x21 || id.ptr[i] > 0x7e)
			return false;
	return true;
}

/* Members that decide what a message does; none may have a double in another case. */
static const slice param_names[] = {
	SLICE_INIT("_meta"),         SLICE_INIT("name"),           SLICE_INIT("arguments"),
	SLICE_INIT("uri"),           SLICE_INIT("cursor"),         SLICE_INIT("ref"),
	SLICE_INIT("argument"),      SLICE_INIT("context"),        SLICE_INIT("level"),
	SLICE_INIT("requestId"),     SLICE_INIT("reason"),         SLICE_INIT("progressToken"),
	SLICE_INIT("requestState"),  SLICE_INIT("inputResponses"), SLICE_INIT("protocolVersion"),
	SLICE_INIT("capabilities"),  SLICE_INIT("clientInfo"),     SLICE_INIT("notifications"),
	SLICE_INIT("task"),
};
#define META "io.modelcontextprotocol/"
static const slice meta_names[] = {
	SLICE_INIT(META "protocolVersion"),    SLICE_INIT(META "clientInfo"), SLICE_INIT(META "logLevel"),
	SLICE_INIT(META "clientCapabilities"), SLICE_INIT("progressToken"),
};

static enum error read_meta(const struct json_doc *doc, struct mcp_request *request, struct fault *why)
{
	const struct json_node *meta = json_get(doc, request->message.params, SLICE("_meta"));
	request->era = MCP_ERA_LEGACY;
	if (!meta)
		return E_OK;
	if (meta->type != JSON_OBJECT)
		return FAIL_FIELD(why, E_INVALID, "_meta", "_meta must be an object");
	TRY(jsonrpc_refuse_lookalikes(meta, meta_names, COUNT(meta_names), why));
	request->meta = meta;
	const struct json_node *version = json_get(doc, meta, SLICE(META "protocolVersion"));
	if (!version)
		return E_OK;
	if (!json_string(version, &request->version) || request->version.len == 0)
		return FAIL_FIELD(why, E_INVALID, "_meta", "the protocol version in _meta must be a string");
	request->era = MCP_ERA_MODERN;
	return E_OK;
}

static enum error read_object(const struct json_doc *doc, struct mcp_request *request, struct fault *why)
{
	slice name = request->method->object_param;
	const struct json_node *params = request->message.params;
	if (name.len == 0)
		return E_OK;
	if (!json_string(json_get(doc, params, name), &request->object))
		return FAIL_FIELD(why, E_INVALID, name.ptr, "%.*s needs a string \"%.*s\"",
				  SLICE_ARG(request->method->name), SLICE_ARG(name));
	request->has_object = true;
	const struct json_node *arguments = json_get(doc, params, SLICE("arguments"));
	if (arguments && arguments->type != JSON_OBJECT)
		return FAIL_FIELD(why, E_INVALID, "arguments", "arguments must be an object");
	request->arguments = arguments;
	return E_OK;
}

enum error mcp_read_request(const struct json_doc *doc, struct mcp_request *ret_request, struct fault *why)
{
	*ret_request = (struct mcp_request){0};
	TRY(jsonrpc_read(doc, &ret_request->message, why));
	ret_request->era = MCP_ERA_LEGACY;
	if (ret_request->message.method.len == 0)
		return E_OK;
	ret_request->method = mcp_method_of(ret_request->message.method);
	TRY(jsonrpc_refuse_lookalikes(ret_request->message.params, param_names, COUNT(param_names), why));
	TRY(read_meta(doc, ret_request, why));
	/* What a method of the other era would need says nothing about this message: it is denied as a whole. */
	enum jsonrpc_kind kind = ret_request->message.kind;
	return mcp_may_send(ret_request->method, MCP_CLIENT, ret_request->era, kind) ? read_object(doc, ret_request, why)
										     : E_OK;
}
