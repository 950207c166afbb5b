/*
 * Reading the log: by index, by time, by id, backwards from the newest. Its own file descriptors, no lock; works
 * beside the writer and on a copy.
 *
 * Every call takes `end`, the number of durable records: what lies at or beyond it is not looked at. Each frame's
 * checksum is verified as it is read. Reads ahead in chunks and remembers where frames begin (one entry per
 * LOG_READER_STRIDE_BYTES), so the first look into a segment walks it once.
 */
#ifndef TIPSTAFF_STORE_LOG_READER_H
#define TIPSTAFF_STORE_LOG_READER_H

#include "base/arena.h"
#include "evidence/segment.h"

#define LOG_READER_STRIDE_BYTES (64u * 1024u)
/* A record is committed at most so long after the time in its id (and, clocks being clocks, so long before). */
#define LOG_FIND_AFTER_MS 120000u
#define LOG_FIND_BEFORE_MS 2000u

struct log_reader;

/* What a visitor is shown. The slices are valid during the visit only. */
struct log_entry {
	uint64_t index;
	uint64_t committed_ns; /* of its frame */
	slice bytes;           /* the record, encoded */
};

/* false ends the walk. */
typedef bool log_visitor(void *context, const struct log_entry *entry);

/* E_NOT_FOUND: no log there.  E_IO.  E_CORRUPT: a head.  E_MEMORY. */
MUST_USE enum error log_reader_open(slice directory, struct log_reader **ret_reader, struct fault *why);
/* NULL is fine. */
void log_reader_close(struct log_reader *reader);
/* Walks to the last whole frame: how many records are there? For logs that nobody writes. E_IO, E_CORRUPT. */
MUST_USE enum error log_reader_count(struct log_reader *reader, uint64_t *ret_count, struct fault *why);
/*
 * The same beside a writer: a last frame that is just being written looks damaged and is looked at again, for up to
 * LOG_READER_SETTLE_MS. Errors as above.
 */
#define LOG_READER_SETTLE_MS 1000u
MUST_USE enum error log_reader_count_settled(struct log_reader *reader, uint64_t *ret_count, struct fault *why);

/* Visits [from, end) upwards. E_CORRUPT, E_IO; E_NOT_FOUND: the segment that should hold it is not there. */
MUST_USE enum error log_reader_each(struct log_reader *reader, uint64_t from, uint64_t end, log_visitor *visit,
				    void *context, struct fault *why);
/* Visits [from, end) downwards: the newest first. */
MUST_USE enum error log_reader_each_back(struct log_reader *reader, uint64_t from, uint64_t end, log_visitor *visit,
					 void *context, struct fault *why);
/* One record, copied into the arena. E_NOT_FOUND: at or beyond `end`. */
MUST_USE enum error log_reader_get(struct log_reader *reader, uint64_t index, uint64_t end, struct arena *arena,
				   slice *ret_bytes, struct fault *why);
/* The first index whose frame was committed at or after `time_ns`; `end` where there is none. */
MUST_USE enum error log_reader_seek_time(struct log_reader *reader, uint64_t time_ns, uint64_t end,
					 uint64_t *ret_index, struct fault *why);
/*
 * The record with this id ("d_" ULID, and so on), copied into the arena. The ULID tells when; only what was committed
 * around then is searched, or everything (newest first) with `everywhere`. E_NOT_FOUND.  E_INVALID: no such id.
 */
MUST_USE enum error log_find_by_id(struct log_reader *reader, slice id, uint64_t end, bool everywhere,
				   struct arena *arena, slice *ret_bytes, uint64_t *ret_index, struct fault *why);

#endif
