#include "store/log_reader.h"

#include "base/memory.h"
#include "store/log_files.h"
#include "store/log_reader_parts.h"

#include <inttypes.h>
#include <unistd.h>

static enum error open_part(struct log_reader *reader, uint64_t sequence, struct fault *why)
{
	if (reader->file >= 0)
		close(reader->file);
	return log_files_open_segment(reader->directory_fd, sequence, &reader->window, &reader->file, why);
}

static enum error keep_part(struct log_reader *reader, const struct segment_head *head, size_t head_bytes,
			    struct fault *why)
{
	if (reader->part_count == reader->part_room) {
		size_t room = reader->part_room ? reader->part_room * 2 : 16;
		struct log_part *grown = memory_resize(reader->parts, room * sizeof(*grown));
		if (!grown)
			return FAIL(why, E_MEMORY, "no memory for %zu segments", room);
		reader->parts = grown;
		reader->part_room = room;
	}
	reader->open_part = reader->part_count;
	struct log_mark first = {head->tree.size, head_bytes, head->time_ns};
	reader->parts[reader->part_count++] = (struct log_part){.sequence = head->sequence,
								.first_index = head->tree.size,
								.time_ns = head->time_ns,
								.block_bytes = head->block_bytes,
								.head_bytes = head_bytes,
								.walked = first};
	return E_OK;
}

/* E_NOT_FOUND: not there, or not begun yet. */
static enum error add_part(struct log_reader *reader, uint64_t sequence, struct fault *why)
{
	struct segment_head head;
	size_t head_bytes;
	slice bytes;
	reader->open_part = SIZE_MAX;
	TRY(open_part(reader, sequence, why));
	TRY(log_window_at(&reader->window, 0, SEGMENT_HEAD_BYTES_MAX, &bytes, why));
	if (segment_is_zero(slice_sub(bytes, 0, SEGMENT_HEAD_BYTES_MAX)))
		return FAIL(why, E_NOT_FOUND, "segment %" PRIu64 " is not begun yet", sequence);
	TRY(segment_head_decode(&reader->hasher, bytes, &head, &head_bytes, why));
	if (head.sequence != sequence)
		return FAIL(why, E_CORRUPT, "segment %" PRIu64 " says that it is number %" PRIu64, sequence,
			    head.sequence);
	return keep_part(reader, &head, head_bytes, why);
}

enum error log_reader_refresh(struct log_reader *reader, bool *ret_found, struct fault *why)
{
	enum error code;
	*ret_found = false;
	for (;;) {
		struct fault reason = {0};
		code = add_part(reader, reader->next_sequence, &reason);
		if (code == E_OK) {
			reader->next_sequence++;
			*ret_found = true;
			continue;
		}
		if (code == E_NOT_FOUND)
			return E_OK;
		/* The newest head may just be being written; then nobody can ask for what is behind it yet. */
		if (code == E_CORRUPT && reader->part_count > 0)
			return E_OK;
		if (why)
			*why = reason;
		return code;
	}
}

static enum error find_first(struct log_reader *reader, struct fault *why)
{
	struct log_names names;
	TRY(log_files_list(reader->directory_fd, &names, why));
	if (names.count == 0)
		return FAIL(why, E_NOT_FOUND, "there is no log in this directory");
	reader->next_sequence = names.first;
	return E_OK;
}

static enum error open_reader(struct log_reader *reader, slice directory, struct fault *why)
{
	bool found;
	const struct log_io io = log_files_io();
	log_window_init(&reader->window, &io);
	TRY(log_files_open(directory, &reader->directory_fd, why));
	TRY(sha256_context_init(&reader->hasher, why));
	TRY(find_first(reader, why));
	TRY(log_reader_refresh(reader, &found, why));
	if (!found)
		return FAIL(why, E_NOT_FOUND, "the log in this directory was never begun");
	return E_OK;
}

enum error log_reader_open(slice directory, struct log_reader **ret_reader, struct fault *why)
{
	*ret_reader = NULL;
	struct log_reader *reader = memory_alloc(sizeof(*reader));
	if (!reader)
		return FAIL(why, E_MEMORY, "no memory for the log's reader");
	reader->directory_fd = reader->file = -1;
	reader->open_part = SIZE_MAX;
	enum error code = open_reader(reader, directory, why);
	if (code != E_OK) {
		log_reader_close(reader);
		return code;
	}
	*ret_reader = reader;
	return E_OK;
}

void log_reader_close(struct log_reader *reader)
{
	if (!reader)
		return;
	if (reader->file >= 0)
		close(reader->file);
	if (reader->directory_fd >= 0)
		close(reader->directory_fd);
	for (size_t i = 0; i < reader->part_count; i++)
		memory_free(reader->parts[i].marks);
	memory_free(reader->parts);
	memory_free(reader->records);
	log_window_free(&reader->window);
	sha256_context_free(&reader->hasher);
	memory_free(reader);
}

void log_reader_begin(struct log_reader *reader)
{
	reader->window.len = 0;
}

enum error log_reader_turn_to(struct log_reader *reader, size_t part, struct fault *why)
{
	if (reader->open_part == part)
		return E_OK;
	reader->open_part = SIZE_MAX;
	TRY(open_part(reader, reader->parts[part].sequence, why));
	reader->open_part = part;
	return E_OK;
}

enum error log_reader_peek(struct log_reader *reader, const struct log_place *place, struct frame *ret_frame,
			   struct fault *why)
{
	slice bytes;
	TRY(log_reader_turn_to(reader, place->part, why));
	TRY(log_window_at(&reader->window, place->offset, SEGMENT_BLOCK_MIN, &bytes, why));
	if (bytes.len == 0)
		return FAIL(why, E_NOT_FOUND, "the end of the segment");
	TRY(frame_peek(bytes, reader->parts[place->part].block_bytes, ret_frame, why));
	if (ret_frame->first_index != place->index)
		return FAIL(why, E_CORRUPT, "a frame with record %" PRIu64 " where %" PRIu64 " is expected",
			    ret_frame->first_index, place->index);
	return E_OK;
}

enum error log_reader_load(struct log_reader *reader, const struct log_place *place, struct frame *ret_frame,
			   struct fault *why)
{
	struct merkle_hash hash;
	slice bytes;
	TRY(log_reader_peek(reader, place, ret_frame, why));
	TRY(log_window_at(&reader->window, place->offset, ret_frame->total_bytes, &bytes, why));
	enum error code =
		frame_decode(&reader->hasher, bytes, reader->parts[place->part].block_bytes, ret_frame, &hash, why);
	return code == E_AGAIN ? FAIL(why, E_CORRUPT, "a frame is longer than its file") : code;
}

static enum error add_mark(struct log_part *part, const struct log_mark *mark, struct fault *why)
{
	if (part->mark_count == part->mark_room) {
		size_t room = part->mark_room ? part->mark_room * 2 : 64;
		struct log_mark *grown = memory_resize(part->marks, room * sizeof(*grown));
		if (!grown)
			return FAIL(why, E_MEMORY, "no memory for the log's index");
		part->marks = grown;
		part->mark_room = room;
	}
	part->marks[part->mark_count++] = *mark;
	return E_OK;
}

/* One frame further, with a mark where the last one is far enough behind. E_NOT_FOUND: no more frames. */
static enum error walk_on(struct log_reader *reader, size_t number, struct fault *why)
{
	struct log_part *part = &reader->parts[number];
	struct log_place place = {number, part->walked.offset, part->walked.index};
	struct frame frame;
	TRY(log_reader_peek(reader, &place, &frame, why));
	if (part->mark_count == 0 ||
	    part->walked.offset - part->marks[part->mark_count - 1].offset >= LOG_READER_STRIDE_BYTES)
		TRY(add_mark(part, &part->walked, why));
	part->walked.index += frame.count;
	part->walked.offset += frame.total_bytes;
	part->walked.before_ns = frame.last_time_ns;
	return E_OK;
}

enum error log_reader_walk_part(struct log_reader *reader, size_t part, struct fault *why)
{
	enum error code;
	struct fault reason = {0};
	do
		code = walk_on(reader, part, &reason);
	while (code == E_OK);
	if (code == E_NOT_FOUND)
		return E_OK;
	if (why)
		*why = reason;
	return code;
}

const struct log_mark *log_reader_mark(const struct log_part *part, uint64_t index)
{
	size_t low = 0, high = part->mark_count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (part->marks[middle].index <= index)
			low = middle;
		else
			high = middle;
	}
	return part->mark_count ? &part->marks[low] : NULL;
}

/* The last part that begins at or before `index`. */
static size_t find_part(const struct log_reader *reader, uint64_t index)
{
	size_t low = 0, high = reader->part_count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (reader->parts[middle].first_index <= index)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* Walks the part that should hold `index` until it does. False: it does not (yet). */
static enum error reach(struct log_reader *reader, uint64_t index, size_t *ret_part, bool *ret_found, struct fault *why)
{
	size_t number = find_part(reader, index);
	struct log_part *part = &reader->parts[number];
	struct fault reason = {0};
	*ret_part = number;
	while (part->walked.index <= index) {
		enum error code = walk_on(reader, number, &reason);
		if (code == E_NOT_FOUND)
			break;
		if (code != E_OK) {
			if (why)
				*why = reason;
			return code;
		}
	}
	*ret_found = index >= part->first_index && index < part->walked.index;
	return E_OK;
}

enum error log_reader_locate(struct log_reader *reader, uint64_t index, struct log_place *ret_place, struct fault *why)
{
	size_t part;
	bool found, more;
	TRY(reach(reader, index, &part, &found, why));
	if (!found) {
		TRY(log_reader_refresh(reader, &more, why));
		if (more)
			TRY(reach(reader, index, &part, &found, why));
	}
	if (!found)
		return FAIL(why, E_NOT_FOUND, "record %" PRIu64 " is not in the log's files", index);
	const struct log_mark *mark = log_reader_mark(&reader->parts[part], index);
	*ret_place = (struct log_place){part, mark->offset, mark->index};
	for (;;) {
		struct frame frame;
		TRY(log_reader_peek(reader, ret_place, &frame, why));
		if (index < frame.first_index + frame.count)
			return E_OK;
		ret_place->offset += frame.total_bytes;
		ret_place->index += frame.count;
	}
}

enum error log_reader_count(struct log_reader *reader, uint64_t *ret_count, struct fault *why)
{
	bool found;
	log_reader_begin(reader);
	TRY(log_reader_refresh(reader, &found, why));
	TRY(log_reader_walk_part(reader, reader->part_count - 1, why));
	*ret_count = reader->parts[reader->part_count - 1].walked.index;
	return E_OK;
}
