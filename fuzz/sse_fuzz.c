/* Server-Sent Events: how the bytes are cut must not matter, and what was read can be written and read again. */
#include "fuzz.h"

#include "protocol/sse.h"

#define EVENT_BYTES_MAX 4096u

static void put(struct buffer *out, const struct sse_event *event)
{
	buffer_print(out, "%d|%d|%.*s|%d|%.*s|", (int)event->kind, event->type.ptr != NULL, SLICE_ARG(event->type),
		     event->id.ptr != NULL, SLICE_ARG(event->id));
	buffer_add(out, event->data);
	buffer_add_byte(out, '\n');
}

/* Tells all events in `told` and, where `wire` is there, writes them again. */
static enum error read_all(slice input, size_t step, struct buffer *told, struct buffer *wire)
{
	struct sse_reader reader;
	enum error code = E_AGAIN;
	sse_reader_init(&reader, EVENT_BYTES_MAX);
	for (size_t at = 0; at < input.len && code == E_AGAIN; at += step) {
		slice part = slice_sub(input, at, at + step);
		struct sse_event event;
		while ((code = sse_reader_next(&reader, &part, &event, NULL)) == E_OK) {
			put(told, &event);
			if (wire) {
				enum error written = sse_write(wire, &event, NULL);
				assert(written == E_OK);
			}
		}
	}
	sse_reader_free(&reader);
	return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	slice input = slice_from(bytes, length);
	size_t step = length > 0 ? 1u + bytes[length - 1] % 17u : 1;
	struct buffer whole, cut, wire, again;
	if (length > 65536)
		return 0;
	buffer_init(&whole, 1 << 22);
	buffer_init(&cut, 1 << 22);
	buffer_init(&wire, 1 << 22);
	buffer_init(&again, 1 << 22);
	enum error code = read_all(input, length + 1, &whole, &wire);
	enum error cut_code = read_all(input, step, &cut, NULL);
	/* In pieces, a line beyond the limit is told before its end comes; the rest is the same. */
	assert(code == cut_code || code == E_LIMIT || cut_code == E_LIMIT);
	if (code == cut_code)
		assert(slice_equal(buffer_slice(&whole), buffer_slice(&cut)));
	code = read_all(buffer_slice(&wire), 7, &again, NULL);
	if (code == E_AGAIN)
		assert(slice_equal(buffer_slice(&whole), buffer_slice(&again)));
	buffer_free(&whole);
	buffer_free(&cut);
	buffer_free(&wire);
	buffer_free(&again);
	return 0;
}
