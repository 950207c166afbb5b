#include "base/arena.h"

#include "base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ALIGNMENT 16u
#define CHUNK_BYTES_MIN 4096u
#define CHUNK_BYTES_USUAL_MAX (1024u * 1024u)

struct arena_chunk {
	struct arena_chunk *older;
	size_t size_bytes;
	_Alignas(16) char bytes[];
};

void arena_init(struct arena *arena, size_t bytes_max)
{
	*arena = (struct arena){.bytes_max = bytes_max};
}

/* Nothing takes as much as one byte does, so that each piece has an address of its own. */
static inline size_t round_up(size_t size)
{
	return (size + !size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

/* Chunks double, so that a long request makes few of them. */
static struct arena_chunk *chunk_add(struct arena *arena, size_t need)
{
	if (need > arena->bytes_max || arena->total_bytes > arena->bytes_max - need)
		return NULL;
	size_t size = arena->chunk ? arena->chunk->size_bytes * 2 : CHUNK_BYTES_MIN;
	if (size > CHUNK_BYTES_USUAL_MAX)
		size = CHUNK_BYTES_USUAL_MAX;
	if (size > arena->bytes_max - arena->total_bytes)
		size = arena->bytes_max - arena->total_bytes;
	if (size < need)
		size = need;
	struct arena_chunk *chunk = memory_alloc(sizeof(*chunk) + size);
	if (!chunk)
		return NULL;
	chunk->older = arena->chunk;
	chunk->size_bytes = size;
	arena->chunk = chunk;
	arena->used_bytes = 0;
	arena->high_bytes = 0;
	arena->total_bytes += size;
	return chunk;
}

/* From a new chunk; `size` as it was asked for. */
__attribute__((noinline)) static void *alloc_anew(struct arena *arena, size_t size)
{
	if (size > SIZE_MAX - ALIGNMENT)
		return NULL;
	size = round_up(size);
	struct arena_chunk *chunk = chunk_add(arena, size);
	if (!chunk)
		return NULL;
	arena->used_bytes = arena->high_bytes = size;
	return chunk->bytes;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	size_t rounded = round_up(size), used = arena->used_bytes, high = arena->high_bytes;
	/* What is too large to be rounded up comes out smaller. */
	if (!arena->chunk || arena->chunk->size_bytes - used < rounded || rounded < size)
		return alloc_anew(arena, size);
	char *bytes = arena->chunk->bytes + used;
	size_t end = used + rounded;
	arena->used_bytes = end;
	if (end > high)
		arena->high_bytes = end;
	return used < high ? memset(bytes, 0, (end < high ? end : high) - used) : bytes;
}

void *arena_alloc_array(struct arena *arena, size_t count, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return arena_alloc(arena, total);
}

slice arena_copy(struct arena *arena, slice bytes)
{
	char *copy = arena_alloc(arena, bytes.len);
	if (!copy)
		return (slice){NULL, 0};
	if (bytes.len)
		memcpy(copy, bytes.ptr, bytes.len);
	return (slice){copy, bytes.len};
}

slice arena_join(struct arena *arena, const slice *parts, size_t count)
{
	size_t length = 0;
	for (size_t i = 0; i < count; i++)
		if (__builtin_add_overflow(length, parts[i].len, &length))
			return (slice){NULL, 0};
	char *text = arena_alloc(arena, length), *end = text;
	if (!text)
		return (slice){NULL, 0};
	for (size_t i = 0; i < count; i++) {
		if (parts[i].len)
			memcpy(end, parts[i].ptr, parts[i].len);
		end += parts[i].len;
	}
	return (slice){text, length};
}

slice arena_print(struct arena *arena, const char *format, ...)
{
	/* Most texts are short: printed once, here, and copied. */
	char small[256];
	va_list arguments;
	va_start(arguments, format);
	int length = vsnprintf(small, sizeof(small), format, arguments);
	va_end(arguments);
	char *text = length < 0 ? NULL : arena_alloc(arena, (size_t)length + 1);
	if (!text)
		return (slice){NULL, 0};
	if ((size_t)length < sizeof(small)) {
		memcpy(text, small, (size_t)length);
		return (slice){text, (size_t)length};
	}
	va_start(arguments, format);
	vsnprintf(text, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return (slice){text, (size_t)length};
}

void arena_reset(struct arena *arena)
{
	if (!arena->chunk)
		return;
	struct arena_chunk *kept = arena->chunk;
	for (struct arena_chunk *old = kept->older; old;) {
		struct arena_chunk *older = old->older;
		memory_free(old);
		old = older;
	}
	kept->older = NULL;
	arena->used_bytes = 0;
	arena->total_bytes = kept->size_bytes;
}

void arena_wipe(struct arena *arena)
{
	for (struct arena_chunk *chunk = arena->chunk; chunk; chunk = chunk->older)
		memory_wipe(chunk->bytes, chunk->size_bytes);
}

void arena_free(struct arena *arena)
{
	arena_reset(arena);
	memory_free(arena->chunk);
	arena_init(arena, arena->bytes_max);
}
