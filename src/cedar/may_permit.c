/* Could it be permitted? Three-valued evaluation of every policy whose head can match. */
#include "cedar/evaluate.h"
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
	unsigned scope = evaluate_scope(evaluation, policy);
	if (!(scope & CEDAR_CAN_TRUE))
		return scope;
	return evaluate_conditions(evaluation, policy) | (scope & CEDAR_CAN_FALSE);
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

enum error cedar_may_permit(const struct cedar_request *request, const struct cedar_world *world, struct arena *arena,
			    enum cedar_possibility *ret_possibility, struct fault *why)
{
	struct evaluation evaluation;
	struct possibilities all = {0};
	*ret_possibility = CEDAR_NEVER;
	TRY(evaluation_start(&evaluation, request, world, arena, why));
	for (size_t i = 0; i < world->set_count; i++)
		for (size_t j = 0; j < world->sets[i]->count; j++) {
			const struct policy *policy = world->sets[i]->policies[j];
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
