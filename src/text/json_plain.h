/* Runs over the part of a string that needs no second look; for the files of this folder. */
#ifndef TIPSTAFF_TEXT_JSON_PLAIN_H
#define TIPSTAFF_TEXT_JSON_PLAIN_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#ifdef __SSE2__
/* Those of sixteen bytes that are not plain. Compared as signed, bytes beyond 0x7f are below the space as well. */
static inline __m128i json_not_plain(__m128i bytes)
{
	__m128i special = _mm_or_si128(_mm_cmpeq_epi8(bytes, _mm_set1_epi8('"')), _mm_cmpeq_epi8(bytes, _mm_set1_epi8('\\')));
	return _mm_or_si128(_mm_cmplt_epi8(bytes, _mm_set1_epi8(0x20)), special);
}
#endif

/* Eight bytes at once; true is certain, false only a doubt (a byte beyond 0x7f may cast it on its neighbours). */
static inline bool json_word_is_plain(uint64_t word)
{
	const uint64_t each = UINT64_C(0x0101010101010101), high = 0x80 * each;
	uint64_t quote = word ^ ('"' * each), backslash = word ^ ('\\' * each);
	return !((word | ((word - 0x20 * each) & ~word) | ((quote - each) & ~quote) | ((backslash - each) & ~backslash)) & high);
}

/* Are these bytes, fewer than 16, plain? As above: false is a doubt. */
static inline bool json_few_are_plain(const char *at, size_t count)
{
	uint64_t first, last;
	uint32_t half, other;
	if (count >= 8) {
		memcpy(&first, at, 8);
		memcpy(&last, at + count - 8, 8);
		return json_word_is_plain(first) && json_word_is_plain(last);
	}
	if (count < 4)
		return count == 0;
	memcpy(&half, at, 4);
	memcpy(&other, at + count - 4, 4);
	return json_word_is_plain((uint64_t)half << 32 | other);
}

/* Copies what is plain. False: a byte is not, or may not be; `to` then has anything in it. */
static inline bool json_copy_plain(char *to, const char *from, size_t count)
{
	uint64_t first, last;
	uint32_t half, other;
#ifdef __SSE2__
	if (count >= 16) {
		__m128i special = _mm_setzero_si128();
		for (size_t i = 0; i < count; i += 16) {
			/* The last sixteen overlap those before. */
			size_t at = i + 16 <= count ? i : count - 16;
			__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)(from + at));
			special = _mm_or_si128(special, json_not_plain(bytes));
			_mm_storeu_si128((__m128i *)(void *)(to + at), bytes);
		}
		return _mm_movemask_epi8(special) == 0;
	}
#endif
	for (; count > 16; from += 8, to += 8, count -= 8) {
		memcpy(&first, from, 8);
		if (!json_word_is_plain(first))
			return false;
		memcpy(to, &first, 8);
	}
	if (count >= 8) {
		memcpy(&first, from, 8);
		memcpy(&last, from + count - 8, 8);
		memcpy(to, &first, 8);
		memcpy(to + count - 8, &last, 8);
		return json_word_is_plain(first) && json_word_is_plain(last);
	}
	if (count >= 4) {
		memcpy(&half, from, 4);
		memcpy(&other, from + count - 4, 4);
		memcpy(to, &half, 4);
		memcpy(to + count - 4, &other, 4);
		return json_word_is_plain((uint64_t)half << 32 | other);
	}
	for (size_t i = 0; i < count; i++) {
		if (from[i] == '"' || from[i] == '\\' || (signed char)from[i] < 0x20)
			return false;
		to[i] = from[i];
	}
	return true;
}

/* The first byte that is not plain printable ASCII: quote, backslash, control character or beyond 0x7f. */
static inline const char *json_skip_plain(const char *at, const char *end)
{
#ifdef __SSE2__
	while (end - at >= 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
		unsigned mask = (unsigned)_mm_movemask_epi8(json_not_plain(bytes));
		if (mask)
			return at + __builtin_ctz(mask);
		at += 16;
	}
#endif
	if (end - at < 16 && json_few_are_plain(at, (size_t)(end - at)))
		return end;
	while (at < end && *at != '"' && *at != '\\' && (signed char)*at >= 0x20)
		at++;
	return at;
}

/* Behind spaces, as far as they are looked at together. */
static inline const char *json_skip_indent(const char *at, const char *end)
{
#ifdef __SSE2__
	while (end - at >= 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
		unsigned others = 0xffff & ~(unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(' ')));
		if (others)
			return at + __builtin_ctz(others);
		at += 16;
	}
#endif
	(void)end;
	return at;
}

/* Behind white space. Most often there is none; where there is much of it, most are spaces behind a newline. */
static inline const char *json_skip_space(const char *at, const char *end)
{
	if (at < end && (unsigned char)*at > ' ')
		return at;
	while (at < end && (*at == ' ' || *at == '\n' || *at == '\r' || *at == '\t'))
		at = *at == '\n' ? json_skip_indent(at + 1, end) : at + 1;
	return at;
}

#endif
