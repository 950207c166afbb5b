#include "evidence/segment.h"

#include "evidence/bytes.h"
#include "evidence/crc32c.h"

#include <assert.h>
#include <string.h>

/* Not UTF-8, so that no text inside a record can look like one. */
static const char head_magic[8] = {'\xf7', 'T', 'P', 'S', 'L', 'O', 'G', '1'};

enum {
	HEAD_VERSION = 8,
	HEAD_BLOCK = 12,
	HEAD_SEQUENCE = 16,
	HEAD_FIRST_INDEX = 24,
	HEAD_TIME = 32,
	HEAD_PREVIOUS_FRAME = 40,
	HEAD_ROOT = 72,
	HEAD_ORIGIN_LENGTH = 104,
	HEAD_PEAK_COUNT = 106,
	HEAD_RESERVED = 108,
	HEAD_ORIGIN = 112,
	CRC_BYTES = 4
};

size_t segment_round_up(size_t bytes, uint32_t block_bytes)
{
	return (bytes + block_bytes - 1) / block_bytes * block_bytes;
}

bool segment_is_zero(slice bytes)
{
	/* Compared with itself one byte on: memcmp is the fastest loop there is. */
	return bytes.len == 0 || (bytes.ptr[0] == 0 && memcmp(bytes.ptr, bytes.ptr + 1, bytes.len - 1) == 0);
}

static bool is_block(uint32_t block_bytes)
{
	return block_bytes >= SEGMENT_BLOCK_MIN && block_bytes <= SEGMENT_BLOCK_MAX &&
	       (block_bytes & (block_bytes - 1)) == 0;
}

static size_t head_bytes(size_t origin_length, size_t peaks, uint32_t block_bytes)
{
	return segment_round_up(HEAD_ORIGIN + origin_length + peaks * MERKLE_HASH_BYTES + CRC_BYTES, block_bytes);
}

enum error segment_head_encode(struct sha256_context *hasher, const struct segment_head *head, struct buffer *ret_bytes,
			       struct fault *why)
{
	char fixed[HEAD_ORIGIN] = {0};
	size_t peaks = merkle_peak_count(head->tree.size);
	struct merkle_hash root;
	if (!is_block(head->block_bytes) || head->origin.len > SEGMENT_ORIGIN_BYTES_MAX)
		return FAIL(why, E_INVALID, "no segment with blocks of %u bytes and an origin of %zu",
			    head->block_bytes, head->origin.len);
	merkle_root(hasher, &head->tree, &root);
	memcpy(fixed, head_magic, sizeof(head_magic));
	bytes_put_u32(fixed + HEAD_VERSION, SEGMENT_VERSION);
	bytes_put_u32(fixed + HEAD_BLOCK, head->block_bytes);
	bytes_put_u64(fixed + HEAD_SEQUENCE, head->sequence);
	bytes_put_u64(fixed + HEAD_FIRST_INDEX, head->tree.size);
	bytes_put_u64(fixed + HEAD_TIME, head->time_ns);
	memcpy(fixed + HEAD_PREVIOUS_FRAME, head->previous_frame.bytes, MERKLE_HASH_BYTES);
	memcpy(fixed + HEAD_ROOT, root.bytes, MERKLE_HASH_BYTES);
	bytes_put_u16(fixed + HEAD_ORIGIN_LENGTH, (uint16_t)head->origin.len);
	bytes_put_u16(fixed + HEAD_PEAK_COUNT, (uint16_t)peaks);

	size_t start = ret_bytes->len;
	size_t total = head_bytes(head->origin.len, peaks, head->block_bytes);
	TRY(buffer_reserve(ret_bytes, total, why));
	buffer_add(ret_bytes, slice_from(fixed, sizeof(fixed)));
	buffer_add(ret_bytes, head->origin);
	buffer_add(ret_bytes, slice_from(head->tree.peaks, peaks * MERKLE_HASH_BYTES));
	memset(ret_bytes->ptr + ret_bytes->len, 0, start + total - ret_bytes->len);
	ret_bytes->len = start + total;
	uint32_t crc = crc32c(0, slice_from(ret_bytes->ptr + start, total));
	bytes_put_u32(ret_bytes->ptr + start + total - CRC_BYTES, crc);
	return E_OK;
}

bool segment_head_begins(slice bytes)
{
	return bytes.len >= SEGMENT_BLOCK_MIN && memcmp(bytes.ptr, head_magic, sizeof(head_magic)) == 0;
}

static bool crc_holds(slice bytes, size_t crc_at)
{
	static const char zeros[CRC_BYTES];
	uint32_t crc = crc32c(0, slice_sub(bytes, 0, crc_at));
	crc = crc32c(crc, slice_from(zeros, CRC_BYTES));
	crc = crc32c(crc, slice_from_offset(bytes, crc_at + CRC_BYTES));
	return crc == bytes_u32(bytes.ptr + crc_at);
}

enum error segment_head_decode(struct sha256_context *hasher, slice bytes, struct segment_head *ret_head,
			       size_t *ret_head_bytes, struct fault *why)
{
	if (!segment_head_begins(bytes))
		return FAIL(why, E_CORRUPT, "not the head of a segment");
	uint32_t version = bytes_u32(bytes.ptr + HEAD_VERSION), block_bytes = bytes_u32(bytes.ptr + HEAD_BLOCK);
	if (version != SEGMENT_VERSION)
		return FAIL(why, E_UNSUPPORTED, "a segment of version %u; this program reads version %u", version,
			    SEGMENT_VERSION);
	size_t origin_length = bytes_u16(bytes.ptr + HEAD_ORIGIN_LENGTH);
	size_t peaks = bytes_u16(bytes.ptr + HEAD_PEAK_COUNT);
	uint64_t size = bytes_u64(bytes.ptr + HEAD_FIRST_INDEX);
	if (!is_block(block_bytes) || origin_length > SEGMENT_ORIGIN_BYTES_MAX || peaks != merkle_peak_count(size) ||
	    peaks > MERKLE_PEAKS_MAX)
		return FAIL(why, E_CORRUPT, "a segment head with impossible lengths");
	size_t total = head_bytes(origin_length, peaks, block_bytes);
	if (bytes.len < total || !crc_holds(slice_sub(bytes, 0, total), total - CRC_BYTES))
		return FAIL(why, E_CORRUPT, "the checksum of a segment head does not fit");

	*ret_head = (struct segment_head){.block_bytes = block_bytes,
					  .sequence = bytes_u64(bytes.ptr + HEAD_SEQUENCE),
					  .time_ns = bytes_u64(bytes.ptr + HEAD_TIME),
					  .origin = slice_from(bytes.ptr + HEAD_ORIGIN, origin_length)};
	ret_head->tree.size = size;
	memcpy(ret_head->tree.peaks, bytes.ptr + HEAD_ORIGIN + origin_length, peaks * MERKLE_HASH_BYTES);
	memcpy(ret_head->previous_frame.bytes, bytes.ptr + HEAD_PREVIOUS_FRAME, MERKLE_HASH_BYTES);
	struct merkle_hash root;
	merkle_root(hasher, &ret_head->tree, &root);
	if (memcmp(root.bytes, bytes.ptr + HEAD_ROOT, MERKLE_HASH_BYTES) != 0)
		return FAIL(why, E_CORRUPT, "the root in a segment head is not that of its peaks");
	*ret_head_bytes = total;
	return E_OK;
}

size_t segment_head_used(slice bytes)
{
	if (!segment_head_begins(bytes))
		return bytes.len;
	size_t used = HEAD_ORIGIN + bytes_u16(bytes.ptr + HEAD_ORIGIN_LENGTH) +
		      (size_t)bytes_u16(bytes.ptr + HEAD_PEAK_COUNT) * MERKLE_HASH_BYTES;
	return used < bytes.len ? used : bytes.len;
}
