/* What a caller is shown. */
#include "decision/decide_parts.h"
#include "decision/layer.h"
#include "decision/task.h"

/* Could some request for this method be permitted? Its params are not known yet. */
static enum reason list_method_reason(struct making *making, enum cedar_possibility *ret_possibility)
{
	const struct decision_input *input = making->input;
	struct decision *decision = making->decision;
	struct fault why = {0};
	struct cedar_uid action, resource;
	struct cedar_entities *layer;
	CHECK_STEP(decide_check_server(input, decision));
	CHECK_STEP(decide_check_policies(making));
	if (decision->agent->observed_only) {
		*ret_possibility = CEDAR_MAYBE;
		return REASON_PERMITTED;
	}
	CHECK_STEP(task_check(input->snapshot, input->caller, input->now_ms, &decision->task));
	making->arguments = cedar_unknown();
	CHECK_STEP(decide_make_context(making));
	if (layer_of_method(&input->snapshot->key, input->server, input->method, making->arena, &action, &resource,
			    &layer, &why) != E_OK)
		return REASON_POLICY_ERROR;
	struct decide_view view;
	const struct cedar_entities *layers[] = {layer, decision->agent->layer};
	const struct cedar_world *world = decide_view(&view, making, layers, 2);
	struct cedar_request request = {.principal = &decision->agent->uid, .action = &action, .resource = &resource,
					.context = making->context};
	if (cedar_may_permit(&request, world, making->arena, ret_possibility, &why) != E_OK)
		return REASON_POLICY_ERROR;
	return REASON_PERMITTED;
}

static enum reason list_reason(struct making *making, enum cedar_possibility *ret_possibility)
{
	const struct decision_input *input = making->input;
	struct decision *decision = making->decision;
	struct fault why = {0};
	CHECK_STEP(decide_check_caller(input, decision));
	if (input->call == CALL_METHOD)
		return list_method_reason(making, ret_possibility);
	if (input->call != CALL_TOOL)
		return REASON_METHOD_UNKNOWN;
	enum reason task = task_check(input->snapshot, input->caller, input->now_ms, &decision->task);
	CHECK_STEP(decide_check_tool(input, decision));
	CHECK_STEP(decide_check_policies(making));
	if (decision->agent->observed_only) {
		*ret_possibility = CEDAR_MAYBE;
		return REASON_PERMITTED;
	}
	if (task != REASON_PERMITTED || !task_covers_tool(input->caller, decision->task, input->tool))
		return REASON_SCOPE_TASK;
	making->arguments = cedar_unknown();
	CHECK_STEP(decide_make_context(making));
	struct decide_view view;
	const struct cedar_entities *layers[] = {decision->agent->layer, decision->tool->layer};
	const struct cedar_world *world = decide_view(&view, making, layers, 2);
	struct cedar_uid target = cedar_uid_make(&input->snapshot->key, SLICE("Tipstaff::Target"), SLICE(""));
	bool has_target = decision->tool->target_type != TOOL_TARGET_NONE;
	struct cedar_request request = {.principal = &decision->agent->uid, .action = &decision->tool->action,
					.resource = has_target ? &target : &decision->tool->resource,
					.resource_unknown = has_target, .context = making->context};
	if (cedar_may_permit(&request, world, making->arena, ret_possibility, &why) != E_OK)
		return REASON_POLICY_ERROR;
	return REASON_PERMITTED;
}

bool decide_is_listed(const struct decision_input *input, struct arena *arena)
{
	struct decision decision = {.verdict = DENY};
	struct making making = {.input = input, .decision = &decision, .arena = arena};
	enum cedar_possibility possibility = CEDAR_NEVER;
	decide_name(input, &decision, arena);
	return list_reason(&making, &possibility) == REASON_PERMITTED && possibility != CEDAR_NEVER;
}
