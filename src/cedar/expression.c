/* Expressions, by precedence: if, ||, &&, relations, + -, *, unary; what stands between them is in member.c. */
#include "cedar/expression.h"

#include "cedar/limits.h"
#include "cedar/member.h"
#include "cedar/parser.h"

#define UNARY_MAX 4u

static enum error parse_or(struct parser *parser, const struct node **ret_node);
static enum error parse_add(struct parser *parser, const struct node **ret_node);

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
		TRY(member_parse_negative(parser, &count, ret_node));
	} else {
		TRY(member_parse(parser, ret_node));
	}
	for (; count > 0; count--)
		TRY(expression_binary(parser, sign == TOKEN_NOT ? NODE_NOT : NODE_NEGATE, offset, *ret_node, NULL, ret_node));
	return E_OK;
}

static enum error parse_multiply(struct parser *parser, const struct node **ret_node)
{
	TRY(parse_unary(parser, ret_node));
	uint32_t offset = parser->place;
	for (;;) {
		const struct node *right;
		if (parser->token.kind == TOKEN_SLASH)
			return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset, "division is not supported");
		if (parser->token.kind == TOKEN_PERCENT)
			return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset, "remainder/modulo is not supported");
		if (!parser_accept(parser, TOKEN_STAR))
			return E_OK;
		TRY(parse_unary(parser, &right));
		TRY(expression_binary(parser, NODE_MULTIPLY, offset, *ret_node, right, ret_node));
	}
}

static enum error parse_add(struct parser *parser, const struct node **ret_node)
{
	TRY(parse_multiply(parser, ret_node));
	uint32_t offset = parser->place;
	while (parser->token.kind == TOKEN_PLUS || parser->token.kind == TOKEN_MINUS) {
		const struct node *right;
		enum node_kind kind = parser->token.kind == TOKEN_PLUS ? NODE_ADD : NODE_SUBTRACT;
		parser_take(parser);
		TRY(parse_multiply(parser, &right));
		TRY(expression_binary(parser, kind, offset, *ret_node, right, ret_node));
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

static enum error parse_has(struct parser *parser, const struct node *left, uint32_t offset,
			    const struct node **ret_node)
{
	struct node node = {.kind = NODE_HAS, .offset = offset, .left = left};
	size_t first = parser->names.count;
	bool is_string = parser->token.kind == TOKEN_STRING;
	do {
		slice name, *kept;
		if (is_string)
			TRY(parser_string(parser, &name));
		else
			TRY(parser_identifier(parser, &name));
		if (node.count++ >= CEDAR_HAS_NAMES_MAX)
			return PARSER_FAIL(parser, E_LIMIT, offset, "this `has` is too long");
		kept = LIST_ADD(&parser->names, parser->arena, slice);
		if (!kept)
			return PARSER_FAIL(parser, E_MEMORY, offset, "no memory for an expression");
		*kept = name;
	} while (!is_string && parser_accept(parser, TOKEN_DOT));
	node.names = LIST_AT(&parser->names, slice, first);
	parser->names.count = first;
	return expression_close(parser, &node, ret_node);
}

static enum error parse_like(struct parser *parser, const struct node *left, uint32_t offset,
			     const struct node **ret_node)
{
	struct node node = {.kind = NODE_LIKE, .offset = offset, .left = left};
	struct pattern *pattern = ARENA_NEW(parser->arena, struct pattern);
	size_t bad = 0;
	if (parser->token.kind != TOKEN_STRING)
		return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset,
				   "right hand side of a `like` expression must be a pattern literal");
	enum error error = pattern ? pattern_unescape(parser->arena, parser->token.text, pattern, &bad) : E_MEMORY;
	if (error != E_OK)
		return PARSER_FAIL(parser, error, parser->token.offset + bad,
				   error == E_SYNTAX ? "this is not a valid escape" : "no memory for a pattern");
	parser_take(parser);
	node.pattern = pattern;
	return expression_close(parser, &node, ret_node);
}

static enum error parse_is(struct parser *parser, const struct node *left, uint32_t offset,
			   const struct node **ret_node)
{
	struct node node = {.kind = NODE_IS, .offset = offset, .left = left};
	slice name;
	TRY(parser_name(parser, &name));
	node.type = parser_type(parser, name);
	if (!node.type)
		return PARSER_FAIL(parser, E_MEMORY, offset, "no memory for a type name");
	if (parser_at_word(parser, SLICE("in"))) {
		parser_take(parser);
		node.kind = NODE_IS_IN;
		TRY(parse_add(parser, &node.right));
	}
	return expression_close(parser, &node, ret_node);
}

static enum error parse_relation(struct parser *parser, const struct node **ret_node)
{
	const struct node *left, *right;
	TRY(parse_add(parser, &left));
	uint32_t offset = parser->place;
	enum node_kind kind = relation_of(parser);
	if (kind == NODE_KIND_COUNT) {
		*ret_node = left;
		return E_OK;
	}
	parser_take(parser);
	if (kind == NODE_HAS) {
		TRY(parse_has(parser, left, offset, ret_node));
	} else if (kind == NODE_LIKE) {
		TRY(parse_like(parser, left, offset, ret_node));
	} else if (kind == NODE_IS) {
		TRY(parse_is(parser, left, offset, ret_node));
	} else {
		TRY(parse_add(parser, &right));
		TRY(expression_binary(parser, kind, offset, left, right, ret_node));
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
	TRY(parse(parser, ret_node));
	if (parser->token.kind != operator)
		return E_OK;
	struct node node = {.kind = (unsigned char)kind, .offset = parser->place};
	size_t first = parser->items.count;
	TRY(expression_add(parser, *ret_node));
	while (parser_accept(parser, operator)) {
		const struct node *item;
		TRY(parse(parser, &item));
		TRY(expression_add(parser, item));
	}
	return expression_close_items(parser, &node, first, ret_node);
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
	struct node node = {.kind = NODE_IF, .offset = parser->token.offset};
	parser_take(parser);
	TRY(parser_expression(parser, &node.left));
	if (!parser_at_word(parser, SLICE("then")))
		return parser_unexpected(parser);
	parser_take(parser);
	TRY(parser_expression(parser, &node.right));
	if (!parser_at_word(parser, SLICE("else")))
		return parser_unexpected(parser);
	parser_take(parser);
	TRY(parser_expression(parser, &node.third));
	return expression_close(parser, &node, ret_node);
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
