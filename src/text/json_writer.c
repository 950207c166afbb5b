#include "text/json_writer.h"

#include "text/json_number.h"
#include "text/json_plain.h"
#include "text/utf8.h"

#include <assert.h>
#include <math.h>
#include <string.h>

void json_writer_init(struct json_writer *writer, struct buffer *buffer, enum json_style style)
{
	*writer = (struct json_writer){.buffer = buffer, .style = style};
}

enum error json_writer_end(struct json_writer *writer, struct fault *why)
{
	/* A container beyond the greatest depth was never begun, so the count may be short after a failure. */
	assert(writer->buffer->failed || (writer->depth == 0 && !writer->after_key));
	return buffer_check(writer->buffer, why);
}

static bool inside_object(const struct json_writer *writer)
{
	unsigned level = writer->depth - 1;
	return writer->depth > 0 && (writer->objects[level / 64] >> (level % 64) & 1);
}

static void new_line(struct json_writer *writer)
{
	if (writer->style != JSON_PRETTY)
		return;
	buffer_add_byte(writer->buffer, '\n');
	for (unsigned i = 0; i < writer->depth; i++)
		buffer_add(writer->buffer, SLICE("  "));
}

static void before_item(struct json_writer *writer)
{
	if (writer->comma)
		buffer_add_byte(writer->buffer, ',');
	if (writer->depth > 0)
		new_line(writer);
}

static void before_value(struct json_writer *writer)
{
	if (inside_object(writer)) {
		assert(writer->after_key);
		writer->after_key = false;
	} else {
		assert(writer->depth > 0 || !writer->comma);
		before_item(writer);
	}
	writer->comma = true;
}

static void begin(struct json_writer *writer, bool object)
{
	/* After a failure nothing is written, and depth would mean nothing. */
	if (writer->buffer->failed)
		return;
	if (writer->depth == JSON_DEPTH_MAX) {
		writer->buffer->failed = true;
		return;
	}
	before_value(writer);
	unsigned level = writer->depth++;
	writer->objects[level / 64] &= ~((uint64_t)1 << (level % 64));
	writer->objects[level / 64] |= (uint64_t)object << (level % 64);
	writer->comma = false;
	buffer_add_byte(writer->buffer, object ? '{' : '[');
}

static void end(struct json_writer *writer, bool object)
{
	if (writer->buffer->failed)
		return;
	assert(writer->depth > 0 && inside_object(writer) == object && !writer->after_key);
	writer->depth--;
	if (writer->comma)
		new_line(writer);
	writer->comma = true;
	buffer_add_byte(writer->buffer, object ? '}' : ']');
}

void json_begin_object(struct json_writer *writer)
{
	begin(writer, true);
}

void json_end_object(struct json_writer *writer)
{
	end(writer, true);
}

void json_begin_array(struct json_writer *writer)
{
	begin(writer, false);
}

void json_end_array(struct json_writer *writer)
{
	end(writer, false);
}

/*
 * Quotes between up to one byte before (0: none) and one behind, or does nothing where a byte needs an escape or a second
 * look, or there is no room yet.
 */
static inline bool quote_plain(struct buffer *buffer, char before, slice text, char behind)
{
	if (buffer->failed || buffer->size - buffer->len < text.len + 4)
		return false;
	char *to = buffer->ptr + buffer->len;
	*to = before;
	to += before != 0;
	*to++ = '"';
	if (!json_copy_plain(to, text.ptr, text.len))
		return false;
	to += text.len;
	*to++ = '"';
	*to = behind;
	to += behind != 0;
	buffer->len = (size_t)(to - buffer->ptr);
	return true;
}

void json_quote(struct buffer *buffer, slice text)
{
	static const char hex[] = "0123456789abcdef";
	static const char letters[32] = {['\b'] = 'b', ['\f'] = 'f', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
	const char *at = text.ptr, *end = text.len ? text.ptr + text.len : text.ptr, *from = at;
	if (text.len && quote_plain(buffer, 0, text, 0))
		return;
	buffer_add_byte(buffer, '"');
	while ((at = json_skip_plain(at, end)) < end) {
		unsigned char byte = (unsigned char)*at;
		unsigned length = byte < 0x80 ? 1 : utf8_length(at, end);
		if (length == 0) {
			buffer->failed = true;
			return;
		}
		if (byte >= 0x20 && byte != '"' && byte != '\\') {
			at += length;
			continue;
		}
		buffer_add(buffer, slice_from(from, (size_t)(at - from)));
		from = ++at;
		buffer_add_byte(buffer, '\\');
		if (byte >= 0x20 || letters[byte]) {
			buffer_add_byte(buffer, byte >= 0x20 ? (char)byte : letters[byte]);
			continue;
		}
		buffer_add(buffer, SLICE("u00"));
		buffer_add_byte(buffer, hex[byte >> 4]);
		buffer_add_byte(buffer, hex[byte & 15]);
	}
	buffer_add(buffer, slice_from(from, (size_t)(at - from)));
	buffer_add_byte(buffer, '"');
}

void json_write_key(struct json_writer *writer, slice key)
{
	if (writer->buffer->failed)
		return;
	assert(inside_object(writer) && !writer->after_key);
	writer->after_key = true;
	if (writer->style == JSON_COMPACT && quote_plain(writer->buffer, writer->comma ? ',' : 0, key, ':'))
		return;
	before_item(writer);
	json_quote(writer->buffer, key);
	buffer_add_byte(writer->buffer, ':');
	if (writer->style == JSON_PRETTY)
		buffer_add_byte(writer->buffer, ' ');
}

void json_write_raw(struct json_writer *writer, slice json)
{
	if (writer->buffer->failed)
		return;
	before_value(writer);
	buffer_add(writer->buffer, json);
}

void json_write_string(struct json_writer *writer, slice text)
{
	if (writer->buffer->failed)
		return;
	before_value(writer);
	json_quote(writer->buffer, text);
}

void json_write_i64(struct json_writer *writer, int64_t value)
{
	if (writer->buffer->failed)
		return;
	before_value(writer);
	buffer_add_i64(writer->buffer, value);
}

void json_write_u64(struct json_writer *writer, uint64_t value)
{
	if (writer->buffer->failed)
		return;
	before_value(writer);
	buffer_add_u64(writer->buffer, value);
}

void json_write_bool(struct json_writer *writer, bool value)
{
	json_write_raw(writer, value ? SLICE("true") : SLICE("false"));
}

void json_write_null(struct json_writer *writer)
{
	json_write_raw(writer, SLICE("null"));
}

void json_write_double(struct json_writer *writer, double value)
{
	char text[JSON_NUMBER_TEXT_MAX];
	if (!isfinite(value)) {
		writer->buffer->failed = true;
		return;
	}
	json_write_raw(writer, slice_from(text, json_number_write(text, value)));
}

/* Recurses as deep as the value is, at most JSON_DEPTH_MAX. */
void json_write_node(struct json_writer *writer, const struct json_doc *doc, const struct json_node *node)
{
	if (node->type == JSON_STRING) {
		json_write_string(writer, node->string);
		return;
	}
	if (node->type < JSON_ARRAY) {
		json_write_raw(writer, json_span(doc, node));
		return;
	}
	begin(writer, node->type == JSON_OBJECT);
	for (const struct json_node *child = json_first(node); child; child = json_next(child)) {
		if (node->type == JSON_OBJECT)
			json_write_key(writer, child->key);
		json_write_node(writer, doc, child);
	}
	end(writer, node->type == JSON_OBJECT);
}

void json_put_joined(struct json_writer *writer, const char *key, slice head, const char *tail)
{
	struct buffer text;
	buffer_init(&text, JSON_JOINED_MAX);
	buffer_add(&text, head);
	buffer_add_text(&text, tail);
	json_put_string(writer, key, buffer_slice(&text));
	if (text.failed)
		writer->buffer->failed = true;
	buffer_free(&text);
}
