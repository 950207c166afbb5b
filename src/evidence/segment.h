/*
 * The bytes of a segment file: a head, then frames, then zeros to the end. Nothing here reads or writes a file.
 *
 * Every part begins at a multiple of the block size and is padded with zeros to one, so that a sector that was
 * acknowledged is never written again. Integers are little-endian but for the 16-bit record lengths (big-endian, so
 * that a frame's body is a tlog-tiles entry bundle).
 *
 * head    magic[8] version:u32 block:u32 sequence:u64 first_index:u64 time_ns:u64 previous_frame[32] root[32]
 *         origin_len:u16 peak_count:u16 reserved:u32 origin peaks[32 each]   crc:u32 is the last 4 bytes of the padding
 * frame   magic[8] first_index:u64 count:u32 body_bytes:u32 first_time_ns:u64 last_time_ns:u64 previous_frame[32]
 *         root[32] head_crc:u32 crc:u32, then the body: per record length:u16be bytes; then zeros
 *
 * head_crc is CRC-32C over the bytes before it: a head, being in one sector, was written whole or not at all, so what
 * it says about its own length can be believed even where the rest is torn.
 * crc is CRC-32C over the whole part, padding included, with the crc itself taken as zero: no byte is left uncovered.
 * The hash of a frame is SHA-256 over its first FRAME_HEAD_BYTES; its root commits to the records, so the chain does
 * too. The head of the first segment chains to zeros.
 */
#ifndef TIPSTAFF_EVIDENCE_SEGMENT_H
#define TIPSTAFF_EVIDENCE_SEGMENT_H

#include "evidence/merkle.h"
#include "evidence/record.h"

#define SEGMENT_VERSION 1u
#define SEGMENT_ORIGIN_BYTES_MAX 255u
#define SEGMENT_BLOCK_MIN 512u
#define SEGMENT_BLOCK_MAX 4096u
/* 112 fixed + origin + peaks + crc, rounded up to the largest block. */
#define SEGMENT_HEAD_BYTES_MAX 4096u
#define FRAME_HEAD_BYTES 112u
/* Records of one frame, bytes of its body: one write of about this size takes half a millisecond. */
#define FRAME_RECORDS_MAX 16384u
#define FRAME_BODY_BYTES_MAX (2u * 1024u * 1024u)
/* The longest frame, padding included. */
#define FRAME_BYTES_MAX (FRAME_BODY_BYTES_MAX + SEGMENT_BLOCK_MAX)

struct segment_head {
	uint32_t block_bytes;
	uint64_t sequence;               /* 1, 2, ...: its place among the files */
	struct merkle_tree tree;         /* before the first record of this segment; tree.size is its first index */
	uint64_t time_ns;                /* when it was begun */
	struct merkle_hash previous_frame; /* hash of the last frame of the segment before */
	slice origin;                    /* name of the log, as on its checkpoints */
};

struct frame {
	uint64_t first_index;
	uint32_t count;
	uint32_t body_bytes;
	uint64_t first_time_ns; /* clock when it was written */
	uint64_t last_time_ns;  /* the highest such reading of the log so far: never falls from frame to frame */
	struct merkle_hash previous_frame;
	struct merkle_hash root; /* of the tree after its last record */
	slice body;
	size_t total_bytes;      /* with head and padding */
};

/* `bytes` rounded up to whole blocks. */
size_t segment_round_up(size_t bytes, uint32_t block_bytes);
bool segment_is_zero(slice bytes);

/* Appends the whole head. E_INVALID: a block size that is none, or an origin too long. E_LIMIT, E_MEMORY of the buffer. */
MUST_USE enum error segment_head_encode(struct sha256_context *hasher, const struct segment_head *head, struct buffer *ret_bytes, struct fault *why);
/*
 * `bytes` begins at the file's start and may be longer than the head. The origin points into `bytes`.
 * E_CORRUPT: no head, or a damaged one.  E_UNSUPPORTED: a later version.
 */
MUST_USE enum error segment_head_decode(struct sha256_context *hasher, slice bytes, struct segment_head *ret_head, size_t *ret_head_bytes,
					struct fault *why);

/*
 * Finishes a frame in place: `bytes` holds FRAME_HEAD_BYTES of room, then `frame->body` as it will be stored, then
 * room up to a whole block. Fills head, padding and crc; sets total_bytes and gives the frame's hash.
 */
void frame_seal(struct sha256_context *hasher, char *bytes, size_t body_bytes, uint32_t block_bytes, struct frame *frame, struct merkle_hash *ret_hash);
/*
 * `bytes` begins at a block; `*ret_hash` is the hash that the next frame chains to.
 * E_NOT_FOUND: the first sector is zero, so no frame was finished here (segment_tail_judge tells the rest).  E_AGAIN: longer than `bytes`; frame->total_bytes says how long.
 * E_CORRUPT: anything else that is not a whole frame.
 */
MUST_USE enum error frame_decode(struct sha256_context *hasher, slice bytes, uint32_t block_bytes, struct frame *ret_frame,
				 struct merkle_hash *ret_hash, struct fault *why);
/* As frame_decode with the head's checksum only: `bytes` needs FRAME_HEAD_BYTES; the body is not set. */
MUST_USE enum error frame_peek(slice bytes, uint32_t block_bytes, struct frame *ret_frame, struct fault *why);
/* Writes the two bytes that stand before a record of `length` (1 .. RECORD_BYTES_MAX). */
#define FRAME_LENGTH_BYTES 2u
void frame_put_length(char *to, size_t length);
/* Takes the next record off the front of `*rest` (a body). E_NOT_FOUND: no more.  E_CORRUPT: lengths do not fit. */
MUST_USE enum error frame_next_record(slice *rest, slice *ret_record, struct fault *why);

/* Where a walk through frames stands: everything the next frame must agree with. */
struct segment_walk {
	struct sha256_context *hasher; /* of the thread that walks */
	struct merkle_tree tree;
	struct merkle_hash last_frame;
	uint64_t last_time_ns;
	uint32_t block_bytes;
};

/* How far a head reaches, going by its first sector; all of `bytes` where that is missing. */
size_t segment_head_used(slice bytes);
bool segment_head_begins(slice bytes);

/* At the first frame of a segment. */
void segment_walk_begin(struct sha256_context *hasher, struct segment_walk *walk, const struct segment_head *head);
/*
 * Decodes the frame at the start of `bytes`, holds it against the walk (index, chain, time, count of records) and
 * takes its records into the tree; with `check_root` also the root. On failure the walk stands where it stood.
 * Errors as frame_decode; E_CORRUPT names what differs.
 */
MUST_USE enum error segment_walk_next(struct segment_walk *walk, slice bytes, bool check_root, struct frame *ret_frame,
				      struct fault *why);

/*
 * What stands where the next frame was expected, after a crash? `rest` begins there and holds FRAME_BYTES_MAX bytes or
 * all up to the file's end; `behind_is_zero` is about whatever follows. Only one write is ever in flight and sectors
 * (SEGMENT_BLOCK_MIN) are written whole, so a torn write is a frame some of whose sectors are still zero, with nothing
 * but zeros behind it.
 */
enum segment_tail {
	SEGMENT_TAIL_DAMAGED = 0, /* cannot come from a torn write: an acknowledged record may be hit */
	SEGMENT_TAIL_EMPTY,       /* zeros to the end */
	SEGMENT_TAIL_TORN         /* a write that was never acknowledged */
};
enum segment_tail segment_tail_judge(struct sha256_context *hasher, slice rest, bool behind_is_zero, uint32_t block_bytes, uint64_t next_index);
/* The same of a head that does not decode: TORN is a segment that was never begun. `bytes` as `rest` above. */
enum segment_tail segment_head_judge(slice bytes, bool behind_is_zero);

#endif
