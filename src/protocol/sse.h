/* Server-Sent Events, read and written as the WHATWG HTML standard 9.2 says. */
#ifndef TIPSTAFF_PROTOCOL_SSE_H
#define TIPSTAFF_PROTOCOL_SSE_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"

#define SSE_EVENT_BYTES_USUAL (4u * 1024u * 1024u) /* as large as a body may be */
#define SSE_ID_BYTES_MAX      1024u
#define SSE_TYPE_BYTES_MAX    128u

enum sse_kind {
	SSE_EVENT = 0,
	SSE_COMMENT, /* a line that starts with ':', mostly to keep a connection alive */
};

/* To be read: all slices are valid until the next call. To be written: ptr NULL leaves the field out. */
struct sse_event {
	enum sse_kind kind;
	slice type; /* "event:"; ptr NULL where absent, which means "message" */
	slice id;   /* "id:" of this event; ptr NULL where absent, empty where it resets the last id */
	slice data; /* data lines joined by LF; of a comment: its text */
};

/* Zeroed, it reads nothing: sse_reader_init sets the maximum. */
struct sse_reader {
	struct buffer line; /* a line whose end has not come yet */
	struct buffer data;
	struct buffer type;
	struct buffer id;
	uint64_t retry_ms;  /* last "retry:" seen; 0: none */
	bool has_data;
	bool has_type;
	bool has_id;
	bool delivered;     /* the block below was given out */
	bool line_used;     /* so was, or was read, what `line` holds */
	bool started;       /* a byte order mark may come only before */
	bool after_cr;      /* an LF that follows belongs to that line end */
};

void sse_reader_init(struct sse_reader *reader, size_t event_bytes_max);
/*
 * Takes bytes off the front of `*input` until an event or comment is complete.
 * E_OK: `*ret_event`.  E_AGAIN: input is used up.  E_LIMIT: event, id or type too long.  E_SYNTAX: not UTF-8.
 * E_MEMORY.  After any but the first two the reader must be freed. An event whose blank line has not come is never
 * given out. A block without data gives no event; its id goes to the next one, as the standard says.
 */
MUST_USE enum error sse_reader_next(struct sse_reader *reader, slice *input, struct sse_event *ret_event,
				    struct fault *why);
void sse_reader_free(struct sse_reader *reader);

/*
 * Adds one event (or comment) with its blank line. Line ends inside data become further data lines.
 * E_INVALID: a line end in id, type or a comment, or NUL in an id; `out` is as it was.  E_LIMIT: out.
 */
MUST_USE enum error sse_write(struct buffer *out, const struct sse_event *event, struct fault *why);

#endif
