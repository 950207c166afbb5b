#include "text/cbor.h"

#include "check.h"

#include <string.h>

static struct buffer buffer;
static struct cbor_writer writer;
static struct fault why;

static void start(void)
{
	buffer_free(&buffer);
	buffer_init(&buffer, 1 << 20);
	cbor_writer_init(&writer, &buffer);
}

static void written(slice expected)
{
	CHECK_OK(cbor_writer_end(&writer, &why), why);
	CHECK_SLICE(buffer_slice(&buffer), expected);
	start();
}

/* RFC 8949 appendix A */
TEST(the_examples_of_the_rfc_come_out)
{
	static const struct {
		uint64_t value;
		slice bytes;
	} rows[] = {{0, SLICE_INIT("\x00")},
		    {23, SLICE_INIT("\x17")},
		    {24, SLICE_INIT("\x18\x18")},
		    {255, SLICE_INIT("\x18\xff")},
		    {256, SLICE_INIT("\x19\x01\x00")},
		    {65535, SLICE_INIT("\x19\xff\xff")},
		    {1000000, SLICE_INIT("\x1a\x00\x0f\x42\x40")},
		    {4294967296, SLICE_INIT("\x1b\x00\x00\x00\x01\x00\x00\x00\x00")},
		    {UINT64_MAX, SLICE_INIT("\x1b\xff\xff\xff\xff\xff\xff\xff\xff")}};
	start();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		cbor_put_u64(&writer, rows[i].value);
		written(rows[i].bytes);
	}
	cbor_put_i64(&writer, -1);
	written(SLICE("\x20"));
	cbor_put_i64(&writer, -1000);
	written(SLICE("\x39\x03\xe7"));
	cbor_put_i64(&writer, INT64_MIN);
	written(SLICE("\x3b\x7f\xff\xff\xff\xff\xff\xff\xff"));
	cbor_put_bytes(&writer, SLICE("\x01\x02\x03\x04"));
	written(SLICE("\x44\x01\x02\x03\x04"));
	cbor_put_text(&writer, SLICE("\xc3\xbc"));
	written(SLICE("\x62\xc3\xbc"));
	cbor_put_bool(&writer, false);
	written(SLICE("\xf4"));
	cbor_put_bool(&writer, true);
	written(SLICE("\xf5"));
	cbor_put_null(&writer);
	written(SLICE("\xf6"));
	cbor_put_array(&writer, 0);
	written(SLICE("\x80"));
	cbor_put_map(&writer, 2);
	cbor_put_u64(&writer, 1);
	cbor_put_u64(&writer, 2);
	cbor_put_u64(&writer, 3);
	cbor_put_array(&writer, 2);
	cbor_put_i64(&writer, 4);
	cbor_put_map(&writer, 0);
	written(SLICE("\xa2\x01\x02\x03\x82\x04\xa0"));
}

TEST(what_is_written_is_read_again)
{
	start();
	cbor_put_map(&writer, 7);
	cbor_put_u64(&writer, 0);
	cbor_put_u64(&writer, UINT64_MAX);
	cbor_put_u64(&writer, 1);
	cbor_put_i64(&writer, INT64_MIN);
	cbor_put_u64(&writer, 2);
	cbor_put_text(&writer, SLICE("text"));
	cbor_put_u64(&writer, 30);
	cbor_put_array(&writer, 2);
	cbor_put_bool(&writer, true);
	cbor_put_map(&writer, 1);
	cbor_put_u64(&writer, 9);
	cbor_put_null(&writer);
	cbor_put_u64(&writer, 400);
	cbor_put_bytes(&writer, SLICE("\xff"));
	cbor_put_u64(&writer, 70000);
	cbor_put_array(&writer, 0);
	cbor_put_u64(&writer, UINT64_MAX);
	cbor_put_null(&writer);
	CHECK_OK(cbor_writer_end(&writer, &why), why);

	struct cbor_reader reader;
	struct cbor_item item;
	uint64_t number;
	int64_t signed_number;
	slice bytes;
	bool truth = false;
	cbor_reader_init(&reader, buffer_slice(&buffer));
	CHECK_ERROR(cbor_end(&reader, NULL), E_SYNTAX);
	CHECK_OK(cbor_read_map(&reader, &number, &why), why);
	CHECK_INT(number, 7);
	CHECK_OK(cbor_read_u64(&reader, &number, &why), why);
	CHECK_OK(cbor_read_u64(&reader, &number, &why), why);
	CHECK(number == UINT64_MAX);
	CHECK_OK(cbor_read_u64(&reader, &number, &why), why);
	CHECK_OK(cbor_read_i64(&reader, &signed_number, &why), why);
	CHECK(signed_number == INT64_MIN);
	CHECK_OK(cbor_read_u64(&reader, &number, &why), why);
	CHECK_OK(cbor_read_text(&reader, &bytes, &why), why);
	CHECK_SLICE(bytes, SLICE("text"));
	CHECK_OK(cbor_read_u64(&reader, &number, &why), why);
	struct cbor_reader copy = reader;
	CHECK_OK(cbor_skip(&copy, &bytes, &why), why);
	CHECK_SLICE(bytes, SLICE("\x82\xf5\xa1\x09\xf6"));
	CHECK_OK(cbor_read_array(&reader, &number, &why), why);
	CHECK_OK(cbor_read_bool(&reader, &truth, &why), why);
	CHECK(truth && number == 2);
	CHECK_OK(cbor_skip(&reader, NULL, &why), why);
	CHECK_OK(cbor_read_u64(&reader, &number, &why), why);
	CHECK_OK(cbor_read_bytes(&reader, &bytes, &why), why);
	CHECK_SLICE(bytes, SLICE("\xff"));
	CHECK_OK(cbor_read_u64(&reader, &number, &why), why);
	CHECK_OK(cbor_read_array(&reader, &number, &why), why);
	CHECK_ERROR(cbor_end(&reader, NULL), E_SYNTAX);
	CHECK_OK(cbor_read_u64(&reader, &number, &why), why);
	CHECK_OK(cbor_expect(&reader, CBOR_NULL, &item, &why), why);
	CHECK_OK(cbor_end(&reader, &why), why);
	CHECK_ERROR(cbor_next(&reader, &item, NULL), E_SYNTAX);
}

static enum error read_all(slice bytes)
{
	struct cbor_reader reader;
	cbor_reader_init(&reader, bytes);
	TRY(cbor_skip(&reader, NULL, NULL));
	return cbor_end(&reader, NULL);
}

TEST(whatever_the_writer_would_not_write_is_refused)
{
	static const slice wrong[] = {
		SLICE_INIT(""), SLICE_INIT("\x18"), SLICE_INIT("\x18\x17"), SLICE_INIT("\x19\x00\xff"),
		SLICE_INIT("\x1a\x00\x00\xff\xff"), SLICE_INIT("\x1b\x00\x00\x00\x00\xff\xff\xff\xff"), SLICE_INIT("\x19\x01"),
		SLICE_INIT("\x1c"), SLICE_INIT("\x1f"), SLICE_INIT("\x41"), SLICE_INIT("\x5f\x41\x01\xff"),
		SLICE_INIT("\x7f\xff"), SLICE_INIT("\x9f\xff"), SLICE_INIT("\xbf\xff"), SLICE_INIT("\x61\xff"),
		SLICE_INIT("\x62\xc3"), SLICE_INIT("\x81"), SLICE_INIT("\x82\x01"), SLICE_INIT("\xa1\x01"),
		SLICE_INIT("\xa1\x20\x01"), SLICE_INIT("\xa1\x61\x61\x01"), SLICE_INIT("\xa2\x01\x01\x01\x02"),
		SLICE_INIT("\xa2\x02\x01\x01\x02"), SLICE_INIT("\xc0\x01"), SLICE_INIT("\xf7"), SLICE_INIT("\xf0"),
		SLICE_INIT("\xf8\x14"), SLICE_INIT("\xf9\x3c\x00"), SLICE_INIT("\xfa\x00\x00\x00\x00"),
		SLICE_INIT("\xfb\x00\x00\x00\x00\x00\x00\x00\x00"), SLICE_INIT("\xff"), SLICE_INIT("\x01\x01"),
		SLICE_INIT("\x9b\xff\xff\xff\xff\xff\xff\xff\xff"), SLICE_INIT("\xbb\xff\xff\xff\xff\xff\xff\xff\xff"),
		SLICE_INIT("\x5b\xff\xff\xff\xff\xff\xff\xff\xff")};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_ERROR(read_all(wrong[i]), E_SYNTAX);
	char deep[CBOR_DEPTH_MAX + 1];
	memset(deep, 0x81, sizeof(deep));
	deep[CBOR_DEPTH_MAX] = 1;
	CHECK_ERROR(read_all(slice_from(deep, sizeof(deep))), E_OK);
	deep[CBOR_DEPTH_MAX] = (char)0x80;
	CHECK_ERROR(read_all(slice_from(deep, sizeof(deep))), E_LIMIT);
}

TEST(another_type_and_a_number_that_does_not_fit_are_told)
{
	struct cbor_reader reader;
	uint64_t number;
	int64_t signed_number;
	slice bytes;
	bool truth;
	start();
	cbor_put_null(&writer);
#define READ(call)                                                                                                     \
	(cbor_reader_init(&reader, buffer_slice(&buffer)), (call))
	CHECK_ERROR(READ(cbor_read_u64(&reader, &number, NULL)), E_TYPE);
	CHECK_ERROR(READ(cbor_read_i64(&reader, &signed_number, NULL)), E_TYPE);
	CHECK_ERROR(READ(cbor_read_bool(&reader, &truth, NULL)), E_TYPE);
	CHECK_ERROR(READ(cbor_read_bytes(&reader, &bytes, NULL)), E_TYPE);
	CHECK_ERROR(READ(cbor_read_text(&reader, &bytes, NULL)), E_TYPE);
	CHECK_ERROR(READ(cbor_read_array(&reader, &number, NULL)), E_TYPE);
	CHECK_ERROR(READ(cbor_read_map(&reader, &number, NULL)), E_TYPE);
	start();
	cbor_put_u64(&writer, UINT64_MAX);
	CHECK_ERROR(READ(cbor_read_i64(&reader, &signed_number, NULL)), E_OVERFLOW);
	start();
	cbor_put_text(&writer, SLICE("\xff"));
	CHECK_ERROR(cbor_writer_end(&writer, NULL), E_LIMIT);
	buffer_free(&buffer);
}
