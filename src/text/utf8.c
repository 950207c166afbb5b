#include "text/utf8.h"

#include <string.h>

unsigned utf8_read(const char *ptr, const char *end, uint32_t *ret_point)
{
	size_t left = (size_t)(end - ptr);
	const unsigned char *b = (const unsigned char *)ptr;
	if (b[0] < 0x80) {
		*ret_point = b[0];
		return 1;
	}
	unsigned length = b[0] >= 0xf0 ? 4 : b[0] >= 0xe0 ? 3 : 2;
	if (b[0] < 0xc2 || b[0] > 0xf4 || left < length)
		return 0;
	uint32_t point = b[0] & (0x7fu >> length);
	for (unsigned i = 1; i < length; i++) {
		if ((b[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (b[i] & 0x3f);
	}
	if (length == 3 && (point < 0x800 || (point >= 0xd800 && point <= 0xdfff)))
		return 0;
	if (length == 4 && (point < 0x10000 || point > 0x10ffff))
		return 0;
	*ret_point = point;
	return length;
}

unsigned utf8_length(const char *ptr, const char *end)
{
	uint32_t point;
	return utf8_read(ptr, end, &point);
}

unsigned utf8_write(char to[4], uint32_t point)
{
	if (point < 0x80) {
		to[0] = (char)point;
		return 1;
	}
	unsigned length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
	for (unsigned i = length - 1; i > 0; i--) {
		to[i] = (char)(0x80 | (point & 0x3f));
		point >>= 6;
	}
	to[0] = (char)((0xf00u >> length & 0xf0) | point);
	return length;
}

/* The first byte beyond ASCII, or `end`. Most text is ASCII: eight bytes at a time. */
static const char *skip_ascii(const char *at, const char *end)
{
	uint64_t word;
	for (; end - at >= (ptrdiff_t)sizeof(word); at += sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		if (word & UINT64_C(0x8080808080808080))
			break;
	}
	while (at < end && (unsigned char)*at < 0x80)
		at++;
	return at;
}

/* The last bytes are looked at together with some before them. */
static bool is_ascii(slice text)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	const char *at = text.ptr;
	uint64_t all = 0, word;
	uint32_t first, last;
	if (text.len >= sizeof(word)) {
		for (size_t i = 0; i < text.len; i += sizeof(word)) {
			memcpy(&word, at + (i + sizeof(word) <= text.len ? i : text.len - sizeof(word)), sizeof(word));
			all |= word;
		}
		return !(all & high);
	}
	if (text.len >= sizeof(first)) {
		memcpy(&first, at, sizeof(first));
		memcpy(&last, at + text.len - sizeof(last), sizeof(last));
		return !((first | last) & (uint32_t)high);
	}
	for (size_t i = 0; i < text.len; i++)
		all |= (unsigned char)at[i];
	return !(all & high);
}

bool utf8_valid(slice text)
{
	if (is_ascii(text))
		return true;
	const char *end = text.len ? text.ptr + text.len : text.ptr;
	for (const char *at = text.ptr; (at = skip_ascii(at, end)) < end;) {
		unsigned length = utf8_length(at, end);
		if (length == 0)
			return false;
		at += length;
	}
	return true;
}
