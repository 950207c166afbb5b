#include "cedar/json_value.h"

#include "cedar/extension.h"
#include "cedar/json.h"
#include "cedar/limits.h"

#include <string.h>

/* The number behind `*text`'s head, which moves behind both. */
static bool take_number(const char **text, const char *head, size_t *ret_number)
{
	size_t length = strlen(head), number = 0;
	if (strncmp(*text, head, length) != 0)
		return false;
	for (*text += length; **text >= '0' && **text <= '9'; (*text)++)
		number = number * 10 + (size_t)(**text - '0');
	*ret_number = number;
	return true;
}

/* Line and column, from 1, as a place in the text. */
static size_t offset_of(slice text, size_t line, size_t column)
{
	size_t start = 0;
	while (--line > 0) {
		size_t end = slice_find_byte(text, '\n', start);
		if (end == SIZE_MAX)
			return text.len;
		start = end + 1;
	}
	return start + column - 1;
}

enum error json_read_document(struct json_reader *reader, struct json_doc *doc, slice text,
			      const struct json_limits *limits)
{
	struct fault inner = {.code = E_OK};
	size_t line = 0, column = 0;
	const char *says = inner.sentence;
	struct arena *nodes = reader->nodes ? reader->nodes : reader->arena;
	enum error code = json_parse_apart(doc, text, limits, nodes, reader->arena, &inner);
	reader->doc = doc;
	if (code == E_OK)
		return E_OK;
	/* The reader of JSON tells the place in its sentence: "JSON line 1 column 2: ...". */
	if (take_number(&says, "JSON line ", &line) && take_number(&says, " column ", &column) && line > 0 && column > 0 &&
	    strncmp(says, ": ", 2) == 0)
		return cedar_problem_set(reader->problem, reader->why, code, reader->source, text,
					 offset_of(text, line, column), "%s", says + 2);
	return FAIL(reader->why, code, "%s", fault_sentence(&inner));
}

static enum error no_integer(const struct json_reader *reader, const struct json_node *node)
{
	return READER_FAIL(reader, E_INVALID, node, "`%.*s` is not a 64-bit integer",
			   SLICE_ARG(json_span(reader->doc, node)));
}

enum error json_check_numbers(const struct json_reader *reader, const struct json_node *node)
{
	if (node->type == JSON_NUMBER)
		return no_integer(reader, node);
	if (node->type != JSON_ARRAY && node->type != JSON_OBJECT)
		return E_OK;
	for (const struct json_node *inner = json_first(node); inner; inner = json_next(inner))
		TRY(json_check_numbers(reader, inner));
	return E_OK;
}

/* The value of the only member, if it has this name. */
static const struct json_node *only_member(const struct json_node *node, slice name)
{
	const struct json_node *member = node->type == JSON_OBJECT && node->count == 1 ? json_first(node) : NULL;
	if (!member || !slice_equal(member->key, name))
		return NULL;
	return member;
}

/* An object with text under `type` and `id`, whatever else it has. */
static bool is_type_and_id(const struct json_reader *reader, const struct json_node *node, slice *ret_type,
			   slice *ret_id)
{
	return node && node->type == JSON_OBJECT && json_string(json_get(reader->doc, node, SLICE("type")), ret_type) &&
	       json_string(json_get(reader->doc, node, SLICE("id")), ret_id);
}

/* `escape` is the value of `__expr`; NULL: there is none. */
static enum error refuse_expression(const struct json_reader *reader, const struct json_node *escape)
{
	if (!json_is(escape, JSON_STRING))
		return E_OK;
	return READER_FAIL(reader, E_INVALID, escape, "the `__expr` escape is no longer supported");
}

/* Where only an entity can stand: the escape counts first, and neither form minds other members. */
static bool is_entity(const struct json_reader *reader, const struct json_node *node, slice *ret_type, slice *ret_id)
{
	return is_type_and_id(reader, json_get(reader->doc, node, SLICE("__entity")), ret_type, ret_id) ||
	       is_type_and_id(reader, node, ret_type, ret_id);
}

static enum error make_uid(const struct json_reader *reader, const struct json_node *node, slice type, slice id,
			   struct cedar_uid *ret_uid)
{
	if (!cedar_name_check(type))
		return READER_FAIL(reader, E_INVALID, node, "`%.*s` is not the name of an entity type", SLICE_ARG(type));
	*ret_uid = cedar_uid_make(reader->key, type, id);
	return E_OK;
}

enum error json_read_uid(const struct json_reader *reader, const struct json_node *node, struct cedar_uid *ret_uid)
{
	slice type, id;
	TRY(refuse_expression(reader, json_get(reader->doc, node, SLICE("__expr"))));
	if (!is_entity(reader, node, &type, &id))
		return READER_FAIL(reader, E_INVALID, node,
				   "an entity must stand here: {\"type\": \"SomeType\", \"id\": \"SomeId\"}");
	return make_uid(reader, node, type, id, ret_uid);
}

static enum error read_entity(const struct json_reader *reader, const struct json_node *node, slice type, slice id,
			      struct cedar_value *ret_value)
{
	struct cedar_uid *uid = ARENA_NEW(reader->arena, struct cedar_uid);
	if (!uid)
		return READER_FAIL(reader, E_MEMORY, node, "no memory for an entity");
	TRY(make_uid(reader, node, type, id, uid));
	*ret_value = cedar_entity(uid);
	return E_OK;
}

static enum error call(const struct json_reader *reader, const struct json_node *node, slice name,
		       const struct cedar_value *arguments, size_t count, struct cedar_value *ret_value)
{
	enum cedar_function function = function_find(name);
	if (function == FUNCTION_COUNT)
		return READER_FAIL(reader, E_INVALID, node, "extension function `%.*s` does not exist", SLICE_ARG(name));
	const struct function_info *info = function_info(function);
	if (count != info->argument_count)
		return READER_FAIL(reader, E_INVALID, node, "`%.*s` takes %u arguments, not %zu", SLICE_ARG(name),
				   info->argument_count, count);
	for (size_t i = 0; i < count; i++)
		if (arguments[i].kind != info->arguments[i])
			return READER_FAIL(reader, E_INVALID, node, "`%.*s` expects a %s, not a %s", SLICE_ARG(name),
					   cedar_kind_name((enum cedar_kind)info->arguments[i]),
					   cedar_kind_name((enum cedar_kind)arguments[i].kind));
	struct fault inner = {0};
	enum error error = function_call(reader->arena, function, arguments, ret_value, &inner);
	if (error != E_OK)
		return READER_FAIL(reader, error, node, "error while evaluating `%.*s`: %s", SLICE_ARG(name),
				   fault_sentence(&inner));
	return E_OK;
}

/* `{"fn":F,"arg":A}` or `{"fn":F,"args":[...]}`; `*ret_done` is false where it is neither. */
static enum error read_call(const struct json_reader *reader, const struct json_node *node,
			    struct cedar_value *ret_value, bool *ret_done)
{
	slice name;
	struct cedar_value arguments[2];
	size_t count = 0;
	*ret_done = false;
	if (node->type != JSON_OBJECT || !json_string(json_get(reader->doc, node, SLICE("fn")), &name))
		return E_OK;
	const struct json_node *one = json_get(reader->doc, node, SLICE("arg"));
	const struct json_node *many = json_get(reader->doc, node, SLICE("args"));
	if (!one && !json_is(many, JSON_ARRAY))
		return E_OK;
	*ret_done = true;
	for (const struct json_node *item = one ? one : json_first(many); item; item = one ? NULL : json_next(item)) {
		struct cedar_value value;
		TRY(json_read_value(reader, item, NULL, &value));
		if (count < 2)
			arguments[count] = value;
		count++;
	}
	return call(reader, node, name, arguments, count, ret_value);
}

static enum error read_array(const struct json_reader *reader, const struct json_node *node, const struct type *type,
			     struct cedar_value *ret_value)
{
	struct cedar_value *items = ARENA_ARRAY(reader->arena, node->count, struct cedar_value);
	size_t count = 0;
	if (!items)
		return READER_FAIL(reader, E_MEMORY, node, "no memory for a set");
	const struct type *element = type && type->kind == TYPE_SET ? type->element : NULL;
	for (const struct json_node *item = json_first(node); item; item = json_next(item))
		TRY(json_read_value(reader, item, element, &items[count++]));
	struct fault inner = {0};
	enum error error = cedar_set(reader->arena, items, count, ret_value, &inner);
	return error == E_OK ? E_OK : READER_FAIL(reader, error, node, "%s", fault_sentence(&inner));
}

/* Something else than the type says stands here. */
static enum error unexpected(const struct json_reader *reader, const struct json_node *node, const struct type *type)
{
	char text[100];
	struct buffer expected = {.ptr = text, .size = sizeof(text), .bytes_max = sizeof(text)};
	type_write(&expected, type);
	return READER_FAIL(reader, E_INVALID, node, "expected %.*s%s, got an %s", SLICE_ARG(buffer_slice(&expected)),
			   expected.failed ? "..." : "", json_type_name((enum json_type)node->type));
}

static enum error check_missing(const struct json_reader *reader, const struct json_node *node, const struct type *type)
{
	for (uint32_t i = 0; i < type->count; i++)
		if (type->attributes[i].is_required && !json_get(reader->doc, node, type->attributes[i].name))
			return READER_FAIL(reader, E_INVALID, node, "the record has no `%.*s`, which the schema requires",
					   SLICE_ARG(type->attributes[i].name));
	return E_OK;
}

/* `type` is a record type or NULL. */
static enum error read_record(const struct json_reader *reader, const struct json_node *node, const struct type *type,
			      struct cedar_value *ret_value)
{
	struct cedar_fields fields;
	cedar_fields_init(&fields, reader->arena);
	for (const struct json_node *member = json_first(node); member; member = json_next(member)) {
		const struct attribute *attribute = type ? type_attribute(type, member->key) : NULL;
		struct cedar_value value;
		if (type && !attribute && !type->is_open)
			return READER_FAIL(reader, E_INVALID, member, "the schema has no `%.*s` in this record",
					   SLICE_ARG(member->key));
		TRY(json_read_value(reader, member, attribute ? attribute->type : NULL, &value));
		cedar_fields_add(&fields, member->key, value);
	}
	if (type)
		TRY(check_missing(reader, node, type));
	struct fault inner = {0};
	enum error error = cedar_fields_finish(&fields, ret_value, &inner);
	return error == E_OK ? E_OK : READER_FAIL(reader, error, node, "%s", fault_sentence(&inner));
}

static enum error read_expected_entity(const struct json_reader *reader, const struct json_node *node,
				       const struct type *type, struct cedar_value *ret_value)
{
	slice name, id;
	TRY(refuse_expression(reader, json_get(reader->doc, node, SLICE("__expr"))));
	if (is_entity(reader, node, &name, &id))
		return read_entity(reader, node, name, id, ret_value);
	return unexpected(reader, node, type);
}

static enum error read_expected_extension(const struct json_reader *reader, const struct json_node *node,
					  const struct type *type, struct cedar_value *ret_value)
{
	const struct json_node *escape = json_get(reader->doc, node, SLICE("__extn"));
	bool done = false;
	TRY(refuse_expression(reader, json_get(reader->doc, node, SLICE("__expr"))));
	if (escape)
		TRY(read_call(reader, escape, ret_value, &done));
	if (!done)
		TRY(read_call(reader, node, ret_value, &done));
	return done ? E_OK : unexpected(reader, node, type);
}

/* Where a record is expected, there are no escapes; where an entity or extension value is, nothing else. */
static enum error read_object(const struct json_reader *reader, const struct json_node *node, const struct type *type,
			      struct cedar_value *ret_value)
{
	slice name, id;
	bool done = false;
	if (type && type->kind == TYPE_RECORD)
		return read_record(reader, node, type, ret_value);
	if (type && (type->kind == TYPE_ENTITY || type->kind == TYPE_ANY_ENTITY))
		return read_expected_entity(reader, node, type, ret_value);
	if (type && type->kind == TYPE_EXTENSION)
		return read_expected_extension(reader, node, type, ret_value);
	const struct json_node *escape = only_member(node, SLICE("__entity"));
	if (is_type_and_id(reader, escape, &name, &id)) {
		TRY(json_check_numbers(reader, escape));
		return read_entity(reader, node, name, id, ret_value);
	}
	escape = only_member(node, SLICE("__extn"));
	if (escape)
		TRY(read_call(reader, escape, ret_value, &done));
	if (done)
		return json_check_numbers(reader, escape);
	TRY(refuse_expression(reader, only_member(node, SLICE("__expr"))));
	return read_record(reader, node, NULL, ret_value);
}

/* Where an extension type is expected, text is the argument of its constructor. */
static enum error read_text(const struct json_reader *reader, const struct json_node *node, const struct type *type,
			    struct cedar_value *ret_value)
{
	static const slice constructors[CEDAR_KIND_COUNT] = {
		[CEDAR_DECIMAL] = SLICE_INIT("decimal"), [CEDAR_IP] = SLICE_INIT("ip"),
		[CEDAR_DATETIME] = SLICE_INIT("datetime"), [CEDAR_DURATION] = SLICE_INIT("duration")};
	struct cedar_value text = cedar_string(node->string);
	if (type && type->kind == TYPE_EXTENSION)
		return call(reader, node, constructors[type->extension], &text, 1, ret_value);
	*ret_value = text;
	return E_OK;
}

/* A value that JSON cannot write as this kind of node. Other types are left to cedar_conform_*. */
static bool is_misfit(const struct type *type, enum json_type node)
{
	switch ((int)type->kind) {
	case TYPE_SET:
		return node != JSON_ARRAY;
	case TYPE_RECORD:
	case TYPE_ENTITY:
	case TYPE_ANY_ENTITY:
		return node != JSON_OBJECT;
	case TYPE_EXTENSION:
		return node != JSON_STRING && node != JSON_OBJECT;
	default:
		return false;
	}
}

enum error json_read_value(const struct json_reader *reader, const struct json_node *node, const struct type *type,
			   struct cedar_value *ret_value)
{
	if (type && node->type != JSON_NULL && is_misfit(type, (enum json_type)node->type))
		return unexpected(reader, node, type);
	switch ((enum json_type)node->type) {
	case JSON_NULL:
		return READER_FAIL(reader, E_INVALID, node, "found a `null`: Cedar has no such value");
	case JSON_NUMBER:
		return no_integer(reader, node);
	case JSON_BOOL:
		*ret_value = cedar_bool(node->boolean);
		return E_OK;
	case JSON_INT:
		*ret_value = cedar_long(node->integer);
		return E_OK;
	case JSON_STRING:
		return read_text(reader, node, type, ret_value);
	case JSON_ARRAY:
		return read_array(reader, node, type, ret_value);
	case JSON_OBJECT:
		return read_object(reader, node, type, ret_value);
	case JSON_TYPE_COUNT:
		break;
	}
	return READER_FAIL(reader, E_INTERNAL, node, "an unknown kind of JSON");
}

enum error cedar_value_from_json(struct arena *arena, const struct hash_key *key, const struct json_doc *doc,
				 const struct json_node *node, struct cedar_value *ret_value, struct fault *why)
{
	struct json_reader reader = {.doc = doc, .arena = arena, .key = key, .source = SLICE("json"), .why = why};
	return json_read_value(&reader, node, NULL, ret_value);
}
