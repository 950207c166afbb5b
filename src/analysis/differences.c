/* Requests that two policy sets decide differently, or that both allow. */
#include "analysis/analysis.h"

#include "analysis/inquiry.h"
#include "cedar/policies.h"

#include <string.h>

/* So many are drawn into a question at once. */
#define OTHERS_AT_ONCE 32u

struct comparison {
	struct inquiry inquiry;
	const struct cedar_policyset *first;  /* must allow */
	const struct cedar_policyset *second; /* must deny; or allow too, where `both_allow` */
	bool both_allow;
	const struct cedar_policyset *cause_set;
	uint32_t cause;                       /* must be among the reasons of its set */
	struct analysis_difference *items;
	size_t count;
	size_t size;
	size_t unknown_count;
};

static bool add(struct comparison *comparison, uint32_t policy, bool is_of_permit, slice message)
{
	struct inquiry *inquiry = &comparison->inquiry;
	if (comparison->count == comparison->size) {
		size_t size = comparison->size ? comparison->size * 2 : 16;
		struct analysis_difference *bigger = ARENA_ARRAY(inquiry->arena, size, struct analysis_difference);
		if (!bigger || !message.ptr) {
			inquiry->failure = FAIL(inquiry->why, E_MEMORY, "no memory for the differences");
			return false;
		}
		if (comparison->count)
			memcpy(bigger, comparison->items, comparison->count * sizeof(*bigger));
		comparison->items = bigger;
		comparison->size = size;
	}
	comparison->items[comparison->count++] = (struct analysis_difference){
		.is_of_permit = is_of_permit, .policy = policy, .message = message, .example = inquiry->example};
	return true;
}

static void add_unknown(struct comparison *comparison, uint32_t policy, bool is_of_permit)
{
	slice reason = inquiry_obstacle(&comparison->inquiry);
	comparison->inquiry.example = NULL;
	if (add(comparison, policy, is_of_permit,
		arena_print(comparison->inquiry.arena, "cannot tell: %.*s", SLICE_ARG(reason))))
		comparison->items[comparison->count - 1].is_unknown = true;
	comparison->unknown_count++;
}

/* Draws the reasons of a decision that is not wanted into the question. */
static enum judgement draw_in(struct inquiry *inquiry, const struct cedar_policyset *set,
			      const struct cedar_result *result)
{
	size_t added = 0;
	for (size_t i = 0; i < result->reason_count && added < OTHERS_AT_ONCE; i++)
		added += inquiry_wish(inquiry, set, result->reasons[i].policy, WISH_NO_MATCH);
	return added ? JUDGE_AGAIN : JUDGE_WRONG;
}

static bool is_reason(const struct cedar_result *result, uint32_t policy)
{
	for (size_t i = 0; i < result->reason_count; i++)
		if (result->reasons[i].policy == policy)
			return true;
	return false;
}

static enum judgement judge(struct inquiry *inquiry, const struct example *example)
{
	struct comparison *comparison = inquiry->context;
	struct cedar_result first, second;
	if (!example_decide(example, inquiry->environment, comparison->first, &inquiry->scratch, &first) ||
	    !example_decide(example, inquiry->environment, comparison->second, &inquiry->scratch, &second))
		return JUDGE_WRONG;
	if (first.decision == CEDAR_DENY)
		return draw_in(inquiry, comparison->first, &first);
	if ((second.decision == CEDAR_ALLOW) != comparison->both_allow)
		return draw_in(inquiry, comparison->second, &second);
	if (!is_reason(comparison->cause_set == comparison->first ? &first : &second, comparison->cause))
		return JUDGE_WRONG;
	return inquiry_keep(inquiry, example);
}

/* False: no request fits both heads. */
static bool scopes_meet(const struct scope *a, const struct scope *b)
{
	const struct cedar_uid *x = a->kind == SCOPE_EQUAL ? a->entity : a->type;
	const struct cedar_uid *y = b->kind == SCOPE_EQUAL ? b->entity : b->type;
	if (!x || !y)
		return true;
	if (a->kind == SCOPE_EQUAL && b->kind == SCOPE_EQUAL)
		return cedar_uid_equal(x, y);
	return slice_equal(x->type, y->type);
}

static bool heads_meet(const struct policy *a, const struct policy *b)
{
	return scopes_meet(&a->scopes[0], &b->scopes[0]) && scopes_meet(&a->scopes[1], &b->scopes[1]) &&
	       scopes_meet(&a->scopes[2], &b->scopes[2]);
}

/*
 * Where no example could be confirmed, none could show which permits of the other set cover this one. So all that meet
 * its head are drawn in, as far as there is room. True: together they cover it.
 */
static bool is_covered(struct comparison *comparison, uint32_t permit)
{
	struct inquiry *inquiry = &comparison->inquiry;
	struct obstacle obstacle = inquiry->obstacle;
	const struct cedar_policyset *second = comparison->second;
	for (uint32_t i = 0; i < second->count; i++)
		if (second->policies[i]->effect == CEDAR_PERMIT &&
		    heads_meet(comparison->first->policies[permit], second->policies[i]))
			inquiry_wish(inquiry, second, i, WISH_NO_MATCH);
	bool covered = inquiry_ask(inquiry, judge, comparison) == ANSWER_NONE;
	inquiry->obstacle = obstacle;
	return covered;
}

/* What the permit allows and the other set denies, because it has no such permit. */
static void compare_permit(struct comparison *comparison, uint32_t permit)
{
	struct inquiry *inquiry = &comparison->inquiry;
	comparison->cause_set = comparison->first;
	comparison->cause = permit;
	inquiry_begin(inquiry);
	inquiry_wish(inquiry, comparison->first, permit, WISH_MATCH);
	enum answer answer = inquiry_ask(inquiry, judge, comparison);
	if (answer == ANSWER_FOUND)
		add(comparison, permit, true, SLICE("allowed by this permit alone"));
	else if (answer == ANSWER_UNKNOWN && !inquiry->failure && !is_covered(comparison, permit))
		add_unknown(comparison, permit, true);
}

/*
 * Asks about `policy` of one set together with each permit of `partners` in turn, until an example is found. `cause` is
 * who is told.
 */
static void compare_pairs(struct comparison *comparison, const struct cedar_policyset *set, uint32_t policy,
			  const struct cedar_policyset *partners, bool is_of_permit, slice message)
{
	struct inquiry *inquiry = &comparison->inquiry;
	struct obstacle obstacle = {.node = NULL};
	comparison->cause_set = set;
	comparison->cause = policy;
	for (uint32_t i = 0; i < partners->count && !inquiry->failure; i++) {
		const struct policy *partner = partners->policies[i];
		if (partner->effect != CEDAR_PERMIT || !heads_meet(partner, set->policies[policy]))
			continue;
		inquiry_begin(inquiry);
		inquiry_wish(inquiry, set, policy, WISH_MATCH);
		inquiry_wish(inquiry, partners, i, WISH_MATCH);
		enum answer answer = inquiry_ask(inquiry, judge, comparison);
		if (answer == ANSWER_FOUND) {
			add(comparison, policy, is_of_permit, message);
			return;
		}
		if (answer == ANSWER_UNKNOWN && !obstacle.node && !obstacle.reason)
			obstacle = inquiry->obstacle;
	}
	inquiry->obstacle = obstacle;
	if ((obstacle.node || obstacle.reason) && !inquiry->failure)
		add_unknown(comparison, policy, is_of_permit);
}

static enum error start(struct comparison *comparison, const struct cedar_schema *schema, struct arena *arena,
			struct fault *why)
{
	const struct hash_key *a = &comparison->first->key, *b = &comparison->second->key;
	TRY(inquiry_init(&comparison->inquiry, schema, comparison->first, arena, why));
	if (a->k0 != b->k0 || a->k1 != b->k1)
		return FAIL(why, E_INVALID, "the two sets were made with different hash keys");
	return E_OK;
}

static enum error finish(struct comparison *comparison, enum error code, struct analysis_differences *ret_differences)
{
	*ret_differences = (struct analysis_differences){comparison->items, comparison->count,
							 comparison->unknown_count};
	inquiry_free(&comparison->inquiry);
	return code != E_OK ? code : comparison->inquiry.failure;
}

enum error analysis_differences(const struct cedar_schema *schema, const struct cedar_policyset *allowing,
				const struct cedar_policyset *denying, struct arena *arena,
				struct analysis_differences *ret_differences, struct fault *why)
{
	struct comparison comparison = {.first = allowing, .second = denying};
	const uint32_t *of_allowing = NULL, *of_denying = NULL;
	enum error code = start(&comparison, schema, arena, why);
	if (code == E_OK)
		code = analysis_twins(allowing, denying, arena, &of_allowing, why);
	if (code == E_OK)
		code = analysis_twins(denying, allowing, arena, &of_denying, why);
	for (uint32_t i = 0; code == E_OK && i < allowing->count && !comparison.inquiry.failure; i++)
		if (of_allowing[i] == ANALYSIS_NO_TWIN && allowing->policies[i]->effect == CEDAR_PERMIT)
			compare_permit(&comparison, i);
	for (uint32_t i = 0; code == E_OK && i < denying->count && !comparison.inquiry.failure; i++)
		if (of_denying[i] == ANALYSIS_NO_TWIN && denying->policies[i]->effect == CEDAR_FORBID)
			compare_pairs(&comparison, denying, i, allowing, false, SLICE("denied by this forbid"));
	return finish(&comparison, code, ret_differences);
}

enum error analysis_common(const struct cedar_schema *schema, const struct cedar_policyset *a,
			   const struct cedar_policyset *b, struct arena *arena,
			   struct analysis_differences *ret_common, struct fault *why)
{
	struct comparison comparison = {.first = a, .second = b, .both_allow = true};
	enum error code = start(&comparison, schema, arena, why);
	for (uint32_t i = 0; code == E_OK && i < a->count && !comparison.inquiry.failure; i++)
		if (a->policies[i]->effect == CEDAR_PERMIT)
			compare_pairs(&comparison, a, i, b, true, SLICE("allowed by both"));
	return finish(&comparison, code, ret_common);
}
