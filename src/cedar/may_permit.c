/* Could it be permitted? Many-valued evaluation of every policy whose head can match. */
#include "cedar/partial.h"
#include "cedar/policies.h"

/* What is possible for all permits and for all forbids together. */
struct possibilities {
	struct partial partial;
	const struct cedar_policyset *set;
	bool permit_may;
	bool permit_must;
	bool forbid_may;
	bool forbid_must;
};

static unsigned outcomes_of_policy(struct partial *partial, const struct policy *policy)
{
	unsigned scope = partial_scope(partial, policy);
	if (!(scope & CEDAR_CAN_TRUE))
		return scope;
	return partial_conditions(partial, policy) | (scope & CEDAR_CAN_FALSE);
}

/* One forbid that certainly holds settles it. */
static bool visit_policy(void *context, uint32_t index)
{
	struct possibilities *all = context;
	const struct policy *policy = all->set->policies[index];
	unsigned outcomes = outcomes_of_policy(&all->partial, policy);
	bool may = outcomes & CEDAR_CAN_TRUE, must = outcomes == CEDAR_CAN_TRUE;
	if (policy->effect == CEDAR_PERMIT) {
		all->permit_may |= may;
		all->permit_must |= must;
	} else {
		all->forbid_may |= may;
		all->forbid_must |= must;
	}
	return !all->partial.evaluation.failure && !all->forbid_must;
}

enum error cedar_may_permit(const struct cedar_request *request, const struct cedar_world *world, struct arena *arena,
			    enum cedar_possibility *ret_possibility, struct fault *why)
{
	struct possibilities all = {0};
	*ret_possibility = CEDAR_NEVER;
	TRY(partial_start(&all.partial, request, world, NULL, arena, why));
	for (size_t i = 0; i < world->set_count && !all.forbid_must; i++) {
		all.set = world->sets[i];
		(void)index_visit_open(&all.set->index, &all.partial.evaluation, visit_policy, &all);
		if (all.partial.evaluation.failure)
			return FAIL(why, all.partial.evaluation.failure, "the evaluation was given up");
	}
	if (all.forbid_must)
		return E_OK;
	if (all.permit_must && !all.forbid_may)
		*ret_possibility = CEDAR_ALWAYS;
	else if (all.permit_may)
		*ret_possibility = CEDAR_MAYBE;
	return E_OK;
}
