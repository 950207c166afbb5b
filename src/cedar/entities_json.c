/* Entities out of Cedar's JSON: `[{"uid":..., "attrs":{...}, "parents":[...], "tags":{...}}, ...]`. */
#include "cedar/entities_json.h"

#include "base/memory.h"
#include "cedar/limits.h"
#include "cedar/schema.h"

#define TEXT_BYTES_MAX UINT32_MAX

static enum error need(const struct json_reader *reader, const struct json_node *object, slice name,
		       enum json_type type, const struct json_node **ret_node)
{
	*ret_node = json_get(reader->doc, object, name);
	if (!*ret_node)
		return READER_FAIL(reader, E_INVALID, object, "missing field `%.*s`", SLICE_ARG(name));
	if ((*ret_node)->type != type)
		return READER_FAIL(reader, E_INVALID, *ret_node, "`%.*s` must be an %s", SLICE_ARG(name),
				   json_type_name(type));
	return E_OK;
}

static enum error read_parents(const struct json_reader *reader, const struct json_node *array,
			       struct cedar_entity_input *entity)
{
	struct cedar_uid *parents = ARENA_ARRAY(reader->arena, array->count, struct cedar_uid);
	size_t count = 0;
	if (!parents)
		return READER_FAIL(reader, E_MEMORY, array, "no memory for parents");
	for (const struct json_node *item = json_first(array); item; item = json_next(item))
		TRY(json_read_uid(reader, item, &parents[count++]));
	entity->parents = parents;
	entity->parent_count = count;
	return E_OK;
}

/* A record whose members have types of their own. Unlike values, it has no escapes. */
static enum error read_members(const struct json_reader *reader, const struct json_node *object,
			       const struct type *shape, const struct type *every, struct cedar_value *ret_record)
{
	struct cedar_fields fields;
	struct fault inner = {0};
	cedar_fields_init(&fields, reader->arena);
	for (const struct json_node *member = json_first(object); member; member = json_next(member)) {
		const struct attribute *attribute = shape ? type_attribute(shape, member->key) : NULL;
		struct cedar_value value;
		TRY(json_read_value(reader, member, attribute ? attribute->type : every, &value));
		cedar_fields_add(&fields, member->key, value);
	}
	enum error error = cedar_fields_finish(&fields, ret_record, &inner);
	return error == E_OK ? E_OK : READER_FAIL(reader, error, object, "%s", fault_sentence(&inner));
}

static enum error read_entity(const struct json_reader *reader, const struct json_node *node,
			      const struct cedar_schema *schema, struct cedar_entity_input *ret_entity)
{
	struct cedar_uid uid;
	const struct json_node *name, *attributes, *parents, *tags;
	if (node->type != JSON_OBJECT)
		return READER_FAIL(reader, E_INVALID, node, "an entity must be an object");
	TRY(need(reader, node, SLICE("uid"), JSON_OBJECT, &name));
	TRY(need(reader, node, SLICE("attrs"), JSON_OBJECT, &attributes));
	TRY(need(reader, node, SLICE("parents"), JSON_ARRAY, &parents));
	TRY(json_read_uid(reader, name, &uid));
	const struct entity_type *type = schema ? schema_entity_type(schema, uid.type) : NULL;
	*ret_entity = (struct cedar_entity_input){.type = uid.type, .id = uid.id};
	TRY(read_members(reader, attributes, type ? type->shape : NULL, NULL, &ret_entity->attributes));
	tags = json_get(reader->doc, node, SLICE("tags"));
	if (tags) {
		TRY(need(reader, node, SLICE("tags"), JSON_OBJECT, &tags));
		TRY(read_members(reader, tags, NULL, type ? type->tags : NULL, &ret_entity->tags));
	}
	return read_parents(reader, parents, ret_entity);
}

static enum error read_entities(struct cedar_entities_builder *builder, struct json_reader *reader,
				const struct cedar_schema *schema)
{
	const struct json_node *root = json_root(reader->doc);
	if (root->type != JSON_ARRAY)
		return READER_FAIL(reader, E_INVALID, root, "entities must be an array");
	for (const struct json_node *item = json_first(root); item; item = json_next(item)) {
		struct cedar_entity_input entity;
		struct fault inner = {0};
		TRY(read_entity(reader, item, schema, &entity));
		enum error error = cedar_entities_add(builder, &entity, &inner);
		if (error != E_OK)
			return READER_FAIL(reader, error, item, "%s", fault_sentence(&inner));
	}
	return E_OK;
}

enum error entities_add_json(struct cedar_entities_builder *builder, const struct hash_key *key, slice name, slice json,
			     const struct cedar_schema *schema, struct cedar_problem *problem, struct fault *why)
{
	struct arena scratch;
	struct json_doc doc;
	struct json_limits limits = {.bytes_max = TEXT_BYTES_MAX, .depth_max = CEDAR_VALUE_DEPTH_MAX + 8,
				     .nodes_max = UINT32_MAX};
	if (problem)
		*problem = (struct cedar_problem){0};
	arena_init(&scratch, CEDAR_STORE_BYTES_MAX);
	enum error error = json_parse(&doc, json, &limits, &scratch, why);
	if (error == E_OK) {
		struct json_reader reader = {.doc = &doc, .arena = &scratch, .key = key, .source = name,
					     .problem = problem, .why = why};
		error = read_entities(builder, &reader, schema);
	}
	arena_free(&scratch);
	return error;
}
