/*
 * Do the atoms that were said to be true or false contradict each other? And if not: what is known of each value.
 *
 * Terms that must have the same value form a class. A contradiction that is found is certain; one that is missed only
 * costs time, because every model is tried.
 */
#ifndef TIPSTAFF_ANALYSIS_THEORY_H
#define TIPSTAFF_ANALYSIS_THEORY_H

#include "analysis/space.h"

/* No class, no literal. */
#define THEORY_NONE UINT32_MAX

/* The terms that have one value. */
struct value_class {
	uint16_t kinds;
	bool has_constant;
	bool is_number;               /* exactly one kind, and that has numbers: the bounds count */
	struct cedar_value constant;
	const struct type *type;      /* by the schema, of one of its terms */
	slice entity_type;            /* if it is an entity; ptr NULL: not known */
	int64_t low, high;            /* of a number */
	uint32_t first;               /* literals about it, as positions in the trail */
};

struct literal {
	const struct atom *atom;
	bool is_true;
	uint32_t next; /* about the same class */
};

struct theory {
	struct space *space;
	struct literal *trail; /* in the order they were said */
	uint32_t trail_count;
	uint32_t *parents;     /* of terms; a root names its class */
	struct value_class *classes;
	uint32_t *slots;       /* for congruent attributes */
	uint32_t slot_count;
	unsigned char *marks;  /* of classes, in a walk */
	uint32_t *stack;
};

/* The space must not grow any more. E_MEMORY. */
MUST_USE enum error theory_init(struct theory *theory, struct space *space, struct fault *why);
/* False: what the trail says is contradictory, for certain. Else the classes tell what follows. */
bool theory_is_consistent(struct theory *theory);

/* The class of a term. */
uint32_t theory_find(const struct theory *theory, const struct term *term);
static inline struct value_class *theory_class(const struct theory *theory, const struct term *term)
{
	return &theory->classes[theory_find(theory, term)];
}
/* Puts two classes together. False: they contradict each other. */
bool theory_merge(struct theory *theory, uint32_t a, uint32_t b);

/* The parts; each false where it finds a contradiction. */
bool theory_entities(struct theory *theory, bool *ret_merged);
bool theory_numbers(struct theory *theory);

#endif
