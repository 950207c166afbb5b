#include "evidence/segment.h"

#include "check.h"

#include <string.h>

#define FRAMES 5u
#define ROOM   65536u

/* A segment's frames, one after the other, each of two sectors of 512 with real content. */
struct film {
	struct sha256_context hasher;
	struct segment_head head;
	char bytes[ROOM];
	size_t offsets[FRAMES + 1];
};

static struct film *make_film(void)
{
	static struct film film;
	struct fault why;
	if (!film.hasher.state)
		CHECK_OK(sha256_context_init(&film.hasher, &why), why);
	film.head = (struct segment_head){.block_bytes = 512, .sequence = 1};
	memset(film.bytes, 0, sizeof(film.bytes));
	struct merkle_tree tree = {0};
	struct merkle_hash last = {0};
	size_t offset = 0;
	for (unsigned f = 0; f < FRAMES; f++) {
		char record[800];
		memset(record, (int)('a' + f), sizeof(record));
		char *at = film.bytes + offset;
		film.offsets[f] = offset;
		struct frame frame = {.first_index = tree.size, .count = 1, .first_time_ns = f, .last_time_ns = f};
		frame_put_length(at + FRAME_HEAD_BYTES, sizeof(record));
		memcpy(at + FRAME_HEAD_BYTES + 2, record, sizeof(record));
		merkle_append(&film.hasher, &tree, slice_from(record, sizeof(record)));
		merkle_root(&film.hasher, &tree, &frame.root);
		frame.previous_frame = last;
		frame_seal(&film.hasher, at, sizeof(record) + 2, 512, &frame, &last);
		offset += frame.total_bytes;
	}
	film.offsets[FRAMES] = offset;
	return &film;
}

/* Walks up to the first error; gives how many frames were fine. */
static unsigned walk_all(struct film *film, struct segment_walk *walk, enum error *ret_code)
{
	size_t offset = 0;
	unsigned frames = 0;
	segment_walk_begin(&film->hasher, walk, &film->head);
	for (;;) {
		struct frame frame;
		*ret_code =
			segment_walk_next(walk, slice_from(film->bytes + offset, ROOM - offset), true, &frame, NULL);
		if (*ret_code != E_OK)
			return frames;
		frames++;
		offset += frame.total_bytes;
	}
}

static enum segment_tail judge(struct film *film, unsigned frame)
{
	size_t offset = film->offsets[frame];
	return segment_tail_judge(&film->hasher, slice_from(film->bytes + offset, ROOM - offset), true, 512, frame);
}

TEST(a_whole_segment_is_walked_to_its_end)
{
	struct film *film = make_film();
	struct segment_walk walk;
	enum error code;
	CHECK_INT(walk_all(film, &walk, &code), FRAMES);
	CHECK_INT(code, E_NOT_FOUND);
	CHECK_INT(walk.tree.size, FRAMES);
	CHECK_INT(judge(film, FRAMES), SEGMENT_TAIL_EMPTY);
}

TEST(a_frame_left_out_or_doubled_breaks_the_walk)
{
	struct film *film = make_film();
	struct segment_walk walk;
	enum error code;
	memmove(film->bytes + film->offsets[1], film->bytes + film->offsets[2], ROOM - film->offsets[2]);
	CHECK_INT(walk_all(film, &walk, &code), 1);
	CHECK_INT(code, E_CORRUPT);
	CHECK_INT(walk.tree.size, 1);
	film = make_film();
	memcpy(film->bytes + film->offsets[3], film->bytes + film->offsets[2], 1024);
	CHECK_INT(walk_all(film, &walk, &code), 3);
	CHECK_INT(code, E_CORRUPT);
}

/* Seals the last frame again after `change`, so that its checksum is right and only the walk can object. */
static unsigned walk_with(void (*change)(struct frame *frame), bool change_body)
{
	struct film *film = make_film();
	struct segment_walk walk;
	struct merkle_hash hash;
	struct frame frame;
	enum error code;
	char *at = film->bytes + film->offsets[FRAMES - 1];
	CHECK_ERROR(frame_decode(&film->hasher, slice_from(at, 1024), 512, &frame, &hash, NULL), E_OK);
	if (change)
		change(&frame);
	if (change_body)
		at[FRAME_HEAD_BYTES + 100] ^= 1;
	frame_seal(&film->hasher, at, frame.body_bytes, 512, &frame, &hash);
	unsigned frames = walk_all(film, &walk, &code);
	CHECK(frames == FRAMES || code == E_CORRUPT);
	return frames;
}

static void earlier(struct frame *frame)
{
	frame->first_time_ns = frame->last_time_ns = 0;
}
static void later_start(struct frame *frame)
{
	frame->first_time_ns = frame->last_time_ns + 1;
}
static void other_count(struct frame *frame)
{
	frame->count = 2;
}
static void other_chain(struct frame *frame)
{
	frame->previous_frame.bytes[0] ^= 1;
}
static void other_index(struct frame *frame)
{
	frame->first_index++;
}

TEST(a_frame_whose_checksum_was_mended_still_does_not_fit)
{
	CHECK_INT(walk_with(NULL, false), FRAMES);
	CHECK_INT(walk_with(NULL, true), FRAMES - 1);
	CHECK_INT(walk_with(earlier, false), FRAMES - 1);
	CHECK_INT(walk_with(later_start, false), FRAMES - 1);
	CHECK_INT(walk_with(other_count, false), FRAMES - 1);
	CHECK_INT(walk_with(other_chain, false), FRAMES - 1);
	CHECK_INT(walk_with(other_index, false), FRAMES - 1);
}

TEST(a_write_that_lost_a_sector_is_torn_and_not_damage)
{
	for (size_t sector = 0; sector < 2; sector++) {
		struct film *film = make_film();
		memset(film->bytes + film->offsets[FRAMES - 1] + sector * 512, 0, 512);
		CHECK_INT(judge(film, FRAMES - 1), SEGMENT_TAIL_TORN);
	}
}

TEST(a_flipped_bit_in_the_last_frame_is_damage_and_not_a_torn_write)
{
	for (size_t at = 0; at < 900; at += 7) {
		struct film *film = make_film();
		film->bytes[film->offsets[FRAMES - 1] + at] ^= 4;
		CHECK_INT(judge(film, FRAMES - 1), SEGMENT_TAIL_DAMAGED);
	}
}

TEST(a_hole_with_anything_behind_it_is_damage)
{
	struct film *film = make_film();
	memset(film->bytes + film->offsets[2], 0, 512);
	CHECK_INT(judge(film, 2), SEGMENT_TAIL_DAMAGED);
	film = make_film();
	memset(film->bytes + film->offsets[2] + 512, 0, 512);
	CHECK_INT(judge(film, 2), SEGMENT_TAIL_DAMAGED);
	film = make_film();
	memset(film->bytes + film->offsets[FRAMES - 1], 0, 512);
	CHECK_INT(segment_tail_judge(&film->hasher, slice_from(film->bytes + film->offsets[FRAMES - 1], 2048), false,
				     512, FRAMES - 1),
		  SEGMENT_TAIL_DAMAGED);
	/* A whole frame that does not belong here. */
	film = make_film();
	CHECK_INT(judge(film, 1), SEGMENT_TAIL_DAMAGED);
}

TEST(a_head_is_torn_only_where_nothing_stands_behind_it)
{
	struct film *film = make_film();
	struct buffer bytes;
	struct fault why;
	film->head.tree.size = (1u << 20) - 1;
	memset(film->head.tree.peaks, 0x11, sizeof(film->head.tree.peaks));
	buffer_init(&bytes, SEGMENT_HEAD_BYTES_MAX);
	CHECK_OK(segment_head_encode(&film->hasher, &film->head, &bytes, &why), why);
	char room[SEGMENT_HEAD_BYTES_MAX] = {0};
	slice head = slice_from(room, sizeof(room));
	CHECK_INT(segment_head_judge(head, true), SEGMENT_TAIL_EMPTY);
	CHECK_INT(segment_head_judge(head, false), SEGMENT_TAIL_DAMAGED);
	memcpy(room, bytes.ptr, 512);
	CHECK(bytes.len == 1024);
	CHECK_INT(segment_head_judge(head, true), SEGMENT_TAIL_TORN);
	memcpy(room, bytes.ptr, 1024);
	room[40] ^= 1;
	CHECK_INT(segment_head_judge(head, true), SEGMENT_TAIL_DAMAGED);
	buffer_free(&bytes);
}
