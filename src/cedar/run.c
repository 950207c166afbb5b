#include "cedar/run.h"

#include <string.h>

static bool add_satisfied(struct run *run, uint32_t policy, uint32_t effect)
{
	struct findings *findings = &run->findings;
	return findings_list(effect == CEDAR_PERMIT ? &findings->permits : &findings->forbids, &run->evaluation,
			     (struct finding){.set = run->set_index, .policy = policy});
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
	for (const struct step *steps = run->set->index.program.steps; first < end; first++) {
		struct finding finding = {run->set_index, steps[first].policy, message};
		if (steps[first].kind == STEP_POLICY && !findings_list(&run->findings.errors, evaluation, finding))
			return false;
	}
	return true;
}

/* What evaluating an expression took from the arena is given back, unless something of it is still needed. */
static bool evaluate_and_return(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	const struct arena *arena = evaluation->arena;
	const struct arena_chunk *chunk = arena->chunk;
	const struct closure *others = evaluation->others;
	size_t used_bytes = arena->used_bytes;
	bool done = evaluate(evaluation, node, ret_value);
	if (arena->chunk == chunk && evaluation->others == others && !evaluation->facts)
		evaluation->arena->used_bytes = used_bytes;
	return done;
}

/* False: an error. What was found once in this request holds for all policies of the set. */
static bool test(struct run *run, const struct step *step, bool *ret_outcome)
{
	uint64_t bit = (uint64_t)1 << (step->memo & 63), *is_known = &run->memo.is_known[step->memo >> 6];
	if (*is_known & bit) {
		*ret_outcome = run->memo.is_true[step->memo >> 6] & bit;
		return true;
	}
	struct cedar_value value;
	if (!evaluate_and_return(&run->evaluation, step->node, &value))
		return false;
	if (value.kind != CEDAR_BOOL)
		return evaluation_type_error(&run->evaluation, "bool", value);
	*ret_outcome = value.as.boolean;
	if (!step->memo)
		return true;
	*is_known |= bit;
	if (value.as.boolean)
		run->memo.is_true[step->memo >> 6] |= bit;
	else
		run->memo.is_true[step->memo >> 6] &= ~bit;
	return true;
}

/* The value is looked at before its memory is given back. */
static bool choose(struct run *run, const struct step *step, uint32_t *ret_next)
{
	struct evaluation *evaluation = &run->evaluation;
	struct cedar_value value;
	if (!evaluate_and_return(evaluation, step->choice->operand, &value))
		return false;
	uint32_t found = choice_find(step->choice, value);
	*ret_next = found ? found : step->skip;
	return true;
}

static bool run_steps(struct run *run, uint32_t at)
{
	const struct step *steps = run->set->index.program.steps;
	for (;;) {
		const struct step *step = &steps[at];
		bool outcome;
		switch ((enum step_kind)step->kind) {
		case STEP_END:
			return true;
		case STEP_JUMP:
			at = step->skip;
			break;
		case STEP_POLICY:
			if (!add_satisfied(run, step->policy, step->effect))
				return false;
			at++;
			break;
		case STEP_TEST:
			if (test(run, step, &outcome)) {
				at = outcome == step->wanted ? at + 1 : step->skip;
				break;
			}
			if (!add_errors(run, at + 1, step->skip))
				return false;
			at = step->skip;
			break;
		case STEP_CHOICE:
			if (choose(run, step, &at))
				break;
			if (!add_errors(run, at + 1, step->skip))
				return false;
			at = step->skip;
			break;
		}
	}
}

static bool run_head(void *context, const struct head *head)
{
	struct run *run = context;
	if (run->evaluation.facts)
		fact_add_scope(&run->evaluation, run->set->policies[run->set->index.order[head->first]]);
	if (!(head->flags & HEAD_IS_ONE))
		return run_steps(run, head->code);
	return add_satisfied(run, head->code, run->set->policies[head->code]->effect);
}

bool run_set(struct run *run, uint32_t index)
{
	run->set = run->evaluation.world->sets[index];
	run->set_index = index;
	if (run->set->index.program.memo_count)
		memset(run->memo.is_known, 0, sizeof(run->memo.is_known));
	else
		run->memo.is_known[0] = 0;
	return index_visit(&run->set->index, &run->evaluation, run_head, run);
}
