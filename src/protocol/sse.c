#include "protocol/sse.h"

#include "text/utf8.h"

#include <string.h>

static const slice byte_order_mark = SLICE_INIT("\xef\xbb\xbf");

void sse_reader_init(struct sse_reader *reader, size_t event_bytes_max)
{
	*reader = (struct sse_reader){0};
	buffer_init(&reader->line, event_bytes_max);
	buffer_init(&reader->data, event_bytes_max);
	buffer_init(&reader->type, SSE_TYPE_BYTES_MAX);
	buffer_init(&reader->id, SSE_ID_BYTES_MAX);
}

void sse_reader_free(struct sse_reader *reader)
{
	buffer_free(&reader->line);
	buffer_free(&reader->data);
	buffer_free(&reader->type);
	buffer_free(&reader->id);
}

/* Position of the first CR or LF; SIZE_MAX where there is none. */
static size_t line_end(slice text)
{
	size_t lf = slice_find_byte(text, '\n', 0);
	size_t cr = slice_find_byte(lf == SIZE_MAX ? text : slice_sub(text, 0, lf), '\r', 0);
	return cr != SIZE_MAX ? cr : lf;
}

static enum error keep(struct buffer *to, slice bytes, struct fault *why)
{
	TRY(buffer_reserve(to, bytes.len, why));
	buffer_add(to, bytes);
	return E_OK;
}

/*
 * The next whole line off the front of `*input`, without its end. It points into `*input` where it came in one piece,
 * else into reader->line, which the caller clears when it is done with the line. E_AGAIN: kept for the next input.
 */
static enum error line_take(struct sse_reader *reader, slice *input, slice *ret_line, struct fault *why)
{
	if (reader->after_cr && input->len > 0) {
		reader->after_cr = false;
		if (input->ptr[0] == '\n')
			*input = slice_from_offset(*input, 1);
	}
	size_t end = line_end(*input);
	slice part = slice_sub(*input, 0, end == SIZE_MAX ? input->len : end);
	if (end == SIZE_MAX || reader->line.len > 0)
		TRY(keep(&reader->line, part, why));
	if (end == SIZE_MAX) {
		*input = slice_from_offset(*input, part.len);
		return E_AGAIN;
	}
	*ret_line = reader->line.len > 0 ? buffer_slice(&reader->line) : part;
	reader->after_cr = input->ptr[end] == '\r';
	*input = slice_from_offset(*input, end + 1);
	return E_OK;
}

static void block_clear(struct sse_reader *reader)
{
	buffer_clear(&reader->data);
	buffer_clear(&reader->type);
	reader->has_data = reader->has_type = false;
}

/* HTML 9.2.6 "process the field". */
static enum error field_take(struct sse_reader *reader, slice line, struct fault *why)
{
	slice value = line;
	slice name = slice_cut(&value, ':');
	if (value.len > 0 && value.ptr[0] == ' ')
		value = slice_from_offset(value, 1);
	if (slice_equal(name, SLICE("data"))) {
		if (reader->has_data)
			TRY(keep(&reader->data, SLICE("\n"), why));
		reader->has_data = true;
		return keep(&reader->data, value, why);
	}
	if (slice_equal(name, SLICE("event"))) {
		buffer_clear(&reader->type);
		reader->has_type = value.len > 0;
		return keep(&reader->type, value, why);
	}
	if (slice_equal(name, SLICE("id")) && slice_find_byte(value, '\0', 0) == SIZE_MAX) {
		buffer_clear(&reader->id);
		reader->has_id = true;
		return keep(&reader->id, value, why);
	}
	uint64_t retry_ms;
	if (slice_equal(name, SLICE("retry")) && slice_to_u64(value, &retry_ms))
		reader->retry_ms = retry_ms;
	return E_OK;
}

/* A slice that is empty but present has a pointer all the same. */
static slice present(const struct buffer *buffer)
{
	return buffer->len > 0 ? buffer_slice(buffer) : SLICE("");
}

static void event_make(const struct sse_reader *reader, struct sse_event *ret_event)
{
	*ret_event = (struct sse_event){.kind = SSE_EVENT, .data = present(&reader->data)};
	if (reader->has_type)
		ret_event->type = present(&reader->type);
	if (reader->has_id)
		ret_event->id = present(&reader->id);
}

/* One line; `*ret_complete` where it completes an event or is a comment. */
static enum error line_read(struct sse_reader *reader, slice line, struct sse_event *ret_event, bool *ret_complete,
			    struct fault *why)
{
	if (!reader->started && slice_starts_with(line, byte_order_mark))
		line = slice_from_offset(line, byte_order_mark.len);
	reader->started = true;
	if (!utf8_valid(line))
		return FAIL(why, E_SYNTAX, "an event is not UTF-8");
	*ret_complete = false;
	if (line.len == 0) {
		if (!reader->has_data) {
			block_clear(reader);
			return E_OK;
		}
		event_make(reader, ret_event);
		reader->delivered = *ret_complete = true;
		return E_OK;
	}
	if (line.ptr[0] != ':')
		return field_take(reader, line, why);
	*ret_event = (struct sse_event){.kind = SSE_COMMENT, .data = slice_from_offset(line, 1)};
	*ret_complete = true;
	return E_OK;
}

enum error sse_reader_next(struct sse_reader *reader, slice *input, struct sse_event *ret_event, struct fault *why)
{
	if (reader->delivered) {
		block_clear(reader);
		reader->has_id = false;
		reader->delivered = false;
	}
	for (;;) {
		/* The line before was either used up or given out with the last call. */
		if (reader->line_used)
			buffer_clear(&reader->line);
		reader->line_used = false;
		slice line;
		bool complete = false;
		TRY(line_take(reader, input, &line, why));
		reader->line_used = true;
		TRY(line_read(reader, line, ret_event, &complete, why));
		if (complete)
			return E_OK;
	}
}

static bool holds_any(slice text, const char *bytes, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (slice_find_byte(text, bytes[i], 0) != SIZE_MAX)
			return true;
	return false;
}

static void put_line(struct buffer *out, slice name, slice value)
{
	buffer_add(out, name);
	buffer_add(out, value);
	buffer_add_byte(out, '\n');
}

/* CR, LF and CRLF each end a line of data, as a reader would take them. */
static void put_data(struct buffer *out, slice data)
{
	for (;;) {
		size_t end = line_end(data);
		put_line(out, SLICE("data: "), slice_sub(data, 0, end));
		if (end == SIZE_MAX)
			return;
		bool crlf = data.ptr[end] == '\r' && end + 1 < data.len && data.ptr[end + 1] == '\n';
		data = slice_from_offset(data, end + (crlf ? 2 : 1));
	}
}

enum error sse_write(struct buffer *out, const struct sse_event *event, struct fault *why)
{
	if (holds_any(event->id, "\r\n", 3))
		return FAIL_FIELD(why, E_INVALID, "id", "an event id holds a line end or NUL");
	if (holds_any(event->type, "\r\n", 2))
		return FAIL_FIELD(why, E_INVALID, "event", "an event type holds a line end");
	if (event->kind == SSE_COMMENT && holds_any(event->data, "\r\n", 2))
		return FAIL_FIELD(why, E_INVALID, "comment", "a comment holds a line end");
	if (event->kind == SSE_COMMENT) {
		put_line(out, SLICE(":"), event->data);
	} else {
		if (event->type.ptr)
			put_line(out, SLICE("event: "), event->type);
		if (event->id.ptr)
			put_line(out, SLICE("id: "), event->id);
		if (event->data.ptr)
			put_data(out, event->data);
	}
	buffer_add_byte(out, '\n');
	return buffer_check(out, why);
}
