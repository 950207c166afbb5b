/* Actions: what they apply to, and their hierarchy as entities. */
#include "cedar/schema_resolver.h"

#include <string.h>

slice resolver_action_key(struct resolver *resolver, slice type, slice id)
{
	char *bytes = arena_alloc(resolver->arena, type.len + 1 + id.len);
	if (!bytes)
		return (slice){NULL, 0};
	memcpy(bytes, type.ptr, type.len);
	if (id.len)
		memcpy(bytes + type.len + 1, id.ptr, id.len);
	return (slice){bytes, type.len + 1 + id.len};
}

/* The full type of a declared action; ptr NULL where there is none. */
static slice find_action(struct resolver *resolver, slice space, const struct raw_reference *reference)
{
	slice type = reference->type.len ? reference->type : SLICE("Action");
	slice candidates[2] = {resolver_is_qualified(type) ? type : resolver_full_name(resolver, space, type), type};
	for (size_t i = 0; i < 2; i++) {
		slice key = candidates[i].ptr ? resolver_action_key(resolver, candidates[i], reference->id) : (slice){NULL, 0};
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
	struct cedar_entity_input entity = {.type = resolver_full_name(resolver, raw->space, SLICE("Action")),
					    .id = raw->id, .parents = parents, .parent_count = raw->parent_count};
	return cedar_entities_add(builder, &entity, resolver->raw->why);
}

static enum error resolve_action(struct resolver *resolver, const struct raw_action *raw, struct action_type *action)
{
	struct cedar_entity_info info;
	struct cedar_uid uid =
		cedar_uid_make(&resolver->schema->key, resolver_full_name(resolver, raw->space, SLICE("Action")), raw->id);
	if (!cedar_entities_find(resolver->schema->action_entities, &uid, &info))
		return FAIL(resolver->raw->why, E_INTERNAL, "an action is lost");
	*action = (struct action_type){.uid = info.uid, .applies = raw->applies, .ancestors = info.ancestors,
				       .ancestor_count = (uint32_t)info.ancestor_count};
	TRY(resolver_names(resolver, raw->space, raw->principals, raw->principal_count, &action->principals,
			   &action->principal_count));
	TRY(resolver_names(resolver, raw->space, raw->resources, raw->resource_count, &action->resources,
			   &action->resource_count));
	return resolver_record_or_empty(resolver, raw->space, raw->context, "the context of an action", raw->offset,
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

enum error resolver_actions(struct resolver *resolver)
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
