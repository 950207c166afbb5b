#include "text/json_text.h"

#include "text/json_plain.h"
#include "text/utf8.h"

#include <string.h>

static int hex_value(char byte)
{
	if (byte >= '0' && byte <= '9')
		return byte - '0';
	if (byte >= 'a' && byte <= 'f')
		return byte - 'a' + 10;
	if (byte >= 'A' && byte <= 'F')
		return byte - 'A' + 10;
	return -1;
}

/* Four hex digits at `at`; false where there are none. */
static bool read_unit(const char *at, const char *end, uint32_t *ret_unit)
{
	if (end - at < 4)
		return false;
	uint32_t unit = 0;
	for (int i = 0; i < 4; i++) {
		int digit = hex_value(at[i]);
		if (digit < 0)
			return false;
		unit = unit << 4 | (uint32_t)digit;
	}
	*ret_unit = unit;
	return true;
}

/* `*at` stands behind "\u" and is moved behind the escape, or both escapes of a pair. NULL, or what is wrong. */
static const char *decode_point(const char **at, const char *end, uint32_t *ret_point)
{
	uint32_t high, low;
	if (!read_unit(*at, end, &high))
		return "\\u needs four hex digits";
	*at += 4;
	if (high >= 0xdc00 && high <= 0xdfff)
		return "a low surrogate without its high one";
	if (high >= 0xd800 && high <= 0xdbff) {
		if (end - *at < 6 || (*at)[0] != '\\' || (*at)[1] != 'u' || !read_unit(*at + 2, end, &low) ||
		    low < 0xdc00 || low > 0xdfff)
			return "a high surrogate without its low one";
		*at += 6;
		high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
	}
	*ret_point = high;
	return NULL;
}

/* `*at` stands on the backslash and is moved behind the escape, `*to` behind what was written. */
static const char *decode_escape(const char **at, const char *end, char **to)
{
	static const char meaning[128] = {['"'] = '"',	['\\'] = '\\', ['/'] = '/',  ['b'] = '\b',
					  ['f'] = '\f', ['n'] = '\n',  ['r'] = '\r', ['t'] = '\t'};
	const char *next = *at + 2;
	if (next > end)
		return "the string does not end";
	unsigned char letter = (unsigned char)(*at)[1];
	if (letter == 'u') {
		uint32_t point;
		const char *sentence = decode_point(&next, end, &point);
		if (sentence)
			return sentence;
		*to += utf8_write(*to, point);
	} else if (letter < 128 && meaning[letter]) {
		*(*to)++ = meaning[letter];
	} else {
		return "no such escape";
	}
	*at = next;
	return NULL;
}

/* Over a byte that is not plain: NULL and `*at` moved behind a character beyond ASCII, or what is wrong. */
static const char *skip_character(const char **at, const char *end)
{
	if (*at == end)
		return "the string does not end";
	unsigned length = utf8_length(*at, end);
	if (length == 0)
		return "not UTF-8";
	if (length == 1)
		return "a control character in a string";
	*at += length;
	return NULL;
}

/* Where the string ends, seen from a place outside of any escape, or `end`. */
static const char *find_quote(const char *at, const char *end)
{
	for (;;) {
		at = json_skip_plain(at, end);
		if (at == end || *at == '"')
			return at;
		at += *at == '\\' && end - at > 1 ? 2 : 1;
	}
}

/* The slow way, from the first backslash at `*at` on: from `start` up to there all is known to be fine. */
static enum error read_escaped(const char *start, const char **at, const char *end, struct arena *arena,
			       slice *ret_string, const char **reterr_sentence)
{
	const char *quote = find_quote(*at, end);
	/* No escape is shorter than what it stands for, so the raw length is enough. */
	char *text = arena_alloc(arena, (size_t)(quote - start));
	if (!text) {
		*reterr_sentence = "no memory left";
		return E_MEMORY;
	}
	char *to = text;
	for (const char *from = start;;) {
		memcpy(to, from, (size_t)(*at - from));
		to += *at - from;
		from = *at;
		if (*at < end && **at == '"')
			break;
		bool escape = *at < end && **at == '\\';
		*reterr_sentence = escape ? decode_escape(at, end, &to) : skip_character(at, end);
		if (*reterr_sentence)
			return E_SYNTAX;
		if (escape)
			from = *at;
		*at = json_skip_plain(*at, end);
	}
	*ret_string = slice_from(text, (size_t)(to - text));
	++*at;
	return E_OK;
}

/* From the first byte at `*at` that is not plain on. */
static enum error read_odd(const char *start, const char **at, const char *end, struct arena *arena, slice *ret_string,
			   const char **reterr_sentence)
{
	while (*at == end || **at != '"') {
		if (*at < end && **at == '\\')
			return read_escaped(start, at, end, arena, ret_string, reterr_sentence);
		*reterr_sentence = skip_character(at, end);
		if (*reterr_sentence)
			return E_SYNTAX;
		*at = json_skip_plain(*at, end);
	}
	*ret_string = slice_from(start, (size_t)(*at - start));
	++*at;
	return E_OK;
}

enum error json_text_read(const char **at, const char *end, struct arena *arena, slice *ret_string,
			  const char **reterr_sentence)
{
	const char *start = *at + 1, *stop = json_skip_plain(start, end);
	if (stop == end || *stop != '"') {
		*at = stop;
		return read_odd(start, at, end, arena, ret_string, reterr_sentence);
	}
	*ret_string = slice_from(start, (size_t)(stop - start));
	*at = stop + 1;
	return E_OK;
}
