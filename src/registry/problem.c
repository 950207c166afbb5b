#include "registry/problem.h"

#include "text/json_writer.h"
#include "text/utf8.h"

int problem_status(enum error code, const struct fault *why)
{
	if (code == E_LIMIT && why && why->code == code && why->field[0])
		return error_http_status(E_INVALID);
	return error_http_status(code);
}

/* E_NOT_FOUND is "/problems/not_found". */
static void write_type(struct json_writer *writer, enum error code)
{
	struct buffer type;
	buffer_init(&type, 64);
	buffer_add_text(&type, "/problems/");
	for (const char *name = error_name(code) + 2; *name; name++)
		buffer_add_byte(&type, *name >= 'A' && *name <= 'Z' ? (char)(*name - 'A' + 'a') : *name);
	json_put_string(writer, "type", buffer_slice(&type));
	buffer_free(&type);
}

/* A sentence is cut at a byte; a character that was cut in two is left out, and so is whatever is no UTF-8. */
static slice whole_characters(slice text)
{
	const char *end = text.ptr + text.len;
	const char *at = text.ptr;
	while (at < end) {
		unsigned length = utf8_length(at, end);
		if (length == 0)
			break;
		at += length;
	}
	return slice_from(text.ptr, (size_t)(at - text.ptr));
}

void problem_write_with(struct buffer *out, enum error code, const struct fault *why, const char *member, slice json)
{
	struct json_writer writer;
	json_writer_init(&writer, out, JSON_COMPACT);
	json_begin_object(&writer);
	write_type(&writer, code);
	json_put_text(&writer, "title", error_sentence(code));
	json_put_i64(&writer, "status", problem_status(code, why));
	if (why && why->code == code && why->sentence[0])
		json_put_string(&writer, "detail", whole_characters(slice_of(why->sentence)));
	if (why && why->code == code && why->field[0])
		json_put_string(&writer, "field", whole_characters(slice_of(why->field)));
	if (json.len) {
		json_write_key(&writer, slice_of(member));
		json_write_raw(&writer, json);
	}
	json_end_object(&writer);
	if (json_writer_end(&writer, NULL) != E_OK)
		out->failed = true;
}

void problem_write(struct buffer *out, enum error code, const struct fault *why)
{
	problem_write_with(out, code, why, "", (slice){NULL, 0});
}
