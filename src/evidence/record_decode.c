#include "evidence/record_plain.h"

#include "text/cbor.h"

#include <string.h>

static void *member(struct record *record, const struct record_field *field)
{
	return (char *)record + field->offset;
}

static enum error read_texts(struct cbor_reader *reader, const struct record_field *field, struct record_texts *ret,
			     struct arena *arena, struct fault *why)
{
	uint64_t count;
	TRY(cbor_read_array(reader, &count, why));
	if (count > RECORD_TEXTS_MAX)
		return FAIL_FIELD(why, E_CORRUPT, field->name, "%s has too many items", field->name);
	slice *items = ARENA_ARRAY(arena, (size_t)count, slice);
	if (!items)
		return FAIL(why, E_MEMORY, "no memory for a list of %llu", (unsigned long long)count);
	for (uint64_t i = 0; i < count; i++)
		TRY(cbor_read_text(reader, &items[i], why));
	*ret = (struct record_texts){items, (size_t)count};
	return E_OK;
}

static enum error read_enum(struct cbor_reader *reader, const struct record_field *field, unsigned *ret_value,
			    struct fault *why)
{
	uint64_t value;
	TRY(cbor_read_u64(reader, &value, why));
	if (value > UINT8_MAX || !record_enum_name(field, (unsigned)value))
		return FAIL_FIELD(why, E_CORRUPT, field->name, "%s has no value %llu", field->name,
				  (unsigned long long)value);
	*ret_value = (unsigned)value;
	return E_OK;
}

static enum error read_digest(struct cbor_reader *reader, const struct record_field *field, slice *ret_digest,
			      struct fault *why)
{
	TRY(cbor_read_bytes(reader, ret_digest, why));
	if (ret_digest->len != 0 && ret_digest->len != RECORD_DIGEST_BYTES)
		return FAIL_FIELD(why, E_CORRUPT, field->name, "%s has %zu bytes", field->name, ret_digest->len);
	return E_OK;
}

static enum error read_field(struct cbor_reader *reader, const struct record_field *field, struct record *record,
			     struct arena *arena, struct fault *why)
{
	switch (field->type) {
	case RECORD_TEXT:
		return cbor_read_text(reader, member(record, field), why);
	case RECORD_DIGEST:
		return read_digest(reader, field, member(record, field), why);
	case RECORD_TEXTS:
		return read_texts(reader, field, member(record, field), arena, why);
	case RECORD_NUMBER:
	case RECORD_TIME:
		return cbor_read_u64(reader, member(record, field), why);
	case RECORD_ENUM:
		return read_enum(reader, field, member(record, field), why);
	}
	return FAIL(why, E_INTERNAL, "a field of no type");
}

static enum error read_version(struct cbor_reader *reader, uint64_t *ret_entries, struct fault *why)
{
	uint64_t key, version;
	TRY(cbor_read_map(reader, ret_entries, why));
	if (*ret_entries == 0)
		return FAIL(why, E_CORRUPT, "an empty record");
	TRY(cbor_read_u64(reader, &key, why));
	TRY(cbor_read_u64(reader, &version, why));
	if (key != RECORD_KEY_VERSION)
		return FAIL(why, E_CORRUPT, "a record that does not begin with its version");
	if (version != RECORD_VERSION)
		return FAIL(why, E_UNSUPPORTED, "a record of version %llu; this program reads version %u",
			    (unsigned long long)version, RECORD_VERSION);
	(*ret_entries)--;
	return E_OK;
}

/* Keys ascend, in the bytes and in the table: one walk through both. */
static enum error read_fields(struct cbor_reader *reader, uint64_t entries, struct record *record, uint64_t *ret_seen,
			      struct arena *arena, struct fault *why)
{
	size_t count, at = 0;
	const struct record_field *fields = record_fields(&count);
	for (; entries > 0; entries--) {
		uint64_t key;
		TRY(cbor_read_u64(reader, &key, why));
		while (at < count && fields[at].key < key)
			at++;
		if (at == count || fields[at].key != key)
			return FAIL(why, E_CORRUPT, "a record with the unknown field %llu", (unsigned long long)key);
		TRY(read_field(reader, &fields[at], record, arena, why));
		*ret_seen |= (uint64_t)1 << at;
	}
	return cbor_end(reader, why);
}

/* The encoder writes what is required and what is not empty, and nothing else. */
static enum error check_presence(const struct record *record, uint64_t seen, struct fault *why)
{
	size_t count;
	const struct record_field *fields = record_fields(&count);
	if (record->kind == RECORD_NONE || record->id.len == 0)
		return FAIL(why, E_CORRUPT, "a record without kind or id");
	for (size_t i = 0; i < count; i++) {
		bool is_there = seen >> i & 1;
		if (record_has(record, &fields[i]) != is_there)
			return FAIL_FIELD(why, E_CORRUPT, fields[i].name, "a %s record %s field %s",
					  record_kind_name(record->kind), is_there ? "with the empty" : "without the",
					  fields[i].name);
	}
	return E_OK;
}

enum error record_decode_strictly(slice bytes, struct record *ret_record, struct arena *arena, struct fault *why)
{
	struct cbor_reader reader;
	uint64_t entries, seen = 0;
	*ret_record = (struct record){0};
	if (bytes.len > RECORD_BYTES_MAX)
		return FAIL(why, E_CORRUPT, "a record of %zu bytes", bytes.len);
	cbor_reader_init(&reader, bytes);
	enum error code = read_version(&reader, &entries, why);
	if (code == E_OK)
		code = read_fields(&reader, entries, ret_record, &seen, arena, why);
	if (code == E_OK)
		code = check_presence(ret_record, seen, why);
	if (code == E_OK || code == E_CORRUPT || code == E_UNSUPPORTED || code == E_MEMORY)
		return code;
	/* What the CBOR reader refuses in stored bytes is damage. */
	struct fault reader_why = {0};
	if (why)
		reader_why = *why;
	return FAIL(why, E_CORRUPT, "not a record: %s", fault_sentence(&reader_why));
}

enum error record_decode(slice bytes, struct record *ret_record, struct arena *arena, struct fault *why)
{
	if (record_plain_decode(bytes, ret_record, arena))
		return E_OK;
	return record_decode_strictly(bytes, ret_record, arena, why);
}

/* map head, version, key 1, kind: `b8 nn | aN`, 00 01, 01 kk. Gives where the kind stands. */
static enum record_kind peek(slice bytes, size_t *ret_at)
{
	size_t at;
	if (bytes.len < 6)
		return RECORD_NONE;
	unsigned char first = (unsigned char)bytes.ptr[0];
	if (first == 0xb8)
		at = 2;
	else if (first >= 0xa2 && first <= 0xb7)
		at = 1;
	else
		return RECORD_NONE;
	static const char begin[3] = {RECORD_KEY_VERSION, RECORD_VERSION, RECORD_KEY_kind};
	unsigned char kind = (unsigned char)bytes.ptr[at + sizeof(begin)];
	if (memcmp(bytes.ptr + at, begin, sizeof(begin)) != 0 || kind >= RECORD_KIND_COUNT)
		return RECORD_NONE;
	*ret_at = at + sizeof(begin);
	return kind;
}

enum record_kind record_peek_kind(slice bytes)
{
	size_t at;
	return peek(bytes, &at);
}

/* 02 78 nn id, or 02 6n id */
slice record_peek_id(slice bytes)
{
	size_t at;
	if (peek(bytes, &at) == RECORD_NONE || bytes.len < at + 4 || bytes.ptr[at + 1] != RECORD_KEY_id)
		return SLICE("");
	unsigned char head = (unsigned char)bytes.ptr[at + 2];
	size_t length = head == 0x78 ? (unsigned char)bytes.ptr[at + 3] : (head & 0x1fu);
	size_t start = at + (head == 0x78 ? 4 : 3);
	if ((head != 0x78 && (head < 0x60 || head > 0x77)) || length > bytes.len - start)
		return SLICE("");
	return slice_sub(bytes, start, start + length);
}
