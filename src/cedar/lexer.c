#include "cedar/lexer.h"

#include "cedar/bytes.h"

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

/* What a byte can begin. */
enum { SPACE = 1, LETTER = 2, DIGIT = 4, QUOTE = 8, WIDE = 16, SLASH = 32, SIGN = 64, PAIR = 128 };

#define ROW8(what, c) \
	[c] = what, [c + 1] = what, [c + 2] = what, [c + 3] = what, [c + 4] = what, [c + 5] = what, [c + 6] = what, [c + 7] = what,
#define ROW64(what, c) \
	ROW8(what, c) ROW8(what, c + 8) ROW8(what, c + 16) ROW8(what, c + 24) \
	ROW8(what, c + 32) ROW8(what, c + 40) ROW8(what, c + 48) ROW8(what, c + 56)

/* A SIGN is a token whatever follows; a PAIR is one where it stands twice. */
static const unsigned char classes[256] = {
	['\t'] = SPACE, ['\n'] = SPACE, ['\v'] = SPACE, ['\f'] = SPACE, ['\r'] = SPACE, [' '] = SPACE, ['"'] = QUOTE,
	['_'] = LETTER, ['/'] = SLASH, ROW8(DIGIT, '0')['8'] = DIGIT, ['9'] = DIGIT,
	['('] = SIGN, [')'] = SIGN, ['{'] = SIGN, ['}'] = SIGN, ['['] = SIGN, [']'] = SIGN,
	[','] = SIGN, ['.'] = SIGN, [';'] = SIGN, ['@'] = SIGN,
	[':'] = PAIR, ['='] = PAIR, ['&'] = PAIR, ['|'] = PAIR,
	ROW8(LETTER, 'a') ROW8(LETTER, 'i') ROW8(LETTER, 'q')['y'] = LETTER, ['z'] = LETTER,
	ROW8(LETTER, 'A') ROW8(LETTER, 'I') ROW8(LETTER, 'Q')['Y'] = LETTER, ['Z'] = LETTER,
	ROW64(WIDE, 128) ROW64(WIDE, 192)
};

static inline unsigned class_of(char c)
{
	return classes[(unsigned char)c];
}

/* Eight bytes at once: what is true of a byte is told by its highest bit. */
#define ALL(byte) (0x0101010101010101u * (uint64_t)(byte))

/* All bytes before the first that is marked are right; what stands behind it may not be. */
static inline uint64_t equal_to(uint64_t word, char byte)
{
	uint64_t differ = word ^ ALL(byte);
	return (differ - ALL(1)) & ~differ & ALL(0x80);
}

/* The first byte is the lowest. */
static inline uint64_t load(const char *at)
{
	uint64_t word = bytes_load(at);
	return __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__ ? __builtin_bswap64(word) : word;
}

static inline size_t first_of(uint64_t marks)
{
	return (size_t)__builtin_ctzll(marks) / 8;
}

static const char *skip_comment(const char *at, const char *end)
{
	while (at < end && *at != '\n' && *at != '\r')
		at++;
	return at;
}

static const char *skip_space(slice text, const char *at)
{
	const char *end = text.ptr + text.len;
	for (;;) {
		size_t length;
		while (at < end && class_of(*at) == SPACE)
			at++;
		if (at < end && *at == '/' && end - at > 1 && at[1] == '/')
			at = skip_comment(at, end);
		else if (at < end && class_of(*at) == WIDE && (length = space_length(text, (size_t)(at - text.ptr))) != 0)
			at += length;
		else
			return at;
	}
}

/* Behind the letters and digits. */
static inline const char *skip_word(const char *at, const char *end)
{
	/* As long as there are eight, the end need not be looked for between them. */
	for (; end - at >= 8; at += 8)
		for (unsigned i = 0; i < 8; i++)
			if (!(class_of(at[i]) & (LETTER | DIGIT)))
				return at + i;
	while (at < end && (class_of(*at) & (LETTER | DIGIT)))
		at++;
	return at;
}

static inline const char *skip_digits(const char *at, const char *end)
{
	while (at < end && class_of(*at) == DIGIT)
		at++;
	return at;
}

static size_t word_end(slice text, size_t at)
{
	return (size_t)(skip_word(text.ptr + at, text.ptr + text.len) - text.ptr);
}

/* The first quote, backslash or carriage return; `end` where there is none. */
static inline const char *skip_plain(const char *at, const char *end)
{
	for (; end - at >= 8; at += 8) {
		uint64_t word = load(at);
		uint64_t found = equal_to(word, '"') | equal_to(word, '\\') | equal_to(word, '\r');
		if (found)
			return at + first_of(found);
	}
	while (at < end && *at != '"' && *at != '\\' && *at != '\r')
		at++;
	return at;
}

/* The closing quote's end, or NULL. A backslash takes any character with it but a newline. */
static const char *string_end(const char *at, const char *end, bool *ret_is_plain)
{
	at = skip_plain(at + 1, end);
	*ret_is_plain = at < end && *at == '"';
	if (*ret_is_plain)
		return at + 1;
	for (; at < end; at++) {
		if (*at == '"')
			return at + 1;
		if (*at == '\\' && (++at >= end || *at == '\n'))
			return NULL;
	}
	return NULL;
}

static size_t slot_end(slice text, size_t at)
{
	size_t end = word_end(text, at + 1);
	slice word = slice_sub(text, at + 1, end);
	return slice_equal(word, SLICE("principal")) || slice_equal(word, SLICE("resource")) ? end : 0;
}

/* Bytes that are a token by themselves. */
static const unsigned char single_kinds[128] = {
	['@'] = TOKEN_AT,	      ['('] = TOKEN_LEFT_PAREN,	 [')'] = TOKEN_RIGHT_PAREN,
	['{'] = TOKEN_LEFT_BRACE,     ['}'] = TOKEN_RIGHT_BRACE, ['['] = TOKEN_LEFT_BRACKET,
	[']'] = TOKEN_RIGHT_BRACKET,  ['<'] = TOKEN_LESS,	 ['>'] = TOKEN_GREATER,
	[';'] = TOKEN_SEMICOLON,      [','] = TOKEN_COMMA,	 ['.'] = TOKEN_DOT,
	[':'] = TOKEN_COLON,	      ['='] = TOKEN_EQUAL,	 ['!'] = TOKEN_NOT,
	['+'] = TOKEN_PLUS,	      ['-'] = TOKEN_MINUS,	 ['*'] = TOKEN_STAR,
	['/'] = TOKEN_SLASH,	      ['%'] = TOKEN_PERCENT,	 ['?'] = TOKEN_QUESTION,
};

static const unsigned char pair_kinds[128] = {
	[':'] = TOKEN_DOUBLE_COLON, ['='] = TOKEN_EQUAL_EQUAL, ['&'] = TOKEN_AND, ['|'] = TOKEN_OR};

static enum token_kind single_kind(char c)
{
	unsigned char byte = (unsigned char)c;
	return byte < 128 && single_kinds[byte] ? (enum token_kind)single_kinds[byte] : TOKEN_BAD;
}

/* Of a byte and '=' behind it. */
static enum token_kind equal_kind(char c)
{
	static const unsigned char equal[128] = {['!'] = TOKEN_NOT_EQUAL, ['<'] = TOKEN_LESS_EQUAL,
						 ['>'] = TOKEN_GREATER_EQUAL};
	unsigned char byte = (unsigned char)c;
	return byte < 128 && equal[byte] ? (enum token_kind)equal[byte] : TOKEN_BAD;
}

/* The end of the token that begins at `at` with a byte of no class, or one of a PAIR that stands alone. */
static size_t sign_end(slice text, size_t at, enum token_kind *ret_kind)
{
	size_t end;
	char c = text.ptr[at];
	if (c == '?' && (end = slot_end(text, at)) != 0) {
		*ret_kind = TOKEN_SLOT;
		return end;
	}
	*ret_kind = at + 1 < text.len && text.ptr[at + 1] == '=' ? equal_kind(c) : TOKEN_BAD;
	if (*ret_kind != TOKEN_BAD)
		return at + 2;
	*ret_kind = single_kind(c);
	return at + 1;
}

static inline void finish(struct lexer *lexer, struct token *token, enum token_kind kind, const char *start,
			  const char *stop)
{
	token->kind = kind;
	token->offset = (uint32_t)(start - lexer->text.ptr);
	token->text = slice_from(start, (size_t)(stop - start));
	lexer->at = (size_t)(stop - lexer->text.ptr);
}

/* What follows stands in functions of its own, each of which takes few registers. */
#define APART __attribute__((noinline)) static

APART void take_word(struct lexer *lexer, struct token *token, const char *start)
{
	finish(lexer, token, TOKEN_IDENTIFIER, start, skip_word(start + 1, lexer->text.ptr + lexer->text.len));
}

APART void take_string(struct lexer *lexer, struct token *token, const char *start)
{
	const char *stop = string_end(start, lexer->text.ptr + lexer->text.len, &token->is_plain);
	finish(lexer, token, stop ? TOKEN_STRING : TOKEN_BAD, start, stop ? stop : start + 1);
}

APART void take_integer(struct lexer *lexer, struct token *token, const char *start)
{
	finish(lexer, token, TOKEN_INTEGER, start, skip_digits(start, lexer->text.ptr + lexer->text.len));
}

APART void take_sign(struct lexer *lexer, struct token *token, const char *start)
{
	enum token_kind kind;
	size_t end = sign_end(lexer->text, (size_t)(start - lexer->text.ptr), &kind);
	finish(lexer, token, kind, start, lexer->text.ptr + end);
}

static void take(struct lexer *lexer, struct token *token, const char *start)
{
	unsigned class = class_of(*start);
	if (class == PAIR && lexer->text.ptr + lexer->text.len - start > 1 && start[1] == *start) {
		finish(lexer, token, pair_kinds[(unsigned char)*start & 127], start, start + 2);
		return;
	}
	switch (class) {
	case LETTER:
		take_word(lexer, token, start);
		return;
	case SIGN:
		finish(lexer, token, single_kinds[(unsigned char)*start & 127], start, start + 1);
		return;
	case QUOTE:
		take_string(lexer, token, start);
		return;
	case DIGIT:
		take_integer(lexer, token, start);
		return;
	default:
		take_sign(lexer, token, start);
		return;
	}
}

/* White space and comments first. */
APART void take_apart(struct lexer *lexer, struct token *token, const char *start)
{
	start = skip_space(lexer->text, start);
	if (start < lexer->text.ptr + lexer->text.len)
		take(lexer, token, start);
	else
		finish(lexer, token, TOKEN_END, start, start);
}

void lexer_next(struct lexer *lexer, struct token *ret_token)
{
	if (lexer->at >= lexer->text.len) {
		*ret_token = (struct token){.offset = (uint32_t)lexer->text.len};
		return;
	}
	const char *start = lexer->text.ptr + lexer->at;
	/* Nothing or one space is what stands between most of them. */
	start += *start == ' ' && lexer->at + 1 < lexer->text.len;
	if (class_of(*start) & (SPACE | SLASH | WIDE))
		take_apart(lexer, ret_token, start);
	else
		take(lexer, ret_token, start);
}

bool word_is_reserved(slice word)
{
	static const slice reserved[] = {
		SLICE_INIT("true"), SLICE_INIT("false"), SLICE_INIT("if"),   SLICE_INIT("then"), SLICE_INIT("else"),
		SLICE_INIT("in"),   SLICE_INIT("is"),    SLICE_INIT("like"), SLICE_INIT("has"),
	};
	/* Bits of what they begin with. None is longer; most identifiers are. */
	static const uint32_t first = 1u << ('t' & 31) | 1u << ('f' & 31) | 1u << ('i' & 31) | 1u << ('e' & 31) |
				      1u << ('l' & 31) | 1u << ('h' & 31);
	if (word.len > 5 || word.len < 2 || !(first >> (word.ptr[0] & 31) & 1))
		return false;
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (reserved[i].ptr[0] == word.ptr[0] && bytes_equal(reserved[i], word))
			return true;
	return false;
}

size_t word_length(slice text)
{
	return text.len && class_of(text.ptr[0]) == LETTER ? word_end(text, 0) : 0;
}

bool word_is_identifier(slice word)
{
	return word.len && word_length(word) == word.len;
}
