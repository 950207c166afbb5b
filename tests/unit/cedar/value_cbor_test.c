#include "cedar/value_cbor.h"

#include "cedar/limits.h"
#include "check.h"
#include "text/base64.h"

#include <string.h>

static const struct hash_key key = {1, 2};

static enum error read_text(const char *hex, struct arena *arena, struct cedar_value *ret_value, struct fault *why)
{
	struct cbor_reader reader;
	char bytes[256];
	CHECK(strlen(hex) / 2 <= sizeof(bytes));
	CHECK_INT(hex_read(bytes, slice_of(hex), NULL), E_OK);
	slice copy = arena_copy(arena, slice_from(bytes, strlen(hex) / 2));
	cbor_reader_init(&reader, copy);
	enum error error = value_cbor_read(&reader, arena, &key, ret_value, why);
	return error == E_OK ? cbor_end(&reader, why) : error;
}

static void check_same(struct cedar_value value, struct arena *arena)
{
	struct buffer bytes;
	struct cbor_writer writer;
	struct cbor_reader reader;
	struct cedar_value read;
	struct fault why = {0};
	buffer_init(&bytes, 1u << 16);
	cbor_writer_init(&writer, &bytes);
	value_cbor_put(&writer, value);
	CHECK_OK(cbor_writer_end(&writer, &why), why);
	cbor_reader_init(&reader, buffer_slice(&bytes));
	CHECK_OK(value_cbor_read(&reader, arena, &key, &read, &why), why);
	CHECK_OK(cbor_end(&reader, &why), why);
	CHECK(cedar_value_equal(value, read));
	CHECK_INT(read.mask, value.mask);
	/* Cut anywhere it is no value, and nothing beyond it is read. */
	for (size_t length = 0; length < bytes.len; length++) {
		cbor_reader_init(&reader, slice_sub(buffer_slice(&bytes), 0, length));
		CHECK(value_cbor_read(&reader, arena, &key, &read, NULL) != E_OK);
	}
	buffer_free(&bytes);
}

static struct cedar_value extension(struct arena *arena, const char *function, const char *argument)
{
	struct cedar_value value;
	struct fault why = {0};
	CHECK_OK(cedar_extension(arena, slice_of(function), slice_of(argument), &value, &why), why);
	return value;
}

TEST(every_kind_of_value_is_read_as_it_was_written)
{
	struct arena arena;
	struct fault why = {0};
	arena_init(&arena, 1u << 24);
	struct cedar_value values[] = {
		cedar_bool(true), cedar_bool(false), cedar_long(0), cedar_long(INT64_MAX), cedar_long(INT64_MIN),
		cedar_string(SLICE("")), cedar_string(SLICE("a\0\xc3\xa4")),
		cedar_entity(cedar_uid_new(&arena, &key, SLICE("A::B"), SLICE("x\0y"))),
		extension(&arena, "decimal", "-1.5"), extension(&arena, "datetime", "2026-01-01"),
		extension(&arena, "duration", "-3d"), extension(&arena, "ip", "10.0.0.1/8"), extension(&arena, "ip", "::1"),
	};
	size_t count = sizeof(values) / sizeof(values[0]);
	struct cedar_value set, record, deep = cedar_long(1);
	for (size_t i = 0; i < count; i++)
		check_same(values[i], &arena);
	CHECK_OK(cedar_set(&arena, values, count, &set, &why), why);
	check_same(set, &arena);
	CHECK_OK(cedar_set(&arena, NULL, 0, &set, &why), why);
	check_same(set, &arena);
	const struct cedar_field fields[] = {{SLICE("b"), values[8]}, {SLICE(""), set}, {SLICE("\xc3\xa4"), values[0]}};
	CHECK_OK(cedar_record(&arena, fields, 3, &record, &why), why);
	check_same(record, &arena);
	for (unsigned i = 0; i + 1 < CEDAR_VALUE_DEPTH_MAX; i++)
		CHECK_OK(cedar_set(&arena, &deep, 1, &deep, &why), why);
	check_same(deep, &arena);
	arena_free(&arena);
}

TEST(what_was_not_written_so_is_refused)
{
	static const struct {
		const char *hex;
		enum error code;
	} cases[] = {
		{"81f6", E_INVALID},             /* null */
		{"80", E_INVALID},               /* nothing */
		{"820102", E_INVALID},           /* two values */
		{"8140", E_INVALID},             /* a byte string */
		{"81a0", E_INVALID},             /* a map */
		{"811bffffffffffffffff", E_OVERFLOW},
		{"813bffffffffffffffff", E_OVERFLOW},
		{"8161ff", E_SYNTAX},            /* no UTF-8 */
		{"818107", E_INVALID},           /* a kind without members */
		{"81820700", E_INVALID},         /* a kind that is not known */
		{"8183000000", E_TYPE},          /* an entity of numbers */
		{"8183006131" "6161", E_INVALID}, /* a type that is no name */
		{"8183010000", E_INVALID},       /* a set with a member in its head */
		{"81820101", E_INVALID},         /* a set with fewer items than it says */
		{"83820102" "0100", E_INVALID},  /* a set out of order */
		{"83820102" "0101", E_INVALID},  /* an item twice */
		{"85820202" "6162" "01" "6161" "02", E_INVALID}, /* keys out of order */
		{"85820202" "6161" "01" "6161" "02", E_INVALID}, /* a key twice */
		{"82820201" "6161", E_INVALID},  /* a key without a value */
		{"83820201" "01" "01", E_TYPE},  /* a key that is a number */
		{"81820361" "31", E_TYPE},       /* a decimal that is a text */
		{"8183064101" "08", E_INVALID},  /* an address of one byte */
		{"818306447f000001" "1821", E_INVALID}, /* a prefix beyond 32 */
		{"8182011b0000000100000000", E_INVALID},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct arena arena;
		struct cedar_value value;
		struct fault why = {0};
		arena_init(&arena, 1u << 16);
		enum error code = read_text(cases[i].hex, &arena, &value, &why);
		if (code != cases[i].code)
			print_error("%s: %s\n", cases[i].hex, fault_sentence(&why));
		CHECK_INT(code, cases[i].code);
		arena_free(&arena);
	}
}

TEST(a_value_deeper_than_the_limit_is_refused)
{
	struct buffer bytes;
	struct cbor_writer writer;
	struct cbor_reader reader;
	struct arena arena;
	struct cedar_value value;
	buffer_init(&bytes, 1u << 16);
	arena_init(&arena, 1u << 20);
	cbor_writer_init(&writer, &bytes);
	cbor_put_array(&writer, CEDAR_VALUE_DEPTH_MAX + 2);
	for (unsigned i = 0; i <= CEDAR_VALUE_DEPTH_MAX; i++) {
		cbor_put_array(&writer, 2);
		cbor_put_u64(&writer, 1);
		cbor_put_u64(&writer, 1);
	}
	cbor_put_u64(&writer, 1);
	CHECK_INT(cbor_writer_end(&writer, NULL), E_OK);
	cbor_reader_init(&reader, buffer_slice(&bytes));
	CHECK_ERROR(value_cbor_read(&reader, &arena, &key, &value, NULL), E_LIMIT);
	arena_free(&arena);
	buffer_free(&bytes);
}

TEST(what_has_no_form_is_not_written)
{
	struct cedar_uid no_type = cedar_uid_make(&key, SLICE("1"), SLICE("a"));
	const struct cedar_value values[] = {{0}, cedar_unknown(), cedar_entity(&no_type), cedar_string(SLICE("\xff"))};
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		struct buffer bytes;
		struct cbor_writer writer;
		buffer_init(&bytes, 256);
		cbor_writer_init(&writer, &bytes);
		value_cbor_put(&writer, values[i]);
		CHECK_ERROR(cbor_writer_end(&writer, NULL), E_LIMIT);
		buffer_free(&bytes);
	}
}
