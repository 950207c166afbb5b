/* Room 7: written anew, with headers made from the body and the target's own credential, and sent. */
#include "decision/snapshot.h"
#include "gateway/call.h"

static enum step give_up(struct call *call, enum error code, const struct fault *why)
{
	call_forget_expected(call);
	call_effect(call, EFFECT_ERROR, (uint64_t)error_http_status(code), SLICE(""), slice_of(fault_sentence(why)));
	return call_fail(call, code, why);
}

/* Behind one server stands one era, or both: it is not bridged, so a call of the wrong one is refused here. */
static enum error check_era(const struct call *call, struct fault *why)
{
	enum mcp_era spoken = mcp_revision_era(call->target.revision);
	slice name = mcp_revision_name(call->target.revision);
	/* On an endpoint of its own a server tells itself which era it is of; clients of both eras know that answer. */
	if (spoken == MCP_ERA_NONE && call->multiplex && mcp_sessions_only(call->services->sessions, call->server)) {
		spoken = MCP_ERA_LEGACY;
		name = mcp_revision_name(MCP_REVISION_LEGACY_LATEST);
	}
	if (spoken == MCP_ERA_NONE || spoken == call->era)
		return E_OK;
	if (spoken == MCP_ERA_LEGACY)
		return FAIL(why, E_REQUEST, "this server speaks %.*s: initialize a session", SLICE_ARG(name));
	return FAIL(why, E_REQUEST, "this server speaks %.*s and no sessions", SLICE_ARG(name));
}

static enum step find_target(struct call *call)
{
	struct fault why = {0};
	if (call->target.host.len > 0)
		return STEP_ON;
	const struct snapshot *snapshot = services_snapshot(call->services);
	if (!snapshot)
		return give_up(call, FAIL(&why, E_UNAVAILABLE, "not ready yet"), &why);
	const struct server_row *row = snapshot_server(snapshot, call->server);
	if (!row || !row->active)
		return give_up(call, FAIL(&why, E_NOT_FOUND, "no such endpoint"), &why);
	enum error error = target_of(row, call->arena, &call->target, &why);
	if (error != E_OK)
		return give_up(call, error, &why);
	error = check_era(call, &why);
	return error == E_OK ? STEP_ON : give_up(call, error, &why);
}

static void credential_opened(void *context, enum error code)
{
	struct call *call = context;
	struct fault why = {0};
	if (code == E_OK)
		call_walk(call);
	else
		(void)give_up(call, FAIL(&why, E_UNAVAILABLE, "the credential of the target could not be opened"), &why);
}

/* The upstream session of a call: found, or none. */
static enum step find_session(struct call *call)
{
	struct fault why = {0};
	bool opened = false;
	if (call->session.id.len == 0)
		return STEP_ON;
	enum error error = session_upstream(call->services->sessions, &call->session, call->server, call->arena, &opened,
					    &call->upstream_session, &why);
	if (error != E_OK)
		return give_up(call, error, &why);
	return opened || !call->multiplex ? STEP_ON : multiplex_open(call);
}

static void write_params(struct call *call, struct json_writer *writer, const struct json_node *params)
{
	json_begin_object(writer);
	for (const struct json_node *member = json_first(params); member; member = json_next(member)) {
		json_write_key(writer, json_key(member));
		if (slice_equal(json_key(member), SLICE("name")))
			json_write_string(writer, call->tool);
		else
			json_write_node(writer, &call->doc, member);
	}
	json_end_object(writer);
}

/* The message as the parsed tree says it: nothing of the client's spelling is left. */
static enum error write_body(struct call *call, struct fault *why)
{
	struct json_writer writer;
	const struct json_node *root = json_root(&call->doc);
	bool renamed = call->multiplex && call->request.method && call->request.method->id == MCP_TOOLS_CALL;
	buffer_clear(&call->sent);
	json_writer_init(&writer, &call->sent, JSON_COMPACT);
	json_begin_object(&writer);
	for (const struct json_node *member = json_first(root); member; member = json_next(member)) {
		json_write_key(&writer, json_key(member));
		if (slice_equal(json_key(member), SLICE("id")) && call->upstream_id.len > 0)
			json_write_raw(&writer, call->upstream_id);
		else if (slice_equal(json_key(member), SLICE("params")) && renamed)
			write_params(call, &writer, member);
		else
			json_write_node(&writer, &call->doc, member);
	}
	json_end_object(&writer);
	return json_writer_end(&writer, why);
}

/* Mcp-Param-* of the client: those that the schema demands were checked and are made anew. */
static void forward_unknown_params(struct call *call, struct target_fields *fields)
{
	const struct http1_headers *headers = &call->exchange->request->headers;
	slice prefix = SLICE("mcp-param-");
	slice value;
	for (unsigned i = 0; i < headers->count; i++) {
		const struct http1_header *line = &headers->line[i];
		if (!slice_equal_fold(slice_sub(line->name, 0, prefix.len), prefix))
			continue;
		slice name = slice_from_offset(line->name, prefix.len);
		bool made = false;
		for (size_t k = 0; k < call->param_count; k++)
			made = made || slice_equal_fold(call->params[k].name, name);
		if (!made && mcp_header_decode(line->value, call->arena, &value, NULL) == E_OK)
			target_field(fields, line->name, line->value);
	}
}

static enum error add_params(struct call *call, struct target_fields *fields, struct fault *why)
{
	for (size_t i = 0; i < call->param_count; i++) {
		slice name = arena_print(call->arena, "Mcp-Param-%.*s", SLICE_ARG(call->params[i].name));
		slice value = mcp_header_encode(call->params[i].value, call->arena);
		if (!name.ptr || !value.ptr)
			return FAIL(why, E_MEMORY, "no memory for headers");
		if (fields->count < TARGET_FIELDS_MAX)
			fields->items[fields->count++] = (struct http1_field){name, value};
	}
	forward_unknown_params(call, fields);
	return E_OK;
}

static enum error add_modern_fields(struct call *call, struct target_fields *fields, struct fault *why)
{
	target_field(fields, SLICE("MCP-Protocol-Version"), call->request.version);
	target_field(fields, SLICE("Mcp-Method"), call->request.message.method);
	if (!call->request.has_object)
		return E_OK;
	slice object = call->request.method->id == MCP_TOOLS_CALL ? call->tool : call->request.object;
	target_field(fields, SLICE("Mcp-Name"), mcp_header_encode(object, call->arena));
	return call->request.method->id == MCP_TOOLS_CALL ? add_params(call, fields, why) : E_OK;
}

static void add_legacy_fields(struct call *call, struct target_fields *fields)
{
	target_field(fields, SLICE("Mcp-Session-Id"), call->upstream_session);
	if (call->session.id.len > 0 && call->view.revision >= MCP_2025_06_18)
		target_field(fields, SLICE("MCP-Protocol-Version"), mcp_revision_name(call->view.revision));
	if (call->exchange->request->method == HTTP1_GET)
		target_field(fields, SLICE("Last-Event-ID"), call_header(call, HTTP1_NAME_LAST_EVENT_ID));
}

static enum error add_fields(struct call *call, struct target_fields *fields, slice authorization, struct fault *why)
{
	bool post = call->exchange->request->method == HTTP1_POST;
	target_field(fields, SLICE("Accept"),
		     post ? SLICE("application/json, text/event-stream") : SLICE("text/event-stream"));
	if (post)
		target_field(fields, SLICE("Content-Type"), SLICE("application/json"));
	target_field(fields, SLICE("User-Agent"), SLICE("tipstaff"));
	target_field(fields, SLICE("Authorization"), authorization);
	if (call->era == MCP_ERA_MODERN)
		return add_modern_fields(call, fields, why);
	add_legacy_fields(call, fields);
	return E_OK;
}

/* An answer may come on another stream than that of its request, so the session has to know what is under way. */
static enum error expect_answer(struct call *call, struct fault *why)
{
	if (call->session.id.len == 0 || call->request.message.kind != JSONRPC_REQUEST || call->expected)
		return E_OK;
	struct session_pending pending = {
		.id = call->id,
		.server = call->server,
		.method = call->request.method->id,
		.decision_id = call->recorded ? ulid_slice(&call->decision_id) : SLICE(""),
		.started_ns = services_monotonic_ns(call->services),
		.history = call->history,
	};
	TRY(session_expect(call->services->sessions, &call->session, &pending, why));
	call->expected = true;
	return E_OK;
}

static enum error start(struct call *call, slice authorization, struct fault *why)
{
	struct target_fields fields = {.count = 0};
	struct upstream_handler handler = call_upstream_handler;
	bool post = call->exchange->request->method == HTTP1_POST;
	if (post)
		TRY(write_body(call, why));
	TRY(add_fields(call, &fields, authorization, why));
	TRY(expect_answer(call, why));
	struct upstream_request request = {
		.host = call->target.host,
		.port = call->target.port,
		.secure = call->target.secure,
		.may_repeat = !post,
		.method = http1_method_text(call->exchange->request->method),
		.target = call->target.path,
		.fields = fields.items,
		.field_count = fields.count,
		.body = buffer_slice(&call->sent),
		.has_body = post,
		.first_ms = call->services->config->upstream_timeout_ms,
		.idle_ms = call->services->config->stream_idle_timeout_ms,
	};
	handler.context = call;
	call->released_ns = services_monotonic_ns(call->services);
	metrics_add(call->services->metrics, METRIC_UPSTREAM_REQUESTS);
	return upstream_start(call->services->upstreams, &request, &handler, &call->upstream, why);
}

/* A client that has gone has cancelled, in the stateless era; in a session it may come back for the answer. */
static bool was_cancelled(const struct call *call)
{
	return call->gone && (call->era == MCP_ERA_MODERN || call->exchange->request->method != HTTP1_POST);
}

/* Runs again after each wait of its own, until the request is on its way. */
enum step call_release(struct call *call)
{
	struct fault why = {0};
	slice authorization;
	if (was_cancelled(call)) {
		call_effect(call, EFFECT_ERROR, 499, SLICE(""), SLICE("the client went away; nothing was sent"));
		call_cut(call);
		return STEP_DONE;
	}
	if (call->exchange->request->method == HTTP1_DELETE)
		return call_end_session(call);
	enum step step = multiplex_answer(call);
	if (step == STEP_ON)
		step = find_target(call);
	if (step != STEP_ON)
		return step;
	if (!credentials_get(call->services->gateway->credentials, &call->target, &authorization)) {
		credentials_open(call->services->gateway->credentials, call->services, &call->target, credential_opened,
				 call);
		return STEP_WAIT;
	}
	step = find_session(call);
	if (step != STEP_ON)
		return step;
	enum error error = start(call, authorization, &why);
	return error == E_OK ? STEP_WAIT : give_up(call, error, &why);
}
