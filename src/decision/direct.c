#include "decision/decide.h"

#include "cedar/search.h"
#include "decision/explain.h"

static slice name_of(const struct cedar_uid *uid)
{
	return uid ? uid->id : SLICE("");
}

/* What policies see. */
struct view {
	const struct cedar_entities *layers[2];
	const struct cedar_policyset *sets[1];
	struct cedar_world world;
};

static const struct cedar_world *view_make(struct view *view, const struct decision_direct *input)
{
	struct cedar_world *world = &view->world;
	*world = (struct cedar_world){.layers = view->layers, .sets = view->sets};
	if (input->entities)
		view->layers[world->layer_count++] = input->entities;
	if (input->snapshot->entities)
		view->layers[world->layer_count++] = input->snapshot->entities;
	if (input->snapshot->policyset)
		view->sets[world->set_count++] = input->snapshot->policyset;
	return world;
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
	struct view view;
	const struct cedar_world *world = view_make(&view, input);
	struct cedar_request request = {.principal = input->principal, .action = input->action,
					.resource = input->resource, .context = input->context, .with_facts = !input->without_facts};
	struct cedar_result result;
	enum cedar_decision answer = cedar_authorize(&request, world, arena, &result);
	explain_policies(&result, world, ret, arena);
	if (result.failure != E_OK) {
		ret->detail = slice_of(result.failure_sentence);
		return REASON_POLICY_ERROR;
	}
	if (answer != CEDAR_ALLOW)
		explain_remedy(&request, world, ret, arena);
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
	if (ret->remedy_count)
		ret->missing = explain_remedy_text(ret, arena);
	ret->public_sentence = ret->verdict == PERMIT ? SLICE("permitted") : SLICE("denied");
}

static void tell(const struct cedar_found *found, const struct cedar_uid *const *candidates, size_t count,
		 bool *permitted)
{
	for (size_t i = 0; i < found->count; i++)
		for (size_t j = 0; j < count; j++)
			permitted[j] |= found->uids[i] == candidates[j];
}

enum error decide_direct_each(const struct decision_direct *input, enum decision_place place,
			      const struct cedar_uid *const *candidates, size_t count, bool *permitted,
			      struct arena *arena, struct fault *why)
{
	struct view view;
	struct cedar_found found;
	const struct cedar_request request = {.principal = input->principal, .action = input->action,
					      .resource = input->resource, .context = input->context,
					      .principal_unknown = place == DECISION_PRINCIPAL,
					      .action_unknown = place == DECISION_ACTION,
					      .resource_unknown = place == DECISION_RESOURCE};
	struct cedar_search search = {.request = &request, .world = view_make(&view, input), .candidates = candidates,
				      .candidate_count = count};
	for (size_t i = 0; i < count; i++)
		permitted[i] = false;
	enum error code = cedar_search(&search, arena, &found, why);
	if (code == E_OK)
		tell(&found, candidates, count, permitted);
	if (code != E_LIMIT)
		return code;
	/* One of them was given up: each for itself. */
	search.candidate_count = 1;
	for (size_t i = 0; i < count; i++) {
		search.candidates = &candidates[i];
		code = cedar_search(&search, arena, &found, why);
		if (code != E_OK && code != E_LIMIT)
			return code;
		permitted[i] = code == E_OK && found.count == 1;
	}
	return E_OK;
}
