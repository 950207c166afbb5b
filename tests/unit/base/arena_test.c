#include "base/arena.h"

#include "base/memory.h"
#include "check.h"

#include <string.h>

TEST(a_zeroed_arena_gives_out_nothing)
{
	struct arena arena = {0};
	CHECK(arena_alloc(&arena, 1) == NULL);
	arena_free(&arena);
}

TEST(memory_is_zeroed_and_aligned_also_after_a_reset)
{
	struct arena arena;
	arena_init(&arena, 1 << 20);
	for (int round = 0; round < 2; round++) {
		for (size_t size = 1; size < 6000; size += 333) {
			char *bytes = arena_alloc(&arena, size);
			CHECK(bytes && (uintptr_t)bytes % 16 == 0);
			for (size_t i = 0; i < size; i++)
				CHECK(bytes[i] == 0);
			memset(bytes, 0xff, size);
		}
		arena_reset(&arena);
	}
	arena_free(&arena);
}

TEST(the_maximum_holds)
{
	struct arena arena;
	arena_init(&arena, 10000);
	CHECK(arena_alloc(&arena, 10001) == NULL);
	size_t got = 0;
	while (arena_alloc(&arena, 100))
		got += 100;
	CHECK(got > 0 && got <= 10000);
	CHECK(arena_alloc(&arena, SIZE_MAX) == NULL);
	CHECK(arena_alloc_array(&arena, SIZE_MAX / 2, 4) == NULL);
	arena_free(&arena);
}

TEST(an_empty_heap_is_told_and_leaves_the_arena_usable)
{
	struct arena arena;
	arena_init(&arena, 1 << 20);
	memory_fail_at(1);
	CHECK(arena_alloc(&arena, 10) == NULL);
	CHECK(arena_alloc(&arena, 10) != NULL);
	arena_free(&arena);
}

TEST(print_and_copy_live_in_the_arena)
{
	struct arena arena;
	arena_init(&arena, 1 << 20);
	CHECK_SLICE(arena_print(&arena, "%s=%d", "answer", 42), SLICE("answer=42"));
	CHECK_SLICE(arena_copy(&arena, SLICE("with\0nul")), SLICE("with\0nul"));
	CHECK(arena_copy(&arena, (slice){NULL, 0}).ptr != NULL);
	arena_free(&arena);
}

TEST(parts_are_joined_in_their_order)
{
	struct arena arena;
	arena_init(&arena, 4096);
	const slice parts[] = {SLICE("a"), {NULL, 0}, SLICE("bc"), SLICE("")};
	CHECK_SLICE(arena_join(&arena, parts, 4), SLICE("abc"));
	CHECK_SLICE(arena_join(&arena, parts, 0), SLICE(""));
	const slice long_parts[] = {{"", SIZE_MAX / 2}, {"", SIZE_MAX}};
	CHECK(arena_join(&arena, long_parts, 1).ptr == NULL);
	CHECK(arena_join(&arena, long_parts, 2).ptr == NULL);
	arena_free(&arena);
}

TEST(wiping_overwrites_what_was_given_out)
{
	struct arena arena;
	arena_init(&arena, 1 << 20);
	char *early = (char *)(uintptr_t)arena_copy(&arena, SLICE("secret")).ptr;
	char *late = arena_alloc(&arena, 8000);
	late[7999] = 's';
	arena_wipe(&arena);
	CHECK(early[0] == 0 && early[5] == 0 && late[7999] == 0);
	arena_free(&arena);
}

TEST(what_is_given_out_again_is_zero_again)
{
	struct arena arena;
	arena_init(&arena, 1 << 20);
	for (unsigned round = 0; round < 3; round++) {
		for (unsigned i = 0; i < 40; i++) {
			/* Some is given back on the way, as who knows the arena well may do. */
			size_t used = arena.used_bytes;
			struct arena_chunk *chunk = arena.chunk;
			unsigned char *bytes = arena_alloc(&arena, 100 + 7 * i);
			for (unsigned j = 0; j < 100 + 7 * i; j++)
				CHECK_INT(bytes[j], 0);
			memset(bytes, 0xff, 100 + 7 * i);
			if (i % 3 == round && chunk == arena.chunk)
				arena.used_bytes = used;
		}
		arena_reset(&arena);
	}
	arena_free(&arena);
}
