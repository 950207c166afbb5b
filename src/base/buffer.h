/* Bytes that grow up to a maximum given at the start. A write that does not fit marks the buffer as failed. */
#ifndef TIPSTAFF_BASE_BUFFER_H
#define TIPSTAFF_BASE_BUFFER_H

#include "base/error.h"
#include "base/slice.h"

/*
 * Zeroed, it holds nothing and takes nothing: buffer_init sets the maximum.
 * Invariants: len <= size <= bytes_max. Once `failed`, every write is ignored until buffer_clear, so that a writer
 * may check once at the end; what was written before is still there but must not be used as if complete.
 */
struct buffer {
	char *ptr;
	size_t len;
	size_t size;
	size_t bytes_max;
	bool failed;
};

void buffer_init(struct buffer *buffer, size_t bytes_max);
/* Room for `more` further bytes. E_LIMIT: beyond the maximum.  E_MEMORY. Marks the buffer as failed. */
MUST_USE enum error buffer_reserve(struct buffer *buffer, size_t more, struct fault *why);
void buffer_add_grown(struct buffer *buffer, slice bytes); /* where there is no room yet, or it has failed */
static inline void buffer_add(struct buffer *buffer, slice bytes)
{
	if (bytes.len == 0)
		return;
	if (buffer->failed || bytes.len > buffer->size - buffer->len) {
		buffer_add_grown(buffer, bytes);
		return;
	}
	memcpy(buffer->ptr + buffer->len, bytes.ptr, bytes.len);
	buffer->len += bytes.len;
}
static inline void buffer_add_byte(struct buffer *buffer, char byte)
{
	if (buffer->failed || buffer->len == buffer->size)
		buffer_add_grown(buffer, (slice){&byte, 1});
	else
		buffer->ptr[buffer->len++] = byte;
}
static inline void buffer_add_text(struct buffer *buffer, const char *text)
{
	buffer_add(buffer, slice_of(text));
}
void buffer_print(struct buffer *buffer, const char *format, ...) __attribute__((format(printf, 2, 3)));
void buffer_add_u64(struct buffer *buffer, uint64_t value);
void buffer_add_i64(struct buffer *buffer, int64_t value);
/* Drops the first `count` bytes; the rest moves to the front. */
void buffer_drop(struct buffer *buffer, size_t count);
/* E_LIMIT: some write did not fit (or E_MEMORY was met; both are told as E_LIMIT). */
MUST_USE enum error buffer_check(const struct buffer *buffer, struct fault *why);
static inline slice buffer_slice(const struct buffer *buffer)
{
	return (slice){buffer->ptr, buffer->len};
}
/* Empty again, memory kept, failure forgotten. */
void buffer_clear(struct buffer *buffer);
void buffer_free(struct buffer *buffer);

#endif
