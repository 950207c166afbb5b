/* What is read and written again is the same bytes. */
#include "fuzz.h"

#include "text/cbor.h"

static void write_item(struct cbor_writer *writer, const struct cbor_item *item)
{
	switch (item->type) {
	case CBOR_NULL:
		cbor_put_null(writer);
		break;
	case CBOR_BOOL:
		cbor_put_bool(writer, item->value);
		break;
	case CBOR_UNSIGNED:
		cbor_put_u64(writer, item->value);
		break;
	case CBOR_NEGATIVE:
		cbor_put_i64(writer, -1 - (int64_t)item->value);
		break;
	case CBOR_BYTES:
		cbor_put_bytes(writer, item->bytes);
		break;
	case CBOR_TEXT:
		cbor_put_text(writer, item->bytes);
		break;
	case CBOR_ARRAY:
		cbor_put_array(writer, item->value);
		break;
	case CBOR_MAP:
		cbor_put_map(writer, item->value);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct cbor_reader reader;
	struct cbor_item item;
	struct fault why;
	slice input = slice_from(bytes, length);
	cbor_reader_init(&reader, input);
	bool writable = true;
	if (cbor_skip(&reader, NULL, &why) != E_OK || cbor_end(&reader, &why) != E_OK)
		return 0;
	struct buffer buffer;
	struct cbor_writer writer;
	buffer_init(&buffer, length);
	cbor_writer_init(&writer, &buffer);
	cbor_reader_init(&reader, input);
	while (cbor_next(&reader, &item, NULL) == E_OK) {
		/* The writer takes negative numbers down to INT64_MIN only. */
		if (item.type == CBOR_NEGATIVE && item.value > INT64_MAX) {
			writable = false;
			break;
		}
		write_item(&writer, &item);
	}
	if (writable) {
		enum error error = cbor_writer_end(&writer, &why);
		assert(error == E_OK && slice_equal(buffer_slice(&buffer), input));
	}
	buffer_free(&buffer);
	return 0;
}
