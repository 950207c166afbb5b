/*
 * The search: is there a request in which all goals hold? DPLL over the atoms of the goals; every step is held against
 * the theory, and every model is tried before it counts.
 */
#ifndef TIPSTAFF_ANALYSIS_SOLVE_H
#define TIPSTAFF_ANALYSIS_SOLVE_H

#include "analysis/model.h"

enum answer {
	ANSWER_UNKNOWN = 0, /* something lies outside the fragment, or a limit was reached */
	ANSWER_NONE,        /* there is no such request: certain */
	ANSWER_FOUND        /* the judge took an example */
};

/* What is thought of an example. */
enum verdict {
	VERDICT_WRONG = 0, /* it is not what was asked for: go on, but there is no certainty any more */
	VERDICT_RIGHT
};

typedef enum verdict judge_function(void *context, const struct example *example);

/* Why the answer is unknown. */
struct obstacle {
	const struct node *node;     /* the expression that is not understood; NULL: none, it is the reason below */
	const struct policy *policy; /* where it stands */
	const char *reason;
};

struct question {
	struct space *space;
	struct formula **goals;
	uint32_t goal_count;
	judge_function *judge;
	void *context;
	uint64_t looks_max; /* what is left of the whole analysis */
	/* results: */
	uint64_t looks;
	struct obstacle obstacle;
};

/* E_MEMORY. A limit is an answer, not an error. */
MUST_USE enum error solve(struct question *question, enum answer *ret_answer, struct fault *why);

#endif
