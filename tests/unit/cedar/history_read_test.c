#include "unit/cedar/session.h"

#include "base/memory.h"
#include "cedar/history_cbor.h"

#include <string.h>

static const struct hash_key other_key = {8, 9};

static enum error read_from(slice bytes, struct cedar_history **ret_history, struct fault *why)
{
	struct cbor_reader reader;
	struct arena scratch;
	arena_init(&scratch, 1u << 22);
	cbor_reader_init(&reader, bytes);
	*ret_history = NULL;
	enum error error = cedar_history_read(&reader, &other_key, &scratch, ret_history, why);
	arena_free(&scratch);
	return error;
}

static void check_same(const struct cedar_history *history)
{
	struct cedar_history *read = session_reread(history, &other_key);
	CHECK_INT(cedar_history_count(read), cedar_history_count(history));
	CHECK_INT(cedar_history_last_ms(read), cedar_history_last_ms(history));
	CHECK_INT(cedar_history_lost_ms(read), cedar_history_lost_ms(history));
	CHECK_INT(read->first, history->first);
	CHECK_INT(read->dropped_ms, history->dropped_ms);
	CHECK_INT(read->unknown_until_ms, history->unknown_until_ms);
	CHECK_INT(read->asked_ms, history->asked_ms);
	for (size_t i = read->first; i < read->next; i++)
		CHECK_INT(history_event(read, i)->principal->hash,
			  cedar_uid_make(&other_key, SLICE("Agent"), SLICE("a")).hash);
	cedar_history_free(read);
}

static void add_moments(struct cedar_history *history, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		struct moment step = {.at_s = i / 3, .action = i % 2 ? "A" : "B", .user = "u", .has_amount = true, .amount = i,
				      .is_response = i % 5 == 4, .is_denied = i % 7 == 0};
		session_add(history, &step, NULL);
	}
}

TEST(a_history_is_read_as_it_was_written)
{
	struct cedar_history *history = session_new();
	check_same(history);
	add_moments(history, 1);
	check_same(history);
	add_moments(history, 100);
	cedar_history_forget(history, 20000);
	check_same(history);
	/* More than are kept: what was dropped stays dropped. */
	add_moments(history, 2 * HISTORY_EVENTS_MAX);
	CHECK(history->first > 0);
	check_same(history);
	cedar_history_free(history);
}

/* The largest fields that are kept, so that segments are closed for their bytes; and one that is too large. */
TEST(large_and_cut_events_are_read_as_they_were_written)
{
	char text[CEDAR_HISTORY_FIELD_BYTES_MAX + 1];
	struct cedar_history *history = session_new();
	memset(text, 'x', sizeof(text) - 1);
	for (unsigned i = 0; i < 2000; i++) {
		text[sizeof(text) - 1 - i % 40] = '\0';
		struct moment step = {.at_s = i, .action = "A", .user = text, .has_amount = true, .amount = i};
		session_add(history, &step, NULL);
		text[sizeof(text) - 1 - i % 40] = 'x';
		text[sizeof(text) - 1] = '\0';
	}
	CHECK(history_event(history, history->next - 1 - 1999 % 40)->is_cut);
	CHECK(history->first > 0 && history->next - history->first < HISTORY_EVENTS_MAX);
	check_same(history);
	cedar_history_free(history);
}

/* In flight: the outcome finds its request in what was read. */
TEST(a_request_without_a_response_stays_one)
{
	struct cedar_history *history = session_new();
	struct moment step = {.at_s = 1, .action = "A", .user = "u"};
	struct cedar_event outcome = {.time_ms = 2000, .request_id = SLICE("d0"), .outcome = SLICE("ok")};
	struct fault why = {0};
	session_add(history, &step, NULL);
	struct cedar_history *read = session_reread(history, &other_key);
	CHECK_INT(cedar_history_count(read), 1);
	CHECK_OK(cedar_history_finish(read, &outcome, NULL, &why), why);
	CHECK_INT(history_event(read, 1)->kind, CEDAR_EVENT_RESPONSE);
	CHECK_SLICE(history_event(read, 1)->request_id, SLICE("d0"));
	CHECK_INT(read->unknown_until_ms, CEDAR_HISTORY_WHOLE);
	cedar_history_free(history);
	cedar_history_free(read);
}

TEST(a_history_that_is_cut_or_changed_is_refused_or_another_one)
{
	struct cedar_history *history = session_new(), *read;
	struct buffer bytes, again;
	add_moments(history, 6);
	slice whole = session_write(history, &bytes);
	for (size_t length = 0; length < whole.len; length++)
		CHECK(read_from(slice_sub(whole, 0, length), &read, NULL) != E_OK);
	for (size_t at = 0; at < whole.len; at++)
		for (unsigned bit = 0; bit < 8; bit++) {
			bytes.ptr[at] = (char)(bytes.ptr[at] ^ 1 << bit);
			if (read_from(whole, &read, NULL) == E_OK) {
				/* One form only: what is read is what is there. */
				slice rewritten = session_write(read, &again);
				CHECK_SLICE(rewritten, slice_sub(whole, 0, rewritten.len));
				buffer_free(&again);
				cedar_history_free(read);
			}
			bytes.ptr[at] = (char)(bytes.ptr[at] ^ 1 << bit);
		}
	buffer_free(&bytes);
	cedar_history_free(history);
}

/* What a writer is told to say of a history; zeroed, it is one of two events. */
struct lie {
	uint64_t more_fields, first, more_events, more_event_fields, kind;
	int64_t unknown_ms, dropped_ms, time_ms, second_ms;
	const char *type;
	size_t input_bytes;
	bool no_record;
	bool wrong_names; /* of no event before, or told again */
};

static void put_lie(struct cbor_writer *writer, const struct lie *lie, int64_t time_ms, bool is_again)
{
	static const char text[2 * CEDAR_HISTORY_FIELD_BYTES_MAX] = {0};
	cbor_put_array(writer, HISTORY_EVENT_FIELDS + lie->more_event_fields);
	cbor_put_i64(writer, time_ms);
	cbor_put_u64(writer, lie->kind);
	cbor_put_bool(writer, false);
	for (unsigned i = 0; i < 3; i++) {
		if (is_again) {
			cbor_put_null(writer);
			continue;
		}
		cbor_put_array(writer, 2);
		cbor_put_text(writer, slice_of(lie->type ? lie->type : "Agent"));
		cbor_put_text(writer, SLICE("a"));
	}
	for (unsigned i = 0; i < 3; i++)
		cbor_put_text(writer, SLICE("x"));
	struct cedar_field field = {SLICE("f"), cedar_string(slice_from(text, lie->input_bytes))};
	struct cedar_value record;
	CHECK_INT(cedar_record_sorted(&field, 1, &record, NULL), E_OK);
	value_cbor_put(writer, lie->no_record ? field.value : record);
	for (uint64_t i = 0; i < 1 + lie->more_event_fields; i++)
		cbor_put_null(writer);
}

static enum error read_lie(const struct lie *lie)
{
	struct buffer bytes;
	struct cbor_writer writer;
	struct cedar_history *read = NULL;
	buffer_init(&bytes, 1u << 20);
	cbor_writer_init(&writer, &bytes);
	cbor_put_array(&writer, HISTORY_FIELDS + lie->more_fields);
	cbor_put_i64(&writer, lie->unknown_ms);
	if (lie->dropped_ms)
		cbor_put_i64(&writer, lie->dropped_ms);
	else
		cbor_put_null(&writer);
	cbor_put_null(&writer);
	cbor_put_u64(&writer, lie->first);
	cbor_put_array(&writer, 2 + lie->more_events);
	for (uint64_t i = 0; i < 2 + lie->more_events; i++)
		put_lie(&writer, lie, i == 1 ? lie->second_ms : lie->time_ms, (i > 0) != lie->wrong_names);
	for (uint64_t i = 0; i < lie->more_fields; i++)
		cbor_put_null(&writer);
	CHECK_INT(cbor_writer_end(&writer, NULL), E_OK);
	enum error error = read_from(buffer_slice(&bytes), &read, NULL);
	cedar_history_free(read);
	buffer_free(&bytes);
	return error;
}

TEST(what_no_history_can_be_is_refused)
{
	static const struct {
		struct lie lie;
		enum error code;
	} cases[] = {
		{{0}, E_OK},
		{{.time_ms = 5, .second_ms = 5, .first = 7, .dropped_ms = 5}, E_OK},
		{{.unknown_ms = HISTORY_TIME_MAX_MS}, E_OK},
		{{.unknown_ms = HISTORY_TIME_MAX_MS + 1}, E_INVALID},
		{{.unknown_ms = -HISTORY_TIME_MAX_MS}, E_OK},
		{{.unknown_ms = -HISTORY_TIME_MAX_MS - 1}, E_INVALID},
		{{.second_ms = -1}, E_INVALID},                 /* before the first one */
		{{.first = 1}, E_INVALID},                      /* dropped, and nobody knows when */
		{{.dropped_ms = -1}, E_INVALID},                /* nothing dropped, at some time */
		{{.first = 1, .dropped_ms = 1}, E_INVALID},     /* the events are older than what was dropped */
		{{.first = HISTORY_NUMBER_MAX + 1, .dropped_ms = -1}, E_INVALID},
		{{.kind = 2}, E_INVALID},
		{{.type = "a b"}, E_INVALID},
		{{.no_record = true}, E_INVALID},
		{{.wrong_names = true}, E_INVALID},
		{{.input_bytes = CEDAR_HISTORY_FIELD_BYTES_MAX + 1}, E_LIMIT},
		{{.more_events = HISTORY_EVENTS_MAX - 1}, E_LIMIT},
		{{.more_fields = 1}, E_INVALID},
		{{.more_event_fields = 1}, E_INVALID},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		enum error code = read_lie(&cases[i].lie);
		if (code != cases[i].code)
			print_error("case %zu\n", i);
		CHECK_INT(code, cases[i].code);
	}
}

/* One form only: a name that is the one before is not told again. */
TEST(a_name_that_is_told_again_is_refused)
{
	struct cedar_history *history = session_new(), *read;
	struct buffer bytes, twice;
	struct moment step = {.at_s = 1, .action = "A"};
	session_add(history, &step, NULL);
	slice one = session_write(history, &bytes);
	/* [null, null, null, 0, [event]]: the event once more. */
	CHECK_INT(memcmp(one.ptr, "\x85\xf6\xf6\xf6\x00\x81", 6), 0);
	buffer_init(&twice, 1u << 16);
	buffer_add(&twice, SLICE("\x85\xf6\xf6\xf6\x00\x82"));
	buffer_add(&twice, slice_from_offset(one, 6));
	buffer_add(&twice, slice_from_offset(one, 6));
	struct fault why = {0};
	CHECK_ERROR(read_from(buffer_slice(&twice), &read, &why), E_INVALID);
	CHECK_SLICE(slice_of(why.sentence), SLICE("a name that is told again"));
	buffer_free(&twice);
	buffer_free(&bytes);
	cedar_history_free(history);
}

TEST(without_memory_nothing_is_read)
{
	struct cedar_history *history = session_new(), *read;
	struct buffer bytes;
	unsigned failures = 0;
	add_moments(history, 80);
	slice whole = session_write(history, &bytes);
	for (uint64_t nth = 1;; nth++) {
		memory_fail_at(nth);
		enum error error = read_from(whole, &read, NULL);
		memory_fail_at(0);
		if (error == E_OK)
			break;
		CHECK_INT(error, E_MEMORY);
		CHECK(read == NULL);
		failures++;
	}
	CHECK(failures > 3);
	cedar_history_free(read);
	cedar_history_free(history);
	buffer_free(&bytes);
}
