/* Schemas as JSON, as they were written: names stay as short as they were. */
#include "cedar/schema_data.h"
#include "cedar/schema_raw.h"

#include "text/json_writer.h"

static void write_annotations(struct json_writer *writer, const struct raw_schema *raw,
			      const struct cedar_annotation *annotations, uint32_t count)
{
	if (!count)
		return;
	json_put_object(writer, "annotations");
	for (uint32_t i = 0; i < count; i++) {
		json_write_key(writer, annotations[i].key);
		/* Only JSON tells `@a` from `@a("")`; in the schema language they are the same. */
		if (raw->is_json && !annotations[i].has_value)
			json_write_null(writer);
		else
			json_write_string(writer, annotations[i].value);
	}
	json_end_object(writer);
}

static void write_type_members(struct json_writer *writer, const struct raw_schema *raw, const struct raw_type *type);

static void write_attributes(struct json_writer *writer, const struct raw_schema *raw, const struct raw_type *record)
{
	json_put_object(writer, "attributes");
	for (uint32_t i = 0; i < record->count; i++) {
		const struct raw_attribute *attribute = &record->attributes[i];
		json_write_key(writer, attribute->name);
		json_begin_object(writer);
		write_type_members(writer, raw, attribute->type);
		if (!attribute->is_required)
			json_put_bool(writer, "required", false);
		write_annotations(writer, raw, attribute->annotations, attribute->annotation_count);
		json_end_object(writer);
	}
	json_end_object(writer);
}

static void write_type(struct json_writer *writer, const struct raw_schema *raw, const char *key,
		       const struct raw_type *type)
{
	json_put_object(writer, key);
	write_type_members(writer, raw, type);
	json_end_object(writer);
}

static void write_primitive(struct json_writer *writer, slice name)
{
	if (slice_equal(name, SLICE("Bool"))) {
		json_put_text(writer, "type", "Boolean");
	} else if (slice_equal(name, SLICE("Long")) || slice_equal(name, SLICE("String"))) {
		json_put_string(writer, "type", name);
	} else {
		json_put_text(writer, "type", "Extension");
		json_put_string(writer, "name", name);
	}
}

static void write_type_members(struct json_writer *writer, const struct raw_schema *raw, const struct raw_type *type)
{
	switch (type->kind) {
	case RAW_NAME:
	case RAW_ENTITY:
		json_put_text(writer, "type", type->kind == RAW_NAME ? "EntityOrCommon" : "Entity");
		json_put_string(writer, "name", type->name);
		break;
	case RAW_COMMON:
		json_put_string(writer, "type", type->name);
		break;
	case RAW_PRIMITIVE:
		write_primitive(writer, type->name);
		break;
	case RAW_SET:
		json_put_text(writer, "type", "Set");
		write_type(writer, raw, "element", type->element);
		break;
	case RAW_RECORD:
		json_put_text(writer, "type", "Record");
		write_attributes(writer, raw, type);
		break;
	}
}

static void write_names(struct json_writer *writer, const char *key, const struct raw_reference *names, uint32_t count)
{
	json_put_array(writer, key);
	for (uint32_t i = 0; i < count; i++)
		json_write_string(writer, names[i].type);
	json_end_array(writer);
}

static void write_common(struct json_writer *writer, const struct raw_schema *raw, const struct raw_common *common)
{
	json_write_key(writer, common->name);
	json_begin_object(writer);
	write_type_members(writer, raw, common->type);
	write_annotations(writer, raw, common->annotations, common->annotation_count);
	json_end_object(writer);
}

static void write_entity(struct json_writer *writer, const struct raw_schema *raw, const struct raw_entity *entity)
{
	json_write_key(writer, entity->name);
	json_begin_object(writer);
	if (entity->is_enum) {
		json_put_array(writer, "enum");
		for (uint32_t i = 0; i < entity->choice_count; i++)
			json_write_string(writer, entity->choices[i]);
		json_end_array(writer);
	}
	if (entity->parent_count)
		write_names(writer, "memberOfTypes", entity->parents, entity->parent_count);
	if (entity->shape)
		write_type(writer, raw, "shape", entity->shape);
	if (entity->tags)
		write_type(writer, raw, "tags", entity->tags);
	write_annotations(writer, raw, entity->annotations, entity->annotation_count);
	json_end_object(writer);
}

static void write_applies(struct json_writer *writer, const struct raw_schema *raw, const struct raw_action *action)
{
	json_put_object(writer, "appliesTo");
	write_names(writer, "principalTypes", action->principals, action->principal_count);
	write_names(writer, "resourceTypes", action->resources, action->resource_count);
	if (action->context)
		write_type(writer, raw, "context", action->context);
	json_end_object(writer);
}

static void write_action(struct json_writer *writer, const struct raw_schema *raw, const struct raw_action *action)
{
	json_write_key(writer, action->id);
	json_begin_object(writer);
	if (action->parent_count) {
		json_put_array(writer, "memberOf");
		for (uint32_t i = 0; i < action->parent_count; i++) {
			json_begin_object(writer);
			json_put_string(writer, "id", action->parents[i].id);
			if (action->parents[i].type.len)
				json_put_string(writer, "type", action->parents[i].type);
			json_end_object(writer);
		}
		json_end_array(writer);
	}
	if (action->applies)
		write_applies(writer, raw, action);
	write_annotations(writer, raw, action->annotations, action->annotation_count);
	json_end_object(writer);
}

static void write_space(struct json_writer *writer, const struct raw_schema *raw, const struct raw_namespace *space)
{
	bool has_commons = false;
	json_write_key(writer, space->name);
	json_begin_object(writer);
	for (size_t i = 0; i < raw->commons.count; i++) {
		const struct raw_common *common = raw->commons.items[i];
		if (!slice_equal(common->space, space->name))
			continue;
		if (!has_commons)
			json_put_object(writer, "commonTypes");
		has_commons = true;
		write_common(writer, raw, common);
	}
	if (has_commons)
		json_end_object(writer);
	json_put_object(writer, "entityTypes");
	for (size_t i = 0; i < raw->entities.count; i++)
		if (slice_equal(((const struct raw_entity *)raw->entities.items[i])->space, space->name))
			write_entity(writer, raw, raw->entities.items[i]);
	json_end_object(writer);
	json_put_object(writer, "actions");
	for (size_t i = 0; i < raw->actions.count; i++)
		if (slice_equal(((const struct raw_action *)raw->actions.items[i])->space, space->name))
			write_action(writer, raw, raw->actions.items[i]);
	json_end_object(writer);
	write_annotations(writer, raw, space->annotations, space->annotation_count);
	json_end_object(writer);
}

enum error cedar_schema_write_json(const struct cedar_schema *schema, struct buffer *out, struct fault *why)
{
	static const struct raw_namespace unnamed = {.name = SLICE_INIT("")};
	const struct raw_schema *raw = schema->raw;
	struct json_writer writer;
	json_writer_init(&writer, out, JSON_PRETTY);
	json_begin_object(&writer);
	if (raw_space_is_used(raw, unnamed.name))
		write_space(&writer, raw, &unnamed);
	for (size_t i = 0; i < raw->spaces.count; i++)
		write_space(&writer, raw, raw->spaces.items[i]);
	json_end_object(&writer);
	TRY(json_writer_end(&writer, why));
	buffer_add_byte(out, '\n');
	return buffer_check(out, why);
}
