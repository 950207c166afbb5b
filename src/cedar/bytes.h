/* Equality of short texts without a call: what decisions do most. */
#ifndef TIPSTAFF_CEDAR_BYTES_H
#define TIPSTAFF_CEDAR_BYTES_H

#include "base/slice.h"

#include <string.h>

static inline uint64_t bytes_load(const char *ptr)
{
	uint64_t word;
	memcpy(&word, ptr, sizeof(word));
	return word;
}

static inline uint32_t bytes_load_half(const char *ptr)
{
	uint32_t word;
	memcpy(&word, ptr, sizeof(word));
	return word;
}

/* Few branches, because no branch can be guessed: words are compared at once, and the last may overlap those before. */
static inline bool bytes_equal(slice a, slice b)
{
	size_t length = a.len;
	if (length != b.len)
		return false;
	if (length >= 8) {
		if (length > 32)
			return memcmp(a.ptr, b.ptr, length) == 0;
		uint64_t differ = bytes_load(a.ptr) ^ bytes_load(b.ptr);
		differ |= bytes_load(a.ptr + length - 8) ^ bytes_load(b.ptr + length - 8);
		if (length > 16) {
			differ |= bytes_load(a.ptr + 8) ^ bytes_load(b.ptr + 8);
			differ |= bytes_load(a.ptr + length - 16) ^ bytes_load(b.ptr + length - 16);
		}
		return differ == 0;
	}
	if (length >= 4) {
		uint32_t differ = bytes_load_half(a.ptr) ^ bytes_load_half(b.ptr);
		return (differ | (bytes_load_half(a.ptr + length - 4) ^ bytes_load_half(b.ptr + length - 4))) == 0;
	}
	if (length == 0)
		return true;
	return a.ptr[0] == b.ptr[0] && a.ptr[length / 2] == b.ptr[length / 2] && a.ptr[length - 1] == b.ptr[length - 1];
}

/*
 * One of `places`, a power of two, for keeping what was seen last. Only spreads: who makes all texts fall on one place
 * makes us keep them more often.
 */
static inline size_t bytes_place(slice text, size_t places)
{
	uint64_t word = text.len;
	if (text.len >= 8)
		word += bytes_load(text.ptr) + 5 * bytes_load(text.ptr + text.len - 8);
	else if (text.len >= 4)
		word += (uint64_t)bytes_load_half(text.ptr + text.len - 4) << 32 | bytes_load_half(text.ptr);
	else
		for (size_t i = 0; i < text.len; i++)
			word = word << 8 | (unsigned char)text.ptr[i];
	return (word * 0x9e3779b97f4a7c15u) >> 32 & (places - 1);
}

#endif
