#include "analysis/environment.h"

/* Entity types as `struct type`, one for each of the schema. */
static enum error make_types(const struct cedar_schema *schema, struct arena *arena, const struct type **ret_types,
			     struct fault *why)
{
	size_t count = schema_entity_type_count(schema);
	struct type *types = ARENA_ARRAY(arena, count + 1, struct type);
	if (!types)
		return FAIL(why, E_MEMORY, "no memory for the environments");
	for (size_t i = 0; i < count; i++)
		types[i] = (struct type){.kind = TYPE_ENTITY, .count = 1, .names = &schema_entity_type_at(schema, i)->name};
	*ret_types = types;
	return E_OK;
}

static const struct type *find_type(const struct cedar_schema *schema, const struct type *types, slice name)
{
	for (size_t i = 0; i < schema_entity_type_count(schema); i++)
		if (slice_equal(types[i].names[0], name))
			return &types[i];
	return NULL;
}

static void add_action(struct environments *list, struct environment *items, const struct cedar_schema *schema,
		       const struct action_type *action, const struct type *types)
{
	for (uint32_t p = 0; p < action->principal_count; p++)
		for (uint32_t r = 0; r < action->resource_count; r++) {
			struct environment one = {.schema = schema, .action = action,
						  .principal = find_type(schema, types, action->principals[p]),
						  .resource = find_type(schema, types, action->resources[r])};
			if (one.principal && one.resource)
				items[list->count++] = one;
		}
}

enum error environments_make(const struct cedar_schema *schema, struct arena *arena,
			     struct environments *ret_environments, struct fault *why)
{
	static const struct environment anything;
	const struct type *types;
	size_t size = 1;
	*ret_environments = (struct environments){&anything, 1};
	if (!schema)
		return E_OK;
	TRY(make_types(schema, arena, &types, why));
	for (size_t i = 0; i < schema_action_count(schema); i++) {
		const struct action_type *action = schema_action_at(schema, i);
		size += (size_t)action->principal_count * action->resource_count;
	}
	struct environment *items = ARENA_ARRAY(arena, size, struct environment);
	if (!items)
		return FAIL(why, E_MEMORY, "no memory for %zu environments", size);
	*ret_environments = (struct environments){items, 0};
	for (size_t i = 0; i < schema_action_count(schema); i++)
		add_action(ret_environments, items, schema, schema_action_at(schema, i), types);
	return E_OK;
}

bool environment_may_be_in(const struct environment *environment, slice type, slice ancestor)
{
	const struct entity_type *found = schema_entity_type(environment->schema, type);
	for (uint32_t i = 0; found && i < found->ancestor_count; i++)
		if (slice_equal(found->ancestors[i], ancestor))
			return true;
	return false;
}

static bool action_fits(const struct action_type *action, const struct cedar_uid *uid, bool or_below)
{
	if (cedar_uid_equal(action->uid, uid))
		return true;
	for (uint32_t i = 0; or_below && i < action->ancestor_count; i++)
		if (cedar_uid_equal(action->ancestors[i], uid))
			return true;
	return false;
}

static bool action_admits(const struct action_type *action, const struct scope *scope)
{
	switch ((enum scope_kind)scope->kind) {
	case SCOPE_EQUAL:
		return action_fits(action, scope->entity, false);
	case SCOPE_IN:
		if (!scope->is_list)
			return action_fits(action, scope->entity, true);
		for (uint32_t i = 0; i < scope->entity_count; i++)
			if (action_fits(action, scope->entities[i], true))
				return true;
		return false;
	case SCOPE_ALL:
	case SCOPE_IS:
	case SCOPE_IS_IN:
		break;
	}
	return true;
}

static bool type_admits(const struct environment *environment, slice type, const struct scope *scope)
{
	if (scope->type && !slice_equal(scope->type->type, type))
		return false;
	if (!scope->entity || slice_equal(scope->entity->type, type))
		return true;
	return scope->kind != SCOPE_EQUAL && environment_may_be_in(environment, type, scope->entity->type);
}

bool environment_admits(const struct environment *environment, const struct policy *policy)
{
	if (!environment->schema)
		return true;
	return action_admits(environment->action, &policy->scopes[VARIABLE_ACTION]) &&
	       type_admits(environment, environment->principal->names[0], &policy->scopes[VARIABLE_PRINCIPAL]) &&
	       type_admits(environment, environment->resource->names[0], &policy->scopes[VARIABLE_RESOURCE]);
}
