#include "cedar/lexer.h"

#define TOKEN_NAME(name, text) [TOKEN_##name] = text,
static const char *const token_names[TOKEN_COUNT] = {TOKEN_ROWS(TOKEN_NAME)};
#undef TOKEN_NAME

const char *token_name(enum token_kind kind)
{
	return token_names[kind];
}

/* White_Space beyond ASCII, as UTF-8. */
static const slice wide_spaces[] = {
	SLICE_INIT("\xc2\x85"),     SLICE_INIT("\xc2\xa0"),     SLICE_INIT("\xe1\x9a\x80"), SLICE_INIT("\xe2\x80\x80"),
	SLICE_INIT("\xe2\x80\x81"), SLICE_INIT("\xe2\x80\x82"), SLICE_INIT("\xe2\x80\x83"), SLICE_INIT("\xe2\x80\x84"),
	SLICE_INIT("\xe2\x80\x85"), SLICE_INIT("\xe2\x80\x86"), SLICE_INIT("\xe2\x80\x87"), SLICE_INIT("\xe2\x80\x88"),
	SLICE_INIT("\xe2\x80\x89"), SLICE_INIT("\xe2\x80\x8a"), SLICE_INIT("\xe2\x80\xa8"), SLICE_INIT("\xe2\x80\xa9"),
	SLICE_INIT("\xe2\x80\xaf"), SLICE_INIT("\xe2\x81\x9f"), SLICE_INIT("\xe3\x80\x80"),
};

size_t space_length(slice text, size_t at)
{
	unsigned char c = (unsigned char)text.ptr[at];
	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return 1;
	if (c < 0x80)
		return 0;
	slice rest = slice_from_offset(text, at);
	for (size_t i = 0; i < sizeof(wide_spaces) / sizeof(wide_spaces[0]); i++)
		if (slice_starts_with(rest, wide_spaces[i]))
			return wide_spaces[i].len;
	return 0;
}

static void skip_space(struct lexer *lexer)
{
	slice text = lexer->text;
	while (lexer->at < text.len) {
		size_t length = space_length(text, lexer->at);
		if (length) {
			lexer->at += length;
		} else if (text.ptr[lexer->at] == '/' && lexer->at + 1 < text.len && text.ptr[lexer->at + 1] == '/') {
			while (lexer->at < text.len && text.ptr[lexer->at] != '\n' && text.ptr[lexer->at] != '\r')
				lexer->at++;
		} else {
			return;
		}
	}
}

static bool is_word_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static size_t word_end(slice text, size_t at)
{
	while (at < text.len && (is_word_start(text.ptr[at]) || is_digit(text.ptr[at])))
		at++;
	return at;
}

/* The closing quote's end, or 0. A backslash takes any character with it but a newline. */
static size_t string_end(slice text, size_t at)
{
	for (at++; at < text.len; at++) {
		if (text.ptr[at] == '"')
			return at + 1;
		if (text.ptr[at] == '\\' && (++at >= text.len || text.ptr[at] == '\n'))
			return 0;
	}
	return 0;
}

static size_t slot_end(slice text, size_t at)
{
	size_t end = word_end(text, at + 1);
	slice word = slice_sub(text, at + 1, end);
	return slice_equal(word, SLICE("principal")) || slice_equal(word, SLICE("resource")) ? end : 0;
}

static enum token_kind single_kind(char c)
{
	static const unsigned char kinds[128] = {
		['@'] = TOKEN_AT,	      ['('] = TOKEN_LEFT_PAREN,	 [')'] = TOKEN_RIGHT_PAREN,
		['{'] = TOKEN_LEFT_BRACE,     ['}'] = TOKEN_RIGHT_BRACE, ['['] = TOKEN_LEFT_BRACKET,
		[']'] = TOKEN_RIGHT_BRACKET,  ['<'] = TOKEN_LESS,	 ['>'] = TOKEN_GREATER,
		[';'] = TOKEN_SEMICOLON,      [','] = TOKEN_COMMA,	 ['.'] = TOKEN_DOT,
		[':'] = TOKEN_COLON,	      ['='] = TOKEN_EQUAL,	 ['!'] = TOKEN_NOT,
		['+'] = TOKEN_PLUS,	      ['-'] = TOKEN_MINUS,	 ['*'] = TOKEN_STAR,
		['/'] = TOKEN_SLASH,	      ['%'] = TOKEN_PERCENT,	 ['?'] = TOKEN_QUESTION,
	};
	unsigned char byte = (unsigned char)c;
	return byte < 128 && kinds[byte] ? (enum token_kind)kinds[byte] : TOKEN_BAD;
}

static enum token_kind double_kind(char first, char second)
{
	static const struct {
		char text[3];
		unsigned char kind;
	} pairs[] = {
		{"::", TOKEN_DOUBLE_COLON}, {"==", TOKEN_EQUAL_EQUAL},	 {"!=", TOKEN_NOT_EQUAL}, {"<=", TOKEN_LESS_EQUAL},
		{">=", TOKEN_GREATER_EQUAL}, {"&&", TOKEN_AND}, {"||", TOKEN_OR},
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++)
		if (pairs[i].text[0] == first && pairs[i].text[1] == second)
			return (enum token_kind)pairs[i].kind;
	return TOKEN_BAD;
}

static struct token finish(struct lexer *lexer, enum token_kind kind, size_t end)
{
	size_t start = lexer->at;
	lexer->at = end;
	return (struct token){kind, (uint32_t)start, slice_sub(lexer->text, start, end)};
}

struct token lexer_next(struct lexer *lexer)
{
	skip_space(lexer);
	slice text = lexer->text;
	size_t at = lexer->at, end;
	if (at >= text.len)
		return (struct token){TOKEN_END, (uint32_t)text.len, slice_from_offset(text, text.len)};
	char c = text.ptr[at];
	if (is_word_start(c))
		return finish(lexer, TOKEN_IDENTIFIER, word_end(text, at));
	if (is_digit(c)) {
		for (end = at; end < text.len && is_digit(text.ptr[end]);)
			end++;
		return finish(lexer, TOKEN_INTEGER, end);
	}
	if (c == '"') {
		end = string_end(text, at);
		return finish(lexer, end ? TOKEN_STRING : TOKEN_BAD, end ? end : at + 1);
	}
	if (c == '?' && (end = slot_end(text, at)) != 0)
		return finish(lexer, TOKEN_SLOT, end);
	enum token_kind pair = at + 1 < text.len ? double_kind(c, text.ptr[at + 1]) : TOKEN_BAD;
	return pair != TOKEN_BAD ? finish(lexer, pair, at + 2) : finish(lexer, single_kind(c), at + 1);
}

bool word_is_reserved(slice word)
{
	static const slice reserved[] = {
		SLICE_INIT("true"), SLICE_INIT("false"), SLICE_INIT("if"),   SLICE_INIT("then"), SLICE_INIT("else"),
		SLICE_INIT("in"),   SLICE_INIT("is"),    SLICE_INIT("like"), SLICE_INIT("has"),
	};
	/* None is longer; most identifiers are. */
	if (word.len > 5)
		return false;
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (slice_equal(reserved[i], word))
			return true;
	return false;
}

bool word_is_identifier(slice word)
{
	return word.len && is_word_start(word.ptr[0]) && word_end(word, 0) == word.len;
}
