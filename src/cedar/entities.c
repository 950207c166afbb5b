#include "cedar/entities.h"

#include "base/memory.h"
#include "cedar/change.h"
#include "cedar/entities_json.h"
#include "cedar/keep.h"
#include "cedar/limits.h"
#include "cedar/schema.h"
#include "cedar/store.h"

#include <string.h>

#define BLOCK_VERTICES 32u
#define LINE_BYTES 64u
_Static_assert(sizeof(struct vertex) % LINE_BYTES == 0, "one after the other they keep their place in a line");
_Static_assert(offsetof(struct vertex, attributes) + sizeof(struct cedar_value) - offsetof(struct vertex, uid.hash) <= LINE_BYTES,
	       "what decisions look at fits into a line");

struct cedar_entities_builder {
	struct cedar_entities *entities;
};

void *store_alloc(struct cedar_entities *entities, size_t count, size_t size)
{
	if (entities->arena == &entities->own)
		return memory_alloc_array(count, size);
	return arena_alloc_array(entities->arena, count, size);
}

void store_release(struct cedar_entities *entities, void *block)
{
	if (entities->arena == &entities->own)
		memory_free(block);
}

static struct vertex **table_new(struct cedar_entities *entities, size_t slots)
{
	if (entities->arena == &entities->own)
		return memory_alloc_table(slots, TABLE_SLOT_BYTES);
	return arena_alloc_array(entities->arena, slots, TABLE_SLOT_BYTES);
}

static enum error grow_table(struct cedar_entities *entities, struct fault *why)
{
	size_t slots = entities->slots ? entities->slots * 2 : 16;
	struct vertex **old = entities->table;
	struct vertex **table = table_new(entities, slots);
	if (!table)
		return FAIL(why, E_MEMORY, "no memory for a table of %zu entities", slots);
	for (size_t i = 0; i < entities->slots; i++)
		if (old[i])
			table_add(table, slots, old[i]);
	store_release(entities, old);
	entities->table = table;
	entities->slots = slots;
	return E_OK;
}

enum error store_reserve(struct cedar_entities *entities, size_t count)
{
	size_t slots = 16;
	while (slots <= count * 2)
		slots *= 2;
	if (entities->slots)
		return E_OK;
	entities->table = table_new(entities, slots);
	entities->slots = entities->table ? slots : 0;
	return entities->table ? E_OK : E_MEMORY;
}

/*
 * In blocks, once there are more than a few, and so placed that what decisions look at lies in one line of the cache:
 * it starts in the middle of the first line of a vertex, so the vertices do.
 */
static struct vertex *take_vertex(struct cedar_entities *entities)
{
	if (entities->vertex_count < BLOCK_VERTICES)
		return ARENA_NEW(entities->arena, struct vertex);
	if (entities->spare_count == 0) {
		char *block = arena_alloc(entities->arena, BLOCK_VERTICES * sizeof(struct vertex) + LINE_BYTES);
		if (!block)
			return NULL;
		size_t over = ((uintptr_t)block + offsetof(struct vertex, uid.hash)) % LINE_BYTES;
		entities->spare = (struct vertex *)(void *)(block + (over ? LINE_BYTES - over : 0));
		entities->spare_count = BLOCK_VERTICES;
	}
	entities->spare_count--;
	return entities->spare++;
}

enum error store_intern(struct cedar_entities *entities, const struct cedar_uid *uid, struct keeper *keeper,
			struct vertex **ret_vertex, struct fault *why)
{
	size_t slot = entities->slots ? table_find(entities->table, entities->slots, uid) : 0;
	/* The slot of a new name is not read: only written, nobody waits for it. */
	if (entities->slots && table_tags(entities->table, entities->slots)[slot]) {
		*ret_vertex = entities->table[slot];
		return E_OK;
	}
	if (entities->vertex_count >= CEDAR_ENTITIES_MAX)
		return FAIL(why, E_LIMIT, "more than %u entities", CEDAR_ENTITIES_MAX);
	if ((entities->vertex_count + 1) * 2 > entities->slots) {
		TRY(grow_table(entities, why));
		slot = table_find(entities->table, entities->slots, uid);
	}
	struct vertex *vertex = take_vertex(entities);
	if (!vertex)
		return FAIL(why, E_MEMORY, "no memory for an entity");
	vertex->uid = *uid;
	vertex->uid.type = keeper ? uid->type : arena_copy(entities->arena, uid->type);
	vertex->uid.id = keeper ? keep_text(keeper, uid->id) : arena_copy(entities->arena, uid->id);
	if (!vertex->uid.type.ptr || !vertex->uid.id.ptr)
		return FAIL(why, E_MEMORY, "no memory for an entity");
	table_put(entities->table, entities->slots, slot, vertex);
	entities->vertex_count++;
	*ret_vertex = vertex;
	return E_OK;
}

static bool is_action(slice type)
{
	return slice_equal(type, SLICE("Action")) || slice_ends_with(type, SLICE("::Action"));
}

enum error input_check(const struct cedar_entity_input *entity, struct fault *why)
{
	if (!cedar_name_check(entity->type))
		return FAIL(why, E_INVALID, "`%.*s` is not the name of a type", SLICE_ARG(entity->type));
	if (entity->attributes.kind != CEDAR_NONE && entity->attributes.kind != CEDAR_RECORD)
		return FAIL(why, E_INVALID, "the attributes of `%.*s::\"%.*s\"` are not a record",
			    SLICE_ARG(entity->type), SLICE_ARG(entity->id));
	if (entity->tags.kind != CEDAR_NONE && entity->tags.kind != CEDAR_RECORD)
		return FAIL(why, E_INVALID, "the tags of `%.*s::\"%.*s\"` are not a record", SLICE_ARG(entity->type),
			    SLICE_ARG(entity->id));
	if (entity->parent_count > CEDAR_ANCESTORS_MAX)
		return FAIL(why, E_LIMIT, "`%.*s::\"%.*s\"` has more than %u ancestors", SLICE_ARG(entity->type),
			    SLICE_ARG(entity->id), CEDAR_ANCESTORS_MAX);
	for (size_t i = 0; i < entity->parent_count; i++) {
		if (!cedar_name_check(entity->parents[i].type))
			return FAIL(why, E_INVALID, "`%.*s` is not the name of a type",
				    SLICE_ARG(entity->parents[i].type));
		if (is_action(entity->type) && !is_action(entity->parents[i].type))
			return FAIL(why, E_INVALID, "action `%.*s::\"%.*s\"` has a parent that is no action",
				    SLICE_ARG(entity->type), SLICE_ARG(entity->id));
	}
	return E_OK;
}

/* The same entity again? Parents count as a set. */
static bool is_same(const struct vertex *vertex, const struct cedar_entity_input *entity)
{
	if (!cedar_value_equal(vertex->attributes, input_record(entity->attributes)) ||
	    !cedar_value_equal(vertex->tags, input_record(entity->tags)))
		return false;
	for (size_t i = 0; i < entity->parent_count; i++)
		if (!vertex_has_parent(vertex, &entity->parents[i]))
			return false;
	for (uint32_t i = 0; i < vertex->parent_count; i++) {
		bool found = false;
		for (size_t j = 0; j < entity->parent_count && !found; j++)
			found = cedar_uid_equal(vertex->parents[i], &entity->parents[j]);
		if (!found)
			return false;
	}
	return true;
}

enum error store_list(struct cedar_entities *entities, struct vertex *vertex, struct fault *why)
{
	if (entities->listed == entities->list_size) {
		size_t size = entities->list_size ? entities->list_size * 2 : 4;
		struct vertex **bigger = store_alloc(entities, size, sizeof(*bigger));
		if (!bigger)
			return FAIL(why, E_MEMORY, "no memory for a list of entities");
		if (entities->listed)
			memcpy(bigger, entities->list, entities->listed * sizeof(*bigger));
		store_release(entities, entities->list);
		entities->list = bigger;
		entities->list_size = size;
	}
	entities->list[entities->listed++] = vertex;
	entities->count++;
	return E_OK;
}

static enum error add_parents(struct cedar_entities *entities, struct vertex *vertex,
			      const struct cedar_entity_input *entity, struct fault *why)
{
	vertex->parent_count = 0; /* an attempt that failed may have left some */
	if (!entity->parent_count)
		return E_OK;
	const struct cedar_uid **parents = ARENA_ARRAY(entities->arena, entity->parent_count, const struct cedar_uid *);
	if (!parents)
		return FAIL(why, E_MEMORY, "no memory for parents");
	vertex->parents = parents;
	for (size_t i = 0; i < entity->parent_count; i++) {
		struct vertex *parent;
		if (vertex_has_parent(vertex, &entity->parents[i]))
			continue;
		TRY(store_intern(entities, &entity->parents[i], NULL, &parent, why));
		parents[vertex->parent_count++] = &parent->uid;
	}
	return E_OK;
}

enum error cedar_entities_add(struct cedar_entities_builder *builder, const struct cedar_entity_input *entity,
			      struct fault *why)
{
	struct cedar_entities *entities = builder->entities;
	struct cedar_uid uid = cedar_uid_make(&entities->key, entity->type, entity->id);
	struct vertex *vertex;
	TRY(input_check(entity, why));
	TRY(store_intern(entities, &uid, NULL, &vertex, why));
	if (vertex->is_present) {
		if (is_same(vertex, entity)) {
			entities->repeats++;
			return E_OK;
		}
		return FAIL(why, E_CONFLICT, "duplicate entity entry `%.*s::\"%.*s\"`", SLICE_ARG(entity->type),
			    SLICE_ARG(entity->id));
	}
	TRY(cedar_value_copy(entities->arena, input_record(entity->attributes), &vertex->attributes, why));
	TRY(cedar_value_copy(entities->arena, input_record(entity->tags), &vertex->tags, why));
	TRY(add_parents(entities, vertex, entity, why));
	TRY(store_list(entities, vertex, why));
	vertex->is_present = true;
	return E_OK;
}

struct cedar_entities *cedar_entities_new(const struct hash_key *key)
{
	struct cedar_entities *entities = memory_alloc(sizeof(*entities));
	if (!entities)
		return NULL;
	arena_init(&entities->own, CEDAR_STORE_BYTES_MAX);
	entities->arena = &entities->own;
	entities->key = *key;
	return entities;
}

struct cedar_entities_builder *cedar_entities_builder_new(const struct hash_key *key)
{
	struct cedar_entities *entities = cedar_entities_new(key);
	if (!entities)
		return NULL;
	struct cedar_entities_builder *builder = ARENA_NEW(entities->arena, struct cedar_entities_builder);
	if (!builder) {
		cedar_entities_free(entities);
		return NULL;
	}
	builder->entities = entities;
	return builder;
}

struct cedar_entities_builder *cedar_entities_builder_in(struct arena *arena, const struct hash_key *key)
{
	struct cedar_entities *entities = ARENA_NEW(arena, struct cedar_entities);
	struct cedar_entities_builder *builder = ARENA_NEW(arena, struct cedar_entities_builder);
	if (!entities || !builder)
		return NULL;
	entities->arena = arena;
	entities->key = *key;
	builder->entities = entities;
	return builder;
}

struct arena *cedar_entities_arena(struct cedar_entities_builder *builder)
{
	return builder->entities->arena;
}

enum error cedar_entities_build(struct cedar_entities_builder *builder, struct cedar_entities **ret_entities,
				struct fault *why)
{
	struct cedar_entities *entities = builder->entities;
	enum error error = hierarchy_close(entities, why);
	*ret_entities = error == E_OK ? entities : NULL;
	if (error != E_OK)
		cedar_entities_free(entities);
	return error;
}

void cedar_entities_builder_free(struct cedar_entities_builder *builder)
{
	if (builder)
		cedar_entities_free(builder->entities);
}

void cedar_entities_free(struct cedar_entities *entities)
{
	if (!entities || entities->arena != &entities->own)
		return;
	if (entities->family) {
		version_free(entities);
		return;
	}
	memory_free(entities->table);
	memory_free(entities->list);
	arena_free(&entities->own);
	memory_free(entities);
}

size_t cedar_entities_count(const struct cedar_entities *entities)
{
	return entities->count;
}

size_t cedar_entities_repeats(const struct cedar_entities *entities)
{
	return entities->repeats;
}

static struct cedar_entity_info info_of(const struct vertex *vertex)
{
	return (struct cedar_entity_info){
		.uid = &vertex->uid,
		.attributes = vertex->attributes,
		.tags = vertex->tags,
		.parents = vertex->parents,
		.parent_count = vertex->parent_count,
		.ancestors = vertex->ancestors,
		.ancestor_count = vertex->ancestor_count,
	};
}

struct visitor {
	bool (*visit)(void *context, const struct cedar_entity_info *entity);
	void *context;
	bool is_done;
};

static bool visit_change(void *context, slice key, void *value)
{
	struct visitor *visitor = context;
	const struct vertex *vertex = value;
	struct cedar_entity_info info = info_of(vertex);
	(void)key;
	if (vertex->is_present)
		visitor->is_done = !visitor->visit(visitor->context, &info);
	return !visitor->is_done;
}

void cedar_entities_each(const struct cedar_entities *entities,
			 bool (*visit)(void *context, const struct cedar_entity_info *entity), void *context)
{
	struct visitor visitor = {visit, context, false};
	for (size_t i = 0; i < entities->listed && !visitor.is_done; i++) {
		slice key = store_key(&entities->list[i]->uid);
		if (!entities->changes.root || !trie_get(&entities->changes, key))
			visit_change(&visitor, key, entities->list[i]);
	}
	if (!visitor.is_done)
		trie_each(&entities->changes, visit_change, &visitor);
}

bool cedar_entities_find(const struct cedar_entities *entities, const struct cedar_uid *uid,
			 struct cedar_entity_info *ret_info)
{
	const struct vertex *vertex = store_find(entities, uid);
	if (vertex)
		*ret_info = info_of(vertex);
	return vertex != NULL;
}

enum error cedar_entities_add_json(struct cedar_entities_builder *builder, slice name, slice json,
				   struct cedar_problem *problem, struct fault *why)
{
	return entities_add_json(builder, builder->entities, name, json, NULL, problem, why);
}

enum error cedar_entities_add_typed_json(struct cedar_entities_builder *builder, const struct cedar_schema *schema,
					 slice name, slice json, struct cedar_problem *problem, struct fault *why)
{
	return entities_add_json(builder, builder->entities, name, json, schema, problem, why);
}
