/* Writes JSON into a buffer, value by value; commas, quotes and indentation come by themselves. */
#ifndef TIPSTAFF_TEXT_JSON_WRITER_H
#define TIPSTAFF_TEXT_JSON_WRITER_H

#include "base/buffer.h"
#include "text/json.h"

enum json_style {
	JSON_COMPACT = 0,
	JSON_PRETTY, /* a line for each element and member, indented by two spaces; for people */
};

/*
 * Misuse (a value without a key inside an object, a key outside of one, an end that does not match) is a bug of the
 * caller and aborts. What depends on data marks the buffer as failed: a string that is not UTF-8, a double that is not
 * finite, nesting beyond JSON_DEPTH_MAX. So check once at the end, with json_writer_end.
 */
struct json_writer {
	struct buffer *buffer;
	enum json_style style;
	unsigned depth;
	bool comma;     /* the next value or key is not the first at its level */
	bool after_key; /* a key was written, its value not yet */
	uint64_t objects[JSON_DEPTH_MAX / 64]; /* bit n: the n-th open container is an object */
};

void json_writer_init(struct json_writer *writer, struct buffer *buffer, enum json_style style);
/* Everything that was begun must be ended. E_LIMIT: a write did not fit or failed as said above. */
MUST_USE enum error json_writer_end(struct json_writer *writer, struct fault *why);

void json_begin_object(struct json_writer *writer);
void json_end_object(struct json_writer *writer);
void json_begin_array(struct json_writer *writer);
void json_end_array(struct json_writer *writer);

void json_write_key(struct json_writer *writer, slice key);
void json_write_string(struct json_writer *writer, slice text);
void json_write_i64(struct json_writer *writer, int64_t value);
void json_write_u64(struct json_writer *writer, uint64_t value);
void json_write_bool(struct json_writer *writer, bool value);
void json_write_null(struct json_writer *writer);
/* The shortest text that reads back as `value`, in the form of ECMAScript. */
void json_write_double(struct json_writer *writer, double value);
/* `json` must be one whole JSON value. It is written as it is. */
void json_write_raw(struct json_writer *writer, slice json);
/* A parsed value: written anew, numbers with the digits they came with. */
void json_write_node(struct json_writer *writer, const struct json_doc *doc, const struct json_node *node);

/* Key and value in one. */
static inline void json_put_string(struct json_writer *writer, const char *key, slice text)
{
	json_write_key(writer, slice_of(key));
	json_write_string(writer, text);
}
/* NULL is written as null. */
static inline void json_put_text(struct json_writer *writer, const char *key, const char *text)
{
	json_write_key(writer, slice_of(key));
	if (text)
		json_write_string(writer, slice_of(text));
	else
		json_write_null(writer);
}
static inline void json_put_i64(struct json_writer *writer, const char *key, int64_t value)
{
	json_write_key(writer, slice_of(key));
	json_write_i64(writer, value);
}
static inline void json_put_u64(struct json_writer *writer, const char *key, uint64_t value)
{
	json_write_key(writer, slice_of(key));
	json_write_u64(writer, value);
}
static inline void json_put_bool(struct json_writer *writer, const char *key, bool value)
{
	json_write_key(writer, slice_of(key));
	json_write_bool(writer, value);
}
/* Key, and the container is begun. */
static inline void json_put_object(struct json_writer *writer, const char *key)
{
	json_write_key(writer, slice_of(key));
	json_begin_object(writer);
}
static inline void json_put_array(struct json_writer *writer, const char *key)
{
	json_write_key(writer, slice_of(key));
	json_begin_array(writer);
}
/* Key, and `head` and `tail` behind each other as one string of at most JSON_JOINED_MAX bytes; E_LIMIT at the end. */
#define JSON_JOINED_MAX 8192u
void json_put_joined(struct json_writer *writer, const char *key, slice head, const char *tail);

/* Appends `text` in quotes, escaping only what must be. Text that is not UTF-8 marks the buffer as failed. */
void json_quote(struct buffer *buffer, slice text);

#endif
