/*
 * A place in JSON text for readers that know what they expect and want no tree: whatever is not as they expect, they
 * leave to json_parse_at, which is as strict and tells what is wrong.
 *
 * Each step returns false, and the place means nothing then, where the text does not go on so, is not strict JSON, or
 * there is no memory. Readers have to see to it themselves that no name stands twice in an object.
 */
#ifndef TIPSTAFF_TEXT_JSON_CURSOR_H
#define TIPSTAFF_TEXT_JSON_CURSOR_H

#include "base/arena.h"
#include "text/json_plain.h"
#include "text/json_text.h"

#include <string.h>

struct json_cursor {
	const char *at;
	const char *end;
	struct arena *arena; /* for strings with escapes */
	bool no_memory;      /* a step has failed for this reason; stays set */
};

/* Over white space; the byte there, or 0 at the end (and where a NUL stands, which is no JSON). */
static inline char json_cursor_peek(struct json_cursor *cursor)
{
	const char *at = json_skip_space(cursor->at, cursor->end);
	cursor->at = at;
	return at < cursor->end ? *at : '\0';
}

/* Over white space and this byte. */
static inline bool json_cursor_take(struct json_cursor *cursor, char byte)
{
	if (json_cursor_peek(cursor) != byte)
		return false;
	cursor->at++;
	return true;
}

/* This word, such as `true`. Where it is known when this is compiled, it is compared without a call. */
__attribute__((always_inline)) static inline bool json_cursor_word(struct json_cursor *cursor, slice word)
{
	if ((size_t)(cursor->end - cursor->at) < word.len || memcmp(cursor->at, word.ptr, word.len) != 0)
		return false;
	cursor->at += word.len;
	return true;
}

/* A string; decoded it lies in the text, or in the arena where something was escaped. */
static inline bool json_cursor_string(struct json_cursor *cursor, slice *ret_string)
{
	const char *sentence;
	if (json_cursor_peek(cursor) != '"')
		return false;
	const char *start = cursor->at + 1, *stop = json_skip_plain(start, cursor->end);
	if (stop < cursor->end && *stop == '"') {
		*ret_string = slice_from(start, (size_t)(stop - start));
		cursor->at = stop + 1;
		return true;
	}
	enum error error = json_text_read(&cursor->at, cursor->end, cursor->arena, ret_string, &sentence);
	cursor->no_memory = cursor->no_memory || error == E_MEMORY;
	return error == E_OK;
}

/* The name of a member and the colon behind it. */
static inline bool json_cursor_name(struct json_cursor *cursor, slice *ret_name)
{
	return json_cursor_string(cursor, ret_name) && json_cursor_take(cursor, ':');
}

/* As json_cursor_named, where the name is written in another way than usual. */
bool json_cursor_named_oddly(struct json_cursor *cursor, slice quoted);
/* As json_cursor_name, where only one name is right: `quoted` is that name with its quotes and the colon, as it usually
 * stands. Where another stands, the cursor has not moved but over white space. */
__attribute__((always_inline)) static inline bool json_cursor_named(struct json_cursor *cursor, slice quoted)
{
	json_cursor_peek(cursor);
	return json_cursor_word(cursor, quoted) || json_cursor_named_oddly(cursor, quoted);
}

#define JSON_CURSOR_DIGITS_MAX 18u /* so many never leave 64 bits */

/* An integer of few digits; the cursor stands on its first byte. */
static inline bool json_cursor_integer(struct json_cursor *cursor, int64_t *ret_integer)
{
	const char *at = cursor->at, *end = cursor->end;
	bool is_negative = at < end && *at == '-';
	const char *digits = at += is_negative;
	int64_t integer = 0;
	while (at < end && *at >= '0' && *at <= '9' && at - digits < (ptrdiff_t)JSON_CURSOR_DIGITS_MAX)
		integer = integer * 10 + (*at++ - '0');
	/* No digit, a leading zero, -0, one digit too many, or no integer. */
	if (at == digits || (*digits == '0' && (at - digits > 1 || is_negative)))
		return false;
	if (at < end && ((*at >= '0' && *at <= '9') || *at == '.' || *at == 'e' || *at == 'E'))
		return false;
	cursor->at = at;
	*ret_integer = is_negative ? -integer : integer;
	return true;
}

#endif
