#include "text/json_writer.h"

#include "check.h"

#include <math.h>

static struct buffer buffer;
static struct json_writer writer;

static void start(enum json_style style)
{
	buffer_free(&buffer);
	buffer_init(&buffer, 1 << 20);
	json_writer_init(&writer, &buffer, style);
}

static void write_sample(void)
{
	json_begin_object(&writer);
	json_put_string(&writer, "s", SLICE("a\"\\\b\f\n\r\t\x01/\xc3\xa9\x7f"));
	json_put_array(&writer, "list");
	json_write_i64(&writer, INT64_MIN);
	json_write_u64(&writer, UINT64_MAX);
	json_write_double(&writer, 0.1);
	json_write_raw(&writer, SLICE("[1]"));
	json_begin_object(&writer);
	json_end_object(&writer);
	json_end_array(&writer);
	json_put_object(&writer, "o");
	json_put_bool(&writer, "yes", true);
	json_put_text(&writer, "none", NULL);
	json_put_text(&writer, "text", "t");
	json_put_i64(&writer, "i", -1);
	json_put_u64(&writer, "u", 1);
	json_end_object(&writer);
	json_end_object(&writer);
}

TEST(values_are_written_with_commas_and_the_fewest_escapes)
{
	start(JSON_COMPACT);
	write_sample();
	CHECK_ERROR(json_writer_end(&writer, NULL), E_OK);
	CHECK_SLICE(buffer_slice(&buffer),
		    SLICE("{\"s\":\"a\\\"\\\\\\b\\f\\n\\r\\t\\u0001/\xc3\xa9\x7f\",\"list\":[-9223372036854775808,"
			  "18446744073709551615,0.1,[1],{}],\"o\":{\"yes\":true,\"none\":null,\"text\":\"t\",\"i\":-1,"
			  "\"u\":1}}"));
}

TEST(people_get_lines)
{
	start(JSON_PRETTY);
	json_begin_object(&writer);
	json_put_array(&writer, "a");
	json_write_i64(&writer, 1);
	json_write_i64(&writer, 2);
	json_end_array(&writer);
	json_put_object(&writer, "b");
	json_end_object(&writer);
	json_end_object(&writer);
	CHECK_ERROR(json_writer_end(&writer, NULL), E_OK);
	CHECK_SLICE(buffer_slice(&buffer), SLICE("{\n  \"a\": [\n    1,\n    2\n  ],\n  \"b\": {}\n}"));
}

TEST(a_parsed_value_is_copied_with_its_digits)
{
	struct arena arena;
	struct json_doc doc;
	struct fault why;
	arena_init(&arena, 1 << 20);
	slice text = SLICE("{ \"a\\u0062\" : [ 1.50, 1e2, -0, \"\\u00e9\\n\", true , null, {} ] }");
	CHECK_OK(json_parse(&doc, text, NULL, &arena, &why), why);
	start(JSON_COMPACT);
	json_write_node(&writer, &doc, json_root(&doc));
	CHECK_ERROR(json_writer_end(&writer, NULL), E_OK);
	CHECK_SLICE(buffer_slice(&buffer), SLICE("{\"ab\":[1.50,1e2,-0,\"\xc3\xa9\\n\",true,null,{}]}"));
	arena_free(&arena);
}

TEST(what_cannot_be_json_fails_the_buffer)
{
	start(JSON_COMPACT);
	json_write_double(&writer, (double)INFINITY);
	CHECK_ERROR(json_writer_end(&writer, NULL), E_LIMIT);
	start(JSON_COMPACT);
	json_write_string(&writer, SLICE("\xff"));
	CHECK_ERROR(json_writer_end(&writer, NULL), E_LIMIT);
	start(JSON_COMPACT);
	for (unsigned i = 0; i <= JSON_DEPTH_MAX; i++)
		json_begin_array(&writer);
	for (unsigned i = 0; i <= JSON_DEPTH_MAX; i++)
		json_end_array(&writer);
	CHECK_ERROR(json_writer_end(&writer, NULL), E_LIMIT);
	buffer_free(&buffer);
	buffer_init(&buffer, 20);
	json_writer_init(&writer, &buffer, JSON_COMPACT);
	write_sample();
	CHECK_ERROR(json_writer_end(&writer, NULL), E_LIMIT);
	buffer_free(&buffer);
}

TEST(two_parts_become_one_string_or_fail_the_buffer)
{
	static char longer[JSON_JOINED_MAX + 1];
	start(JSON_COMPACT);
	json_begin_object(&writer);
	json_put_joined(&writer, "url", SLICE("http://h"), "/a\"b");
	json_end_object(&writer);
	CHECK_ERROR(json_writer_end(&writer, NULL), E_OK);
	CHECK_SLICE(buffer_slice(&buffer), SLICE("{\"url\":\"http://h/a\\\"b\"}"));
	start(JSON_COMPACT);
	json_begin_object(&writer);
	json_put_joined(&writer, "url", slice_from(longer, sizeof(longer)), "");
	json_end_object(&writer);
	CHECK_ERROR(json_writer_end(&writer, NULL), E_LIMIT);
	buffer_free(&buffer);
}
