#include "registry/object.h"

#include "registry/field.h"
#include "text/jcs.h"
#include "text/json_writer.h"
#include "text/time.h"

#include <assert.h>

/* Stored objects are as deep as a tool's JSON Schema may be. */
static const struct json_limits limits = {.bytes_max = 2 * OBJECT_BYTES_MAX, .depth_max = 64, .nodes_max = 65536};

static enum error no_memory(struct fault *why)
{
	return FAIL(why, E_MEMORY, "no memory for an object");
}

static enum error unknown_field(const struct kind_row *row, slice name, struct fault *why)
{
	char field[64];
	size_t length = name.len < sizeof(field) - 1 ? name.len : sizeof(field) - 1;
	for (size_t i = 0; i < length; i++)
		field[i] = name.ptr[i] < ' ' || name.ptr[i] == 0x7f ? '?' : name.ptr[i];
	field[length] = '\0';
	slice near = kind_suggest_field(row, name);
	if (near.len)
		return FAIL_FIELD(why, E_INVALID, field, "%.*s has no field `%s`; did you mean `%.*s`?",
				  SLICE_ARG(row->name), field, SLICE_ARG(near));
	return FAIL_FIELD(why, E_INVALID, field, "%.*s has no field `%s`", SLICE_ARG(row->name), field);
}

/* Every time has one spelling, so that equal objects have equal bytes. */
static enum error normal_time(slice text, struct arena *arena, slice *ret_value, struct fault *why)
{
	int64_t time_ms;
	TRY(time_parse_ms(&time_ms, text, why));
	struct time_text written = time_format_ms(time_ms);
	*ret_value = arena_print(arena, "\"%.*s\"", SLICE_ARG(time_slice(&written)));
	return ret_value->ptr ? E_OK : no_memory(why);
}

static enum error read_null(const struct field *field, enum object_use use, slice *ret_value, struct fault *why)
{
	if (use == OBJECT_PATCH && (field->flags & FIELD_REQUIRED))
		return FAIL_FIELD(why, E_INVALID, field->name.ptr, "%s is required and cannot be removed",
				  field->name.ptr);
	if (use == OBJECT_CREATE && !(field->flags & FIELD_NULLABLE))
		return FAIL_FIELD(why, E_INVALID, field->name.ptr, "%s must not be null", field->name.ptr);
	*ret_value = SLICE("null");
	return E_OK;
}

static enum error read_member(struct object *object, const struct json_doc *doc, const struct json_node *member,
			      enum object_use use, struct arena *arena, struct fault *why)
{
	size_t number;
	const struct field *field = kind_field(object->row, json_key(member), &number);
	if (!field)
		return use == OBJECT_STORED ? E_OK : unknown_field(object->row, json_key(member), why);
	if (field->flags & FIELD_SHOWN_ONLY)
		return E_OK;
	slice *value = &object->values[number];
	if (json_is(member, JSON_NULL))
		return use == OBJECT_STORED ? E_OK : read_null(field, use, value, why);
	if (use != OBJECT_STORED)
		TRY(field_check(field, doc, member, why));
	slice text;
	if (field->type == FIELD_TIME && use != OBJECT_STORED && json_string(member, &text))
		return normal_time(text, arena, value, why);
	*value = json_span(doc, member);
	return E_OK;
}

enum error object_read(struct object *object, const struct kind_row *row, const struct json_doc *doc,
		       const struct json_node *node, enum object_use use, struct arena *arena, struct fault *why)
{
	*object = (struct object){.row = row};
	if (!json_is(node, JSON_OBJECT))
		return FAIL(why, E_INVALID, "%.*s must be a JSON object", SLICE_ARG(row->name));
	for (const struct json_node *member = json_first(node); member; member = json_next(member))
		TRY(read_member(object, doc, member, use, arena, why));
	return E_OK;
}

enum error object_need(const struct object *object, struct fault *why)
{
	for (size_t i = 0; i < object->row->field_count; i++) {
		const struct field *field = &object->row->fields[i];
		if ((field->flags & FIELD_REQUIRED) && !object->values[i].ptr)
			return FAIL_FIELD(why, E_INVALID, field->name.ptr, "%s is required", field->name.ptr);
	}
	return E_OK;
}

enum error object_parse(struct object *object, const struct kind_row *row, slice text, enum object_use use,
			struct arena *arena, struct fault *why)
{
	struct json_doc doc;
	TRY(json_parse(&doc, text, &limits, arena, why));
	return object_read(object, row, &doc, json_root(&doc), use, arena, why);
}

slice object_value(const struct object *object, slice name)
{
	size_t number;
	return object->row && kind_field(object->row, name, &number) ? object->values[number] : (slice){NULL, 0};
}

void object_set(struct object *object, slice name, slice json)
{
	size_t number = SIZE_MAX;
	assert(kind_field(object->row, name, &number));
	object->values[number] = json;
}

slice object_text(const struct object *object, slice name, struct arena *arena)
{
	slice value = object_value(object, name);
	if (value.len < 2 || value.ptr[0] != '"')
		return (slice){NULL, 0};
	slice plain = slice_sub(value, 1, value.len - 1);
	if (slice_find_byte(plain, '\\', 0) == SIZE_MAX)
		return plain;
	struct json_doc doc;
	slice text = {NULL, 0};
	return json_parse(&doc, value, &limits, arena, NULL) == E_OK && json_string(json_root(&doc), &text)
		       ? text
		       : (slice){NULL, 0};
}

enum error object_set_text(struct object *object, slice name, slice text, struct arena *arena, struct fault *why)
{
	struct buffer buffer;
	buffer_init(&buffer, 2 * OBJECT_BYTES_MAX);
	json_quote(&buffer, text);
	slice json = buffer.failed ? (slice){NULL, 0} : arena_copy(arena, buffer_slice(&buffer));
	buffer_free(&buffer);
	if (!json.ptr)
		return no_memory(why);
	object_set(object, name, json);
	return E_OK;
}

enum error object_set_u64(struct object *object, slice name, uint64_t value, struct arena *arena, struct fault *why)
{
	slice json = arena_print(arena, "%llu", (unsigned long long)value);
	if (!json.ptr)
		return no_memory(why);
	object_set(object, name, json);
	return E_OK;
}

static void write_plain(const struct object *object, struct json_writer *writer)
{
	json_begin_object(writer);
	for (size_t i = 0; i < object->row->field_count; i++)
		if (object->values[i].ptr) {
			json_write_key(writer, object->row->fields[i].name);
			json_write_raw(writer, object->values[i]);
		}
	json_end_object(writer);
}

static enum error write_canonical(slice plain, struct arena *arena, struct buffer *buffer, slice *ret_json,
				  struct fault *why)
{
	struct json_doc doc;
	TRY(json_parse(&doc, plain, &limits, arena, why));
	TRY(jcs_write(buffer, &doc, json_root(&doc), JCS_EXACT_INTEGERS, arena, why));
	TRY(buffer_check(buffer, why));
	if (buffer->len > OBJECT_BYTES_MAX)
		return FAIL(why, E_LIMIT, "the object would be longer than %u bytes", OBJECT_BYTES_MAX);
	*ret_json = arena_copy(arena, buffer_slice(buffer));
	return ret_json->ptr ? E_OK : no_memory(why);
}

enum error object_write(const struct object *object, struct arena *arena, slice *ret_json, struct fault *why)
{
	struct buffer plain, canonical;
	buffer_init(&plain, 2 * OBJECT_BYTES_MAX);
	buffer_init(&canonical, 2 * OBJECT_BYTES_MAX);
	struct json_writer writer;
	json_writer_init(&writer, &plain, JSON_COMPACT);
	write_plain(object, &writer);
	enum error code = json_writer_end(&writer, NULL) == E_OK
				  ? write_canonical(buffer_slice(&plain), arena, &canonical, ret_json, why)
				  : FAIL(why, E_LIMIT, "the object would be longer than %u bytes", OBJECT_BYTES_MAX);
	buffer_free(&plain);
	buffer_free(&canonical);
	return code;
}

void object_show(const struct object *object, slice extra, struct buffer *out)
{
	struct json_writer writer;
	json_writer_init(&writer, out, JSON_COMPACT);
	json_begin_object(&writer);
	for (size_t i = 0; i < object->row->field_count; i++) {
		const struct field *field = &object->row->fields[i];
		if (field->type == FIELD_SECRET) {
			struct buffer name;
			buffer_init(&name, 128);
			buffer_print(&name, "%s_set", field->name.ptr);
			json_write_key(&writer, buffer_slice(&name));
			json_write_bool(&writer, object->values[i].ptr != NULL);
			buffer_free(&name);
		} else if (object->values[i].ptr && !(field->flags & FIELD_SHOWN_ONLY)) {
			json_write_key(&writer, field->name);
			json_write_raw(&writer, object->values[i]);
		}
	}
	if (extra.len) {
		buffer_add_byte(out, ',');
		buffer_add(out, extra);
	}
	json_end_object(&writer);
	if (json_writer_end(&writer, NULL) != E_OK)
		out->failed = true;
}

enum error object_show_stored(enum kind kind, slice json, slice extra, struct arena *arena, struct buffer *out,
			      struct fault *why)
{
	struct object object;
	TRY(object_parse(&object, kind_row(kind), json, OBJECT_STORED, arena, why));
	object_show(&object, extra, out);
	return buffer_check(out, why);
}
