/* A layer that copies nothing. */
#include "cedar/store.h"

#include <string.h>

/* A name that is no entity of the layer: see store_numbers. */
struct parent {
	struct cedar_uid uid;
	_Atomic uint64_t numbers;
};
_Static_assert(offsetof(struct parent, numbers) == sizeof(struct cedar_uid), "store_numbers finds it there");

/* No more is known of the ancestors than the parents, each once. */
static enum error take_parents(struct vertex *vertex, const struct cedar_entity_info *entity, struct arena *arena,
			       struct fault *why)
{
	struct parent *parents = ARENA_ARRAY(arena, entity->parent_count, struct parent);
	const struct cedar_uid **ancestors = ARENA_ARRAY(arena, entity->parent_count, const struct cedar_uid *);
	if (!parents || !ancestors)
		return FAIL(why, E_MEMORY, "no memory for ancestors");
	for (size_t i = 0; i < entity->parent_count; i++) {
		parents[i].uid = *entity->parents[i];
		ancestors[i] = &parents[i].uid;
	}
	vertex->parents = vertex->ancestors = ancestors;
	vertex->parent_count = vertex->ancestor_count = (uint32_t)ancestors_sort(ancestors, entity->parent_count);
	return E_OK;
}

static enum error vertex_fill(struct vertex *vertex, const struct cedar_entity_info *entity, struct arena *arena,
			      struct fault *why)
{
	vertex->uid = *entity->uid;
	vertex->is_present = true;
	vertex->state = CLOSING_DONE;
	vertex->parent_count = (uint32_t)entity->parent_count;
	vertex->ancestor_count = (uint32_t)entity->ancestor_count;
	vertex->attributes = input_record(entity->attributes);
	vertex->tags = input_record(entity->tags);
	vertex->parents = entity->parents;
	vertex->ancestors = entity->ancestors;
	if (entity->parent_count && !entity->ancestor_count)
		TRY(take_parents(vertex, entity, arena, why));
	for (uint32_t i = 0; i < vertex->ancestor_count; i++)
		vertex->signature |= signature_bit(vertex->ancestors[i]);
	return E_OK;
}

enum error cedar_entities_borrow(struct arena *arena, const struct hash_key *key,
				 const struct cedar_entity_info *entities, size_t count,
				 struct cedar_entities **ret_layer, struct fault *why)
{
	size_t slots = 4;
	while (slots <= 2 * count)
		slots *= 2;
	struct cedar_entities *layer = ARENA_NEW(arena, struct cedar_entities);
	struct vertex *vertices = ARENA_ARRAY(arena, count, struct vertex);
	struct vertex **list = ARENA_ARRAY(arena, count, struct vertex *);
	struct vertex **table = arena_alloc_array(arena, slots, TABLE_SLOT_BYTES);
	if (!layer || !vertices || !list || !table)
		return FAIL(why, E_MEMORY, "no memory for a layer of entities");
	layer->arena = arena;
	layer->key = *key;
	layer->table = table;
	layer->slots = slots;
	layer->list = list;
	layer->vertex_count = layer->list_size = layer->listed = layer->count = count;
	for (size_t i = 0; i < count; i++) {
		TRY(vertex_fill(&vertices[i], &entities[i], arena, why));
		table_add(table, slots, &vertices[i]);
		list[i] = &vertices[i];
		if (vertices[i].ancestor_count)
			layer->lines |= signature_bit(entities[i].uid);
	}
	*ret_layer = layer;
	return E_OK;
}
