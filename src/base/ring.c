#include "base/ring.h"

#include <assert.h>
#include <string.h>

/*
 * A message is a u64 length and its bytes, padded to 8. It never wraps: where it would, a filler (length FILLER)
 * takes the rest of the lap.
 */
#define HEAD_BYTES 8u
#define FILLER UINT64_MAX

size_t ring_memory_bytes(size_t size_bytes)
{
	return sizeof(struct ring_shared) + size_bytes;
}

void ring_attach(struct ring *ring, void *memory, size_t size_bytes)
{
	assert(size_bytes >= 4096 && (size_bytes & (size_bytes - 1)) == 0);
	*ring = (struct ring){.shared = memory, .size_bytes = size_bytes};
}

size_t ring_message_bytes_max(const struct ring *ring)
{
	return ring->size_bytes / 2 - HEAD_BYTES;
}

static size_t padded(size_t bytes)
{
	return (bytes + HEAD_BYTES + 7) & ~(size_t)7;
}

static char *at(const struct ring *ring, uint64_t position)
{
	return ring->shared->data + (position & (ring->size_bytes - 1));
}

static bool has_room(struct ring *ring, size_t need)
{
	if (ring->size_bytes - (ring->position - ring->other) >= need)
		return true;
	uint64_t read = atomic_load_explicit(&ring->shared->read, memory_order_acquire);
	/* A cursor that runs ahead of us or backwards is a lie: keep what we knew. */
	if (read >= ring->other && read <= ring->position)
		ring->other = read;
	return ring->size_bytes - (ring->position - ring->other) >= need;
}

size_t ring_room_bytes(struct ring *ring)
{
	/* More than there can be: refreshes the other side's cursor. */
	(void)has_room(ring, ring->size_bytes + 1);
	return ring->size_bytes - (size_t)(ring->position - ring->other);
}

enum error ring_write_parts(struct ring *ring, const slice *parts, size_t count, struct fault *why)
{
	size_t length = 0;
	for (size_t i = 0; i < count; i++)
		length += parts[i].len;
	if (length > ring_message_bytes_max(ring))
		return FAIL(why, E_LIMIT, "message of %zu bytes, at most %zu", length, ring_message_bytes_max(ring));

	size_t lap_left = ring->size_bytes - (size_t)(ring->position & (ring->size_bytes - 1));
	size_t skip = lap_left < padded(length) ? lap_left : 0;
	if (!has_room(ring, skip + padded(length)))
		return FAIL(why, E_AGAIN, "the ring is full");
	if (skip) {
		uint64_t filler = FILLER;
		memcpy(at(ring, ring->position), &filler, sizeof(filler));
		ring->position += skip;
	}
	uint64_t head = length;
	char *to = at(ring, ring->position);
	memcpy(to, &head, sizeof(head));
	to += HEAD_BYTES;
	for (size_t i = 0; i < count; i++) {
		if (parts[i].len)
			memcpy(to, parts[i].ptr, parts[i].len);
		to += parts[i].len;
	}
	ring->position += padded(length);
	return E_OK;
}

enum error ring_write(struct ring *ring, slice message, struct fault *why)
{
	return ring_write_parts(ring, &message, 1, why);
}

void ring_publish(struct ring *ring)
{
	/* Sequentially consistent: the writer next looks whether the reader sleeps. */
	atomic_store(&ring->shared->written, ring->position);
}

bool ring_has_message(struct ring *ring)
{
	if (ring->other == ring->position)
		ring->other = atomic_load(&ring->shared->written);
	return ring->other != ring->position;
}

enum error ring_peek(struct ring *ring, slice *ret_message, struct fault *why)
{
	for (;;) {
		if (!ring_has_message(ring))
			return FAIL(why, E_AGAIN, "no message");
		uint64_t there = ring->other - ring->position;
		size_t lap_left = ring->size_bytes - (size_t)(ring->position & (ring->size_bytes - 1));
		if (there > ring->size_bytes || there < HEAD_BYTES || (ring->position & 7) != 0)
			return FAIL(why, E_CORRUPT, "the ring's cursor is wrong");
		uint64_t length;
		memcpy(&length, at(ring, ring->position), sizeof(length));
		if (length == FILLER) {
			if (lap_left > there)
				return FAIL(why, E_CORRUPT, "the ring's filler is wrong");
			ring->position += lap_left;
			continue;
		}
		if (length > ring_message_bytes_max(ring) || padded(length) > lap_left || padded(length) > there)
			return FAIL(why, E_CORRUPT, "the ring's message is too long");
		ring->peeked = padded((size_t)length);
		*ret_message = slice_from(at(ring, ring->position) + HEAD_BYTES, (size_t)length);
		return E_OK;
	}
}

void ring_release(struct ring *ring)
{
	ring->position += ring->peeked;
	ring->peeked = 0;
	atomic_store_explicit(&ring->shared->read, ring->position, memory_order_release);
}
