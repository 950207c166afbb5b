#include "evidence/segment.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

static struct sha256_context hasher;

/* A frame with the records "a", "bb", "ccc", sealed into `bytes` (4096). */
static struct frame make_frame(char *bytes, uint32_t block_bytes, struct merkle_hash *ret_hash)
{
	static const slice records[] = {SLICE_INIT("a"), SLICE_INIT("bb"), SLICE_INIT("ccc")};
	struct fault why;
	if (!hasher.state)
		CHECK_OK(sha256_context_init(&hasher, &why), why);
	size_t body = 0;
	memset(bytes, 0x55, 4096);
	for (size_t i = 0; i < 3; i++) {
		frame_put_length(bytes + FRAME_HEAD_BYTES + body, records[i].len);
		memcpy(bytes + FRAME_HEAD_BYTES + body + 2, records[i].ptr, records[i].len);
		body += 2 + records[i].len;
	}
	struct frame frame = {.first_index = 7, .count = 3, .first_time_ns = 5, .last_time_ns = 6};
	frame_seal(&hasher, bytes, body, block_bytes, &frame, ret_hash);
	return frame;
}

TEST(a_frame_comes_back_with_its_records)
{
	char bytes[4096];
	struct merkle_hash hash, hash_back;
	struct frame back;
	struct fault why;
	make_frame(bytes, 512, &hash);
	CHECK_OK(frame_decode(&hasher, slice_from(bytes, 4096), 512, &back, &hash_back, &why), why);
	CHECK_INT(back.total_bytes, 512);
	CHECK_INT(back.first_index, 7);
	CHECK_INT(back.count, 3);
	CHECK_INT(back.last_time_ns, 6);
	CHECK(merkle_hash_equal(&hash, &hash_back));
	slice rest = back.body, record;
	CHECK_OK(frame_next_record(&rest, &record, &why), why);
	CHECK_SLICE(record, SLICE("a"));
	CHECK_OK(frame_next_record(&rest, &record, &why), why);
	CHECK_OK(frame_next_record(&rest, &record, &why), why);
	CHECK_SLICE(record, SLICE("ccc"));
	CHECK_ERROR(frame_next_record(&rest, &record, NULL), E_NOT_FOUND);
}

TEST(no_flipped_bit_goes_unseen_padding_included)
{
	char bytes[4096];
	struct merkle_hash hash;
	struct frame frame = make_frame(bytes, 512, &hash), back;
	for (size_t i = 0; i < frame.total_bytes; i++) {
		bytes[i] ^= (char)(1 << i % 8);
		CHECK(frame_decode(&hasher, slice_from(bytes, frame.total_bytes), 512, &back, &hash, NULL) != E_OK);
		bytes[i] ^= (char)(1 << i % 8);
	}
}

TEST(a_frame_cut_short_says_how_long_it_is_and_zeros_are_no_frame)
{
	char bytes[4096], zeros[4096] = {0};
	struct merkle_hash hash;
	struct frame back;
	make_frame(bytes, 4096, &hash);
	CHECK_ERROR(frame_decode(&hasher, slice_from(bytes, 512), 4096, &back, &hash, NULL), E_AGAIN);
	CHECK_INT(back.total_bytes, 4096);
	CHECK_ERROR(frame_decode(&hasher, slice_from(bytes, 20), 4096, &back, &hash, NULL), E_AGAIN);
	CHECK_ERROR(frame_decode(&hasher, slice_from(zeros, 4096), 512, &back, &hash, NULL), E_NOT_FOUND);
	bytes[0] ^= 1;
	CHECK_ERROR(frame_peek(slice_from(bytes, 4096), 4096, &back, NULL), E_CORRUPT);
}

TEST(lengths_inside_a_body_are_not_believed)
{
	slice rest = SLICE("\x00"), record;
	CHECK_ERROR(frame_next_record(&rest, &record, NULL), E_CORRUPT);
	rest = SLICE("\x00\x05"
		     "abcd");
	CHECK_ERROR(frame_next_record(&rest, &record, NULL), E_CORRUPT);
	rest = SLICE("\x00\x00"
		     "abcd");
	CHECK_ERROR(frame_next_record(&rest, &record, NULL), E_CORRUPT);
}
