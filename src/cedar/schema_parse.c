/* Cedar's schema language. */
#include "cedar/schema_parser.h"

static enum error copy_references(struct schema_parser *schema, const struct pointer_list *list,
				  const struct raw_reference **ret_references, uint32_t *ret_count)
{
	struct raw_reference *references = ARENA_ARRAY(schema->parser.arena, list->count, struct raw_reference);
	if (!references)
		return FAIL(schema->parser.why, E_MEMORY, "no memory for a schema");
	for (size_t i = 0; i < list->count; i++)
		references[i] = *(const struct raw_reference *)list->items[i];
	*ret_references = references;
	*ret_count = (uint32_t)list->count;
	return E_OK;
}

static enum error parse_reference(struct schema_parser *schema, struct pointer_list *list)
{
	struct raw_reference *reference = ARENA_NEW(schema->parser.arena, struct raw_reference);
	if (!reference)
		return FAIL(schema->parser.why, E_MEMORY, "no memory for a name");
	reference->offset = schema->parser.token.offset;
	TRY(parser_name(&schema->parser, &reference->type));
	return pointer_list_add(list, schema->parser.arena, reference, schema->parser.why);
}

/* One name, or names in brackets; no comma behind the last. */
static enum error parse_types(struct schema_parser *schema, const struct raw_reference **ret_references,
			      uint32_t *ret_count)
{
	struct parser *parser = &schema->parser;
	struct pointer_list list = {0};
	if (!parser_accept(parser, TOKEN_LEFT_BRACKET)) {
		TRY(parse_reference(schema, &list));
		return copy_references(schema, &list, ret_references, ret_count);
	}
	if (parser_accept(parser, TOKEN_RIGHT_BRACKET))
		return copy_references(schema, &list, ret_references, ret_count);
	do
		TRY(parse_reference(schema, &list));
	while (parser_accept(parser, TOKEN_COMMA));
	TRY(parser_expect(parser, TOKEN_RIGHT_BRACKET));
	return copy_references(schema, &list, ret_references, ret_count);
}

static enum error parse_enum(struct schema_parser *schema, struct raw_entity *entity)
{
	struct parser *parser = &schema->parser;
	struct pointer_list list = {0};
	parser_take(parser);
	TRY(parser_expect(parser, TOKEN_LEFT_BRACKET));
	do {
		slice *choice = ARENA_NEW(parser->arena, slice);
		if (!choice)
			return FAIL(parser->why, E_MEMORY, "no memory for a choice");
		TRY(parser_string(parser, choice));
		TRY(pointer_list_add(&list, parser->arena, choice, parser->why));
	} while (parser_accept(parser, TOKEN_COMMA));
	TRY(parser_expect(parser, TOKEN_RIGHT_BRACKET));
	slice *choices = ARENA_ARRAY(parser->arena, list.count, slice);
	if (!choices)
		return FAIL(parser->why, E_MEMORY, "no memory for choices");
	for (size_t i = 0; i < list.count; i++)
		choices[i] = *(const slice *)list.items[i];
	entity->is_enum = true;
	entity->choices = choices;
	entity->choice_count = (uint32_t)list.count;
	return E_OK;
}

static enum error parse_entity_body(struct schema_parser *schema, struct raw_entity *entity)
{
	struct parser *parser = &schema->parser;
	if (parser_at_word(parser, SLICE("enum")))
		return parse_enum(schema, entity);
	if (parser_at_word(parser, SLICE("in"))) {
		parser_take(parser);
		TRY(parse_types(schema, &entity->parents, &entity->parent_count));
	}
	if (parser_accept(parser, TOKEN_EQUAL) || parser->token.kind == TOKEN_LEFT_BRACE)
		TRY(schema_parse_record(schema, &entity->shape));
	if (parser_at_word(parser, SLICE("tags"))) {
		parser_take(parser);
		TRY(schema_parse_type(schema, &entity->tags));
	}
	return E_OK;
}

/* Several names may share one declaration. */
static enum error parse_names(struct schema_parser *schema, bool strings, struct pointer_list *ret_names)
{
	struct parser *parser = &schema->parser;
	*ret_names = (struct pointer_list){0};
	do {
		struct raw_reference *name = ARENA_NEW(parser->arena, struct raw_reference);
		if (!name)
			return FAIL(parser->why, E_MEMORY, "no memory for a name");
		name->offset = parser->token.offset;
		if (strings && parser->token.kind == TOKEN_STRING)
			TRY(parser_string(parser, &name->id));
		else if (strings)
			TRY(schema_parse_word(schema, &name->id));
		else
			TRY(parser_identifier(parser, &name->id));
		TRY(pointer_list_add(ret_names, parser->arena, name, parser->why));
	} while (parser_accept(parser, TOKEN_COMMA));
	return E_OK;
}

static enum error parse_entity(struct schema_parser *schema, const struct cedar_annotation *annotations,
			       uint32_t annotation_count)
{
	struct pointer_list names;
	struct raw_entity entity = {
		.space = schema->space, .annotations = annotations, .annotation_count = annotation_count};
	parser_take(&schema->parser);
	TRY(parse_names(schema, false, &names));
	TRY(parse_entity_body(schema, &entity));
	TRY(parser_expect(&schema->parser, TOKEN_SEMICOLON));
	for (size_t i = 0; i < names.count; i++) {
		const struct raw_reference *name = names.items[i];
		entity.name = name->id;
		entity.offset = name->offset;
		TRY(raw_add_entity(schema->raw, &entity));
	}
	return E_OK;
}

/* `name`, `"name"` or `Type::"name"`. */
static enum error parse_action_reference(struct schema_parser *schema, struct pointer_list *list)
{
	struct parser *parser = &schema->parser;
	struct raw_reference *reference = ARENA_NEW(parser->arena, struct raw_reference);
	const struct cedar_uid *uid;
	if (!reference)
		return FAIL(parser->why, E_MEMORY, "no memory for a name");
	reference->offset = parser->token.offset;
	if (parser->token.kind == TOKEN_STRING) {
		TRY(parser_string(parser, &reference->id));
	} else {
		slice name;
		TRY(parser_path(parser, &name, &uid));
		reference->id = uid ? uid->id : name;
		reference->type = uid ? uid->type : SLICE("");
	}
	return pointer_list_add(list, parser->arena, reference, parser->why);
}

static enum error parse_action_parents(struct schema_parser *schema, struct raw_action *action)
{
	struct parser *parser = &schema->parser;
	struct pointer_list list = {0};
	parser_take(parser);
	if (!parser_accept(parser, TOKEN_LEFT_BRACKET)) {
		TRY(parse_action_reference(schema, &list));
	} else {
		do
			TRY(parse_action_reference(schema, &list));
		while (parser_accept(parser, TOKEN_COMMA));
		TRY(parser_expect(parser, TOKEN_RIGHT_BRACKET));
	}
	return copy_references(schema, &list, &action->parents, &action->parent_count);
}

static enum error parse_applies_member(struct schema_parser *schema, struct raw_action *action)
{
	struct parser *parser = &schema->parser;
	struct token word = parser->token;
	bool is_principal = parser_at_word(parser, SLICE("principal"));
	bool is_resource = parser_at_word(parser, SLICE("resource"));
	if (!is_principal && !is_resource && !parser_at_word(parser, SLICE("context")))
		return parser_unexpected(parser);
	parser_take(parser);
	TRY(parser_expect(parser, TOKEN_COLON));
	if ((is_principal && action->principals) || (is_resource && action->resources) ||
	    (!is_principal && !is_resource && action->context))
		return PARSER_FAIL(parser, E_SYNTAX, word.offset, "duplicate `%.*s` declaration", SLICE_ARG(word.text));
	if (!is_principal && !is_resource)
		return schema_parse_type(schema, &action->context);
	uint32_t *count = is_principal ? &action->principal_count : &action->resource_count;
	TRY(parse_types(schema, is_principal ? &action->principals : &action->resources, count));
	if (*count == 0)
		return PARSER_FAIL(parser, E_SYNTAX, word.offset, "`%.*s` must not be `[]`", SLICE_ARG(word.text));
	return E_OK;
}

static enum error parse_applies(struct schema_parser *schema, struct raw_action *action)
{
	struct parser *parser = &schema->parser;
	uint32_t offset = parser->token.offset;
	parser_take(parser);
	TRY(parser_expect(parser, TOKEN_LEFT_BRACE));
	do {
		TRY(parse_applies_member(schema, action));
		if (parser->token.kind != TOKEN_RIGHT_BRACE)
			TRY(parser_expect(parser, TOKEN_COMMA));
	} while (!parser_accept(parser, TOKEN_RIGHT_BRACE));
	if (!action->principals || !action->resources)
		return PARSER_FAIL(parser, E_SYNTAX, offset, "missing `%s` declaration",
				   action->principals ? "resource" : "principal");
	action->applies = true;
	return E_OK;
}

static enum error parse_action(struct schema_parser *schema, const struct cedar_annotation *annotations,
			       uint32_t annotation_count)
{
	struct parser *parser = &schema->parser;
	struct pointer_list names;
	struct raw_action action = {
		.space = schema->space, .annotations = annotations, .annotation_count = annotation_count};
	parser_take(parser);
	TRY(parse_names(schema, true, &names));
	if (parser_at_word(parser, SLICE("in")))
		TRY(parse_action_parents(schema, &action));
	if (parser_at_word(parser, SLICE("appliesTo")))
		TRY(parse_applies(schema, &action));
	if (parser_at_word(parser, SLICE("attributes"))) {
		parser_take(parser);
		TRY(parser_expect(parser, TOKEN_LEFT_BRACE));
		TRY(parser_expect(parser, TOKEN_RIGHT_BRACE));
	}
	TRY(parser_expect(parser, TOKEN_SEMICOLON));
	for (size_t i = 0; i < names.count; i++) {
		const struct raw_reference *name = names.items[i];
		action.id = name->id;
		action.offset = name->offset;
		TRY(raw_add_action(schema->raw, &action));
	}
	return E_OK;
}

static enum error parse_common(struct schema_parser *schema, const struct cedar_annotation *annotations,
			       uint32_t annotation_count)
{
	struct parser *parser = &schema->parser;
	struct raw_common common = {
		.space = schema->space, .annotations = annotations, .annotation_count = annotation_count};
	parser_take(parser);
	common.offset = parser->token.offset;
	TRY(parser_identifier(parser, &common.name));
	TRY(parser_expect(parser, TOKEN_EQUAL));
	TRY(schema_parse_type(schema, &common.type));
	TRY(parser_expect(parser, TOKEN_SEMICOLON));
	return raw_add_common(schema->raw, &common);
}

static enum error parse_declaration(struct schema_parser *schema, const struct cedar_annotation *annotations,
				    uint32_t count)
{
	if (parser_at_word(&schema->parser, SLICE("entity")))
		return parse_entity(schema, annotations, count);
	if (parser_at_word(&schema->parser, SLICE("action")))
		return parse_action(schema, annotations, count);
	if (parser_at_word(&schema->parser, SLICE("type")))
		return parse_common(schema, annotations, count);
	return parser_unexpected(&schema->parser);
}

static enum error parse_namespace(struct schema_parser *schema, const struct cedar_annotation *annotations,
				  uint32_t annotation_count)
{
	struct parser *parser = &schema->parser;
	struct raw_schema *raw = schema->raw;
	struct raw_namespace *space = ARENA_NEW(parser->arena, struct raw_namespace);
	parser_take(parser);
	uint32_t offset = parser->token.offset;
	if (!space)
		return FAIL(parser->why, E_MEMORY, "no memory for a namespace");
	TRY(parser_name(parser, &space->name));
	space->annotations = annotations;
	space->annotation_count = annotation_count;
	for (size_t i = 0; i < raw->spaces.count; i++)
		if (slice_equal(((const struct raw_namespace *)raw->spaces.items[i])->name, space->name))
			return PARSER_FAIL(parser, E_INVALID, offset, "duplicate namespace `%.*s`",
					   SLICE_ARG(space->name));
	TRY(pointer_list_add(&raw->spaces, parser->arena, space, parser->why));
	schema->space = space->name;
	TRY(parser_expect(parser, TOKEN_LEFT_BRACE));
	while (!parser_accept(parser, TOKEN_RIGHT_BRACE)) {
		const struct cedar_annotation *inner;
		uint32_t count;
		TRY(parser_annotations(parser, &inner, &count));
		TRY(parse_declaration(schema, inner, count));
	}
	schema->space = SLICE("");
	return E_OK;
}

enum error raw_schema_parse(struct raw_schema *raw, slice text)
{
	struct schema_parser schema = {.raw = raw, .space = SLICE("")};
	schema.parser = (struct parser){.arena = raw->arena, .key = raw->key, .source = raw->source,
					.problem = raw->problem, .why = raw->why};
	TRY(parser_start(&schema.parser, text));
	while (schema.parser.token.kind != TOKEN_END) {
		const struct cedar_annotation *annotations;
		uint32_t count;
		TRY(parser_annotations(&schema.parser, &annotations, &count));
		if (parser_at_word(&schema.parser, SLICE("namespace")))
			TRY(parse_namespace(&schema, annotations, count));
		else
			TRY(parse_declaration(&schema, annotations, count));
	}
	return E_OK;
}
