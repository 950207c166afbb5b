/*
 * The scope index of a policy set: which policies can match a request at all.
 *
 * Policies with the same head share one entry. An entry hangs below one name: the entity, else the type, that its head
 * says of the principal or of the resource, whichever fewer policies share; or below none. The entries below a name are
 * sorted by their action and by the entity of the other variable. A head cannot err, so that what the index leaves out
 * would neither decide nor be listed as an error (cedar-spec, Cedar/Thm/PolicySlice.lean).
 */
#ifndef TIPSTAFF_CEDAR_INDEX_H
#define TIPSTAFF_CEDAR_INDEX_H

#include "cedar/evaluate.h"
#include "cedar/program.h"
#include "cedar/symbols.h"

enum head_flag {
	HEAD_IS_PRINCIPAL = 1 << BY_PRINCIPAL, /* the principal must be the entity itself, not only be in it */
	HEAD_IS_RESOURCE = 1 << BY_RESOURCE,
	HEAD_IS_ACTION = 4,
	HEAD_LISTS_ACTIONS = 8, /* a list so long that the policy must be asked */
	HEAD_IS_ONE = 16        /* one policy without conditions: `code` is its number */
};

/* What policies with the same head ask of a request, by number; 0 asks nothing. */
struct head {
	uint32_t action; /* of `action in [...]`, one entry for each */
	uint32_t entity[BY_NOTHING];
	uint32_t type[BY_NOTHING];
	uint32_t first; /* its policies in the order; they end where those of the next head start */
	uint32_t code;  /* first of its steps */
	uint32_t flags;
};

struct open_entry {
	uint32_t action;
	uint32_t head;
};

/*
 * For requests whose principal or resource is unknown: the heads that hang below a name of the unknown one, by what
 * they say of the entity of the other and then of the action.
 */
struct open_index {
	uint32_t *starts; /* by symbol of an entity, 0 included; one more is the end */
	struct open_entry *entries;
};

struct policy_index {
	const struct policy *const *policies;
	uint64_t mark; /* of the numbers of this index where they are kept in a store: see index_mark */
	struct symbols entities;
	struct symbols types;
	struct head *heads; /* one more than `head_count`: the end */
	uint32_t head_count;
	uint32_t first[DIMENSION_COUNT]; /* of the heads that hang in a dimension; they lie in its order */
	bool names_entities[3];          /* by enum variable */
	uint32_t *order; /* policies by head */
	struct open_index open[BY_NOTHING]; /* by the dimension that is unknown */
	struct program program;
};

/*
 * A subject that a store knows needs no search: what this index calls it was written behind its name when it was first
 * asked. Such a word is 1, the number of the entity, that of its type, whether no head names any of the ancestors that its
 * vertex has, and the mark of the index, of which no other index of the process has the same. Where several are in use,
 * the newest has the word; the others search.
 */
enum number_bits { NUMBER_ENTITY_BIT = 1, NUMBER_TYPE_BIT = 25, NUMBER_ALONE_BIT = 36, NUMBER_MARK_BIT = 37 };
#define NUMBER_ENTITIES_MAX (1u << (NUMBER_TYPE_BIT - NUMBER_ENTITY_BIT))
#define NUMBER_TYPES_MAX (1u << (NUMBER_ALONE_BIT - NUMBER_TYPE_BIT))
#define NUMBER_MARKS_MAX ((1u << (64 - NUMBER_MARK_BIT)) - 1)
/* A mark that no word has: of an index with too many names, or made after too many others. */
#define NUMBER_NO_MARK (~(uint64_t)0 << NUMBER_MARK_BIT)
/* A new one. */
uint64_t index_mark(const struct policy_index *index);

/* `policies` stay where they are. Its program is to be freed by program_free, after an error too. E_MEMORY. */
MUST_USE enum error index_build(struct policy_index *index, const struct policy *const *policies, size_t count,
				struct arena *arena, struct fault *why);
/* The last part of it: for the heads that hang in a dimension. E_MEMORY. */
MUST_USE enum error open_index_build(struct policy_index *index, enum dimension dimension, struct arena *arena,
				     struct arena *scratch, struct fault *why);

/*
 * Calls `visit` once for each policy whose head matches; principal, action and resource may be unknown, and then are
 * taken to match. Where all is known, index_query.h is quicker. False: `visit` said so, or the evaluation has failed.
 */
bool index_visit_open(const struct policy_index *index, struct evaluation *evaluation,
		      bool (*visit)(void *context, uint32_t policy), void *context);

#endif
