#include "base/ring.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

#define SIZE 4096u

static struct ring_shared *memory_for_ring(void)
{
	void *memory = aligned_alloc(64, (ring_memory_bytes(SIZE) + 63) & ~(size_t)63);
	CHECK(memory != NULL);
	memset(memory, 0, ring_memory_bytes(SIZE));
	return memory;
}

TEST(messages_arrive_whole_and_in_order_over_many_laps)
{
	struct ring_shared *memory = memory_for_ring();
	struct ring writer, reader;
	ring_attach(&writer, memory, SIZE);
	ring_attach(&reader, memory, SIZE);
	char message[700];
	unsigned sent = 0, received = 0;
	while (received < 20000) {
		size_t length = sent * 37 % sizeof(message);
		memset(message, (int)(sent & 0xff), sizeof(message));
		if (sent < 20000 && ring_write(&writer, slice_from(message, length), NULL) == E_OK) {
			sent++;
			continue;
		}
		ring_publish(&writer);
		slice got;
		while (ring_peek(&reader, &got, NULL) == E_OK) {
			CHECK_INT(got.len, received * 37 % sizeof(message));
			for (size_t i = 0; i < got.len; i++)
				CHECK((unsigned char)got.ptr[i] == (received & 0xff));
			ring_release(&reader);
			received++;
		}
	}
	free(memory);
}

TEST(nothing_is_seen_before_it_is_published)
{
	struct ring_shared *memory = memory_for_ring();
	struct ring writer, reader;
	slice got;
	ring_attach(&writer, memory, SIZE);
	ring_attach(&reader, memory, SIZE);
	CHECK_ERROR(ring_write(&writer, SLICE("x"), NULL), E_OK);
	CHECK(!ring_has_message(&reader));
	CHECK_ERROR(ring_peek(&reader, &got, NULL), E_AGAIN);
	ring_publish(&writer);
	CHECK_ERROR(ring_peek(&reader, &got, NULL), E_OK);
	CHECK_SLICE(got, SLICE("x"));
	free(memory);
}

TEST(a_full_ring_says_so_and_a_message_too_long_is_refused)
{
	struct ring_shared *memory = memory_for_ring();
	static char big[SIZE];
	struct ring writer;
	ring_attach(&writer, memory, SIZE);
	CHECK_ERROR(ring_write(&writer, slice_from(big, SIZE), NULL), E_LIMIT);
	CHECK_ERROR(ring_write(&writer, slice_from(big, ring_message_bytes_max(&writer)), NULL), E_OK);
	CHECK_ERROR(ring_write(&writer, slice_from(big, ring_message_bytes_max(&writer)), NULL), E_OK);
	CHECK_ERROR(ring_write(&writer, SLICE("x"), NULL), E_AGAIN);
	free(memory);
}

TEST(a_hostile_writer_cannot_lead_the_reader_outside)
{
	struct ring_shared *memory = memory_for_ring();
	struct ring reader;
	slice got;
	const uint64_t lengths[] = {UINT64_MAX, UINT64_MAX - 1, SIZE, SIZE / 2, 1u << 31};
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		memset(memory, 0, ring_memory_bytes(SIZE));
		ring_attach(&reader, memory, SIZE);
		memcpy(memory->data, &lengths[i], 8);
		atomic_store(&memory->written, 64);
		CHECK_ERROR(ring_peek(&reader, &got, NULL), E_CORRUPT);
	}
	ring_attach(&reader, memory, SIZE);
	atomic_store(&memory->written, SIZE * 4);
	CHECK_ERROR(ring_peek(&reader, &got, NULL), E_CORRUPT);
	ring_attach(&reader, memory, SIZE);
	atomic_store(&memory->written, 4);
	CHECK_ERROR(ring_peek(&reader, &got, NULL), E_CORRUPT);
	free(memory);
}

TEST(a_length_changed_after_the_peek_does_not_move_the_reader)
{
	struct ring_shared *memory = memory_for_ring();
	struct ring writer, reader;
	slice got;
	ring_attach(&writer, memory, SIZE);
	ring_attach(&reader, memory, SIZE);
	CHECK_ERROR(ring_write(&writer, SLICE("first"), NULL), E_OK);
	CHECK_ERROR(ring_write(&writer, SLICE("second"), NULL), E_OK);
	ring_publish(&writer);
	CHECK_ERROR(ring_peek(&reader, &got, NULL), E_OK);
	uint64_t lie = 1000;
	memcpy(memory->data, &lie, sizeof(lie));
	ring_release(&reader);
	CHECK_ERROR(ring_peek(&reader, &got, NULL), E_OK);
	CHECK_SLICE(got, SLICE("second"));
	free(memory);
}
