/* Records as JSON: what was written is read again, and what is no record is refused by the name of its field. */
#include "evidence/record.h"

#include "text/json_writer.h"

#include "check.h"
#include "random_record.h"

#include <string.h>

#define ARENA_BYTES (1024u * 1024u)

static enum error of_json(slice text, struct record *record, struct arena *arena, struct fault *why)
{
	struct json_doc doc;
	CHECK_OK(json_parse(&doc, text, NULL, arena, why), *why);
	return record_of_json(json_root(&doc), arena, record, why);
}

/* JSON has no number beyond what has a sign, and neither has a clock. */
static void halve_numbers(struct record *record)
{
	size_t count;
	const struct record_field *fields = record_fields(&count);
	for (size_t i = 0; i < count; i++)
		if (fields[i].type == RECORD_NUMBER || fields[i].type == RECORD_TIME)
			*(uint64_t *)(void *)((char *)record + fields[i].offset) &= INT64_MAX;
}

TEST(what_was_written_as_json_is_read_again)
{
	uint64_t state = 1970;
	struct arena arena;
	struct buffer bytes, text, again;
	struct json_writer writer;
	struct fault why;
	arena_init(&arena, ARENA_BYTES);
	buffer_init(&bytes, RECORD_BYTES_MAX);
	buffer_init(&text, 16 * RECORD_BYTES_MAX);
	buffer_init(&again, RECORD_BYTES_MAX);
	for (int round = 0; round < 5000; round++) {
		struct record record = draw_record(&state), read;
		halve_numbers(&record);
		buffer_clear(&bytes);
		buffer_clear(&text);
		buffer_clear(&again);
		arena_reset(&arena);
		CHECK_OK(record_encode(&record, &bytes, &why), why);
		json_writer_init(&writer, &text, JSON_COMPACT);
		record_to_json(&record, &writer);
		CHECK_OK(json_writer_end(&writer, &why), why);
		CHECK_OK(of_json(buffer_slice(&text), &read, &arena, &why), why);
		CHECK_OK(record_encode(&read, &again, &why), why);
		CHECK_SLICE(buffer_slice(&again), buffer_slice(&bytes));
	}
	buffer_free(&bytes);
	buffer_free(&text);
	buffer_free(&again);
	arena_free(&arena);
}

TEST(members_come_in_any_order_and_others_are_passed_over)
{
	struct record record;
	struct arena arena;
	struct fault why;
	arena_init(&arena, ARENA_BYTES);
	CHECK_OK(of_json(SLICE("{\"session\":\"s\",\"index\":7,\"facts\":[\"a\",\"b\"],\"agent\":\"bot\",\"effect\":{},\"kind\":\"decision\","
			       "\"id\":\"d_1\",\"time\":\"1970-01-01T00:00:00.000000001Z\"}"),
			 &record, &arena, &why), why);
	CHECK_INT(record.kind, RECORD_DECISION);
	CHECK_INT(record.time_ns, 1);
	CHECK_SLICE(record.session, SLICE("s"));
	CHECK_SLICE(record.agent, SLICE("bot"));
	CHECK_SLICE(record.id, SLICE("d_1"));
	CHECK_INT(record.facts.count, 2);
	arena_free(&arena);
}

TEST(what_is_no_record_is_refused_by_the_name_of_its_field)
{
	static const struct { const char *text, *field; } rows[] = {
		{"{}", "kind"}, {"[]", ""}, {"{\"kind\":\"none\"}", "kind"}, {"{\"kind\":7}", "kind"},
		{"{\"kind\":\"decision\",\"decision\":\"MAYBE\"}", "decision"}, {"{\"kind\":\"decision\",\"facts\":[1]}", "facts"},
		{"{\"kind\":\"decision\",\"facts\":\"a\"}", "facts"}, {"{\"kind\":\"decision\",\"policy_set\":\"ab\"}", "policy_set"},
		{"{\"kind\":\"decision\",\"policy_set\":null}", "policy_set"}, {"{\"kind\":\"decision\",\"depth\":-1}", "depth"},
		{"{\"kind\":\"decision\",\"depth\":1.5}", "depth"}, {"{\"kind\":\"decision\",\"time\":\"noon\"}", "time_ns"},
		{"{\"kind\":\"decision\",\"time\":\"1960-01-01T00:00:00Z\"}", "time_ns"}, {"{\"kind\":\"decision\",\"agent\":7}", "agent"}};
	struct record record;
	struct arena arena;
	struct fault why;
	arena_init(&arena, ARENA_BYTES);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_ERROR(of_json(slice_of(rows[i].text), &record, &arena, &why), E_INVALID);
		CHECK(rows[i].field[0] == '\0' || strcmp(why.field, rows[i].field) == 0);
		CHECK_INT(record.kind, RECORD_NONE);
	}
	arena_free(&arena);
}
