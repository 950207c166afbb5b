/*
 * The writing end of the log: a directory of segment files, appended to by one process and one thread (DESIGN D6).
 *
 * A batch is one frame and one synchronous write; when log_writer_commit returns E_OK its records are on stable
 * storage. A write that failed is never tried again: what the disk then holds is unknown. The writer is faulty from
 * there on, every call says so, and only opening the log anew (which recovers) helps.
 *
 * Files are segment-<sequence>.log. The next one is made ahead, full of written zeros, so that an append never waits
 * for the file system to find room and a full disk shows before it hurts. Directory 0700, files 0600.
 */
#ifndef TIPSTAFF_STORE_LOG_WRITER_H
#define TIPSTAFF_STORE_LOG_WRITER_H

#include "evidence/segment.h"
#include "store/log_io.h"

#define LOG_SEGMENT_BYTES_USUAL (64u * 1024u * 1024u)
/* A first start writes this much; each further segment is four times as long until segment_bytes is reached. */
#define LOG_SEGMENT_BYTES_FIRST (1024u * 1024u)
/* The least that holds a head and the longest frame. */
#define LOG_SEGMENT_BYTES_MIN (256u * 1024u)
#define LOG_SEGMENT_BYTES_MAX (1024u * 1024u * 1024u)
/* The name of the n-th segment. */
#define LOG_SEGMENT_NAME_BYTES 32u
void log_segment_name(uint64_t sequence, char ret_name[LOG_SEGMENT_NAME_BYTES]);
/* false: not the name of a segment. */
bool log_segment_sequence(slice name, uint64_t *ret_sequence);

struct log_writer;

struct log_writer_options {
	slice directory;               /* made where it is absent (its parent must exist) */
	slice origin;                  /* name of the log; must be the same at every start; "" takes what is there */
	uint64_t segment_bytes;        /* 0: LOG_SEGMENT_BYTES_USUAL */
	uint64_t first_segment_bytes;  /* 0: LOG_SEGMENT_BYTES_FIRST */
	const struct log_io *io;       /* NULL: the real one. With another, `directory` is not touched */
};

/* What opening found. */
struct log_recovery {
	uint64_t count;            /* records in the log */
	uint64_t segment_count;
	uint64_t torn_bytes;       /* of a write that was never acknowledged and is now cut off */
	uint64_t bad_index;        /* E_CORRUPT: the first record that cannot be trusted; else UINT64_MAX */
	uint64_t bad_offset;
	uint64_t bad_sequence;     /* of the segment */
	bool created;
};

/*
 * Opens the log, takes the exclusive lock, recovers. `*ret_recovery` is filled also on E_CORRUPT.
 * E_CONFLICT: another process has it open.  E_CORRUPT: damaged beyond a torn tail; nothing was changed.
 * E_INVALID: options, or the log has another origin.  E_IO.  E_MEMORY.
 */
MUST_USE enum error log_writer_open(const struct log_writer_options *options, struct log_writer **ret_writer,
				    struct log_recovery *ret_recovery, struct fault *why);
/* Closes files, gives the lock up. NULL is fine. Records that were added but not committed are gone. */
void log_writer_close(struct log_writer *writer);

/*
 * Copies a record into the batch. With `kinds` (RECORD_IN of each) the copy must begin like a record of one of them;
 * with 0 the bytes are not looked at. The record may lie in memory that somebody else writes.
 * E_AGAIN: the batch is full, commit first.  E_LIMIT: longer than RECORD_BYTES_MAX.  E_INVALID: empty.
 * E_FORBIDDEN: of another kind.  E_UNAVAILABLE: the writer is faulty.
 */
MUST_USE enum error log_writer_add(struct log_writer *writer, slice record, uint32_t kinds, struct fault *why);
/* Do so many records with so many bytes in all fit into the batch as it is, or into an empty one? */
bool log_writer_has_room(const struct log_writer *writer, size_t count, size_t bytes);
bool log_writer_could_hold(const struct log_writer *writer, size_t count, size_t bytes);
/* Records in the batch. */
size_t log_writer_pending(const struct log_writer *writer);
/*
 * Makes the batch durable. `now_ns` is the wall clock. Nothing pending: E_OK and nothing is written.
 * E_IO: the write failed, the writer is now faulty.  E_UNAVAILABLE: it was already.
 */
MUST_USE enum error log_writer_commit(struct log_writer *writer, uint64_t now_ns, struct fault *why);
/* The batch is forgotten. */
void log_writer_drop(struct log_writer *writer);
/* All of `records`, in as many frames as are needed, committed; the first gets `*ret_first_index` (may be NULL). */
MUST_USE enum error log_append_batch(struct log_writer *writer, const slice *records, size_t count, uint64_t now_ns,
				     uint64_t *ret_first_index, struct fault *why);

/* Durable records. */
uint64_t log_writer_count(const struct log_writer *writer);
/* The tree over them. */
const struct merkle_tree *log_writer_tree(const struct log_writer *writer);
/* Its size and root. By the thread that appends, or when none does. */
void log_writer_head(struct log_writer *writer, uint64_t *ret_size, struct merkle_hash *ret_root);
slice log_writer_origin(const struct log_writer *writer);
/* Bytes of segment files so far, and bytes still free in this and the prepared segment. */
uint64_t log_writer_bytes(const struct log_writer *writer);
uint64_t log_writer_runway_bytes(struct log_writer *writer);

/*
 * Takes down how the last write left the file, for log_check_alive. Not part of a commit, for whoever asks for the time
 * of the last change makes the kernel write a new one with the next write: two writes to the disk for each commit
 * (multigrain timestamps, Linux 6.13, where the file system has no journal). To be called when nothing was written for
 * a moment; what somebody else does to the file before that is not told from the own write by its time.
 * E_IO: the writer is now faulty.
 */
MUST_USE enum error log_writer_settle(struct log_writer *writer, struct fault *why);
bool log_writer_is_settled(const struct log_writer *writer);
/*
 * Is what was written still there? Compares the active file (inode, links, length, time of last change) with what
 * this writer left, reads its head and last frame again, and looks at every sealed segment in turn. To be called at
 * least every 500 ms by the thread that appends. E_CORRUPT or E_IO with the reason: the writer is now faulty.
 */
MUST_USE enum error log_check_alive(struct log_writer *writer, struct fault *why);
/* E_OK, or the reason why the writer is faulty. */
MUST_USE enum error log_writer_health(const struct log_writer *writer, struct fault *why);
/* Makes the writer faulty for a reason found elsewhere. The first reason stays. */
void log_writer_set_faulty(struct log_writer *writer, enum error code, const struct fault *reason);

/* Is the next segment not yet prepared? Any thread. */
bool log_writer_wants_runway(struct log_writer *writer);
/*
 * Prepares it; takes as long as writing a segment of zeros. Any one thread, besides the one that appends. On failure
 * the part is removed and the writer stays well until it runs out of room: E_IO (disk full, ...).
 */
MUST_USE enum error log_writer_prepare_next(struct log_writer *writer, struct fault *why);

#endif
