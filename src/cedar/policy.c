/* Policies and templates out of text: annotations, effect, head, conditions. */
#include "cedar/policy.h"

#include "cedar/limits.h"
#include "cedar/parser.h"
#include "cedar/temporal.h"

#include <string.h>

static enum error parse_annotation(struct parser *parser, struct cedar_annotation *ret_annotation)
{
	if (parser->token.kind != TOKEN_IDENTIFIER)
		return parser_unexpected(parser);
	ret_annotation->key = parser->token.text;
	ret_annotation->value = SLICE("");
	parser_take(parser);
	if (!parser_accept(parser, TOKEN_LEFT_PAREN))
		return E_OK;
	ret_annotation->has_value = true;
	TRY(parser_string(parser, &ret_annotation->value));
	return parser_expect(parser, TOKEN_RIGHT_PAREN);
}

enum error parser_annotations(struct parser *parser, const struct cedar_annotation **ret_annotations,
			      uint32_t *ret_count)
{
	struct cedar_annotation *list = NULL;
	uint32_t count = 0, size = 0;
	while (parser->token.kind == TOKEN_AT) {
		uint32_t offset = parser->token.offset;
		if (count == CEDAR_ANNOTATIONS_MAX)
			return PARSER_FAIL(parser, E_LIMIT, offset, "more than %u annotations", CEDAR_ANNOTATIONS_MAX);
		if (count == size) {
			struct cedar_annotation *bigger = ARENA_ARRAY(parser->arena, size * 2 + 2, struct cedar_annotation);
			if (!bigger)
				return PARSER_FAIL(parser, E_MEMORY, offset, "no memory for annotations");
			for (uint32_t i = 0; i < count; i++)
				bigger[i] = list[i];
			list = bigger;
			size = size * 2 + 2;
		}
		parser_take(parser);
		TRY(parse_annotation(parser, &list[count]));
		for (uint32_t i = 0; i < count; i++)
			if (slice_equal(list[i].key, list[count].key))
				return PARSER_FAIL(parser, E_SYNTAX, offset, "duplicate annotation: @%.*s",
						   SLICE_ARG(list[i].key));
		count++;
	}
	*ret_annotations = list;
	*ret_count = count;
	return E_OK;
}

/* The entity or slot on the right of == and in; parentheses are allowed. */
static enum error parse_scope_entity(struct parser *parser, enum variable variable, struct scope *scope)
{
	unsigned parens = 0;
	while (parser_accept(parser, TOKEN_LEFT_PAREN))
		parens++;
	if (parser->token.kind == TOKEN_SLOT) {
		slice slot = slice_from_offset(parser->token.text, 1);
		if (variable == VARIABLE_ACTION || !slice_equal(slot, variable_name(variable)))
			return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset,
					   "an entity must stand here, or the slot of this variable");
		scope->has_slot = true;
		parser_take(parser);
	} else {
		TRY(parser_head_entity(parser, variable, &scope->entity));
	}
	while (parens--)
		TRY(parser_expect(parser, TOKEN_RIGHT_PAREN));
	return E_OK;
}

static enum error check_action(struct parser *parser, const struct cedar_uid *uid, uint32_t offset)
{
	if (slice_equal(uid->type, SLICE("Action")) || slice_ends_with(uid->type, SLICE("::Action")))
		return E_OK;
	return PARSER_FAIL(parser, E_SYNTAX, offset,
			   "action entities must have type `Action`, optionally in a namespace, not `%.*s`",
			   SLICE_ARG(uid->type));
}

static enum error parse_action_list(struct parser *parser, struct scope *scope)
{
	struct pointer_list list = {0};
	scope->is_list = true;
	while (!parser_accept(parser, TOKEN_RIGHT_BRACKET)) {
		const struct cedar_uid *uid;
		uint32_t offset = parser->token.offset;
		TRY(parser_head_entity(parser, VARIABLE_ACTION, &uid));
		TRY(check_action(parser, uid, offset));
		TRY(pointer_list_add(&list, parser->arena, uid, parser->why));
		if (parser->token.kind != TOKEN_RIGHT_BRACKET)
			TRY(parser_expect(parser, TOKEN_COMMA));
	}
	scope->entities = (const struct cedar_uid *const *)list.items;
	scope->entity_count = (uint32_t)list.count;
	return E_OK;
}

/* `action in [...]`, the list perhaps in parentheses; false where none starts here. */
static enum error parse_action_in(struct parser *parser, struct scope *scope)
{
	struct lexer lexer = parser->lexer;
	struct token token = parser->token;
	unsigned parens = 0;
	while (parser_accept(parser, TOKEN_LEFT_PAREN))
		parens++;
	if (parser_accept(parser, TOKEN_LEFT_BRACKET)) {
		TRY(parse_action_list(parser, scope));
		while (parens--)
			TRY(parser_expect(parser, TOKEN_RIGHT_PAREN));
		return E_OK;
	}
	parser->lexer = lexer;
	parser->token = token;
	TRY(parse_scope_entity(parser, VARIABLE_ACTION, scope));
	return check_action(parser, scope->entity, token.offset);
}

static enum error parse_scope_is(struct parser *parser, enum variable variable, struct scope *scope)
{
	slice name;
	if (variable == VARIABLE_ACTION)
		return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset, "`is` cannot appear in the action scope");
	parser_take(parser);
	TRY(parser_name(parser, &name));
	scope->type = parser_type(parser, name);
	if (!scope->type)
		return PARSER_FAIL(parser, E_MEMORY, parser->token.offset, "no memory for a type name");
	scope->kind = SCOPE_IS;
	if (!parser_at_word(parser, SLICE("in")))
		return E_OK;
	parser_take(parser);
	scope->kind = SCOPE_IS_IN;
	return parse_scope_entity(parser, variable, scope);
}

static enum error parse_scope(struct parser *parser, enum variable variable, struct scope *scope)
{
	uint32_t offset = parser->token.offset;
	if (parser->token.kind == TOKEN_RIGHT_PAREN)
		return PARSER_FAIL(parser, E_SYNTAX, offset, "this policy is missing the `%.*s` variable in the scope",
				   SLICE_ARG(variable_name(variable)));
	if (!parser_at_word(parser, variable_name(variable)))
		return PARSER_FAIL(parser, E_SYNTAX, offset,
				   "`%.*s` must stand here: a scope has principal, action and resource in this order",
				   SLICE_ARG(variable_name(variable)));
	parser_take(parser);
	if (parser->token.kind == TOKEN_COLON)
		return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset,
				   "type constraints using `:` are not supported: try `is`");
	if (parser_at_word(parser, SLICE("is")))
		return parse_scope_is(parser, variable, scope);
	if (parser_accept(parser, TOKEN_EQUAL_EQUAL)) {
		scope->kind = SCOPE_EQUAL;
		offset = parser->token.offset;
		TRY(parse_scope_entity(parser, variable, scope));
		return variable == VARIABLE_ACTION ? check_action(parser, scope->entity, offset) : E_OK;
	}
	if (parser_at_word(parser, SLICE("in"))) {
		parser_take(parser);
		scope->kind = SCOPE_IN;
		return variable == VARIABLE_ACTION ? parse_action_in(parser, scope)
						   : parse_scope_entity(parser, variable, scope);
	}
	return E_OK;
}

static enum error parse_head(struct parser *parser, struct policy *policy)
{
	TRY(parser_expect(parser, TOKEN_LEFT_PAREN));
	for (unsigned i = 0; i < 3; i++) {
		TRY(parse_scope(parser, (enum variable)i, &policy->scopes[i]));
		if (i < 2 && parser->token.kind != TOKEN_RIGHT_PAREN)
			TRY(parser_expect(parser, TOKEN_COMMA));
	}
	parser_accept(parser, TOKEN_COMMA);
	if (parser->token.kind == TOKEN_IDENTIFIER)
		return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset,
				   "this policy has an extra element in the scope: %.*s", SLICE_ARG(parser->token.text));
	return parser_expect(parser, TOKEN_RIGHT_PAREN);
}

static enum error keep_places(struct parser *parser, struct clause *clause)
{
	uint32_t *places = ARENA_ARRAY(parser->arena, parser->places.count, uint32_t);
	if (!places)
		return PARSER_FAIL(parser, E_MEMORY, clause->offset, "no memory for conditions");
	memcpy(places, parser->places.items, parser->places.count * sizeof(*places));
	clause->places = places;
	return E_OK;
}

static enum error parse_clause(struct parser *parser, struct clause *clause)
{
	clause->offset = parser->token.offset;
	clause->is_unless = parser_at_word(parser, SLICE("unless"));
	if (!clause->is_unless && !parser_at_word(parser, SLICE("when")))
		return PARSER_FAIL(parser, E_SYNTAX, clause->offset,
				   "invalid policy condition `%.*s`: it must be `when` or `unless`",
				   SLICE_ARG(parser->token.text));
	parser_take(parser);
	bool is_temporal = parser_at_word(parser, SLICE("temporal"));
	if (is_temporal)
		parser_take(parser);
	TRY(parser_expect(parser, TOKEN_LEFT_BRACE));
	if (parser->token.kind == TOKEN_RIGHT_BRACE)
		return PARSER_FAIL(parser, E_SYNTAX, clause->offset, "`%s` condition clause cannot be empty",
				   clause->is_unless ? "unless" : "when");
	parser->places.count = 0;
	TRY(is_temporal ? temporal_parse(parser, &clause->body) : parser_expression(parser, &clause->body));
	if (!is_temporal)
		TRY(keep_places(parser, clause));
	return parser_expect(parser, TOKEN_RIGHT_BRACE);
}

static enum error parse_clauses(struct parser *parser, struct policy *policy)
{
	struct clause *list = NULL;
	uint32_t count = 0, size = 0;
	while (parser->token.kind == TOKEN_IDENTIFIER) {
		if (count == size) {
			struct clause *bigger = ARENA_ARRAY(parser->arena, size * 2 + 1, struct clause);
			if (!bigger)
				return PARSER_FAIL(parser, E_MEMORY, parser->token.offset, "no memory for conditions");
			for (uint32_t i = 0; i < count; i++)
				bigger[i] = list[i];
			list = bigger;
			size = size * 2 + 1;
		}
		TRY(parse_clause(parser, &list[count]));
		count++;
	}
	policy->clauses = list;
	policy->clause_count = count;
	return E_OK;
}

enum error parser_policy(struct parser *parser, struct policy *ret_policy)
{
	*ret_policy = (struct policy){.offset = parser->token.offset};
	TRY(parser_annotations(parser, &ret_policy->annotations, &ret_policy->annotation_count));
	if (parser->token.kind != TOKEN_IDENTIFIER)
		return parser_unexpected(parser);
	bool is_permit = parser_at_word(parser, SLICE("permit"));
	if (!is_permit && !parser_at_word(parser, SLICE("forbid")))
		return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset,
				   "invalid policy effect `%.*s`: it must be `permit` or `forbid`",
				   SLICE_ARG(parser->token.text));
	ret_policy->effect = is_permit ? CEDAR_PERMIT : CEDAR_FORBID;
	parser_take(parser);
	TRY(parse_head(parser, ret_policy));
	TRY(parse_clauses(parser, ret_policy));
	size_t end = parser->token.offset + 1;
	TRY(parser_expect(parser, TOKEN_SEMICOLON));
	ret_policy->text = slice_sub(parser->lexer.text, ret_policy->offset, end);
	return E_OK;
}
