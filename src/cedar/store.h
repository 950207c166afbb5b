/* The inside of an entity store: vertices found by name, and their closed hierarchy. */
#ifndef TIPSTAFF_CEDAR_STORE_H
#define TIPSTAFF_CEDAR_STORE_H

#include "base/trie.h"
#include "cedar/entities.h"
#include "cedar/uid.h"

#include <stdatomic.h>
#include <stddef.h>

/* An entity with all its ancestors, sorted by hash: what an only child of it has as ancestors. */
struct line {
	const struct cedar_uid **uids;
	size_t count;
	uint64_t signature;
};

/* A name in the store: of an entity, or only of a parent or of an entity that was taken out. */
struct vertex {
	struct cedar_uid uid; /* first, so that a pointer to a vertex is one to its name */
	union {
		const struct line *line; /* NULL until it is needed; only while the store is built */
		_Atomic uint64_t numbers; /* see store_numbers */
	};
	bool is_present;
	bool is_made;         /* by a change: it stands in a struct made */
	unsigned char state;  /* enum closing, while the hierarchy is being closed */
	uint32_t ancestor_count;
	const struct cedar_uid *const *ancestors; /* sorted by hash */
	uint64_t signature;                       /* one bit for each ancestor: a missing bit is a certain no */
	struct cedar_value attributes;            /* up to here: what decisions look at, from the name's hash on 64 bytes */
	struct cedar_value tags;
	const struct cedar_uid *const *parents;
	uint32_t parent_count;
};

/*
 * Behind each name in a store, of a vertex or of a parent, is a word for what the policy sets of the process call it: see
 * index.c, which reads and writes it, also in stores that are otherwise shared and immutable. Even (0, or what building
 * the store has left there): nothing yet. Whoever gives a vertex another name makes it 0.
 */
static inline _Atomic uint64_t *store_numbers(const struct cedar_uid *uid)
{
	return (_Atomic uint64_t *)(uintptr_t)(uid + 1);
}
_Static_assert(offsetof(struct vertex, numbers) == sizeof(struct cedar_uid), "store_numbers finds it there");

enum closing { CLOSING_NEW = 0, CLOSING_OPEN, CLOSING_DONE, CLOSING_HIDDEN /* by a change, when tables are made */ };

struct family;

struct cedar_entities {
	struct arena own;
	struct arena *arena; /* own, or the request's */
	struct hash_key key;
	struct vertex **table; /* see table_find; fewer than half of the slots are taken */
	size_t slots;
	size_t vertex_count; /* in the table */
	struct vertex *spare; /* while it is built: the next of a block */
	size_t spare_count;
	struct vertex **list; /* those of the table that are present there, in the order they came */
	size_t listed;
	size_t list_size;
	size_t count; /* entities that are present */
	uint64_t lines; /* signature bits of all entities that have ancestors, and perhaps of some more */
	/* What differs from the table: names to vertices; those that are not present hide what the table has. */
	struct trie changes;
	struct family *family; /* of all versions of this store; NULL while there is one */
	struct cedar_entities *older;
	struct cedar_entities *newer;
	struct retire_list replaced; /* what this version and older ones hold, but not the next */
	struct cedar_entities *next_freed;
	bool is_freed;  /* but kept, because an older version is in use */
	size_t repeats; /* while it is built: entities that were there already */
};

/* Zeroed, from the heap; of a store in an arena, from there. */
void *store_alloc(struct cedar_entities *entities, size_t count, size_t size);
void store_release(struct cedar_entities *entities, void *block);
/*
 * A table has `slots` pointers, a power of two, and behind them as many bytes: 0 where the slot is free, else some bits of
 * the hash, so that few vertices that are not meant are looked at. Open addressing.
 */
#define TABLE_SLOT_BYTES (sizeof(struct vertex *) + 1)
static inline unsigned char *table_tags(struct vertex **table, size_t slots)
{
	return (unsigned char *)(table + slots);
}
/* The slot of the name, or the free one where it would go. */
static inline size_t table_find(struct vertex **table, size_t slots, const struct cedar_uid *uid)
{
	const unsigned char *tags = table_tags(table, slots);
	unsigned char tag = hash_tag(uid->hash);
	for (size_t i = uid->hash & (slots - 1);; i = (i + 1) & (slots - 1))
		if (!tags[i] || (tags[i] == tag && uid_equal(&table[i]->uid, uid)))
			return i;
}
/* What stands there, or NULL. */
static inline struct vertex *table_get(struct vertex **table, size_t slots, const struct cedar_uid *uid)
{
	const unsigned char *tags = table_tags(table, slots);
	size_t i = uid->hash & (slots - 1);
	for (unsigned char tag = hash_tag(uid->hash); tags[i]; i = (i + 1) & (slots - 1))
		if (tags[i] == tag && uid_equal(&table[i]->uid, uid))
			return table[i];
	return NULL;
}
/* The same where the name is likely to be one of this very table: nothing of what follows then waits for the table. */
static inline const struct vertex *table_get_own(struct vertex **table, size_t slots, const struct cedar_uid *uid)
{
	if (__builtin_expect((const void *)table[uid->hash & (slots - 1)] == (const void *)uid, 1))
		return (const struct vertex *)(const void *)uid;
	return table_get(table, slots, uid);
}
/* Into the free slot that table_find gave. */
static inline void table_put(struct vertex **table, size_t slots, size_t slot, struct vertex *vertex)
{
	table_tags(table, slots)[slot] = hash_tag(vertex->uid.hash);
	table[slot] = vertex;
}
/* A vertex whose name is not there. */
static inline void table_add(struct vertex **table, size_t slots, struct vertex *vertex)
{
	const unsigned char *tags = table_tags(table, slots);
	size_t slot = vertex->uid.hash & (slots - 1);
	while (tags[slot])
		slot = (slot + 1) & (slots - 1);
	table_put(table, slots, slot, vertex);
}
static inline void table_expect(struct vertex **table, size_t slots, uint64_t hash)
{
	size_t slot = hash & (slots - 1);
	__builtin_prefetch(table_tags(table, slots) + slot, 1);
	__builtin_prefetch(table + slot, 1);
}
struct keeper;

/* Room for so many names, where there is none yet. E_MEMORY. */
MUST_USE enum error store_reserve(struct cedar_entities *entities, size_t count);
/*
 * The vertex with this name, made where there is none. With a `keeper` the type is one that it keeps, and it keeps the id.
 * E_LIMIT: CEDAR_ENTITIES_MAX.  E_MEMORY.
 */
MUST_USE enum error store_intern(struct cedar_entities *entities, const struct cedar_uid *uid, struct keeper *keeper,
				 struct vertex **ret_vertex, struct fault *why);
/* That the name will soon be looked for: its place in the table is on its way then. */
static inline void store_expect(const struct cedar_entities *entities, const struct cedar_uid *uid)
{
	if (entities->slots)
		table_expect(entities->table, entities->slots, uid->hash);
}
/* A vertex becomes an entity of a store that is being built. E_MEMORY. */
MUST_USE enum error store_list(struct cedar_entities *entities, struct vertex *vertex, struct fault *why);
bool vertex_has_parent(const struct vertex *vertex, const struct cedar_uid *uid);
static inline uint64_t signature_bit(const struct cedar_uid *uid)
{
	return (uint64_t)1 << (uid->hash >> 58);
}
/* What the trie of changes has for keys: a pointer to the name. */
static inline slice store_key(const struct cedar_uid *uid)
{
	return slice_from(uid, sizeof(*uid));
}
/* The entity, or NULL where it is not present. */
static inline const struct vertex *store_find(const struct cedar_entities *entities, const struct cedar_uid *uid)
{
	const struct vertex *vertex = NULL;
	if (entities->changes.root)
		vertex = trie_get(&entities->changes, store_key(uid));
	if (!vertex && entities->slots)
		vertex = table_get(entities->table, entities->slots, uid);
	return vertex && vertex->is_present ? vertex : NULL;
}
/* Is `uid` one of the `count` ancestors, which are sorted by hash? */
bool ancestors_have(const struct cedar_uid *const *ancestors, size_t count, uint64_t signature,
		    const struct cedar_uid *uid);
/* Sorts by hash and drops duplicates; the count that is left. */
size_t ancestors_sort(const struct cedar_uid **ancestors, size_t count);

/*
 * Checks names and kinds. E_INVALID: `type` or the type of a parent is no name, attributes or tags are no record, or an
 * action has a parent that is none.
 */
MUST_USE enum error input_check(const struct cedar_entity_input *entity, struct fault *why);
static inline struct cedar_value input_record(struct cedar_value value)
{
	return value.kind == CEDAR_RECORD ? value : (struct cedar_value){.kind = CEDAR_RECORD, .mask = 1};
}
/*
 * The ancestors that its parent, with these ancestors, gives to a child: `uids` has room for one more than `count`.
 * They stay sorted.
 */
void line_fill(const struct cedar_uid **uids, const struct cedar_uid *parent, const struct cedar_uid *const *ancestors,
	       size_t count);
/* Fills the ancestors of all entities of a store that is being built. E_CONFLICT: a cycle.  E_LIMIT, E_MEMORY. */
MUST_USE enum error hierarchy_close(struct cedar_entities *entities, struct fault *why);

#endif
