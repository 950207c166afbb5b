/* Walking through records upwards and downwards. */
#include "base/memory.h"
#include "store/log_reader_parts.h"

#include <inttypes.h>
#include <time.h>

/* Frames between two marks: LOG_READER_STRIDE_BYTES in frames of the smallest size, and one that reaches beyond. */
#define FRAMES_MAX (LOG_READER_STRIDE_BYTES / SEGMENT_BLOCK_MIN + 1)

/* Visits the records of a loaded frame that lie in [from, end). False: the visitor has enough. */
static enum error visit_frame(const struct frame *frame, uint64_t from, uint64_t end, log_visitor *visit, void *context,
			      bool *ret_more, struct fault *why)
{
	struct log_entry entry = {.index = frame->first_index, .committed_ns = frame->first_time_ns};
	slice rest = frame->body;
	for (; entry.index < frame->first_index + frame->count && entry.index < end; entry.index++) {
		if (frame_next_record(&rest, &entry.bytes, why) != E_OK)
			return FAIL(why, E_CORRUPT, "a frame holds fewer records than it says");
		if (entry.index >= from && !visit(context, &entry)) {
			*ret_more = false;
			return E_OK;
		}
	}
	return E_OK;
}

enum error log_reader_each(struct log_reader *reader, uint64_t from, uint64_t end, log_visitor *visit, void *context,
			   struct fault *why)
{
	struct log_place place;
	bool more = true;
	log_reader_begin(reader);
	if (from >= end)
		return E_OK;
	TRY(log_reader_locate(reader, from, &place, why));
	while (more && place.index < end) {
		struct frame frame;
		struct fault reason = {0};
		enum error code = log_reader_load(reader, &place, &frame, &reason);
		if (code == E_NOT_FOUND) {
			/* It goes on in the next segment. */
			TRY(log_reader_locate(reader, place.index, &place, why));
			continue;
		}
		if (code != E_OK) {
			if (why)
				*why = reason;
			return code;
		}
		TRY(visit_frame(&frame, from, end, visit, context, &more, why));
		place.offset += frame.total_bytes;
		place.index += frame.count;
	}
	return E_OK;
}

static enum error visit_frame_back(struct log_reader *reader, const struct frame *frame, uint64_t from, uint64_t end,
				   log_visitor *visit, void *context, bool *ret_more, struct fault *why)
{
	slice rest = frame->body;
	if (!reader->records)
		reader->records = memory_alloc_array(FRAME_RECORDS_MAX, sizeof(slice));
	if (!reader->records)
		return FAIL(why, E_MEMORY, "no memory for the records of a frame");
	for (uint32_t i = 0; i < frame->count; i++)
		if (frame_next_record(&rest, &reader->records[i], why) != E_OK)
			return FAIL(why, E_CORRUPT, "a frame holds fewer records than it says");
	for (uint32_t i = frame->count; i-- > 0;) {
		struct log_entry entry = {frame->first_index + i, frame->first_time_ns, reader->records[i]};
		if (entry.index >= end)
			continue;
		if (entry.index < from || !visit(context, &entry)) {
			*ret_more = false;
			return E_OK;
		}
	}
	return E_OK;
}

/* The frames from the mark before `last` up to the one that holds it. */
static enum error collect(struct log_reader *reader, uint64_t last, struct log_place *places, size_t *ret_count,
			  struct fault *why)
{
	struct log_place place;
	TRY(log_reader_locate(reader, last, &place, why));
	const struct log_mark *mark = log_reader_mark(&reader->parts[place.part], last);
	struct log_place at = {place.part, mark->offset, mark->index};
	*ret_count = 0;
	for (;;) {
		struct frame frame;
		if (*ret_count == FRAMES_MAX)
			return FAIL(why, E_INTERNAL, "marks of the log are too far apart");
		places[(*ret_count)++] = at;
		if (at.index == place.index)
			return E_OK;
		TRY(log_reader_peek(reader, &at, &frame, why));
		at.offset += frame.total_bytes;
		at.index += frame.count;
	}
}

enum error log_reader_each_back(struct log_reader *reader, uint64_t from, uint64_t end, log_visitor *visit,
				void *context, struct fault *why)
{
	struct log_place places[FRAMES_MAX];
	bool more = true;
	uint64_t left = end;
	log_reader_begin(reader);
	while (more && left > from) {
		size_t count;
		TRY(collect(reader, left - 1, places, &count, why));
		while (more && count-- > 0) {
			struct frame frame;
			TRY(log_reader_load(reader, &places[count], &frame, why));
			TRY(visit_frame_back(reader, &frame, from, end, visit, context, &more, why));
		}
		left = places[0].index;
	}
	return E_OK;
}

static bool pass(void *context, const struct log_entry *entry)
{
	(void)context;
	(void)entry;
	return true;
}

static enum error count_whole(struct log_reader *reader, uint64_t *ret_count, struct fault *why)
{
	TRY(log_reader_count(reader, ret_count, why));
	return *ret_count ? log_reader_each_back(reader, *ret_count - 1, *ret_count, pass, NULL, why) : E_OK;
}

#define SETTLE_STEP_MS 10u

enum error log_reader_count_settled(struct log_reader *reader, uint64_t *ret_count, struct fault *why)
{
	const struct timespec step = {.tv_nsec = SETTLE_STEP_MS * 1000000};
	enum error code = count_whole(reader, ret_count, why);
	for (unsigned waited_ms = 0; (code == E_CORRUPT || code == E_AGAIN) && waited_ms < LOG_READER_SETTLE_MS;
	     waited_ms += SETTLE_STEP_MS) {
		nanosleep(&step, NULL);
		code = count_whole(reader, ret_count, why);
	}
	return code == E_AGAIN ? FAIL(why, E_CORRUPT, "the last frame of the log is cut short") : code;
}
