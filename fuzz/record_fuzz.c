/* A record that is read is written again as the same bytes, by either reader and through JSON; what is peeked at agrees. */
#include "fuzz.h"

#include "evidence/record_plain.h"
#include "text/json_writer.h"

static bool same(const struct record *record, slice bytes)
{
	struct buffer again;
	struct fault why;
	buffer_init(&again, RECORD_BYTES_MAX);
	bool is_same = record_encode(record, &again, &why) == E_OK && slice_equal(buffer_slice(&again), bytes);
	buffer_free(&again);
	return is_same;
}

/* JSON has no number with 64 bits beside the sign. */
static bool fits_json(const struct record *record)
{
	size_t count;
	const struct record_field *fields = record_fields(&count);
	for (size_t i = 0; i < count; i++)
		if ((fields[i].type == RECORD_NUMBER || fields[i].type == RECORD_TIME) &&
		    *(const uint64_t *)(const void *)((const char *)record + fields[i].offset) > INT64_MAX)
			return false;
	return true;
}

/* What is written as JSON is read as the same record. */
static void check_json(const struct record *record, slice input, struct arena *arena)
{
	struct record again;
	struct buffer text;
	struct json_writer writer;
	struct json_doc doc;
	struct fault why;
	buffer_init(&text, 16 * RECORD_BYTES_MAX);
	json_writer_init(&writer, &text, JSON_COMPACT);
	record_to_json(record, &writer);
	enum error code = json_writer_end(&writer, &why);
	assert(code == E_OK);
	if (fits_json(record)) {
		code = json_parse(&doc, buffer_slice(&text), NULL, arena, &why);
		assert(code == E_OK);
		code = record_of_json(json_root(&doc), arena, &again, &why);
		assert(code == E_OK && same(&again, input));
	}
	buffer_free(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	slice input = slice_from(bytes, length);
	struct record record;
	struct arena arena;
	struct fault why;
	arena_init(&arena, 1u << 20);
	enum record_kind kind = record_peek_kind(input);
	slice id = record_peek_id(input);
	bool is_plain = record_plain_decode(input, &record, &arena);
	assert(!is_plain || same(&record, input));
	bool is_record = record_decode_strictly(input, &record, &arena, &why) == E_OK;
	assert(is_plain == is_record);
	if (is_record) {
		assert(same(&record, input));
		assert(kind == record.kind && (id.len == 0 || slice_equal(id, record.id)));
		check_json(&record, input, &arena);
	}
	arena_free(&arena);
	return 0;
}
