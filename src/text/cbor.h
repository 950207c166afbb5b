/* Deterministic CBOR (RFC 8949 4.2): one value, one encoding. The form of evidence records. */
#ifndef TIPSTAFF_TEXT_CBOR_H
#define TIPSTAFF_TEXT_CBOR_H

#include "base/buffer.h"
#include "base/error.h"

/*
 * The part that is spoken here: unsigned and negative integers of 64 bits, byte and text strings, arrays, maps whose
 * keys are unsigned integers in ascending order, false, true, null. Lengths are definite, heads are shortest.
 */

#define CBOR_DEPTH_MAX 16u

/*
 * Writes into a buffer; a map or array is begun with the number of its entries. A key is written with cbor_put_u64,
 * then its value. Misuse (keys not ascending, too many or too few entries, too deep) is a bug of the caller and aborts.
 * A text that is not UTF-8 marks the buffer as failed.
 */
struct cbor_writer {
	struct buffer *buffer;
	unsigned depth;
	struct cbor_level {
		uint64_t left;     /* items still to come; in a map keys and values each count */
		uint64_t key_next; /* least key that may come */
		bool map;
		bool last_key;     /* the greatest possible key was written */
	} levels[CBOR_DEPTH_MAX];
};

void cbor_writer_init(struct cbor_writer *writer, struct buffer *buffer);
/* Everything that was begun must be complete. E_LIMIT: a write did not fit, or a text was not UTF-8. */
MUST_USE enum error cbor_writer_end(const struct cbor_writer *writer, struct fault *why);

void cbor_put_u64(struct cbor_writer *writer, uint64_t value);
/* Negative values too. */
void cbor_put_i64(struct cbor_writer *writer, int64_t value);
void cbor_put_bytes(struct cbor_writer *writer, slice bytes);
void cbor_put_text(struct cbor_writer *writer, slice text);
/* The same of text that is known to be UTF-8. */
void cbor_put_utf8(struct cbor_writer *writer, slice text);
void cbor_put_bool(struct cbor_writer *writer, bool value);
void cbor_put_null(struct cbor_writer *writer);
/* The `count` elements follow; the array ends by itself. */
void cbor_put_array(struct cbor_writer *writer, uint64_t count);
/* `count` pairs of key and value follow; the map ends by itself. */
void cbor_put_map(struct cbor_writer *writer, uint64_t count);

enum cbor_type {
	CBOR_NULL = 0,
	CBOR_BOOL,
	CBOR_UNSIGNED,
	CBOR_NEGATIVE, /* -1 - value */
	CBOR_BYTES,
	CBOR_TEXT,
	CBOR_ARRAY,
	CBOR_MAP,
};

/* One item as it was read. */
struct cbor_item {
	enum cbor_type type;
	uint64_t value; /* the number; 0 or 1 of a bool; entries of an array or (pairs) of a map */
	slice bytes;    /* CBOR_BYTES, CBOR_TEXT: borrowed from the input */
};

/*
 * Reads item by item, in the order they stand. Strict: whatever the writer would not have written is refused, so that
 * reading and writing again gives the same bytes.
 */
struct cbor_reader {
	const char *at;
	const char *end;
	unsigned depth;
	bool begun;
	struct cbor_level levels[CBOR_DEPTH_MAX];
};

void cbor_reader_init(struct cbor_reader *reader, slice bytes);
/*
 * The next item; keys of maps come as items too, before their value.
 * E_SYNTAX: cut short, not shortest, a key out of order or twice, a type that is not spoken here, text that is not
 * UTF-8, nothing left.  E_LIMIT: nested deeper than CBOR_DEPTH_MAX.
 */
MUST_USE enum error cbor_next(struct cbor_reader *reader, struct cbor_item *ret_item, struct fault *why);
/* As cbor_next, and the item must have that type. Also E_TYPE. */
MUST_USE enum error cbor_expect(struct cbor_reader *reader, enum cbor_type type, struct cbor_item *ret_item,
				struct fault *why);
/* Also E_TYPE: not an integer.  E_OVERFLOW: does not fit. */
MUST_USE enum error cbor_read_u64(struct cbor_reader *reader, uint64_t *ret_value, struct fault *why);
MUST_USE enum error cbor_read_i64(struct cbor_reader *reader, int64_t *ret_value, struct fault *why);
MUST_USE enum error cbor_read_bool(struct cbor_reader *reader, bool *ret_value, struct fault *why);
MUST_USE enum error cbor_read_bytes(struct cbor_reader *reader, slice *ret_bytes, struct fault *why);
MUST_USE enum error cbor_read_text(struct cbor_reader *reader, slice *ret_text, struct fault *why);
MUST_USE enum error cbor_read_array(struct cbor_reader *reader, uint64_t *ret_count, struct fault *why);
MUST_USE enum error cbor_read_map(struct cbor_reader *reader, uint64_t *ret_count, struct fault *why);
/* Passes over the next item with everything in it and gives its bytes (NULL is fine). */
MUST_USE enum error cbor_skip(struct cbor_reader *reader, slice *ret_span, struct fault *why);
/* E_SYNTAX: the one value is not complete, or bytes are left. */
MUST_USE enum error cbor_end(const struct cbor_reader *reader, struct fault *why);

#endif
