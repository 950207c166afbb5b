#include "registry/change.h"

#include "check.h"

TEST(a_change_is_read_as_it_was_written)
{
	struct change change = {.op = CHANGE_PUT, .kind = KIND_AGENT, .id = SLICE("bot"), .revision = 7,
				.object = SLICE("{\"id\":\"bot\"}"), .actor = SLICE("operator:admin"),
				.time = SLICE("2030-01-01T00:00:00.000Z"), .verb = SLICE("approve"), .reason = SLICE("ok \"now\"")};
	struct change read;
	struct fault why;
	struct arena arena;
	struct buffer text;
	arena_init(&arena, 1u << 20);
	buffer_init(&text, CHANGE_BYTES_MAX);
	change_write(&change, &text);
	CHECK_OK(change_read(&read, buffer_slice(&text), &arena, &why), why);
	CHECK_INT(read.op, CHANGE_PUT);
	CHECK_INT(read.kind, KIND_AGENT);
	CHECK_INT(read.revision, 7);
	CHECK_SLICE(read.id, change.id);
	CHECK_SLICE(read.object, change.object);
	CHECK_SLICE(read.actor, change.actor);
	CHECK_SLICE(read.time, change.time);
	CHECK_SLICE(read.verb, change.verb);
	CHECK_SLICE(read.reason, change.reason);
	buffer_free(&text);
	arena_free(&arena);
}

TEST(what_is_no_change_is_refused)
{
	static const struct {
		const char *text;
		enum error code;
	} rows[] = {
		{"{", E_SYNTAX},
		{"{\"op\":\"put\"}", E_INVALID},
		{"{\"op\":\"grow\",\"kind\":\"agent\",\"id\":\"x\",\"revision\":1,\"object\":{}}", E_INVALID},
		{"{\"op\":\"put\",\"kind\":\"dragon\",\"id\":\"x\",\"revision\":1,\"object\":{}}", E_INVALID},
		{"{\"op\":\"put\",\"kind\":\"agent\",\"id\":\"x\",\"revision\":-1,\"object\":{}}", E_INVALID},
		{"{\"op\":\"put\",\"kind\":\"agent\",\"id\":\"x\",\"revision\":1,\"object\":[]}", E_INVALID},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct change change;
		struct arena arena;
		arena_init(&arena, 1u << 20);
		CHECK_ERROR(change_read(&change, slice_of(rows[i].text), &arena, NULL), rows[i].code);
		CHECK_INT(change.op, CHANGE_NONE);
		arena_free(&arena);
	}
}
