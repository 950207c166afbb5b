/*
 * The committer: one thread that owns the log's writer, gathers records from all sources, makes them durable in one
 * write and answers each. There is no timer: the write that is under way is the window in which the next batch grows.
 *
 * Sources are rings in memory shared with workers (log_client.h is the other end) and calls from other threads of
 * this process. A source that breaks its ring is dropped, counted and never read again; the others do not notice. A
 * ring is trusted with the kinds of record it was given: registry changes are replayed at recovery, so a worker must
 * not be able to forge one.
 */
#ifndef TIPSTAFF_STORE_LOG_COMMITTER_H
#define TIPSTAFF_STORE_LOG_COMMITTER_H

#include "base/ring.h"
#include "store/doorbell.h"
#include "store/log_writer.h"

#define LOG_SOURCES_MAX 64u
/*
 * The thread looks for this long before it sleeps; on an idle machine waking costs more than that. Where the long look
 * was in vain, the next LOG_COMMITTER_SHORT_SPINS are short ones: whoever is to bring work may need the core.
 */
#define LOG_COMMITTER_SPIN_US 50u
#define LOG_COMMITTER_SPIN_SHORT_US 10u
#define LOG_COMMITTER_SHORT_SPINS 3u
#define LOG_COMMITTER_SLEEP_MS 100u
/* So long nothing came: time to look how the file was left, see log_writer_settle. */
#define LOG_COMMITTER_SETTLE_MS 1u
/* The watch runs this often; a removed or altered file stops permits within a second (DESIGN D6). */
#define LOG_COMMITTER_WATCH_MS 250u
#define LOG_FAULT_SENTENCE_BYTES 224u

/*
 * What everybody may know, in shared memory that only the committer writes. `fault` is stored after the sentence; it
 * is an enum error and E_OK while all is well.
 */
struct log_status {
	_Alignas(64) _Atomic uint64_t durable_count;   /* records with a lower index are on stable storage */
	_Atomic uint64_t durable_bytes;                /* length of all segments' frames */
	_Atomic uint64_t alive_ns;                     /* CLOCK_MONOTONIC when the committer last went round */
	_Atomic uint64_t runway_bytes;                 /* room already written ahead */
	_Atomic uint64_t commits;
	_Atomic uint64_t refused;                      /* records that were not acceptable */
	_Atomic uint64_t sources_dropped;
	_Atomic uint32_t fault;
	_Atomic uint32_t runway_fault;                 /* why no further room could be prepared: an early warning */
	char fault_sentence[LOG_FAULT_SENTENCE_BYTES];
	char runway_sentence[LOG_FAULT_SENTENCE_BYTES];
};

/* E_OK, or the fault with its sentence. The committer is E_UNAVAILABLE where it has not gone round for `stale_ms`. */
MUST_USE enum error log_status_health(struct log_status *status, uint64_t monotonic_ns, unsigned stale_ms,
				      struct fault *why);

/* Memory shared by one worker loop and the committer. */
struct log_channel {
	_Alignas(64) struct doorbell loop_bell; /* wakes the loop through its eventfd */
	_Alignas(64) char rings[];              /* requests, then acknowledgements */
};

#define LOG_CHANNEL_REQUEST_BYTES_USUAL (1024u * 1024u)
#define LOG_CHANNEL_ACK_BYTES_USUAL (256u * 1024u)

/* Request: tag, then the record's bytes. */
struct log_ack {
	uint64_t tag;
	uint64_t index;
	uint32_t code; /* enum error */
	uint32_t reserved;
};

/* Both sizes are powers of two, at least 4096; requests at least 256 KiB so that every record fits. */
size_t log_channel_memory_bytes(size_t request_bytes, size_t ack_bytes);

struct log_committer;

struct log_committer_options {
	struct log_writer *writer;    /* lent until log_committer_stop */
	struct log_status *status;    /* zeroed shared memory */
	struct doorbell *bell;        /* zeroed shared memory, rung by all sources */
	uint64_t (*now_ns)(void);     /* wall clock; NULL: CLOCK_REALTIME */
	/* Called by the committer's thread after records became durable, or once after a fault. Must not block. NULL is fine. */
	void (*committed)(void *context, uint64_t durable_count);
	void *context;
};

struct log_source_options {
	struct log_channel *channel;  /* zeroed shared memory, 64-byte aligned */
	size_t request_bytes;
	size_t ack_bytes;
	int eventfd;                  /* of the loop; -1: none. Lent until the source is removed */
	uint32_t kinds;               /* RECORD_IN of each kind this source may append; others get E_FORBIDDEN */
};

/* Starts the thread (SCHED_FIFO where allowed) and the one that prepares segments. E_MEMORY, E_UNAVAILABLE. */
MUST_USE enum error log_committer_start(const struct log_committer_options *options,
					struct log_committer **ret_committer, struct fault *why);
/* Commits what waits, stops the threads. The writer is the caller's again. NULL is fine. */
void log_committer_stop(struct log_committer *committer);

/* Any thread. E_LIMIT: LOG_SOURCES_MAX.  E_INVALID: sizes. */
MUST_USE enum error log_committer_add_source(struct log_committer *committer, const struct log_source_options *options,
					     unsigned *ret_source, struct fault *why);
/* Any thread but the committer's. When it returns, the source's memory is not touched any more. */
void log_committer_remove_source(struct log_committer *committer, unsigned source);

/*
 * Any thread but the committer's: appends and waits until it is durable. All kinds are allowed. `*ret_index` (may be
 * NULL) is the first record's. Either all records are durable, or the call fails. With no record it waits for a round:
 * what all rings held before is durable then, as far as one write can take it and there is room for the answers.
 * E_IO, E_UNAVAILABLE: the log is faulty.  E_LIMIT, E_INVALID: a record.  E_CLOSED: the committer is stopping.
 */
MUST_USE enum error log_committer_append_wait(struct log_committer *committer, const slice *records, size_t count,
					      uint64_t *ret_index, struct fault *why);

/*
 * Size and root of the tree over the durable records, as the committer's last watch found it (LOG_COMMITTER_WATCH_MS
 * ago at most); size 0 before the first. Any thread.
 */
void log_committer_head(struct log_committer *committer, uint64_t *ret_size, struct merkle_hash *ret_root);

#endif
