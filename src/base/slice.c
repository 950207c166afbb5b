#include "base/slice.h"

#include <stdint.h>

static char fold(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

bool slice_equal_fold(slice a, slice b)
{
	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		if (fold(a.ptr[i]) != fold(b.ptr[i]))
			return false;
	return true;
}

bool slice_equal_constant_time(slice a, slice b)
{
	if (a.len != b.len)
		return false;
	unsigned char difference = 0;
	for (size_t i = 0; i < a.len; i++)
		difference |= (unsigned char)(a.ptr[i] ^ b.ptr[i]);
	return difference == 0;
}

bool slice_starts_with(slice text, slice prefix)
{
	return text.len >= prefix.len && slice_equal(slice_sub(text, 0, prefix.len), prefix);
}

bool slice_ends_with(slice text, slice suffix)
{
	return text.len >= suffix.len && slice_equal(slice_from_offset(text, text.len - suffix.len), suffix);
}

slice slice_sub(slice text, size_t start, size_t end)
{
	if (end > text.len)
		end = text.len;
	if (start > end)
		start = end;
	return text.ptr ? (slice){text.ptr + start, end - start} : (slice){NULL, 0};
}

slice slice_from_offset(slice text, size_t start)
{
	return slice_sub(text, start, text.len);
}

size_t slice_find_byte(slice text, char byte, size_t start)
{
	if (start >= text.len)
		return SIZE_MAX;
	const char *found = memchr(text.ptr + start, byte, text.len - start);
	return found ? (size_t)(found - text.ptr) : SIZE_MAX;
}

/* Counted in a byte as far as it goes, so that many are looked at together. */
size_t slice_count_byte(slice text, char byte)
{
	size_t count = 0;
	while (text.len > 0) {
		unsigned char found = 0;
		slice part = slice_sub(text, 0, UINT8_MAX);
		for (size_t i = 0; i < part.len; i++)
			found = (unsigned char)(found + (part.ptr[i] == byte));
		count += found;
		text = slice_from_offset(text, part.len);
	}
	return count;
}

size_t slice_find(slice text, slice needle)
{
	if (needle.len == 0)
		return 0;
	if (text.len == 0)
		return SIZE_MAX;
	const char *found = memmem(text.ptr, text.len, needle.ptr, needle.len);
	return found ? (size_t)(found - text.ptr) : SIZE_MAX;
}

slice slice_cut(slice *rest, char byte)
{
	size_t at = slice_find_byte(*rest, byte, 0);
	slice head = *rest;
	if (at == SIZE_MAX) {
		*rest = (slice){NULL, 0};
		return head;
	}
	*rest = slice_from_offset(head, at + 1);
	return slice_sub(head, 0, at);
}

slice slice_trim(slice text)
{
	while (text.len > 0 && (text.ptr[0] == ' ' || text.ptr[0] == '\t'))
		text = slice_from_offset(text, 1);
	while (text.len > 0 && (text.ptr[text.len - 1] == ' ' || text.ptr[text.len - 1] == '\t'))
		text.len--;
	return text;
}

bool slice_to_u64(slice text, uint64_t *ret_value)
{
	if (text.len == 0 || (text.len > 1 && text.ptr[0] == '0'))
		return false;
	uint64_t value = 0;
	for (size_t i = 0; i < text.len; i++) {
		if (text.ptr[i] < '0' || text.ptr[i] > '9')
			return false;
		uint64_t digit = (uint64_t)(text.ptr[i] - '0');
		if (__builtin_mul_overflow(value, 10u, &value) || __builtin_add_overflow(value, digit, &value))
			return false;
	}
	*ret_value = value;
	return true;
}

bool slice_to_i64(slice text, int64_t *ret_value)
{
	bool negative = text.len > 0 && text.ptr[0] == '-';
	uint64_t magnitude;
	if (!slice_to_u64(negative ? slice_from_offset(text, 1) : text, &magnitude))
		return false;
	if (magnitude > (uint64_t)INT64_MAX + (negative ? 1u : 0u))
		return false;
	*ret_value = negative ? (int64_t)(0u - magnitude) : (int64_t)magnitude;
	return true;
}
