/* The two readers of a record take the same bytes and find the same in them. */
#include "evidence/record_plain.h"

#include "base/memory.h"

#include "check.h"
#include "random_record.h"

#include <string.h>

#define ARENA_BYTES (1024u * 1024u)

struct readers {
	struct arena arena;
	struct buffer again;
	unsigned taken;
	unsigned refused;
};

/* What both take is written as the same bytes again. */
static void compare(struct readers *readers, slice bytes)
{
	struct record plain, strict;
	struct fault why;
	arena_reset(&readers->arena);
	/* A copy without a byte behind it, for the sanitizer to guard. */
	slice copy = slice_from(memory_alloc(bytes.len + !bytes.len), bytes.len);
	CHECK(copy.ptr);
	if (bytes.len > 0)
		memcpy((void *)(uintptr_t)copy.ptr, bytes.ptr, bytes.len);
	bool is_plain = record_plain_decode(copy, &plain, &readers->arena);
	CHECK_INT(is_plain, record_decode_strictly(copy, &strict, &readers->arena, &why) == E_OK);
	*(is_plain ? &readers->taken : &readers->refused) += 1;
	for (unsigned i = 0; i < 2 && is_plain; i++) {
		buffer_clear(&readers->again);
		CHECK_OK(record_encode(i == 0 ? &plain : &strict, &readers->again, &why), why);
		CHECK_SLICE(buffer_slice(&readers->again), bytes);
	}
	memory_free((void *)(uintptr_t)copy.ptr);
}

static void readers_init(struct readers *readers)
{
	*readers = (struct readers){.taken = 0};
	arena_init(&readers->arena, ARENA_BYTES);
	buffer_init(&readers->again, RECORD_BYTES_MAX);
}

static void readers_free(struct readers *readers)
{
	arena_free(&readers->arena);
	buffer_free(&readers->again);
}

TEST(both_readers_take_every_record_that_is_written)
{
	uint64_t state = 20261122;
	struct readers readers;
	struct buffer bytes;
	struct fault why;
	readers_init(&readers);
	buffer_init(&bytes, RECORD_BYTES_MAX);
	for (int round = 0; round < 10000; round++) {
		struct record record = draw_record(&state);
		buffer_clear(&bytes);
		CHECK_OK(record_encode(&record, &bytes, &why), why);
		compare(&readers, buffer_slice(&bytes));
	}
	CHECK_INT(readers.taken, 10000);
	buffer_free(&bytes);
	readers_free(&readers);
}

/* Where a head stands, its number in more bytes than it needs. */
static void lengthen(struct buffer *bytes, size_t at, unsigned power)
{
	unsigned char head = (unsigned char)bytes->ptr[at];
	size_t more = (size_t)1 << power;
	if ((head & 31) >= 24 || bytes->len + more > bytes->bytes_max)
		return;
	for (size_t i = 0; i < more; i++)
		buffer_add_byte(bytes, '\0');
	memmove(bytes->ptr + at + 1 + more, bytes->ptr + at + 1, bytes->len - at - 1 - more);
	memset(bytes->ptr + at + 1, 0, more);
	bytes->ptr[at + more] = (char)(head & 31);
	bytes->ptr[at] = (char)((head & 0xe0) | (24 + power));
}

/* One to three bytes changed, put in or taken out. */
static void damage(struct buffer *bytes, uint64_t *state)
{
	for (uint64_t times = 1 + draw(state, 3); times > 0 && bytes->len > 1; times--) {
		/* Heads and short records are hit more often. */
		size_t at = draw(state, draw(state, 2) ? bytes->len : bytes->len < 24 ? bytes->len : 24);
		switch (draw(state, 5)) {
		case 0:
			bytes->ptr[at] ^= (char)(1 << draw(state, 8));
			break;
		case 1:
			bytes->ptr[at] = (char)(bytes->ptr[at] + (draw(state, 2) ? 1 : -1));
			break;
		case 2:
			lengthen(bytes, at, (unsigned)draw(state, 4));
			break;
		case 3:
			memmove(bytes->ptr + at, bytes->ptr + at + 1, bytes->len - at - 1);
			bytes->len--;
			break;
		default:
			buffer_add_byte(bytes, '\0');
			memmove(bytes->ptr + at + 1, bytes->ptr + at, bytes->len - at - 1);
			bytes->ptr[at] = (char)draw(state, 256);
		}
	}
}

TEST(both_readers_refuse_the_same_damage)
{
	uint64_t state = 4711;
	struct readers readers;
	struct buffer bytes;
	struct fault why;
	readers_init(&readers);
	buffer_init(&bytes, RECORD_BYTES_MAX + 16);
	for (int round = 0; round < 20000; round++) {
		struct record record = draw_record(&state);
		buffer_clear(&bytes);
		CHECK_OK(record_encode(&record, &bytes, &why), why);
		damage(&bytes, &state);
		compare(&readers, buffer_slice(&bytes));
	}
	/* Some damage is only another text; that it usually is refused shows that records are small. */
	CHECK(readers.taken > 1000 && readers.refused > 10000);
	buffer_free(&bytes);
	readers_free(&readers);
}

TEST(both_readers_refuse_what_is_cut_short_or_goes_on)
{
	uint64_t state = 815;
	struct readers readers;
	struct buffer bytes;
	struct fault why;
	readers_init(&readers);
	buffer_init(&bytes, RECORD_BYTES_MAX + 1);
	for (int round = 0; round < 20; round++) {
		struct record record = draw_record(&state);
		buffer_clear(&bytes);
		CHECK_OK(record_encode(&record, &bytes, &why), why);
		for (size_t length = 0; length < bytes.len; length++)
			compare(&readers, slice_from(bytes.ptr, length));
		buffer_add_byte(&bytes, '\0');
		compare(&readers, buffer_slice(&bytes));
	}
	CHECK_INT(readers.taken, 0);
	buffer_free(&bytes);
	readers_free(&readers);
}
