#include "evidence/segment.h"

#include "evidence/bytes.h"
#include "evidence/crc32c.h"

#include <assert.h>
#include <string.h>

static const char frame_magic[8] = {'\xf7', 'T', 'P', 'S', 'F', 'R', 'M', '1'};

enum {
	FRAME_FIRST_INDEX = 8,
	FRAME_COUNT = 16,
	FRAME_BODY_BYTES = 20,
	FRAME_FIRST_TIME = 24,
	FRAME_LAST_TIME = 32,
	FRAME_PREVIOUS = 40,
	FRAME_ROOT = 72,
	FRAME_HEAD_CRC = 104,
	FRAME_CRC = 108
};

static uint32_t frame_crc(slice bytes)
{
	static const char zeros[4];
	uint32_t crc = crc32c(0, slice_sub(bytes, 0, FRAME_CRC));
	crc = crc32c(crc, slice_from(zeros, sizeof(zeros)));
	return crc32c(crc, slice_from_offset(bytes, FRAME_HEAD_BYTES));
}

static void frame_hash(struct sha256_context *hasher, const char *bytes, struct merkle_hash *ret_hash)
{
	_Static_assert(FRAME_CRC + 4 == FRAME_HEAD_BYTES, "the checksum closes the head");
	struct sha256 digest = sha256_of(hasher, slice_from(bytes, FRAME_HEAD_BYTES));
	memcpy(ret_hash->bytes, digest.bytes, MERKLE_HASH_BYTES);
}

void frame_seal(struct sha256_context *hasher, char *bytes, size_t body_bytes, uint32_t block_bytes,
		struct frame *frame, struct merkle_hash *ret_hash)
{
	assert(frame->count > 0 && body_bytes <= FRAME_BODY_BYTES_MAX);
	memset(bytes, 0, FRAME_HEAD_BYTES);
	memcpy(bytes, frame_magic, sizeof(frame_magic));
	bytes_put_u64(bytes + FRAME_FIRST_INDEX, frame->first_index);
	bytes_put_u32(bytes + FRAME_COUNT, frame->count);
	bytes_put_u32(bytes + FRAME_BODY_BYTES, (uint32_t)body_bytes);
	bytes_put_u64(bytes + FRAME_FIRST_TIME, frame->first_time_ns);
	bytes_put_u64(bytes + FRAME_LAST_TIME, frame->last_time_ns);
	memcpy(bytes + FRAME_PREVIOUS, frame->previous_frame.bytes, MERKLE_HASH_BYTES);
	memcpy(bytes + FRAME_ROOT, frame->root.bytes, MERKLE_HASH_BYTES);
	frame->body_bytes = (uint32_t)body_bytes;
	frame->body = slice_from(bytes + FRAME_HEAD_BYTES, body_bytes);
	frame->total_bytes = segment_round_up(FRAME_HEAD_BYTES + body_bytes, block_bytes);
	memset(bytes + FRAME_HEAD_BYTES + body_bytes, 0, frame->total_bytes - FRAME_HEAD_BYTES - body_bytes);
	bytes_put_u32(bytes + FRAME_HEAD_CRC, crc32c(0, slice_from(bytes, FRAME_HEAD_CRC)));
	bytes_put_u32(bytes + FRAME_CRC, frame_crc(slice_from(bytes, frame->total_bytes)));
	frame_hash(hasher, bytes, ret_hash);
}

enum error frame_peek(slice bytes, uint32_t block_bytes, struct frame *ret_frame, struct fault *why)
{
	if (bytes.len < FRAME_HEAD_BYTES) {
		ret_frame->total_bytes = FRAME_HEAD_BYTES;
		return segment_is_zero(bytes) ? FAIL(why, E_NOT_FOUND, "no frame here")
					      : FAIL(why, E_AGAIN, "the head of a frame is cut short");
	}
	if (memcmp(bytes.ptr, frame_magic, sizeof(frame_magic)) != 0) {
		if (segment_is_zero(slice_sub(bytes, 0, SEGMENT_BLOCK_MIN)))
			return FAIL(why, E_NOT_FOUND, "no frame here");
		return FAIL(why, E_CORRUPT, "not the beginning of a frame");
	}
	if (crc32c(0, slice_sub(bytes, 0, FRAME_HEAD_CRC)) != bytes_u32(bytes.ptr + FRAME_HEAD_CRC))
		return FAIL(why, E_CORRUPT, "the checksum of a frame's head does not fit");
	*ret_frame = (struct frame){.first_index = bytes_u64(bytes.ptr + FRAME_FIRST_INDEX),
				    .count = bytes_u32(bytes.ptr + FRAME_COUNT),
				    .body_bytes = bytes_u32(bytes.ptr + FRAME_BODY_BYTES),
				    .first_time_ns = bytes_u64(bytes.ptr + FRAME_FIRST_TIME),
				    .last_time_ns = bytes_u64(bytes.ptr + FRAME_LAST_TIME)};
	memcpy(ret_frame->previous_frame.bytes, bytes.ptr + FRAME_PREVIOUS, MERKLE_HASH_BYTES);
	memcpy(ret_frame->root.bytes, bytes.ptr + FRAME_ROOT, MERKLE_HASH_BYTES);
	if (ret_frame->count == 0 || ret_frame->count > FRAME_RECORDS_MAX ||
	    ret_frame->body_bytes > FRAME_BODY_BYTES_MAX ||
	    ret_frame->body_bytes < ret_frame->count * FRAME_LENGTH_BYTES)
		return FAIL(why, E_CORRUPT, "a frame with impossible lengths");
	ret_frame->total_bytes = segment_round_up(FRAME_HEAD_BYTES + ret_frame->body_bytes, block_bytes);
	return E_OK;
}

enum error frame_decode(struct sha256_context *hasher, slice bytes, uint32_t block_bytes, struct frame *ret_frame,
			struct merkle_hash *ret_hash, struct fault *why)
{
	TRY(frame_peek(bytes, block_bytes, ret_frame, why));
	if (bytes.len < ret_frame->total_bytes)
		return FAIL(why, E_AGAIN, "a frame is cut short");
	slice whole = slice_sub(bytes, 0, ret_frame->total_bytes);
	if (frame_crc(whole) != bytes_u32(bytes.ptr + FRAME_CRC))
		return FAIL(why, E_CORRUPT, "the checksum of a frame does not fit");
	ret_frame->body = slice_from(bytes.ptr + FRAME_HEAD_BYTES, ret_frame->body_bytes);
	frame_hash(hasher, bytes.ptr, ret_hash);
	return E_OK;
}

enum error frame_next_record(slice *rest, slice *ret_record, struct fault *why)
{
	if (rest->len == 0)
		return FAIL(why, E_NOT_FOUND, "no more records");
	if (rest->len < FRAME_LENGTH_BYTES)
		return FAIL(why, E_CORRUPT, "a record's length is cut short");
	size_t length = bytes_u16be(rest->ptr);
	if (length == 0 || length > rest->len - FRAME_LENGTH_BYTES)
		return FAIL(why, E_CORRUPT, "a record of %zu bytes where %zu are left", length,
			    rest->len - FRAME_LENGTH_BYTES);
	*ret_record = slice_sub(*rest, FRAME_LENGTH_BYTES, FRAME_LENGTH_BYTES + length);
	*rest = slice_from_offset(*rest, FRAME_LENGTH_BYTES + length);
	return E_OK;
}

void frame_put_length(char *to, size_t length)
{
	assert(length > 0 && length <= RECORD_BYTES_MAX);
	bytes_put_u16be(to, (uint16_t)length);
}
