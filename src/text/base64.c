#include "text/base64.h"

#include <string.h>

static const char url_letters[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char plain_letters[65] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/* Value of each letter plus one; zero: no letter. */
#define ROW_COMMON                                                                                                     \
	['A'] = 1, ['B'] = 2, ['C'] = 3, ['D'] = 4, ['E'] = 5, ['F'] = 6, ['G'] = 7, ['H'] = 8, ['I'] = 9, ['J'] = 10, \
	['K'] = 11, ['L'] = 12, ['M'] = 13, ['N'] = 14, ['O'] = 15, ['P'] = 16, ['Q'] = 17, ['R'] = 18, ['S'] = 19,    \
	['T'] = 20, ['U'] = 21, ['V'] = 22, ['W'] = 23, ['X'] = 24, ['Y'] = 25, ['Z'] = 26, ['a'] = 27, ['b'] = 28,    \
	['c'] = 29, ['d'] = 30, ['e'] = 31, ['f'] = 32, ['g'] = 33, ['h'] = 34, ['i'] = 35, ['j'] = 36, ['k'] = 37,    \
	['l'] = 38, ['m'] = 39, ['n'] = 40, ['o'] = 41, ['p'] = 42, ['q'] = 43, ['r'] = 44, ['s'] = 45, ['t'] = 46,    \
	['u'] = 47, ['v'] = 48, ['w'] = 49, ['x'] = 50, ['y'] = 51, ['z'] = 52, ['0'] = 53, ['1'] = 54, ['2'] = 55,    \
	['3'] = 56, ['4'] = 57, ['5'] = 58, ['6'] = 59, ['7'] = 60, ['8'] = 61, ['9'] = 62
static const unsigned char url_values[256] = {ROW_COMMON, ['-'] = 63, ['_'] = 64};
static const unsigned char plain_values[256] = {ROW_COMMON, ['+'] = 63, ['/'] = 64};

static size_t write_letters(char *to, slice bytes, const char *letters)
{
	const unsigned char *from = (const unsigned char *)bytes.ptr;
	char *start = to;
	size_t left = bytes.len;
	for (; left >= 3; left -= 3, from += 3) {
		uint32_t group = (uint32_t)from[0] << 16 | (uint32_t)from[1] << 8 | from[2];
		*to++ = letters[group >> 18];
		*to++ = letters[group >> 12 & 63];
		*to++ = letters[group >> 6 & 63];
		*to++ = letters[group & 63];
	}
	if (left > 0) {
		uint32_t group = (uint32_t)from[0] << 16 | (left == 2 ? (uint32_t)from[1] << 8 : 0);
		*to++ = letters[group >> 18];
		*to++ = letters[group >> 12 & 63];
		if (left == 2)
			*to++ = letters[group >> 6 & 63];
	}
	return (size_t)(to - start);
}

size_t base64url_write(char *to, slice bytes)
{
	return write_letters(to, bytes, url_letters);
}

size_t base64_write(char *to, slice bytes)
{
	size_t length = write_letters(to, bytes, plain_letters);
	while (length % 4 != 0)
		to[length++] = '=';
	return length;
}

void base64url_add(struct buffer *buffer, slice bytes)
{
	if (bytes.len > 0 && buffer_reserve(buffer, BASE64URL_TEXT_BYTES(bytes.len), NULL) == E_OK)
		buffer->len += base64url_write(buffer->ptr + buffer->len, bytes);
}

void base64_add(struct buffer *buffer, slice bytes)
{
	if (bytes.len > 0 && buffer_reserve(buffer, BASE64_TEXT_BYTES(bytes.len), NULL) == E_OK)
		buffer->len += base64_write(buffer->ptr + buffer->len, bytes);
}

static enum error refuse_letter(slice text, const unsigned char *values, struct fault *why)
{
	size_t at = 0;
	while (at < text.len && values[(unsigned char)text.ptr[at]])
		at++;
	return FAIL(why, E_SYNTAX, "character %zu is not one of base64", at + 1);
}

/* The last 2 or 3 letters. Their unused bits must be zero, otherwise many texts would mean the same bytes. */
static enum error read_rest(char *to, slice rest, const unsigned char *values, struct fault *why)
{
	uint32_t group = 0;
	for (size_t i = 0; i < rest.len; i++) {
		unsigned value = values[(unsigned char)rest.ptr[i]];
		if (value == 0)
			return refuse_letter(rest, values, why);
		group = group << 6 | (value - 1);
	}
	unsigned unused = rest.len == 2 ? 4 : 2;
	if (group & ((1u << unused) - 1))
		return FAIL(why, E_SYNTAX, "unused bits at the end of base64 are not zero");
	group >>= unused;
	if (rest.len == 3)
		*to++ = (char)(group >> 8);
	*to = (char)group;
	return E_OK;
}

static enum error read_letters(char *to, size_t *ret_length, slice text, const unsigned char *values, struct fault *why)
{
	const unsigned char *from = (const unsigned char *)text.ptr;
	char *start = to;
	size_t left = text.len;
	if (left % 4 == 1)
		return FAIL(why, E_SYNTAX, "no bytes have a base64 text of %zu characters", text.len);
	for (; left >= 4; left -= 4, from += 4) {
		uint32_t a = values[from[0]], b = values[from[1]], c = values[from[2]], d = values[from[3]];
		if (!a || !b || !c || !d)
			return refuse_letter(text, values, why);
		uint32_t group = (a - 1) << 18 | (b - 1) << 12 | (c - 1) << 6 | (d - 1);
		*to++ = (char)(group >> 16);
		*to++ = (char)(group >> 8);
		*to++ = (char)group;
	}
	if (left > 0) {
		TRY(read_rest(to, slice_from(from, left), values, why));
		to += left - 1;
	}
	*ret_length = (size_t)(to - start);
	return E_OK;
}

enum error base64url_read(char *to, size_t *ret_length, slice text, struct fault *why)
{
	return read_letters(to, ret_length, text, url_values, why);
}

enum error base64_read(char *to, size_t *ret_length, slice text, struct fault *why)
{
	if (text.len % 4 != 0)
		return FAIL(why, E_SYNTAX, "base64 whose padding is missing");
	for (int padding = 0; padding < 2 && text.len > 0 && text.ptr[text.len - 1] == '='; padding++)
		text.len--;
	return read_letters(to, ret_length, text, plain_values, why);
}

enum error base64url_read_arena(slice *ret_bytes, slice text, struct arena *arena, struct fault *why)
{
	char *to = arena_alloc(arena, BASE64_BYTES(text.len));
	if (!to)
		return FAIL(why, E_MEMORY, "no memory for %zu bytes", BASE64_BYTES(text.len));
	size_t length;
	TRY(base64url_read(to, &length, text, why));
	*ret_bytes = slice_from(to, length);
	return E_OK;
}

enum error base64_read_arena(slice *ret_bytes, slice text, struct arena *arena, struct fault *why)
{
	char *to = arena_alloc(arena, BASE64_BYTES(text.len));
	if (!to)
		return FAIL(why, E_MEMORY, "no memory for %zu bytes", BASE64_BYTES(text.len));
	size_t length;
	TRY(base64_read(to, &length, text, why));
	*ret_bytes = slice_from(to, length);
	return E_OK;
}

size_t hex_write(char *to, slice bytes)
{
	static const char digits[] = "0123456789abcdef";
	for (size_t i = 0; i < bytes.len; i++) {
		to[2 * i] = digits[(unsigned char)bytes.ptr[i] >> 4];
		to[2 * i + 1] = digits[bytes.ptr[i] & 15];
	}
	return bytes.len * 2;
}

void hex_add(struct buffer *buffer, slice bytes)
{
	if (bytes.len > 0 && buffer_reserve(buffer, bytes.len * 2, NULL) == E_OK)
		buffer->len += hex_write(buffer->ptr + buffer->len, bytes);
}

static int hex_value(char byte)
{
	unsigned digit = (unsigned char)byte - (unsigned)'0', letter = ((unsigned char)byte | 0x20u) - (unsigned)'a';
	return digit < 10 ? (int)digit : letter < 6 ? (int)letter + 10 : -1;
}

enum error hex_read(char *to, slice text, struct fault *why)
{
	if (text.len % 2 != 0)
		return FAIL(why, E_SYNTAX, "an odd number of hex digits");
	for (size_t i = 0; i < text.len; i += 2) {
		int high = hex_value(text.ptr[i]), low = hex_value(text.ptr[i + 1]);
		if (high < 0 || low < 0)
			return FAIL(why, E_SYNTAX, "character %zu or %zu is no hex digit", i + 1, i + 2);
		to[i / 2] = (char)(high << 4 | low);
	}
	return E_OK;
}
