/* The inside of an entity store: vertices found by name, and their closed hierarchy. */
#ifndef TIPSTAFF_CEDAR_STORE_H
#define TIPSTAFF_CEDAR_STORE_H

#include "cedar/entities.h"

/* A name in the store: of an entity, or only of a parent that is not there. */
struct vertex {
	struct cedar_uid uid; /* first, so that a pointer to a vertex is one to its name */
	bool is_present;
	unsigned char state; /* while the hierarchy is being closed */
	uint32_t parent_count;
	uint32_t ancestor_count;
	struct cedar_value attributes;
	struct cedar_value tags;
	const struct vertex **parents;
	const struct vertex **ancestors; /* sorted by hash */
	uint64_t signature;              /* one bit for each ancestor: a missing bit is a certain no */
};

struct cedar_entities {
	struct arena own;
	struct arena *arena; /* own, or the request's */
	struct hash_key key;
	struct vertex **table; /* open addressing; fewer than half of the slots are taken */
	size_t slots;
	size_t vertex_count;
	struct vertex **entities; /* the present ones, in the order they came */
	size_t count;
	size_t size;
};

/* The entity, or NULL where it is not present. */
const struct vertex *store_find(const struct cedar_entities *entities, const struct cedar_uid *uid);
static inline uint64_t signature_bit(const struct cedar_uid *uid)
{
	return (uint64_t)1 << (uid->hash >> 58);
}
/* Is `uid` one of the `count` ancestors, which are sorted by hash? */
bool ancestors_have(const struct cedar_uid *const *ancestors, size_t count, uint64_t signature,
		    const struct cedar_uid *uid);
/* Sorts by hash and drops duplicates; the count that is left. */
size_t ancestors_sort(const struct cedar_uid **ancestors, size_t count);

/* Fills the ancestors of all entities. E_CONFLICT: a cycle.  E_LIMIT, E_MEMORY. */
MUST_USE enum error hierarchy_close(struct cedar_entities *entities, struct fault *why);

#endif
