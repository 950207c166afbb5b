#include "registry/object.h"

#include "check.h"

static struct arena arena;
static struct fault why;

static enum error parse(struct object *object, enum kind kind, const char *text, enum object_use use)
{
	arena_init(&arena, 1u << 20);
	return object_parse(object, kind_row(kind), slice_of(text), use, &arena, &why);
}

TEST(an_object_is_written_in_one_way_only)
{
	struct object object;
	slice json;
	CHECK_OK(parse(&object, KIND_PURPOSE, "{ \"name\" : \"\\u0061\", \"id\":\"x\" }", OBJECT_CREATE), why);
	CHECK_OK(object_write(&object, &arena, &json, &why), why);
	CHECK_SLICE(json, SLICE("{\"id\":\"x\",\"name\":\"a\"}"));
	CHECK_SLICE(object_text(&object, SLICE("name"), &arena), SLICE("a"));
	arena_free(&arena);
}

TEST(a_time_is_brought_to_utc)
{
	struct object object;
	CHECK_OK(parse(&object, KIND_TASK, "{\"expires_at\":\"2030-01-01T02:00:00+02:00\"}", OBJECT_PATCH), why);
	CHECK_SLICE(object_text(&object, SLICE("expires_at"), &arena), SLICE("2030-01-01T00:00:00.000Z"));
	arena_free(&arena);
}

TEST(unknown_fields_are_refused_with_a_suggestion_but_stored_ones_are_passed_over)
{
	struct object object;
	CHECK_ERROR(parse(&object, KIND_AGENT, "{\"purpos\":\"x\"}", OBJECT_CREATE), E_INVALID);
	CHECK_SLICE(slice_of(why.sentence), SLICE("agent has no field `purpos`; did you mean `purpose`?"));
	arena_free(&arena);
	CHECK_OK(parse(&object, KIND_AGENT, "{\"of_a_later_version\":1,\"id\":\"x\"}", OBJECT_STORED), why);
	CHECK_SLICE(object_text(&object, SLICE("id"), &arena), SLICE("x"));
	arena_free(&arena);
}

TEST(what_is_missing_is_named)
{
	struct object object;
	CHECK_OK(parse(&object, KIND_AGENT, "{\"owner\":\"a\"}", OBJECT_CREATE), why);
	CHECK_ERROR(object_need(&object, &why), E_INVALID);
	CHECK_SLICE(slice_of(why.field), SLICE("purpose"));
	arena_free(&arena);
}

TEST(a_list_is_no_object_and_broken_text_is_no_json)
{
	struct object object;
	CHECK_ERROR(parse(&object, KIND_AGENT, "[]", OBJECT_CREATE), E_INVALID);
	arena_free(&arena);
	CHECK_ERROR(parse(&object, KIND_AGENT, "{\"id\":\"a\",\"id\":\"b\"}", OBJECT_CREATE), E_SYNTAX);
	arena_free(&arena);
}

TEST(secrets_are_not_shown)
{
	struct object object;
	struct buffer out;
	buffer_init(&out, 4096);
	CHECK_OK(parse(&object, KIND_SERVER, "{\"id\":\"s\",\"authorization\":\"hush\"}", OBJECT_STORED), why);
	object_show(&object, SLICE("\"more\":1"), &out);
	CHECK_SLICE(buffer_slice(&out), SLICE("{\"id\":\"s\",\"authorization_set\":true,\"more\":1}"));
	buffer_clear(&out);
	CHECK_OK(object_show_stored(KIND_SERVER, SLICE("{\"id\":\"s\"}"), SLICE(""), &arena, &out, &why), why);
	CHECK_SLICE(buffer_slice(&out), SLICE("{\"id\":\"s\",\"authorization_set\":false}"));
	buffer_free(&out);
	arena_free(&arena);
}

TEST(an_object_that_no_record_can_hold_is_refused)
{
	static char text[64000];
	struct object object = {.row = kind_row(KIND_POLICY)};
	slice json;
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = 'x';
	arena_init(&arena, 1u << 20);
	CHECK_OK(object_set_text(&object, SLICE("text"), slice_from(text, sizeof(text)), &arena, &why), why);
	CHECK_ERROR(object_write(&object, &arena, &json, &why), E_LIMIT);
	arena_free(&arena);
	arena_init(&arena, 100);
	CHECK_ERROR(object_set_text(&object, SLICE("text"), slice_from(text, 1000), &arena, &why), E_MEMORY);
	arena_free(&arena);
}
