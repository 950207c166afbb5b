/* Expressions out of policy JSON. */
#include "cedar/est_expression.h"

#include "cedar/bytes.h"
#include "cedar/extension.h"
#include "cedar/limits.h"
#include "cedar/parser.h"

#include <string.h>

static enum error read_node(struct est_reader *est, const struct json_node *json, const struct node **ret_node);
static enum error read_value(struct est_reader *est, const struct json_node *json, const struct node **ret_node);

static enum error new_node(const struct est_reader *est, const struct json_node *json, enum node_kind kind,
			   struct node **ret_node)
{
	*ret_node = ARENA_NEW(est->reader.arena, struct node);
	if (!*ret_node)
		return READER_FAIL(&est->reader, E_MEMORY, json, "no memory for an expression");
	(*ret_node)->kind = (unsigned char)kind;
	(*ret_node)->offset = json->start;
	return E_OK;
}

static enum error close_node(const struct est_reader *est, const struct json_node *json, struct node *node,
			     const struct node **ret_node)
{
	struct fault inner = {0};
	enum error error = node_close(est->reader.arena, node, &inner);
	*ret_node = node;
	return error == E_OK ? E_OK : READER_FAIL(&est->reader, error, json, "%s", fault_sentence(&inner));
}

/* These members, and whatever else. E_SYNTAX. */
static enum error need_members(const struct json_reader *reader, const struct json_node *object, const slice *names,
			       size_t count, const struct json_node **ret_members)
{
	for (size_t i = 0; i < count; i++) {
		ret_members[i] = json_get(reader->doc, object, names[i]);
		if (!ret_members[i])
			return READER_FAIL(reader, E_SYNTAX, object, "missing field `%.*s`", SLICE_ARG(names[i]));
	}
	return E_OK;
}

/* Exactly these members, no more. E_SYNTAX. */
enum error est_members(const struct json_reader *reader, const struct json_node *object, const slice *names,
		       size_t needed, size_t allowed, const struct json_node **ret_members)
{
	if (object->type != JSON_OBJECT)
		return READER_FAIL(reader, E_SYNTAX, object, "an object must stand here");
	const struct json_node *unknown = NULL;
	for (size_t i = 0; i < allowed; i++)
		ret_members[i] = NULL;
	for (const struct json_node *member = json_first(object); member; member = json_next(member)) {
		size_t i = 0;
		while (i < allowed && !bytes_equal(names[i], member->key))
			i++;
		if (i < allowed)
			ret_members[i] = member;
		else if (!unknown)
			unknown = member;
	}
	for (size_t i = 0; i < needed; i++)
		if (!ret_members[i])
			return READER_FAIL(reader, E_SYNTAX, object, "missing field `%.*s`", SLICE_ARG(names[i]));
	if (unknown)
		return READER_FAIL(reader, E_SYNTAX, unknown, "unknown field `%.*s`", SLICE_ARG(unknown->key));
	return E_OK;
}

/* A call as it stands in a value: `{"fn":F,"arg":A}` or `{"fn":F,"args":[...]}`. It is made when it is evaluated. */
static enum error value_call(struct est_reader *est, const struct json_node *json, slice name,
			     const struct json_node *arguments, bool is_list, const struct node **ret_node)
{
	struct node *node;
	size_t count = is_list ? arguments->count : 1;
	const struct node **items = ARENA_ARRAY(est->reader.arena, count, const struct node *);
	TRY(new_node(est, json, NODE_CALL, &node));
	if (!items)
		return READER_FAIL(&est->reader, E_MEMORY, json, "no memory for an expression");
	if (function_find(name) == FUNCTION_COUNT)
		return READER_FAIL(&est->reader, E_UNSUPPORTED, json, "extension function `%.*s` does not exist",
				   SLICE_ARG(name));
	for (const struct json_node *item = is_list ? json_first(arguments) : arguments; item;
	     item = is_list ? json_next(item) : NULL)
		TRY(read_value(est, item, &items[node->count++]));
	node->detail = (unsigned char)function_find(name);
	node->items = items;
	return close_node(est, json, node, ret_node);
}

static enum error value_members(struct est_reader *est, const struct json_node *json, const struct node **ret_node)
{
	struct node *node;
	slice *names = ARENA_ARRAY(est->reader.arena, json->count, slice);
	const struct node **items = ARENA_ARRAY(est->reader.arena, json->count, const struct node *);
	TRY(new_node(est, json, json->type == JSON_OBJECT ? NODE_RECORD : NODE_SET, &node));
	if (!names || !items)
		return READER_FAIL(&est->reader, E_MEMORY, json, "no memory for an expression");
	for (const struct json_node *item = json_first(json); item; item = json_next(item)) {
		names[node->count] = item->key;
		TRY(read_value(est, item, &items[node->count]));
		node->count++;
	}
	node->items = items;
	if (json->type == JSON_OBJECT)
		node->names = names;
	return close_node(est, json, node, ret_node);
}

/* An escape, or a record. */
static enum error value_object(struct est_reader *est, const struct json_node *json, const struct node **ret_node)
{
	const struct json_node *only = json->count == 1 ? json_first(json) : NULL;
	slice name;
	if (only && slice_equal(only->key, SLICE("__extn")) &&
	    json_string(json_get(est->reader.doc, only, SLICE("fn")), &name)) {
		const struct json_node *one = json_get(est->reader.doc, only, SLICE("arg"));
		const struct json_node *list = json_get(est->reader.doc, only, SLICE("args"));
		TRY(json_check_numbers(&est->reader, only));
		if (one || json_is(list, JSON_ARRAY))
			return value_call(est, json, name, one ? one : list, !one, ret_node);
	}
	struct node *node;
	struct cedar_value value;
	slice id;
	bool is_entity = only && slice_equal(only->key, SLICE("__entity")) &&
			 json_string(json_get(est->reader.doc, only, SLICE("type")), &name) &&
			 json_string(json_get(est->reader.doc, only, SLICE("id")), &id);
	bool is_expression = only && slice_equal(only->key, SLICE("__expr")) && json_is(only, JSON_STRING);
	if (!is_entity && !is_expression)
		return value_members(est, json, ret_node);
	/* An expression is refused there. */
	TRY(json_read_value(&est->reader, json, NULL, &value));
	TRY(new_node(est, json, NODE_LITERAL, &node));
	node->value = value;
	return close_node(est, json, node, ret_node);
}

/* A value becomes the expression that would have been written for it. */
static enum error read_value(struct est_reader *est, const struct json_node *json, const struct node **ret_node)
{
	struct node *node;
	if (++est->nesting > CEDAR_NESTING_MAX)
		return READER_FAIL(&est->reader, E_LIMIT, json, "the expression is nested deeper than %u",
				   CEDAR_NESTING_MAX);
	if (json->type == JSON_OBJECT || json->type == JSON_ARRAY) {
		TRY(json->type == JSON_OBJECT ? value_object(est, json, ret_node) : value_members(est, json, ret_node));
	} else {
		TRY(new_node(est, json, NODE_LITERAL, &node));
		TRY(json_read_value(&est->reader, json, NULL, &node->value));
		TRY(close_node(est, json, node, ret_node));
	}
	est->nesting--;
	return E_OK;
}

static enum error read_variable(struct est_reader *est, const struct json_node *json, const struct node **ret_node)
{
	struct node *node;
	slice name;
	TRY(new_node(est, json, NODE_VARIABLE, &node));
	if (!json_string(json, &name) || variable_find(name) == VARIABLE_COUNT)
		return READER_FAIL(&est->reader, E_SYNTAX, json, "a variable is principal, action, resource or context");
	node->detail = (unsigned char)variable_find(name);
	return close_node(est, json, node, ret_node);
}

static enum error read_unary(struct est_reader *est, const struct json_node *json, enum node_kind kind,
			     const struct node **ret_node)
{
	struct node *node;
	const struct json_node *argument;
	TRY(new_node(est, json, kind, &node));
	TRY(est_members(&est->reader, json, (const slice[]){SLICE("arg")}, 1, 1, &argument));
	TRY(read_node(est, argument, &node->left));
	return close_node(est, json, node, ret_node);
}

/* A chain that leans to the left becomes one node, as from text. */
static enum error make_chain(struct est_reader *est, const struct json_node *json, enum node_kind kind,
			     const struct node *left, const struct node *right, const struct node **ret_node)
{
	struct node *node;
	uint32_t count = left->kind == kind ? left->count : 1;
	const struct node **items = ARENA_ARRAY(est->reader.arena, count + 1, const struct node *);
	TRY(new_node(est, json, kind, &node));
	if (!items)
		return READER_FAIL(&est->reader, E_MEMORY, json, "no memory for an expression");
	if (left->kind == kind)
		memcpy(items, left->items, count * sizeof(*items));
	else
		items[0] = left;
	items[count] = right;
	node->items = items;
	node->count = count + 1;
	return close_node(est, json, node, ret_node);
}

static enum error read_binary(struct est_reader *est, const struct json_node *json, enum node_kind kind,
			      const struct node **ret_node)
{
	struct node *node;
	const struct json_node *members[2];
	const struct node *left, *right;
	TRY(est_members(&est->reader, json, (const slice[]){SLICE("left"), SLICE("right")}, 2, 2, members));
	TRY(read_node(est, members[0], &left));
	TRY(read_node(est, members[1], &right));
	if (kind == NODE_AND || kind == NODE_OR)
		return make_chain(est, json, kind, left, right, ret_node);
	TRY(new_node(est, json, kind, &node));
	node->left = left;
	node->right = right;
	return close_node(est, json, node, ret_node);
}

static enum error read_attribute(struct est_reader *est, const struct json_node *json, const struct node **ret_node)
{
	struct node *node;
	const struct json_node *members[2];
	TRY(new_node(est, json, NODE_ATTRIBUTE, &node));
	TRY(est_members(&est->reader, json, (const slice[]){SLICE("left"), SLICE("attr")}, 2, 2, members));
	if (!json_string(members[1], &node->name))
		return READER_FAIL(&est->reader, E_SYNTAX, members[1], "`attr` must be text");
	TRY(read_node(est, members[0], &node->left));
	return close_node(est, json, node, ret_node);
}

static enum error read_has(struct est_reader *est, const struct json_node *json, const struct node **ret_node)
{
	struct node *node;
	const struct json_node *members[2] = {NULL, NULL};
	TRY(new_node(est, json, NODE_HAS, &node));
	TRY(need_members(&est->reader, json, (const slice[]){SLICE("left"), SLICE("attr")}, 2, members));
	bool is_list = members[1]->type == JSON_ARRAY && members[1]->count > 0;
	slice *names = ARENA_ARRAY(est->reader.arena, is_list ? members[1]->count : 1, slice);
	if (!names)
		return READER_FAIL(&est->reader, E_MEMORY, json, "no memory for an expression");
	for (const struct json_node *item = is_list ? json_first(members[1]) : members[1]; item;
	     item = is_list ? json_next(item) : NULL)
		if (!json_string(item, &names[node->count++]))
			return READER_FAIL(&est->reader, E_SYNTAX, item, "`attr` must be text or a list of texts");
	if (node->count > CEDAR_DEPTH_MAX)
		return READER_FAIL(&est->reader, E_LIMIT, json, "this `has` is too long");
	node->names = names;
	TRY(read_node(est, members[0], &node->left));
	return close_node(est, json, node, ret_node);
}

static enum error read_pattern(struct est_reader *est, const struct json_node *json, struct node *node)
{
	struct pattern *pattern = ARENA_NEW(est->reader.arena, struct pattern);
	struct pattern_part *parts = ARENA_ARRAY(est->reader.arena, json->count, struct pattern_part);
	if (json->type != JSON_ARRAY)
		return READER_FAIL(&est->reader, E_SYNTAX, json, "`pattern` must be an array");
	if (!pattern || !parts)
		return READER_FAIL(&est->reader, E_MEMORY, json, "no memory for a pattern");
	for (const struct json_node *item = json_first(json); item; item = json_next(item)) {
		struct pattern_part *part = &parts[pattern->count++];
		slice word;
		const struct json_node *literal = json_get(est->reader.doc, item, SLICE("Literal"));
		if (json_string(item, &word) && slice_equal(word, SLICE("Wildcard")))
			part->is_wildcard = true;
		else if (!json_string(literal, &part->literal) || item->count != 1)
			return READER_FAIL(&est->reader, E_SYNTAX, item,
					   "a part of a pattern is \"Wildcard\" or {\"Literal\": text}");
	}
	pattern->parts = parts;
	node->pattern = pattern;
	return pattern_join(est->reader.arena, pattern) ? E_OK
							: READER_FAIL(&est->reader, E_MEMORY, json, "no memory");
}

static enum error read_like(struct est_reader *est, const struct json_node *json, const struct node **ret_node)
{
	struct node *node;
	const struct json_node *members[2];
	TRY(new_node(est, json, NODE_LIKE, &node));
	TRY(est_members(&est->reader, json, (const slice[]){SLICE("left"), SLICE("pattern")}, 2, 2, members));
	TRY(read_node(est, members[0], &node->left));
	TRY(read_pattern(est, members[1], node));
	return close_node(est, json, node, ret_node);
}

static enum error read_is(struct est_reader *est, const struct json_node *json, const struct node **ret_node)
{
	struct node *node;
	const struct json_node *members[3];
	slice name;
	struct cedar_uid *type = ARENA_NEW(est->reader.arena, struct cedar_uid);
	TRY(est_members(&est->reader, json, (const slice[]){SLICE("left"), SLICE("entity_type"), SLICE("in")}, 2, 3,
			members));
	if (json_is(members[2], JSON_NULL))
		members[2] = NULL;
	TRY(new_node(est, json, members[2] ? NODE_IS_IN : NODE_IS, &node));
	if (!json_string(members[1], &name) || !cedar_name_check(name))
		return READER_FAIL(&est->reader, E_SYNTAX, members[1], "`entity_type` must be the name of a type");
	if (!type)
		return READER_FAIL(&est->reader, E_MEMORY, json, "no memory for a type name");
	*type = cedar_uid_make(est->reader.key, name, SLICE(""));
	node->type = type;
	TRY(read_node(est, members[0], &node->left));
	if (members[2])
		TRY(read_node(est, members[2], &node->right));
	return close_node(est, json, node, ret_node);
}

static enum error read_if(struct est_reader *est, const struct json_node *json, const struct node **ret_node)
{
	struct node *node;
	const struct json_node *members[3];
	TRY(new_node(est, json, NODE_IF, &node));
	TRY(est_members(&est->reader, json, (const slice[]){SLICE("if"), SLICE("then"), SLICE("else")}, 3, 3, members));
	TRY(read_node(est, members[0], &node->left));
	TRY(read_node(est, members[1], &node->right));
	TRY(read_node(est, members[2], &node->third));
	return close_node(est, json, node, ret_node);
}

/* The expressions of an array or object. */
static enum error read_items(struct est_reader *est, const struct json_node *json, enum node_kind kind,
			     enum cedar_function function, const struct node **ret_node)
{
	struct node *node;
	if (json->type != (kind == NODE_RECORD ? JSON_OBJECT : JSON_ARRAY))
		return READER_FAIL(&est->reader, E_SYNTAX, json, "an %s must stand here",
				   kind == NODE_RECORD ? "object" : "array");
	TRY(new_node(est, json, kind, &node));
	const struct node **items = ARENA_ARRAY(est->reader.arena, json->count, const struct node *);
	slice *names = ARENA_ARRAY(est->reader.arena, json->count, slice);
	if (!items || !names)
		return READER_FAIL(&est->reader, E_MEMORY, json, "no memory for an expression");
	for (const struct json_node *item = json_first(json); item; item = json_next(item)) {
		names[node->count] = item->key;
		TRY(read_node(est, item, &items[node->count]));
		node->count++;
	}
	node->items = items;
	node->detail = (unsigned char)function;
	if (kind == NODE_RECORD)
		node->names = names;
	return close_node(est, json, node, ret_node);
}

static enum error read_operator(struct est_reader *est, const struct json_node *json, const struct node **ret_node)
{
	slice key = json->key;
	if (slice_equal(key, SLICE("!")))
		return read_unary(est, json, NODE_NOT, ret_node);
	if (slice_equal(key, SLICE("neg")))
		return read_unary(est, json, NODE_NEGATE, ret_node);
	if (slice_equal(key, SLICE("isEmpty")))
		return read_unary(est, json, NODE_IS_EMPTY, ret_node);
	for (unsigned kind = NODE_AND; kind <= NODE_GET_TAG; kind++)
		if (kind != NODE_IF && slice_equal(node_operator((enum node_kind)kind), key))
			return read_binary(est, json, (enum node_kind)kind, ret_node);
	enum cedar_function function = function_find(key);
	if (function != FUNCTION_COUNT)
		return read_items(est, json, NODE_CALL, function, ret_node);
	return READER_FAIL(&est->reader, E_SYNTAX, json, "`%.*s` is no kind of expression", SLICE_ARG(key));
}

static enum error read_kind(struct est_reader *est, const struct json_node *json, const struct node **ret_node)
{
	static const struct {
		slice key;
		enum error (*read_form)(struct est_reader *, const struct json_node *, const struct node **);
	} forms[] = {
		{SLICE_INIT("Value"), read_value}, {SLICE_INIT("Var"), read_variable}, {SLICE_INIT("."), read_attribute},
		{SLICE_INIT("has"), read_has},	   {SLICE_INIT("like"), read_like},	   {SLICE_INIT("is"), read_is},
		{SLICE_INIT("if-then-else"), read_if},
	};
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		if (slice_equal(forms[i].key, json->key))
			return forms[i].read_form(est, json, ret_node);
	if (slice_equal(json->key, SLICE("Set")))
		return read_items(est, json, NODE_SET, 0, ret_node);
	if (slice_equal(json->key, SLICE("Record")))
		return read_items(est, json, NODE_RECORD, 0, ret_node);
	return read_operator(est, json, ret_node);
}

static enum error read_node(struct est_reader *est, const struct json_node *json, const struct node **ret_node)
{
	if (json->type != JSON_OBJECT || json->count != 1)
		return READER_FAIL(&est->reader, E_SYNTAX, json, "an expression must be an object with one member");
	if (++est->nesting > CEDAR_NESTING_MAX)
		return READER_FAIL(&est->reader, E_LIMIT, json, "the expression is nested deeper than %u",
				   CEDAR_NESTING_MAX);
	TRY(read_kind(est, json_first(json), ret_node));
	est->nesting--;
	return E_OK;
}

enum error est_read_expression(const struct json_reader *reader, const struct json_node *json,
			       const struct node **ret_node)
{
	struct est_reader est = {.reader = *reader};
	return read_node(&est, json, ret_node);
}
