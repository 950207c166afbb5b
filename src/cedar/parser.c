#include "cedar/parser.h"

#include "cedar/limits.h"
#include "cedar/uid.h"
#include "text/utf8.h"

#include <string.h>

enum error pointer_list_add(struct pointer_list *list, struct arena *arena, const void *item, struct fault *why)
{
	if (list->count == list->size) {
		size_t size = list->size ? list->size * 2 : 4;
		const void **items = ARENA_ARRAY(arena, size, const void *);
		if (!items)
			return FAIL(why, E_MEMORY, "no memory for a list");
		if (list->count)
			memcpy(items, list->items, list->count * sizeof(*items));
		list->items = items;
		list->size = size;
	}
	list->items[list->count++] = item;
	return E_OK;
}

static size_t first_invalid(slice text)
{
	const char *end = text.ptr + text.len;
	for (size_t at = 0; at < text.len;) {
		unsigned length = utf8_length(text.ptr + at, end);
		if (!length)
			return at;
		at += length;
	}
	return text.len;
}

enum error parser_start(struct parser *parser, slice text)
{
	parser->lexer = (struct lexer){.text = text};
	if (text.len > CEDAR_TEXT_BYTES_MAX)
		return PARSER_FAIL(parser, E_LIMIT, 0, "the text is longer than %u bytes", CEDAR_TEXT_BYTES_MAX);
	if (!utf8_valid(text))
		return PARSER_FAIL(parser, E_SYNTAX, first_invalid(text), "the text is not UTF-8 here");
	parser_take(parser);
	return E_OK;
}

/* What other languages write, or an editor does by itself, with what stands for it here. */
static const struct foreign {
	slice text;
	const char *sentence;
} foreigners[] = {
	{SLICE_INIT("&"), "`&` is not an operator in Cedar: try `&&`"},
	{SLICE_INIT("|"), "`|` is not an operator in Cedar: try `||`"},
	{SLICE_INIT("="), "'=' is not a valid operator in Cedar: try '=='"},
	{SLICE_INIT("and"), "`and` is not an operator in Cedar: try `&&`"},
	{SLICE_INIT("or"), "`or` is not an operator in Cedar: try `||`"},
	{SLICE_INIT("#"), "a comment begins with `//`, not with `#`"},
	{SLICE_INIT("/"), "a comment begins with `//`, and there is no division"},
	{SLICE_INIT("'"), "a string stands between double quotes"},
	{SLICE_INIT("`"), "a string stands between double quotes"},
	{SLICE_INIT("\xe2\x80\x98"), "a string stands between double quotes, not between curled ones"},
	{SLICE_INIT("\xe2\x80\x99"), "a string stands between double quotes, not between curled ones"},
	{SLICE_INIT("\xe2\x80\x9c"), "a string stands between double quotes, not between curled ones"},
	{SLICE_INIT("\xe2\x80\x9d"), "a string stands between double quotes, not between curled ones"},
	{SLICE_INIT("\xef\xbb\xbf"), "this is a byte order mark: save the text as UTF-8 without it"},
};

/* What a token that cannot be there was meant to be; NULL: who knows. */
static const char *meant(const struct parser *parser)
{
	const struct token *token = &parser->token;
	slice rest = slice_from_offset(parser->lexer.text, token->offset);
	for (size_t i = 0; i < sizeof(foreigners) / sizeof(foreigners[0]); i++) {
		const struct foreign *foreign = &foreigners[i];
		if (token->kind == TOKEN_BAD ? slice_starts_with(rest, foreign->text) : slice_equal(token->text, foreign->text))
			return foreign->sentence;
	}
	return NULL;
}

enum error parser_unexpected(struct parser *parser)
{
	const struct token *token = &parser->token;
	slice text = parser->lexer.text;
	uint32_t point = 0;
	if (token->kind == TOKEN_END)
		return PARSER_FAIL(parser, E_SYNTAX, token->offset, "unexpected end of input");
	if (token->kind == TOKEN_BAD && token->text.ptr[0] == '"')
		return PARSER_FAIL(parser, E_SYNTAX, token->offset, "this string is not closed");
	if (meant(parser))
		return PARSER_FAIL(parser, E_SYNTAX, token->offset, "%s", meant(parser));
	if (token->kind != TOKEN_BAD)
		return PARSER_FAIL(parser, E_SYNTAX, token->offset, "unexpected token `%.*s`", SLICE_ARG(token->text));
	(void)utf8_read(text.ptr + token->offset, text.ptr + text.len, &point);
	return PARSER_FAIL(parser, E_SYNTAX, token->offset, "no Cedar text starts with this character (U+%04X)", point);
}

enum error parser_expect(struct parser *parser, enum token_kind kind)
{
	if (parser_accept(parser, kind))
		return E_OK;
	if (parser->token.kind == TOKEN_BAD || meant(parser))
		return parser_unexpected(parser);
	if (parser->token.kind == TOKEN_END)
		return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset, "unexpected end of input, expected `%s`",
				   token_name(kind));
	return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset, "unexpected token `%.*s`, expected `%s`",
			   SLICE_ARG(parser->token.text), token_name(kind));
}

enum error parser_place(struct parser *parser, enum error error, size_t offset)
{
	if (error == E_OK)
		return E_OK;
	struct fault inner = {.code = error};
	if (parser->why)
		inner = *parser->why;
	return PARSER_FAIL(parser, error, offset, "%s", fault_sentence(&inner));
}

enum error parser_identifier(struct parser *parser, slice *ret_name)
{
	slice word = parser->token.text;
	if (parser->token.kind != TOKEN_IDENTIFIER)
		return parser_unexpected(parser);
	if (word_is_reserved(word))
		return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset,
				   "this identifier is reserved and cannot be used: %.*s", SLICE_ARG(word));
	if (bytes_equal(word, SLICE("__cedar")))
		return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset, "the name `__cedar` is reserved");
	*ret_name = word;
	parser_take(parser);
	return E_OK;
}

enum error parser_string(struct parser *parser, slice *ret_text)
{
	struct token token = parser->token;
	size_t bad = 0;
	if (token.kind != TOKEN_STRING)
		return parser_unexpected(parser);
	if (token.is_plain) {
		*ret_text = slice_from(token.text.ptr + 1, token.text.len - 2);
		parser_take(parser);
		return E_OK;
	}
	enum error error = string_unescape(parser->arena, token.text, ret_text, &bad);
	if (error == E_SYNTAX)
		return PARSER_FAIL(parser, E_SYNTAX, token.offset + bad, "this is not a valid escape");
	if (error != E_OK)
		return PARSER_FAIL(parser, error, token.offset, "no memory for a string");
	parser_take(parser);
	return E_OK;
}

/* Puts `first::second` together; where nothing stands between the parts, it is the text itself. */
static enum error join(struct parser *parser, slice *name, slice part)
{
	if (part.ptr == name->ptr + name->len + 2) {
		name->len += 2 + part.len;
		return E_OK;
	}
	char *bytes = arena_alloc(parser->arena, name->len + 2 + part.len);
	if (!bytes)
		return FAIL(parser->why, E_MEMORY, "no memory for a name");
	memcpy(bytes, name->ptr, name->len);
	memcpy(bytes + name->len, "::", 2);
	memcpy(bytes + name->len + 2, part.ptr, part.len);
	*name = (slice){bytes, name->len + 2 + part.len};
	return E_OK;
}

/* Takes `ident{::ident}` and says whether `::"` follows, which is taken too. */
static enum error take_path(struct parser *parser, slice *ret_name, bool *ret_string)
{
	slice part;
	*ret_string = false;
	TRY(parser_identifier(parser, ret_name));
	while (parser_accept(parser, TOKEN_DOUBLE_COLON)) {
		if (parser->token.kind == TOKEN_STRING) {
			*ret_string = true;
			return E_OK;
		}
		TRY(parser_identifier(parser, &part));
		TRY(join(parser, ret_name, part));
	}
	return E_OK;
}

enum error parser_name(struct parser *parser, slice *ret_name)
{
	bool is_entity;
	TRY(take_path(parser, ret_name, &is_entity));
	if (is_entity)
		return PARSER_FAIL(parser, E_SYNTAX, parser->token.offset,
				   "a type name must stand here, not an entity: leave out the id");
	return E_OK;
}

static struct parser_type *keep_type(struct parser *parser, slice type)
{
	struct parser_type *kept = parser->types[bytes_place(type, PARSER_TYPES)];
	for (unsigned i = 0; i < 2; i++)
		if (kept[i].name.ptr && bytes_equal(kept[i].name, type))
			return &kept[i];
	kept[1] = kept[0];
	kept[0] = (struct parser_type){.name = type, .hash = hash_slice(parser->key, type)};
	return kept;
}

const struct cedar_uid *parser_type(struct parser *parser, slice type)
{
	struct parser_type *kept = keep_type(parser, type);
	if (kept->uid)
		return kept->uid;
	struct cedar_uid *uid = ARENA_NEW(parser->arena, struct cedar_uid);
	if (uid)
		*uid = cedar_uid_join(parser->key, type, kept->hash, SLICE(""));
	kept->uid = uid;
	return uid;
}

static struct cedar_uid make_uid(struct parser *parser, slice type, slice id)
{
	return cedar_uid_join(parser->key, type, keep_type(parser, type)->hash, id);
}

enum error parser_path_into(struct parser *parser, slice *ret_name, struct cedar_uid *ret_uid, bool *ret_is_uid)
{
	slice id;
	TRY(take_path(parser, ret_name, ret_is_uid));
	if (!*ret_is_uid)
		return E_OK;
	TRY(parser_string(parser, &id));
	*ret_uid = make_uid(parser, *ret_name, id);
	return E_OK;
}

static enum error keep_uid(struct parser *parser, slice type, slice id, const struct cedar_uid **ret_uid)
{
	struct cedar_uid *kept = ARENA_NEW(parser->arena, struct cedar_uid);
	if (!kept)
		return FAIL(parser->why, E_MEMORY, "no memory for an entity name");
	*kept = make_uid(parser, type, id);
	*ret_uid = kept;
	return E_OK;
}

enum error parser_path(struct parser *parser, slice *ret_name, const struct cedar_uid **ret_uid)
{
	bool is_entity;
	slice id;
	*ret_uid = NULL;
	TRY(take_path(parser, ret_name, &is_entity));
	if (!is_entity)
		return E_OK;
	TRY(parser_string(parser, &id));
	return keep_uid(parser, *ret_name, id, ret_uid);
}

static enum error take_entity(struct parser *parser, slice *ret_type, slice *ret_id)
{
	bool is_entity;
	size_t offset = parser->token.offset;
	TRY(take_path(parser, ret_type, &is_entity));
	if (!is_entity)
		return PARSER_FAIL(parser, E_SYNTAX, offset, "an entity must stand here, such as User::\"alice\", not `%.*s`",
				   SLICE_ARG(*ret_type));
	return parser_string(parser, ret_id);
}

enum error parser_entity(struct parser *parser, const struct cedar_uid **ret_uid)
{
	slice type, id;
	*ret_uid = NULL;
	TRY(take_entity(parser, &type, &id));
	return keep_uid(parser, type, id, ret_uid);
}

enum error parser_head_entity(struct parser *parser, enum variable variable, const struct cedar_uid **ret_uid)
{
	slice type, id;
	TRY(take_entity(parser, &type, &id));
	const struct cedar_uid **named = &parser->named[variable][bytes_place(id, PARSER_NAMED)];
	if (!*named || !bytes_equal((*named)->id, id) || !bytes_equal((*named)->type, type))
		TRY(keep_uid(parser, type, id, named));
	*ret_uid = *named;
	return E_OK;
}

enum error cedar_uid_parse(struct arena *arena, const struct hash_key *key, slice text,
			   const struct cedar_uid **ret_uid, struct fault *why)
{
	slice copy = arena_copy(arena, text);
	struct parser parser = {.arena = arena, .key = key, .source = SLICE("entity"), .why = why};
	if (!copy.ptr)
		return FAIL(why, E_MEMORY, "no memory for an entity name");
	TRY(parser_start(&parser, copy));
	TRY(parser_entity(&parser, ret_uid));
	return parser_expect(&parser, TOKEN_END);
}

bool cedar_name_check(slice name)
{
	for (;;) {
		size_t length = word_length(name);
		slice part = {name.ptr, length};
		if (!length || word_is_reserved(part) || bytes_equal(part, SLICE("__cedar")))
			return false;
		if (length == name.len)
			return true;
		if (name.len - length < 2 || name.ptr[length] != ':' || name.ptr[length + 1] != ':')
			return false;
		name = slice_from_offset(name, length + 2);
	}
}
