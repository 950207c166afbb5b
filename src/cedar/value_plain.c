/* Values out of JSON of the usual form; what is not goes through a tree (json_value.c), value by value. */
#include "base/memory.h"
#include "cedar/bytes.h"
#include "cedar/entities_plain.h"
#include "cedar/limits.h"

/* More members, or deeper: through a tree. */
#define MEMBERS_MAX 32u
#define ITEMS_MAX 64u
#define DEPTH_MAX 16u
#define JSON_DEPTH (CEDAR_VALUE_DEPTH_MAX + 8u)

static bool read_tree(struct plain_reader *reader, const char *start, const struct type *type, unsigned depth,
		      struct cedar_value *ret_value)
{
	struct json_doc doc;
	struct cedar_value value;
	struct json_reader json = *reader->json;
	struct json_limits limits = {.bytes_max = UINT32_MAX, .depth_max = JSON_DEPTH - depth, .nodes_max = UINT32_MAX};
	size_t at = (size_t)(start - json.doc->text.ptr);
	if (!plain_passed(reader, json_parse_at(&doc, json.doc->text, &at, &limits, &reader->scratch, NULL)))
		return false;
	json.doc = &doc;
	json.arena = &reader->scratch;
	json.problem = NULL;
	json.why = NULL;
	reader->cursor.at = doc.text.ptr + at;
	return plain_passed(reader, json_read_value(&json, json_root(&doc), type, &value)) &&
	       plain_passed(reader, cedar_value_copy(reader->entities->arena, value, ret_value, NULL));
}

bool plain_read_type_and_id(struct plain_reader *reader, slice *ret_type, slice *ret_id)
{
	struct json_cursor *cursor = &reader->cursor;
	return json_cursor_named(cursor, SLICE("\"type\":")) && json_cursor_string(cursor, ret_type) &&
	       json_cursor_take(cursor, ',') && json_cursor_named(cursor, SLICE("\"id\":")) &&
	       json_cursor_string(cursor, ret_id) && json_cursor_take(cursor, '}');
}

static bool read_entity(struct plain_reader *reader, struct cedar_value *ret_value)
{
	slice type, id;
	if (!plain_read_type_and_id(reader, &type, &id))
		return false;
	const struct cedar_uid *uid = keep_uid(reader->keeper, type, id);
	*ret_value = cedar_entity(uid);
	return uid != NULL;
}

/* Is a member of this name, when it stands alone, more than a member? */
static bool is_escape(slice name)
{
	return name.len >= 6 && name.ptr[0] == '_' && name.ptr[1] == '_';
}

static unsigned depth_of(struct cedar_value value)
{
	return value.kind == CEDAR_SET || value.kind == CEDAR_RECORD ? value.mask + 1u : 2u;
}

/* Into its place, as the fields so far are sorted. False: the key is there. */
static bool insert_field(struct cedar_field *fields, size_t count, struct cedar_field field)
{
	size_t at = count;
	for (; at > 0; at--) {
		int order = slice_compare(fields[at - 1].key, field.key);
		if (order == 0)
			return false;
		if (order < 0)
			break;
		fields[at] = fields[at - 1];
	}
	fields[at] = field;
	return true;
}

static bool make_record(struct plain_reader *reader, const struct cedar_field *fields, size_t count,
			struct cedar_value *ret_record)
{
	struct cedar_field *copy = NULL;
	unsigned depth = 1;
	if (count) {
		copy = ARENA_ARRAY(reader->entities->arena, count, struct cedar_field);
		if (!copy)
			return plain_passed(reader, E_MEMORY);
		memcpy(copy, fields, count * sizeof(*fields));
	}
	for (size_t i = 0; i < count; i++)
		if (depth_of(fields[i].value) > depth)
			depth = depth_of(fields[i].value);
	*ret_record = (struct cedar_value){.kind = CEDAR_RECORD, .mask = (uint16_t)depth, .length = (uint32_t)count,
					   .as.fields = copy};
	return true;
}

bool plain_read_record(struct plain_reader *reader, const struct type *shape, const struct type *every, unsigned depth,
		       struct cedar_value *ret_record)
{
	struct json_cursor *cursor = &reader->cursor;
	struct cedar_field fields[MEMBERS_MAX] UNINITIALIZED;
	size_t count = 0;
	if (!json_cursor_take(cursor, '{'))
		return false;
	if (json_cursor_take(cursor, '}'))
		return make_record(reader, fields, 0, ret_record);
	do {
		slice name;
		struct cedar_field field;
		if (count == MEMBERS_MAX || !json_cursor_name(cursor, &name))
			return false;
		const struct attribute *attribute = shape ? type_attribute(shape, name) : NULL;
		if (!plain_read_value(reader, attribute ? attribute->type : every, depth + 1, &field.value))
			return false;
		field.key = keep_name(reader->keeper, name);
		if (!field.key.ptr || !insert_field(fields, count++, field))
			return false;
	} while (json_cursor_take(cursor, ','));
	return json_cursor_take(cursor, '}') && make_record(reader, fields, count, ret_record);
}

static bool read_array(struct plain_reader *reader, const struct type *type, unsigned depth,
		       struct cedar_value *ret_value)
{
	struct json_cursor *cursor = &reader->cursor;
	const struct type *element = type && type->kind == TYPE_SET ? type->element : NULL;
	struct cedar_value items[ITEMS_MAX] UNINITIALIZED;
	size_t count = 0;
	cursor->at++;
	if (json_cursor_peek(cursor) != ']')
		do {
			if (count == ITEMS_MAX || !plain_read_value(reader, element, depth + 1, &items[count++]))
				return false;
		} while (json_cursor_take(cursor, ','));
	return json_cursor_take(cursor, ']') &&
	       plain_passed(reader, cedar_set(reader->entities->arena, items, count, ret_value, NULL));
}

/* The name of the first member, if any, without moving. */
static slice first_name(const struct json_cursor *cursor)
{
	struct json_cursor inside = *cursor;
	slice name;
	inside.at++;
	if (json_cursor_peek(&inside) != '"' || !json_cursor_name(&inside, &name))
		return (slice){NULL, 0};
	return name;
}

static bool read_object(struct plain_reader *reader, const struct type *type, unsigned depth,
			struct cedar_value *ret_value)
{
	struct json_cursor *cursor = &reader->cursor;
	slice name = first_name(cursor);
	bool wants_record = type && type->kind == TYPE_RECORD; /* in which nothing is an escape */
	if (bytes_equal(name, SLICE("__entity")) && !wants_record) {
		cursor->at++;
		return json_cursor_named(cursor, SLICE("\"__entity\":")) && json_cursor_take(cursor, '{') &&
		       read_entity(reader, ret_value) && json_cursor_take(cursor, '}');
	}
	if (is_escape(name) || (type && type->kind == TYPE_EXTENSION))
		return false;
	if (type && (type->kind == TYPE_ENTITY || type->kind == TYPE_ANY_ENTITY)) {
		cursor->at++;
		return read_entity(reader, ret_value);
	}
	return plain_read_record(reader, type && type->kind == TYPE_RECORD ? type : NULL, NULL, depth, ret_value);
}

static bool read_text(struct plain_reader *reader, const struct type *type, struct cedar_value *ret_value)
{
	slice text;
	if ((type && type->kind == TYPE_EXTENSION) || !json_cursor_string(&reader->cursor, &text))
		return false;
	text = keep_text(reader->keeper, text);
	*ret_value = cedar_string(text);
	return text.ptr != NULL;
}

static bool read_usual(struct plain_reader *reader, char first, const struct type *type, unsigned depth,
		       struct cedar_value *ret_value)
{
	struct json_cursor *cursor = &reader->cursor;
	int64_t integer;
	switch (first) {
	case '"':
		return read_text(reader, type, ret_value);
	case '{':
		return read_object(reader, type, depth, ret_value);
	case '[':
		return read_array(reader, type, depth, ret_value);
	case 't':
	case 'f':
		*ret_value = cedar_bool(first == 't');
		return json_cursor_word(cursor, first == 't' ? SLICE("true") : SLICE("false"));
	default:
		if (!json_cursor_integer(cursor, &integer))
			return false;
		*ret_value = cedar_long(integer);
		return true;
	}
}

bool plain_read_value(struct plain_reader *reader, const struct type *type, unsigned depth,
		      struct cedar_value *ret_value)
{
	char first = json_cursor_peek(&reader->cursor);
	const char *start = reader->cursor.at;
	if (depth < DEPTH_MAX && read_usual(reader, first, type, depth, ret_value))
		return true;
	return read_tree(reader, start, type, depth, ret_value);
}
