#include "cedar/finding.h"

#include "cedar/policies.h"
#include "cedar/sort.h"

#include <string.h>

bool finding_list_grow(struct finding_list *list, struct evaluation *evaluation)
{
	struct finding *bigger = list->few;
	if (list->items) {
		bigger = ARENA_ARRAY(evaluation->arena, 2 * list->size, struct finding);
		if (!bigger)
			return evaluation_fail(evaluation, E_MEMORY);
		memcpy(bigger, list->items, list->count * sizeof(*bigger));
	}
	list->size = list->items ? 2 * list->size : FINDINGS_FEW;
	list->items = bigger;
	return true;
}

/* Nobody knows whether it applies. A permit is then as good as none; what a forbid says is needed. */
static bool add_unknown(struct findings *findings, struct evaluation *evaluation, struct finding finding,
			const struct policy *policy)
{
	(void)EVALUATION_ERROR(evaluation, E_UNAVAILABLE, "the history condition of `%.*s` cannot be decided: %s",
			       SLICE_ARG(policy->id), evaluation->unknown_sentence);
	return policy->effect == CEDAR_PERMIT ? findings_add(findings, evaluation, finding, policy, OUTCOME_ERROR)
					      : evaluation_fail(evaluation, E_UNAVAILABLE);
}

bool findings_add(struct findings *findings, struct evaluation *evaluation, struct finding finding,
		  const struct policy *policy, enum outcome outcome)
{
	struct finding_list *satisfied = policy->effect == CEDAR_PERMIT ? &findings->permits : &findings->forbids;
	slice witness = {NULL, 0};
	if (outcome == OUTCOME_UNKNOWN)
		return add_unknown(findings, evaluation, finding, policy);
	if (outcome == OUTCOME_TRUE && evaluation->witness.len) {
		witness = arena_copy(evaluation->arena, evaluation->witness);
		if (!witness.ptr)
			return evaluation_fail(evaluation, E_MEMORY);
	}
	if (outcome == OUTCOME_TRUE)
		return finding_list_add(satisfied, evaluation, finding.set, finding.policy, witness);
	if (outcome != OUTCOME_ERROR)
		return true;
	slice message = arena_copy(evaluation->arena, slice_of(evaluation->fault.sentence));
	return message.ptr ? finding_list_add(&findings->errors, evaluation, finding.set, finding.policy, message)
			   : evaluation_fail(evaluation, E_MEMORY);
}

/* Sets in their order, and in each its policies. */
static inline uint64_t place_of(const struct finding *finding)
{
	return (uint64_t)finding->set << 32 | finding->policy;
}

static int compare_findings(const void *a, const void *b)
{
	uint64_t x = place_of(a), y = place_of(b);
	return (x > y) - (x < y);
}

/* What many policies say is not worth comparing pair by pair. */
#define FINDINGS_MANY 64u

/* One pass of a radix sort, by eight bits of the place. */
static void distribute(const struct finding *from, struct finding *to, size_t count, unsigned shift)
{
	size_t places[257] = {0};
	for (size_t i = 0; i < count; i++)
		places[(place_of(&from[i]) >> shift & 255) + 1]++;
	for (size_t i = 0; i < 256; i++)
		places[i + 1] += places[i];
	for (size_t i = 0; i < count; i++)
		to[places[place_of(&from[i]) >> shift & 255]++] = from[i];
}

/* Without memory they are compared after all. */
static void sort_findings(struct finding_list *list, struct arena *arena)
{
	struct finding *spare = NULL;
	uint64_t bits = 0; /* of all places */
	size_t ordered = 1;
	while (ordered < list->count && compare_findings(&list->items[ordered - 1], &list->items[ordered]) <= 0)
		ordered++;
	if (ordered >= list->count)
		return;
	if (list->count > FINDINGS_MANY)
		spare = ARENA_ARRAY(arena, list->count, struct finding);
	if (!spare) {
		sort_items(list->items, list->count, sizeof(struct finding), compare_findings);
		return;
	}
	for (size_t i = 0; i < list->count; i++)
		bits |= place_of(&list->items[i]);
	for (unsigned shift = 0; shift < 64; shift += 8) {
		if (!(bits >> shift & 255))
			continue;
		struct finding *sorted = spare;
		distribute(list->items, sorted, list->count, shift);
		spare = list->items;
		list->items = sorted;
	}
}

/* In the order of the sets, and each once. */
static void put_in_order(struct finding_list *list, struct arena *arena)
{
	size_t kept = 0;
	if (list->count == 1)
		return;
	sort_findings(list, arena);
	for (size_t i = 0; i < list->count; i++)
		if (kept == 0 || compare_findings(&list->items[kept - 1], &list->items[i]) != 0)
			list->items[kept++] = list->items[i];
	list->count = kept;
}

static enum error give_reasons(struct findings *findings, const struct cedar_world *world, struct arena *arena,
			       struct cedar_result *result, struct fault *why)
{
	struct finding_list *list = findings->forbids.count ? &findings->forbids : &findings->permits;
	if (!list->count)
		return E_OK;
	put_in_order(list, arena);
	struct cedar_reason *reasons = ARENA_ARRAY(arena, list->count, struct cedar_reason);
	if (!reasons)
		return FAIL(why, E_MEMORY, "no memory for the reasons");
	const struct finding *item = list->items;
	size_t count = list->count;
	for (struct cedar_reason *reason = reasons; reason < reasons + count; reason++, item++)
		*reason = (struct cedar_reason){world->sets[item->set]->policies[item->policy]->id, item->set, item->policy,
						item->message};
	result->reasons = reasons;
	result->reason_count = count;
	result->decision = findings->forbids.count ? CEDAR_DENY : CEDAR_ALLOW;
	return E_OK;
}

__attribute__((noinline)) static enum error give_errors(struct findings *findings, const struct cedar_world *world,
							struct arena *arena, struct cedar_result *result,
							struct fault *why)
{
	struct finding_list *list = &findings->errors;
	put_in_order(list, arena);
	struct cedar_policy_error *errors = ARENA_ARRAY(arena, list->count, struct cedar_policy_error);
	if (!errors)
		return FAIL(why, E_MEMORY, "no memory for the errors");
	for (size_t i = 0; i < list->count; i++) {
		const struct finding *item = &list->items[i];
		errors[i] = (struct cedar_policy_error){world->sets[item->set]->policies[item->policy]->id, item->set,
							item->policy, item->message};
	}
	result->errors = errors;
	result->error_count = list->count;
	return E_OK;
}

enum error findings_give(struct findings *findings, const struct cedar_world *world, struct arena *arena,
			 struct cedar_result *result, struct fault *why)
{
	if (findings->errors.count)
		TRY(give_errors(findings, world, arena, result, why));
	return give_reasons(findings, world, arena, result, why);
}
