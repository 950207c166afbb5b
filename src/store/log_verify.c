#include "store/log_verify.h"

#include "store/log_files.h"
#include "store/log_verify_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct verifying {
	const struct log_verify_options *options;
	struct log_verify_report *report;
	int directory_fd;
	int file;
	struct sha256_context hasher;
	struct log_window window;
	struct segment_walk walk; /* through the whole log */
	struct verify_checkpoints checkpoints;
	uint64_t agreed; /* records under the last checkpoint that agreed */
	bool begun; /* a segment was walked */
};

/* Every damage is told in the same way: where, and that the next record is the first that cannot be trusted. */
static enum error damaged(struct verifying *v, uint64_t sequence, uint64_t index, uint64_t offset, const char *what,
			  struct fault *why)
{
	struct log_verify_report *report = v->report;
	report->bad_index = index;
	report->bad_offset = offset;
	log_segment_name(sequence, report->bad_file);
	return FAIL(why, E_CORRUPT, "%s", what);
}

static bool at_end(const struct verifying *v)
{
	return v->options->end != 0 && v->walk.tree.size >= v->options->end;
}

/* The head of a segment must say what the segments before it came to. */
static enum error check_head(struct verifying *v, uint64_t sequence, const struct segment_head *head, struct fault *why)
{
	struct merkle_hash expected, root;
	merkle_root(&v->hasher, &v->walk.tree, &expected);
	merkle_root(&v->hasher, &head->tree, &root);
	uint64_t index = v->walk.tree.size;
	if (head->sequence != sequence)
		return damaged(v, sequence, index, 0, "the segment says that it is another one", why);
	if (!v->begun)
		snprintf(v->report->origin, sizeof(v->report->origin), "%.*s", SLICE_ARG(head->origin));
	if (!slice_equal(head->origin, slice_of(v->report->origin)))
		return damaged(v, sequence, index, 0, "the segment is of another log", why);
	if (head->tree.size != index || !merkle_hash_equal(&expected, &root))
		return damaged(v, sequence, index, 0,
			       "the segment does not begin with the tree that the one before left", why);
	if (!merkle_hash_equal(&head->previous_frame, &v->walk.last_frame))
		return damaged(v, sequence, index, 0, "the segment does not chain to the one before", why);
	if (head->time_ns < v->walk.last_time_ns)
		return damaged(v, sequence, index, 0, "the segment is older than the one before", why);
	return E_OK;
}

static enum error check_checkpoint(struct verifying *v, const struct verify_checkpoint *checkpoint,
				   const struct merkle_tree *tree, struct fault *why)
{
	struct merkle_hash root;
	merkle_root(&v->hasher, tree, &root);
	if (merkle_hash_equal(&root, &checkpoint->root)) {
		v->agreed = checkpoint->size;
		return E_OK;
	}
	v->report->bad_index = v->agreed;
	snprintf(v->report->bad_file, sizeof(v->report->bad_file), "%.63s", checkpoint->name);
	return FAIL(why, E_CORRUPT, "the checkpoint at %" PRIu64 " records has another root than the log",
		    checkpoint->size);
}

/* Holds every checkpoint that lies in this frame against the tree at its size. */
static enum error check_checkpoints(struct verifying *v, struct merkle_tree *tree, const struct frame *frame,
				    struct fault *why)
{
	slice rest = frame->body, record;
	while (v->checkpoints.next < v->checkpoints.count) {
		const struct verify_checkpoint *checkpoint = &v->checkpoints.items[v->checkpoints.next];
		if (checkpoint->size > frame->first_index + frame->count)
			return E_OK;
		while (tree->size < checkpoint->size) {
			TRY(frame_next_record(&rest, &record, why));
			merkle_append(&v->hasher, tree, record);
		}
		TRY(check_checkpoint(v, checkpoint, tree, why));
		v->checkpoints.next++;
	}
	return E_OK;
}

/* E_NOT_FOUND: no whole frame at `offset`. */
static enum error verify_frame(struct verifying *v, uint64_t sequence, uint64_t offset, struct frame *frame,
			       struct fault *why)
{
	struct fault reason = {0};
	struct merkle_tree before = v->walk.tree;
	slice bytes;
	TRY(log_window_at(&v->window, offset, SEGMENT_BLOCK_MAX, &bytes, why));
	enum error code = bytes.len == 0 ? FAIL(&reason, E_NOT_FOUND, "the end of the file")
					 : segment_walk_next(&v->walk, bytes, true, frame, &reason);
	if (code == E_AGAIN) {
		TRY(log_window_at(&v->window, offset, frame->total_bytes, &bytes, why));
		code = segment_walk_next(&v->walk, bytes, true, frame, &reason);
	}
	if (code == E_OK)
		return check_checkpoints(v, &before, frame, why);
	if (code == E_NOT_FOUND)
		return code;
	(void)!damaged(v, sequence, v->walk.tree.size, offset, fault_sentence(&reason), why);
	return E_CORRUPT;
}

/* Behind the last frame: zeros, or in the last segment a write that was never finished. */
static enum error verify_tail(struct verifying *v, uint64_t sequence, uint64_t offset, bool is_last, struct fault *why)
{
	slice rest;
	bool behind_is_zero;
	TRY(log_window_is_zero(&v->window, offset + FRAME_BYTES_MAX, &behind_is_zero, why));
	TRY(log_window_at(&v->window, offset, FRAME_BYTES_MAX, &rest, why));
	enum segment_tail tail = segment_tail_judge(&v->hasher, slice_sub(rest, 0, FRAME_BYTES_MAX), behind_is_zero,
						    v->walk.block_bytes, v->walk.tree.size);
	if (tail == SEGMENT_TAIL_EMPTY)
		return E_OK;
	if (tail == SEGMENT_TAIL_TORN && is_last) {
		v->report->torn_tail = true;
		return E_OK;
	}
	return damaged(v, sequence, v->walk.tree.size, offset,
		       "bytes that belong to no frame stand behind the last one", why);
}

static enum error verify_frames(struct verifying *v, uint64_t sequence, uint64_t offset, bool is_last,
				struct fault *why)
{
	struct frame frame;
	enum error code = E_OK;
	while (!at_end(v)) {
		code = verify_frame(v, sequence, offset, &frame, why);
		if (code == E_NOT_FOUND)
			return verify_tail(v, sequence, offset, is_last, why);
		if (code != E_OK) {
			/* A last frame that does not decode may be a write that was never finished. */
			slice rest;
			struct fault ignored;
			if (code == E_CORRUPT && is_last && v->report->bad_offset == offset &&
			    log_window_at(&v->window, offset, FRAME_BYTES_MAX, &rest, &ignored) == E_OK &&
			    verify_tail(v, sequence, offset, is_last, &ignored) == E_OK) {
				v->report->bad_index = UINT64_MAX;
				return E_OK;
			}
			return code;
		}
		offset += frame.total_bytes;
		v->report->bytes += frame.total_bytes;
	}
	return E_OK;
}

/* A segment made ahead holds zeros only; a head that was torn while it was begun is no damage. */
static enum error verify_unused(struct verifying *v, uint64_t sequence, bool *ret_unused, struct fault *why)
{
	slice bytes;
	bool behind_is_zero;
	TRY(log_window_is_zero(&v->window, SEGMENT_HEAD_BYTES_MAX, &behind_is_zero, why));
	TRY(log_window_at(&v->window, 0, SEGMENT_HEAD_BYTES_MAX, &bytes, why));
	enum segment_tail judged = segment_head_judge(slice_sub(bytes, 0, SEGMENT_HEAD_BYTES_MAX), behind_is_zero);
	*ret_unused = judged != SEGMENT_TAIL_DAMAGED;
	if (*ret_unused)
		return E_OK;
	return damaged(v, sequence, v->walk.tree.size, 0, "the head of the segment is damaged", why);
}

static enum error verify_segment(struct verifying *v, uint64_t sequence, bool is_last, bool next_unused,
				 struct fault *why)
{
	struct segment_head head;
	size_t head_bytes;
	slice bytes;
	struct fault reason = {0};
	TRY(log_window_at(&v->window, 0, SEGMENT_HEAD_BYTES_MAX, &bytes, why));
	enum error code = segment_head_decode(&v->hasher, bytes, &head, &head_bytes, &reason);
	if (code == E_CORRUPT && is_last) {
		bool unused;
		return verify_unused(v, sequence, &unused, why);
	}
	if (code != E_OK)
		return code == E_CORRUPT ? damaged(v, sequence, v->walk.tree.size, 0, fault_sentence(&reason), why)
					 : FAIL(why, code, "%s", fault_sentence(&reason));
	TRY(check_head(v, sequence, &head, why));
	if (!v->begun)
		TRY(verify_checkpoints_load(&v->checkpoints, v->directory_fd, slice_of(v->report->origin),
					    v->options->key, v->report, why));
	v->begun = true;
	segment_walk_begin(&v->hasher, &v->walk, &head);
	v->report->segment_count++;
	v->report->bytes += head_bytes;
	return verify_frames(v, sequence, head_bytes, is_last || next_unused, why);
}

/* Is the segment not begun yet? Then the one before it is the last, and may end with an unfinished write. */
static bool is_unused(struct verifying *v, uint64_t sequence)
{
	slice bytes;
	int file;
	if (log_files_open_segment(v->directory_fd, sequence, &v->window, &file, NULL) != E_OK)
		return false;
	bool unused = log_window_at(&v->window, 0, SEGMENT_HEAD_BYTES_MAX, &bytes, NULL) == E_OK &&
		      segment_is_zero(slice_sub(bytes, 0, SEGMENT_HEAD_BYTES_MAX));
	close(file);
	return unused;
}

/* A log cut short at the end of a frame is whole in itself: only a checkpoint knows that there was more. */
static enum error check_promises(struct verifying *v, struct fault *why)
{
	if (v->options->end != 0 || v->checkpoints.count == 0)
		return E_OK;
	const struct verify_checkpoint *checkpoint = &v->checkpoints.items[v->checkpoints.count - 1];
	if (checkpoint->size <= v->walk.tree.size)
		return E_OK;
	v->report->bad_index = v->walk.tree.size;
	snprintf(v->report->bad_file, sizeof(v->report->bad_file), "%.63s", checkpoint->name);
	return FAIL(why, E_CORRUPT, "a checkpoint promises %" PRIu64 " records, the log has %" PRIu64, checkpoint->size,
		    v->walk.tree.size);
}

static enum error verify_all(struct verifying *v, struct fault *why)
{
	struct log_names names;
	TRY(log_files_list(v->directory_fd, &names, why));
	if (names.count == 0)
		return FAIL(why, E_NOT_FOUND, "there is no log in this directory");
	for (uint64_t sequence = 1; sequence <= names.last && !at_end(v); sequence++) {
		bool next_unused = sequence + 1 == names.last && is_unused(v, names.last);
		enum error code = log_files_open_segment(v->directory_fd, sequence, &v->window, &v->file, why);
		if (code == E_NOT_FOUND)
			return damaged(v, sequence, v->walk.tree.size, 0, "the segment is missing", why);
		TRY(code);
		code = verify_segment(v, sequence, sequence == names.last, next_unused, why);
		close(v->file);
		v->file = -1;
		TRY(code);
	}
	if (!v->begun)
		return FAIL(why, E_NOT_FOUND, "the log in this directory was never begun");
	return check_promises(v, why);
}

enum error log_verify(const struct log_verify_options *options, struct log_verify_report *ret_report, struct fault *why)
{
	struct verifying v = {.options = options, .report = ret_report, .directory_fd = -1, .file = -1};
	const struct log_io io = log_files_io();
	struct fault reason = {0};
	*ret_report = (struct log_verify_report){.bad_index = UINT64_MAX};
	log_window_init(&v.window, &io);
	enum error code = sha256_context_init(&v.hasher, &reason);
	if (code == E_OK)
		code = log_files_open(options->directory, &v.directory_fd, &reason);
	if (code == E_OK)
		code = verify_all(&v, &reason);
	if (v.hasher.state) {
		ret_report->count = v.walk.tree.size;
		merkle_root(&v.hasher, &v.walk.tree, &ret_report->root);
	}
	if (code != E_OK) {
		snprintf(ret_report->sentence, sizeof(ret_report->sentence), "%s", fault_sentence(&reason));
		if (why)
			*why = reason;
	}
	if (v.file >= 0)
		close(v.file);
	if (v.directory_fd >= 0)
		close(v.directory_fd);
	log_window_free(&v.window);
	verify_checkpoints_free(&v.checkpoints);
	sha256_context_free(&v.hasher);
	return code;
}
