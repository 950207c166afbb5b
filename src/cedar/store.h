/* The inside of an entity store: vertices found by name, and their closed hierarchy. */
#ifndef TIPSTAFF_CEDAR_STORE_H
#define TIPSTAFF_CEDAR_STORE_H

#include "base/trie.h"
#include "cedar/entities.h"

/* An entity with all its ancestors, sorted by hash: what an only child of it has as ancestors. */
struct line {
	const struct cedar_uid **uids;
	size_t count;
	uint64_t signature;
};

/* A name in the store: of an entity, or only of a parent or of an entity that was taken out. */
struct vertex {
	struct cedar_uid uid; /* first, so that a pointer to a vertex is one to its name */
	bool is_present;
	bool is_made;         /* by a change: it stands in a struct made */
	unsigned char state;  /* enum closing, while the hierarchy is being closed */
	uint32_t parent_count;
	uint32_t ancestor_count;
	struct cedar_value attributes;
	struct cedar_value tags;
	const struct cedar_uid *const *parents;
	const struct cedar_uid *const *ancestors; /* sorted by hash */
	uint64_t signature;                       /* one bit for each ancestor: a missing bit is a certain no */
	const struct line *line;                  /* NULL until it is needed; only while the store is built */
};

enum closing { CLOSING_NEW = 0, CLOSING_OPEN, CLOSING_DONE };

struct family;

struct cedar_entities {
	struct arena own;
	struct arena *arena; /* own, or the request's */
	struct hash_key key;
	struct vertex **table; /* open addressing; fewer than half of the slots are taken */
	size_t slots;
	size_t vertex_count; /* in the table */
	struct vertex **list; /* those of the table that are present there, in the order they came */
	size_t listed;
	size_t list_size;
	size_t count; /* entities that are present */
	/* What differs from the table: names to vertices; those that are not present hide what the table has. */
	struct trie changes;
	struct family *family; /* of all versions of this store; NULL while there is one */
	struct cedar_entities *older;
	struct cedar_entities *newer;
	struct retire_list replaced; /* what this version and older ones hold, but not the next */
	bool is_freed;               /* but kept, because an older version is in use */
};

/* Zeroed, from the heap; of a store in an arena, from there. */
void *store_alloc(struct cedar_entities *entities, size_t count, size_t size);
void store_release(struct cedar_entities *entities, void *block);
/* The slot of the name, or the free one where it would go. */
struct vertex **table_slot(struct vertex **table, size_t slots, const struct cedar_uid *uid);
/* The entity, or NULL where it is not present. */
const struct vertex *store_find(const struct cedar_entities *entities, const struct cedar_uid *uid);
static inline uint64_t signature_bit(const struct cedar_uid *uid)
{
	return (uint64_t)1 << (uid->hash >> 58);
}
/* What the trie of changes has for keys: a pointer to the name. */
static inline slice store_key(const struct cedar_uid *uid)
{
	return slice_from(uid, sizeof(*uid));
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
