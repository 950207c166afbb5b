/* Whatever a segment file holds, reading it stays inside, and judging its tail comes to an end. */
#include "fuzz.h"

#include "evidence/segment.h"

static struct sha256_context hasher;

static void walk(const struct segment_head *head, slice rest)
{
	struct segment_walk walk;
	struct frame frame;
	struct fault why;
	segment_walk_begin(&hasher, &walk, head);
	while (segment_walk_next(&walk, rest, true, &frame, &why) == E_OK) {
		assert(frame.total_bytes > 0 && frame.total_bytes <= rest.len);
		assert(walk.tree.size == frame.first_index + frame.count);
		rest = slice_from_offset(rest, frame.total_bytes);
	}
	enum segment_tail tail = segment_tail_judge(&hasher, rest, true, walk.block_bytes, walk.tree.size);
	assert(tail != SEGMENT_TAIL_EMPTY || segment_is_zero(rest));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	slice input = slice_from(bytes, length);
	struct segment_head head;
	struct fault why;
	size_t head_bytes;
	if (!hasher.state && sha256_context_init(&hasher, &why) != E_OK)
		return 0;
	if (segment_head_decode(&hasher, input, &head, &head_bytes, &why) == E_OK) {
		walk(&head, slice_from_offset(input, head_bytes));
	} else {
		(void)segment_head_judge(input, true);
		head = (struct segment_head){.block_bytes = SEGMENT_BLOCK_MIN};
		walk(&head, input);
	}
	return 0;
}
