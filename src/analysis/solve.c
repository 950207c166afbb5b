#include "analysis/solve.h"

#include "analysis/limits.h"

enum look { LOOK_FALSE = 0, LOOK_TRUE, LOOK_OPEN };

struct search {
	struct question *question;
	struct theory theory;
	signed char *said; /* by atom: -1 false, 1 true, 0 nothing */
	uint32_t stamp;
	uint32_t steps;
	uint32_t models;
	bool is_given_up;
	bool is_incomplete;
};

/* The place that is told: the first that is not understood, of those that were assumed. */
static void note_obstacle(struct search *search, const char *reason)
{
	struct obstacle *obstacle = &search->question->obstacle;
	search->is_incomplete = true;
	if (obstacle->reason || obstacle->node)
		return;
	obstacle->reason = reason;
	for (uint32_t i = 0; i < search->theory.trail_count; i++) {
		const struct atom *atom = search->theory.trail[i].atom;
		const struct term *terms[2] = {atom->left, atom->right};
		if (atom->node) {
			obstacle->node = atom->node;
			obstacle->policy = atom->policy;
			return;
		}
		for (unsigned j = 0; j < 2; j++)
			for (const struct term *term = terms[j]; term; term = term->base)
				if (term->kind == TERM_OPAQUE) {
					obstacle->node = term->node;
					obstacle->policy = term->policy;
					return;
				}
	}
}

static void give_up(struct search *search, const char *reason)
{
	search->is_given_up = true;
	search->is_incomplete = true;
	if (!search->question->obstacle.node && !search->question->obstacle.reason)
		search->question->obstacle.reason = reason;
}

static enum look look_at(struct search *search, struct formula *formula)
{
	search->question->looks++;
	if (formula->kind == FORMULA_LITERAL) {
		signed char said = search->said[formula->atom->number];
		return said == 0 ? LOOK_OPEN : (said > 0) != formula->is_negated ? LOOK_TRUE : LOOK_FALSE;
	}
	if (formula->kind == FORMULA_TRUE || formula->kind == FORMULA_FALSE)
		return formula->kind == FORMULA_TRUE ? LOOK_TRUE : LOOK_FALSE;
	if (formula->stamp == search->stamp)
		return (enum look)formula->look;
	/* One that is false decides `and`, one that is true decides `or`. */
	enum look zero = formula->kind == FORMULA_AND ? LOOK_FALSE : LOOK_TRUE;
	enum look result = zero == LOOK_FALSE ? LOOK_TRUE : LOOK_FALSE;
	for (uint32_t i = 0; i < formula->count; i++) {
		enum look one = look_at(search, formula->items[i]);
		if (one == zero) {
			result = zero;
			break;
		}
		if (one == LOOK_OPEN)
			result = LOOK_OPEN;
	}
	formula->stamp = search->stamp;
	formula->look = (unsigned char)result;
	return result;
}

static void say(struct search *search, const struct atom *atom, bool is_true)
{
	search->said[atom->number] = is_true ? 1 : -1;
	search->theory.trail[search->theory.trail_count++] = (struct literal){atom, is_true, THEORY_NONE};
}

static void unsay(struct search *search, uint32_t count)
{
	while (search->theory.trail_count > count)
		search->said[search->theory.trail[--search->theory.trail_count].atom->number] = 0;
}

/* Says what must be true for the formula, which is open, to be true. True: something was said. */
static bool force(struct search *search, struct formula *formula)
{
	struct formula *only = NULL;
	bool said = false;
	if (formula->kind == FORMULA_LITERAL) {
		if (search->said[formula->atom->number] != 0)
			return false;
		say(search, formula->atom, !formula->is_negated);
		return true;
	}
	for (uint32_t i = 0; i < formula->count; i++) {
		enum look one = look_at(search, formula->items[i]);
		if (formula->kind == FORMULA_AND && one == LOOK_OPEN)
			said = force(search, formula->items[i]) || said;
		/* What was said a moment ago may be enough. */
		if (formula->kind == FORMULA_OR && one == LOOK_TRUE)
			return false;
		if (formula->kind == FORMULA_OR && one == LOOK_OPEN) {
			if (only)
				return false;
			only = formula->items[i];
		}
	}
	return only ? force(search, only) : said;
}

/* False: the goals cannot hold any more. */
static bool propagate(struct search *search)
{
	for (bool said = true; said;) {
		said = false;
		search->stamp++;
		for (uint32_t i = 0; i < search->question->goal_count; i++) {
			struct formula *goal = search->question->goals[i];
			enum look look = look_at(search, goal);
			if (look == LOOK_FALSE)
				return false;
			if (look == LOOK_OPEN && force(search, goal)) {
				said = true;
				search->stamp++;
			}
		}
	}
	/* Some parts of the theory look at pairs of literals. */
	uint64_t literals = search->theory.trail_count;
	search->question->looks += search->question->space->term_count + literals + literals * literals / 8;
	return theory_is_consistent(&search->theory);
}

/* A literal that would help the formula, which is open. */
static struct formula *choose(struct search *search, struct formula *formula)
{
	while (formula->kind != FORMULA_LITERAL) {
		uint32_t i = 0;
		while (look_at(search, formula->items[i]) != LOOK_OPEN)
			i++;
		formula = formula->items[i];
	}
	return formula;
}

static struct formula *choose_goal(struct search *search)
{
	search->stamp++;
	for (uint32_t i = 0; i < search->question->goal_count; i++)
		if (look_at(search, search->question->goals[i]) == LOOK_OPEN)
			return choose(search, search->question->goals[i]);
	return NULL;
}

/* Does some number come out of what is not understood? Then other numbers may do. */
static bool has_variants(const struct search *search)
{
	const struct space *space = search->question->space;
	for (uint32_t i = 0; i < space->term_count; i++)
		if (space->terms[i]->kind == TERM_OPAQUE)
			return true;
	return false;
}

/* All goals hold by what was said. True: the judge took the model. */
static bool try_model(struct search *search)
{
	struct question *question = search->question;
	struct example example;
	const char *reason = NULL;
	enum model_answer answer = model_build(&search->theory, 0, &example, &reason);
	if (answer == MODEL_NONE)
		return false;
	if (answer == MODEL_FOUND && question->judge(question->context, &example) == VERDICT_RIGHT)
		return true;
	for (unsigned i = 1; i <= ANALYSIS_VARIANTS_MAX && has_variants(search); i++) {
		question->looks += question->space->term_count;
		if (theory_is_consistent(&search->theory) &&
		    model_build(&search->theory, i, &example, &reason) == MODEL_FOUND &&
		    question->judge(question->context, &example) == VERDICT_RIGHT)
			return true;
	}
	note_obstacle(search, answer == MODEL_FOUND ? "an example could not be confirmed" : reason);
	if (++search->models >= ANALYSIS_MODELS_MAX)
		give_up(search, "too many examples could not be confirmed");
	return false;
}

/* True: found. Otherwise all of it is as before. The depth is bounded by the number of atoms. */
static bool descend(struct search *search)
{
	uint32_t count = search->theory.trail_count;
	if (++search->steps > ANALYSIS_STEPS_MAX || search->question->looks > search->question->looks_max)
		give_up(search, "the search takes too long");
	if (search->is_given_up)
		return false;
	if (propagate(search)) {
		struct formula *literal = choose_goal(search);
		if (!literal) {
			if (try_model(search))
				return true;
		} else {
			for (unsigned turn = 0; turn < 2; turn++) {
				uint32_t before = search->theory.trail_count;
				say(search, literal->atom, literal->is_negated == (turn == 1));
				if (descend(search))
					return true;
				unsay(search, before);
			}
		}
	}
	unsay(search, count);
	return false;
}

enum error solve(struct question *question, enum answer *ret_answer, struct fault *why)
{
	struct search search = {.question = question};
	struct space *space = question->space;
	*ret_answer = ANSWER_UNKNOWN;
	question->looks = 0;
	question->obstacle = (struct obstacle){.node = NULL};
	for (unsigned i = 0; i < VARIABLE_COUNT; i++)
		term_variable(space, (enum variable)i);
	for (uint32_t i = 0; i < question->goal_count; i++)
		if (question->goals[i]->kind == FORMULA_FALSE && !space->failure) {
			*ret_answer = ANSWER_NONE;
			return E_OK;
		}
	if (space->failure == E_LIMIT) {
		question->obstacle.reason = space->limit;
		return E_OK;
	}
	if (space->failure)
		return FAIL(why, space->failure, "no memory for a question");
	search.said = ARENA_ARRAY(space->arena, space->atom_count + 1, signed char);
	if (!search.said)
		return FAIL(why, E_MEMORY, "no memory for a search");
	TRY(theory_init(&search.theory, space, why));
	if (question->looks_max > ANALYSIS_LOOKS_MAX)
		question->looks_max = ANALYSIS_LOOKS_MAX;
	/* What an earlier search saw is no longer true. */
	search.stamp = space->stamp;
	bool found = descend(&search);
	space->stamp = search.stamp;
	if (found)
		*ret_answer = ANSWER_FOUND;
	else if (!search.is_incomplete)
		*ret_answer = ANSWER_NONE;
	return E_OK;
}
