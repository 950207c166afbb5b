#include "cli/difference.h"

#include "check.h"

static struct arena arena;
static struct json_doc is, should;
static struct difference list[KIND_FIELDS_MAX];

static size_t compare(enum kind kind, const char *now, const char *wanted)
{
	struct fault why;
	arena_free(&arena);
	arena_init(&arena, 1u << 20);
	CHECK_OK(json_parse(&is, slice_of(now), NULL, &arena, &why), why);
	CHECK_OK(json_parse(&should, slice_of(wanted), NULL, &arena, &why), why);
	return difference_find(kind_row(kind), &is, json_root(&is), &should, json_root(&should), list);
}

TEST(an_equal_object_has_no_difference)
{
	CHECK_INT(compare(KIND_AGENT,
			  "{\"id\":\"a\",\"kind\":\"agent\",\"owner\":\"o\",\"purpose\":\"p\",\"environment\":\"dev\","
			  "\"model\":\"unknown\",\"class\":\"generative\",\"state\":\"approved\",\"enforcement\":\"observe\","
			  "\"revision\":7,\"jwks\":{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\"}]}}",
			  "{\"id\":\"a\",\"owner\":\"o\",\"purpose\":\"p\",\"jwks\":{\"keys\":[{\"crv\":\"P-256\",\"kty\":\"EC\"}]}}"), 0);
	CHECK_INT(compare(KIND_GRANT, "{\"id\":\"g\",\"agent\":\"a\",\"tools\":[\"x.y\"],\"targets\":[],\"purpose_id\":\"p\","
				      "\"expires_at\":\"2027-01-01T00:00:00.000Z\",\"state\":\"active\"}",
			  "{\"id\":\"g\",\"agent\":\"a\",\"tools\":[\"x.y\"],\"purpose_id\":\"p\","
			  "\"expires_at\":\"2027-01-01T01:00:00+01:00\"}"), 0);
	arena_free(&arena);
}

TEST(changed_added_and_removed_values_are_told)
{
	CHECK_INT(compare(KIND_AGENT, "{\"id\":\"a\",\"owner\":\"o\",\"purpose\":\"p\",\"model\":\"m1\",\"team\":\"red\"}",
			  "{\"id\":\"a\",\"owner\":\"o2\",\"purpose\":\"p\",\"name\":\"A\"}"), 4 + 2);
	CHECK_SLICE(list[0].field->name, SLICE("name"));
	CHECK(list[0].was == NULL);
	CHECK_SLICE(list[1].will_text, SLICE("\"o2\""));
	/* Presets that an old server did not store show as differences too: environment and class. */
	CHECK_SLICE(list[2].field->name, SLICE("environment"));
	CHECK_SLICE(list[3].will_text, SLICE("\"unknown\""));
	CHECK_SLICE(list[5].field->name, SLICE("team"));
	CHECK(list[5].will == NULL && list[5].will_text.len == 0);
	arena_free(&arena);
}

TEST(lists_keep_their_order_and_numbers_their_digits)
{
	CHECK_INT(compare(KIND_GRANT, "{\"tools\":[\"a.b\",\"c.d\"]}", "{\"tools\":[\"c.d\",\"a.b\"]}"), 1);
	CHECK_INT(compare(KIND_GRANT, "{\"tools\":[\"a.b\"]}", "{\"tools\":[\"a.b\",\"c.d\"]}"), 1);
	CHECK_INT(compare(KIND_TOOL, "{\"definition\":{\"a\":1}}", "{\"definition\":{\"a\":2}}"), 1);
	CHECK_INT(compare(KIND_TOOL, "{\"definition\":{\"a\":1,\"b\":null}}", "{\"definition\":{\"a\":1,\"c\":null}}"), 1);
	arena_free(&arena);
}
