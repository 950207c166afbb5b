/*
 * Entity stores: entities with attributes, tags and parents. A store never changes: a change makes a new version of it,
 * which shares what stayed the same. A request sees several stores as layers, searched in order; the first layer that
 * has an entity gives all of it.
 *
 * The hierarchy crosses layers: the ancestors of an entity are those of its own layer and, for each of these, the
 * ancestors that it has in the layer that is first to know it.
 */
#ifndef TIPSTAFF_CEDAR_ENTITIES_H
#define TIPSTAFF_CEDAR_ENTITIES_H

#include "cedar/problem.h"
#include "cedar/value.h"

struct cedar_entities;
struct cedar_entities_builder;

/* For a store of its own (agent row, tool row, shared). NULL: no memory. Free with cedar_entities_free. */
struct cedar_entities_builder *cedar_entities_builder_new(const struct hash_key *key);
/* For a small store of one request: everything lives in the arena, nothing needs to be freed. */
struct cedar_entities_builder *cedar_entities_builder_in(struct arena *arena, const struct hash_key *key);
/* Where values for this store may be made, so that they live as long as it. */
struct arena *cedar_entities_arena(struct cedar_entities_builder *builder);

/* All texts and values are copied. Zeroed `attributes` and `tags` mean none. */
struct cedar_entity_input {
	slice type;
	slice id;
	struct cedar_value attributes; /* a record */
	struct cedar_value tags;       /* a record */
	const struct cedar_uid *parents;
	size_t parent_count;
};

/*
 * An entity that is already there with equal content is accepted.
 * E_CONFLICT: it is there with other content.  E_INVALID: `type` is no name, or attributes or tags are no record.
 * E_LIMIT: CEDAR_ENTITIES_MAX.  E_MEMORY.
 */
MUST_USE enum error cedar_entities_add(struct cedar_entities_builder *builder, const struct cedar_entity_input *entity,
				       struct fault *why);
/*
 * Adds all entities of a text in Cedar's entities JSON. `name` is for messages.
 * E_SYNTAX, E_INVALID: not that format, with the entity or key at fault.  Else as cedar_entities_add.
 */
MUST_USE enum error cedar_entities_add_json(struct cedar_entities_builder *builder, slice name, slice json,
					    struct cedar_problem *problem, struct fault *why);
/*
 * Closes the hierarchy. The builder is used up, also on failure.
 * E_CONFLICT: an entity is its own ancestor.  E_LIMIT: CEDAR_ANCESTORS_MAX.  E_MEMORY.
 */
MUST_USE enum error cedar_entities_build(struct cedar_entities_builder *builder, struct cedar_entities **ret_entities,
					 struct fault *why);
/* For a builder that is not built. NULL is fine. */
void cedar_entities_builder_free(struct cedar_entities_builder *builder);
/* A store with nothing in it, to be changed. NULL: no memory. */
struct cedar_entities *cedar_entities_new(const struct hash_key *key);
/*
 * For one request: a store with all that `base` has and one entity more, below one that is there. It lives in the arena
 * and borrows `base`, `*uid`'s texts and the attributes (a record, or zeroed). It costs a copy of the table of `base`, which
 * should be small. E_CONFLICT: the name is known to `base`.  E_USAGE: `base` has no such parent, or was changed since it
 * was built.  E_LIMIT: CEDAR_ANCESTORS_MAX.  E_MEMORY.
 */
MUST_USE enum error cedar_entities_child(const struct cedar_entities *base, const struct cedar_uid *uid,
					 struct cedar_value attributes, const struct cedar_uid *parent, struct arena *arena,
					 struct cedar_entities **ret_entities, struct fault *why);
/*
 * Gives the child another name and other attributes, in place: for whoever has the store to himself. `base` is what it was
 * made of. E_CONFLICT: as cedar_entities_child; the store is then as it was.
 */
MUST_USE enum error cedar_entities_rename_child(struct cedar_entities *entities, const struct cedar_entities *base,
						const struct cedar_uid *uid, struct cedar_value attributes,
						struct fault *why);
/* NULL is fine, and so is a store that lives in an arena. */
void cedar_entities_free(struct cedar_entities *entities);

struct cedar_entity_change {
	bool is_removal;                  /* else the entity is put in, in the place of a former one of its name */
	struct cedar_entity_input entity; /* of a removal only `type` and `id` count */
};

/*
 * A version of the store with all changes made, the last one counting where several name an entity; or none, and no
 * version. Removing what is not there changes nothing. Only ancestors of entities below a changed one are computed
 * again. Parents that are not there yet are fine, also where the store has only heard of them.
 *
 * Versions share what did not change. Each is immutable, may be read while the next one is made, and is valid until it
 * is freed, in any order and by any thread. Changing is for one thread at a time. While an old version is kept, so is
 * what later ones replaced, until the change after it was freed; the memory of the store that was built goes when its
 * last version goes. The first change looks at all entities once.
 *
 * E_CONFLICT: an entity would be its own ancestor, or a later version was made already.  E_USAGE: a store in an arena.
 * E_INVALID: as cedar_entities_add.  E_LIMIT: CEDAR_ENTITIES_MAX, CEDAR_ANCESTORS_MAX, CEDAR_STORE_BYTES_MAX.  E_MEMORY.
 */
MUST_USE enum error cedar_entities_change(struct cedar_entities *entities, const struct cedar_entity_change *changes,
					  size_t count, struct cedar_entities **ret_version, struct fault *why);
/* The same where all entities of another store, with the same hash key, are put in. */
MUST_USE enum error cedar_entities_merge(struct cedar_entities *entities, const struct cedar_entities *incoming,
					 struct cedar_entities **ret_version, struct fault *why);

/* Borrowed from the store. */
struct cedar_entity_info {
	const struct cedar_uid *uid;
	struct cedar_value attributes; /* a record */
	struct cedar_value tags;       /* a record */
	const struct cedar_uid *const *parents;
	size_t parent_count;
	const struct cedar_uid *const *ancestors; /* parents included, sorted by hash; of this store only */
	size_t ancestor_count;
};

/*
 * A layer of few entities, each another, for one request: neither values nor texts are copied or checked, so they have to
 * be as a store gives them and to live as long as the arena. Ancestors are those of an entity of a store; without any, they
 * are the parents, which are then copied. E_MEMORY.
 */
MUST_USE enum error cedar_entities_borrow(struct arena *arena, const struct hash_key *key,
					  const struct cedar_entity_info *entities, size_t count,
					  struct cedar_entities **ret_layer, struct fault *why);

size_t cedar_entities_count(const struct cedar_entities *entities);
/* How often, while the store was built, an entity was added that was there already with equal content. */
size_t cedar_entities_repeats(const struct cedar_entities *entities);
/*
 * Calls `visit` for every entity until it returns false: in the order they were added, then those that were put in by
 * changes, in no order. What it gets is valid as long as the store.
 */
void cedar_entities_each(const struct cedar_entities *entities,
			 bool (*visit)(void *context, const struct cedar_entity_info *entity), void *context);
/* False: not there. */
bool cedar_entities_find(const struct cedar_entities *entities, const struct cedar_uid *uid,
			 struct cedar_entity_info *ret_info);

#endif
