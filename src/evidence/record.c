#include "evidence/record.h"

#include "text/cbor.h"
#include "text/utf8.h"

#include <assert.h>

/* Keys are from 1 to this, and a key is one field. */
#define RECORD_FIELDS_MAX 64u

/* What most records need: the buffer grows to it at once and not by steps. */
#define RECORD_BYTES_USUAL 1024u

static const void *member(const struct record *record, const struct record_field *field)
{
	return (const char *)record + field->offset;
}

static uint64_t number_of(const struct record *record, const struct record_field *field)
{
	if (field->type == RECORD_ENUM)
		return *(const unsigned *)member(record, field);
	return *(const uint64_t *)member(record, field);
}

static bool is_text(const struct record_field *field)
{
	return field->type == RECORD_TEXT || field->type == RECORD_DIGEST;
}

static inline bool has(const struct record *record, const struct record_field *field)
{
	if (field->required & RECORD_IN(record->kind))
		return true;
	if (is_text(field))
		return ((const slice *)member(record, field))->len > 0;
	if (field->type == RECORD_TEXTS)
		return ((const struct record_texts *)member(record, field))->count > 0;
	return number_of(record, field) != 0;
}

bool record_has(const struct record *record, const struct record_field *field)
{
	return has(record, field);
}

static enum error check_text(slice text, const struct record_field *field, struct fault *why)
{
	if (!utf8_valid(text))
		return FAIL_FIELD(why, E_INVALID, field->name, "%s is not UTF-8", field->name);
	return E_OK;
}

static enum error check_texts(const struct record_texts *texts, const struct record_field *field, struct fault *why)
{
	if (texts->count > RECORD_TEXTS_MAX)
		return FAIL_FIELD(why, E_LIMIT, field->name, "%s has %zu items, at most %u", field->name, texts->count,
				  RECORD_TEXTS_MAX);
	for (size_t i = 0; i < texts->count; i++)
		TRY(check_text(texts->items[i], field, why));
	return E_OK;
}

/* What neither an encoder may write nor a decoder let pass. */
static enum error check_field(const struct record *record, const struct record_field *field, struct fault *why)
{
	const slice *text = member(record, field);
	switch (field->type) {
	case RECORD_TEXT:
		return check_text(*text, field, why);
	case RECORD_TEXTS:
		return check_texts(member(record, field), field, why);
	case RECORD_DIGEST:
		if (text->len != 0 && text->len != RECORD_DIGEST_BYTES)
			return FAIL_FIELD(why, E_INVALID, field->name, "%s has %zu bytes, not %u", field->name,
					  text->len, RECORD_DIGEST_BYTES);
		return E_OK;
	case RECORD_ENUM:
		if (!record_enum_name(field, (unsigned)number_of(record, field)))
			return FAIL_FIELD(why, E_INVALID, field->name, "%s has no value %llu", field->name,
					  (unsigned long long)number_of(record, field));
		return E_OK;
	case RECORD_NUMBER:
	case RECORD_TIME:
		return E_OK;
	}
	return FAIL(why, E_INTERNAL, "a field of no type");
}

/* The fields that the record has. */
struct present {
	const struct record_field *fields[RECORD_FIELDS_MAX];
	size_t count;
};

static enum error check_record(const struct record *record, struct present *ret_present, struct fault *why)
{
	size_t count;
	const struct record_field *fields = record_fields(&count);
	assert(count <= RECORD_FIELDS_MAX);
	ret_present->count = 0;
	if (record->kind == RECORD_NONE || record->kind >= RECORD_KIND_COUNT)
		return FAIL_FIELD(why, E_INVALID, "kind", "a record without a kind");
	if (record->id.len == 0)
		return FAIL_FIELD(why, E_INVALID, "id", "a record without an id");
	for (size_t i = 0; i < count; i++) {
		if (!has(record, &fields[i]))
			continue;
		TRY(check_field(record, &fields[i], why));
		ret_present->fields[ret_present->count++] = &fields[i];
	}
	return E_OK;
}

/* Its texts have been checked. */
static void put_field(struct cbor_writer *writer, const struct record *record, const struct record_field *field)
{
	const struct record_texts *texts = member(record, field);
	cbor_put_u64(writer, field->key);
	switch (field->type) {
	case RECORD_TEXT:
		cbor_put_utf8(writer, *(const slice *)member(record, field));
		return;
	case RECORD_DIGEST:
		cbor_put_bytes(writer, *(const slice *)member(record, field));
		return;
	case RECORD_TEXTS:
		cbor_put_array(writer, texts->count);
		for (size_t i = 0; i < texts->count; i++)
			cbor_put_utf8(writer, texts->items[i]);
		return;
	case RECORD_NUMBER:
	case RECORD_TIME:
	case RECORD_ENUM:
		cbor_put_u64(writer, number_of(record, field));
		return;
	}
}

enum error record_encode(const struct record *record, struct buffer *ret_bytes, struct fault *why)
{
	size_t start = ret_bytes->len;
	struct cbor_writer writer;
	struct present present;
	TRY(check_record(record, &present, why));
	if (ret_bytes->bytes_max - start >= RECORD_BYTES_USUAL)
		TRY(buffer_reserve(ret_bytes, RECORD_BYTES_USUAL, why));
	cbor_writer_init(&writer, ret_bytes);
	cbor_put_map(&writer, present.count + 1);
	cbor_put_u64(&writer, RECORD_KEY_VERSION);
	cbor_put_u64(&writer, RECORD_VERSION);
	for (size_t i = 0; i < present.count; i++)
		put_field(&writer, record, present.fields[i]);
	enum error code = cbor_writer_end(&writer, why);
	if (code == E_OK && ret_bytes->len - start > RECORD_BYTES_MAX)
		code = FAIL(why, E_LIMIT, "a record of %zu bytes, at most %u", ret_bytes->len - start,
			    RECORD_BYTES_MAX);
	if (code != E_OK)
		ret_bytes->len = start;
	return code;
}
