#include "cedar/history.h"

#include "base/memory.h"
#include "cedar/history_data.h"

struct cedar_history *cedar_history_new(const struct hash_key *key, int64_t unknown_until_ms)
{
	struct cedar_history *history = memory_alloc(sizeof(*history));
	if (!history)
		return NULL;
	history->key = *key;
	history->last_ms = INT64_MIN;
	history->dropped_ms = INT64_MIN;
	history->asked_ms = INT64_MIN;
	history->unknown_until_ms = unknown_until_ms;
	return history;
}

static void segment_free(struct history_segment *segment)
{
	if (!segment)
		return;
	arena_free(&segment->arena);
	memory_free(segment->events);
	memory_free(segment);
}

void cedar_history_free(struct cedar_history *history)
{
	if (!history)
		return;
	for (size_t i = 0; i < history->segment_count; i++)
		segment_free(history->segments[i]);
	monitors_free(history->monitors);
	memory_free(history);
}

/* Segments may be closed before they are full, so that counting gives only where to start. */
const struct cedar_event *history_event(const struct cedar_history *history, size_t number)
{
	size_t at = (number - history->first) / CEDAR_HISTORY_SEGMENT_EVENTS;
	while (number - history->segments[at]->first >= history->segments[at]->count)
		at++;
	return &history->segments[at]->events[number - history->segments[at]->first];
}

int64_t history_kept_since(const struct cedar_history *history)
{
	return history->dropped_ms > history->unknown_until_ms ? history->dropped_ms : history->unknown_until_ms;
}

const char *history_unknown_sentence(void)
{
	return "what happened earlier in this session is not known";
}

int64_t cedar_history_last_ms(const struct cedar_history *history)
{
	return history->last_ms;
}

size_t cedar_history_count(const struct cedar_history *history)
{
	return history->next;
}

size_t cedar_history_bytes(const struct cedar_history *history)
{
	size_t bytes = sizeof(*history) + monitors_bytes(history->monitors);
	for (size_t i = 0; i < history->segment_count; i++) {
		const struct history_segment *segment = history->segments[i];
		bytes += sizeof(*segment) + segment->size * sizeof(*segment->events) + segment->arena.total_bytes;
	}
	return bytes;
}

int64_t cedar_history_lost_ms(const struct cedar_history *history)
{
	return history->last_ms > history->unknown_until_ms ? history->last_ms : history->unknown_until_ms;
}

void cedar_history_forget(struct cedar_history *history, int64_t time_ms)
{
	if (time_ms < history->last_ms)
		time_ms = history->last_ms;
	if (time_ms > history->unknown_until_ms)
		history->unknown_until_ms = time_ms;
	if (history->monitors)
		monitors_forget(history->monitors);
}

/* --- keeping an event --- */

/* Bytes that a copy takes, about; stops counting above `max`. */
static size_t size_of(struct cedar_value value, size_t max)
{
	size_t bytes = 16;
	switch ((int)value.kind) {
	case CEDAR_STRING:
		return bytes + value.length;
	case CEDAR_ENTITY:
		return bytes + value.as.uid->type.len + value.as.uid->id.len + sizeof(*value.as.uid);
	case CEDAR_SET:
		for (uint32_t i = 0; i < value.length && bytes <= max; i++)
			bytes += size_of(value.as.items[i], max - bytes);
		return bytes;
	case CEDAR_RECORD:
		for (uint32_t i = 0; i < value.length && bytes <= max; i++)
			bytes += 32 + value.as.fields[i].key.len + size_of(value.as.fields[i].value, max);
		return bytes;
	default:
		return bytes;
	}
}

/* The record without fields that are too large; the keys of records are in order already. */
static enum error copy_record(struct arena *arena, struct cedar_value record, bool *is_cut,
			      struct cedar_value *ret_copy, struct fault *why)
{
	size_t total = 0;
	struct cedar_value kept = record;
	if (record.kind != CEDAR_RECORD) {
		*ret_copy = (struct cedar_value){0};
		return E_OK;
	}
	struct cedar_field *fields = ARENA_ARRAY(arena, record.length, struct cedar_field);
	if (!fields)
		return FAIL(why, E_MEMORY, "no memory for an event");
	kept.length = 0;
	kept.as.fields = fields;
	for (uint32_t i = 0; i < record.length; i++) {
		const struct cedar_field *field = &record.as.fields[i];
		size_t bytes = field->key.len + size_of(field->value, CEDAR_HISTORY_FIELD_BYTES_MAX);
		if (bytes > CEDAR_HISTORY_FIELD_BYTES_MAX || total + bytes > CEDAR_HISTORY_EVENT_BYTES_MAX) {
			*is_cut = true;
			continue;
		}
		total += bytes;
		fields[kept.length].key = arena_copy(arena, field->key);
		if (!fields[kept.length].key.ptr)
			return FAIL(why, E_MEMORY, "no memory for an event");
		TRY(cedar_value_copy(arena, field->value, &fields[kept.length++].value, why));
	}
	*ret_copy = kept;
	return E_OK;
}

/* The same names come again and again; `before` is in the same arena, or NULL. */
static const struct cedar_uid *copy_uid(struct arena *arena, const struct cedar_uid *uid, const struct cedar_uid *before)
{
	return before && cedar_uid_equal(uid, before) ? before : cedar_uid_copy(arena, uid);
}

static enum error copy_event(struct arena *arena, const struct cedar_event *event, int64_t time_ms,
			     const struct cedar_event *before, struct cedar_event *to, struct fault *why)
{
	*to = *event;
	to->time_ms = time_ms;
	to->principal = copy_uid(arena, event->principal, before ? before->principal : NULL);
	to->action = copy_uid(arena, event->action, before ? before->action : NULL);
	to->resource = copy_uid(arena, event->resource, before ? before->resource : NULL);
	to->request_id = arena_copy(arena, event->request_id);
	to->decision = arena_copy(arena, event->decision);
	to->outcome = arena_copy(arena, event->outcome);
	if (!to->principal || !to->action || !to->resource || !to->request_id.ptr || !to->decision.ptr ||
	    !to->outcome.ptr)
		return FAIL(why, E_MEMORY, "no memory for an event");
	TRY(copy_record(arena, event->input, &to->is_cut, &to->input, why));
	return copy_record(arena, event->output, &to->is_cut, &to->output, why);
}

static void drop_oldest(struct cedar_history *history)
{
	struct history_segment *oldest = history->segments[0];
	if (oldest->count) {
		history->dropped_ms = oldest->events[oldest->count - 1].time_ms;
		history->first = oldest->first + oldest->count;
	}
	segment_free(oldest);
	history->segment_count--;
	for (size_t i = 0; i < history->segment_count; i++)
		history->segments[i] = history->segments[i + 1];
}

static struct history_segment *add_segment(struct cedar_history *history)
{
	struct history_segment *segment = memory_alloc(sizeof(*segment));
	if (!segment)
		return NULL;
	if (history->segment_count == CEDAR_HISTORY_SEGMENTS_MAX)
		drop_oldest(history);
	arena_init(&segment->arena, CEDAR_HISTORY_SEGMENT_BYTES_MAX);
	segment->first = history->next;
	history->segments[history->segment_count++] = segment;
	return segment;
}

/* The first segment begins small, further ones will be filled. */
static enum error make_place(struct history_segment *segment, bool is_first, struct fault *why)
{
	if (segment->count < segment->size)
		return E_OK;
	size_t size = segment->size ? segment->size * 2 : is_first ? 4 : CEDAR_HISTORY_SEGMENT_EVENTS;
	struct cedar_event *events = memory_resize(segment->events, size * sizeof(*events));
	if (!events)
		return FAIL(why, E_MEMORY, "no memory for an event");
	segment->events = events;
	segment->size = size;
	return E_OK;
}

static enum error keep_in(struct cedar_history *history, struct history_segment *segment,
			  const struct cedar_event *event, int64_t time_ms, struct fault *why)
{
	if (!segment)
		return FAIL(why, E_MEMORY, "no memory for an event");
	TRY(make_place(segment, history->segment_count == 1, why));
	struct cedar_event *to = &segment->events[segment->count];
	TRY(copy_event(&segment->arena, event, time_ms, segment->count ? to - 1 : NULL, to, why));
	segment->count++;
	history->next++;
	history->last_ms = time_ms;
	return E_OK;
}

/* Into the segment in use, or, where its memory is used up, into a new one. */
enum error history_keep(struct cedar_history *history, const struct cedar_event *event, int64_t time_ms,
			struct fault *why)
{
	struct history_segment *segment =
		history->segment_count ? history->segments[history->segment_count - 1] : NULL;
	if (segment && segment->count < CEDAR_HISTORY_SEGMENT_EVENTS &&
	    keep_in(history, segment, event, time_ms, NULL) == E_OK)
		return E_OK;
	return keep_in(history, add_segment(history), event, time_ms, why);
}

enum error cedar_history_add(struct cedar_history *history, const struct cedar_event *event,
			     const struct cedar_policyset *set, struct fault *why)
{
	int64_t time_ms = event->time_ms > history->last_ms ? event->time_ms : history->last_ms;
	enum error error = history_keep(history, event, time_ms, why);
	if (error != E_OK) {
		cedar_history_forget(history, time_ms);
		return error;
	}
	monitors_add(history, set, history->next - 1);
	return E_OK;
}

enum error cedar_history_finish(struct cedar_history *history, const struct cedar_event *outcome,
				const struct cedar_policyset *set, struct fault *why)
{
	for (size_t i = history->next; i-- > history->first;) {
		const struct cedar_event *request = history_event(history, i);
		if (request->kind != CEDAR_EVENT_REQUEST || !slice_equal(request->request_id, outcome->request_id))
			continue;
		struct cedar_event response = *request;
		response.kind = CEDAR_EVENT_RESPONSE;
		response.time_ms = outcome->time_ms;
		response.outcome = outcome->outcome;
		response.output = outcome->output;
		response.is_cut = response.is_cut || outcome->is_cut;
		return cedar_history_add(history, &response, set, why);
	}
	cedar_history_forget(history, outcome->time_ms);
	return FAIL(why, E_NOT_FOUND, "the request is not in the history any more");
}
