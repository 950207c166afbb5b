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

/* The last bytes that are compared at once may overlap those before them. */
static inline bool bytes_equal(slice a, slice b)
{
	size_t length = a.len;
	if (length != b.len)
		return false;
	if (length >= 8) {
		if (length > 32)
			return memcmp(a.ptr, b.ptr, length) == 0;
		for (size_t i = 0; i + 8 < length; i += 8)
			if (bytes_load(a.ptr + i) != bytes_load(b.ptr + i))
				return false;
		return bytes_load(a.ptr + length - 8) == bytes_load(b.ptr + length - 8);
	}
	if (length >= 4)
		return bytes_load_half(a.ptr) == bytes_load_half(b.ptr) &&
		       bytes_load_half(a.ptr + length - 4) == bytes_load_half(b.ptr + length - 4);
	if (length == 0)
		return true;
	return a.ptr[0] == b.ptr[0] && a.ptr[length / 2] == b.ptr[length / 2] && a.ptr[length - 1] == b.ptr[length - 1];
}

#endif
