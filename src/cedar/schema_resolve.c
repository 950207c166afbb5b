/* From a schema as it was written to one with all names resolved, hierarchies closed, everything sorted. */
#include "base/nearest.h"
#include "cedar/limits.h"
#include "cedar/schema_resolver.h"

slice resolver_full_name(struct resolver *resolver, slice space, slice name)
{
	if (!space.len)
		return name;
	return arena_print(resolver->arena, "%.*s::%.*s", SLICE_ARG(space), SLICE_ARG(name));
}

bool resolver_is_qualified(slice name)
{
	return slice_find(name, SLICE("::")) != SIZE_MAX;
}

/* As it would be written where `given` is; ptr NULL where there is no memory. */
static slice name_like(struct resolver *resolver, slice given, slice space, slice name)
{
	return resolver_is_qualified(given) ? resolver_full_name(resolver, space, name) : name;
}

enum error resolver_undeclared(struct resolver *resolver, slice name, uint32_t offset, enum declared declared)
{
	static const char *const words[] = {"a type", "an entity type", "a common type", "a common or entity type"};
	const struct raw_schema *raw = resolver->raw;
	struct nearest meant = nearest_of(name);
	char hint[NEAREST_HINT_BYTES];
	for (size_t i = 0; (declared & DECLARED_ENTITY) && i < raw->entities.count; i++) {
		const struct raw_entity *entity = raw->entities.items[i];
		nearest_offer(&meant, name_like(resolver, name, entity->space, entity->name));
	}
	for (size_t i = 0; (declared & DECLARED_COMMON) && i < raw->commons.count; i++) {
		const struct raw_common *common = raw->commons.items[i];
		nearest_offer(&meant, name_like(resolver, name, common->space, common->name));
	}
	for (size_t i = 0; declared != DECLARED_ENTITY && type_primitive_name(i).ptr; i++)
		nearest_offer(&meant, type_primitive_name(i));
	return RAW_FAIL(raw, E_INVALID, offset, "`%.*s` has not been declared as %s%s", SLICE_ARG(name), words[declared],
			nearest_hint(&meant, hint));
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
		TRY(enter(resolver, &resolver->entities, resolver_full_name(resolver, entity->space, entity->name), entity,
			  entity->offset));
	}
	for (size_t i = 0; i < raw->commons.count; i++) {
		struct common *common = ARENA_NEW(resolver->arena, struct common);
		if (!common)
			return FAIL(raw->why, E_MEMORY, "no memory for a schema");
		common->raw = raw->commons.items[i];
		TRY(enter(resolver, &resolver->commons, resolver_full_name(resolver, common->raw->space, common->raw->name),
			  common, common->raw->offset));
	}
	for (size_t i = 0; i < raw->actions.count; i++) {
		struct raw_action *action = ARENA_NEW(resolver->arena, struct raw_action);
		if (!action)
			return FAIL(raw->why, E_MEMORY, "no memory for a schema");
		*action = *(const struct raw_action *)raw->actions.items[i];
		slice type = resolver_full_name(resolver, action->space, SLICE("Action"));
		TRY(enter(resolver, &resolver->actions, resolver_action_key(resolver, type, action->id), action,
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
		slice key = resolver_action_key(resolver, SLICE("Action"), action->id);
		if (action->space.len && key.ptr && map_get(&resolver->actions, key))
			return RAW_FAIL(raw, E_INVALID, action->offset,
					"action `%.*s` illegally shadows the one outside of its namespace",
					SLICE_ARG(action->id));
	}
	return E_OK;
}

static struct common *find_common(struct resolver *resolver, slice space, slice name)
{
	slice full = resolver_is_qualified(name) ? name : resolver_full_name(resolver, space, name);
	struct common *common = full.ptr ? map_get(&resolver->commons, full) : NULL;
	return common || resolver_is_qualified(name) ? common : map_get(&resolver->commons, name);
}

/* Also those that nobody uses must be sound. */
static enum error resolve_commons(struct resolver *resolver)
{
	for (size_t i = 0; i < resolver->raw->commons.count; i++) {
		const struct raw_common *raw = resolver->raw->commons.items[i];
		const struct type *type;
		struct common *common = find_common(resolver, raw->space, raw->name);
		if (common)
			TRY(resolver_unfold(resolver, common, raw->offset, &type));
	}
	return E_OK;
}

static enum error resolve_all(struct resolver *resolver)
{
	TRY(enter_all(resolver));
	TRY(check_shadows(resolver));
	TRY(resolve_commons(resolver));
	TRY(resolver_entities(resolver));
	return resolver_actions(resolver);
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
