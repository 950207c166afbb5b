#include "base/buffer.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SIZE_FIRST 256u

void buffer_init(struct buffer *buffer, size_t bytes_max)
{
	*buffer = (struct buffer){.bytes_max = bytes_max};
}

enum error buffer_reserve(struct buffer *buffer, size_t more, struct fault *why)
{
	if (buffer->failed || more > buffer->bytes_max || buffer->len > buffer->bytes_max - more) {
		buffer->failed = true;
		return FAIL(why, E_LIMIT, "more than %zu bytes", buffer->bytes_max);
	}
	size_t need = buffer->len + more;
	if (need <= buffer->size)
		return E_OK;
	size_t size = buffer->size ? buffer->size : SIZE_FIRST;
	if (size > buffer->bytes_max)
		size = buffer->bytes_max;
	while (size < need)
		size = size > buffer->bytes_max / 2 ? buffer->bytes_max : size * 2;
	char *grown = memory_resize(buffer->ptr, size);
	if (!grown) {
		buffer->failed = true;
		return FAIL(why, E_MEMORY, "no memory for %zu bytes", size);
	}
	buffer->ptr = grown;
	buffer->size = size;
	return E_OK;
}

void buffer_add_grown(struct buffer *buffer, slice bytes)
{
	if (buffer_reserve(buffer, bytes.len, NULL) != E_OK)
		return;
	memcpy(buffer->ptr + buffer->len, bytes.ptr, bytes.len);
	buffer->len += bytes.len;
}

void buffer_print(struct buffer *buffer, const char *format, ...)
{
	char small[256];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(small, sizeof(small), format, arguments);
	va_end(arguments);
	if (length < 0) {
		buffer->failed = true;
		return;
	}
	if ((size_t)length < sizeof(small)) {
		buffer_add(buffer, slice_from(small, (size_t)length));
		return;
	}
	if (buffer_reserve(buffer, (size_t)length + 1, NULL) != E_OK)
		return;
	va_start(arguments, format);
	vsnprintf(buffer->ptr + buffer->len, (size_t)length + 1, format, arguments);
	va_end(arguments);
	buffer->len += (size_t)length;
}

void buffer_add_u64(struct buffer *buffer, uint64_t value)
{
	char digits[20];
	size_t at = sizeof(digits);
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	buffer_add(buffer, slice_from(digits + at, sizeof(digits) - at));
}

void buffer_add_i64(struct buffer *buffer, int64_t value)
{
	if (value < 0)
		buffer_add_byte(buffer, '-');
	buffer_add_u64(buffer, value < 0 ? 0u - (uint64_t)value : (uint64_t)value);
}

void buffer_drop(struct buffer *buffer, size_t count)
{
	if (count >= buffer->len) {
		buffer->len = 0;
		return;
	}
	if (count == 0)
		return;
	memmove(buffer->ptr, buffer->ptr + count, buffer->len - count);
	buffer->len -= count;
}

enum error buffer_check(const struct buffer *buffer, struct fault *why)
{
	if (buffer->failed)
		return FAIL(why, E_LIMIT, "does not fit into %zu bytes", buffer->bytes_max);
	return E_OK;
}

void buffer_clear(struct buffer *buffer)
{
	buffer->len = 0;
	buffer->failed = false;
}

void buffer_free(struct buffer *buffer)
{
	memory_free(buffer->ptr);
	buffer_init(buffer, buffer->bytes_max);
}
