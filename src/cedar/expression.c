/* Expressions, by precedence: if, ||, &&, relations, + -, *, unary, members, primaries. */
#include "cedar/extension.h"
#include "cedar/limits.h"
#include "cedar/parser.h"

#define UNARY_MAX 4u

static enum error parse_or(struct parser *parser, const struct node **ret_node);
static enum error parse_add(struct parser *parser, const struct node **ret_node);

static enum error new_node(struct parser *parser, enum node_kind kind, uint32_t offset, struct node **ret_node)
{
	*ret_node = ARENA_NEW(parser->arena, struct node);
	if (!*ret_node)
		return PARSER_FAIL(parser, E_MEMORY, offset, "no memory for an expression");
	(*ret_node)->kind = (unsigned char)kind;
	(*ret_node)->offset = offset;
	return E_OK;
}

static enum error close_node(struct parser *parser, struct node *node, const struct node **ret_node)
{
	enum error error = node_close(parser->arena, node, parser->why);
	if (error != E_OK)
		return parser_place(parser, error, node->offset);
	*ret_node = node;
	return E_OK;
}

static enum error make_literal(struct parser *parser, uint32_t offset, struct cedar_value value,
			       const struct node **ret_node)
{
	struct node *node;
	TRY(new_node(parser, NODE_LITERAL, offset, &node));
	node->value = value;
	return close_node(parser, node, ret_node);
}

static enum error make_binary(struct parser *parser, enum node_kind kind, const struct node *left,
			      const struct node *right, const struct node **ret_node)
{
	struct node *node;
	TRY(new_node(parser, kind, left->offset, &node));
	node->left = left;
	node->right = right;
	return close_node(parser, node, ret_node);
}

/* Takes expressions up to the closing token; a comma may stand behind the last. */
static enum error parse_list(struct parser *parser, enum token_kind close, struct pointer_list *ret_items)
{
	*ret_items = (struct pointer_list){0};
	while (!parser_accept(parser, close)) {
		const struct node *item;
		TRY(parser_expression(parser, &item));
		TRY(pointer_list_add(ret_items, parser->arena, item, parser->why));
		if (parser->token.kind != close)
			TRY(parser_expect(parser, TOKEN_COMMA));
	}
	return E_OK;
}

static void set_items(struct node *node, const struct pointer_list *list)
{
	node->items = (const struct node *const *)list->items;
	node->count = (uint32_t)list->count;
}

static enum error parse_set(struct parser *parser, const struct node **ret_node)
{
	struct node *node;
	struct pointer_list items;
	TRY(new_node(parser, NODE_SET, parser->token.offset, &node));
	parser_take(parser);
	TRY(parse_list(parser, TOKEN_RIGHT_BRACKET, &items));
	set_items(node, &items);
	return close_node(parser, node, ret_node);
}

static enum error parse_key(struct parser *parser, slice *ret_key)
{
	if (parser->token.kind == TOKEN_STRING)
		return parser_string(parser, ret_key);
	return parser_identifier(parser, ret_key);
}

static enum error parse_record(struct parser *parser, const struct node **ret_node)
{
	struct node *node;
	struct pointer_list keys = {0}, items = {0};
	TRY(new_node(parser, NODE_RECORD, parser->token.offset, &node));
	parser_take(parser);
	while (!parser_accept(parser, TOKEN_RIGHT_BRACE)) {
		slice *key = ARENA_NEW(parser->arena, slice);
		const struct node *item;
		if (!key)
			return PARSER_FAIL(parser, E_MEMORY, node->offset, "no memory for a record");
		TRY(parse_key(parser, key));
		TRY(parser_expect(parser, TOKEN_COLON));
		TRY(parser_expression(parser, &item));
		TRY(pointer_list_add(&keys, parser->arena, key, parser->why));
		TRY(pointer_list_add(&items, parser->arena, item, parser->why));
		if (parser->token.kind != TOKEN_RIGHT_BRACE)
			TRY(parser_expect(parser, TOKEN_COMMA));
	}
	set_items(node, &items);
	slice *names = ARENA_ARRAY(parser->arena, keys.count, slice);
	if (!names)
		return PARSER_FAIL(parser, E_MEMORY, node->offset, "no memory for a record");
	for (size_t i = 0; i < keys.count; i++)
		names[i] = *(const slice *)keys.items[i];
	node->names = names;
	return close_node(parser, node, ret_node);
}

static enum error parse_call(struct parser *parser, slice name, uint32_t offset, const struct node **ret_node)
{
	struct node *node;
	struct pointer_list items;
	enum cedar_function function = function_find(name);
	if (function == FUNCTION_COUNT && node_method(name) == NODE_KIND_COUNT)
		return PARSER_FAIL(parser, E_SYNTAX, offset, "`%.*s` is not a valid function", SLICE_ARG(name));
	if (function == FUNCTION_COUNT || function_info(function)->is_method)
		return PARSER_FAIL(parser, E_SYNTAX, offset, "`%.*s` is a method, not a function: write `e.%.*s(..)`",
				   SLICE_ARG(name), SLICE_ARG(name));
	TRY(new_node(parser, NODE_CALL, offset, &node));
	node->detail = (unsigned char)function;
	parser_take(parser);
	TRY(parse_list(parser, TOKEN_RIGHT_PAREN, &items));
	set_items(node, &items);
	return close_node(parser, node, ret_node);
}

/* A word: a variable, an entity, a call. */
static enum error parse_word(struct parser *parser, const struct node **ret_node)
{
	uint32_t offset = parser->token.offset;
	const struct cedar_uid *uid;
	slice name;
	if (parser_at_word(parser, SLICE("true")) || parser_at_word(parser, SLICE("false"))) {
		bool is_true = parser_at_word(parser, SLICE("true"));
		parser_take(parser);
		return make_literal(parser, offset, cedar_bool(is_true), ret_node);
	}
	TRY(parser_path(parser, &name, &uid));
	if (uid)
		return make_literal(parser, offset, cedar_entity(uid), ret_node);
	if (parser->token.kind == TOKEN_LEFT_PAREN)
		return parse_call(parser, name, offset, ret_node);
	enum variable variable = variable_find(name);
	if (variable == VARIABLE_COUNT)
		return PARSER_FAIL(parser, E_SYNTAX, offset,
				   "invalid variable `%.*s`: it must be principal, action, resource or context",
				   SLICE_ARG(name));
	struct node *node;
	TRY(new_node(parser, NODE_VARIABLE, offset, &node));
	node->detail = (unsigned char)variable;
	return close_node(parser, node, ret_node);
}

/* The integer at the token; with a sign the least number may be written too. */
static enum error take_integer(struct parser *parser, bool negative, int64_t *ret_integer)
{
	uint64_t number = 0;
	slice text = parser->token.text;
	for (size_t i = 0; i < text.len; i++)
		if (__builtin_mul_overflow(number, 10u, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(text.ptr[i] - '0'), &number))
			number = UINT64_MAX;
	if (number > (uint64_t)INT64_MAX + negative)
		return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset,
				   "integer literal `%.*s` is too large: the maximum is 9223372036854775807",
				   SLICE_ARG(text));
	*ret_integer = negative ? (int64_t)(0 - number) : (int64_t)number;
	parser_take(parser);
	return E_OK;
}

static enum error parse_primary(struct parser *parser, const struct node **ret_node)
{
	uint32_t offset = parser->token.offset;
	int64_t integer;
	slice text;
	switch ((int)parser->token.kind) {
	case TOKEN_IDENTIFIER:
		return parse_word(parser, ret_node);
	case TOKEN_INTEGER:
		TRY(take_integer(parser, false, &integer));
		return make_literal(parser, offset, cedar_long(integer), ret_node);
	case TOKEN_STRING:
		TRY(parser_string(parser, &text));
		return make_literal(parser, offset, cedar_string(text), ret_node);
	case TOKEN_LEFT_PAREN:
		parser_take(parser);
		TRY(parser_expression(parser, ret_node));
		return parser_expect(parser, TOKEN_RIGHT_PAREN);
	case TOKEN_LEFT_BRACKET:
		return parse_set(parser, ret_node);
	case TOKEN_LEFT_BRACE:
		return parse_record(parser, ret_node);
	case TOKEN_SLOT:
		return PARSER_FAIL(parser, E_SYNTAX, offset, "found template slot %.*s in a `when` clause: slots belong in the head",
				   SLICE_ARG(parser->token.text));
	default:
		return parser_unexpected(parser);
	}
}

static enum error make_extension_method(struct parser *parser, enum cedar_function function, const struct node *left,
					const struct pointer_list *arguments, const struct node **ret_node)
{
	struct node *node;
	struct pointer_list items = {0};
	TRY(new_node(parser, NODE_CALL, left->offset, &node));
	node->detail = (unsigned char)function;
	TRY(pointer_list_add(&items, parser->arena, left, parser->why));
	for (size_t i = 0; i < arguments->count; i++)
		TRY(pointer_list_add(&items, parser->arena, arguments->items[i], parser->why));
	set_items(node, &items);
	return close_node(parser, node, ret_node);
}

static enum error parse_method(struct parser *parser, slice name, uint32_t offset, const struct node *left,
			       const struct node **ret_node)
{
	struct pointer_list arguments;
	enum node_kind method = node_method(name);
	enum cedar_function function = function_find(name);
	if (method == NODE_KIND_COUNT && function == FUNCTION_COUNT)
		return PARSER_FAIL(parser, E_SYNTAX, offset, "`%.*s` is not a valid method", SLICE_ARG(name));
	if (method == NODE_KIND_COUNT && !function_info(function)->is_method)
		return PARSER_FAIL(parser, E_SYNTAX, offset, "`%.*s` is a function, not a method: write `%.*s(..)`",
				   SLICE_ARG(name), SLICE_ARG(name));
	TRY(parser_expect(parser, TOKEN_LEFT_PAREN));
	TRY(parse_list(parser, TOKEN_RIGHT_PAREN, &arguments));
	if (method == NODE_KIND_COUNT)
		return make_extension_method(parser, function, left, &arguments, ret_node);
	if (arguments.count != node_method_arguments(method))
		return PARSER_FAIL(parser, E_SYNTAX, offset, "call to `%.*s` requires exactly %zu argument%s, but got %zu",
				   SLICE_ARG(name), node_method_arguments(method),
				   node_method_arguments(method) == 1 ? "" : "s", arguments.count);
	return make_binary(parser, method, left, arguments.count ? arguments.items[0] : NULL, ret_node);
}

static enum error make_attribute(struct parser *parser, const struct node *left, slice name, bool bracketed,
				 const struct node **ret_node)
{
	struct node *node;
	TRY(new_node(parser, NODE_ATTRIBUTE, left->offset, &node));
	node->left = left;
	node->name = name;
	node->is_bracketed = bracketed;
	return close_node(parser, node, ret_node);
}

static enum error parse_accesses(struct parser *parser, const struct node *node, const struct node **ret_node)
{
	for (;;) {
		slice name;
		if (parser_accept(parser, TOKEN_DOT)) {
			uint32_t offset = parser->token.offset;
			TRY(parser_identifier(parser, &name));
			if (parser->token.kind == TOKEN_LEFT_PAREN)
				TRY(parse_method(parser, name, offset, node, &node));
			else
				TRY(make_attribute(parser, node, name, false, &node));
		} else if (parser_accept(parser, TOKEN_LEFT_BRACKET)) {
			if (parser->token.kind != TOKEN_STRING)
				return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset,
						   "an index must be a string literal");
			TRY(parser_string(parser, &name));
			TRY(parser_expect(parser, TOKEN_RIGHT_BRACKET));
			TRY(make_attribute(parser, node, name, true, &node));
		} else {
			*ret_node = node;
			return E_OK;
		}
	}
}

static bool starts_access(enum token_kind kind)
{
	return kind == TOKEN_DOT || kind == TOKEN_LEFT_BRACKET;
}

/* `-` before an integer belongs to it, unless the integer is accessed. */
static enum error parse_negative(struct parser *parser, unsigned *count, const struct node **ret_node)
{
	uint32_t offset = parser->token.offset;
	struct lexer ahead = parser->lexer;
	struct token next;
	int64_t integer;
	lexer_next(&ahead, &next);
	if (starts_access(next.kind)) {
		TRY(parse_primary(parser, ret_node));
		return parse_accesses(parser, *ret_node, ret_node);
	}
	TRY(take_integer(parser, true, &integer));
	(*count)--;
	return make_literal(parser, offset, cedar_long(integer), ret_node);
}

static enum error parse_unary(struct parser *parser, const struct node **ret_node)
{
	uint32_t offset = parser->token.offset;
	enum token_kind sign = parser->token.kind;
	unsigned count = 0;
	if (sign == TOKEN_NOT || sign == TOKEN_MINUS)
		while (parser_accept(parser, sign))
			count++;
	if (count > UNARY_MAX)
		return PARSER_FAIL(parser, E_SYNTAX, offset, "more than %u `%s` in a row", UNARY_MAX, token_name(sign));
	if (count && sign == TOKEN_MINUS && parser->token.kind == TOKEN_INTEGER) {
		TRY(parse_negative(parser, &count, ret_node));
	} else {
		TRY(parse_primary(parser, ret_node));
		TRY(parse_accesses(parser, *ret_node, ret_node));
	}
	for (; count > 0; count--) {
		struct node *node;
		TRY(new_node(parser, sign == TOKEN_NOT ? NODE_NOT : NODE_NEGATE, offset, &node));
		node->left = *ret_node;
		TRY(close_node(parser, node, ret_node));
	}
	return E_OK;
}

static enum error parse_multiply(struct parser *parser, const struct node **ret_node)
{
	TRY(parse_unary(parser, ret_node));
	for (;;) {
		const struct node *right;
		if (parser->token.kind == TOKEN_SLASH)
			return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset, "division is not supported");
		if (parser->token.kind == TOKEN_PERCENT)
			return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset, "remainder/modulo is not supported");
		if (!parser_accept(parser, TOKEN_STAR))
			return E_OK;
		TRY(parse_unary(parser, &right));
		TRY(make_binary(parser, NODE_MULTIPLY, *ret_node, right, ret_node));
	}
}

static enum error parse_add(struct parser *parser, const struct node **ret_node)
{
	TRY(parse_multiply(parser, ret_node));
	while (parser->token.kind == TOKEN_PLUS || parser->token.kind == TOKEN_MINUS) {
		const struct node *right;
		enum node_kind kind = parser->token.kind == TOKEN_PLUS ? NODE_ADD : NODE_SUBTRACT;
		parser_take(parser);
		TRY(parse_multiply(parser, &right));
		TRY(make_binary(parser, kind, *ret_node, right, ret_node));
	}
	return E_OK;
}

/* NODE_KIND_COUNT: the token is no relation. */
static enum node_kind relation_of(const struct parser *parser)
{
	static const unsigned char kinds[TOKEN_COUNT] = {
		[TOKEN_EQUAL_EQUAL] = NODE_EQUAL,	[TOKEN_NOT_EQUAL] = NODE_NOT_EQUAL,
		[TOKEN_LESS] = NODE_LESS,		[TOKEN_LESS_EQUAL] = NODE_LESS_EQUAL,
		[TOKEN_GREATER] = NODE_GREATER, [TOKEN_GREATER_EQUAL] = NODE_GREATER_EQUAL,
	};
	static const struct {
		slice word;
		enum node_kind kind;
	} words[] = {{SLICE_INIT("in"), NODE_IN}, {SLICE_INIT("has"), NODE_HAS}, {SLICE_INIT("like"), NODE_LIKE},
		     {SLICE_INIT("is"), NODE_IS}};
	if (kinds[parser->token.kind])
		return (enum node_kind)kinds[parser->token.kind];
	for (size_t i = 0; parser->token.kind == TOKEN_IDENTIFIER && i < sizeof(words) / sizeof(words[0]); i++)
		if (parser_at_word(parser, words[i].word))
			return words[i].kind;
	return NODE_KIND_COUNT;
}

static enum error parse_has(struct parser *parser, const struct node *left, const struct node **ret_node)
{
	struct node *node;
	slice name, *names;
	size_t count = 0, size = 4;
	TRY(new_node(parser, NODE_HAS, left->offset, &node));
	names = ARENA_ARRAY(parser->arena, size, slice);
	if (!names)
		return PARSER_FAIL(parser, E_MEMORY, left->offset, "no memory for an expression");
	bool is_string = parser->token.kind == TOKEN_STRING;
	do {
		if (is_string)
			TRY(parser_string(parser, &name));
		else
			TRY(parser_identifier(parser, &name));
		if (count == size) {
			slice *bigger = ARENA_ARRAY(parser->arena, size * 2, slice);
			if (!bigger || count >= CEDAR_DEPTH_MAX)
				return PARSER_FAIL(parser, E_LIMIT, left->offset, "this `has` is too long");
			for (size_t i = 0; i < count; i++)
				bigger[i] = names[i];
			names = bigger;
			size *= 2;
		}
		names[count++] = name;
	} while (!is_string && parser_accept(parser, TOKEN_DOT));
	node->left = left;
	node->names = names;
	node->count = (uint32_t)count;
	node->is_bracketed = is_string;
	return close_node(parser, node, ret_node);
}

static enum error parse_like(struct parser *parser, const struct node *left, const struct node **ret_node)
{
	struct node *node;
	struct pattern *pattern = ARENA_NEW(parser->arena, struct pattern);
	size_t bad = 0;
	TRY(new_node(parser, NODE_LIKE, left->offset, &node));
	if (parser->token.kind != TOKEN_STRING)
		return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset,
				   "right hand side of a `like` expression must be a pattern literal");
	enum error error = pattern ? pattern_unescape(parser->arena, parser->token.text, pattern, &bad) : E_MEMORY;
	if (error != E_OK)
		return PARSER_FAIL(parser, error, parser->token.offset + bad,
				   error == E_SYNTAX ? "this is not a valid escape" : "no memory for a pattern");
	parser_take(parser);
	node->left = left;
	node->pattern = pattern;
	return close_node(parser, node, ret_node);
}

static enum error parse_is(struct parser *parser, const struct node *left, const struct node **ret_node)
{
	struct node *node;
	struct cedar_uid *type = ARENA_NEW(parser->arena, struct cedar_uid);
	slice name;
	TRY(new_node(parser, NODE_IS, left->offset, &node));
	TRY(parser_name(parser, &name));
	if (!type)
		return PARSER_FAIL(parser, E_MEMORY, left->offset, "no memory for a type name");
	*type = parser_uid(parser, name, SLICE(""));
	node->left = left;
	node->type = type;
	if (parser_at_word(parser, SLICE("in"))) {
		parser_take(parser);
		node->kind = NODE_IS_IN;
		TRY(parse_add(parser, &node->right));
	}
	return close_node(parser, node, ret_node);
}

static enum error parse_relation(struct parser *parser, const struct node **ret_node)
{
	const struct node *left, *right;
	TRY(parse_add(parser, &left));
	enum node_kind kind = relation_of(parser);
	if (kind == NODE_KIND_COUNT) {
		*ret_node = left;
		return E_OK;
	}
	parser_take(parser);
	if (kind == NODE_HAS) {
		TRY(parse_has(parser, left, ret_node));
	} else if (kind == NODE_LIKE) {
		TRY(parse_like(parser, left, ret_node));
	} else if (kind == NODE_IS) {
		TRY(parse_is(parser, left, ret_node));
	} else {
		TRY(parse_add(parser, &right));
		TRY(make_binary(parser, kind, left, right, ret_node));
	}
	if (relation_of(parser) != NODE_KIND_COUNT)
		return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset,
				   "several relational operators in a row: use parentheses to make the order explicit");
	return E_OK;
}

/* A chain of one operator becomes one node. */
static enum error parse_chain(struct parser *parser, enum token_kind operator, enum node_kind kind,
			      enum error (*parse)(struct parser *, const struct node **), const struct node **ret_node)
{
	struct pointer_list items = {0};
	struct node *node;
	TRY(parse(parser, ret_node));
	if (parser->token.kind != operator)
		return E_OK;
	TRY(new_node(parser, kind, (*ret_node)->offset, &node));
	TRY(pointer_list_add(&items, parser->arena, *ret_node, parser->why));
	while (parser_accept(parser, operator)) {
		const struct node *item;
		TRY(parse(parser, &item));
		TRY(pointer_list_add(&items, parser->arena, item, parser->why));
	}
	set_items(node, &items);
	return close_node(parser, node, ret_node);
}

static enum error parse_and(struct parser *parser, const struct node **ret_node)
{
	return parse_chain(parser, TOKEN_AND, NODE_AND, parse_relation, ret_node);
}

static enum error parse_or(struct parser *parser, const struct node **ret_node)
{
	return parse_chain(parser, TOKEN_OR, NODE_OR, parse_and, ret_node);
}

static enum error parse_if(struct parser *parser, const struct node **ret_node)
{
	struct node *node;
	TRY(new_node(parser, NODE_IF, parser->token.offset, &node));
	parser_take(parser);
	TRY(parser_expression(parser, &node->left));
	if (!parser_at_word(parser, SLICE("then")))
		return parser_unexpected(parser);
	parser_take(parser);
	TRY(parser_expression(parser, &node->right));
	if (!parser_at_word(parser, SLICE("else")))
		return parser_unexpected(parser);
	parser_take(parser);
	TRY(parser_expression(parser, &node->third));
	return close_node(parser, node, ret_node);
}

enum error parser_expression(struct parser *parser, const struct node **ret_node)
{
	if (++parser->nesting > CEDAR_NESTING_MAX)
		return PARSER_FAIL(parser, E_LIMIT, parser->token.offset, "the expression is nested deeper than %u",
				   CEDAR_NESTING_MAX);
	if (parser_at_word(parser, SLICE("if")))
		TRY(parse_if(parser, ret_node));
	else
		TRY(parse_or(parser, ret_node));
	parser->nesting--;
	return E_OK;
}
