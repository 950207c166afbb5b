/* Runs over the part of a string that needs no second look; for the files of this folder. */
#ifndef TIPSTAFF_TEXT_JSON_PLAIN_H
#define TIPSTAFF_TEXT_JSON_PLAIN_H

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* The first byte that is not plain printable ASCII: quote, backslash, control character or beyond 0x7f. */
static inline const char *json_skip_plain(const char *at, const char *end)
{
#ifdef __SSE2__
	const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), space = _mm_set1_epi8(0x20);
	while (end - at >= 16) {
		__m128i bytes = _mm_loadu_si128((const __m128i *)(const void *)at);
		/* Compared as signed, bytes beyond 0x7f are below the space as well. */
		__m128i special = _mm_or_si128(_mm_cmplt_epi8(bytes, space),
					       _mm_or_si128(_mm_cmpeq_epi8(bytes, quote),
							    _mm_cmpeq_epi8(bytes, backslash)));
		unsigned mask = (unsigned)_mm_movemask_epi8(special);
		if (mask)
			return at + __builtin_ctz(mask);
		at += 16;
	}
#endif
	while (at < end && *at != '"' && *at != '\\' && (signed char)*at >= 0x20)
		at++;
	return at;
}

#endif
