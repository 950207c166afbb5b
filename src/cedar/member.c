/* Primaries (literals, words, calls, sets, records), and the attributes and methods that follow them. */
#include "cedar/member.h"

#include "cedar/expression.h"
#include "cedar/extension.h"
#include "cedar/parser.h"

/* Takes expressions up to the closing token, and lays them on the list of items; a comma may stand behind the last. */
static enum error parse_list(struct parser *parser, enum token_kind close)
{
	while (!parser_accept(parser, close)) {
		const struct node *item;
		TRY(parser_expression(parser, &item));
		TRY(expression_add(parser, item));
		if (parser->token.kind != close)
			TRY(parser_expect(parser, TOKEN_COMMA));
	}
	return E_OK;
}

static enum error parse_set(struct parser *parser, const struct node **ret_node)
{
	struct node node = {.kind = NODE_SET, .offset = parser->token.offset};
	size_t first = parser->items.count;
	parser_take(parser);
	TRY(parse_list(parser, TOKEN_RIGHT_BRACKET));
	return expression_close_items(parser, &node, first, ret_node);
}

static enum error parse_key(struct parser *parser, slice *ret_key)
{
	if (parser->token.kind == TOKEN_STRING)
		return parser_string(parser, ret_key);
	return parser_identifier(parser, ret_key);
}

static enum error parse_record(struct parser *parser, const struct node **ret_node)
{
	struct node node = {.kind = NODE_RECORD, .offset = parser->token.offset};
	size_t first = parser->items.count, first_name = parser->names.count;
	parser_take(parser);
	while (!parser_accept(parser, TOKEN_RIGHT_BRACE)) {
		slice *key = LIST_ADD(&parser->names, parser->arena, slice), name;
		const struct node *item;
		if (!key)
			return PARSER_FAIL(parser, E_MEMORY, node.offset, "no memory for a record");
		TRY(parse_key(parser, &name));
		*key = name;
		TRY(parser_expect(parser, TOKEN_COLON));
		TRY(parser_expression(parser, &item));
		TRY(expression_add(parser, item));
		if (parser->token.kind != TOKEN_RIGHT_BRACE)
			TRY(parser_expect(parser, TOKEN_COMMA));
	}
	node.names = parser->names.count > first_name ? LIST_AT(&parser->names, slice, first_name) : NULL;
	parser->names.count = first_name;
	return expression_close_items(parser, &node, first, ret_node);
}

static enum error parse_call(struct parser *parser, slice name, uint32_t offset, const struct node **ret_node)
{
	enum cedar_function function = function_find(name);
	if (function == FUNCTION_COUNT && node_method(name) == NODE_KIND_COUNT)
		return PARSER_FAIL(parser, E_SYNTAX, offset, "`%.*s` is not a valid function", SLICE_ARG(name));
	if (function == FUNCTION_COUNT || function_info(function)->is_method)
		return PARSER_FAIL(parser, E_SYNTAX, offset, "`%.*s` is a method, not a function: write `e.%.*s(..)`",
				   SLICE_ARG(name), SLICE_ARG(name));
	struct node node = {.kind = NODE_CALL, .detail = (unsigned char)function, .offset = offset};
	size_t first = parser->items.count;
	parser_take(parser);
	TRY(parse_list(parser, TOKEN_RIGHT_PAREN));
	return expression_close_items(parser, &node, first, ret_node);
}

/* A word: a variable, an entity, a call. */
static enum error parse_word(struct parser *parser, const struct node **ret_node)
{
	uint32_t offset = parser->token.offset;
	struct cedar_uid uid;
	bool is_entity;
	slice name;
	if (parser_at_word(parser, SLICE("true")) || parser_at_word(parser, SLICE("false"))) {
		bool is_true = parser_at_word(parser, SLICE("true"));
		parser_take(parser);
		return expression_literal(parser, offset, cedar_bool(is_true), ret_node);
	}
	TRY(parser_path_into(parser, &name, &uid, &is_entity));
	if (is_entity)
		return expression_literal(parser, offset, cedar_entity(&uid), ret_node);
	if (parser->token.kind == TOKEN_LEFT_PAREN)
		return parse_call(parser, name, offset, ret_node);
	enum variable variable = variable_find(name);
	if (variable == VARIABLE_COUNT)
		return PARSER_FAIL(parser, E_SYNTAX, offset,
				   "invalid variable `%.*s`: it must be principal, action, resource or context",
				   SLICE_ARG(name));
	struct node node = {.kind = NODE_VARIABLE, .detail = (unsigned char)variable, .offset = offset};
	return expression_close(parser, &node, ret_node);
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
		return expression_literal(parser, offset, cedar_long(integer), ret_node);
	case TOKEN_STRING:
		TRY(parser_string(parser, &text));
		return expression_literal(parser, offset, cedar_string(text), ret_node);
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

/* What all methods and attributes of a chain have in common. */
struct access {
	const struct node *left;
	uint32_t offset; /* where the chain starts */
};

/* The arguments lie on the list of items from `first` on, behind the receiver. */
static enum error make_method(struct parser *parser, slice name, uint32_t offset, enum node_kind method,
			      const struct access *access, size_t first, const struct node **ret_node)
{
	size_t count = parser->items.count - first - 1;
	const struct node *argument = count ? *LIST_AT(&parser->items, const struct node *, first + 1) : NULL;
	if (count != node_method_arguments(method))
		return PARSER_FAIL(parser, E_SYNTAX, offset, "call to `%.*s` requires exactly %zu argument%s, but got %zu",
				   SLICE_ARG(name), node_method_arguments(method),
				   node_method_arguments(method) == 1 ? "" : "s", count);
	parser->items.count = first;
	return expression_binary(parser, method, access->offset, access->left, argument, ret_node);
}

static enum error parse_method(struct parser *parser, slice name, uint32_t offset, const struct access *access,
			       const struct node **ret_node)
{
	enum node_kind method = node_method(name);
	enum cedar_function function = function_find(name);
	if (method == NODE_KIND_COUNT && function == FUNCTION_COUNT)
		return PARSER_FAIL(parser, E_SYNTAX, offset, "`%.*s` is not a valid method", SLICE_ARG(name));
	if (method == NODE_KIND_COUNT && !function_info(function)->is_method)
		return PARSER_FAIL(parser, E_SYNTAX, offset, "`%.*s` is a function, not a method: write `%.*s(..)`",
				   SLICE_ARG(name), SLICE_ARG(name));
	size_t first = parser->items.count;
	TRY(expression_add(parser, access->left));
	TRY(parser_expect(parser, TOKEN_LEFT_PAREN));
	TRY(parse_list(parser, TOKEN_RIGHT_PAREN));
	if (method != NODE_KIND_COUNT)
		return make_method(parser, name, offset, method, access, first, ret_node);
	struct node node = {.kind = NODE_CALL, .detail = (unsigned char)function, .offset = access->offset};
	return expression_close_items(parser, &node, first, ret_node);
}

static enum error make_attribute(struct parser *parser, const struct access *access, slice name,
				 const struct node **ret_node)
{
	struct node node = {.kind = NODE_ATTRIBUTE, .offset = access->offset, .left = access->left, .name = name};
	return expression_close(parser, &node, ret_node);
}

/* What follows the primary that was read last. */
static enum error parse_accesses(struct parser *parser, const struct node **node)
{
	struct access access = {*node, parser->place};
	for (;; access.left = *node) {
		slice name;
		if (parser_accept(parser, TOKEN_DOT)) {
			uint32_t offset = parser->token.offset;
			TRY(parser_identifier(parser, &name));
			if (parser->token.kind == TOKEN_LEFT_PAREN)
				TRY(parse_method(parser, name, offset, &access, node));
			else
				TRY(make_attribute(parser, &access, name, node));
		} else if (parser_accept(parser, TOKEN_LEFT_BRACKET)) {
			if (parser->token.kind != TOKEN_STRING)
				return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset,
						   "an index must be a string literal");
			TRY(parser_string(parser, &name));
			TRY(parser_expect(parser, TOKEN_RIGHT_BRACKET));
			TRY(make_attribute(parser, &access, name, node));
		} else {
			return E_OK;
		}
	}
}

enum error member_parse(struct parser *parser, const struct node **ret_node)
{
	TRY(parse_primary(parser, ret_node));
	return parse_accesses(parser, ret_node);
}

static bool starts_access(enum token_kind kind)
{
	return kind == TOKEN_DOT || kind == TOKEN_LEFT_BRACKET;
}

enum error member_parse_negative(struct parser *parser, unsigned *count, const struct node **ret_node)
{
	uint32_t offset = parser->token.offset;
	struct lexer ahead = parser->lexer;
	struct token next;
	int64_t integer;
	lexer_next(&ahead, &next);
	if (starts_access(next.kind))
		return member_parse(parser, ret_node);
	TRY(take_integer(parser, true, &integer));
	(*count)--;
	return expression_literal(parser, offset, cedar_long(integer), ret_node);
}
