/* From policies to formulas: when an expression gives true, when false; in all other requests it errs. */
#ifndef TIPSTAFF_ANALYSIS_ENCODE_H
#define TIPSTAFF_ANALYSIS_ENCODE_H

#include "analysis/space.h"

struct truth {
	struct formula *is_true;
	struct formula *is_false;
	bool never_errs; /* one is the opposite of the other */
};

/* A value: the term, and what must hold besides for it to have one. */
struct operand {
	const struct term *term;
	struct formula *demand;
};

/* Requests in which the policy is satisfied. */
struct formula *encode_match(struct space *space, const struct policy *policy);
/* Requests in which evaluating the policy is an error. */
struct formula *encode_error(struct space *space, const struct policy *policy);
/* Requests that fit the head. It cannot err. */
struct formula *encode_head(struct space *space, const struct policy *policy);

/* The parts of it. */
struct truth encode_truth(struct space *space, const struct node *node);
struct operand encode_operand(struct space *space, const struct node *node);
/* Comparisons, methods and calls that give a boolean. */
struct truth encode_comparison(struct space *space, const struct node *node, const struct node *left,
			       const struct node *right);
/* A comparison of arithmetic over one value with a constant. False: it is not that. */
bool encode_linear(struct space *space, const struct node *node, const struct node *left, const struct node *right,
		   struct truth *ret_truth);
struct truth encode_method(struct space *space, const struct node *node);
struct truth truth_not(struct truth truth);
struct truth truth_if(struct space *space, struct truth guard, struct truth a, struct truth b);
/* One that is not understood: it may give either, or err. */
struct truth truth_opaque(struct space *space, const struct node *node);
/* `demand` must hold, else it errs; then it is as `formula` says. */
struct truth truth_make(struct space *space, struct formula *demand, struct formula *formula);

#endif
