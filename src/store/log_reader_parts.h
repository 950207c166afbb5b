/* The inside of the log's reader, shared by log_reader.c, log_each.c and log_find.c only. */
#ifndef TIPSTAFF_STORE_LOG_READER_PARTS_H
#define TIPSTAFF_STORE_LOG_READER_PARTS_H

#include "store/log_io.h"
#include "store/log_reader.h"

/* Where some frame begins. */
struct log_mark {
	uint64_t index;
	uint64_t offset;
	uint64_t before_ns; /* last_time_ns of the frame before it, or of the head */
};

struct log_part {
	uint64_t sequence;
	uint64_t first_index;
	uint64_t time_ns;
	uint32_t block_bytes;
	size_t head_bytes;
	struct log_mark *marks; /* ascending; the first is the first frame's place */
	size_t mark_count;
	size_t mark_room;
	struct log_mark walked; /* how far the marks reach: the place behind the last frame seen */
};

struct log_reader {
	int directory_fd;
	struct sha256_context hasher;
	struct log_part *parts;
	size_t part_count;
	size_t part_room;
	uint64_t next_sequence; /* that may have been begun since */
	int file;               /* of parts[open_part] */
	size_t open_part;
	struct log_window window;
	slice *records;         /* of one frame, for walking backwards */
};

/* A frame found: in which part, where. */
struct log_place {
	size_t part;
	uint64_t offset;
	uint64_t index;
};

/* What was read before may be old. */
void log_reader_begin(struct log_reader *reader);
/* Looks for segments that were begun since. */
MUST_USE enum error log_reader_refresh(struct log_reader *reader, bool *ret_found, struct fault *why);
MUST_USE enum error log_reader_turn_to(struct log_reader *reader, size_t part, struct fault *why);
/* The head of the frame at `place`. E_NOT_FOUND: no more frames in this part. */
MUST_USE enum error log_reader_peek(struct log_reader *reader, const struct log_place *place, struct frame *ret_frame,
				    struct fault *why);
/* The whole frame at `place`, its checksum verified; its body is valid until the window moves. */
MUST_USE enum error log_reader_load(struct log_reader *reader, const struct log_place *place, struct frame *ret_frame,
				    struct fault *why);
/* The frame that holds `index`. E_NOT_FOUND: it is not there. */
MUST_USE enum error log_reader_locate(struct log_reader *reader, uint64_t index, struct log_place *ret_place,
				      struct fault *why);
/* Walks from the last known place in the part to its last frame. */
MUST_USE enum error log_reader_walk_part(struct log_reader *reader, size_t part, struct fault *why);
/* The last mark of the part at or before `index`. */
const struct log_mark *log_reader_mark(const struct log_part *part, uint64_t index);

#endif
