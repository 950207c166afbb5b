/*
 * Messages from one writer to one reader over memory that both processes map. No system call, no lock.
 *
 * The other side may be hostile: what it writes can make messages wrong, never make this side read or write outside
 * the ring. Cursors of this side are kept in private memory; the shared copy is only for the other side to read.
 * Waking a sleeping reader is the shell's business.
 */
#ifndef TIPSTAFF_BASE_RING_H
#define TIPSTAFF_BASE_RING_H

#include "base/error.h"
#include "base/slice.h"

#include <stdatomic.h>

/* What lies in shared memory; the data bytes follow it. */
struct ring_shared {
	_Alignas(64) _Atomic uint64_t written; /* bytes ever written, by the writer */
	_Alignas(64) _Atomic uint64_t read;    /* bytes ever read, by the reader */
	_Alignas(64) char data[];
};

/* One side's private view. */
struct ring {
	struct ring_shared *shared;
	size_t size_bytes; /* of the data; a power of two */
	uint64_t position; /* own cursor: `written` of a writer, `read` of a reader */
	uint64_t other;    /* last seen cursor of the other side */
	uint64_t peeked;   /* padded bytes of the message last peeked; the shared length may change meanwhile */
};

/* Bytes of shared memory for a ring of `size_bytes` (a power of two, at least 4096). */
size_t ring_memory_bytes(size_t size_bytes);
/* `memory` is 64-byte aligned, zeroed, and the same for both sides. */
void ring_attach(struct ring *ring, void *memory, size_t size_bytes);
/* The longest message that fits into an empty ring. */
size_t ring_message_bytes_max(const struct ring *ring);

/* Writer: E_AGAIN: no room now.  E_LIMIT: would never fit.  Not visible to the reader before ring_publish. */
MUST_USE enum error ring_write(struct ring *ring, slice message, struct fault *why);
/* As ring_write, the message in `count` parts. */
MUST_USE enum error ring_write_parts(struct ring *ring, const slice *parts, size_t count, struct fault *why);
/* Writer: bytes that can be written now; a message takes its length and 8, rounded up to 8, and never wraps. */
size_t ring_room_bytes(struct ring *ring);
/* Writer: everything written so far becomes visible. */
void ring_publish(struct ring *ring);

/*
 * Reader: the next message, valid until ring_release. E_AGAIN: none.  E_CORRUPT: the other side broke the ring; do
 * not use it any more. The writer could change the bytes while they are read: copy before deciding on them.
 */
MUST_USE enum error ring_peek(struct ring *ring, slice *ret_message, struct fault *why);
/* Reader: the message of the last successful ring_peek is done with; its room goes back to the writer. */
void ring_release(struct ring *ring);
/* Reader: is there a message? For deciding whether to sleep. */
bool ring_has_message(struct ring *ring);

#endif
