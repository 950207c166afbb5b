/* A store of one request: what a small store has, and one entity more. */
#include "cedar/limits.h"
#include "cedar/store.h"

#include <string.h>

/* What `base` has; the table is new, or as it was made for this. */
static void fill_table(struct cedar_entities *entities, const struct cedar_entities *base)
{
	entities->vertex_count = base->vertex_count;
	entities->lines = base->lines;
	if (base->slots == entities->slots) {
		memcpy(entities->table, base->table, base->slots * TABLE_SLOT_BYTES);
		return;
	}
	memset(entities->table, 0, entities->slots * TABLE_SLOT_BYTES);
	for (size_t i = 0; i < base->slots; i++)
		if (base->table[i])
			table_add(entities->table, entities->slots, base->table[i]);
}

/* With room for one more name; names themselves are shared. */
static enum error make_table(struct cedar_entities *entities, const struct cedar_entities *base, struct fault *why)
{
	size_t slots = base->slots ? base->slots : 16;
	if ((base->vertex_count + 1) * 2 > slots)
		slots *= 2;
	entities->table = store_alloc(entities, slots, TABLE_SLOT_BYTES);
	entities->list = store_alloc(entities, base->listed + 1, sizeof(*entities->list));
	if (!entities->table || !entities->list)
		return FAIL(why, E_MEMORY, "no memory for a table of %zu entities", slots);
	entities->slots = slots;
	entities->list_size = base->listed + 1;
	if (base->listed)
		memcpy(entities->list, base->list, base->listed * sizeof(*base->list));
	fill_table(entities, base);
	return E_OK;
}

static bool knows(const struct cedar_entities *entities, const struct cedar_uid *uid)
{
	return entities->slots && table_get(entities->table, entities->slots, uid);
}

static enum error conflict(const struct cedar_uid *uid, struct fault *why)
{
	return FAIL(why, E_CONFLICT, "`%.*s::\"%.*s\"` is there already", SLICE_ARG(uid->type), SLICE_ARG(uid->id));
}

static void place(struct cedar_entities *entities, struct vertex *vertex, const struct cedar_uid *uid,
		  struct cedar_value attributes)
{
	vertex->uid = *uid;
	atomic_store_explicit(store_numbers(&vertex->uid), 0, memory_order_relaxed);
	vertex->attributes = input_record(attributes);
	table_add(entities->table, entities->slots, vertex);
	entities->vertex_count++;
	entities->lines |= signature_bit(uid);
}

/* Its only parent is closed already. */
static enum error add_child(struct cedar_entities *entities, const struct cedar_uid *uid, struct cedar_value attributes,
			    const struct vertex *parent, struct fault *why)
{
	size_t count = parent->ancestor_count + (size_t)1;
	struct vertex *vertex = ARENA_NEW(entities->arena, struct vertex);
	const struct cedar_uid **uids = ARENA_ARRAY(entities->arena, count + 1, const struct cedar_uid *);
	if (!vertex || !uids)
		return FAIL(why, E_MEMORY, "no memory for an entity");
	if (count > CEDAR_ANCESTORS_MAX)
		return FAIL(why, E_LIMIT, "`%.*s::\"%.*s\"` has more than %u ancestors", SLICE_ARG(uid->type),
			    SLICE_ARG(uid->id), CEDAR_ANCESTORS_MAX);
	line_fill(uids, &parent->uid, parent->ancestors, parent->ancestor_count);
	uids[count] = &parent->uid;
	*vertex = (struct vertex){.is_present = true, .state = CLOSING_DONE, .parent_count = 1,
				  .ancestor_count = (uint32_t)count, .tags = input_record((struct cedar_value){0}),
				  .parents = uids + count, .ancestors = uids,
				  .signature = parent->signature | signature_bit(&parent->uid)};
	place(entities, vertex, uid, attributes);
	return store_list(entities, vertex, why);
}

enum error cedar_entities_child(const struct cedar_entities *base, const struct cedar_uid *uid,
				struct cedar_value attributes, const struct cedar_uid *parent, struct arena *arena,
				struct cedar_entities **ret_entities, struct fault *why)
{
	const struct vertex *known = store_find(base, parent);
	struct cedar_entities *entities = ARENA_NEW(arena, struct cedar_entities);
	if (base->family || base->changes.root || !known)
		return FAIL(why, E_USAGE, "a child of an entity that is not in a store as it was built");
	if (knows(base, uid))
		return conflict(uid, why);
	if (!entities)
		return FAIL(why, E_MEMORY, "no memory for entities");
	entities->arena = arena;
	entities->key = base->key;
	entities->listed = base->listed;
	entities->count = base->count;
	TRY(make_table(entities, base, why));
	TRY(add_child(entities, uid, attributes, known, why));
	*ret_entities = entities;
	return E_OK;
}

enum error cedar_entities_rename_child(struct cedar_entities *entities, const struct cedar_entities *base,
				       const struct cedar_uid *uid, struct cedar_value attributes, struct fault *why)
{
	if (knows(base, uid))
		return conflict(uid, why);
	fill_table(entities, base);
	place(entities, entities->list[entities->listed - 1], uid, attributes);
	return E_OK;
}
