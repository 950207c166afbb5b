#include "cedar/run.h"

#include "cedar/index_query.h"
#include "cedar/quick.h"

#include <string.h>

static bool add_satisfied(struct run *run, uint32_t policy, uint32_t effect, slice witness)
{
	struct findings *findings = &run->findings;
	return finding_list_add(effect == CEDAR_PERMIT ? &findings->permits : &findings->forbids, &run->evaluation,
				run->set_index, policy, witness);
}

/* A policy whose conditions hold, as far as is known. */
static bool add_policy(struct run *run, uint32_t at, const struct step *step)
{
	struct finding finding = {.set = run->set_index, .policy = step->policy};
	if (at < run->unknown_end)
		return findings_add(&run->findings, &run->evaluation, finding, run->set->policies[step->policy],
				    OUTCOME_UNKNOWN);
	return add_satisfied(run, step->policy, step->effect, at < run->witness_end ? run->witness : (slice){NULL, 0});
}

/* All policies that wait behind an expression that erred, erred. */
static bool add_errors(struct run *run, uint32_t first, uint32_t end)
{
	struct evaluation *evaluation = &run->evaluation;
	if (evaluation->failure)
		return false;
	slice message = arena_copy(evaluation->arena, slice_of(evaluation->fault.sentence));
	if (!message.ptr)
		return evaluation_fail(evaluation, E_MEMORY);
	for (const struct step *step = &run->set->index.program.steps[first]; first < end; first++, step++)
		if (step->kind == STEP_POLICY &&
		    !finding_list_add(&run->findings.errors, evaluation, run->set_index, step->policy, message))
			return false;
	return true;
}

/* What evaluating an expression took from the arena is given back, unless something of it is still needed. */
struct mark {
	const struct arena_chunk *chunk;
	size_t used_bytes;
	const struct closure *others;
};

static inline struct mark mark_set(const struct evaluation *evaluation)
{
	return (struct mark){evaluation->arena->chunk, evaluation->arena->used_bytes, evaluation->others};
}

static inline void mark_return(struct evaluation *evaluation, struct mark mark)
{
	struct arena *arena = evaluation->arena;
	if (arena->used_bytes != mark.used_bytes && arena->chunk == mark.chunk && evaluation->others == mark.others &&
	    !evaluation->facts)
		arena->used_bytes = mark.used_bytes;
}

static bool test_in_full(struct evaluation *evaluation, const struct node *node, bool *ret_outcome)
{
	struct cedar_value value;
	struct mark mark = mark_set(evaluation);
	bool done = evaluate(evaluation, node, &value);
	mark_return(evaluation, mark);
	if (!done)
		return false;
	if (value.kind != CEDAR_BOOL)
		return evaluation_type_error(evaluation, "bool", value);
	*ret_outcome = value.as.boolean;
	return true;
}

/* False: an error. What was found once in this request holds for all policies of the set. */
static inline bool test(struct run *run, const struct step *step, bool *ret_outcome)
{
	uint64_t bit = (uint64_t)1 << (step->memo & 63), *is_known = &run->memo.is_known[step->memo >> 6];
	uint64_t *is_true = &run->memo.is_true[step->memo >> 6];
	if (step->memo && *is_known & bit) {
		*ret_outcome = *is_true & bit;
		return true;
	}
	if (!quick_test(&run->evaluation, step->node, ret_outcome) &&
	    !test_in_full(&run->evaluation, step->node, ret_outcome))
		return false;
	if (step->memo) {
		*is_known |= bit;
		*is_true = *ret_outcome ? *is_true | bit : *is_true & ~bit;
	}
	return true;
}

/* False: an error, or the evaluation has failed. What is not known goes on as if it held, and is remembered. */
static bool test_history(struct run *run, uint32_t at, const struct step *step, bool *ret_outcome)
{
	struct evaluation *evaluation = &run->evaluation;
	struct mark mark = mark_set(evaluation);
	evaluation->witness = (slice){NULL, 0};
	enum outcome outcome = temporal_evaluate(evaluation, step->node);
	mark_return(evaluation, mark);
	*ret_outcome = outcome == OUTCOME_UNKNOWN ? step->wanted : outcome == OUTCOME_TRUE;
	if (outcome == OUTCOME_UNKNOWN && run->unknown_end <= at)
		run->unknown_end = step->skip;
	if (outcome != OUTCOME_TRUE || evaluation->witness.len == 0 || run->witness_end > at)
		return outcome != OUTCOME_ERROR;
	run->witness = arena_copy(evaluation->arena, evaluation->witness);
	run->witness_end = step->skip;
	return run->witness.ptr || evaluation_fail(evaluation, E_MEMORY);
}

/* The value is looked at before its memory is used again. */
static bool choose(struct run *run, const struct step *step, uint32_t *ret_next)
{
	struct evaluation *evaluation = &run->evaluation;
	const struct node *operand = step->choice->operand;
	const struct cedar_value *field = evaluation->facts ? NULL : quick_operand(evaluation, operand);
	struct cedar_value value;
	struct mark mark = mark_set(evaluation);
	if (!field && !evaluate(evaluation, operand, &value))
		return false;
	mark_return(evaluation, mark);
	uint32_t found = choice_find(step->choice, field ? *field : value);
	*ret_next = found ? found : step->skip;
	return true;
}

static bool run_steps(struct run *run, uint32_t at)
{
	const struct step *steps = run->set->index.program.steps;
	for (;;) {
		const struct step *step = &steps[at];
		bool outcome = false, is_known = true;
		if (step->kind == STEP_TEST) {
			is_known = test(run, step, &outcome);
			at = outcome == step->wanted ? at + 1 : step->skip;
		} else if (step->kind == STEP_POLICY) {
			if (!add_policy(run, at, step))
				return false;
			at++;
		} else if (step->kind == STEP_CHOICE) {
			is_known = choose(run, step, &at);
		} else if (step->kind == STEP_JUMP) {
			at = step->skip;
		} else if (step->kind == STEP_HISTORY) {
			is_known = test_history(run, at, step, &outcome);
			at = outcome == step->wanted ? at + 1 : step->skip;
		} else {
			return true;
		}
		if (is_known)
			continue;
		if (!add_errors(run, (uint32_t)(step - steps) + 1, step->skip))
			return false;
		at = step->skip;
	}
}

static inline bool run_head(void *context, const struct head *head)
{
	struct run *run = context;
	if (run->evaluation.facts)
		fact_add_scope(&run->evaluation, run->set->policies[run->set->index.order[head->first]]);
	run->unknown_end = 0;
	run->witness_end = 0;
	if (!(head->flags & HEAD_IS_ONE))
		return run_steps(run, head->code);
	return add_satisfied(run, head->code, run->set->policies[head->code]->effect, (slice){NULL, 0});
}

bool run_set(struct run *run, uint32_t index)
{
	run->set = run->evaluation.world->sets[index];
	run->set_index = index;
	if (run->set->index.program.memo_count)
		memset(run->memo.is_known, 0, sizeof(run->memo.is_known));
	else
		run->memo.is_known[0] = 0;
	struct query query UNINITIALIZED;
	return query_start(&query, &run->set->index, &run->evaluation) && query_visit(&query, run_head, run);
}
