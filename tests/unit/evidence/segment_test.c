#include "evidence/segment.h"

#include "base/memory.h"

#include "check.h"

static struct sha256_context hasher;

static struct segment_head a_head(void)
{
	struct fault why;
	if (!hasher.state)
		CHECK_OK(sha256_context_init(&hasher, &why), why);
	struct segment_head head = {.block_bytes = 512, .sequence = 3, .time_ns = 99, .origin = SLICE("tipstaff/n1")};
	for (unsigned i = 0; i < 1000; i++)
		merkle_append(&hasher, &head.tree, slice_from(&i, sizeof(i)));
	head.previous_frame.bytes[3] = 7;
	return head;
}

TEST(a_head_comes_back_and_carries_the_tree_so_far)
{
	struct segment_head head = a_head(), back;
	struct buffer bytes;
	struct fault why;
	size_t length;
	buffer_init(&bytes, SEGMENT_HEAD_BYTES_MAX);
	CHECK_OK(segment_head_encode(&hasher, &head, &bytes, &why), why);
	CHECK_INT(bytes.len % 512, 0);
	CHECK_OK(segment_head_decode(&hasher, buffer_slice(&bytes), &back, &length, &why), why);
	CHECK_INT(length, bytes.len);
	CHECK_INT(back.sequence, 3);
	CHECK_INT(back.time_ns, 99);
	CHECK_INT(back.tree.size, 1000);
	CHECK_SLICE(back.origin, head.origin);
	CHECK(merkle_hash_equal(&back.previous_frame, &head.previous_frame));
	for (size_t i = 0; i < merkle_peak_count(1000); i++)
		CHECK(merkle_hash_equal(&back.tree.peaks[i], &head.tree.peaks[i]));
	buffer_free(&bytes);
}

TEST(the_longest_head_fits_its_maximum)
{
	static char origin[SEGMENT_ORIGIN_BYTES_MAX];
	struct segment_head head = a_head();
	struct buffer bytes;
	struct fault why;
	head.origin = slice_from(origin, sizeof(origin));
	head.tree.size = UINT64_MAX >> 1;
	head.block_bytes = 4096;
	buffer_init(&bytes, SEGMENT_HEAD_BYTES_MAX);
	CHECK_OK(segment_head_encode(&hasher, &head, &bytes, &why), why);
	buffer_free(&bytes);
}

TEST(no_flipped_bit_of_a_head_goes_unseen)
{
	struct segment_head head = a_head(), back;
	struct buffer bytes;
	struct fault why;
	size_t length;
	buffer_init(&bytes, SEGMENT_HEAD_BYTES_MAX);
	CHECK_OK(segment_head_encode(&hasher, &head, &bytes, &why), why);
	for (size_t i = 0; i < bytes.len; i++) {
		bytes.ptr[i] ^= (char)(1 << i % 8);
		enum error code = segment_head_decode(&hasher, buffer_slice(&bytes), &back, &length, NULL);
		CHECK(code == E_CORRUPT || code == E_UNSUPPORTED);
		bytes.ptr[i] ^= (char)(1 << i % 8);
	}
	for (size_t cut = 0; cut < bytes.len; cut += 100)
		CHECK_ERROR(segment_head_decode(&hasher, slice_from(bytes.ptr, cut), &back, &length, NULL), E_CORRUPT);
	buffer_free(&bytes);
}

TEST(a_later_version_is_not_guessed_at)
{
	struct segment_head head = a_head(), back;
	struct buffer bytes;
	struct fault why;
	size_t length;
	buffer_init(&bytes, SEGMENT_HEAD_BYTES_MAX);
	CHECK_OK(segment_head_encode(&hasher, &head, &bytes, &why), why);
	bytes.ptr[8] = SEGMENT_VERSION + 1;
	CHECK_ERROR(segment_head_decode(&hasher, buffer_slice(&bytes), &back, &length, NULL), E_UNSUPPORTED);
	buffer_free(&bytes);
}

TEST(impossible_heads_are_not_written)
{
	static char origin[SEGMENT_ORIGIN_BYTES_MAX + 1];
	struct segment_head head = a_head();
	struct buffer bytes;
	buffer_init(&bytes, SEGMENT_HEAD_BYTES_MAX);
	head.block_bytes = 1000;
	CHECK_ERROR(segment_head_encode(&hasher, &head, &bytes, NULL), E_INVALID);
	head = a_head();
	head.origin = slice_from(origin, sizeof(origin));
	CHECK_ERROR(segment_head_encode(&hasher, &head, &bytes, NULL), E_INVALID);
	head = a_head();
	memory_fail_at(1);
	CHECK_ERROR(segment_head_encode(&hasher, &head, &bytes, NULL), E_MEMORY);
	memory_fail_at(0);
	buffer_free(&bytes);
	buffer_init(&bytes, 100);
	CHECK_ERROR(segment_head_encode(&hasher, &head, &bytes, NULL), E_LIMIT);
	buffer_free(&bytes);
}
