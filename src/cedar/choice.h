/* A choice among many comparisons of one expression with constants: at most one of them can be true. */
#ifndef TIPSTAFF_CEDAR_CHOICE_H
#define TIPSTAFF_CEDAR_CHOICE_H

#include "cedar/node.h"

struct choice_case {
	struct cedar_value value;
	uint32_t hash;
	uint32_t step; /* where it goes on; 0: no case */
};

struct choice {
	const struct node *operand;
	uint32_t mask;
	struct choice_case cases[]; /* open addressing; at most half are taken */
};

/* What is compared, where the expression compares something with a constant that choices tell apart; else NULL. */
const struct node *choice_operand(const struct node *node, struct cedar_value *ret_constant);
/* With room for `count` cases. NULL: no memory. */
struct choice *choice_new(struct arena *arena, const struct node *operand, size_t count);
/* False: a case with this constant is there already. */
bool choice_add(struct choice *choice, struct cedar_value constant, uint32_t step);
/* The step of the case with this value; 0: there is none. */
uint32_t choice_find(const struct choice *choice, struct cedar_value value);

#endif
