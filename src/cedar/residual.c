#include "cedar/residual.h"

#include "cedar/est.h"
#include "cedar/finding.h"
#include "cedar/partial.h"
#include "cedar/policies.h"
#include "cedar/sort.h"

#include <string.h>

/* Policies as they are looked at, growing in the arena. */
struct list {
	struct cedar_residual *items;
	size_t count;
	size_t size;
};

struct making {
	struct partial partial;
	const struct cedar_policyset *set;
	uint32_t set_index;
	struct list certain;   /* hold whatever the unknowns are */
	struct list residuals;
};

static bool list_add(struct list *list, struct making *making, uint32_t index, unsigned bits,
		     const struct policy *left)
{
	const struct policy *policy = making->set->policies[index];
	if (list->count == list->size) {
		size_t size = list->size ? 2 * list->size : 8;
		struct cedar_residual *bigger = ARENA_ARRAY(making->partial.evaluation.arena, size, struct cedar_residual);
		if (!bigger)
			return evaluation_fail(&making->partial.evaluation, E_MEMORY);
		if (list->count)
			memcpy(bigger, list->items, list->count * sizeof(*bigger));
		list->items = bigger;
		list->size = size;
	}
	list->items[list->count++] = (struct cedar_residual){
		.id = policy->id, .set = making->set_index, .policy = index, .effect = (enum cedar_effect)policy->effect,
		.may_hold = bits & CEDAR_CAN_TRUE, .may_err = bits & CEDAR_CAN_ERROR, .left = left};
	return true;
}

static bool visit_policy(void *context, uint32_t index)
{
	struct making *making = context;
	const struct policy *left;
	unsigned bits = partial_policy(&making->partial, making->set->policies[index], &left);
	if (bits == 0)
		return false;
	if (left)
		return list_add(&making->residuals, making, index, bits, left);
	return bits != CEDAR_CAN_TRUE || list_add(&making->certain, making, index, bits, NULL);
}

static int compare_residuals(const void *a, const void *b)
{
	const struct cedar_residual *x = *(const struct cedar_residual *const *)a;
	const struct cedar_residual *y = *(const struct cedar_residual *const *)b;
	if (x->set != y->set)
		return x->set < y->set ? -1 : 1;
	return (x->policy > y->policy) - (x->policy < y->policy);
}

/* In the order of the sets, and each once. */
static enum error put_in_order(struct list *list, struct arena *arena, struct fault *why)
{
	const struct cedar_residual **order = ARENA_ARRAY(arena, list->count, const struct cedar_residual *);
	struct cedar_residual *sorted = ARENA_ARRAY(arena, list->count, struct cedar_residual);
	size_t kept = 0;
	if (!order || !sorted)
		return FAIL(why, E_MEMORY, "no memory for %zu policies", list->count);
	for (size_t i = 0; i < list->count; i++)
		order[i] = &list->items[i];
	sort_items(order, list->count, sizeof(*order), compare_residuals);
	for (size_t i = 0; i < list->count; i++)
		if (kept == 0 || compare_residuals(&order[i - 1], &order[i]) != 0)
			sorted[kept++] = *order[i];
	list->items = sorted;
	list->count = kept;
	return E_OK;
}

static const struct cedar_reason *reasons_of(const struct list *list, enum cedar_effect effect, struct arena *arena,
					     size_t *ret_count)
{
	struct cedar_reason *reasons = ARENA_ARRAY(arena, list->count, struct cedar_reason);
	*ret_count = 0;
	for (size_t i = 0; reasons && i < list->count; i++)
		if (list->items[i].effect == effect)
			reasons[(*ret_count)++] =
				(struct cedar_reason){list->items[i].id, list->items[i].set, list->items[i].policy, {NULL, 0}};
	return reasons;
}

static enum cedar_possibility possibility_of(const struct cedar_partial *partial)
{
	bool may_permit = partial->permit_count, may_forbid = false;
	for (size_t i = 0; i < partial->residual_count; i++) {
		const struct cedar_residual *residual = &partial->residuals[i];
		may_permit = may_permit || (residual->may_hold && residual->effect == CEDAR_PERMIT);
		may_forbid = may_forbid || (residual->may_hold && residual->effect == CEDAR_FORBID);
	}
	if (partial->forbid_count || !may_permit)
		return CEDAR_NEVER;
	return partial->permit_count && !may_forbid ? CEDAR_ALWAYS : CEDAR_MAYBE;
}

static enum error give(struct making *making, struct arena *arena, struct cedar_partial *ret_partial,
		       struct fault *why)
{
	TRY(put_in_order(&making->certain, arena, why));
	TRY(put_in_order(&making->residuals, arena, why));
	ret_partial->permits = reasons_of(&making->certain, CEDAR_PERMIT, arena, &ret_partial->permit_count);
	ret_partial->forbids = reasons_of(&making->certain, CEDAR_FORBID, arena, &ret_partial->forbid_count);
	if (!ret_partial->permits || !ret_partial->forbids)
		return FAIL(why, E_MEMORY, "no memory for the reasons");
	ret_partial->residuals = making->residuals.items;
	ret_partial->residual_count = making->residuals.count;
	ret_partial->possibility = possibility_of(ret_partial);
	return E_OK;
}

enum error cedar_partial_make(const struct cedar_request *request, const struct cedar_world *world,
			      const struct cedar_schema *schema, struct arena *arena, struct cedar_partial *ret_partial,
			      struct fault *why)
{
	struct making making = {0};
	*ret_partial = (struct cedar_partial){0};
	TRY(partial_start(&making.partial, request, world, schema, arena, why));
	making.partial.wants_nodes = true;
	for (uint32_t i = 0; i < world->set_count; i++) {
		making.set = world->sets[i];
		making.set_index = i;
		(void)index_visit_open(&making.set->index, &making.partial.evaluation, visit_policy, &making);
		if (making.partial.evaluation.failure)
			return FAIL(why, making.partial.evaluation.failure, "the evaluation was given up");
	}
	return give(&making, arena, ret_partial, why);
}

static enum outcome decide_condition(struct evaluation *evaluation, const struct node *node)
{
	struct cedar_value value;
	if (node->kind == NODE_TEMPORAL)
		return temporal_evaluate(evaluation, node);
	if (!evaluate(evaluation, node, &value))
		return OUTCOME_ERROR;
	if (value.kind == CEDAR_BOOL)
		return value.as.boolean ? OUTCOME_TRUE : OUTCOME_FALSE;
	(void)evaluation_type_error(evaluation, "bool", value);
	return OUTCOME_ERROR;
}

/* What is left of the conditions, each `unless` negated. */
static enum outcome decide_conditions(struct evaluation *evaluation, const struct policy *left)
{
	enum outcome all = OUTCOME_TRUE;
	evaluation->witness = (slice){NULL, 0};
	for (uint32_t i = 0; i < left->clause_count; i++) {
		enum outcome outcome = decide_condition(evaluation, left->clauses[i].body);
		if (outcome == OUTCOME_ERROR)
			return outcome;
		if (outcome == (left->clauses[i].is_unless ? OUTCOME_TRUE : OUTCOME_FALSE))
			return OUTCOME_FALSE;
		/* What stands behind it may still make the policy not apply. */
		if (outcome == OUTCOME_UNKNOWN)
			all = outcome;
	}
	return all;
}

static bool decide_residual(struct evaluation *evaluation, const struct cedar_residual *residual,
			    struct findings *findings)
{
	struct finding finding = {.set = residual->set, .policy = residual->policy};
	if (!evaluate_scope(evaluation, residual->left))
		return true;
	enum outcome outcome = decide_conditions(evaluation, residual->left);
	return !evaluation->failure && findings_add(findings, evaluation, finding, residual->left, outcome);
}

static bool add_certain(struct evaluation *evaluation, const struct cedar_reason *reasons, size_t count,
			struct findings *findings)
{
	for (size_t i = 0; i < count; i++) {
		struct finding finding = {.set = reasons[i].set, .policy = reasons[i].policy};
		const struct policy *policy = evaluation->world->sets[finding.set]->policies[finding.policy];
		if (!findings_add(findings, evaluation, finding, policy, OUTCOME_TRUE))
			return false;
	}
	return true;
}

static enum error complete(const struct cedar_partial *partial, const struct cedar_request *request,
			   const struct cedar_world *world, struct arena *arena, struct cedar_result *result,
			   struct fault *why)
{
	struct evaluation evaluation;
	struct findings findings = {0};
	TRY(evaluation_start(&evaluation, request, world, arena, why));
	bool done = add_certain(&evaluation, partial->permits, partial->permit_count, &findings) &&
		    add_certain(&evaluation, partial->forbids, partial->forbid_count, &findings);
	for (size_t i = 0; done && i < partial->residual_count; i++)
		done = decide_residual(&evaluation, &partial->residuals[i], &findings);
	if (!done)
		return FAIL(why, evaluation.failure, "the evaluation was given up");
	return findings_give(&findings, world, arena, result, why);
}

enum cedar_decision cedar_partial_complete(const struct cedar_partial *partial, const struct cedar_request *request,
					   const struct cedar_world *world, struct arena *arena,
					   struct cedar_result *result)
{
	struct fault why;
	why.sentence[0] = '\0';
	*result = (struct cedar_result){.failure_sentence = ""};
	enum error error = complete(partial, request, world, arena, result, &why);
	if (error != E_OK) {
		slice sentence = arena_copy(arena, (slice){why.sentence, strlen(why.sentence) + 1});
		*result = (struct cedar_result){.failure = error};
		result->failure_sentence = sentence.ptr ? sentence.ptr : error_sentence(error);
	}
	return result->decision;
}

void cedar_residual_write(const struct cedar_residual *residual, struct buffer *out)
{
	struct policy bare = *residual->left;
	bare.annotation_count = 0;
	policy_write(out, &bare);
}

void cedar_residual_write_json(const struct cedar_residual *residual, struct json_writer *writer)
{
	est_write_policy(writer, residual->left);
}
