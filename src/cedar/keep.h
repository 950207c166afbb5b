/* What repeats in a large text is kept once: names of types and attributes, and entities that are named as values. */
#ifndef TIPSTAFF_CEDAR_KEEP_H
#define TIPSTAFF_CEDAR_KEEP_H

#include "cedar/bytes.h"
#include "cedar/value.h"

/* The name of an entity type, checked and hashed once. */
struct kept_type {
	slice name;
	uint64_t hash;
	bool is_action;
};

#define KEEP_NAMES 256u
#define KEEP_TYPES 64u
#define KEEP_UIDS 1024u

/* Each place holds what was seen last; what repeats less often is kept more than once. */
struct keeper {
	struct arena *arena; /* where it lives as long as the store */
	const struct hash_key *key;
	char *text;          /* texts lie close together here */
	size_t text_left;
	slice names[KEEP_NAMES];
	struct kept_type types[KEEP_TYPES];
	const struct cedar_uid *uids[KEEP_UIDS];
	const struct cedar_uid *const *parents[KEEP_UIDS]; /* by keep_parents */
	bool no_memory; /* something could not be kept for this reason; stays set */
};

void keeper_init(struct keeper *keeper, struct arena *arena, const struct hash_key *key);
/* A copy. ptr NULL: no memory. */
slice keep_text(struct keeper *keeper, slice text);
/* The same for a text that is likely to come again. */
slice keep_name(struct keeper *keeper, slice name);
/* NULL: it is no name of a type, or there is no memory. Valid until the next call. */
const struct kept_type *keep_type(struct keeper *keeper, slice name);
/* Is `kept`, which may be NULL, the entity of this name? */
static inline bool keep_is(const struct cedar_uid *kept, slice type, slice id)
{
	return kept && bytes_equal(kept->id, id) && bytes_equal(kept->type, type);
}
/* Where a list of one parent is kept, by the id of the parent: many entities have no other. */
static inline const struct cedar_uid *const **keep_parents(struct keeper *keeper, slice id)
{
	return &keeper->parents[bytes_place(id, KEEP_UIDS)];
}
/* NULL: as above. */
const struct cedar_uid *keep_uid(struct keeper *keeper, slice type, slice id);
/* Borrows `id`; the type is kept. False: as above. */
bool keep_uid_make(struct keeper *keeper, slice type, slice id, struct cedar_uid *ret_uid, bool *ret_is_action);

#endif
