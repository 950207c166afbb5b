/* Conditions as chains of terms: what must be true or false, one after the other, each expression under a number. */
#ifndef TIPSTAFF_CEDAR_TERMS_H
#define TIPSTAFF_CEDAR_TERMS_H

#include "cedar/list.h"
#include "cedar/policy.h"

struct term {
	uint32_t atom; /* number of the expression, from 1 */
	bool wanted;
};

/* An expression. Those that look the same are one (cons.h). */
struct atom {
	const struct node *node;
	uint32_t uses; /* by tests of programs */
	uint32_t memo; /* number under which outcomes are kept; 0: they are not */
};

/* Zeroed, it is empty; atoms_free frees it. */
struct atoms {
	struct list list; /* struct atom, on the heap; the first is none */
	uint32_t *slots;  /* open addressing by address; fewer than half are taken */
	size_t slot_count;
};

/* E_MEMORY. */
MUST_USE enum error atoms_number(struct atoms *atoms, const struct node *node, uint32_t *ret_atom, struct fault *why);
void atoms_free(struct atoms *atoms);
/*
 * Appends the terms of all conditions of the policy to a list on the heap. Evaluating them from left to right, up to the first that is not as
 * wanted, gives the value and the error that the conditions give. E_MEMORY.
 */
MUST_USE enum error terms_read(struct list *terms, struct atoms *atoms, const struct policy *policy,
			       struct fault *why);

#endif
