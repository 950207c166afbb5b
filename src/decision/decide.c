#include "decision/decide.h"

#include "decision/context.h"
#include "decision/decide_parts.h"
#include "decision/events.h"
#include "decision/explain.h"
#include "decision/layer.h"
#include "decision/task.h"

static slice keep(struct making *making, const struct fault *why)
{
	return arena_copy(making->arena, slice_of(fault_sentence(why)));
}

static enum reason refuse(struct making *making, const struct fault *why, enum reason reason)
{
	making->decision->detail = keep(making, why);
	return why->code == E_MEMORY ? REASON_POLICY_ERROR : reason;
}

static enum reason read_arguments(struct making *making)
{
	const struct decision_input *input = making->input;
	struct fault why = {0};
	if (!input->arguments || !input->doc)
		return REASON_PERMITTED;
	enum error code = cedar_value_from_plain_json(making->arena, input->doc, input->arguments, &making->arguments,
						      &making->loss, &why);
	return code == E_OK ? REASON_PERMITTED : refuse(making, &why, REASON_ARGUMENTS_INVALID);
}

static enum reason read_targets(struct making *making)
{
	struct fault why = {0};
	struct decision *decision = making->decision;
	enum error code = targets_extract(decision->tool, making->input->doc, making->input->arguments, making->arena,
					  &making->targets, &why);
	if (code != E_OK)
		return refuse(making, &why, REASON_TARGET_INVALID);
	if (making->targets.count == 0)
		return REASON_PERMITTED;
	decision->target = making->targets.items[0];
	for (size_t i = 1; i < making->targets.count; i++)
		decision->target = arena_print(making->arena, "%.*s, %.*s", SLICE_ARG(decision->target),
					       SLICE_ARG(making->targets.items[i]));
	return REASON_PERMITTED;
}

enum reason decide_make_context(struct making *making)
{
	struct fault why = {0};
	const struct decision *decision = making->decision;
	struct context_input context = {.asked = making->input, .server = decision->server_id,
					.tool = decision->tool_id, .input = making->arguments};
	enum error code = context_scope(making->input->caller, decision->task, making->arena, &context.scope, &why);
	if (code == E_OK)
		code = context_make(&context, making->arena, &making->context, &why);
	return code == E_OK ? REASON_PERMITTED : refuse(making, &why, REASON_ARGUMENTS_INVALID);
}

const struct cedar_world *decide_view(struct decide_view *view, const struct making *making,
					   const struct cedar_entities *const *layers, size_t layer_count)
{
	const struct snapshot *snapshot = making->input->snapshot;
	struct cedar_world *world = &view->world;
	*world = (struct cedar_world){.layers = view->layers, .sets = view->sets};
	while (world->layer_count < layer_count) {
		view->layers[world->layer_count] = layers[world->layer_count];
		world->layer_count++;
	}
	if (snapshot->entities)
		view->layers[world->layer_count++] = snapshot->entities;
	if (snapshot->policyset)
		view->sets[world->set_count++] = snapshot->policyset;
	if (making->authority && making->authority->policies)
		view->sets[world->set_count++] = making->authority->policies;
	return world;
}

static bool starts_with_input(slice subject)
{
	return slice_starts_with(subject, SLICE("context.input")) || slice_starts_with(subject, SLICE("context has input"));
}

/*
 * A number that Cedar cannot hold exactly is not in context.input. Where a policy looked for something there and did
 * not find it, nobody knows what it would have said: that is not a permit.
 */
static bool loss_matters(const struct making *making, const struct cedar_result *result)
{
	if (making->loss.numbers == 0)
		return false;
	struct cedar_fact_scratch scratch;
	for (size_t i = 0; i < result->fact_count; i++) {
		struct cedar_fact_text fact = cedar_fact_tell(&result->facts[i], &scratch);
		if (starts_with_input(fact.subject) && (fact.value.len == 0 || slice_equal(fact.value, SLICE("false"))))
			return true;
	}
	return result->facts_left_out > 0;
}

static enum reason ask_cedar(struct making *making, const struct cedar_uid *action, const struct cedar_uid *resource,
			     const struct cedar_entities *const *layers, size_t layer_count)
{
	struct decide_view view;
	const struct cedar_world *world = decide_view(&view, making, layers, layer_count);
	struct cedar_request request = {.principal = &making->decision->agent->uid, .action = action,
					.resource = resource, .context = making->context, .with_facts = true,
					.history = making->input->history, .now_ms = making->input->now_ms,
					.request_id = making->input->decision_id};
	struct cedar_result result;
	if (!events_note(making->decision, &request, making->arguments, making->loss.numbers > 0, making->arena))
		return REASON_POLICY_ERROR;
	enum cedar_decision answer = cedar_authorize(&request, world, making->arena, &result);
	explain_policies(&result, world, making->decision, making->arena);
	if (result.failure != E_OK) {
		making->decision->detail = slice_of(result.failure_sentence);
		return result.failure == E_UNAVAILABLE ? REASON_HISTORY_UNKNOWN : REASON_POLICY_ERROR;
	}
	if (answer == CEDAR_ALLOW && loss_matters(making, &result)) {
		making->decision->detail = arena_print(making->arena,
						       "%.*s: a number that policies cannot compare exactly",
						       SLICE_ARG(making->loss.first));
		return REASON_ARGUMENTS_INVALID;
	}
	if (answer == CEDAR_ALLOW)
		return REASON_PERMITTED;
	explain_remedy(&request, world, making->decision, making->arena);
	if (result.reason_count == 0)
		return REASON_NO_MATCHING_PERMIT;
	return explain_sequence(making->decision) ? REASON_SEQUENCE : REASON_FORBIDDEN;
}

static enum reason decide_target(struct making *making, slice target)
{
	struct fault why = {0};
	const struct decision *decision = making->decision;
	struct cedar_uid resource;
	struct cedar_entities *layer;
	if (layer_of_target(&making->input->snapshot->key, decision->tool, target, making->arena, &resource, &layer,
			    &why) != E_OK)
		return refuse(making, &why, REASON_TARGET_INVALID);
	const struct cedar_entities *layers[DECIDE_LAYERS_MAX] = {layer, decision->agent->layer};
	return ask_cedar(making, &decision->tool->action, &resource, layers, DECIDE_LAYERS_MAX);
}

/* Every target has to be permitted; the first that is not decides. */
static enum reason decide_targets(struct making *making)
{
	struct decision *decision = making->decision;
	if (making->targets.count == 0) {
		const struct cedar_entities *layers[] = {decision->agent->layer, decision->tool->layer};
		return ask_cedar(making, &decision->tool->action, &decision->tool->resource, layers, 2);
	}
	for (size_t i = 0; i < making->targets.count; i++) {
		enum reason reason = decide_target(making, making->targets.items[i]);
		if (reason != REASON_PERMITTED) {
			decision->target = making->targets.items[i];
			return reason;
		}
	}
	return REASON_PERMITTED;
}

static enum reason check_task_targets(const struct making *making)
{
	/* A call that leaves its target to the tool could mean any: that is more than a task with targets allows. */
	if (making->targets.count == 0 && making->decision->tool->target_type != TOOL_TARGET_NONE &&
	    !task_covers_target(making->decision->task, SLICE("")))
		return REASON_SCOPE_TASK;
	for (size_t i = 0; i < making->targets.count; i++)
		if (!task_covers_target(making->decision->task, making->targets.items[i])) {
			making->decision->target = making->targets.items[i];
			return REASON_SCOPE_TASK;
		}
	return REASON_PERMITTED;
}

static enum reason decide_tool(struct making *making)
{
	const struct decision_input *input = making->input;
	struct decision *decision = making->decision;
	CHECK_STEP(task_check(input->snapshot, input->caller, input->now_ms, &decision->task));
	/* By name, before looking whether there is such a tool: the answer is the same for both. */
	if (!task_covers_tool(input->caller, decision->task, input->tool))
		return REASON_SCOPE_TASK;
	CHECK_STEP(decide_check_tool(input, decision));
	CHECK_STEP(decide_check_policies(making));
	CHECK_STEP(read_arguments(making));
	CHECK_STEP(read_targets(making));
	CHECK_STEP(check_task_targets(making));
	CHECK_STEP(decide_make_context(making));
	return decide_targets(making);
}

static enum reason decide_method(struct making *making)
{
	const struct decision_input *input = making->input;
	struct decision *decision = making->decision;
	struct fault why = {0};
	struct cedar_uid action, resource;
	struct cedar_entities *layer;
	CHECK_STEP(task_check(input->snapshot, input->caller, input->now_ms, &decision->task));
	CHECK_STEP(decide_check_server(input, decision));
	CHECK_STEP(decide_check_policies(making));
	CHECK_STEP(read_arguments(making));
	CHECK_STEP(decide_make_context(making));
	if (layer_of_method(&input->snapshot->key, input->server, input->method, making->arena, &action, &resource,
			    &layer, &why) != E_OK)
		return refuse(making, &why, REASON_ARGUMENTS_INVALID);
	const struct cedar_entities *layers[] = {layer, decision->agent->layer};
	return ask_cedar(making, &action, &resource, layers, 2);
}

void decide_name(const struct decision_input *input, struct decision *ret, struct arena *arena)
{
	ret->server_id = input->server;
	ret->tool_id = input->tool;
	ret->action = input->call == CALL_TOOL ? input->tool : arena_print(arena, "mcp:%.*s", SLICE_ARG(input->method));
	if (input->call == CALL_TOOL && input->server.len == 0)
		ret->server_id = slice_sub(input->tool, 0, slice_find_byte(input->tool, '.', 0));
}

static enum reason decide_reason(struct making *making)
{
	const struct decision_input *input = making->input;
	CHECK_STEP(decide_check_caller(input, making->decision));
	switch (input->call) {
	case CALL_TOOL:
		CHECK_STEP(decide_tool(making));
		break;
	case CALL_METHOD:
		CHECK_STEP(decide_method(making));
		break;
	case CALL_UNKNOWN:
		return REASON_METHOD_UNKNOWN;
	}
	return input->evidence_ready ? REASON_PERMITTED : REASON_EVIDENCE_UNAVAILABLE;
}

/* An observed agent passes where only its authority is lacking: never without evidence, never to what is not pinned. */
static bool is_observed(const struct decision_input *input, const struct decision *decision)
{
	struct decision facts = *decision;
	if (!decision->agent || !decision->agent->observed_only || !reason_is_observable(decision->reason))
		return false;
	if (!input->evidence_ready || input->snapshot->broken)
		return false;
	if (input->call == CALL_TOOL)
		return decide_check_tool(input, &facts) == REASON_PERMITTED;
	return input->call == CALL_METHOD && decide_check_server(input, &facts) == REASON_PERMITTED;
}

/* Would policies forbid a tool of this name, known or not? */
static bool is_forbidden_by_name(const struct decision_input *input, struct arena *arena)
{
	struct decision decision = {.verdict = DENY};
	struct making making = {.input = input, .decision = &decision, .arena = arena};
	struct cedar_uid action, resource;
	struct cedar_entities *layer;
	decide_name(input, &decision, arena);
	if (input->call != CALL_TOOL || decide_check_caller(input, &decision) != REASON_PERMITTED ||
	    decide_check_policies(&making) != REASON_PERMITTED || read_arguments(&making) != REASON_PERMITTED ||
	    decide_make_context(&making) != REASON_PERMITTED)
		return false;
	if (layer_of_name(&input->snapshot->key, decision.server_id, input->tool, arena, &action, &resource, &layer, NULL) !=
	    E_OK)
		return false;
	const struct cedar_entities *layers[] = {layer, decision.agent->layer};
	enum reason reason = ask_cedar(&making, &action, &resource, layers, 2);
	return reason == REASON_FORBIDDEN || reason == REASON_SEQUENCE;
}

/* What may be listed is no secret; for all else the answer is the same whether or not there is such a tool. */
static enum reason reason_to_tell(const struct decision_input *input, enum reason reason, struct arena *arena)
{
	if (!reason_reveals(reason) || decide_is_listed(input, arena))
		return reason;
	return is_forbidden_by_name(input, arena) ? REASON_FORBIDDEN : REASON_NO_MATCHING_PERMIT;
}

void decide(const struct decision_input *input, struct decision *ret, struct arena *arena)
{
	*ret = (struct decision){.verdict = DENY};
	struct making making = {.input = input, .decision = ret, .arena = arena};
	decide_name(input, ret, arena);
	ret->reason = decide_reason(&making);
	if (ret->reason == REASON_PERMITTED)
		ret->verdict = PERMIT;
	ret->observed = ret->verdict != PERMIT && is_observed(input, ret);
	explain(input, reason_to_tell(input, ret->reason, arena), ret, arena);
}
