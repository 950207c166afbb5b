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

/* The last eight bytes may overlap those before them. */
static inline bool bytes_equal(slice a, slice b)
{
	size_t length = a.len;
	if (length != b.len)
		return false;
	if (a.ptr == b.ptr)
		return true;
	if (length > 32)
		return memcmp(a.ptr, b.ptr, length) == 0;
	if (length >= 8) {
		for (size_t i = 0; i + 8 <= length; i += 8)
			if (bytes_load(a.ptr + i) != bytes_load(b.ptr + i))
				return false;
		return bytes_load(a.ptr + length - 8) == bytes_load(b.ptr + length - 8);
	}
	for (size_t i = 0; i < length; i++)
		if (a.ptr[i] != b.ptr[i])
			return false;
	return true;
}

#endif
