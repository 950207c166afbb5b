/*
 * The file of histories, and one history of it: what is read is written again in the one form there is, and reading that
 * gives the same once more.
 */
#include "fuzz.h"

#include "cedar/history.h"
#include "decision/histories.h"
#include "text/cbor.h"

#define BYTES_MAX (4u << 20)

static const struct hash_key key = {1, 2};

static enum error take(void *context, slice bytes, struct fault *why)
{
	struct buffer *out = context;
	buffer_add(out, bytes);
	return buffer_check(out, why);
}

/* False: it is not read. */
static bool rewrite_all(slice input, struct buffer *out)
{
	struct histories *histories = histories_new(&key, 1000);
	struct histories_kept kept;
	assert(histories);
	buffer_init(out, BYTES_MAX);
	bool is_read = histories_read(histories, input, &kept, NULL) == E_OK;
	if (is_read) {
		size_t count = kept.sessions;
		enum error error = histories_write(histories, BYTES_MAX, take, out, &kept, NULL);
		assert(error == E_OK && kept.sessions == count && kept.left_out == 0);
	} else {
		assert(histories_count(histories) == 0);
	}
	histories_free(histories);
	return is_read;
}

static void check_all(slice input)
{
	struct buffer once, twice;
	if (rewrite_all(input, &once)) {
		bool is_read = rewrite_all(buffer_slice(&once), &twice);
		assert(is_read && slice_equal(buffer_slice(&once), buffer_slice(&twice)));
		buffer_free(&twice);
	}
	buffer_free(&once);
}

static void check_one(slice input)
{
	struct cbor_reader reader;
	struct cbor_writer writer;
	struct cedar_history *history;
	struct arena scratch;
	struct buffer again;
	arena_init(&scratch, BYTES_MAX);
	cbor_reader_init(&reader, input);
	if (cedar_history_read(&reader, &key, &scratch, &history, NULL) == E_OK) {
		buffer_init(&again, BYTES_MAX);
		cbor_writer_init(&writer, &again);
		cedar_history_write(history, &writer);
		enum error error = cbor_writer_end(&writer, NULL);
		assert(error == E_OK && slice_equal(buffer_slice(&again), slice_sub(input, 0, again.len)));
		assert(reader.at == input.ptr + again.len);
		buffer_free(&again);
		cedar_history_free(history);
	}
	arena_free(&scratch);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	slice input = slice_from(bytes, length);
	check_all(input);
	check_one(input);
	return 0;
}
