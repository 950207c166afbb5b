/* A record that is read is written again as the same bytes, and what may be peeked at agrees. */
#include "fuzz.h"

#include "evidence/record.h"
#include "text/json_writer.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	slice input = slice_from(bytes, length);
	struct record record;
	struct arena arena;
	struct buffer again, text;
	struct json_writer writer;
	struct fault why;
	arena_init(&arena, 1u << 20);
	enum record_kind kind = record_peek_kind(input);
	slice id = record_peek_id(input);
	if (record_decode(input, &record, &arena, &why) == E_OK) {
		buffer_init(&again, RECORD_BYTES_MAX);
		enum error code = record_encode(&record, &again, &why);
		assert(code == E_OK && slice_equal(buffer_slice(&again), input));
		assert(kind == record.kind && (id.len == 0 || slice_equal(id, record.id)));
		buffer_init(&text, 16 * RECORD_BYTES_MAX);
		json_writer_init(&writer, &text, JSON_COMPACT);
		record_to_json(&record, &writer);
		code = json_writer_end(&writer, &why);
		assert(code == E_OK);
		buffer_free(&again);
		buffer_free(&text);
	}
	arena_free(&arena);
	return 0;
}
