/* Entity types: their shapes, and their hierarchy closed. */
#include "cedar/schema_resolver.h"
#include "cedar/sort.h"

#include <string.h>

/* The full name of an entity type; ptr NULL where there is none. */
static slice find_entity(struct resolver *resolver, slice space, slice name)
{
	slice full = resolver_is_qualified(name) ? name : resolver_full_name(resolver, space, name);
	if (full.ptr && map_get(&resolver->entities, full))
		return full;
	return !resolver_is_qualified(name) && map_get(&resolver->entities, name) ? name : (slice){NULL, 0};
}

static int compare_names(const void *a, const void *b)
{
	return slice_compare(*(const slice *)a, *(const slice *)b);
}

static uint32_t sort_names(slice *names, uint32_t count)
{
	uint32_t kept = 0;
	sort_items(names, count, sizeof(*names), compare_names);
	for (uint32_t i = 0; i < count; i++)
		if (kept == 0 || !slice_equal(names[kept - 1], names[i]))
			names[kept++] = names[i];
	return kept;
}

enum error resolver_names(struct resolver *resolver, slice space, const struct raw_reference *references,
			  uint32_t count, const slice **ret_names, uint32_t *ret_count)
{
	slice *names = ARENA_ARRAY(resolver->arena, count, slice);
	if (!names)
		return FAIL(resolver->raw->why, E_MEMORY, "no memory for names");
	for (uint32_t i = 0; i < count; i++) {
		names[i] = find_entity(resolver, space, references[i].type);
		if (!names[i].ptr)
			return resolver_undeclared(resolver, references[i].type, references[i].offset, DECLARED_ENTITY);
	}
	*ret_names = names;
	*ret_count = sort_names(names, count);
	return E_OK;
}

static enum error resolve_entity(struct resolver *resolver, const struct raw_entity *raw, struct entity_type *type)
{
	type->name = resolver_full_name(resolver, raw->space, raw->name);
	type->is_enum = raw->is_enum;
	type->choices = raw->choices;
	type->choice_count = raw->choice_count;
	TRY(resolver_record_or_empty(resolver, raw->space, raw->shape, "the shape of an entity type", raw->offset,
				     &type->shape));
	if (raw->tags)
		TRY(resolver_type(resolver, raw->space, raw->tags, &type->tags));
	return resolver_names(resolver, raw->space, raw->parents, raw->parent_count, &type->ancestors,
			      &type->ancestor_count);
}

static int compare_types(const struct entity_type *a, const struct entity_type *b)
{
	return slice_compare(a->name, b->name);
}

/* Types are larger than what sort_items moves, so their order is found first. */
static void sort_types(struct entity_type *types, size_t count)
{
	for (size_t gap = count / 2; gap > 0; gap /= 2)
		for (size_t i = gap; i < count; i++)
			for (size_t j = i; j >= gap && compare_types(&types[j - gap], &types[j]) > 0; j -= gap) {
				struct entity_type held = types[j];
				types[j] = types[j - gap];
				types[j - gap] = held;
			}
}

/* While the hierarchy of types is being closed. */
struct closing_types {
	const struct cedar_schema *schema;
	slice *list;    /* room for all types */
	uint32_t *seen; /* by type: the last one that had it as an ancestor, and one more */
};

/* Names of all ancestors of the type at `index`, into the list; how many. A type may be an ancestor of itself. */
static uint32_t list_ancestors(const struct closing_types *closing, size_t index)
{
	const struct cedar_schema *schema = closing->schema;
	const struct entity_type *from = &schema->types[index];
	uint32_t count = 0;
	for (uint32_t next = 0;; next++) {
		for (uint32_t i = 0; i < from->ancestor_count; i++) {
			const struct entity_type *parent = schema_entity_type(schema, from->ancestors[i]);
			if (parent && closing->seen[parent - schema->types] != index + 1) {
				closing->seen[parent - schema->types] = (uint32_t)index + 1;
				closing->list[count++] = parent->name;
			}
		}
		if (next == count)
			return sort_names(closing->list, count);
		from = schema_entity_type(schema, closing->list[next]);
	}
}

/* Direct parents become all ancestors; of all types at once, for each is found by the parents of the others. */
static enum error close_types(struct resolver *resolver)
{
	struct cedar_schema *schema = resolver->schema;
	struct closing_types closing = {.schema = schema,
					.list = ARENA_ARRAY(resolver->arena, schema->type_count, slice),
					.seen = ARENA_ARRAY(resolver->arena, schema->type_count, uint32_t)};
	slice **closed = ARENA_ARRAY(resolver->arena, schema->type_count, slice *);
	uint32_t *counts = ARENA_ARRAY(resolver->arena, schema->type_count, uint32_t);
	if (!closing.list || !closing.seen || !closed || !counts)
		return FAIL(resolver->raw->why, E_MEMORY, "no memory for a hierarchy of types");
	for (size_t i = 0; i < schema->type_count; i++) {
		counts[i] = list_ancestors(&closing, i);
		closed[i] = ARENA_ARRAY(resolver->arena, counts[i], slice);
		if (!closed[i])
			return FAIL(resolver->raw->why, E_MEMORY, "no memory for a hierarchy of types");
		memcpy(closed[i], closing.list, counts[i] * sizeof(slice));
	}
	for (size_t i = 0; i < schema->type_count; i++) {
		schema->types[i].ancestors = closed[i];
		schema->types[i].ancestor_count = counts[i];
	}
	return E_OK;
}

enum error resolver_entities(struct resolver *resolver)
{
	struct cedar_schema *schema = resolver->schema;
	schema->type_count = resolver->raw->entities.count;
	schema->types = ARENA_ARRAY(resolver->arena, schema->type_count, struct entity_type);
	if (!schema->types)
		return FAIL(resolver->raw->why, E_MEMORY, "no memory for entity types");
	for (size_t i = 0; i < schema->type_count; i++)
		TRY(resolve_entity(resolver, resolver->raw->entities.items[i], &schema->types[i]));
	sort_types(schema->types, schema->type_count);
	return close_types(resolver);
}
