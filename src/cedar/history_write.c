/*
 * A history as CBOR:
 *
 *	history = [unknown_until, dropped, asked, first, [event, ...]]
 *	event   = [time, kind, is_cut, principal, action, resource, request id, decision, outcome, input, output]
 *	principal, action, resource = [type, id]
 *
 * Times are milliseconds since 1970, or null for INT64_MIN; `first` is the number of the first event that is kept. A name
 * that is the one of the event before is null, and only null. Input and output are values (value_cbor.h), or null for
 * CEDAR_NONE.
 */
#include "cedar/history_cbor.h"

static void put_time(struct cbor_writer *writer, int64_t time_ms)
{
	if (time_ms == INT64_MIN) {
		cbor_put_null(writer);
		return;
	}
	if (time_ms > HISTORY_TIME_MAX_MS || time_ms < -HISTORY_TIME_MAX_MS)
		writer->buffer->failed = true;
	cbor_put_i64(writer, time_ms);
}

static void put_name(struct cbor_writer *writer, const struct cedar_uid *uid, const struct cedar_uid *before)
{
	if (before && cedar_uid_equal(uid, before)) {
		cbor_put_null(writer);
		return;
	}
	cbor_put_array(writer, 2);
	value_cbor_put_uid(writer, uid);
}

static void put_value(struct cbor_writer *writer, struct cedar_value value)
{
	if (value.kind == CEDAR_NONE)
		cbor_put_null(writer);
	else
		value_cbor_put(writer, value);
}

static void put_event(struct cbor_writer *writer, const struct cedar_event *event, const struct cedar_event *before)
{
	cbor_put_array(writer, HISTORY_EVENT_FIELDS);
	put_time(writer, event->time_ms);
	cbor_put_u64(writer, event->kind);
	cbor_put_bool(writer, event->is_cut);
	put_name(writer, event->principal, before ? before->principal : NULL);
	put_name(writer, event->action, before ? before->action : NULL);
	put_name(writer, event->resource, before ? before->resource : NULL);
	cbor_put_text(writer, event->request_id);
	cbor_put_text(writer, event->decision);
	cbor_put_text(writer, event->outcome);
	put_value(writer, event->input);
	put_value(writer, event->output);
}

void cedar_history_write(const struct cedar_history *history, struct cbor_writer *writer)
{
	cbor_put_array(writer, HISTORY_FIELDS);
	put_time(writer, history->unknown_until_ms);
	put_time(writer, history->dropped_ms);
	put_time(writer, history->asked_ms);
	cbor_put_u64(writer, history->first);
	cbor_put_array(writer, history->next - history->first);
	for (size_t i = history->first; i < history->next; i++)
		put_event(writer, history_event(history, i), i > history->first ? history_event(history, i - 1) : NULL);
}
