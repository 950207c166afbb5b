/* Types in Cedar's schema language. */
#include "cedar/limits.h"
#include "cedar/schema_parser.h"

#include "base/map.h"

#define LINEAR_ATTRIBUTES_MAX 16u /* up to here comparing all names with each other is cheapest */

static enum error new_type(struct schema_parser *schema, enum raw_kind kind, struct raw_type **ret_type)
{
	*ret_type = ARENA_NEW(schema->parser.arena, struct raw_type);
	if (!*ret_type)
		return FAIL(schema->parser.why, E_MEMORY, "no memory for a type");
	(*ret_type)->kind = kind;
	(*ret_type)->offset = schema->parser.token.offset;
	return E_OK;
}

enum error schema_parse_word(struct schema_parser *schema, slice *ret_word)
{
	if (!parser_at_word(&schema->parser, SLICE("__cedar")))
		return parser_identifier(&schema->parser, ret_word);
	*ret_word = schema->parser.token.text;
	parser_take(&schema->parser);
	return E_OK;
}

static enum error parse_attribute(struct schema_parser *schema, struct raw_attribute *attribute)
{
	struct parser *parser = &schema->parser;
	TRY(parser_annotations(parser, &attribute->annotations, &attribute->annotation_count));
	if (parser->token.kind == TOKEN_STRING)
		TRY(parser_string(parser, &attribute->name));
	else
		TRY(schema_parse_word(schema, &attribute->name));
	attribute->is_required = !parser_accept(parser, TOKEN_QUESTION);
	TRY(parser_expect(parser, TOKEN_COLON));
	return schema_parse_type(schema, &attribute->type);
}

static struct raw_attribute *find_attribute(struct raw_attribute *attributes, uint32_t count, slice name)
{
	for (uint32_t i = 0; i < count; i++)
		if (slice_equal(attributes[i].name, name))
			return &attributes[i];
	return NULL;
}

/* A name that stands twice means what it meant last. */
static enum error take_attributes(struct schema_parser *schema, const struct pointer_list *list,
				  struct raw_attribute *attributes, uint32_t *ret_count)
{
	struct map places;
	bool is_large = list->count > LINEAR_ATTRIBUTES_MAX;
	enum error code = E_OK;
	map_init(&places, schema->parser.key, list->count);
	*ret_count = 0;
	for (size_t i = 0; i < list->count && code == E_OK; i++) {
		const struct raw_attribute *attribute = list->items[i];
		struct raw_attribute *place = is_large ? map_get(&places, attribute->name)
						       : find_attribute(attributes, *ret_count, attribute->name);
		if (!place) {
			place = &attributes[(*ret_count)++];
			if (is_large)
				code = map_put(&places, attribute->name, place, NULL, schema->parser.why);
		}
		*place = *attribute;
	}
	map_free(&places);
	return code;
}

enum error schema_parse_record(struct schema_parser *schema, const struct raw_type **ret_type)
{
	struct parser *parser = &schema->parser;
	struct raw_type *type;
	struct pointer_list list = {0};
	TRY(new_type(schema, RAW_RECORD, &type));
	TRY(parser_expect(parser, TOKEN_LEFT_BRACE));
	while (!parser_accept(parser, TOKEN_RIGHT_BRACE)) {
		struct raw_attribute *attribute = ARENA_NEW(parser->arena, struct raw_attribute);
		if (!attribute)
			return FAIL(parser->why, E_MEMORY, "no memory for an attribute");
		TRY(parse_attribute(schema, attribute));
		TRY(pointer_list_add(&list, parser->arena, attribute, parser->why));
		if (parser->token.kind != TOKEN_RIGHT_BRACE)
			TRY(parser_expect(parser, TOKEN_COMMA));
	}
	struct raw_attribute *attributes = ARENA_ARRAY(parser->arena, list.count, struct raw_attribute);
	if (!attributes)
		return FAIL(parser->why, E_MEMORY, "no memory for attributes");
	TRY(take_attributes(schema, &list, attributes, &type->count));
	type->attributes = attributes;
	*ret_type = type;
	return E_OK;
}

static enum error parse_named_type(struct schema_parser *schema, const struct raw_type **ret_type)
{
	struct parser *parser = &schema->parser;
	struct raw_type *type;
	TRY(new_type(schema, RAW_NAME, &type));
	if (parser_at_word(parser, SLICE("__cedar"))) {
		/* The one place where this namespace may be named: `__cedar::Long`. */
		parser_take(parser);
		TRY(parser_expect(parser, TOKEN_DOUBLE_COLON));
		TRY(parser_identifier(parser, &type->name));
		type->kind = RAW_PRIMITIVE;
		*ret_type = type;
		return E_OK;
	}
	TRY(parser_name(parser, &type->name));
	if (slice_equal(type->name, SLICE("Set")) && parser_accept(parser, TOKEN_LESS)) {
		type->kind = RAW_SET;
		TRY(schema_parse_type(schema, &type->element));
		TRY(parser_expect(parser, TOKEN_GREATER));
	}
	*ret_type = type;
	return E_OK;
}

enum error schema_parse_type(struct schema_parser *schema, const struct raw_type **ret_type)
{
	struct parser *parser = &schema->parser;
	if (++parser->nesting > CEDAR_VALUE_DEPTH_MAX)
		return PARSER_FAIL(parser, E_LIMIT, parser->token.offset, "the type is nested deeper than %u",
				   CEDAR_VALUE_DEPTH_MAX);
	if (parser->token.kind == TOKEN_LEFT_BRACE)
		TRY(schema_parse_record(schema, ret_type));
	else
		TRY(parse_named_type(schema, ret_type));
	parser->nesting--;
	return E_OK;
}
