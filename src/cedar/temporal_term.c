/* History conditions out of text: terms, binders, count and sum. */
#include "cedar/limits.h"
#include "cedar/temporal_parse.h"
#include "cedar/typecheck.h"

/* Of the token behind the next one. */
static enum token_kind kind_ahead(const struct parser *parser)
{
	struct lexer ahead = parser->lexer;
	struct token token;
	lexer_next(&ahead, &token);
	return token.kind;
}

bool temporal_at(const struct temporal_parser *parser, slice word, enum token_kind next)
{
	return parser_at_word(parser->parser, word) && kind_ahead(parser->parser) == next;
}

bool temporal_at_aggregate(const struct temporal_parser *parser)
{
	struct temporal_parser ahead = *parser;
	struct parser copy = *parser->parser;
	ahead.parser = &copy;
	(void)parser_accept(&copy, TOKEN_LEFT_PAREN);
	return temporal_at(&ahead, SLICE("sum"), TOKEN_IDENTIFIER) || temporal_at(&ahead, SLICE("count"), TOKEN_IDENTIFIER) ||
	       temporal_at(&ahead, SLICE("count"), TOKEN_LEFT_PAREN);
}

bool temporal_at_path(const struct temporal_parser *parser)
{
	return parser->parser->token.kind == TOKEN_IDENTIFIER && kind_ahead(parser->parser) == TOKEN_DOUBLE_COLON;
}

enum error temporal_refuse_macro(struct parser *parser)
{
	const struct token *token = &parser->token;
	bool is_sigil = token->kind == TOKEN_QUESTION || token->kind == TOKEN_SLOT ||
			(token->kind == TOKEN_BAD && token->text.len && token->text.ptr[0] == '$');
	return is_sigil ? PARSER_FAIL(parser, E_UNSUPPORTED, token->offset, "macros are not supported: write the condition out")
			: E_OK;
}

/* Variables are never shadowed: each binder has its own slot, and the innermost of a name is meant. */
enum error temporal_parse_variable(struct temporal_parser *parser, struct temporal_term *ret_term)
{
	struct parser *in = parser->parser;
	slice name;
	uint32_t offset = in->token.offset;
	TRY(temporal_refuse_macro(in));
	TRY(parser_identifier(in, &name));
	for (unsigned i = parser->visible_count; i-- > 0;) {
		unsigned char slot = parser->visible[i];
		if (!slice_equal(parser->temporal->slots[slot].name, name))
			continue;
		*ret_term = (struct temporal_term){.kind = TERM_VARIABLE, .index = slot, .offset = offset};
		return E_OK;
	}
	if (in->token.kind == TOKEN_LEFT_PAREN)
		return PARSER_FAIL(in, E_UNSUPPORTED, offset, "macros are not supported: write the condition out");
	return PARSER_FAIL(in, E_SYNTAX, offset,
			   "`%.*s` is not bound: bind it with `exists (%.*s: Type).` or a `for` list, or write `_` for any value",
			   SLICE_ARG(name), SLICE_ARG(name));
}

static enum temporal_type type_of(slice name)
{
	if (slice_equal(name, SLICE("Long")))
		return TEMPORAL_LONG;
	if (slice_equal(name, SLICE("String")))
		return TEMPORAL_STRING;
	if (slice_equal(name, SLICE("Bool")))
		return TEMPORAL_BOOL;
	return slice_equal(name, SLICE("Timepoint")) ? TEMPORAL_POINT : TEMPORAL_OTHER;
}

enum error temporal_parse_binder(struct temporal_parser *parser, unsigned char *ret_slot)
{
	struct parser *in = parser->parser;
	struct temporal *temporal = parser->temporal;
	struct temporal_slot slot;
	uint32_t offset = in->token.offset;
	TRY(parser_expect(in, TOKEN_LEFT_PAREN));
	TRY(temporal_refuse_macro(in));
	TRY(parser_identifier(in, &slot.name));
	if (slice_equal(slot.name, SLICE("_")) || variable_find(slot.name) != VARIABLE_COUNT)
		return PARSER_FAIL(in, E_SYNTAX, offset, "`%.*s` cannot be the name of a variable", SLICE_ARG(slot.name));
	TRY(parser_expect(in, TOKEN_COLON));
	TRY(parser_name(in, &slot.type_name));
	TRY(parser_expect(in, TOKEN_RIGHT_PAREN));
	slot.type = (unsigned char)type_of(slot.type_name);
	if (temporal->slot_count == CEDAR_TEMPORAL_VARIABLES_MAX)
		return PARSER_FAIL(in, E_LIMIT, offset, "more than %u variables", CEDAR_TEMPORAL_VARIABLES_MAX);
	*ret_slot = (unsigned char)temporal->slot_count;
	temporal->slots[temporal->slot_count++] = slot;
	parser->visible[parser->visible_count++] = *ret_slot;
	return E_OK;
}

static enum error parse_aggregate(struct temporal_parser *parser, struct temporal_term *ret_term)
{
	struct parser *in = parser->parser;
	unsigned visible = parser->visible_count;
	struct temporal_aggregate *aggregate = ARENA_NEW(in->arena, struct temporal_aggregate);
	struct parser summed;
	unsigned char slot;
	if (!aggregate)
		return PARSER_FAIL(in, E_MEMORY, in->token.offset, "no memory for a history condition");
	aggregate->offset = in->token.offset;
	aggregate->is_sum = parser_at_word(in, SLICE("sum"));
	parser_take(in);
	/* What is summed is bound behind it. */
	summed = *in;
	if (aggregate->is_sum)
		parser_take(in);
	if (!parser_at_word(in, SLICE("for")))
		return PARSER_FAIL(in, E_SYNTAX, in->token.offset, "`for` and its variables must stand here");
	parser_take(in);
	do {
		TRY(temporal_parse_binder(parser, &slot));
		aggregate->binders |= 1u << slot;
	} while (parser_accept(in, TOKEN_COMMA));
	TRY(parser_expect(in, TOKEN_DOT));
	if (aggregate->is_sum) {
		struct temporal_parser back = *parser;
		struct temporal_term variable;
		back.parser = &summed;
		TRY(temporal_parse_variable(&back, &variable));
		aggregate->slot = variable.index;
	}
	if (!parser_at_word(in, SLICE("where")))
		return PARSER_FAIL(in, E_SYNTAX, in->token.offset, "`where` and a condition must stand here");
	parser_take(in);
	TRY(temporal_parse_body(parser, &aggregate->body));
	parser->visible_count = visible;
	*ret_term = (struct temporal_term){.kind = TERM_AGGREGATE, .offset = aggregate->offset, .aggregate = aggregate};
	return E_OK;
}

/* A node of the request; equal ones are evaluated once. */
static enum error add_request(struct temporal_parser *parser, const struct node *node, struct temporal_term *ret_term)
{
	struct temporal *temporal = parser->temporal;
	unsigned index = 0;
	while (index < temporal->request_count && !node_equal(temporal->requests[index], node))
		index++;
	if (index == CEDAR_TEMPORAL_REQUESTS_MAX)
		return PARSER_FAIL(parser->parser, E_LIMIT, node->offset, "more than %u fields of the request",
				   CEDAR_TEMPORAL_REQUESTS_MAX);
	if (index == temporal->request_count)
		temporal->requests[temporal->request_count++] = node;
	*ret_term = (struct temporal_term){.kind = TERM_REQUEST, .index = (unsigned char)index, .offset = node->offset};
	return E_OK;
}

static enum error close_node(struct parser *parser, struct node *node)
{
	enum error error = node_close(parser->arena, node, parser->why);
	return error == E_OK ? E_OK : parser_place(parser, error, node->offset);
}

/* `context.a.b`, `principal`, `resource.owner` */
static enum error parse_request(struct parser *parser, enum variable variable, const struct node **ret_node)
{
	struct node *node = ARENA_NEW(parser->arena, struct node);
	uint32_t offset = parser->token.offset;
	if (!node)
		return PARSER_FAIL(parser, E_MEMORY, offset, "no memory for a history condition");
	*node = (struct node){.kind = NODE_VARIABLE, .detail = (unsigned char)variable, .offset = offset};
	TRY(close_node(parser, node));
	parser_take(parser);
	while (parser_accept(parser, TOKEN_DOT)) {
		struct node *outer = ARENA_NEW(parser->arena, struct node);
		if (!outer)
			return PARSER_FAIL(parser, E_MEMORY, offset, "no memory for a history condition");
		*outer = (struct node){.kind = NODE_ATTRIBUTE, .left = node, .offset = offset};
		TRY(parser_identifier(parser, &outer->name));
		TRY(close_node(parser, outer));
		node = outer;
	}
	*ret_node = node;
	return E_OK;
}

static enum error parse_integer(struct parser *parser, struct cedar_value *ret_value)
{
	uint32_t offset = parser->token.offset;
	bool is_negative = parser_accept(parser, TOKEN_MINUS);
	uint64_t magnitude;
	if (parser->token.kind != TOKEN_INTEGER)
		return parser_unexpected(parser);
	if (!slice_to_u64(parser->token.text, &magnitude) || magnitude > (uint64_t)INT64_MAX + is_negative)
		return PARSER_FAIL(parser, E_SYNTAX, offset, "this integer does not fit into 64 bits");
	*ret_value = cedar_long(is_negative ? (int64_t)(0 - magnitude) : (int64_t)magnitude);
	parser_take(parser);
	return E_OK;
}

static enum error parse_decimal(struct parser *parser, struct cedar_value *ret_value)
{
	slice text;
	uint32_t offset = parser->token.offset;
	parser_take(parser);
	parser_take(parser);
	TRY(parser_string(parser, &text));
	enum error error = cedar_extension(parser->arena, SLICE("decimal"), text, ret_value, parser->why);
	if (error != E_OK)
		return parser_place(parser, error, offset);
	return parser_expect(parser, TOKEN_RIGHT_PAREN);
}

/* `[a, b]` of values and fields of the request: a set, as everywhere in Cedar. */
static enum error parse_array(struct temporal_parser *parser, struct temporal_term *ret_term)
{
	struct parser *in = parser->parser;
	struct pointer_list items = {0};
	struct node *set = ARENA_NEW(in->arena, struct node);
	uint32_t offset = in->token.offset;
	if (!set || ++in->nesting > CEDAR_TEMPORAL_DEPTH_MAX)
		return PARSER_FAIL(in, set ? E_LIMIT : E_MEMORY, offset, "no room for a set in a history condition");
	parser_take(in);
	while (!parser_accept(in, TOKEN_RIGHT_BRACKET)) {
		struct temporal_term item;
		struct node *literal = ARENA_NEW(in->arena, struct node);
		TRY(temporal_parse_term(parser, &item));
		if (item.kind != TERM_VALUE && item.kind != TERM_REQUEST)
			return PARSER_FAIL(in, E_SYNTAX, item.offset, "only values and fields of the request may stand in a set");
		if (!literal)
			return PARSER_FAIL(in, E_MEMORY, offset, "no memory for a history condition");
		*literal = (struct node){.kind = NODE_LITERAL, .value = item.value, .offset = item.offset};
		TRY(close_node(in, literal));
		TRY(pointer_list_add(&items, in->arena,
				     item.kind == TERM_REQUEST ? parser->temporal->requests[item.index] : literal, in->why));
		if (in->token.kind != TOKEN_RIGHT_BRACKET)
			TRY(parser_expect(in, TOKEN_COMMA));
	}
	in->nesting--;
	*set = (struct node){.kind = NODE_SET, .offset = offset, .count = (uint32_t)items.count,
			     .items = (const struct node *const *)items.items};
	TRY(close_node(in, set));
	if (!set->is_constant)
		return add_request(parser, set, ret_term);
	*ret_term = (struct temporal_term){.kind = TERM_VALUE, .offset = offset, .value = set->value};
	return E_OK;
}

static enum error parse_word(struct temporal_parser *parser, struct temporal_term *ret_term)
{
	struct parser *in = parser->parser;
	const struct cedar_uid *uid;
	const struct node *node;
	slice word = in->token.text;
	bool is_true = slice_equal(word, SLICE("true"));
	enum variable variable = variable_find(word);
	if (is_true || slice_equal(word, SLICE("false"))) {
		ret_term->value = cedar_bool(is_true);
		parser_take(in);
		return E_OK;
	}
	if (slice_equal(word, SLICE("_"))) {
		ret_term->kind = TERM_WILDCARD;
		parser_take(in);
		return E_OK;
	}
	if (temporal_at(parser, SLICE("decimal"), TOKEN_LEFT_PAREN))
		return parse_decimal(in, &ret_term->value);
	if (temporal_at_path(parser)) {
		TRY(parser_entity(in, &uid));
		ret_term->value = cedar_entity(uid);
		return E_OK;
	}
	if (variable == VARIABLE_COUNT)
		return temporal_parse_variable(parser, ret_term);
	if (variable == VARIABLE_ACTION || (variable == VARIABLE_CONTEXT && !temporal_at(parser, word, TOKEN_DOT)))
		return PARSER_FAIL(in, E_SYNTAX, in->token.offset,
				   "of the request there are context.<field>, principal and resource");
	TRY(parse_request(in, variable, &node));
	return add_request(parser, node, ret_term);
}

enum error temporal_parse_term(struct temporal_parser *parser, struct temporal_term *ret_term)
{
	struct parser *in = parser->parser;
	*ret_term = (struct temporal_term){.kind = TERM_VALUE, .offset = in->token.offset};
	TRY(temporal_refuse_macro(in));
	if (temporal_at_aggregate(parser)) {
		bool has_paren = parser_accept(in, TOKEN_LEFT_PAREN);
		TRY(parse_aggregate(parser, ret_term));
		return has_paren ? parser_expect(in, TOKEN_RIGHT_PAREN) : E_OK;
	}
	switch ((int)in->token.kind) {
	case TOKEN_INTEGER:
	case TOKEN_MINUS:
		return parse_integer(in, &ret_term->value);
	case TOKEN_STRING: {
		slice text;
		TRY(parser_string(in, &text));
		ret_term->value = cedar_string(text);
		return E_OK;
	}
	case TOKEN_LEFT_BRACKET:
		return parse_array(parser, ret_term);
	case TOKEN_STAR:
		ret_term->kind = TERM_WILDCARD;
		parser_take(in);
		return E_OK;
	case TOKEN_IDENTIFIER:
		return parse_word(parser, ret_term);
	default:
		return parser_unexpected(in);
	}
}
