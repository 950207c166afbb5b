/* Evaluating expressions for a request with unknowns: each gives the set of outcomes that are possible. */
#ifndef TIPSTAFF_CEDAR_PARTIAL_H
#define TIPSTAFF_CEDAR_PARTIAL_H

#include "cedar/evaluate.h"

/* As evaluation_start, and principal, action, resource and fields of the context may be unknown. */
MUST_USE enum error partial_start(struct evaluation *evaluation, const struct cedar_request *request,
				  const struct cedar_world *world, struct arena *arena, struct fault *why);

/*
 * As evaluate; a CEDAR_UNKNOWN stands for whatever its mask allows. False: a certain error, told in `fault`; where
 * `failure` is set the whole evaluation is void.
 */
MUST_USE bool partial(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value);

/* What is possible for the scope and the conditions of a policy: enum cedar_outcome bits. Never 0. */
unsigned partial_scope(struct evaluation *evaluation, const struct policy *policy);
unsigned partial_conditions(struct evaluation *evaluation, const struct policy *policy);

/* Bits of a value. */
unsigned outcomes_of(struct cedar_value value);
/* A value that stands for these bits; a boolean where only one is possible. */
struct cedar_value value_of_outcomes(unsigned outcomes);
static inline bool value_is_open(struct cedar_value value)
{
	return value.kind == CEDAR_UNKNOWN || value.has_unknown;
}

#endif
