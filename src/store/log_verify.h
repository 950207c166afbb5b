/*
 * Offline verification of a log directory or a copy of one (EVD-4): trusts nothing but SHA-256 and, where given, the
 * log's public key.
 *
 * Covered: every byte of every segment. Heads and frames by their checksum (padding included), the chain of frames,
 * every record into the tree and the tree's root against every frame, continuity from segment to segment, zeros after
 * the last frame of each segment, and every checkpoint (signature and root at its size). Two things are no damage: a
 * write that a crash cut off behind the last frame (a changed byte in that still empty room looks the same; torn_tail
 * tells), and a log cut short at a frame's end, which shows only against a checkpoint that is larger.
 */
#ifndef TIPSTAFF_STORE_LOG_VERIFY_H
#define TIPSTAFF_STORE_LOG_VERIFY_H

#include "evidence/checkpoint.h"
#include "evidence/segment.h"

struct log_verify_options {
	slice directory;
	const struct note_key *key; /* NULL: checkpoints are held against the tree, their signatures are not checked */
	uint64_t end;               /* the log is being written: stop at so many records; 0: all of it */
};

struct log_verify_report {
	uint64_t count;            /* records that verified */
	uint64_t segment_count;
	uint64_t checkpoint_count;
	uint64_t bytes;
	struct merkle_hash root;   /* over `count` records */
	char origin[SEGMENT_ORIGIN_BYTES_MAX + 1];
	bool torn_tail;            /* the last write was never finished: no damage */
	/* On E_CORRUPT: */
	uint64_t bad_index;        /* the first record that cannot be trusted */
	uint64_t bad_offset;       /* in bad_file, where the damaged part begins */
	char bad_file[64];
	char sentence[224];
};

/* E_CORRUPT: the report says where.  E_SIGNATURE: a checkpoint.  E_NOT_FOUND: no log there.  E_IO, E_MEMORY. */
MUST_USE enum error log_verify(const struct log_verify_options *options, struct log_verify_report *ret_report,
			       struct fault *why);

/*
 * Stores a signed checkpoint as `checkpoint`, and for good as `checkpoints/<keep_as>` where that is not 0, each by
 * rename, and makes it durable. `keep_as` is its size. E_IO.
 */
MUST_USE enum error log_checkpoint_store(slice directory, slice note, uint64_t keep_as, struct fault *why);

#endif
