#include "text/json.h"

#include "base/memory.h"
#include "check.h"

#include <stdio.h>
#include <string.h>

static struct arena arena;
static struct fault why;

static enum error parse(struct json_doc *doc, slice text)
{
	arena_free(&arena);
	arena_init(&arena, 64u << 20);
	why = (struct fault){0};
	return json_parse(doc, text, NULL, &arena, &why);
}

static void refused(slice text, const char *sentence)
{
	struct json_doc doc;
	if (parse(&doc, text) != E_SYNTAX || !strstr(why.sentence, sentence))
		fail_msg("%.*s: %s", SLICE_ARG(text), fault_sentence(&why));
	CHECK(json_root(&doc) == NULL);
}

TEST(a_document_is_read_with_types_spans_and_order)
{
	struct json_doc doc;
	slice text = SLICE(" {\"a\" : [1, -2.50,\"x\\n\\u00e9\\ud83d\\ude00\", true,null , {}],\n\"b\":9223372036854775807} ");
	CHECK_OK(parse(&doc, text), why);
	const struct json_node *root = json_root(&doc);
	CHECK(json_is(root, JSON_OBJECT) && root->count == 2);
	CHECK_SLICE(json_span(&doc, root), slice_sub(text, 1, text.len - 1));
	const struct json_node *list = json_get(&doc, root, SLICE("a"));
	CHECK(json_is(list, JSON_ARRAY) && list->count == 6);
	enum json_type types[] = {JSON_INT, JSON_NUMBER, JSON_STRING, JSON_BOOL, JSON_NULL, JSON_OBJECT};
	size_t i = 0;
	for (const struct json_node *node = json_first(list); node; node = json_next(node), i++)
		CHECK_INT(node->type, types[i]);
	CHECK_INT(i, 6);
	const struct json_node *second = json_next(json_first(list));
	CHECK_SLICE(json_span(&doc, second), SLICE("-2.50"));
	double number;
	CHECK(json_double(&doc, second, &number) && number == -2.5);
	slice string;
	CHECK(json_string(json_next(second), &string));
	CHECK_SLICE(string, SLICE("x\n\xc3\xa9\xf0\x9f\x98\x80"));
	int64_t integer;
	CHECK(json_i64(json_get(&doc, root, SLICE("b")), &integer) && integer == INT64_MAX);
	CHECK(json_get(&doc, root, SLICE("c")) == NULL && json_get(&doc, list, SLICE("a")) == NULL);
	CHECK(json_get(&doc, NULL, SLICE("a")) == NULL);
}

TEST(a_string_without_escapes_is_borrowed_and_nul_is_a_byte)
{
	struct json_doc doc;
	slice text = SLICE("[\"plain\",\"a\\u0000b\"]"), string;
	CHECK_OK(parse(&doc, text), why);
	CHECK(json_string(json_first(json_root(&doc)), &string) && string.ptr == text.ptr + 2);
	CHECK(json_string(json_next(json_first(json_root(&doc))), &string));
	CHECK_SLICE(string, SLICE("a\0b"));
}

TEST(integers_are_exact_or_stay_text)
{
	static const struct {
		const char *text;
		enum json_type type;
	} rows[] = {{"0", JSON_INT}, {"-1", JSON_INT}, {"9223372036854775807", JSON_INT}, {"-9223372036854775808", JSON_INT},
		    {"9223372036854775808", JSON_NUMBER}, {"-9223372036854775809", JSON_NUMBER}, {"-0", JSON_NUMBER},
		    {"1.0", JSON_NUMBER}, {"1e2", JSON_NUMBER}, {"1E-2", JSON_NUMBER}, {"0.0e+1", JSON_NUMBER}};
	struct json_doc doc;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_OK(parse(&doc, slice_of(rows[i].text)), why);
		CHECK_INT(json_root(&doc)->type, rows[i].type);
	}
	double number;
	CHECK_OK(parse(&doc, SLICE("1e999")), why);
	CHECK(!json_double(&doc, json_root(&doc), &number));
}

TEST(what_is_not_json_is_refused)
{
	refused(SLICE(""), "empty");
	refused(SLICE("   "), "missing");
	refused(SLICE("\xef\xbb\xbf{}"), "byte order");
	refused(SLICE("nul"), "not a value");
	refused(SLICE("True"), "not a value");
	refused(SLICE("NaN"), "not a value");
	refused(SLICE("-Infinity"), "minus");
	refused(SLICE("+1"), "not a value");
	refused(SLICE(".5"), "not a value");
	refused(SLICE("01"), "leading zeros");
	refused(SLICE("-01"), "leading zeros");
	refused(SLICE("1."), "decimal point");
	refused(SLICE("1.e1"), "decimal point");
	refused(SLICE("1e"), "exponent");
	refused(SLICE("1e+"), "exponent");
	refused(SLICE("0x10"), "after the value");
	refused(SLICE("1 2"), "after the value");
	refused(SLICE("{}\0"), "after the value");
	refused(SLICE("[1,]"), "not a value");
	refused(SLICE("[,1]"), "not a value");
	refused(SLICE("[1 2]"), "missing");
	refused(SLICE("[1"), "too early");
	refused(SLICE("[1}"), "missing");
	refused(SLICE("{\"a\":1,}"), "must be a string");
	refused(SLICE("{a:1}"), "must be a string");
	refused(SLICE("{\"a\" 1}"), "':'");
	refused(SLICE("{\"a\":}"), "not a value");
	refused(SLICE("{\"a\":1]"), "missing");
	refused(SLICE("]"), "not a value");
	refused(SLICE("[1]]"), "after the value");
	refused(SLICE("// x\n1"), "not a value");
	refused(SLICE("'a'"), "not a value");
	refused(SLICE("\f1"), "not a value");
}

TEST(a_string_that_is_not_plain_utf8_is_refused)
{
	refused(SLICE("\"abc"), "does not end");
	refused(SLICE("\"abc\\"), "does not end");
	refused(SLICE("\"abc\\\""), "does not end");
	refused(SLICE("\"a\nb\""), "control character");
	refused(SLICE("\"a\\n\x01\""), "control character");
	refused(SLICE("\"\0\""), "control character");
	refused(SLICE("\"\\x41\""), "no such escape");
	refused(SLICE("\"\\\xc3\xa9\""), "no such escape");
	refused(SLICE("\"\\u12\""), "four hex digits");
	refused(SLICE("\"\\u12g4\""), "four hex digits");
	refused(SLICE("\"\\ud800\""), "without its low");
	refused(SLICE("\"\\ud800\\u0041\""), "without its low");
	refused(SLICE("\"\\ud800\\ud800\""), "without its low");
	refused(SLICE("\"\\udc00\\ud800\""), "without its high");
	refused(SLICE("\"\xc0\x80\""), "not UTF-8");
	refused(SLICE("\"\xc1\xbf\""), "not UTF-8");
	refused(SLICE("\"\xe0\x80\xaf\""), "not UTF-8");
	refused(SLICE("\"\xf0\x80\x80\xaf\""), "not UTF-8");
	refused(SLICE("\"\xed\xa0\x80\xed\xb0\x80\""), "not UTF-8");
	refused(SLICE("\"\xf4\x90\x80\x80\""), "not UTF-8");
	refused(SLICE("\"\xff\""), "not UTF-8");
	refused(SLICE("\"\x80\""), "not UTF-8");
	refused(SLICE("\"\\n\xe2\x82\""), "not UTF-8");
	refused(SLICE("\"\xe2\x82"), "not UTF-8");
}

TEST(special_bytes_are_seen_wherever_they_stand)
{
	char text[80];
	struct json_doc doc;
	for (size_t at = 1; at < 60; at++)
		for (int byte = 0; byte < 256; byte++) {
			memset(text, 'a', sizeof(text));
			text[0] = '"';
			text[61] = '"';
			text[at] = (char)byte;
			bool fine = byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
			CHECK((parse(&doc, slice_from(text, 62)) == E_OK) == fine);
		}
}

TEST(twins_are_refused_at_any_depth_by_their_decoded_names)
{
	refused(SLICE("{\"a\":1,\"a\":2}"), "same name");
	refused(SLICE("{\"a\":1,\"\\u0061\":2}"), "same name");
	refused(SLICE("[{\"x\":{\"\":1,\"b\":2,\"\":3}}]"), "same name");
	struct json_doc doc;
	CHECK_OK(parse(&doc, SLICE("{\"a\":{\"a\":1},\"A\":2,\"b\":{\"a\":3}}")), why);
	CHECK(json_find_fold(&doc, json_root(&doc), SLICE("a")) == json_get(&doc, json_root(&doc), SLICE("A")));
	CHECK(json_find_fold(&doc, json_root(&doc), SLICE("b")) == NULL);
}

TEST(twins_among_many_members_are_found)
{
	static char text[400000];
	struct json_doc doc;
	for (int twin = -1; twin < 20000; twin += 4999) {
		size_t length = 0;
		text[length++] = '{';
		for (int i = 0; i < 20000; i++)
			length += (size_t)snprintf(text + length, sizeof(text) - length, "\"k%d\":%d,", i, i);
		length += (size_t)snprintf(text + length, sizeof(text) - length, "\"k%d\":0}", twin);
		CHECK_INT(parse(&doc, slice_from(text, length)), twin < 0 ? E_OK : E_SYNTAX);
	}
}

/* Names of every length, also such as differ only in their middle, and one of them a second time. */
TEST(a_twin_is_found_wherever_it_stands)
{
	static char text[16384];
	struct json_doc doc;
	for (int count = 2; count < 200; count += count < 40 ? 1 : 31)
		for (int twin = -1; twin < count; twin += 1 + count / 20) {
			size_t length = (size_t)snprintf(text, sizeof(text), "{");
			for (int i = 0; i < count; i++)
				length += (size_t)snprintf(text + length, sizeof(text) - length, i % 2 ? "\"%0*d\":0," : "\"beginning%0*dthe end\":0,",
							   i % 40, i);
			length += (size_t)snprintf(text + length, sizeof(text) - length, twin % 2 ? "\"%0*d\":0}" : "\"beginning%0*dthe end\":0}",
						   twin < 0 ? 50 : twin % 40, twin < 0 ? 0 : twin);
			CHECK_INT(parse(&doc, slice_from(text, length)), twin < 0 ? E_OK : E_SYNTAX);
		}
}

TEST(the_fault_says_line_and_column)
{
	refused(SLICE("{\n \"a\": 1,\n \"b\" 2}"), "line 3 column 6");
	refused(SLICE("{\"a\":1,\n \"a\":2}"), "line 2 column 2");
}

TEST(limits_hold)
{
	struct json_doc doc;
	struct json_limits limits = {.bytes_max = 8, .depth_max = 2, .nodes_max = 3};
	arena_free(&arena);
	arena_init(&arena, 1 << 20);
	CHECK_ERROR(json_parse(&doc, SLICE("[[1,2]] "), &limits, &arena, NULL), E_LIMIT);
	CHECK_ERROR(json_parse(&doc, SLICE("[[1]]   "), &limits, &arena, NULL), E_OK);
	CHECK_ERROR(json_parse(&doc, SLICE("[[1]]    "), &limits, &arena, NULL), E_LIMIT);
	CHECK_ERROR(json_parse(&doc, SLICE("[[[]]]"), &limits, &arena, NULL), E_LIMIT);
	limits = (struct json_limits){.depth_max = 2};
	CHECK_ERROR(json_parse(&doc, SLICE("[[],[],{},{},[]]"), &limits, &arena, NULL), E_OK);
	static char deep[300000];
	memset(deep, '[', sizeof(deep));
	limits = (struct json_limits){.depth_max = UINT32_MAX};
	CHECK_ERROR(json_parse(&doc, slice_from(deep, sizeof(deep)), &limits, &arena, NULL), E_LIMIT);
	CHECK_INT(doc.node_count, 0);
}

TEST(an_empty_heap_is_told_wherever_it_shows)
{
	static const char text[] = "{\"a\":\"\\n\",\"b\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,"
				   "26,27,28,29,30,31,32,33,34,35,36,37,38,39,40]}";
	for (size_t bytes = 0; bytes < 9000; bytes += 64) {
		struct json_doc doc;
		struct arena small;
		arena_init(&small, bytes);
		enum error error = json_parse(&doc, slice_of(text), NULL, &small, NULL);
		CHECK(error == E_MEMORY || (error == E_OK && bytes > 5000));
		arena_free(&small);
	}
}

TEST(members_are_needed_or_optional_and_typed)
{
	struct json_doc doc;
	CHECK_OK(parse(&doc, SLICE("{\"s\":\"x\",\"i\":5,\"b\":true,\"n\":null,\"o\":{}}")), why);
	const struct json_node *root = json_root(&doc), *node;
	slice string = SLICE("old");
	int64_t integer = 7;
	bool truth = false;
	CHECK_OK(json_need_string(&doc, root, "s", &string, &why), why);
	CHECK_SLICE(string, SLICE("x"));
	CHECK_OK(json_opt_string(&doc, root, "absent", &string, &why), why);
	CHECK_SLICE(string, SLICE("x"));
	CHECK_OK(json_need_i64(&doc, root, "i", &integer, &why), why);
	CHECK_OK(json_opt_i64(&doc, root, "absent", &integer, &why), why);
	CHECK_INT(integer, 5);
	CHECK_OK(json_need_bool(&doc, root, "b", &truth, &why), why);
	CHECK_OK(json_opt_bool(&doc, root, "absent", &truth, &why), why);
	CHECK(truth);
	CHECK_OK(json_need_node(&doc, root, "o", JSON_OBJECT, &node, &why), why);
	CHECK(node && json_first(node) == NULL);
	CHECK_OK(json_opt_node(&doc, root, "absent", JSON_OBJECT, &node, &why), why);
	CHECK(node == NULL);
	CHECK_ERROR(json_need_string(&doc, root, "absent", &string, &why), E_INVALID);
	CHECK_SLICE(slice_of(why.field), SLICE("absent"));
	CHECK_ERROR(json_need_string(&doc, root, "i", &string, &why), E_INVALID);
	CHECK_ERROR(json_opt_string(&doc, root, "n", &string, &why), E_INVALID);
	CHECK_ERROR(json_opt_i64(&doc, root, "s", &integer, &why), E_INVALID);
	CHECK_ERROR(json_need_i64(&doc, root, "absent", &integer, &why), E_INVALID);
	CHECK_ERROR(json_opt_bool(&doc, root, "i", &truth, &why), E_INVALID);
	CHECK_ERROR(json_need_bool(&doc, root, "n", &truth, &why), E_INVALID);
	CHECK_ERROR(json_need_node(&doc, root, "o", JSON_ARRAY, &node, &why), E_INVALID);
	CHECK_SLICE(slice_of(why.sentence), SLICE("\"o\" must be of type array, not object"));
	arena_free(&arena);
}

TEST(one_value_is_read_out_of_the_middle)
{
	struct json_doc doc;
	slice text = SLICE("[1, {\"a\":[2]} ,x");
	size_t at = 3;
	arena_reset(&arena);
	CHECK_OK(json_parse_at(&doc, text, &at, NULL, &arena, &why), why);
	CHECK_INT(at, 13);
	CHECK_SLICE(json_span(&doc, json_root(&doc)), SLICE("{\"a\":[2]}"));
	at = 15;
	CHECK_ERROR(json_parse_at(&doc, text, &at, NULL, &arena, &why), E_SYNTAX);
	CHECK_SLICE(slice_of(why.sentence), SLICE("JSON line 1 column 16: not a value"));
	at = text.len;
	CHECK_ERROR(json_parse_at(&doc, text, &at, NULL, &arena, &why), E_SYNTAX);
	struct json_limits limits = {.depth_max = 1};
	at = 3;
	CHECK_ERROR(json_parse_at(&doc, text, &at, &limits, &arena, &why), E_LIMIT);
}
