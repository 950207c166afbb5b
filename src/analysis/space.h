/*
 * The language of one question: terms (what has a value in a request), atoms (facts about terms that are true or
 * false) and formulas over atoms, each term and atom once.
 *
 * The meaning of every atom is exact, also where nothing is known about it: what the search cannot reason about is an
 * atom that may be either. So a contradiction is certain, and a model must be tried.
 *
 * Everything lives in the arena of the space. Errors wait in `failure`; until it is looked at, calls give harmless results.
 */
#ifndef TIPSTAFF_ANALYSIS_SPACE_H
#define TIPSTAFF_ANALYSIS_SPACE_H

#include "analysis/environment.h"
#include "cedar/policy.h"

/* Sets of kinds: one bit for each enum cedar_kind; that of CEDAR_NONE says that there is no value, but an error. */
#define KIND_BIT(kind) ((uint16_t)(1u << (kind)))
#define KINDS_ERROR KIND_BIT(CEDAR_NONE)
#define KINDS_ALL ((uint16_t)(KIND_BIT(CEDAR_UNKNOWN) - 1u))
#define KINDS_VALUE ((uint16_t)(KINDS_ALL & ~KINDS_ERROR))
#define KINDS_HOLDER ((uint16_t)(KIND_BIT(CEDAR_RECORD) | KIND_BIT(CEDAR_ENTITY)))
#define KINDS_NUMBER                                                                                                   \
	((uint16_t)(KIND_BIT(CEDAR_LONG) | KIND_BIT(CEDAR_DECIMAL) | KIND_BIT(CEDAR_DATETIME) | KIND_BIT(CEDAR_DURATION)))

enum term_kind { TERM_CONSTANT = 0, TERM_VARIABLE, TERM_ATTRIBUTE, TERM_TAG, TERM_OPAQUE };

struct term {
	unsigned char kind;       /* enum term_kind */
	unsigned char variable;   /* enum variable */
	uint16_t kinds;           /* what it can be in this environment */
	uint32_t number;          /* its place in the space */
	const struct type *type;  /* by the schema; NULL: any */
	const struct term *base;  /* of an attribute or tag */
	slice name;
	struct cedar_value value; /* of a constant */
	const struct node *node;  /* of what is opaque */
	const struct policy *policy; /* where that was first seen */
	uint64_t hash;
	struct term *next;
};

enum atom_kind {
	ATOM_KIND = 0,  /* `left` is one of `kinds` */
	ATOM_EQUAL,     /* both have a value, and it is the same; a constant stands on the right */
	ATOM_AT_MOST,   /* `left` is the one of `kinds`, and its number is at most `bound` */
	ATOM_LESS,      /* both are numbers of one kind, and left < right */
	ATOM_LIKE,      /* `left` is a string that fits `pattern` */
	ATOM_CONTAINS,  /* `left` is a set that contains `right` */
	ATOM_EMPTY,     /* `left` is an empty set */
	ATOM_IN,        /* both are entities, and left in right */
	ATOM_IS,        /* `left` is an entity of type `name` */
	/*
	 * The expression `node`, which is not understood, gives true, or false. Where there is a `left`, what counts are the
	 * values of left and right: of a call its arguments, of `in` an entity and a set.
	 */
	ATOM_TRUE,
	ATOM_FALSE
};

struct atom {
	unsigned char kind; /* enum atom_kind */
	uint16_t kinds;
	uint32_t number;
	int64_t bound;
	const struct term *left;
	const struct term *right;
	const struct pattern *pattern;
	slice name;
	const struct node *node;
	const struct policy *policy; /* where an atom that is not understood was first seen */
	uint64_t hash;
	struct atom *next;
};

enum formula_kind { FORMULA_FALSE = 0, FORMULA_TRUE, FORMULA_LITERAL, FORMULA_AND, FORMULA_OR };

struct formula {
	unsigned char kind; /* enum formula_kind */
	bool is_negated;    /* of a literal */
	unsigned char look; /* what the search saw at `stamp` */
	uint32_t stamp;
	uint32_t count;
	const struct atom *atom;
	struct formula **items;
	struct formula *opposite; /* once it was asked for */
};

#define SPACE_SLOTS 256u

struct space {
	struct arena *arena;
	const struct environment *environment;
	const struct hash_key *key;
	const struct policy *policy; /* that is being encoded, for places */
	enum error failure;
	const char *limit;           /* which one, where the failure is E_LIMIT */
	struct term **terms;
	uint32_t term_count;
	uint32_t term_size;
	struct atom **atoms;
	uint32_t atom_count;
	uint32_t atom_size;
	size_t formula_count;
	uint32_t stamp;              /* of the last search */
	struct formula always;
	struct formula never;
	struct term *term_slots[SPACE_SLOTS];
	struct atom *atom_slots[SPACE_SLOTS];
};

/* Zeroes it; keeps the pointers. */
void space_init(struct space *space, struct arena *arena, const struct environment *environment,
		const struct hash_key *key);
/* Notes why no answer can be given. */
void space_fail(struct space *space, enum error failure, const char *limit);

const struct term *term_constant(struct space *space, struct cedar_value value);
/* What always errs. */
const struct term *term_error(struct space *space);
const struct term *term_variable(struct space *space, enum variable variable);
const struct term *term_attribute(struct space *space, const struct term *base, slice name);
const struct term *term_tag(struct space *space, const struct term *base, slice name);
/* A value that is not understood. */
const struct term *term_opaque(struct space *space, const struct node *node, uint16_t kinds);
/* The entity type, where the term is an entity at all; ptr NULL: any. */
slice term_entity_type(const struct term *term);

/* `wanted` is looked up by all its members but number, hash and policy. */
struct formula *formula_atom(struct space *space, const struct atom *wanted);
struct formula *formula_kind(struct space *space, const struct term *term, uint16_t kinds);
struct formula *formula_equal(struct space *space, const struct term *left, const struct term *right);
struct formula *formula_in(struct space *space, const struct term *left, const struct term *right);
struct formula *formula_is(struct space *space, const struct term *term, slice type);
struct formula *formula_and(struct space *space, struct formula *a, struct formula *b);
struct formula *formula_or(struct space *space, struct formula *a, struct formula *b);
struct formula *formula_not(struct space *space, struct formula *formula);

#endif
