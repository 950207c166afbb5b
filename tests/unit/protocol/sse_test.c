#include "protocol/sse.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

/* Reads `input` in steps and tells each event as "type|id|data\n", a comment as "#text\n". */
static enum error told(slice input, size_t step, size_t event_bytes_max, struct buffer *out, uint64_t *ret_retry_ms)
{
	struct sse_reader reader;
	enum error code = E_AGAIN;
	sse_reader_init(&reader, event_bytes_max);
	for (size_t at = 0; at < input.len && code == E_AGAIN; at += step) {
		slice part = slice_sub(input, at, at + step);
		struct sse_event event;
		while ((code = sse_reader_next(&reader, &part, &event, NULL)) == E_OK) {
			if (event.kind == SSE_COMMENT)
				buffer_print(out, "#%.*s\n", SLICE_ARG(event.data));
			else
				buffer_print(out, "%.*s|%.*s|%.*s\n", SLICE_ARG(event.type),
					     SLICE_ARG(event.id.ptr ? event.id : SLICE("-")), SLICE_ARG(event.data));
		}
	}
	if (ret_retry_ms)
		*ret_retry_ms = reader.retry_ms;
	sse_reader_free(&reader);
	return code;
}

static void check_told(slice input, slice expected)
{
	for (size_t step = 1; step <= input.len; step++) {
		struct buffer out;
		buffer_init(&out, 10000);
		CHECK_ERROR(told(input, step, 1000, &out, NULL), E_AGAIN);
		CHECK_SLICE(buffer_slice(&out), expected);
		buffer_free(&out);
	}
}

TEST(streams_of_the_standard_are_read)
{
	/* HTML 9.2.6, the examples. */
	check_told(SLICE("data: YHOO\ndata: +2\ndata: 10\n\n"), SLICE("|-|YHOO\n+2\n10\n"));
	check_told(
		SLICE(": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n"),
		SLICE("# test stream\n|1|first event\n||second event\n|-| third event\n"));
	check_told(SLICE("data\n\ndata\ndata\n\ndata:"), SLICE("|-|\n|-|\n\n"));
	check_told(SLICE("data:test\n\ndata: test\n\n"), SLICE("|-|test\n|-|test\n"));
}

TEST(every_line_end_counts_once)
{
	check_told(SLICE("event: a\r\ndata: 1\r\n\r\nevent: b\rdata: 2\r\revent: c\ndata: 3\n\n"),
		   SLICE("a|-|1\nb|-|2\nc|-|3\n"));
	check_told(SLICE("data: 1\r\r\ndata: 2\n\r\n"), SLICE("|-|1\n|-|2\n"));
}

TEST(odd_fields_are_ignored_as_the_standard_says)
{
	check_told(SLICE("\xef\xbb\xbf"
			 "data: 1\n\n"),
		   SLICE("|-|1\n"));
	check_told(SLICE("Data: 1\nfoo: bar\nid: a\0b\nretry: x\ndata: 2\n\n"), SLICE("|-|2\n"));
	check_told(SLICE("event: gone\n\ndata: 2\n\n"), SLICE("|-|2\n"));
	check_told(SLICE("id: kept\n\ndata: 2\n\n"), SLICE("|kept|2\n"));
	check_told(SLICE("data: cut off"), SLICE(""));
	check_told(SLICE("data: cut off\n"), SLICE(""));
}

TEST(an_event_that_only_primes_has_an_id_and_no_text)
{
	check_told(SLICE("id: s_1\ndata: \n\n:\n"), SLICE("|s_1|\n#\n"));
}

TEST(retry_is_kept)
{
	uint64_t retry_ms;
	struct buffer out;
	buffer_init(&out, 100);
	CHECK_ERROR(told(SLICE("retry: 1500\nretry: 2x\n\n"), 3, 100, &out, &retry_ms), E_AGAIN);
	CHECK_INT(retry_ms, 1500);
	buffer_free(&out);
}

static enum error read_code(slice input, size_t step, size_t event_bytes_max)
{
	struct buffer out;
	buffer_init(&out, 1000);
	enum error code = told(input, step, event_bytes_max, &out, NULL);
	buffer_free(&out);
	return code;
}

TEST(limits_and_encoding_are_enforced)
{
	CHECK_ERROR(read_code(SLICE("data: 0123456789\n"), 4, 12), E_LIMIT);
	CHECK_ERROR(read_code(SLICE("data: 01234\ndata: 01234\ndata: 01234\n"), 4, 12), E_LIMIT);
	CHECK_ERROR(read_code(SLICE("data: 01234\ndata: 01234\n\n"), 4, 12), E_AGAIN);
	CHECK_ERROR(read_code(SLICE("data: \xff\n"), 4, 100), E_SYNTAX);
	CHECK_ERROR(read_code(SLICE(": \xed\xa0\x80\n"), 4, 100), E_SYNTAX);
	CHECK_ERROR(read_code(SLICE("data: \xc3\xa9\n"), 7, 100), E_AGAIN);
	char line[SSE_ID_BYTES_MAX + 10];
	memset(line, 'x', sizeof(line));
	memcpy(line, "id: ", 4);
	line[sizeof(line) - 1] = '\n';
	CHECK_ERROR(read_code(slice_from(line, sizeof(line)), 10, 10000), E_LIMIT);
	memcpy(line, "event: ", 7);
	CHECK_ERROR(read_code(slice_from(line, sizeof(line)), 10, 10000), E_LIMIT);
}

TEST(what_is_written_is_read_back)
{
	struct buffer wire, out;
	buffer_init(&wire, 1000);
	buffer_init(&out, 1000);
	struct sse_event event = {.type = SLICE("decision"), .id = SLICE("17"), .data = SLICE("a\nb\r\nc\rd\n")};
	struct sse_event comment = {.kind = SSE_COMMENT, .data = SLICE(" alive")};
	CHECK_ERROR(sse_write(&wire, &event, NULL), E_OK);
	CHECK_ERROR(sse_write(&wire, &comment, NULL), E_OK);
	CHECK_SLICE(buffer_slice(&wire),
		    SLICE("event: decision\nid: 17\ndata: a\ndata: b\ndata: c\ndata: d\ndata: \n\n: alive\n\n"));
	CHECK_ERROR(told(buffer_slice(&wire), 5, 1000, &out, NULL), E_AGAIN);
	CHECK_SLICE(buffer_slice(&out), SLICE("decision|17|a\nb\nc\nd\n\n# alive\n"));
	buffer_free(&wire);
	buffer_free(&out);
}

TEST(no_field_can_start_another)
{
	struct buffer wire;
	buffer_init(&wire, 40);
	struct sse_event id = {.id = SLICE("1\ndata: x")}, type = {.type = SLICE("a\rb")}, nul = {.id = SLICE("a\0b")};
	struct sse_event comment = {.kind = SSE_COMMENT, .data = SLICE("a\nb")};
	struct sse_event wide = {.data = SLICE("0123456789012345678901234567890123456789")};
	CHECK_ERROR(sse_write(&wire, &id, NULL), E_INVALID);
	CHECK_ERROR(sse_write(&wire, &type, NULL), E_INVALID);
	CHECK_ERROR(sse_write(&wire, &nul, NULL), E_INVALID);
	CHECK_ERROR(sse_write(&wire, &comment, NULL), E_INVALID);
	CHECK_INT(wire.len, 0);
	CHECK_ERROR(sse_write(&wire, &wide, NULL), E_LIMIT);
	buffer_free(&wire);
}
