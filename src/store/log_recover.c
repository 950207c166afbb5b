/* What a log's directory holds after a clean end or a crash, and what of it can be trusted. */
#include "store/log_writer_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

struct recovering {
	struct log_writer *writer;
	struct log_recovery *recovery;
	struct log_window window;
	uint64_t first, last, names; /* sequences of the files that are there */
};

static void see_name(void *visitor, const char *name)
{
	struct recovering *r = visitor;
	uint64_t sequence;
	if (!log_segment_sequence(slice_of(name), &sequence))
		return;
	if (r->names++ == 0 || sequence < r->first)
		r->first = sequence;
	if (sequence > r->last)
		r->last = sequence;
}

/* The first record that cannot be trusted is the next one. */
static enum error damaged(struct recovering *r, uint64_t sequence, uint64_t index, uint64_t offset,
			  const struct fault *reason, struct fault *why)
{
	r->recovery->bad_sequence = sequence;
	r->recovery->bad_index = index;
	r->recovery->bad_offset = offset;
	return FAIL(why, E_CORRUPT,
		    "record %" PRIu64 " of the log is damaged (segment %" PRIu64 ", byte %" PRIu64 "): %s", index,
		    sequence, offset, fault_sentence(reason));
}

struct opened {
	int file;
	uint32_t block_bytes;
	struct log_file_state state;
	struct segment_head head;
	size_t head_bytes;
};

static void close_segment(struct recovering *r, struct opened *opened)
{
	if (opened->file >= 0)
		r->writer->io.close_file(r->writer->io.context, opened->file);
	opened->file = -1;
}

static enum error open_segment(struct recovering *r, uint64_t sequence, struct opened *opened, struct fault *why)
{
	const struct log_io *io = &r->writer->io;
	char name[LOG_SEGMENT_NAME_BYTES];
	log_segment_name(sequence, name);
	opened->file = io->open_file(io->context, name, false, &opened->block_bytes);
	if (opened->file < 0)
		return FAIL(why, E_IO, "%s cannot be opened: %s", name, strerror(errno));
	if (io->state_of_file(io->context, opened->file, &opened->state) != 0)
		return FAIL(why, E_IO, "%s: %s", name, strerror(errno));
	log_window_open(&r->window, opened->file, opened->state.size_bytes);
	return E_OK;
}

static enum error check_head(struct recovering *r, uint64_t sequence, const struct segment_head *head,
			     struct fault *why)
{
	struct log_writer *writer = r->writer;
	if (head->sequence != sequence)
		return FAIL(why, E_CORRUPT, "a segment's head says that it is number %" PRIu64, head->sequence);
	if (writer->origin_length == 0) {
		memcpy(writer->origin, head->origin.ptr, head->origin.len);
		writer->origin_length = head->origin.len;
	}
	if (!slice_equal(head->origin, log_writer_origin(writer)))
		return FAIL(why, E_INVALID, "this is the log %.*s, not %.*s", SLICE_ARG(head->origin),
			    SLICE_ARG(log_writer_origin(writer)));
	return E_OK;
}

/*
 * Reads the head. E_NOT_FOUND: the segment was never begun (its head is absent or torn, and nothing stands behind it).
 * E_CORRUPT: it was, and the head is damaged.
 */
static enum error read_head(struct recovering *r, uint64_t sequence, struct opened *opened, struct fault *why)
{
	slice bytes;
	TRY(log_window_at(&r->window, 0, SEGMENT_HEAD_BYTES_MAX, &bytes, why));
	enum error code = segment_head_decode(&r->writer->hasher, bytes, &opened->head, &opened->head_bytes, why);
	if (code == E_OK)
		return check_head(r, sequence, &opened->head, why);
	if (code != E_CORRUPT)
		return code;
	if (segment_is_zero(slice_sub(bytes, 0, SEGMENT_HEAD_BYTES_MAX)))
		return FAIL(why, E_NOT_FOUND, "segment %" PRIu64 " was never begun", sequence);
	struct fault ignored;
	bool behind_is_zero;
	TRY(log_window_is_zero(&r->window, SEGMENT_HEAD_BYTES_MAX, &behind_is_zero, &ignored));
	TRY(log_window_at(&r->window, 0, SEGMENT_HEAD_BYTES_MAX, &bytes, &ignored));
	if (segment_head_judge(slice_sub(bytes, 0, SEGMENT_HEAD_BYTES_MAX), behind_is_zero) != SEGMENT_TAIL_TORN)
		return E_CORRUPT;
	r->recovery->torn_bytes += SEGMENT_HEAD_BYTES_MAX;
	TRY(log_writer_write_zeros(r->writer, opened->file, 0, SEGMENT_HEAD_BYTES_MAX, why));
	return FAIL(why, E_NOT_FOUND, "segment %" PRIu64 " was never begun", sequence);
}

/* Walks the frames. On return the walk stands behind the last good one, at `*ret_offset`; E_NOT_FOUND is the end. */
static enum error walk_frames(struct recovering *r, const struct opened *opened, bool check_root,
			      struct segment_walk *walk, uint64_t *ret_offset, struct fault *why)
{
	struct frame last = {0};
	segment_walk_begin(&r->writer->hasher, walk, &opened->head);
	*ret_offset = opened->head_bytes;
	for (;;) {
		slice bytes;
		struct frame frame;
		/* Most frames are small; a long one is asked for in full once its length is known. */
		TRY(log_window_at(&r->window, *ret_offset, SEGMENT_BLOCK_MAX, &bytes, why));
		enum error code = bytes.len == 0 ? FAIL(why, E_NOT_FOUND, "the end of the file")
						 : segment_walk_next(walk, bytes, check_root, &frame, why);
		if (code == E_AGAIN) {
			TRY(log_window_at(&r->window, *ret_offset, frame.total_bytes, &bytes, why));
			code = segment_walk_next(walk, bytes, check_root, &frame, why);
		}
		if (code != E_OK) {
			struct merkle_hash root;
			merkle_root(&r->writer->hasher, &walk->tree, &root);
			if (last.count > 0 && !merkle_hash_equal(&root, &last.root))
				return FAIL(why, E_OVERFLOW, "the root does not fit");
			return code;
		}
		last = frame;
		r->writer->tail_offset = *ret_offset;
		*ret_offset += frame.total_bytes;
	}
}

/* What stands behind the last good frame: nothing, a torn write (cut off), or damage. */
static enum error end_frames(struct recovering *r, uint64_t sequence, const struct opened *opened,
			     const struct segment_walk *walk, uint64_t offset, const struct fault *reason,
			     struct fault *why)
{
	struct log_writer *writer = r->writer;
	slice rest;
	bool behind_is_zero;
	TRY(log_window_is_zero(&r->window, offset + FRAME_BYTES_MAX, &behind_is_zero, why));
	TRY(log_window_at(&r->window, offset, FRAME_BYTES_MAX, &rest, why));
	switch (segment_tail_judge(&writer->hasher, slice_sub(rest, 0, FRAME_BYTES_MAX), behind_is_zero,
				   opened->head.block_bytes, walk->tree.size)) {
	case SEGMENT_TAIL_EMPTY:
		return E_OK;
	case SEGMENT_TAIL_TORN:
		break;
	case SEGMENT_TAIL_DAMAGED:
		return damaged(r, sequence, walk->tree.size, offset, reason, why);
	}
	uint64_t end = offset + FRAME_BYTES_MAX;
	if (end > opened->state.size_bytes)
		end = opened->state.size_bytes;
	TRY(log_writer_write_zeros(writer, opened->file, offset, end, why));
	r->recovery->torn_bytes += end - offset;
	return E_OK;
}

static enum error walk_segment(struct recovering *r, uint64_t sequence, const struct opened *opened,
			       struct segment_walk *walk, uint64_t *ret_offset, struct fault *why)
{
	struct fault reason = {0};
	enum error code = walk_frames(r, opened, false, walk, ret_offset, &reason);
	if (code == E_OVERFLOW) {
		/* Some frame's root is wrong: once more, slowly, to find the first. */
		code = walk_frames(r, opened, true, walk, ret_offset, &reason);
		return damaged(r, sequence, walk->tree.size, *ret_offset, &reason, why);
	}
	if (code == E_IO)
		return FAIL(why, E_IO, "%s", reason.sentence);
	return end_frames(r, sequence, opened, walk, *ret_offset, &reason, why);
}

/* The last segment that was begun becomes the active one. */
static enum error activate(struct recovering *r, uint64_t sequence, struct opened *opened, struct fault *why)
{
	struct log_writer *writer = r->writer;
	struct segment_walk walk;
	uint64_t offset;
	TRY(walk_segment(r, sequence, opened, &walk, &offset, why));
	writer->walk = walk;
	writer->file = opened->file;
	opened->file = -1;
	writer->sequence = sequence;
	writer->block_bytes = opened->head.block_bytes;
	writer->size_bytes = opened->state.size_bytes & ~(uint64_t)(opened->head.block_bytes - 1);
	writer->position = offset;
	writer->next.sequence = sequence + 1;
	/* A log that came from a device with smaller blocks goes on in a new segment. */
	if (opened->block_bytes > opened->head.block_bytes)
		writer->size_bytes = offset;
	writer->settled = true;
	if (writer->io.state_of_file(writer->io.context, writer->file, &writer->left) != 0)
		return FAIL(why, E_IO, "the log's file cannot be looked at: %s", strerror(errno));
	return E_OK;
}

/* A segment is missing or its head is damaged: the first bad record is the one after those of the segment before. */
static enum error lost_segment(struct recovering *r, uint64_t sequence, const struct fault *reason, struct fault *why)
{
	struct opened opened = {.file = -1};
	struct segment_walk walk;
	struct fault ignored = {0};
	uint64_t offset, index = 0;
	if (sequence > r->first) {
		enum error code = open_segment(r, sequence - 1, &opened, &ignored);
		if (code == E_OK)
			code = read_head(r, sequence - 1, &opened, &ignored);
		if (code == E_OK)
			code = walk_frames(r, &opened, false, &walk, &offset, &ignored);
		if (code == E_NOT_FOUND)
			index = walk.tree.size;
		close_segment(r, &opened);
	}
	return damaged(r, sequence, index, 0, reason, why);
}

static enum error recover_segment(struct recovering *r, uint64_t sequence, struct fault *why)
{
	struct opened opened = {.file = -1};
	struct fault reason = {0};
	enum error code = open_segment(r, sequence, &opened, &reason);
	if (code == E_OK)
		code = read_head(r, sequence, &opened, &reason);
	bool is_last = sequence == r->last;
	if (code == E_OK && !is_last) {
		/* The next one may turn out never to have been begun; then we come back. */
		code = log_writer_keep_sealed(r->writer, sequence, &opened.state, &reason);
	} else if (code == E_OK) {
		code = activate(r, sequence, &opened, &reason);
	} else if (code == E_NOT_FOUND && is_last) {
		close_segment(r, &opened);
		r->writer->next.sequence = sequence;
		if (sequence == r->first)
			return E_OK;
		r->last = sequence - 1;
		r->writer->sealed_count--;
		r->writer->sealed_bytes -= r->writer->sealed[r->writer->sealed_count].state.size_bytes;
		return recover_segment(r, sequence - 1, why);
	} else if (code == E_CORRUPT || code == E_NOT_FOUND) {
		close_segment(r, &opened);
		return lost_segment(r, sequence, &reason, why);
	}
	close_segment(r, &opened);
	if (code != E_OK && why)
		*why = reason;
	return code;
}

static enum error recover_all(struct recovering *r, struct fault *why)
{
	if (r->writer->io.each_name(r->writer->io.context, see_name, r) != 0)
		return FAIL(why, E_IO, "the log's directory cannot be read: %s", strerror(errno));
	if (r->names == 0)
		return E_OK;
	struct fault reason = {0};
	if (r->first != 1) {
		(void)!FAIL(&reason, E_CORRUPT, "the first segment is missing");
		return damaged(r, 1, 0, 0, &reason, why);
	}
	uint64_t last = r->last;
	for (uint64_t sequence = 1; sequence <= last; sequence++) {
		char name[LOG_SEGMENT_NAME_BYTES];
		struct log_file_state state;
		log_segment_name(sequence, name);
		if (r->names != last && r->writer->io.state_of_name(r->writer->io.context, name, &state) != 0) {
			(void)!FAIL(&reason, E_CORRUPT, "segment %" PRIu64 " is missing", sequence);
			return lost_segment(r, sequence, &reason, why);
		}
		TRY(recover_segment(r, sequence, why));
	}
	return E_OK;
}

enum error log_writer_recover(struct log_writer *writer, struct log_recovery *recovery, struct fault *why)
{
	struct recovering r = {.writer = writer, .recovery = recovery};
	log_window_init(&r.window, &writer->io);
	enum error code = recover_all(&r, why);
	log_window_free(&r.window);
	return code;
}
