/* Could it be permitted? Many-valued evaluation of every policy whose head can match. */
#include "cedar/partial.h"
#include "cedar/policies.h"

/* What is possible for all permits and for all forbids together. */
struct possibilities {
	bool permit_may;
	bool permit_must;
	bool forbid_may;
	bool forbid_must;
};

static unsigned outcomes_of_policy(struct evaluation *evaluation, const struct policy *policy)
{
	unsigned scope = partial_scope(evaluation, policy);
	if (!(scope & CEDAR_CAN_TRUE))
		return scope;
	return partial_conditions(evaluation, policy) | (scope & CEDAR_CAN_FALSE);
}

static void add_policy(struct possibilities *all, const struct policy *policy, unsigned outcomes)
{
	bool may = outcomes & CEDAR_CAN_TRUE, must = outcomes == CEDAR_CAN_TRUE;
	if (policy->effect == CEDAR_PERMIT) {
		all->permit_may |= may;
		all->permit_must |= must;
	} else {
		all->forbid_may |= may;
		all->forbid_must |= must;
	}
}

/* One bit for each action that the request is or is in; all where the action is unknown. */
static uint64_t actions_of(const struct closure *action)
{
	uint64_t bits = 0;
	if (!action->uid)
		return UINT64_MAX;
	for (size_t i = 0; i < action->count; i++)
		bits |= (uint64_t)1 << (index_action(action->ancestors[i]) & 63);
	return bits | (uint64_t)1 << (index_action(action->uid) & 63);
}

enum error cedar_may_permit(const struct cedar_request *request, const struct cedar_world *world, struct arena *arena,
			    enum cedar_possibility *ret_possibility, struct fault *why)
{
	struct evaluation evaluation;
	struct possibilities all = {0};
	*ret_possibility = CEDAR_NEVER;
	TRY(partial_start(&evaluation, request, world, arena, why));
	uint64_t actions = actions_of(&evaluation.subjects[VARIABLE_ACTION]);
	for (size_t i = 0; i < world->set_count; i++)
		for (size_t j = 0; j < world->sets[i]->count; j++) {
			/* The index lists every policy once, and tells most by their action without a look at them. */
			struct candidate candidate = world->sets[i]->index.candidates[j];
			if (candidate.action && !(actions & (uint64_t)1 << (candidate.action & 63)))
				continue;
			const struct policy *policy = world->sets[i]->policies[candidate.policy];
			add_policy(&all, policy, outcomes_of_policy(&evaluation, policy));
			if (evaluation.failure)
				return FAIL(why, evaluation.failure, "the evaluation was given up");
			if (all.forbid_must)
				return E_OK;
		}
	if (all.permit_must && !all.forbid_may)
		*ret_possibility = CEDAR_ALWAYS;
	else if (all.permit_may)
		*ret_possibility = CEDAR_MAYBE;
	return E_OK;
}
