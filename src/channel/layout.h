/* The memory that all processes of one server share: where each ring lies, and who sleeps. */
#ifndef TIPSTAFF_CHANNEL_LAYOUT_H
#define TIPSTAFF_CHANNEL_LAYOUT_H

#include "base/ring.h"
#include "store/doorbell.h"
#include "store/log_committer.h"

#include <stdatomic.h>

/* The committer knows as many sources. */
#define LAYOUT_LOOPS_MAX LOG_SOURCES_MAX

/*
 * Ring sizes in bytes. A call may carry 500 KiB (RECORDER_CALL_BYTES_MAX) and a message may take half a ring, so the
 * call rings hold 1 MiB; replies have room for a burst of deltas. Records go through a log_channel of their own.
 */
#define LAYOUT_CALL_BYTES (1u << 20)
#define LAYOUT_REPLY_BYTES (1u << 22)
#define LAYOUT_SIGN_BYTES (1u << 18)

/* The rings between one worker loop (or the recorder, as a client of the signer) and the others. */
enum layout_ring {
	LAYOUT_CALL,     /* worker -> registry thread: requests */
	LAYOUT_REPLY,    /* registry thread -> worker: replies, deltas */
	LAYOUT_SIGN,     /* client -> signer */
	LAYOUT_SIGNED,   /* signer -> client */
	LAYOUT_RING_COUNT
};

/* While set, permits stop; everybody can read why. */
struct layout_fault {
	_Atomic uint32_t code; /* enum error; E_OK: none. Written after the sentence */
	char sentence[252];
};

/* By the one process that owns the fault. */
void layout_fault_set(struct layout_fault *fault, const struct fault *why);
void layout_fault_clear(struct layout_fault *fault);
/* E_OK, or E_UNAVAILABLE with the sentence. */
MUST_USE enum error layout_fault_check(struct layout_fault *fault, struct fault *why);

/* The histories that a stop left behind (decision/histories.h): a file is believed where it is this one. */
struct layout_past {
	_Atomic uint32_t is_there; /* written after the rest; 0: none */
	uint64_t sessions;
	unsigned char sha256[32];
};

/* By the one process that tells it. */
void layout_past_set(struct layout_past *past, const void *sha256, uint64_t sessions);
bool layout_past_is_there(const struct layout_past *past);
/* Nobody believes it any more. */
void layout_past_forget(struct layout_past *past);

/* At the start of the shared memory. */
struct layout_shared {
	struct log_status log;              /* written by the recorder */
	_Alignas(64) struct doorbell committer_bell; /* each wakes one sleeping thread */
	struct doorbell registry_bell;
	struct doorbell signer_bell;

	struct layout_fault registry;       /* set by the recorder: the registry cannot be trusted */
	struct layout_fault policies;       /* set by the recorder: the policy folder does not hold together */
	struct layout_fault keys;           /* set by the signer: there is no key to sign with */
	struct layout_past past_found;      /* set by the recorder before WIRE_SYNCED: left by the stop before this start */
	struct layout_past past_left;       /* set by the worker, as its last: for the record of the stop */
};

/* One process' view. Plain data: copied by fork. */
struct layout {
	struct layout_shared *shared;
	char *rings;
	size_t bytes;
	unsigned loops;
	int wake_fds[LAYOUT_LOOPS_MAX]; /* eventfds, one per worker loop */
};

/*
 * Maps fresh, zeroed shared memory and makes the eventfds, before the fork. E_MEMORY, E_IO.
 * Client number `loops` (one beyond the worker's loops) is the recorder as a client of the signer.
 */
MUST_USE enum error layout_make(struct layout *layout, unsigned loops, struct fault *why);
/* Unmaps and closes; for the supervisor before it starts anew. */
void layout_drop(struct layout *layout);
/* This side's view of a ring. */
void layout_ring(const struct layout *layout, unsigned client, enum layout_ring which, struct ring *ring);
/* The memory for the records of a worker loop; its `loop_bell` wakes that loop for whatever reason. */
struct log_channel *layout_log_channel(const struct layout *layout, unsigned loop);
/* Wakes a worker loop where it sleeps: after a ring of its was published. */
void layout_wake_loop(const struct layout *layout, unsigned loop);

#endif
