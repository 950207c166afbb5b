/*
 * Levels (RFC 76): how many steps from the request a policy looks at entities. A policy of level N can be decided with
 * the data of those entities only that are at most N-1 attributes or tags away from the principal, action, resource or
 * an entity in the context. Entities that a policy writes out are not among them, and cannot be looked into.
 */
#ifndef TIPSTAFF_CEDAR_LEVEL_H
#define TIPSTAFF_CEDAR_LEVEL_H

#include "cedar/typecheck.h"

struct type_note {
	const struct node *node;
	const struct type *type;
};

/* The types of the nodes that the checker looked at in one environment; what is behind a certain false is not there. */
struct type_notes {
	struct arena *arena;
	struct type_note *slots; /* open addressing; fewer than half are taken */
	size_t size;             /* a power of two, or 0 */
	size_t count;
};

/* False: no memory. */
MUST_USE bool type_notes_put(struct type_notes *notes, const struct node *node, const struct type *type);
/* NULL where the checker did not look. */
const struct type *type_notes_get(const struct type_notes *notes, const struct node *node);
void type_notes_clear(struct type_notes *notes);

/* After typecheck with `checker->notes`: notes a mistake and is false where the expression reaches beyond `level`. */
MUST_USE bool level_check(struct checker *checker, const struct node *node, uint32_t level);

#endif
