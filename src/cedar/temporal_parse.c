/* History conditions out of text: the conditions. */
#include "cedar/temporal_parse.h"

static enum error parse_condition(struct temporal_parser *parser, struct temporal_condition **ret_condition);

/* `within 10m` */
static enum error parse_window(struct temporal_parser *parser, int64_t *ret_window_ms)
{
	static const struct {
		slice name;
		int64_t unit_ms;
	} units[] = {{SLICE_INIT("s"), 1000}, {SLICE_INIT("m"), 60000}, {SLICE_INIT("h"), 3600000},
		     {SLICE_INIT("d"), 86400000}};
	struct parser *in = parser->parser;
	uint64_t amount = 0;
	if (!parser_at_word(in, SLICE("within")))
		return PARSER_FAIL(in, E_SYNTAX, in->token.offset, "`within` and a window must stand here, such as `within 1h`");
	parser_take(in);
	uint32_t offset = in->token.offset;
	TRY(temporal_refuse_macro(in));
	if (in->token.kind != TOKEN_INTEGER || !slice_to_u64(in->token.text, &amount))
		return PARSER_FAIL(in, E_SYNTAX, offset, "a window must stand here, such as 30s, 10m, 1h or 1d");
	parser_take(in);
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (!parser_at_word(in, units[i].name))
			continue;
		if (amount > (uint64_t)(CEDAR_WINDOW_MAX_MS / units[i].unit_ms))
			return PARSER_FAIL(in, E_SYNTAX, offset, "a window may not be longer than 24h");
		*ret_window_ms = (int64_t)amount * units[i].unit_ms;
		parser_take(in);
		return E_OK;
	}
	return PARSER_FAIL(in, E_SYNTAX, in->token.offset, "the unit of a window must be s, m, h or d");
}

/* `ident.ident: term` */
static enum error parse_field(struct temporal_parser *parser, struct temporal_field *field)
{
	struct parser *in = parser->parser;
	struct pointer_list path = {0};
	field->offset = in->token.offset;
	do {
		if (in->token.kind != TOKEN_IDENTIFIER)
			return parser_unexpected(in);
		slice *name = ARENA_NEW(in->arena, slice);
		if (!name)
			return PARSER_FAIL(in, E_MEMORY, field->offset, "no memory for a field");
		*name = in->token.text;
		TRY(pointer_list_add(&path, in->arena, name, in->why));
		parser_take(in);
	} while (parser_accept(in, TOKEN_DOT));
	slice *names = ARENA_ARRAY(in->arena, path.count, slice);
	if (!names)
		return PARSER_FAIL(in, E_MEMORY, field->offset, "no memory for a field");
	for (size_t i = 0; i < path.count; i++)
		names[i] = *(const slice *)path.items[i];
	field->path = names;
	field->count = (uint32_t)path.count;
	if (!event_field_exists(names, path.count))
		return PARSER_FAIL(in, E_SYNTAX, field->offset,
				   "events have no field `%.*s`: they have input.<name>, output.<name>, callerPrincipal, "
				   "callerResource, requestId, decision and outcome",
				   SLICE_ARG(names[0]));
	TRY(parser_expect(in, TOKEN_COLON));
	TRY(temporal_parse_term(parser, &field->term));
	if (field->term.kind == TERM_AGGREGATE)
		return PARSER_FAIL(in, E_SYNTAX, field->term.offset, "count and sum may only stand in a comparison");
	return E_OK;
}

/* One or more blocks `{ field: term, ... }`. */
static enum error parse_fields(struct temporal_parser *parser, struct temporal_condition *event)
{
	struct parser *in = parser->parser;
	struct temporal_field *fields = ARENA_ARRAY(in->arena, CEDAR_TEMPORAL_FIELDS_MAX, struct temporal_field);
	if (!fields)
		return PARSER_FAIL(in, E_MEMORY, event->offset, "no memory for fields");
	event->fields = fields;
	TRY(parser_expect(in, TOKEN_LEFT_BRACE));
	do {
		while (!parser_accept(in, TOKEN_RIGHT_BRACE)) {
			if (event->field_count == CEDAR_TEMPORAL_FIELDS_MAX)
				return PARSER_FAIL(in, E_LIMIT, in->token.offset, "more than %u fields",
						   CEDAR_TEMPORAL_FIELDS_MAX);
			TRY(parse_field(parser, &fields[event->field_count++]));
			if (in->token.kind != TOKEN_RIGHT_BRACE)
				TRY(parser_expect(in, TOKEN_COMMA));
		}
	} while (parser_accept(in, TOKEN_LEFT_BRACE));
	return E_OK;
}

/* Behind `Ns::Action::"id"`: `::request{ ... }`. */
static enum error parse_event(struct temporal_parser *parser, const struct cedar_uid *action, uint32_t offset,
			      struct temporal_condition **ret_condition)
{
	struct parser *in = parser->parser;
	TRY(temporal_new_condition(parser, TEMPORAL_EVENT, offset, ret_condition));
	(*ret_condition)->action = action;
	parser_take(in);
	if (!slice_equal(action->type, SLICE("Action")) && !slice_ends_with(action->type, SLICE("::Action")))
		return PARSER_FAIL(in, E_SYNTAX, offset, "an event is named by its action, not by `%.*s`",
				   SLICE_ARG(action->type));
	if (parser_at_word(in, SLICE("response")))
		(*ret_condition)->event = CEDAR_EVENT_RESPONSE;
	else if (!parser_at_word(in, SLICE("request")))
		return PARSER_FAIL(in, E_SYNTAX, in->token.offset, "the kind of an event must be `request` or `response`");
	parser_take(in);
	TRY(parse_fields(parser, *ret_condition));
	return temporal_close_condition(parser, *ret_condition);
}

/* NODE_KIND_COUNT: no operator. */
static enum node_kind relation_of(const struct token *token)
{
	switch ((int)token->kind) {
	case TOKEN_EQUAL_EQUAL:
		return NODE_EQUAL;
	case TOKEN_NOT_EQUAL:
		return NODE_NOT_EQUAL;
	case TOKEN_LESS:
		return NODE_LESS;
	case TOKEN_LESS_EQUAL:
		return NODE_LESS_EQUAL;
	case TOKEN_GREATER:
		return NODE_GREATER;
	case TOKEN_GREATER_EQUAL:
		return NODE_GREATER_EQUAL;
	default:
		return NODE_KIND_COUNT;
	}
}

/* Behind the first term. */
static enum error parse_comparison(struct temporal_parser *parser, const struct temporal_term *first,
				   struct temporal_condition **ret_condition)
{
	struct parser *in = parser->parser;
	enum node_kind relation = relation_of(&in->token);
	TRY(temporal_new_condition(parser, TEMPORAL_COMPARE, first->offset, ret_condition));
	if (relation == NODE_KIND_COUNT)
		return in->token.kind == TOKEN_END || in->token.kind == TOKEN_BAD || in->token.kind == TOKEN_EQUAL
			       ? parser_unexpected(in)
			       : PARSER_FAIL(in, E_SYNTAX, in->token.offset,
					     "unexpected token `%.*s`: an event or a comparison must stand here",
					     SLICE_ARG(in->token.text));
	(*ret_condition)->relation = (unsigned char)relation;
	(*ret_condition)->terms[0] = *first;
	parser_take(in);
	TRY(temporal_parse_term(parser, &(*ret_condition)->terms[1]));
	for (unsigned i = 0; i < 2 && relation != NODE_EQUAL && relation != NODE_NOT_EQUAL; i++)
		if ((*ret_condition)->terms[i].kind == TERM_REQUEST)
			parser->temporal->long_requests |= 1u << (*ret_condition)->terms[i].index;
	return temporal_close_condition(parser, *ret_condition);
}

static enum error parse_timepoint(struct temporal_parser *parser, struct temporal_condition **ret_condition)
{
	struct parser *in = parser->parser;
	struct temporal_term variable;
	TRY(temporal_new_condition(parser, TEMPORAL_TIMEPOINT, in->token.offset, ret_condition));
	parser_take(in);
	parser_take(in);
	TRY(temporal_parse_variable(parser, &variable));
	(*ret_condition)->slot = variable.index;
	TRY(parser_expect(in, TOKEN_RIGHT_PAREN));
	return temporal_close_condition(parser, *ret_condition);
}

static enum error parse_exists(struct temporal_parser *parser, struct temporal_condition **ret_condition)
{
	struct parser *in = parser->parser;
	unsigned visible = parser->visible_count;
	TRY(temporal_new_condition(parser, TEMPORAL_EXISTS, in->token.offset, ret_condition));
	parser_take(in);
	TRY(temporal_parse_binder(parser, &(*ret_condition)->slot));
	TRY(parser_expect(in, TOKEN_DOT));
	TRY(parse_condition(parser, &(*ret_condition)->left));
	parser->visible_count = visible;
	return temporal_close_condition(parser, *ret_condition);
}

static enum error parse_group(struct temporal_parser *parser, struct temporal_condition **ret_condition)
{
	parser_take(parser->parser);
	TRY(parse_condition(parser, ret_condition));
	return parser_expect(parser->parser, TOKEN_RIGHT_PAREN);
}

/* What may stand below an operator: a group, an event, a comparison or tp(x). */
static enum error parse_atom(struct temporal_parser *parser, struct temporal_condition **ret_condition)
{
	struct parser *in = parser->parser;
	struct temporal_term term;
	const struct cedar_uid *uid;
	slice name;
	if (in->token.kind == TOKEN_LEFT_PAREN && !temporal_at_aggregate(parser))
		return parse_group(parser, ret_condition);
	if (temporal_at(parser, SLICE("tp"), TOKEN_LEFT_PAREN))
		return parse_timepoint(parser, ret_condition);
	uint32_t offset = in->token.offset;
	if (temporal_at_path(parser)) {
		TRY(parser_path(in, &name, &uid));
		if (!uid)
			return PARSER_FAIL(in, E_SYNTAX, offset, "`%.*s` names neither an event nor an entity", SLICE_ARG(name));
		if (in->token.kind == TOKEN_DOUBLE_COLON)
			return parse_event(parser, uid, offset, ret_condition);
		term = (struct temporal_term){.kind = TERM_VALUE, .offset = offset, .value = cedar_entity(uid)};
	} else {
		TRY(temporal_parse_term(parser, &term));
	}
	return parse_comparison(parser, &term, ret_condition);
}

static enum error parse_windowed(struct temporal_parser *parser, enum temporal_kind kind,
				 struct temporal_condition **ret_condition)
{
	TRY(temporal_new_condition(parser, kind, parser->parser->token.offset, ret_condition));
	parser_take(parser->parser);
	TRY(parse_window(parser, &(*ret_condition)->window_ms));
	TRY(parse_atom(parser, &(*ret_condition)->left));
	return temporal_close_condition(parser, *ret_condition);
}

static enum error parse_conjunct(struct temporal_parser *parser, struct temporal_condition **ret_condition)
{
	if (temporal_at(parser, SLICE("formerly"), TOKEN_IDENTIFIER))
		return parse_windowed(parser, TEMPORAL_FORMERLY, ret_condition);
	if (temporal_at(parser, SLICE("previous"), TOKEN_IDENTIFIER))
		return parse_windowed(parser, TEMPORAL_PREVIOUS, ret_condition);
	if (temporal_at(parser, SLICE("exists"), TOKEN_LEFT_PAREN))
		return parse_exists(parser, ret_condition);
	return parse_atom(parser, ret_condition);
}

/* `!` binds tighter than `since`; two of them cancel. */
static enum error parse_negated(struct temporal_parser *parser, struct temporal_condition **ret_condition)
{
	struct parser *in = parser->parser;
	uint32_t offset = in->token.offset;
	unsigned count = 0;
	while (parser_accept(in, TOKEN_NOT))
		count++;
	TRY(parse_conjunct(parser, ret_condition));
	for (; count > 2; count -= 2)
		;
	while (count--) {
		struct temporal_condition *inner = *ret_condition;
		TRY(temporal_new_condition(parser, TEMPORAL_NOT, offset, ret_condition));
		(*ret_condition)->left = inner;
		TRY(temporal_close_condition(parser, *ret_condition));
	}
	return E_OK;
}

static enum error parse_since(struct temporal_parser *parser, struct temporal_condition **ret_condition)
{
	struct temporal_condition *left;
	TRY(parse_negated(parser, &left));
	*ret_condition = left;
	if (!parser_at_word(parser->parser, SLICE("since")))
		return E_OK;
	parser_take(parser->parser);
	TRY(temporal_new_condition(parser, TEMPORAL_SINCE, left->offset, ret_condition));
	(*ret_condition)->left = left;
	TRY(parse_window(parser, &(*ret_condition)->window_ms));
	TRY(parse_atom(parser, &(*ret_condition)->right));
	return temporal_close_condition(parser, *ret_condition);
}

static enum error parse_condition(struct temporal_parser *parser, struct temporal_condition **ret_condition)
{
	struct parser *in = parser->parser;
	if (++in->nesting > CEDAR_TEMPORAL_DEPTH_MAX)
		return PARSER_FAIL(in, E_LIMIT, in->token.offset, "history conditions more than %u deep",
				   CEDAR_TEMPORAL_DEPTH_MAX);
	TRY(parse_since(parser, ret_condition));
	while (parser_accept(in, TOKEN_AND)) {
		struct temporal_condition *right;
		TRY(parse_since(parser, &right));
		TRY(temporal_make_and(parser, *ret_condition, right, ret_condition));
	}
	if (in->token.kind == TOKEN_OR)
		return PARSER_FAIL(in, E_SYNTAX, in->token.offset,
				   "there is no `||` in history conditions: write two policies");
	in->nesting--;
	return E_OK;
}

enum error temporal_parse_body(struct temporal_parser *parser, struct temporal_condition **ret_body)
{
	return parse_condition(parser, ret_body);
}

static enum error finish(struct parser *parser, struct temporal *temporal, uint32_t offset)
{
	struct buffer text;
	temporal->reach_ms = temporal_reach(temporal->root);
	buffer_init(&text, CEDAR_TEMPORAL_TEXT_MAX);
	temporal_write(&text, temporal);
	bool fits = !text.failed;
	temporal->text = arena_copy(parser->arena, buffer_slice(&text));
	buffer_free(&text);
	if (!fits)
		return PARSER_FAIL(parser, E_LIMIT, offset, "a history condition longer than %u bytes",
				   CEDAR_TEMPORAL_TEXT_MAX);
	if (!temporal->text.ptr)
		return PARSER_FAIL(parser, E_MEMORY, offset, "no memory for a history condition");
	return E_OK;
}

/* Side by side: who looks at one looks at the other. */
struct placed {
	struct node node;
	struct temporal temporal;
};

enum error temporal_parse(struct parser *parser, const struct node **ret_node)
{
	struct temporal_parser state = {.parser = parser};
	uint32_t offset = parser->token.offset;
	struct placed *made = ARENA_NEW(parser->arena, struct placed);
	if (!made)
		return PARSER_FAIL(parser, E_MEMORY, offset, "no memory for a history condition");
	state.temporal = &made->temporal;
	made->node = (struct node){.kind = NODE_TEMPORAL, .offset = offset, .depth = 1, .temporal = &made->temporal};
	*ret_node = &made->node;
	unsigned nesting = parser->nesting;
	parser->nesting = 0;
	TRY(parse_condition(&state, &state.temporal->root));
	parser->nesting = nesting;
	TRY(temporal_check(parser, state.temporal));
	return finish(parser, state.temporal, offset);
}
