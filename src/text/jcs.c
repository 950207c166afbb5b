#include "text/jcs.h"

#include "text/json_number.h"
#include "text/json_sort.h"
#include "text/json_writer.h"

struct job {
	struct buffer *to;
	const struct json_doc *doc;
	enum jcs_numbers numbers;
	struct arena *scratch;
	struct fault *why;
};

/*
 * RFC 8785 3.2.3: names compare as UTF-16. In valid UTF-8 that is the order of bytes, except that characters beyond
 * U+FFFF (first byte 0xf0 and up) are surrogates there and come before U+E000 to U+FFFF (first byte 0xee, 0xef).
 */
static int utf16_order(const struct json_node *a, const struct json_node *b)
{
	size_t common = a->key.len < b->key.len ? a->key.len : b->key.len;
	for (size_t i = 0; i < common; i++) {
		unsigned char one = (unsigned char)a->key.ptr[i], two = (unsigned char)b->key.ptr[i];
		if (one == two)
			continue;
		bool inverted = (one >= 0xf0 && (two == 0xee || two == 0xef)) ||
				(two >= 0xf0 && (one == 0xee || one == 0xef));
		return (one < two) != inverted ? -1 : 1;
	}
	return (a->key.len > b->key.len) - (a->key.len < b->key.len);
}

static enum error write_number(const struct job *job, const struct json_node *node)
{
	char text[JSON_NUMBER_TEXT_MAX];
	double value;
	if (node->type == JSON_INT && job->numbers == JCS_EXACT_INTEGERS) {
		buffer_add_i64(job->to, node->integer);
		return E_OK;
	}
	if (!json_double(job->doc, node, &value))
		return FAIL(job->why, E_INVALID, "the number at byte %u is too large for a canonical form", node->start);
	/* 2^63 itself is not an int64_t, so the way back must not be tried with it. */
	if (node->type == JSON_INT && (value >= 0x1p63 || (int64_t)value != node->integer))
		return FAIL(job->why, E_INVALID, "the integer at byte %u is not exact as a double", node->start);
	buffer_add(job->to, slice_from(text, json_number_write(text, value)));
	return E_OK;
}

static enum error write_node(const struct job *job, const struct json_node *node);

static enum error write_object(const struct job *job, const struct json_node *node)
{
	const struct json_node **members = json_sorted_members(node, utf16_order, job->scratch);
	if (!members)
		return FAIL(job->why, E_MEMORY, "no memory to sort %u members", node->count);
	buffer_add_byte(job->to, '{');
	for (uint32_t i = 0; i < node->count; i++) {
		if (i > 0)
			buffer_add_byte(job->to, ',');
		json_quote(job->to, members[i]->key);
		buffer_add_byte(job->to, ':');
		TRY(write_node(job, members[i]));
	}
	buffer_add_byte(job->to, '}');
	return E_OK;
}

static enum error write_array(const struct job *job, const struct json_node *node)
{
	buffer_add_byte(job->to, '[');
	for (const struct json_node *item = json_first(node); item; item = json_next(item)) {
		TRY(write_node(job, item));
		if (json_next(item))
			buffer_add_byte(job->to, ',');
	}
	buffer_add_byte(job->to, ']');
	return E_OK;
}

/* Recurses as deep as the value is, at most JSON_DEPTH_MAX. */
static enum error write_node(const struct job *job, const struct json_node *node)
{
	switch ((enum json_type)node->type) {
	case JSON_OBJECT:
		return write_object(job, node);
	case JSON_ARRAY:
		return write_array(job, node);
	case JSON_STRING:
		json_quote(job->to, node->string);
		return E_OK;
	case JSON_INT:
	case JSON_NUMBER:
		return write_number(job, node);
	case JSON_BOOL:
	case JSON_NULL:
	case JSON_TYPE_COUNT:
		break;
	}
	buffer_add(job->to, json_span(job->doc, node));
	return E_OK;
}

enum error jcs_write(struct buffer *to, const struct json_doc *doc, const struct json_node *node,
		     enum jcs_numbers numbers, struct arena *scratch, struct fault *why)
{
	struct job job = {.to = to, .doc = doc, .numbers = numbers, .scratch = scratch, .why = why};
	TRY(write_node(&job, node));
	return buffer_check(to, why);
}
