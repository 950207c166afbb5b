#include "evidence/segment.h"

void segment_walk_begin(struct sha256_context *hasher, struct segment_walk *walk, const struct segment_head *head)
{
	*walk = (struct segment_walk){.hasher = hasher,
				      .tree = head->tree,
				      .last_frame = head->previous_frame,
				      .last_time_ns = head->time_ns,
				      .block_bytes = head->block_bytes};
}

static enum error check_order(const struct segment_walk *walk, const struct frame *frame, struct fault *why)
{
	if (frame->first_index != walk->tree.size)
		return FAIL(why, E_CORRUPT, "a frame begins with record %llu where %llu is next",
			    (unsigned long long)frame->first_index, (unsigned long long)walk->tree.size);
	if (!merkle_hash_equal(&frame->previous_frame, &walk->last_frame))
		return FAIL(why, E_CORRUPT, "a frame does not chain to the one before it");
	if (frame->last_time_ns < walk->last_time_ns || frame->first_time_ns > frame->last_time_ns)
		return FAIL(why, E_CORRUPT, "the time of a frame is before that of the one before it");
	return E_OK;
}

static enum error take_records(struct sha256_context *hasher, struct merkle_tree *tree, const struct frame *frame,
			       struct fault *why)
{
	slice rest = frame->body, record;
	uint32_t count = 0;
	while (rest.len > 0) {
		TRY(frame_next_record(&rest, &record, why));
		merkle_append(hasher, tree, record);
		count++;
	}
	if (count != frame->count)
		return FAIL(why, E_CORRUPT, "a frame of %u records says that it has %u", count, frame->count);
	return E_OK;
}

enum error segment_walk_next(struct segment_walk *walk, slice bytes, bool check_root, struct frame *ret_frame,
			     struct fault *why)
{
	struct merkle_hash hash, root;
	TRY(frame_decode(walk->hasher, bytes, walk->block_bytes, ret_frame, &hash, why));
	TRY(check_order(walk, ret_frame, why));
	struct merkle_tree tree = walk->tree;
	TRY(take_records(walk->hasher, &tree, ret_frame, why));
	if (check_root) {
		merkle_root(walk->hasher, &tree, &root);
		if (!merkle_hash_equal(&root, &ret_frame->root))
			return FAIL(why, E_CORRUPT, "the root in a frame is not that of the records up to it");
	}
	walk->tree = tree;
	walk->last_frame = hash;
	walk->last_time_ns = ret_frame->last_time_ns;
	return E_OK;
}

/* Some sector of [0, end) that a torn write can have left out: it holds nothing. */
static bool has_hole(slice bytes, size_t end)
{
	for (size_t at = 0; at < end; at += SEGMENT_BLOCK_MIN)
		if (segment_is_zero(slice_sub(bytes, at, at + SEGMENT_BLOCK_MIN)))
			return true;
	return false;
}

/* Does a whole frame stand behind a place where none can be read? Then that place was acknowledged. */
static bool has_later_frame(struct sha256_context *hasher, slice rest, uint32_t block_bytes, uint64_t next_index)
{
	struct frame frame;
	struct merkle_hash hash;
	for (size_t at = block_bytes; at < rest.len; at += block_bytes)
		if (frame_decode(hasher, slice_from_offset(rest, at), block_bytes, &frame, &hash, NULL) == E_OK &&
		    frame.first_index > next_index)
			return true;
	return false;
}

enum segment_tail segment_tail_judge(struct sha256_context *hasher, slice rest, bool behind_is_zero,
				     uint32_t block_bytes, uint64_t next_index)
{
	struct frame frame;
	struct merkle_hash hash;
	if (!behind_is_zero)
		return SEGMENT_TAIL_DAMAGED;
	if (segment_is_zero(rest))
		return SEGMENT_TAIL_EMPTY;
	enum error code = frame_peek(rest, block_bytes, &frame, NULL);
	/* Its first sector arrived, so it tells the truth about the write. Sectors of padding are zero in any case. */
	if (code == E_OK && frame.first_index == next_index && frame.total_bytes <= rest.len &&
	    frame_decode(hasher, rest, block_bytes, &frame, &hash, NULL) != E_OK &&
	    segment_is_zero(slice_from_offset(rest, frame.total_bytes)) &&
	    has_hole(rest, FRAME_HEAD_BYTES + frame.body_bytes))
		return SEGMENT_TAIL_TORN;
	if (code == E_NOT_FOUND && !has_later_frame(hasher, rest, block_bytes, next_index))
		return SEGMENT_TAIL_TORN;
	return SEGMENT_TAIL_DAMAGED;
}

enum segment_tail segment_head_judge(slice bytes, bool behind_is_zero)
{
	if (!behind_is_zero || !segment_is_zero(slice_from_offset(bytes, SEGMENT_HEAD_BYTES_MAX)))
		return SEGMENT_TAIL_DAMAGED;
	slice head = slice_sub(bytes, 0, SEGMENT_HEAD_BYTES_MAX);
	if (segment_is_zero(head))
		return SEGMENT_TAIL_EMPTY;
	/* Its first sector came as a whole or not at all. */
	if (!segment_is_zero(slice_sub(head, 0, SEGMENT_BLOCK_MIN)) && !segment_head_begins(head))
		return SEGMENT_TAIL_DAMAGED;
	return has_hole(head, segment_head_used(head)) ? SEGMENT_TAIL_TORN : SEGMENT_TAIL_DAMAGED;
}
