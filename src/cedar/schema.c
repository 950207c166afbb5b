#include "cedar/schema.h"

#include "base/memory.h"
#include "cedar/json.h"
#include "cedar/json_value.h"
#include "cedar/limits.h"
#include "cedar/schema_data.h"
#include "cedar/schema_raw.h"

void cedar_schema_free(struct cedar_schema *schema)
{
	if (!schema)
		return;
	cedar_entities_free(schema->action_entities);
	arena_free(&schema->arena);
	memory_free(schema);
}

const struct cedar_entities *cedar_schema_actions(const struct cedar_schema *schema)
{
	return schema->action_entities;
}

size_t schema_entity_type_count(const struct cedar_schema *schema)
{
	return schema->type_count;
}

const struct entity_type *schema_entity_type_at(const struct cedar_schema *schema, size_t index)
{
	return &schema->types[index];
}

const struct entity_type *schema_entity_type(const struct cedar_schema *schema, slice name)
{
	size_t low = 0, high = schema->type_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = slice_compare(schema->types[middle].name, name);
		if (order == 0)
			return &schema->types[middle];
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

size_t schema_action_count(const struct cedar_schema *schema)
{
	return schema->action_count;
}

const struct action_type *schema_action_at(const struct cedar_schema *schema, size_t index)
{
	return &schema->actions[index];
}

const struct action_type *schema_action(const struct cedar_schema *schema, const struct cedar_uid *uid)
{
	size_t low = 0, high = schema->action_count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (schema->actions[middle].uid->hash < uid->hash)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < schema->action_count && schema->actions[low].uid->hash == uid->hash; low++)
		if (cedar_uid_equal(schema->actions[low].uid, uid))
			return &schema->actions[low];
	return NULL;
}

enum error cedar_context_from_json(struct arena *arena, const struct cedar_schema *schema,
				   const struct cedar_uid *action, const struct json_doc *doc,
				   const struct json_node *node, struct cedar_value *ret_context, struct fault *why)
{
	const struct action_type *declared = schema_action(schema, action);
	struct json_reader reader = {
		.doc = doc, .arena = arena, .key = &schema->key, .source = SLICE("context"), .why = why};
	if (!declared)
		return FAIL(why, E_INVALID, "the schema has no action `%.*s::\"%.*s\"`", SLICE_ARG(action->type),
			    SLICE_ARG(action->id));
	TRY(json_read_value(&reader, node, declared->context, ret_context));
	if (ret_context->kind != CEDAR_RECORD)
		return FAIL(why, E_INVALID, "the context is not a record");
	return E_OK;
}

static enum error read_raw(struct raw_schema *raw, slice text)
{
	raw->text = arena_copy(raw->arena, text);
	if (!raw->text.ptr)
		return FAIL(raw->why, E_MEMORY, "no memory for a schema");
	return raw->is_json ? raw_schema_parse_json(raw, raw->text) : raw_schema_parse(raw, raw->text);
}

static enum error read_schema(const struct hash_key *key, slice name, slice text, bool is_json,
			      struct cedar_schema *schema, struct cedar_problem *problem, struct fault *why)
{
	arena_init(&schema->arena, CEDAR_STORE_BYTES_MAX);
	schema->key = *key;
	struct raw_schema *raw = ARENA_NEW(&schema->arena, struct raw_schema);
	if (!raw)
		return FAIL(why, E_MEMORY, "no memory for a schema");
	*raw = (struct raw_schema){.arena = &schema->arena, .key = &schema->key, .source = name, .is_json = is_json,
				   .problem = problem, .why = why};
	TRY(read_raw(raw, text));
	TRY(raw_schema_resolve(raw, schema));
	/* What was lent for reading is given back; the rest lives in the arena. */
	raw->source = SLICE("");
	raw->problem = NULL;
	raw->why = NULL;
	schema->raw = raw;
	return E_OK;
}

static enum error make_schema(const struct hash_key *key, slice name, slice text, bool is_json,
			      struct cedar_schema **ret_schema, struct cedar_problem *problem, struct fault *why)
{
	struct cedar_schema *schema = memory_alloc(sizeof(*schema));
	*ret_schema = NULL;
	if (problem)
		*problem = (struct cedar_problem){0};
	if (!schema)
		return FAIL(why, E_MEMORY, "no memory for a schema");
	enum error error = read_schema(key, name, text, is_json, schema, problem, why);
	if (error != E_OK)
		cedar_schema_free(schema);
	else
		*ret_schema = schema;
	return error;
}

enum error cedar_schema_parse(const struct hash_key *key, slice name, slice text, struct cedar_schema **ret_schema,
			      struct cedar_problem *problem, struct fault *why)
{
	return make_schema(key, name, text, false, ret_schema, problem, why);
}

enum error cedar_schema_parse_json(const struct hash_key *key, slice name, slice json,
				   struct cedar_schema **ret_schema, struct cedar_problem *problem, struct fault *why)
{
	return make_schema(key, name, json, true, ret_schema, problem, why);
}
