/* Entities out of Cedar's JSON: `[{"uid":..., "attrs":{...}, "parents":[...], "tags":{...}}, ...]`. */
#include "cedar/entities_json.h"

#include "base/memory.h"
#include "cedar/entities_plain.h"
#include "cedar/limits.h"
#include "cedar/schema.h"

#define TEXT_BYTES_MAX UINT32_MAX
/* Some more or less do no harm: the table has room before the names come. */
#define ENTITY_BYTES_USUAL 160u

static const struct json_limits text_limits = {
	.bytes_max = TEXT_BYTES_MAX, .depth_max = CEDAR_VALUE_DEPTH_MAX + 8, .nodes_max = UINT32_MAX};

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

/* The way that takes all JSON and says what is wrong with it. What stands in the store already is accepted again. */
static enum error add_tree(struct cedar_entities_builder *builder, struct json_reader *reader, slice json,
			   const struct cedar_schema *schema)
{
	struct arena scratch;
	struct json_doc doc;
	arena_init(&scratch, CEDAR_STORE_BYTES_MAX);
	reader->arena = &scratch;
	enum error error = json_read_document(reader, &doc, json, &text_limits);
	if (error == E_OK)
		error = read_entities(builder, reader, schema);
	arena_free(&scratch);
	return error;
}

static bool add_entity(struct cedar_entities_builder *builder, struct plain_reader *reader)
{
	struct json_doc doc;
	struct cedar_entity_input entity;
	struct json_reader json = *reader->json;
	struct json_limits limits = text_limits;
	const char *start = reader->cursor.at;
	arena_reset(&reader->scratch);
	if (plain_read_entity(reader))
		return true;
	limits.depth_max--; /* the array around it */
	size_t at = (size_t)(start - json.doc->text.ptr);
	if (!plain_passed(reader, json_parse_at(&doc, json.doc->text, &at, &limits, &reader->scratch, NULL)))
		return false;
	json.doc = &doc;
	json.arena = &reader->scratch;
	json.problem = NULL;
	json.why = NULL;
	reader->cursor.at = doc.text.ptr + at;
	return plain_passed(reader, read_entity(&json, json_root(&doc), reader->schema, &entity)) &&
	       plain_passed(reader, cedar_entities_add(builder, &entity, NULL));
}

/* All entities, one by one. False: something is wrong with them. */
static bool add_plain(struct cedar_entities_builder *builder, struct plain_reader *reader)
{
	struct json_cursor *cursor = &reader->cursor;
	if (!json_cursor_take(cursor, '['))
		return false;
	if (json_cursor_peek(cursor) != ']')
		do {
			json_cursor_peek(cursor);
			if (!add_entity(builder, reader))
				return false;
		} while (json_cursor_take(cursor, ','));
	return json_cursor_take(cursor, ']') && json_cursor_peek(cursor) == '\0' && cursor->at == cursor->end;
}

enum error entities_add_json(struct cedar_entities_builder *builder, struct cedar_entities *entities, slice name,
			     slice json, const struct cedar_schema *schema, struct cedar_problem *problem,
			     struct fault *why)
{
	struct json_doc doc = {.text = json};
	struct json_reader json_reader = {.doc = &doc, .key = &entities->key, .source = name, .problem = problem,
					  .why = why};
	struct plain_reader reader = {.json = &json_reader, .entities = entities, .schema = schema};
	if (problem)
		*problem = (struct cedar_problem){0};
	arena_init(&reader.scratch, CEDAR_STORE_BYTES_MAX);
	reader.cursor = (struct json_cursor){.at = json.ptr, .end = json.ptr + json.len, .arena = &reader.scratch};
	reader.keeper = memory_alloc(sizeof(*reader.keeper));
	if (!reader.keeper)
		return FAIL(why, E_MEMORY, "no memory for reading entities");
	keeper_init(reader.keeper, entities->arena, &entities->key);
	bool done = plain_passed(&reader, store_reserve(entities, json.len / ENTITY_BYTES_USUAL)) && json.len &&
		    json.len <= TEXT_BYTES_MAX && add_plain(builder, &reader);
	bool no_memory = reader.cursor.no_memory || reader.keeper->no_memory;
	arena_free(&reader.scratch);
	memory_free(reader.keeper);
	if (no_memory)
		return FAIL(why, E_MEMORY, "no memory for entities");
	return done ? E_OK : add_tree(builder, &json_reader, json, schema);
}
