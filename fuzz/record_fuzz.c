/* A record that is read is written again as the same bytes, by either reader, and what may be peeked at agrees. */
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

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	slice input = slice_from(bytes, length);
	struct record record;
	struct arena arena;
	struct buffer text;
	struct json_writer writer;
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
		buffer_init(&text, 16 * RECORD_BYTES_MAX);
		json_writer_init(&writer, &text, JSON_COMPACT);
		record_to_json(&record, &writer);
		enum error code = json_writer_end(&writer, &why);
		assert(code == E_OK);
		buffer_free(&text);
	}
	arena_free(&arena);
	return 0;
}
