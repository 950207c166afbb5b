/* The inside of the log's writer, shared by log_writer.c, log_recover.c, log_runway.c and log_watch.c only. */
#ifndef TIPSTAFF_STORE_LOG_WRITER_PARTS_H
#define TIPSTAFF_STORE_LOG_WRITER_PARTS_H

#include "store/log_writer.h"

#include <pthread.h>
#include <stdatomic.h>

/* A segment that is full; only looked at. */
struct log_sealed {
	uint64_t sequence;
	struct log_file_state state;
};

/* The segment after the active one. Guarded by `lock`. */
struct log_next {
	pthread_mutex_t lock;
	_Atomic bool ready;
	int file;
	uint64_t sequence; /* that it has or will have */
	uint64_t size_bytes;
	uint32_t block_bytes;
};

struct log_writer {
	struct log_io io;
	int directory_fd;
	uint64_t segment_bytes;
	uint64_t first_segment_bytes;
	char origin[SEGMENT_ORIGIN_BYTES_MAX];
	size_t origin_length;

	/* active segment */
	int file;
	uint32_t block_bytes;
	uint64_t sequence;
	uint64_t size_bytes;
	uint64_t position;    /* where the next frame goes */
	uint64_t tail_offset; /* of the last frame; 0: none in this segment */
	struct log_file_state left; /* as the last write left the file; only where `settled` */
	bool settled;

	/* log: hash of the last frame, and the tree over what is durable */
	struct sha256_context hasher;
	struct segment_walk walk;
	uint64_t sealed_bytes;

	/* batch: room for a head, bodies, padding */
	char *batch_memory;
	char *batch;
	size_t body_bytes_max;
	size_t body_bytes;
	uint32_t count;

	struct log_sealed *sealed;
	size_t sealed_count;
	size_t sealed_size;
	size_t sealed_next; /* round robin of the watch */

	struct log_next next;

	enum error fault_code;
	struct fault fault;
};

#define LOG_ZEROS_BYTES (1024u * 1024u)

/* E_IO with errno in words, as the writer's fault. */
MUST_USE enum error log_writer_fail_io(struct log_writer *writer, const char *what, struct fault *why);
/* Keeps the reason and passes `code` on. */
MUST_USE enum error log_writer_fail(struct log_writer *writer, enum error code, const struct fault *reason);

/* Writes all or fails. */
MUST_USE enum error log_writer_write(struct log_writer *writer, int file, const char *bytes, size_t count,
				     uint64_t offset, struct fault *why);
/* Writes zeros over [offset, end). */
MUST_USE enum error log_writer_write_zeros(struct log_writer *writer, int file, uint64_t offset, uint64_t end,
					   struct fault *why);
uint64_t log_writer_size_of_segment(const struct log_writer *writer, uint64_t sequence);
MUST_USE enum error log_writer_keep_sealed(struct log_writer *writer, uint64_t sequence,
					   const struct log_file_state *state, struct fault *why);
/* Seals the active segment (if there is one) and begins the next. */
MUST_USE enum error log_writer_roll(struct log_writer *writer, uint64_t now_ns, struct fault *why);

/* Reads what is there. Sets walk, active segment, sealed ones; no active segment where nothing was ever begun. */
MUST_USE enum error log_writer_recover(struct log_writer *writer, struct log_recovery *recovery, struct fault *why);

#endif
