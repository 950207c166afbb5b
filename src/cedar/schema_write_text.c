/* Schemas in Cedar's schema language, as they were written: names stay as short as they were. */
#include "cedar/schema_data.h"
#include "cedar/schema_raw.h"
#include "cedar/write.h"

#include "base/buffer.h"

struct schema_writer {
	const struct cedar_schema *schema;
	const struct raw_schema *raw;
	struct buffer *out;
	slice space; /* the namespace that is open */
	unsigned depth;
};

/* Without memory for the full name, the buffer fails. */
static const struct entity_type *find_type(const struct cedar_schema *schema, struct buffer *out, slice space,
					   slice name)
{
	struct buffer full;
	if (!space.len)
		return schema_entity_type(schema, name);
	buffer_init(&full, space.len + 2 + name.len);
	buffer_add(&full, space);
	buffer_add_text(&full, "::");
	buffer_add(&full, name);
	const struct entity_type *type = schema_entity_type(schema, buffer_slice(&full));
	out->failed = out->failed || full.failed;
	buffer_free(&full);
	return type;
}

static void add(struct schema_writer *writer, const char *text)
{
	buffer_add_text(writer->out, text);
}

static void begin_line(struct schema_writer *writer)
{
	for (unsigned i = 0; i < writer->depth; i++)
		add(writer, "  ");
}

static void write_annotations(struct schema_writer *writer, const struct cedar_annotation *annotations, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		begin_line(writer);
		add(writer, "@");
		buffer_add(writer->out, annotations[i].key);
		if (annotations[i].has_value) {
			add(writer, "(");
			cedar_string_write(writer->out, annotations[i].value);
			add(writer, ")");
		}
		add(writer, "\n");
	}
}

/* Begins `name?: ` in a record. */
static void begin_attribute(struct schema_writer *writer, slice name, bool is_required)
{
	begin_line(writer);
	if (name_is_bare(name))
		buffer_add(writer->out, name);
	else
		cedar_string_write(writer->out, name);
	add(writer, is_required ? ": " : "?: ");
}

/* `{`, and a line for each of `count` attributes until end_record. */
static void begin_record(struct schema_writer *writer, uint32_t count)
{
	add(writer, count ? "{\n" : "{");
	writer->depth++;
}

static void end_record(struct schema_writer *writer, uint32_t count)
{
	writer->depth--;
	if (count)
		begin_line(writer);
	add(writer, "}");
}

static void write_type(struct schema_writer *writer, const struct raw_type *type);

static void write_record(struct schema_writer *writer, const struct raw_type *type)
{
	begin_record(writer, type->count);
	for (uint32_t i = 0; i < type->count; i++) {
		const struct raw_attribute *attribute = &type->attributes[i];
		write_annotations(writer, attribute->annotations, attribute->annotation_count);
		begin_attribute(writer, attribute->name, attribute->is_required);
		write_type(writer, attribute->type);
		add(writer, i + 1 < type->count ? ",\n" : "\n");
	}
	end_record(writer, type->count);
}

/* Said to be a common type, it may be a primitive, and an entity type of this name would come first. */
static bool is_hidden_primitive(const struct schema_writer *writer, const struct raw_type *type)
{
	return type->kind == RAW_COMMON && type_primitive(type->name) &&
	       !raw_has_common(writer->raw, writer->space, type->name) &&
	       !raw_has_common(writer->raw, SLICE(""), type->name);
}

static void write_type(struct schema_writer *writer, const struct raw_type *type)
{
	switch (type->kind) {
	case RAW_SET:
		add(writer, "Set<");
		write_type(writer, type->element);
		add(writer, ">");
		return;
	case RAW_RECORD:
		write_record(writer, type);
		return;
	case RAW_NAME:
	case RAW_ENTITY:
	case RAW_COMMON:
	case RAW_PRIMITIVE:
		break;
	}
	if (type->kind == RAW_PRIMITIVE || is_hidden_primitive(writer, type))
		add(writer, "__cedar::");
	buffer_add(writer->out, type->name);
}

/* A type with all names resolved; only where the schema language has no place for a name. */
static void write_resolved(struct schema_writer *writer, const struct type *type)
{
	if (type->kind == TYPE_SET) {
		add(writer, "Set<");
		write_resolved(writer, type->element);
		add(writer, ">");
		return;
	}
	if (type->kind != TYPE_RECORD) {
		add(writer, type->kind == TYPE_ENTITY ? "" : "__cedar::");
		type_write(writer->out, type);
		return;
	}
	begin_record(writer, type->count);
	for (uint32_t i = 0; i < type->count; i++) {
		begin_attribute(writer, type->attributes[i].name, type->attributes[i].is_required);
		write_resolved(writer, type->attributes[i].type);
		add(writer, i + 1 < type->count ? ",\n" : "\n");
	}
	end_record(writer, type->count);
}

static void write_names(struct schema_writer *writer, const struct raw_reference *names, uint32_t count)
{
	add(writer, "[");
	for (uint32_t i = 0; i < count; i++) {
		add(writer, i ? ", " : "");
		buffer_add(writer->out, names[i].type);
	}
	add(writer, "]");
}

static void write_shape(struct schema_writer *writer, const struct raw_entity *entity)
{
	if (!entity->shape || (entity->shape->kind == RAW_RECORD && entity->shape->count == 0))
		return;
	add(writer, " = ");
	if (entity->shape->kind == RAW_RECORD) {
		write_type(writer, entity->shape);
		return;
	}
	const struct entity_type *type = find_type(writer->schema, writer->out, entity->space, entity->name);
	if (type)
		write_resolved(writer, type->shape);
}

static void write_entity(struct schema_writer *writer, const struct raw_entity *entity)
{
	write_annotations(writer, entity->annotations, entity->annotation_count);
	begin_line(writer);
	add(writer, "entity ");
	buffer_add(writer->out, entity->name);
	for (uint32_t i = 0; i < entity->choice_count; i++) {
		add(writer, i ? ", " : " enum [");
		cedar_string_write(writer->out, entity->choices[i]);
	}
	if (entity->is_enum)
		add(writer, "]");
	if (entity->parent_count) {
		add(writer, " in ");
		write_names(writer, entity->parents, entity->parent_count);
	}
	write_shape(writer, entity);
	if (entity->tags) {
		add(writer, " tags ");
		write_type(writer, entity->tags);
	}
	add(writer, ";\n");
}

static void write_applies(struct schema_writer *writer, const struct raw_action *action)
{
	add(writer, " appliesTo {\n");
	writer->depth++;
	begin_line(writer);
	add(writer, "principal: ");
	write_names(writer, action->principals, action->principal_count);
	add(writer, ",\n");
	begin_line(writer);
	add(writer, "resource: ");
	write_names(writer, action->resources, action->resource_count);
	if (action->context) {
		add(writer, ",\n");
		begin_line(writer);
		add(writer, "context: ");
		write_type(writer, action->context);
	}
	add(writer, "\n");
	writer->depth--;
	begin_line(writer);
	add(writer, "}");
}

static void write_action(struct schema_writer *writer, const struct raw_action *action)
{
	write_annotations(writer, action->annotations, action->annotation_count);
	begin_line(writer);
	add(writer, "action ");
	cedar_string_write(writer->out, action->id);
	for (uint32_t i = 0; i < action->parent_count; i++) {
		add(writer, i ? ", " : " in [");
		buffer_add(writer->out, action->parents[i].type);
		add(writer, action->parents[i].type.len ? "::" : "");
		cedar_string_write(writer->out, action->parents[i].id);
	}
	if (action->parent_count)
		add(writer, "]");
	/* The language cannot say that an action applies to no types; one without appliesTo does just that. */
	if (action->principal_count && action->resource_count)
		write_applies(writer, action);
	add(writer, ";\n");
}

static void write_common(struct schema_writer *writer, const struct raw_common *common)
{
	write_annotations(writer, common->annotations, common->annotation_count);
	begin_line(writer);
	add(writer, "type ");
	buffer_add(writer->out, common->name);
	add(writer, " = ");
	write_type(writer, common->type);
	add(writer, ";\n");
}

static void write_members(struct schema_writer *writer, slice space)
{
	const struct raw_schema *raw = writer->raw;
	writer->space = space;
	for (size_t i = 0; i < raw->commons.count; i++)
		if (slice_equal(((const struct raw_common *)raw->commons.items[i])->space, space))
			write_common(writer, raw->commons.items[i]);
	for (size_t i = 0; i < raw->entities.count; i++)
		if (slice_equal(((const struct raw_entity *)raw->entities.items[i])->space, space))
			write_entity(writer, raw->entities.items[i]);
	for (size_t i = 0; i < raw->actions.count; i++)
		if (slice_equal(((const struct raw_action *)raw->actions.items[i])->space, space))
			write_action(writer, raw->actions.items[i]);
}

static void write_space(struct schema_writer *writer, const struct raw_namespace *space, bool is_first)
{
	add(writer, is_first ? "" : "\n");
	write_annotations(writer, space->annotations, space->annotation_count);
	add(writer, "namespace ");
	buffer_add(writer->out, space->name);
	add(writer, " {\n");
	writer->depth++;
	write_members(writer, space->name);
	writer->depth--;
	add(writer, "}\n");
}

enum error cedar_schema_write_text(const struct cedar_schema *schema, struct buffer *out, struct fault *why)
{
	const struct raw_schema *raw = schema->raw;
	struct schema_writer writer = {.schema = schema, .raw = raw, .out = out};
	for (size_t i = 0; i < raw->commons.count; i++) {
		const struct raw_common *common = raw->commons.items[i];
		if (find_type(schema, out, common->space, common->name))
			return FAIL(why, E_UNSUPPORTED, "`%.*s` is a common type and an entity type; text cannot tell them apart",
				    SLICE_ARG(common->name));
	}
	write_members(&writer, SLICE(""));
	for (size_t i = 0; i < raw->spaces.count; i++)
		write_space(&writer, raw->spaces.items[i], i == 0 && !raw_space_is_used(raw, SLICE("")));
	return buffer_check(out, why);
}
