/* Memory that is given out piece by piece and taken back all at once: one arena per request, snapshot or boot. */
#ifndef TIPSTAFF_BASE_ARENA_H
#define TIPSTAFF_BASE_ARENA_H

#include "base/slice.h"

#include <stddef.h>

struct arena_chunk;

/* Zeroed, it gives out nothing: arena_init sets the maximum. Not shared between threads. */
struct arena {
	struct arena_chunk *chunk;      /* the one in use; older ones hang behind it */
	size_t used_bytes;              /* of the chunk in use */
	size_t high_bytes;              /* of the chunk in use: beyond them it was never given out and is zero */
	size_t total_bytes;             /* of all chunks, heads not counted */
	size_t bytes_max;
};

/* No memory is taken yet. Never gives out more than about `bytes_max` in all. */
void arena_init(struct arena *arena, size_t bytes_max);
/* Zeroed, aligned to 16 bytes. NULL where the maximum is reached or the heap is empty. */
void *arena_alloc(struct arena *arena, size_t size);
void *arena_alloc_array(struct arena *arena, size_t count, size_t size);
#define ARENA_NEW(arena, type) ((type *)arena_alloc((arena), sizeof(type)))
#define ARENA_ARRAY(arena, count, type) ((type *)arena_alloc_array((arena), (count), sizeof(type)))
/* A copy of the bytes that lives as long as the arena. ptr NULL where there is no memory. */
slice arena_copy(struct arena *arena, slice bytes);
/* One copy of all parts, one behind the other. ptr NULL as above. */
slice arena_join(struct arena *arena, const slice *parts, size_t count);
/* printf into the arena. ptr NULL where there is no memory. */
slice arena_print(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Everything given out becomes invalid; one chunk is kept for the next round. */
void arena_reset(struct arena *arena);
/* Overwrites everything that was given out; for arenas that held a secret, before they are reset or freed. */
void arena_wipe(struct arena *arena);
/* As arena_reset, and all memory goes back to the heap. A zeroed arena is fine. */
void arena_free(struct arena *arena);

#endif
