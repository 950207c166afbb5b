#include "text/jcs.h"

#include "check.h"

static struct arena arena;
static struct buffer buffer;
static struct fault why;

static enum error canonical(slice text, enum jcs_numbers numbers)
{
	struct json_doc doc;
	arena_free(&arena);
	arena_init(&arena, 1 << 20);
	buffer_free(&buffer);
	buffer_init(&buffer, 1 << 20);
	CHECK_OK(json_parse(&doc, text, NULL, &arena, &why), why);
	return jcs_write(&buffer, &doc, json_root(&doc), numbers, &arena, &why);
}

static void becomes(slice text, slice expected)
{
	CHECK_OK(canonical(text, JCS_RFC8785), why);
	CHECK_SLICE(buffer_slice(&buffer), expected);
}

/* RFC 8785 3.2.2 and 3.2.3 */
TEST(the_examples_of_the_rfc_come_out)
{
	becomes(SLICE("{\n  \"numbers\": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],\n"
		      "  \"string\": \"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\",\n"
		      "  \"literals\": [null, true, false]\n}"),
		SLICE("{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
		      "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}"));
	becomes(SLICE("{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew Letter Dalet With Dagesh\","
		      "\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji: Grinning Face\",\"\\u0080\":\"Control\","
		      "\"\\u00f6\":\"Latin Small Letter O With Diaeresis\"}"),
		SLICE("{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\","
		      "\"\xc3\xb6\":\"Latin Small Letter O With Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\","
		      "\"\xf0\x9f\x98\x80\":\"Emoji: Grinning Face\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}"));
}

TEST(nothing_but_the_value_counts)
{
	becomes(SLICE(" { \"b\" : [ ] , \"a\" : { \"\" : -0 , \"aa\":1e0, \"a\":10.0 } } "),
		SLICE("{\"a\":{\"\":0,\"a\":10,\"aa\":1},\"b\":[]}"));
	becomes(SLICE("\"\\u0041\""), SLICE("\"A\""));
	becomes(SLICE("9007199254740994"), SLICE("9007199254740994"));
}

TEST(integers_stay_exact_or_are_refused)
{
	CHECK_ERROR(canonical(SLICE("[9007199254740993]"), JCS_RFC8785), E_INVALID);
	CHECK_ERROR(canonical(SLICE("9223372036854775807"), JCS_RFC8785), E_INVALID);
	CHECK_OK(canonical(SLICE("[9007199254740993,9223372036854775807,1.0]"), JCS_EXACT_INTEGERS), why);
	CHECK_SLICE(buffer_slice(&buffer), SLICE("[9007199254740993,9223372036854775807,1]"));
	CHECK_ERROR(canonical(SLICE("1e400"), JCS_EXACT_INTEGERS), E_INVALID);
}

TEST(what_does_not_fit_is_told)
{
	struct json_doc doc;
	struct arena none = {0};
	CHECK_OK(canonical(SLICE("{}"), JCS_RFC8785), why);
	CHECK_OK(json_parse(&doc, SLICE("{\"a\":\"bcd\"}"), NULL, &arena, &why), why);
	CHECK_ERROR(jcs_write(&buffer, &doc, json_root(&doc), JCS_RFC8785, &none, NULL), E_MEMORY);
	buffer_free(&buffer);
	buffer_init(&buffer, 5);
	CHECK_ERROR(jcs_write(&buffer, &doc, json_root(&doc), JCS_RFC8785, &arena, NULL), E_LIMIT);
	buffer_free(&buffer);
	arena_free(&arena);
}
