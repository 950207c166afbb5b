/* The JSON form of schemas. */
#include "cedar/json_value.h"
#include "cedar/limits.h"
#include "cedar/schema_raw.h"

struct schema_reader {
	struct json_reader reader;
	struct raw_schema *raw;
	slice space;
};

/* E_SYNTAX where `object` is no object or has a member that is not in the list. */
static enum error check_members(const struct schema_reader *schema, const struct json_node *object,
				const slice *names, size_t count)
{
	if (object->type != JSON_OBJECT)
		return READER_FAIL(&schema->reader, E_SYNTAX, object, "an object must stand here");
	for (const struct json_node *member = json_first(object); member; member = json_next(member)) {
		size_t i = 0;
		while (i < count && !slice_equal(names[i], member->key))
			i++;
		if (i == count)
			return READER_FAIL(&schema->reader, E_SYNTAX, member, "unknown field `%.*s`",
					   SLICE_ARG(member->key));
	}
	return E_OK;
}

#define CHECK_MEMBERS(schema, object, ...)                                                                             \
	check_members((schema), (object), (const slice[]){__VA_ARGS__},                                                \
		      sizeof((const slice[]){__VA_ARGS__}) / sizeof(slice))

/* A member that may be absent or null. */
static const struct json_node *member_of(const struct schema_reader *schema, const struct json_node *object, slice name)
{
	const struct json_node *member = json_get(schema->reader.doc, object, name);
	return member && member->type != JSON_NULL ? member : NULL;
}

static enum error need_text(const struct schema_reader *schema, const struct json_node *object, slice name,
			    slice *ret_text)
{
	if (!json_string(json_get(schema->reader.doc, object, name), ret_text))
		return READER_FAIL(&schema->reader, E_SYNTAX, object, "missing field `%.*s`", SLICE_ARG(name));
	return E_OK;
}

static enum error read_annotations(const struct schema_reader *schema, const struct json_node *object,
				   const struct cedar_annotation **ret_annotations, uint32_t *ret_count)
{
	const struct json_node *node = json_get(schema->reader.doc, object, SLICE("annotations"));
	uint32_t count = 0;
	if (!node)
		return E_OK;
	if (node->type != JSON_OBJECT)
		return READER_FAIL(&schema->reader, E_SYNTAX, node, "annotations must be an object");
	struct cedar_annotation *list = ARENA_ARRAY(schema->raw->arena, node->count, struct cedar_annotation);
	if (!list)
		return FAIL(schema->raw->why, E_MEMORY, "no memory for annotations");
	for (const struct json_node *member = json_first(node); member; member = json_next(member)) {
		list[count].key = member->key;
		if (!word_is_identifier(member->key))
			return READER_FAIL(&schema->reader, E_SYNTAX, member, "`%.*s` is not an identifier",
					   SLICE_ARG(member->key));
		list[count].value = SLICE("");
		list[count].has_value = json_string(member, &list[count].value);
		if (!list[count++].has_value && member->type != JSON_NULL)
			return READER_FAIL(&schema->reader, E_SYNTAX, member, "an annotation must be text");
	}
	*ret_annotations = list;
	*ret_count = count;
	return E_OK;
}

static enum error read_type(struct schema_reader *schema, const struct json_node *node, bool is_attribute,
			    const struct raw_type **ret_type);

static enum error read_attributes(struct schema_reader *schema, const struct json_node *node, struct raw_type *type)
{
	const struct json_node *object = json_get(schema->reader.doc, node, SLICE("attributes"));
	uint32_t count = 0;
	if (!object || object->type != JSON_OBJECT)
		return READER_FAIL(&schema->reader, E_SYNTAX, node, "missing field `attributes`");
	struct raw_attribute *list = ARENA_ARRAY(schema->raw->arena, object->count, struct raw_attribute);
	if (!list)
		return FAIL(schema->raw->why, E_MEMORY, "no memory for attributes");
	for (const struct json_node *member = json_first(object); member; member = json_next(member)) {
		struct raw_attribute *attribute = &list[count++];
		const struct json_node *required;
		attribute->name = member->key;
		attribute->is_required = true;
		TRY(read_type(schema, member, true, &attribute->type));
		required = json_get(schema->reader.doc, member, SLICE("required"));
		if (required && !json_bool(required, &attribute->is_required))
			return READER_FAIL(&schema->reader, E_SYNTAX, required, "`required` must be true or false");
		TRY(read_annotations(schema, member, &attribute->annotations, &attribute->annotation_count));
	}
	const struct json_node *open = member_of(schema, node, SLICE("additionalAttributes"));
	if (open && !json_bool(open, &type->is_open))
		return READER_FAIL(&schema->reader, E_SYNTAX, open, "`additionalAttributes` must be true or false");
	if (type->is_open)
		return READER_FAIL(&schema->reader, E_UNSUPPORTED, open, "records with `additionalAttributes` are not supported");
	type->kind = RAW_RECORD;
	type->attributes = list;
	type->count = count;
	return E_OK;
}

/* `{"type":"Entity","name":N}` and the like. */
static enum error read_named(struct schema_reader *schema, const struct json_node *node, enum raw_kind kind,
			     struct raw_type *type)
{
	TRY(need_text(schema, node, SLICE("name"), &type->name));
	type->kind = kind;
	return E_OK;
}

static enum error read_kind(struct schema_reader *schema, const struct json_node *node, slice kind,
			    struct raw_type *type)
{
	if (slice_equal(kind, SLICE("Long")) || slice_equal(kind, SLICE("String")) ||
	    slice_equal(kind, SLICE("Boolean"))) {
		type->kind = RAW_PRIMITIVE;
		type->name = slice_equal(kind, SLICE("Boolean")) ? SLICE("Bool") : kind;
		return E_OK;
	}
	if (slice_equal(kind, SLICE("Set"))) {
		const struct json_node *element = json_get(schema->reader.doc, node, SLICE("element"));
		if (!element)
			return READER_FAIL(&schema->reader, E_SYNTAX, node, "missing field `element`");
		type->kind = RAW_SET;
		return read_type(schema, element, false, &type->element);
	}
	if (slice_equal(kind, SLICE("Record")))
		return read_attributes(schema, node, type);
	if (slice_equal(kind, SLICE("Entity")))
		return read_named(schema, node, RAW_ENTITY, type);
	if (slice_equal(kind, SLICE("EntityOrCommon")))
		return read_named(schema, node, RAW_NAME, type);
	if (slice_equal(kind, SLICE("Extension"))) {
		TRY(read_named(schema, node, RAW_PRIMITIVE, type));
		if (slice_equal(type->name, SLICE("Long")) || slice_equal(type->name, SLICE("String")) ||
		    slice_equal(type->name, SLICE("Bool")))
			return READER_FAIL(&schema->reader, E_INVALID, node, "unknown extension type `%.*s`",
					   SLICE_ARG(type->name));
		return E_OK;
	}
	type->kind = RAW_COMMON;
	type->name = kind;
	return E_OK;
}

static enum error check_type_members(struct schema_reader *schema, const struct json_node *node, enum raw_kind kind)
{
	static const slice members[] = {SLICE_INIT("type"), SLICE_INIT("required"), SLICE_INIT("annotations"),
					SLICE_INIT("name"), SLICE_INIT("element"), SLICE_INIT("attributes"),
					SLICE_INIT("additionalAttributes")};
	if (kind == RAW_SET)
		return CHECK_MEMBERS(schema, node, SLICE("type"), SLICE("required"), SLICE("annotations"),
				     SLICE("element"));
	if (kind == RAW_RECORD)
		return CHECK_MEMBERS(schema, node, SLICE("type"), SLICE("required"), SLICE("annotations"),
				     SLICE("attributes"), SLICE("additionalAttributes"));
	return check_members(schema, node, members, kind == RAW_COMMON ? 3 : 4);
}

static enum error read_type(struct schema_reader *schema, const struct json_node *node, bool is_attribute,
			    const struct raw_type **ret_type)
{
	struct raw_type *type = ARENA_NEW(schema->raw->arena, struct raw_type);
	slice kind;
	if (!type)
		return FAIL(schema->raw->why, E_MEMORY, "no memory for a type");
	if (node->type != JSON_OBJECT)
		return READER_FAIL(&schema->reader, E_SYNTAX, node, "a type must be an object");
	type->offset = node->start;
	TRY(need_text(schema, node, SLICE("type"), &kind));
	TRY(read_kind(schema, node, kind, type));
	TRY(check_type_members(schema, node, type->kind));
	if (!is_attribute && json_get(schema->reader.doc, node, SLICE("required")))
		return READER_FAIL(&schema->reader, E_SYNTAX, node, "unknown field `required`");
	*ret_type = type;
	return E_OK;
}

static enum error read_references(struct schema_reader *schema, const struct json_node *node,
				  const struct raw_reference **ret_references, uint32_t *ret_count)
{
	uint32_t count = 0;
	if (node->type != JSON_ARRAY)
		return READER_FAIL(&schema->reader, E_SYNTAX, node, "an array of type names must stand here");
	struct raw_reference *list = ARENA_ARRAY(schema->raw->arena, node->count, struct raw_reference);
	if (!list)
		return FAIL(schema->raw->why, E_MEMORY, "no memory for names");
	for (const struct json_node *item = json_first(node); item; item = json_next(item)) {
		list[count].offset = item->start;
		if (!json_string(item, &list[count++].type))
			return READER_FAIL(&schema->reader, E_SYNTAX, item, "a type name must be text");
	}
	*ret_references = list;
	*ret_count = count;
	return E_OK;
}

static enum error read_enum(struct schema_reader *schema, const struct json_node *node, struct raw_entity *entity)
{
	if (node->type != JSON_ARRAY || node->count == 0)
		return READER_FAIL(&schema->reader, E_SYNTAX, node, "`enum` must be an array with at least one text");
	slice *choices = ARENA_ARRAY(schema->raw->arena, node->count, slice);
	if (!choices)
		return FAIL(schema->raw->why, E_MEMORY, "no memory for choices");
	for (const struct json_node *item = json_first(node); item; item = json_next(item))
		if (!json_string(item, &choices[entity->choice_count++]))
			return READER_FAIL(&schema->reader, E_SYNTAX, item, "a choice must be text");
	entity->is_enum = true;
	entity->choices = choices;
	return E_OK;
}

static enum error check_identifier(const struct schema_reader *schema, const struct json_node *node, slice name)
{
	if (word_is_identifier(name) && !word_is_reserved(name) && !slice_equal(name, SLICE("__cedar")))
		return E_OK;
	return READER_FAIL(&schema->reader, E_SYNTAX, node, "`%.*s` is not an identifier", SLICE_ARG(name));
}

static enum error read_entity(struct schema_reader *schema, const struct json_node *node)
{
	struct raw_entity entity = {.space = schema->space, .name = node->key, .offset = node->start};
	const struct json_node *member;
	TRY(check_identifier(schema, node, node->key));
	TRY(CHECK_MEMBERS(schema, node, SLICE("memberOfTypes"), SLICE("shape"), SLICE("tags"), SLICE("enum"),
			  SLICE("annotations")));
	TRY(read_annotations(schema, node, &entity.annotations, &entity.annotation_count));
	if ((member = member_of(schema, node, SLICE("enum"))) != NULL) {
		TRY(CHECK_MEMBERS(schema, node, SLICE("enum"), SLICE("annotations")));
		TRY(read_enum(schema, member, &entity));
		return raw_add_entity(schema->raw, &entity);
	}
	if ((member = member_of(schema, node, SLICE("memberOfTypes"))) != NULL)
		TRY(read_references(schema, member, &entity.parents, &entity.parent_count));
	if ((member = member_of(schema, node, SLICE("shape"))) != NULL)
		TRY(read_type(schema, member, false, &entity.shape));
	if ((member = member_of(schema, node, SLICE("tags"))) != NULL)
		TRY(read_type(schema, member, false, &entity.tags));
	return raw_add_entity(schema->raw, &entity);
}

static enum error read_action_parents(struct schema_reader *schema, const struct json_node *node,
				      struct raw_action *action)
{
	if (node->type != JSON_ARRAY)
		return READER_FAIL(&schema->reader, E_SYNTAX, node, "`memberOf` must be an array");
	struct raw_reference *list = ARENA_ARRAY(schema->raw->arena, node->count, struct raw_reference);
	if (!list)
		return FAIL(schema->raw->why, E_MEMORY, "no memory for actions");
	for (const struct json_node *item = json_first(node); item; item = json_next(item)) {
		struct raw_reference *reference = &list[action->parent_count++];
		reference->offset = item->start;
		TRY(CHECK_MEMBERS(schema, item, SLICE("id"), SLICE("type")));
		TRY(need_text(schema, item, SLICE("id"), &reference->id));
		if (member_of(schema, item, SLICE("type")))
			TRY(need_text(schema, item, SLICE("type"), &reference->type));
	}
	action->parents = list;
	return E_OK;
}

static enum error read_applies(struct schema_reader *schema, const struct json_node *node, struct raw_action *action)
{
	TRY(CHECK_MEMBERS(schema, node, SLICE("principalTypes"), SLICE("resourceTypes"), SLICE("context")));
	const struct json_node *principals = json_get(schema->reader.doc, node, SLICE("principalTypes"));
	const struct json_node *resources = json_get(schema->reader.doc, node, SLICE("resourceTypes"));
	const struct json_node *context = json_get(schema->reader.doc, node, SLICE("context"));
	if (!principals || !resources)
		return READER_FAIL(&schema->reader, E_SYNTAX, node, "missing field `%s`",
				   principals ? "resourceTypes" : "principalTypes");
	TRY(read_references(schema, principals, &action->principals, &action->principal_count));
	TRY(read_references(schema, resources, &action->resources, &action->resource_count));
	if (context)
		TRY(read_type(schema, context, false, &action->context));
	action->applies = true;
	return E_OK;
}

static enum error read_action(struct schema_reader *schema, const struct json_node *node)
{
	struct raw_action action = {.space = schema->space, .id = node->key, .offset = node->start};
	const struct json_node *member;
	TRY(CHECK_MEMBERS(schema, node, SLICE("memberOf"), SLICE("appliesTo"), SLICE("attributes"),
			  SLICE("annotations")));
	TRY(read_annotations(schema, node, &action.annotations, &action.annotation_count));
	if ((member = member_of(schema, node, SLICE("attributes"))) != NULL)
		return READER_FAIL(&schema->reader, E_UNSUPPORTED, member, "actions with attributes are not supported");
	if ((member = member_of(schema, node, SLICE("memberOf"))) != NULL)
		TRY(read_action_parents(schema, member, &action));
	if ((member = member_of(schema, node, SLICE("appliesTo"))) != NULL)
		TRY(read_applies(schema, member, &action));
	return raw_add_action(schema->raw, &action);
}

static enum error read_common(struct schema_reader *schema, const struct json_node *node)
{
	struct raw_common common = {.space = schema->space, .name = node->key, .offset = node->start};
	TRY(check_identifier(schema, node, node->key));
	TRY(read_type(schema, node, false, &common.type));
	TRY(read_annotations(schema, node, &common.annotations, &common.annotation_count));
	return raw_add_common(schema->raw, &common);
}

static enum error read_section(struct schema_reader *schema, const struct json_node *space, slice name, bool is_needed,
			       enum error (*read_member)(struct schema_reader *, const struct json_node *))
{
	const struct json_node *section = json_get(schema->reader.doc, space, name);
	if (!section && !is_needed)
		return E_OK;
	if (!section || section->type != JSON_OBJECT)
		return READER_FAIL(&schema->reader, E_SYNTAX, section ? section : space, "missing field `%.*s`",
				   SLICE_ARG(name));
	for (const struct json_node *member = json_first(section); member; member = json_next(member))
		TRY(read_member(schema, member));
	return E_OK;
}

static enum error read_namespace(struct schema_reader *schema, const struct json_node *node)
{
	struct raw_namespace *space = ARENA_NEW(schema->raw->arena, struct raw_namespace);
	if (!space)
		return FAIL(schema->raw->why, E_MEMORY, "no memory for a namespace");
	if (node->key.len && !cedar_name_check(node->key))
		return READER_FAIL(&schema->reader, E_SYNTAX, node, "`%.*s` is not the name of a namespace",
				   SLICE_ARG(node->key));
	schema->space = node->key;
	space->name = node->key;
	TRY(CHECK_MEMBERS(schema, node, SLICE("entityTypes"), SLICE("actions"), SLICE("commonTypes"),
			  SLICE("annotations")));
	TRY(read_annotations(schema, node, &space->annotations, &space->annotation_count));
	if (!node->key.len && space->annotation_count)
		return READER_FAIL(&schema->reader, E_INVALID, node, "annotations are not allowed on the empty namespace");
	if (node->key.len)
		TRY(pointer_list_add(&schema->raw->spaces, schema->raw->arena, space, schema->raw->why));
	TRY(read_section(schema, node, SLICE("commonTypes"), false, read_common));
	TRY(read_section(schema, node, SLICE("entityTypes"), true, read_entity));
	return read_section(schema, node, SLICE("actions"), true, read_action);
}

enum error raw_schema_parse_json(struct raw_schema *raw, slice text)
{
	struct json_doc *doc = ARENA_NEW(raw->arena, struct json_doc);
	struct json_limits limits = {.bytes_max = CEDAR_TEXT_BYTES_MAX, .depth_max = CEDAR_VALUE_DEPTH_MAX,
				     .nodes_max = UINT32_MAX};
	if (!doc)
		return FAIL(raw->why, E_MEMORY, "no memory for a schema");
	struct schema_reader schema = {.raw = raw, .space = SLICE("")};
	schema.reader = (struct json_reader){.arena = raw->arena, .key = raw->key, .source = raw->source,
					     .problem = raw->problem, .why = raw->why};
	TRY(json_read_document(&schema.reader, doc, text, &limits));
	if (json_root(doc)->type != JSON_OBJECT)
		return READER_FAIL(&schema.reader, E_SYNTAX, json_root(doc), "a schema must be an object");
	for (const struct json_node *member = json_first(json_root(doc)); member; member = json_next(member))
		TRY(read_namespace(&schema, member));
	return E_OK;
}
