/* Room 4: the decision, over the snapshot of now. What needs none still needs a caller that may act. */
#include "decision/decide.h"

#include "decision/histories.h"
#include "gateway/call.h"

/* How the message is let through; a method that is unknown, or not this side's to send, is denied. */
static enum mcp_rule rule_of(const struct call *call)
{
	const struct mcp_method *method = call->request.method;
	enum jsonrpc_kind kind = call->request.message.kind;
	if (call->exchange->request->method != HTTP1_POST || kind == JSONRPC_RESULT || kind == JSONRPC_ERROR)
		return MCP_PASS;
	return mcp_may_send(method, MCP_CLIENT, call->era, kind) ? method->rule : MCP_DENIED;
}

static bool has_resource_subscriptions(const struct call *call)
{
	const struct json_node *filter = json_get(&call->doc, call->request.message.params, SLICE("notifications"));
	const struct json_node *uris = json_get(&call->doc, filter, SLICE("resourceSubscriptions"));
	return uris && !(uris->type == JSON_ARRAY && uris->count == 0);
}

static void ask_for_tool(struct call *call)
{
	call->input.call = CALL_TOOL;
	call->input.server = call->server;
	call->input.tool = arena_print(call->arena, "%.*s.%.*s", SLICE_ARG(call->server), SLICE_ARG(call->tool));
	call->input.arguments = call->request.arguments;
}

static void ask_for_method(struct call *call, slice method)
{
	call->input.call = CALL_METHOD;
	call->input.method = method;
	call->input.server = call->server;
	call->input.arguments = call->request.message.params;
}

static void fill_input(struct call *call, const struct caller *caller)
{
	slice session = call->session.id;
	call->input = (struct decision_input){
		.snapshot = services_snapshot(call->services),
		.caller = caller,
		.method = call->request.message.method,
		.doc = &call->doc,
		/* The name of the session, without the part that makes it hard to guess. */
		.session = call_keep(call, slice_sub(session, 0, slice_find_byte(session, '.', 0))),
		.now_ms = services_now_ns(call->services) / 1000000,
		.evidence_ready = recorder_health(call->services->recorder, NULL) == E_OK,
	};
}

/* What the message asks for in the terms of the decision. False: it needs no decision of its own. */
static bool ask(struct call *call, enum mcp_rule rule)
{
	switch (rule) {
	case MCP_CALL:
		ask_for_tool(call);
		return true;
	case MCP_DECIDED:
		ask_for_method(call, call->request.message.method);
		return true;
	case MCP_LISTEN:
		ask_for_method(call, SLICE("resources/subscribe"));
		return has_resource_subscriptions(call);
	case MCP_DENIED:
		call->input.call = CALL_UNKNOWN;
		return true;
	case MCP_HANDSHAKE:
	case MCP_PASS:
	case MCP_LIST:
	case MCP_NOTIFICATION:
	case MCP_RULE_COUNT:
		break;
	}
	return false;
}

/* A caller that may not act is told so on every message, by a decision about a method that nobody may use. */
static bool caller_may_act(struct call *call)
{
	struct decision_input input = call->input;
	struct decision decision;
	input.call = CALL_UNKNOWN;
	decide(&input, &decision, call->arena);
	return decision.reason == REASON_METHOD_UNKNOWN;
}

/* A reader that ignores case would take `Path` for the `path` that the decision is about. */
static bool target_has_lookalike(struct call *call)
{
	const struct tool_row *tool = call->decision->tool;
	if (!tool || tool->target_argument.len == 0)
		return false;
	return jsonrpc_refuse_lookalikes(call->request.arguments, &tool->target_argument, 1, NULL) != E_OK;
}

static void refuse_lookalike(struct call *call)
{
	struct decision *decision = call->decision;
	decision->verdict = DENY;
	decision->observed = false;
	decision->reason = REASON_ARGUMENTS_INVALID;
	decision->reason_text = reason_code(REASON_ARGUMENTS_INVALID);
	decision->detail = SLICE("an argument differs from the target argument only in case");
	decision->public_reason = decision->reason_text;
	decision->public_sentence = SLICE("denied: an argument differs from the target argument only in case");
}

static void name_decision(struct call *call)
{
	unsigned char random[ULID_RANDOM_BYTES];
	services_random(call->services, random, sizeof(random));
	call->decision_id = ulid_make(SLICE("d"), services_now_ns(call->services) / 1000000, random);
}

/* The headers that the pinned schema of the tool demands, as the arguments say them. */
static enum error read_params(struct call *call, struct fault *why)
{
	struct json_doc definition;
	slice text = call_keep(call, call->decision->tool->definition);
	struct mcp_param *params = ARENA_ARRAY(call->arena, MCP_PARAMS_MAX, struct mcp_param);
	if (!params || text.len == 0)
		return FAIL(why, E_MEMORY, "no memory for headers");
	TRY(json_parse(&definition, text, NULL, call->arena, why));
	const struct json_node *schema = json_get(&definition, json_root(&definition), SLICE("inputSchema"));
	TRY(mcp_params_demanded(schema, &call->doc, call->request.arguments, call->arena, params, &call->param_count,
				why));
	call->params = params;
	return E_OK;
}

static enum error check_params(struct call *call, struct fault *why)
{
	TRY(read_params(call, why));
	for (size_t i = 0; i < call->param_count; i++) {
		slice name = arena_print(call->arena, "Mcp-Param-%.*s", SLICE_ARG(call->params[i].name));
		slice header = http1_header_named(&call->exchange->request->headers, name);
		TRY(mcp_param_check(&call->params[i], header, call->arena, why));
	}
	return E_OK;
}

/* Only where the call would pass: else the answer would tell what the schema of a hidden tool looks like. */
static bool has_params(const struct call *call)
{
	const struct tool_row *tool = call->decision->tool;
	return call->era == MCP_ERA_MODERN && decision_lets_through(call->decision) && tool &&
	       slice_find(tool->definition, SLICE("x-mcp-header")) != SIZE_MAX;
}

enum step call_decide(struct call *call)
{
	const struct caller *caller = call_caller(call);
	enum mcp_rule rule = rule_of(call);
	struct decision *decision = ARENA_NEW(call->arena, struct decision);
	if (!decision)
		return call_fail(call, E_MEMORY, NULL);
	fill_input(call, caller);
	bool asked = ask(call, rule);
	if (!asked && caller_may_act(call))
		return STEP_ON;
	if (!asked)
		call->input.call = CALL_UNKNOWN;
	struct fault why = {0};
	struct history_hold hold;
	name_decision(call);
	if (call_hold_history(call, caller, &hold, &why) != E_OK)
		return call_fail(call, E_MEMORY, &why);
	decide(&call->input, decision, call->arena);
	call->decision = decision;
	if (decision_lets_through(decision) && target_has_lookalike(call))
		refuse_lookalike(call);
	call->enforced = !(decision->agent && decision->agent->observed_only);
	bool is_refused = has_params(call) && check_params(call, &why) != E_OK;
	call_add_history(call, &hold, decision_lets_through(decision) && !is_refused);
	if (is_refused)
		return call_reject(call, 400, MCP_ERROR_HEADER_MISMATCH, slice_of(fault_sentence(&why)), SLICE(""));
	return STEP_ON;
}
