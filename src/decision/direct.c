#include "decision/decide.h"
#include "decision/explain.h"

static slice name_of(const struct cedar_uid *uid)
{
	return uid ? uid->id : SLICE("");
}

static enum reason ask(const struct decision_direct *input, struct decision *ret, struct arena *arena)
{
	if (!input->snapshot)
		return REASON_NOT_READY;
	ret->revision = input->snapshot->revision;
	ret->policy_digest = input->snapshot->policy_digest;
	if (!input->principal || !input->action || !input->resource)
		return REASON_ARGUMENTS_INVALID;
	if (input->snapshot->broken) {
		ret->detail = slice_of(input->snapshot->broken_sentence);
		return REASON_POLICY_ERROR;
	}
	const struct cedar_entities *layers[2];
	const struct cedar_policyset *sets[] = {input->snapshot->policyset};
	struct cedar_world world = {.layers = layers, .sets = sets, .set_count = input->snapshot->policyset ? 1 : 0};
	if (input->entities)
		layers[world.layer_count++] = input->entities;
	if (input->snapshot->entities)
		layers[world.layer_count++] = input->snapshot->entities;
	struct cedar_request request = {.principal = input->principal, .action = input->action,
					.resource = input->resource, .context = input->context, .with_facts = !input->without_facts};
	struct cedar_result result;
	enum cedar_decision answer = cedar_authorize(&request, &world, arena, &result);
	explain_policies(&result, &world, ret, arena);
	if (result.failure != E_OK) {
		ret->detail = slice_of(result.failure_sentence);
		return REASON_POLICY_ERROR;
	}
	if (answer != CEDAR_ALLOW)
		return result.reason_count ? REASON_FORBIDDEN : REASON_NO_MATCHING_PERMIT;
	return input->evidence_ready ? REASON_PERMITTED : REASON_EVIDENCE_UNAVAILABLE;
}

void decide_direct(const struct decision_direct *input, struct decision *ret, struct arena *arena)
{
	*ret = (struct decision){.verdict = DENY};
	ret->action = ret->tool_id = name_of(input->action);
	ret->target = name_of(input->resource);
	ret->reason = ask(input, ret, arena);
	if (ret->reason == REASON_PERMITTED)
		ret->verdict = PERMIT;
	ret->reason_text = ret->public_reason = reason_code(ret->reason);
	ret->missing = reason_missing(ret->reason);
	if (ret->reason == REASON_NO_MATCHING_PERMIT)
		ret->missing = arena_print(arena, "a policy that permits %.*s on %.*s", SLICE_ARG(ret->action),
					   SLICE_ARG(ret->target));
	ret->public_sentence = ret->verdict == PERMIT ? SLICE("permitted") : SLICE("denied");
}
