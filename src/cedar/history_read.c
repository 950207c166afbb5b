/* Reading a history back, see history_write.c. */
#include "cedar/history_cbor.h"

static enum error read_time(struct cbor_reader *reader, int64_t *ret_time_ms, struct fault *why)
{
	struct cbor_item item;
	TRY(cbor_next(reader, &item, why));
	if (item.type == CBOR_NULL) {
		*ret_time_ms = INT64_MIN;
		return E_OK;
	}
	bool is_before = item.type == CBOR_NEGATIVE;
	if ((item.type != CBOR_UNSIGNED && !is_before) || item.value > (uint64_t)HISTORY_TIME_MAX_MS - is_before)
		return FAIL(why, E_INVALID, "a time that is none");
	*ret_time_ms = is_before ? -1 - (int64_t)item.value : (int64_t)item.value;
	return E_OK;
}

/* `*uid` is the one of the event before; its type has no length where there is none. */
static enum error read_name(struct cbor_reader *reader, const struct hash_key *key, struct cedar_uid *uid,
			    struct fault *why)
{
	struct cedar_uid before = *uid;
	struct cbor_item item;
	TRY(cbor_next(reader, &item, why));
	if (item.type == CBOR_NULL && before.type.len > 0)
		return E_OK;
	if (item.type != CBOR_ARRAY || item.value != 2)
		return FAIL(why, E_INVALID, "a name that is none");
	TRY(value_cbor_read_uid(reader, key, uid, why));
	if (before.type.len > 0 && cedar_uid_equal(uid, &before))
		return FAIL(why, E_INVALID, "a name that is told again");
	return E_OK;
}

/* A record, or nothing. */
static enum error read_fields(struct cbor_reader *reader, const struct hash_key *key, struct arena *scratch,
			      struct cedar_value *ret_fields, struct fault *why)
{
	struct cbor_reader ahead = *reader;
	struct cbor_item item;
	TRY(cbor_next(&ahead, &item, why));
	*ret_fields = (struct cedar_value){0};
	if (item.type == CBOR_NULL) {
		*reader = ahead;
		return E_OK;
	}
	TRY(value_cbor_read(reader, scratch, key, ret_fields, why));
	if (ret_fields->kind != CEDAR_RECORD)
		return FAIL(why, E_INVALID, "fields of an event that are no record");
	return E_OK;
}

/* Borrowed from input and scratch; `names` are principal, action and resource, of the event before and then of this one. */
static enum error read_event(struct cbor_reader *reader, const struct hash_key *key, struct arena *scratch,
			     struct cedar_uid names[3], struct cedar_event *ret_event, struct fault *why)
{
	uint64_t fields, kind;
	TRY(cbor_read_array(reader, &fields, why));
	if (fields != HISTORY_EVENT_FIELDS)
		return FAIL(why, E_INVALID, "an event of %llu fields", (unsigned long long)fields);
	*ret_event = (struct cedar_event){.principal = &names[0], .action = &names[1], .resource = &names[2]};
	TRY(read_time(reader, &ret_event->time_ms, why));
	TRY(cbor_read_u64(reader, &kind, why));
	if (kind > CEDAR_EVENT_RESPONSE)
		return FAIL(why, E_INVALID, "an event that is neither request nor response");
	ret_event->kind = (enum cedar_event_kind)kind;
	TRY(cbor_read_bool(reader, &ret_event->is_cut, why));
	for (unsigned i = 0; i < 3; i++)
		TRY(read_name(reader, key, &names[i], why));
	TRY(cbor_read_text(reader, &ret_event->request_id, why));
	TRY(cbor_read_text(reader, &ret_event->decision, why));
	TRY(cbor_read_text(reader, &ret_event->outcome, why));
	TRY(read_fields(reader, key, scratch, &ret_event->input, why));
	return read_fields(reader, key, scratch, &ret_event->output, why);
}

/* At the end of the history, and exactly so. */
static enum error take_event(struct cedar_history *history, const struct cedar_event *event, struct fault *why)
{
	if (event->time_ms == INT64_MIN || event->time_ms < history->last_ms)
		return FAIL(why, E_INVALID, "an event before the one before it");
	TRY(history_keep(history, event, event->time_ms, why));
	if (history_event(history, history->next - 1)->is_cut != event->is_cut)
		return FAIL(why, E_LIMIT, "an event that is larger than one that is kept");
	return E_OK;
}

static enum error read_events(struct cbor_reader *reader, struct arena *scratch, struct cedar_history *history,
			      struct fault *why)
{
	uint64_t count;
	struct cedar_uid names[3] = {{.hash = 0}};
	size_t first = history->first;
	TRY(cbor_read_array(reader, &count, why));
	if (count > HISTORY_EVENTS_MAX)
		return FAIL(why, E_LIMIT, "a history of %llu events", (unsigned long long)count);
	for (uint64_t i = 0; i < count; i++) {
		struct cedar_event event;
		arena_reset(scratch);
		TRY(read_event(reader, &history->key, scratch, names, &event, why));
		TRY(take_event(history, &event, why));
	}
	if (history->first != first)
		return FAIL(why, E_LIMIT, "a history that is larger than one can be");
	return E_OK;
}

static enum error read_history(struct cbor_reader *reader, struct arena *scratch, struct cedar_history *history,
			       struct fault *why)
{
	uint64_t fields, first;
	TRY(cbor_read_array(reader, &fields, why));
	if (fields != HISTORY_FIELDS)
		return FAIL(why, E_INVALID, "a history of %llu fields", (unsigned long long)fields);
	TRY(read_time(reader, &history->unknown_until_ms, why));
	TRY(read_time(reader, &history->dropped_ms, why));
	TRY(read_time(reader, &history->asked_ms, why));
	TRY(cbor_read_u64(reader, &first, why));
	if (first > HISTORY_NUMBER_MAX || (first > 0) != (history->dropped_ms != INT64_MIN))
		return FAIL(why, E_INVALID, "a history that dropped events and knows no time of them");
	history->first = history->next = (size_t)first;
	history->last_ms = history->dropped_ms;
	return read_events(reader, scratch, history, why);
}

enum error cedar_history_read(struct cbor_reader *reader, const struct hash_key *key, struct arena *scratch,
			      struct cedar_history **ret_history, struct fault *why)
{
	struct cedar_history *history = cedar_history_new(key, CEDAR_HISTORY_WHOLE);
	if (!history)
		return FAIL(why, E_MEMORY, "no memory for the history of a session");
	enum error error = read_history(reader, scratch, history, why);
	if (error != E_OK) {
		cedar_history_free(history);
		return error;
	}
	*ret_history = history;
	return E_OK;
}
