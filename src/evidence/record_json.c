#include "evidence/record.h"

#include "text/base64.h"
#include "text/json_writer.h"
#include "text/time.h"

static const void *member(const struct record *record, const struct record_field *field)
{
	return (const char *)record + field->offset;
}

static void write_texts(struct json_writer *writer, const char *name, const struct record_texts *texts)
{
	json_put_array(writer, name);
	for (size_t i = 0; i < texts->count; i++)
		json_write_string(writer, texts->items[i]);
	json_end_array(writer);
}

static void write_digest(struct json_writer *writer, const char *name, slice digest)
{
	char hex[RECORD_DIGEST_BYTES * 2];
	size_t length = digest.len == RECORD_DIGEST_BYTES ? hex_write(hex, digest) : 0;
	json_put_string(writer, name, slice_from(hex, length));
}

static void write_time(struct json_writer *writer, uint64_t time_ns)
{
	struct time_text text = time_format_ns(time_ns > INT64_MAX ? INT64_MAX : (int64_t)time_ns);
	json_put_string(writer, "time", time_slice(&text));
}

static void write_field(struct json_writer *writer, const struct record *record, const struct record_field *field)
{
	switch (field->type) {
	case RECORD_TEXT:
		json_put_string(writer, field->name, *(const slice *)member(record, field));
		return;
	case RECORD_TEXTS:
		write_texts(writer, field->name, member(record, field));
		return;
	case RECORD_DIGEST:
		write_digest(writer, field->name, *(const slice *)member(record, field));
		return;
	case RECORD_NUMBER:
		json_put_u64(writer, field->name, *(const uint64_t *)member(record, field));
		return;
	case RECORD_TIME:
		write_time(writer, *(const uint64_t *)member(record, field));
		return;
	case RECORD_ENUM:
		json_put_text(writer, field->name, record_enum_name(field, *(const unsigned *)member(record, field)));
		return;
	}
}

void record_to_json(const struct record *record, struct json_writer *writer)
{
	size_t count;
	const struct record_field *fields = record_fields(&count);
	json_begin_object(writer);
	for (size_t i = 0; i < count; i++)
		if (record_has(record, &fields[i]))
			write_field(writer, record, &fields[i]);
	json_end_object(writer);
}
