/* From names to types: common types are unfolded, hierarchies closed, everything sorted. */
#include "cedar/limits.h"
#include "cedar/schema_data.h"
#include "cedar/schema_raw.h"
#include "cedar/sort.h"

#include "base/map.h"

#include <string.h>

/* A common type while it is being unfolded. */
struct common {
	const struct raw_common *raw;
	const struct type *type; /* NULL: not yet */
	bool is_open;            /* its unfolding has begun */
};

struct resolver {
	struct raw_schema *raw;
	struct cedar_schema *schema;
	struct arena *arena;
	struct map entities; /* full name -> struct raw_entity */
	struct map commons;  /* full name -> struct common */
	struct map actions;  /* type, NUL, id -> struct raw_action */
	unsigned depth;
};

static slice full_name(struct resolver *resolver, slice space, slice name)
{
	if (!space.len)
		return name;
	return arena_print(resolver->arena, "%.*s::%.*s", SLICE_ARG(space), SLICE_ARG(name));
}

static slice action_key(struct resolver *resolver, slice type, slice id)
{
	char *bytes = arena_alloc(resolver->arena, type.len + 1 + id.len);
	if (!bytes)
		return (slice){NULL, 0};
	memcpy(bytes, type.ptr, type.len);
	if (id.len)
		memcpy(bytes + type.len + 1, id.ptr, id.len);
	return (slice){bytes, type.len + 1 + id.len};
}

static enum error enter(struct resolver *resolver, struct map *map, slice key, void *value, uint32_t offset)
{
	if (!key.ptr)
		return FAIL(resolver->raw->why, E_MEMORY, "no memory for a name");
	if (map_get(map, key))
		return RAW_FAIL(resolver->raw, E_INVALID, offset, "`%.*s` is declared twice", SLICE_ARG(key));
	return map_put(map, key, value, NULL, resolver->raw->why);
}

static enum error enter_all(struct resolver *resolver)
{
	struct raw_schema *raw = resolver->raw;
	for (size_t i = 0; i < raw->entities.count; i++) {
		struct raw_entity *entity = ARENA_NEW(resolver->arena, struct raw_entity);
		if (!entity)
			return FAIL(raw->why, E_MEMORY, "no memory for a schema");
		*entity = *(const struct raw_entity *)raw->entities.items[i];
		TRY(enter(resolver, &resolver->entities, full_name(resolver, entity->space, entity->name), entity,
			  entity->offset));
	}
	for (size_t i = 0; i < raw->commons.count; i++) {
		struct common *common = ARENA_NEW(resolver->arena, struct common);
		if (!common)
			return FAIL(raw->why, E_MEMORY, "no memory for a schema");
		common->raw = raw->commons.items[i];
		TRY(enter(resolver, &resolver->commons, full_name(resolver, common->raw->space, common->raw->name),
			  common, common->raw->offset));
	}
	for (size_t i = 0; i < raw->actions.count; i++) {
		struct raw_action *action = ARENA_NEW(resolver->arena, struct raw_action);
		if (!action)
			return FAIL(raw->why, E_MEMORY, "no memory for a schema");
		*action = *(const struct raw_action *)raw->actions.items[i];
		slice type = full_name(resolver, action->space, SLICE("Action"));
		TRY(enter(resolver, &resolver->actions, action_key(resolver, type, action->id), action,
			  action->offset));
	}
	return E_OK;
}

/* What a namespace declares must not hide what stands outside of all namespaces. */
static enum error check_shadow(struct resolver *resolver, slice space, slice name, uint32_t offset)
{
	if (space.len && (map_get(&resolver->entities, name) || map_get(&resolver->commons, name)))
		return RAW_FAIL(resolver->raw, E_INVALID, offset,
				"definition of `%.*s::%.*s` illegally shadows the existing definition of `%.*s`",
				SLICE_ARG(space), SLICE_ARG(name), SLICE_ARG(name));
	return E_OK;
}

static enum error check_shadows(struct resolver *resolver)
{
	struct raw_schema *raw = resolver->raw;
	for (size_t i = 0; i < raw->entities.count; i++) {
		const struct raw_entity *entity = raw->entities.items[i];
		TRY(check_shadow(resolver, entity->space, entity->name, entity->offset));
	}
	for (size_t i = 0; i < raw->commons.count; i++) {
		const struct raw_common *common = raw->commons.items[i];
		TRY(check_shadow(resolver, common->space, common->name, common->offset));
	}
	for (size_t i = 0; i < raw->actions.count; i++) {
		const struct raw_action *action = raw->actions.items[i];
		slice key = action_key(resolver, SLICE("Action"), action->id);
		if (action->space.len && key.ptr && map_get(&resolver->actions, key))
			return RAW_FAIL(raw, E_INVALID, action->offset,
					"action `%.*s` illegally shadows the one outside of its namespace",
					SLICE_ARG(action->id));
	}
	return E_OK;
}

static bool is_qualified(slice name)
{
	return slice_find(name, SLICE("::")) != SIZE_MAX;
}

static enum error undeclared(struct resolver *resolver, slice name, uint32_t offset, const char *what)
{
	return RAW_FAIL(resolver->raw, E_INVALID, offset, "`%.*s` has not been declared as %s", SLICE_ARG(name), what);
}

/* The full name of an entity type; ptr NULL where there is none. */
static slice find_entity(struct resolver *resolver, slice space, slice name)
{
	slice full = is_qualified(name) ? name : full_name(resolver, space, name);
	if (full.ptr && map_get(&resolver->entities, full))
		return full;
	return !is_qualified(name) && map_get(&resolver->entities, name) ? name : (slice){NULL, 0};
}

static struct common *find_common(struct resolver *resolver, slice space, slice name)
{
	slice full = is_qualified(name) ? name : full_name(resolver, space, name);
	struct common *common = full.ptr ? map_get(&resolver->commons, full) : NULL;
	return common || is_qualified(name) ? common : map_get(&resolver->commons, name);
}

static struct type *new_type(struct resolver *resolver, enum type_kind kind)
{
	struct type *type = ARENA_NEW(resolver->arena, struct type);
	if (type)
		type->kind = (unsigned char)kind;
	return type;
}

/* Long, String, Bool and the extension types. NULL: no such type. */
static const struct type *find_primitive(slice name)
{
	static const struct {
		slice name;
		struct type type;
	} primitives[] = {
		{SLICE_INIT("Long"), {.kind = TYPE_LONG}},
		{SLICE_INIT("String"), {.kind = TYPE_STRING}},
		{SLICE_INIT("Bool"), {.kind = TYPE_BOOL}},
		{SLICE_INIT("ipaddr"), {.kind = TYPE_EXTENSION, .extension = CEDAR_IP}},
		{SLICE_INIT("decimal"), {.kind = TYPE_EXTENSION, .extension = CEDAR_DECIMAL}},
		{SLICE_INIT("datetime"), {.kind = TYPE_EXTENSION, .extension = CEDAR_DATETIME}},
		{SLICE_INIT("duration"), {.kind = TYPE_EXTENSION, .extension = CEDAR_DURATION}},
	};
	for (size_t i = 0; i < sizeof(primitives) / sizeof(primitives[0]); i++)
		if (slice_equal(primitives[i].name, name))
			return &primitives[i].type;
	return NULL;
}

static enum error resolve_type(struct resolver *resolver, slice space, const struct raw_type *raw,
			       const struct type **ret_type);

static enum error entity_type_of(struct resolver *resolver, slice full, const struct type **ret_type)
{
	struct type *type = new_type(resolver, TYPE_ENTITY);
	slice *names = ARENA_NEW(resolver->arena, slice);
	if (!type || !names)
		return FAIL(resolver->raw->why, E_MEMORY, "no memory for a type");
	*names = full;
	type->names = names;
	type->count = 1;
	*ret_type = type;
	return E_OK;
}

static enum error unfold(struct resolver *resolver, struct common *common, uint32_t offset,
			 const struct type **ret_type)
{
	if (!common->type) {
		if (common->is_open)
			return RAW_FAIL(resolver->raw, E_INVALID, offset,
					"cycle in common type references containing `%.*s`",
					SLICE_ARG(common->raw->name));
		common->is_open = true;
		TRY(resolve_type(resolver, common->raw->space, common->raw->type, &common->type));
	}
	*ret_type = common->type;
	return E_OK;
}

/* In a namespace first, then outside of all, then the primitives; common types before entity types. */
static enum error resolve_name(struct resolver *resolver, slice space, const struct raw_type *raw,
			       const struct type **ret_type)
{
	slice spaces[2] = {space, SLICE("")};
	bool may_common = raw->kind != RAW_ENTITY, may_entity = raw->kind == RAW_NAME || raw->kind == RAW_ENTITY;
	for (size_t i = is_qualified(raw->name) ? 1 : 0; i < 2; i++) {
		slice full = full_name(resolver, spaces[i], raw->name);
		struct common *common = may_common && full.ptr ? map_get(&resolver->commons, full) : NULL;
		if (common)
			return unfold(resolver, common, raw->offset, ret_type);
		if (may_entity && full.ptr && map_get(&resolver->entities, full))
			return entity_type_of(resolver, full, ret_type);
	}
	slice name = raw->name;
	if (slice_starts_with(name, SLICE("__cedar::")))
		name = slice_from_offset(name, 9);
	*ret_type = may_common ? find_primitive(name) : NULL;
	return *ret_type ? E_OK
			 : undeclared(resolver, raw->name, raw->offset,
				      may_common && may_entity ? "a common or entity type"
				      : may_common	     ? "a common type"
							     : "an entity type");
}

static int compare_attributes(const void *a, const void *b)
{
	return slice_compare(((const struct attribute *)a)->name, ((const struct attribute *)b)->name);
}

static enum error resolve_record(struct resolver *resolver, slice space, const struct raw_type *raw,
				 const struct type **ret_type)
{
	struct type *type = new_type(resolver, TYPE_RECORD);
	struct attribute *attributes = ARENA_ARRAY(resolver->arena, raw->count, struct attribute);
	uint32_t count = 0;
	if (!type || !attributes)
		return FAIL(resolver->raw->why, E_MEMORY, "no memory for a record type");
	for (uint32_t i = 0; i < raw->count; i++) {
		const struct type *inner;
		TRY(resolve_type(resolver, space, raw->attributes[i].type, &inner));
		/* A name that stands twice means what it meant last. */
		uint32_t at = 0;
		while (at < count && !slice_equal(attributes[at].name, raw->attributes[i].name))
			at++;
		attributes[at] = (struct attribute){raw->attributes[i].name, inner, raw->attributes[i].is_required};
		count += at == count;
	}
	sort_items(attributes, count, sizeof(*attributes), compare_attributes);
	type->attributes = attributes;
	type->count = count;
	type->is_open = raw->is_open;
	*ret_type = type;
	return E_OK;
}

static enum error resolve_type(struct resolver *resolver, slice space, const struct raw_type *raw,
			       const struct type **ret_type)
{
	if (++resolver->depth > CEDAR_VALUE_DEPTH_MAX)
		return RAW_FAIL(resolver->raw, E_LIMIT, raw->offset, "the type is nested deeper than %u",
				CEDAR_VALUE_DEPTH_MAX);
	if (raw->kind == RAW_SET) {
		struct type *type = new_type(resolver, TYPE_SET);
		if (!type)
			return FAIL(resolver->raw->why, E_MEMORY, "no memory for a type");
		TRY(resolve_type(resolver, space, raw->element, &type->element));
		*ret_type = type;
	} else if (raw->kind == RAW_RECORD) {
		TRY(resolve_record(resolver, space, raw, ret_type));
	} else if (raw->kind == RAW_PRIMITIVE) {
		*ret_type = find_primitive(raw->name);
		if (!*ret_type)
			return undeclared(resolver, raw->name, raw->offset, "a type");
	} else {
		TRY(resolve_name(resolver, space, raw, ret_type));
	}
	resolver->depth--;
	return E_OK;
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

static enum error resolve_names(struct resolver *resolver, slice space, const struct raw_reference *references,
				uint32_t count, const slice **ret_names, uint32_t *ret_count)
{
	slice *names = ARENA_ARRAY(resolver->arena, count, slice);
	if (!names)
		return FAIL(resolver->raw->why, E_MEMORY, "no memory for names");
	for (uint32_t i = 0; i < count; i++) {
		names[i] = find_entity(resolver, space, references[i].type);
		if (!names[i].ptr)
			return undeclared(resolver, references[i].type, references[i].offset, "an entity type");
	}
	*ret_names = names;
	*ret_count = sort_names(names, count);
	return E_OK;
}

static enum error resolve_record_or_empty(struct resolver *resolver, slice space, const struct raw_type *raw,
					  const char *what, uint32_t offset, const struct type **ret_type)
{
	static const struct type empty = {.kind = TYPE_RECORD};
	*ret_type = &empty;
	if (!raw)
		return E_OK;
	TRY(resolve_type(resolver, space, raw, ret_type));
	if ((*ret_type)->kind != TYPE_RECORD)
		return RAW_FAIL(resolver->raw, E_INVALID, offset, "%s must have a record type", what);
	return E_OK;
}

static enum error resolve_entity(struct resolver *resolver, const struct raw_entity *raw, struct entity_type *type)
{
	type->name = full_name(resolver, raw->space, raw->name);
	type->is_enum = raw->is_enum;
	type->choices = raw->choices;
	type->choice_count = raw->choice_count;
	TRY(resolve_record_or_empty(resolver, raw->space, raw->shape, "the shape of an entity type", raw->offset,
				    &type->shape));
	if (raw->tags)
		TRY(resolve_type(resolver, raw->space, raw->tags, &type->tags));
	return resolve_names(resolver, raw->space, raw->parents, raw->parent_count, &type->ancestors,
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

/* Direct parents become all ancestors. A type may be an ancestor of itself. */
static enum error close_types(struct resolver *resolver)
{
	struct cedar_schema *schema = resolver->schema;
	const slice **closed = ARENA_ARRAY(resolver->arena, schema->type_count, const slice *);
	uint32_t *counts = ARENA_ARRAY(resolver->arena, schema->type_count, uint32_t);
	if (!closed || !counts)
		return FAIL(resolver->raw->why, E_MEMORY, "no memory for a hierarchy of types");
	for (size_t i = 0; i < schema->type_count; i++) {
		slice *list = ARENA_ARRAY(resolver->arena, schema->type_count, slice);
		bool *seen = ARENA_ARRAY(resolver->arena, schema->type_count, bool);
		uint32_t count = 0;
		if (!list || !seen)
			return FAIL(resolver->raw->why, E_MEMORY, "no memory for a hierarchy of types");
		const struct entity_type *from = &schema->types[i];
		for (uint32_t next = 0;; next++) {
			for (uint32_t j = 0; j < from->ancestor_count; j++) {
				const struct entity_type *parent = schema_entity_type(schema, from->ancestors[j]);
				if (parent && !seen[parent - schema->types]) {
					seen[parent - schema->types] = true;
					list[count++] = parent->name;
				}
			}
			if (next == count)
				break;
			from = schema_entity_type(schema, list[next]);
		}
		counts[i] = sort_names(list, count);
		closed[i] = list;
	}
	for (size_t i = 0; i < schema->type_count; i++) {
		schema->types[i].ancestors = closed[i];
		schema->types[i].ancestor_count = counts[i];
	}
	return E_OK;
}

static enum error resolve_entities(struct resolver *resolver)
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

/* The full type of a declared action; ptr NULL where there is none. */
static slice find_action(struct resolver *resolver, slice space, const struct raw_reference *reference)
{
	slice type = reference->type.len ? reference->type : SLICE("Action");
	slice candidates[2] = {is_qualified(type) ? type : full_name(resolver, space, type), type};
	for (size_t i = 0; i < 2; i++) {
		slice key = candidates[i].ptr ? action_key(resolver, candidates[i], reference->id) : (slice){NULL, 0};
		if (key.ptr && map_get(&resolver->actions, key))
			return candidates[i];
	}
	return (slice){NULL, 0};
}

static enum error add_action(struct resolver *resolver, const struct raw_action *raw,
			     struct cedar_entities_builder *builder)
{
	struct cedar_uid *parents = ARENA_ARRAY(resolver->arena, raw->parent_count, struct cedar_uid);
	if (!parents)
		return FAIL(resolver->raw->why, E_MEMORY, "no memory for actions");
	for (uint32_t i = 0; i < raw->parent_count; i++) {
		slice type = find_action(resolver, raw->space, &raw->parents[i]);
		if (!type.ptr)
			return RAW_FAIL(resolver->raw, E_INVALID, raw->parents[i].offset, "undeclared action: `%.*s`",
					SLICE_ARG(raw->parents[i].id));
		parents[i] = cedar_uid_make(&resolver->schema->key, type, raw->parents[i].id);
	}
	struct cedar_entity_input entity = {.type = full_name(resolver, raw->space, SLICE("Action")), .id = raw->id,
					    .parents = parents, .parent_count = raw->parent_count};
	return cedar_entities_add(builder, &entity, resolver->raw->why);
}

static enum error resolve_action(struct resolver *resolver, const struct raw_action *raw, struct action_type *action)
{
	struct cedar_entity_info info;
	struct cedar_uid uid =
		cedar_uid_make(&resolver->schema->key, full_name(resolver, raw->space, SLICE("Action")), raw->id);
	if (!cedar_entities_find(resolver->schema->action_entities, &uid, &info))
		return FAIL(resolver->raw->why, E_INTERNAL, "an action is lost");
	*action = (struct action_type){.uid = info.uid, .applies = raw->applies, .ancestors = info.ancestors,
				       .ancestor_count = (uint32_t)info.ancestor_count};
	TRY(resolve_names(resolver, raw->space, raw->principals, raw->principal_count, &action->principals,
			  &action->principal_count));
	TRY(resolve_names(resolver, raw->space, raw->resources, raw->resource_count, &action->resources,
			  &action->resource_count));
	return resolve_record_or_empty(resolver, raw->space, raw->context, "the context of an action", raw->offset,
				       &action->context);
}

static void sort_actions(struct action_type *actions, size_t count)
{
	for (size_t gap = count / 2; gap > 0; gap /= 2)
		for (size_t i = gap; i < count; i++)
			for (size_t j = i; j >= gap && actions[j - gap].uid->hash > actions[j].uid->hash; j -= gap) {
				struct action_type held = actions[j];
				actions[j] = actions[j - gap];
				actions[j - gap] = held;
			}
}

static enum error resolve_actions(struct resolver *resolver)
{
	struct cedar_schema *schema = resolver->schema;
	struct raw_schema *raw = resolver->raw;
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&schema->key);
	enum error error = builder ? E_OK : FAIL(raw->why, E_MEMORY, "no memory for actions");
	for (size_t i = 0; i < raw->actions.count && error == E_OK; i++)
		error = add_action(resolver, raw->actions.items[i], builder);
	if (error != E_OK) {
		cedar_entities_builder_free(builder);
		return error;
	}
	struct fault inner = {0};
	error = cedar_entities_build(builder, &schema->action_entities, &inner);
	if (error != E_OK)
		return RAW_FAIL(raw, E_INVALID, 0, "%s", fault_sentence(&inner));
	schema->action_count = raw->actions.count;
	schema->actions = ARENA_ARRAY(resolver->arena, schema->action_count, struct action_type);
	if (!schema->actions)
		return FAIL(raw->why, E_MEMORY, "no memory for actions");
	for (size_t i = 0; i < schema->action_count; i++)
		TRY(resolve_action(resolver, raw->actions.items[i], &schema->actions[i]));
	sort_actions(schema->actions, schema->action_count);
	return E_OK;
}

/* Also those that nobody uses must be sound. */
static enum error resolve_commons(struct resolver *resolver)
{
	for (size_t i = 0; i < resolver->raw->commons.count; i++) {
		const struct raw_common *raw = resolver->raw->commons.items[i];
		const struct type *type;
		struct common *common = find_common(resolver, raw->space, raw->name);
		if (common)
			TRY(unfold(resolver, common, raw->offset, &type));
	}
	return E_OK;
}

static enum error resolve_all(struct resolver *resolver)
{
	TRY(enter_all(resolver));
	TRY(check_shadows(resolver));
	TRY(resolve_commons(resolver));
	TRY(resolve_entities(resolver));
	return resolve_actions(resolver);
}

enum error raw_schema_resolve(struct raw_schema *raw, struct cedar_schema *schema)
{
	struct resolver resolver = {.raw = raw, .schema = schema, .arena = &schema->arena};
	map_init(&resolver.entities, raw->key, CEDAR_ENTITIES_MAX);
	map_init(&resolver.commons, raw->key, CEDAR_ENTITIES_MAX);
	map_init(&resolver.actions, raw->key, CEDAR_ENTITIES_MAX);
	enum error error = resolve_all(&resolver);
	map_free(&resolver.entities);
	map_free(&resolver.commons);
	map_free(&resolver.actions);
	return error;
}
