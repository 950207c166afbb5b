/* Looking things up: one record by index, the first of a time, one by its id. */
#include "store/log_reader_parts.h"

#include "text/ulid.h"

#include <inttypes.h>

#define NS_PER_MS UINT64_C(1000000)

struct keeping {
	struct arena *arena;
	slice wanted; /* id; empty: whatever comes first */
	slice bytes;
	uint64_t index;
	bool found;
};

static bool keep(void *context, const struct log_entry *entry)
{
	struct keeping *keeping = context;
	if (keeping->wanted.len > 0 && !slice_equal(record_peek_id(entry->bytes), keeping->wanted))
		return true;
	keeping->found = true;
	keeping->index = entry->index;
	keeping->bytes = arena_copy(keeping->arena, entry->bytes);
	return false;
}

static enum error give(const struct keeping *keeping, slice *ret_bytes, struct fault *why)
{
	if (!keeping->bytes.ptr)
		return FAIL(why, E_MEMORY, "no memory for a record");
	*ret_bytes = keeping->bytes;
	return E_OK;
}

enum error log_reader_get(struct log_reader *reader, uint64_t index, uint64_t end, struct arena *arena,
			  slice *ret_bytes, struct fault *why)
{
	struct keeping keeping = {.arena = arena};
	if (index >= end)
		return FAIL(why, E_NOT_FOUND, "the log has no record %" PRIu64, index);
	TRY(log_reader_each(reader, index, index + 1, keep, &keeping, why));
	return give(&keeping, ret_bytes, why);
}

/* The last part whose frames may still be before `time_ns`. */
static size_t part_of_time(const struct log_reader *reader, uint64_t time_ns)
{
	size_t low = 0, high = reader->part_count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (reader->parts[middle].time_ns < time_ns)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* The last mark of the part whose frame's forerunner is before `time_ns`: the frame looked for is not before it. */
static const struct log_mark *mark_of_time(const struct log_part *part, uint64_t time_ns)
{
	size_t low = 0, high = part->mark_count;
	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;
		if (part->marks[middle].before_ns < time_ns)
			low = middle;
		else
			high = middle;
	}
	return part->mark_count ? &part->marks[low] : NULL;
}

enum error log_reader_seek_time(struct log_reader *reader, uint64_t time_ns, uint64_t end, uint64_t *ret_index,
				struct fault *why)
{
	bool found;
	log_reader_begin(reader);
	TRY(log_reader_refresh(reader, &found, why));
	size_t number = part_of_time(reader, time_ns);
	TRY(log_reader_walk_part(reader, number, why));
	const struct log_part *part = &reader->parts[number];
	const struct log_mark *mark = mark_of_time(part, time_ns);
	struct log_place place = {number, mark ? mark->offset : 0, mark ? mark->index : part->walked.index};
	while (place.index < part->walked.index && place.index < end) {
		struct frame frame;
		TRY(log_reader_peek(reader, &place, &frame, why));
		if (frame.last_time_ns >= time_ns)
			break;
		place.offset += frame.total_bytes;
		place.index += frame.count;
	}
	*ret_index = place.index < end ? place.index : end;
	return E_OK;
}

static enum error time_of_id(slice id, uint64_t *ret_ms, struct fault *why)
{
	int64_t time_ms;
	size_t prefix = slice_find_byte(id, '_', 0);
	if (prefix == SIZE_MAX || ulid_parse(id, slice_sub(id, 0, prefix), &time_ms, NULL) != E_OK)
		return FAIL(why, E_INVALID, "%.*s is not the id of a record", SLICE_ARG(id));
	*ret_ms = (uint64_t)time_ms;
	return E_OK;
}

enum error log_find_by_id(struct log_reader *reader, slice id, uint64_t end, bool everywhere, struct arena *arena,
			  slice *ret_bytes, uint64_t *ret_index, struct fault *why)
{
	struct keeping keeping = {.arena = arena, .wanted = id};
	uint64_t time_ms, from, until;
	TRY(time_of_id(id, &time_ms, why));
	uint64_t from_ms = time_ms > LOG_FIND_BEFORE_MS ? time_ms - LOG_FIND_BEFORE_MS : 0;
	TRY(log_reader_seek_time(reader, from_ms * NS_PER_MS, end, &from, why));
	TRY(log_reader_seek_time(reader, (time_ms + LOG_FIND_AFTER_MS) * NS_PER_MS, end, &until, why));
	TRY(log_reader_each(reader, from, until, keep, &keeping, why));
	if (!keeping.found && everywhere)
		TRY(log_reader_each_back(reader, 0, end, keep, &keeping, why));
	if (!keeping.found)
		return FAIL(why, E_NOT_FOUND, "the log has no record %.*s", SLICE_ARG(id));
	*ret_index = keeping.index;
	return give(&keeping, ret_bytes, why);
}
