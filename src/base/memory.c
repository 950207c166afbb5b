#include "base/memory.h"

#include <stdlib.h>
#include <string.h>

/* malloc(3) of the GNU C library has small blocks ready for each thread, calloc(3) does not look there. */
#define SMALL_BYTES 1024u

static __thread uint64_t allocations;
static __thread uint64_t failing;

static int fails_now(void)
{
	allocations++;
	return failing != 0 && --failing == 0;
}

void *memory_alloc(size_t size)
{
	if (fails_now())
		return NULL;
	if (size > SMALL_BYTES)
		return calloc(1, size);
	void *block = malloc(size ? size : 1);
	if (block)
		memset(block, 0, size);
	return block;
}

void *memory_alloc_array(size_t count, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(count, size, &total))
		return NULL;
	return memory_alloc(total);
}

void *memory_alloc_table(size_t count, size_t size)
{
	size_t total;
	if (__builtin_mul_overflow(count, size, &total) || fails_now())
		return NULL;
	void *block = malloc(total ? total : 1);
	if (block)
		memset(block, 0, total);
	return block;
}

void *memory_resize(void *block, size_t size)
{
	if (fails_now())
		return NULL;
	return realloc(block, size ? size : 1);
}

void memory_free(void *block)
{
	free(block);
}

void memory_wipe(void *block, size_t size)
{
	if (size)
		explicit_bzero(block, size);
}

void memory_fail_at(uint64_t nth)
{
	failing = nth;
}

uint64_t memory_count(void)
{
	return allocations;
}
