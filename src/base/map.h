/* A table from byte strings to pointers (SipHash, open addressing). Keys and values are borrowed, never copied. */
#ifndef TIPSTAFF_BASE_MAP_H
#define TIPSTAFF_BASE_MAP_H

#include "base/error.h"
#include "base/hash.h"

struct map_entry {
	slice key;
	void *value; /* NULL: free */
	uint64_t hash;
};

/* Invariant: fewer than 3/4 of the slots are taken, so that every search ends. */
struct map {
	struct map_entry *entries;
	size_t slots; /* a power of two, or 0 */
	size_t count;
	size_t count_max;
	struct hash_key key;
};

/* No memory is taken yet. */
void map_init(struct map *map, const struct hash_key *key, size_t count_max);
/* The value, or NULL. */
void *map_get(const struct map *map, slice key);
/* As map_get and map_put, for whoever needs the hash of the key, by hash_slice with the map's, more than once. */
void *map_get_hashed(const struct map *map, slice key, uint64_t hash);
MUST_USE enum error map_put_hashed(struct map *map, slice key, uint64_t hash, void *value, void **ret_old,
				   struct fault *why);
/*
 * Puts `value` (not NULL) under `key`; both must outlive the entry. A former value is given in `*ret_old` (may be
 * NULL), and its key is replaced too. E_LIMIT: count_max.  E_MEMORY.
 */
MUST_USE enum error map_put(struct map *map, slice key, void *value, void **ret_old, struct fault *why);
/* Takes the entry out and returns its value, or NULL. */
void *map_remove(struct map *map, slice key);
/* Walks all entries in no order: start with `*position` 0; NULL at the end. The map must not change meanwhile. */
const struct map_entry *map_next(const struct map *map, size_t *position);
void map_free(struct map *map);

#endif
