#include "decision/layer.h"

#define PARENTS_MAX 8u

/* Parents of one entity; empty ids are left out. */
struct parents {
	struct cedar_uid uids[PARENTS_MAX];
	size_t count;
};

static void add_parent(struct parents *parents, const struct hash_key *key, const char *type, slice id)
{
	if (id.len && parents->count < PARENTS_MAX)
		parents->uids[parents->count++] = cedar_uid_make(key, slice_of(type), id);
}

static void add_text(struct cedar_fields *fields, const char *name, slice text)
{
	if (text.len)
		cedar_fields_add(fields, slice_of(name), cedar_string(text));
}

static enum error add_entity(struct cedar_entities_builder *builder, const struct cedar_uid *uid,
			     const struct cedar_fields *fields, const struct parents *parents, struct fault *why)
{
	struct cedar_entity_input entity = {
		.type = uid->type, .id = uid->id, .parents = parents->uids, .parent_count = parents->count};
	if (fields)
		TRY(cedar_fields_finish(fields, &entity.attributes, why));
	return cedar_entities_add(builder, &entity, why);
}

static enum error build(enum error code, struct cedar_entities_builder *builder, struct cedar_entities **ret_layer,
			struct fault *why)
{
	if (code == E_OK)
		return cedar_entities_build(builder, ret_layer, why);
	cedar_entities_builder_free(builder);
	return code;
}

static enum error no_memory(struct fault *why)
{
	return FAIL(why, E_MEMORY, "no memory for entities");
}

static slice prefixed(struct arena *arena, const char *prefix, slice text)
{
	return arena_print(arena, "%s%.*s", prefix, SLICE_ARG(text));
}

enum error layer_of_agent(const struct hash_key *key, struct agent_row *row, struct fault *why)
{
	struct cedar_entities_builder *builder = cedar_entities_builder_new(key);
	if (!builder)
		return no_memory(why);
	struct parents parents = {.count = 0};
	add_parent(&parents, key, "Tipstaff::Owner", row->owner);
	add_parent(&parents, key, "Tipstaff::Team", row->team);
	add_parent(&parents, key, "Tipstaff::Class", row->class);
	add_parent(&parents, key, "Tipstaff::Environment", row->environment);
	add_parent(&parents, key, "Tipstaff::Lifecycle", row->state);
	add_parent(&parents, key, "Tipstaff::Domain", row->domain);
	struct cedar_fields fields;
	cedar_fields_init(&fields, cedar_entities_arena(builder));
	add_text(&fields, "id", row->row.id);
	add_text(&fields, "owner", row->owner);
	add_text(&fields, "purpose", row->purpose);
	add_text(&fields, "environment", row->environment);
	add_text(&fields, "model", row->model);
	add_text(&fields, "class", row->class);
	add_text(&fields, "state", row->state);
	add_text(&fields, "team", row->team);
	add_text(&fields, "domain", row->domain);
	return build(add_entity(builder, &row->uid, &fields, &parents, why), builder, &row->layer, why);
}

static enum error add_tool(struct cedar_entities_builder *builder, const struct hash_key *key, struct tool_row *row,
			   struct fault *why)
{
	struct arena *arena = cedar_entities_arena(builder);
	slice server = prefixed(arena, "server:", row->server);
	slice effect = prefixed(arena, "effect:", row->effect);
	if (!server.ptr || !effect.ptr)
		return no_memory(why);
	struct parents parents = {.count = 0};
	add_parent(&parents, key, "Tipstaff::Action", server);
	add_parent(&parents, key, "Tipstaff::Action", effect);
	add_parent(&parents, key, "Tipstaff::Action", SLICE("CallTool"));
	TRY(add_entity(builder, &row->action, NULL, &parents, why));
	struct cedar_fields fields;
	cedar_fields_init(&fields, arena);
	add_text(&fields, "name", row->name);
	add_text(&fields, "server", row->server);
	add_text(&fields, "effect", row->effect);
	parents.count = 0;
	add_parent(&parents, key, "Tipstaff::Server", row->server);
	row->target_hash = cedar_uid_make(key, SLICE("Tipstaff::Target"), SLICE("")).type_hash;
	return add_entity(builder, &row->resource, &fields, &parents, why);
}

enum error layer_of_tool(const struct hash_key *key, struct tool_row *row, struct fault *why)
{
	struct cedar_entities_builder *builder = cedar_entities_builder_new(key);
	if (!builder)
		return no_memory(why);
	return build(add_tool(builder, key, row, why), builder, &row->layer, why);
}

/* Attributes of a target, in the order of their names, so that nothing has to be sorted. */
struct target_fields {
	struct cedar_field fields[5];
	size_t count;
};

static void add_field(struct target_fields *target, slice name, slice text)
{
	if (text.len)
		target->fields[target->count++] = (struct cedar_field){name, cedar_string(text)};
}

static void add_target_fields(struct target_fields *fields, enum tool_target type, slice target)
{
	size_t colon = type == TOOL_TARGET_URL ? slice_find(target, SLICE("://")) : SIZE_MAX;
	slice rest = colon == SIZE_MAX ? SLICE("") : slice_from_offset(target, colon + 3);
	size_t slash = slice_find_byte(rest, '/', 0);
	if (colon != SIZE_MAX)
		add_field(fields, SLICE("host"), slice_sub(rest, 0, slash));
	add_field(fields, SLICE("id"), target);
	if (colon != SIZE_MAX) {
		slice path = slash == SIZE_MAX ? SLICE("/") : slice_from_offset(rest, slash);
		add_field(fields, SLICE("path"), slice_sub(path, 0, slice_find_byte(path, '?', 0)));
		add_field(fields, SLICE("scheme"), slice_sub(target, 0, colon));
	}
	add_field(fields, SLICE("type"), type == TOOL_TARGET_PATH  ? SLICE("path")
					 : type == TOOL_TARGET_URL ? SLICE("url")
								   : SLICE("string"));
}

/* In the arena. */
static enum error make_target(const struct hash_key *key, const struct tool_row *tool, slice target, struct arena *arena,
			      struct cedar_uid *ret_uid, struct cedar_value *ret_attributes, struct fault *why)
{
	struct target_fields *fields = ARENA_NEW(arena, struct target_fields);
	if (!fields)
		return no_memory(why);
	add_target_fields(fields, tool->target_type, target);
	*ret_uid = cedar_uid_join(key, SLICE("Tipstaff::Target"), tool->target_hash, target);
	return cedar_record_sorted(fields->fields, fields->count, ret_attributes, why);
}

enum error layer_of_target(const struct hash_key *key, const struct tool_row *tool, slice target, struct arena *arena,
			   struct cedar_uid *ret_uid, struct cedar_entities **ret_layer, struct fault *why)
{
	struct cedar_value attributes;
	TRY(make_target(key, tool, target, arena, ret_uid, &attributes, why));
	return cedar_entities_child(tool->layer, ret_uid, attributes, &tool->resource, arena, ret_layer, why);
}

enum error layer_change_target(const struct hash_key *key, const struct tool_row *tool, slice target, struct arena *arena,
			       struct cedar_uid *ret_uid, struct cedar_entities *layer, struct fault *why)
{
	struct cedar_value attributes;
	TRY(make_target(key, tool, target, arena, ret_uid, &attributes, why));
	return cedar_entities_rename_child(layer, tool->layer, ret_uid, attributes, why);
}

/* One of the entities of a call. `pointers` has room for as many as there are parents. */
static struct cedar_entity_info with_parents(const struct cedar_uid *uid, const struct parents *parents,
					     const struct cedar_uid *pointers[PARENTS_MAX])
{
	for (size_t i = 0; i < parents->count; i++)
		pointers[i] = &parents->uids[i];
	return (struct cedar_entity_info){.uid = uid, .parents = pointers, .parent_count = parents->count};
}

enum error layer_of_method(const struct hash_key *key, slice server, slice method, struct arena *arena,
			   struct cedar_uid *ret_action, struct cedar_uid *ret_resource,
			   struct cedar_entities **ret_layer, struct fault *why)
{
	const struct cedar_uid *pointers[PARENTS_MAX];
	slice action = prefixed(arena, "mcp:", method);
	slice parent = prefixed(arena, "server:", server);
	if (!action.ptr || !parent.ptr)
		return no_memory(why);
	*ret_action = cedar_uid_make(key, SLICE("Tipstaff::Action"), action);
	*ret_resource = cedar_uid_make(key, SLICE("Tipstaff::Server"), server);
	struct parents parents = {.count = 0};
	add_parent(&parents, key, "Tipstaff::Action", parent);
	struct cedar_entity_info entity = with_parents(ret_action, &parents, pointers);
	return cedar_entities_borrow(arena, key, &entity, 1, ret_layer, why);
}

enum error layer_of_name(const struct hash_key *key, slice server, slice tool, struct arena *arena,
			 struct cedar_uid *ret_action, struct cedar_uid *ret_resource,
			 struct cedar_entities **ret_layer, struct fault *why)
{
	const struct cedar_uid *of_action[PARENTS_MAX], *of_resource[PARENTS_MAX];
	struct parents actions = {.count = 0}, servers = {.count = 0};
	slice parent = prefixed(arena, "server:", server);
	if (!parent.ptr)
		return no_memory(why);
	*ret_action = cedar_uid_make(key, SLICE("Tipstaff::Action"), tool);
	*ret_resource = cedar_uid_make(key, SLICE("Tipstaff::Tool"), tool);
	add_parent(&actions, key, "Tipstaff::Action", parent);
	add_parent(&actions, key, "Tipstaff::Action", SLICE("CallTool"));
	add_parent(&servers, key, "Tipstaff::Server", server);
	const struct cedar_entity_info entities[] = {with_parents(ret_action, &actions, of_action),
						     with_parents(ret_resource, &servers, of_resource)};
	return cedar_entities_borrow(arena, key, entities, 2, ret_layer, why);
}
