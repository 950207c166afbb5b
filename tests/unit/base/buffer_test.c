#include "base/buffer.h"

#include "base/memory.h"
#include "check.h"

#include <string.h>

TEST(what_is_written_is_there)
{
	struct buffer buffer;
	struct fault why = {0};
	buffer_init(&buffer, 1000);
	buffer_add_text(&buffer, "n=");
	buffer_add_i64(&buffer, INT64_MIN);
	buffer_add_byte(&buffer, ' ');
	buffer_add_u64(&buffer, UINT64_MAX);
	buffer_print(&buffer, " %s", "end");
	CHECK_OK(buffer_check(&buffer, &why), why);
	CHECK_SLICE(buffer_slice(&buffer), SLICE("n=-9223372036854775808 18446744073709551615 end"));
	buffer_drop(&buffer, 2);
	CHECK(slice_starts_with(buffer_slice(&buffer), SLICE("-9223")));
	buffer_drop(&buffer, 1000);
	CHECK_INT(buffer.len, 0);
	buffer_free(&buffer);
}

TEST(a_write_beyond_the_maximum_fails_and_stays_failed)
{
	struct buffer buffer;
	buffer_init(&buffer, 8);
	buffer_add(&buffer, SLICE("12345678"));
	CHECK_ERROR(buffer_check(&buffer, NULL), E_OK);
	buffer_add_byte(&buffer, '9');
	CHECK_ERROR(buffer_check(&buffer, NULL), E_LIMIT);
	buffer_drop(&buffer, 8);
	buffer_add_byte(&buffer, 'x');
	CHECK_INT(buffer.len, 0);
	buffer_clear(&buffer);
	buffer_add_byte(&buffer, 'x');
	CHECK_SLICE(buffer_slice(&buffer), SLICE("x"));
	CHECK_ERROR(buffer_reserve(&buffer, SIZE_MAX, NULL), E_LIMIT);
	buffer_free(&buffer);
}

TEST(a_long_print_fits_or_fails_whole)
{
	char wide[600];
	memset(wide, 'w', sizeof(wide));
	struct buffer buffer;
	buffer_init(&buffer, 700);
	buffer_print(&buffer, "%.*s", (int)sizeof(wide), wide);
	CHECK_INT(buffer.len, 600);
	buffer_print(&buffer, "%.*s", (int)sizeof(wide), wide);
	CHECK_INT(buffer.len, 600);
	CHECK_ERROR(buffer_check(&buffer, NULL), E_LIMIT);
	buffer_free(&buffer);
}

TEST(an_empty_heap_is_told)
{
	struct buffer buffer;
	buffer_init(&buffer, 700);
	memory_fail_at(1);
	CHECK_ERROR(buffer_reserve(&buffer, 10, NULL), E_MEMORY);
	CHECK(buffer.failed);
	buffer_free(&buffer);
}

TEST(a_zeroed_buffer_takes_nothing)
{
	struct buffer buffer = {0};
	buffer_add_byte(&buffer, 'x');
	CHECK(buffer.failed && buffer.len == 0);
}
