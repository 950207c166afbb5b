/* Could it be permitted? Many-valued evaluation of every policy whose head can match. */
#include "cedar/partial.h"
#include "cedar/policies.h"

/* What is possible for all permits and for all forbids together. */
struct possibilities {
	struct evaluation evaluation;
	const struct cedar_policyset *set;
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

/* One forbid that certainly holds settles it. */
static bool visit_policy(void *context, uint32_t index)
{
	struct possibilities *all = context;
	const struct policy *policy = all->set->policies[index];
	unsigned outcomes = outcomes_of_policy(&all->evaluation, policy);
	bool may = outcomes & CEDAR_CAN_TRUE, must = outcomes == CEDAR_CAN_TRUE;
	if (policy->effect == CEDAR_PERMIT) {
		all->permit_may |= may;
		all->permit_must |= must;
	} else {
		all->forbid_may |= may;
		all->forbid_must |= must;
	}
	return !all->evaluation.failure && !all->forbid_must;
}

enum error cedar_may_permit(const struct cedar_request *request, const struct cedar_world *world, struct arena *arena,
			    enum cedar_possibility *ret_possibility, struct fault *why)
{
	struct possibilities all = {0};
	*ret_possibility = CEDAR_NEVER;
	TRY(partial_start(&all.evaluation, request, world, arena, why));
	for (size_t i = 0; i < world->set_count && !all.forbid_must; i++) {
		all.set = world->sets[i];
		(void)index_visit_open(&all.set->index, &all.evaluation, visit_policy, &all);
		if (all.evaluation.failure)
			return FAIL(why, all.evaluation.failure, "the evaluation was given up");
	}
	if (all.forbid_must)
		return E_OK;
	if (all.permit_must && !all.forbid_may)
		*ret_possibility = CEDAR_ALWAYS;
	else if (all.permit_may)
		*ret_possibility = CEDAR_MAYBE;
	return E_OK;
}
