#include "cedar/entities.h"

#include "base/memory.h"
#include "cedar/entities_json.h"
#include "cedar/limits.h"
#include "cedar/schema.h"
#include "cedar/store.h"

#include <string.h>

struct cedar_entities_builder {
	struct cedar_entities *entities;
};

static struct vertex **slot_of(const struct cedar_entities *entities, const struct cedar_uid *uid)
{
	size_t mask = entities->slots - 1;
	for (size_t i = uid->hash & mask;; i = (i + 1) & mask)
		if (!entities->table[i] || cedar_uid_equal(&entities->table[i]->uid, uid))
			return &entities->table[i];
}

const struct vertex *store_find(const struct cedar_entities *entities, const struct cedar_uid *uid)
{
	if (!entities->slots)
		return NULL;
	const struct vertex *vertex = *slot_of(entities, uid);
	return vertex && vertex->is_present ? vertex : NULL;
}

static enum error grow_table(struct cedar_entities *entities, struct fault *why)
{
	size_t slots = entities->slots ? entities->slots * 2 : 16;
	struct vertex **old = entities->table;
	size_t old_slots = entities->slots;
	struct vertex **table = ARENA_ARRAY(entities->arena, slots, struct vertex *);
	if (!table)
		return FAIL(why, E_MEMORY, "no memory for a table of %zu entities", slots);
	entities->table = table;
	entities->slots = slots;
	for (size_t i = 0; i < old_slots; i++)
		if (old[i])
			*slot_of(entities, &old[i]->uid) = old[i];
	return E_OK;
}

/* The vertex with this name, made where there is none. */
static enum error intern(struct cedar_entities *entities, const struct cedar_uid *uid, struct vertex **ret_vertex,
			 struct fault *why)
{
	if ((entities->vertex_count + 1) * 2 > entities->slots)
		TRY(grow_table(entities, why));
	struct vertex **slot = slot_of(entities, uid);
	if (!*slot) {
		if (entities->vertex_count >= CEDAR_ENTITIES_MAX)
			return FAIL(why, E_LIMIT, "more than %u entities", CEDAR_ENTITIES_MAX);
		struct vertex *vertex = ARENA_NEW(entities->arena, struct vertex);
		if (!vertex)
			return FAIL(why, E_MEMORY, "no memory for an entity");
		vertex->uid = *uid;
		vertex->uid.type = arena_copy(entities->arena, uid->type);
		vertex->uid.id = arena_copy(entities->arena, uid->id);
		if (!vertex->uid.type.ptr || !vertex->uid.id.ptr)
			return FAIL(why, E_MEMORY, "no memory for an entity");
		*slot = vertex;
		entities->vertex_count++;
	}
	*ret_vertex = *slot;
	return E_OK;
}

static bool is_action(slice type)
{
	return slice_equal(type, SLICE("Action")) || slice_ends_with(type, SLICE("::Action"));
}

static enum error check_input(const struct cedar_entity_input *entity, struct fault *why)
{
	if (!cedar_name_check(entity->type))
		return FAIL(why, E_INVALID, "`%.*s` is not the name of a type", SLICE_ARG(entity->type));
	if (entity->attributes.kind != CEDAR_NONE && entity->attributes.kind != CEDAR_RECORD)
		return FAIL(why, E_INVALID, "the attributes of `%.*s::\"%.*s\"` are not a record",
			    SLICE_ARG(entity->type), SLICE_ARG(entity->id));
	if (entity->tags.kind != CEDAR_NONE && entity->tags.kind != CEDAR_RECORD)
		return FAIL(why, E_INVALID, "the tags of `%.*s::\"%.*s\"` are not a record", SLICE_ARG(entity->type),
			    SLICE_ARG(entity->id));
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

static struct cedar_value record_of(struct cedar_value value)
{
	return value.kind == CEDAR_RECORD ? value : (struct cedar_value){.kind = CEDAR_RECORD, .mask = 1};
}

static bool has_parent(const struct vertex *vertex, const struct cedar_uid *uid)
{
	for (uint32_t i = 0; i < vertex->parent_count; i++)
		if (cedar_uid_equal(&vertex->parents[i]->uid, uid))
			return true;
	return false;
}

/* The same entity again? Parents count as a set. */
static bool is_same(const struct vertex *vertex, const struct cedar_entity_input *entity)
{
	if (!cedar_value_equal(vertex->attributes, record_of(entity->attributes)) ||
	    !cedar_value_equal(vertex->tags, record_of(entity->tags)))
		return false;
	for (size_t i = 0; i < entity->parent_count; i++)
		if (!has_parent(vertex, &entity->parents[i]))
			return false;
	for (uint32_t i = 0; i < vertex->parent_count; i++) {
		bool found = false;
		for (size_t j = 0; j < entity->parent_count && !found; j++)
			found = cedar_uid_equal(&vertex->parents[i]->uid, &entity->parents[j]);
		if (!found)
			return false;
	}
	return true;
}

static enum error list_entity(struct cedar_entities *entities, struct vertex *vertex, struct fault *why)
{
	if (entities->count == entities->size) {
		size_t size = entities->size ? entities->size * 2 : 4;
		struct vertex **bigger = ARENA_ARRAY(entities->arena, size, struct vertex *);
		if (!bigger)
			return FAIL(why, E_MEMORY, "no memory for a list of entities");
		if (entities->count)
			memcpy(bigger, entities->entities, entities->count * sizeof(struct vertex *));
		entities->entities = bigger;
		entities->size = size;
	}
	entities->entities[entities->count++] = vertex;
	return E_OK;
}

static enum error add_parents(struct cedar_entities *entities, struct vertex *vertex,
			      const struct cedar_entity_input *entity, struct fault *why)
{
	vertex->parents = ARENA_ARRAY(entities->arena, entity->parent_count, const struct vertex *);
	if (!vertex->parents)
		return FAIL(why, E_MEMORY, "no memory for parents");
	for (size_t i = 0; i < entity->parent_count; i++) {
		struct vertex *parent;
		if (has_parent(vertex, &entity->parents[i]))
			continue;
		TRY(intern(entities, &entity->parents[i], &parent, why));
		vertex->parents[vertex->parent_count++] = parent;
	}
	return E_OK;
}

enum error cedar_entities_add(struct cedar_entities_builder *builder, const struct cedar_entity_input *entity,
			      struct fault *why)
{
	struct cedar_entities *entities = builder->entities;
	struct cedar_uid uid = cedar_uid_make(&entities->key, entity->type, entity->id);
	struct vertex *vertex;
	TRY(check_input(entity, why));
	TRY(intern(entities, &uid, &vertex, why));
	if (vertex->is_present) {
		if (is_same(vertex, entity))
			return E_OK;
		return FAIL(why, E_CONFLICT, "duplicate entity entry `%.*s::\"%.*s\"`", SLICE_ARG(entity->type),
			    SLICE_ARG(entity->id));
	}
	TRY(cedar_value_copy(entities->arena, record_of(entity->attributes), &vertex->attributes, why));
	TRY(cedar_value_copy(entities->arena, record_of(entity->tags), &vertex->tags, why));
	TRY(add_parents(entities, vertex, entity, why));
	TRY(list_entity(entities, vertex, why));
	vertex->is_present = true;
	return E_OK;
}

struct cedar_entities_builder *cedar_entities_builder_new(const struct hash_key *key)
{
	struct cedar_entities *entities = memory_alloc(sizeof(*entities));
	if (!entities)
		return NULL;
	arena_init(&entities->own, CEDAR_STORE_BYTES_MAX);
	entities->arena = &entities->own;
	entities->key = *key;
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
	arena_free(&entities->own);
	memory_free(entities);
}

size_t cedar_entities_count(const struct cedar_entities *entities)
{
	return entities->count;
}

static struct cedar_entity_info info_of(const struct vertex *vertex)
{
	return (struct cedar_entity_info){
		.uid = &vertex->uid,
		.attributes = vertex->attributes,
		.tags = vertex->tags,
		.parents = (const struct cedar_uid *const *)vertex->parents,
		.parent_count = vertex->parent_count,
		.ancestors = (const struct cedar_uid *const *)vertex->ancestors,
		.ancestor_count = vertex->ancestor_count,
	};
}

struct cedar_entity_info cedar_entities_at(const struct cedar_entities *entities, size_t index)
{
	return info_of(entities->entities[index]);
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
	return entities_add_json(builder, &builder->entities->key, name, json, NULL, problem, why);
}

enum error cedar_entities_add_typed_json(struct cedar_entities_builder *builder, const struct cedar_schema *schema,
					 slice name, slice json, struct cedar_problem *problem, struct fault *why)
{
	return entities_add_json(builder, &builder->entities->key, name, json, schema, problem, why);
}
