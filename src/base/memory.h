/* The one door to the heap, so that a test can make every allocation fail in turn and count them. */
#ifndef TIPSTAFF_BASE_MEMORY_H
#define TIPSTAFF_BASE_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/* Zeroed bytes, or NULL. `size` 0 gives a valid, unusable pointer. Free with memory_free. */
void *memory_alloc(size_t size);
/* `count` zeroed items; NULL also where count * size overflows. */
void *memory_alloc_array(size_t count, size_t size);
/*
 * The same for a table that is filled in no order: the zeros are written, for a page that is read before it is written
 * for the first time costs the kernel two visits instead of one.
 */
void *memory_alloc_table(size_t count, size_t size);
/* As realloc(3): on NULL `block` is still valid. Bytes beyond the old size are not zeroed. */
void *memory_resize(void *block, size_t size);
void memory_free(void *block);
/* Wipes `size` bytes in a way that the compiler does not remove. */
void memory_wipe(void *block, size_t size);

/* For what is large and filled in by hand: the compiler does not zero it first. */
#define UNINITIALIZED __attribute__((uninitialized))

/* For tests: the n-th allocation from now fails (1 = the next), and only that one; 0 switches it off. Per thread. */
void memory_fail_at(uint64_t nth);
/* Allocations made by this thread since it started, failed ones included. */
uint64_t memory_count(void);

#endif
