#include "cedar/json.h"

#include "cedar/limits.h"
#include "check.h"
#include "text/json.h"
#include "unit/cedar/world.h"

static void check_plain(const char *json, const char *expected, size_t nulls, size_t numbers)
{
	struct arena arena;
	struct json_doc doc;
	struct cedar_value value;
	struct cedar_json_loss loss;
	struct fault why = {0};
	struct buffer text;
	arena_init(&arena, 1 << 20);
	buffer_init(&text, 10000);
	CHECK_OK(json_parse(&doc, slice_of(json), NULL, &arena, &why), why);
	CHECK_OK(cedar_value_from_plain_json(&arena, &doc, json_root(&doc), &value, &loss, &why), why);
	cedar_value_write(&text, value);
	CHECK_SLICE(buffer_slice(&text), slice_of(expected));
	CHECK_INT(loss.nulls, nulls);
	CHECK_INT(loss.numbers, numbers);
	buffer_free(&text);
	arena_free(&arena);
}

TEST(a_stranger_can_name_no_entity_and_call_no_constructor)
{
	check_plain("{\"a\":{\"__entity\":{\"type\":\"Admin\",\"id\":\"root\"}}}",
		    "{\"a\": {\"__entity\": {\"id\": \"root\", \"type\": \"Admin\"}}}", 0, 0);
	check_plain("{\"__extn\":{\"fn\":\"ip\",\"arg\":\"127.0.0.1\"}}",
		    "{\"__extn\": {\"arg\": \"127.0.0.1\", \"fn\": \"ip\"}}", 0, 0);
}

TEST(plain_data_keeps_what_is_exact_and_counts_the_rest)
{
	check_plain("[9223372036854775807, 1.5, -0.25, -0, \"x\", true]",
		    "[true, 0, 9223372036854775807, \"x\", decimal(\"-0.25\"), decimal(\"1.5\")]", 0, 0);
	check_plain("{\"a\":null,\"b\":[null,1],\"c\":1e2,\"d\":9223372036854775808,\"e\":1.00001}", "{\"b\": [1]}", 2, 3);
	check_plain("null", "", 1, 0);
}

TEST(the_first_loss_is_named)
{
	struct arena arena;
	struct json_doc doc;
	struct cedar_value value;
	struct cedar_json_loss loss;
	arena_init(&arena, 1 << 20);
	CHECK_ERROR(json_parse(&doc, SLICE("{\"x\":[1e9],\"y\":null}"), NULL, &arena, NULL), E_OK);
	CHECK_ERROR(cedar_value_from_plain_json(&arena, &doc, json_root(&doc), &value, &loss, NULL), E_OK);
	CHECK_SLICE(loss.first, SLICE("1e9"));
	arena_free(&arena);
}

TEST(cedars_own_form_is_strict)
{
	static const struct {
		const char *json;
		enum error expected;
	} rows[] = {
		{"{\"a\":{\"__entity\":{\"type\":\"A\",\"id\":\"x\"}}}", E_OK},
		{"{\"a\":{\"__entity\":{\"type\":\"A B\",\"id\":\"x\"}}}", E_INVALID},
		{"{\"a\":{\"__extn\":{\"fn\":\"ip\",\"args\":[]}}}", E_INVALID},
		{"{\"a\":{\"__extn\":{\"fn\":\"ip\",\"arg\":1}}}", E_INVALID},
		{"{\"a\":1.5}", E_INVALID},
		{"{\"a\":null}", E_INVALID},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena arena;
		struct json_doc doc;
		struct cedar_value value;
		arena_init(&arena, 1 << 20);
		CHECK_ERROR(json_parse(&doc, slice_of(rows[i].json), NULL, &arena, NULL), E_OK);
		CHECK_ERROR(cedar_value_from_json(&arena, &world_key, &doc, json_root(&doc), &value, NULL), rows[i].expected);
		arena_free(&arena);
	}
}
