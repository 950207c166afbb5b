#include "base/slice.h"

#include "check.h"

#include <string.h>

TEST(cutting_and_trimming)
{
	slice rest = SLICE("a=b=c");
	CHECK_SLICE(slice_cut(&rest, '='), SLICE("a"));
	CHECK_SLICE(slice_cut(&rest, '='), SLICE("b"));
	CHECK_SLICE(slice_cut(&rest, '='), SLICE("c"));
	CHECK(rest.ptr == NULL && slice_cut(&rest, '=').len == 0);
	CHECK_SLICE(slice_trim(SLICE(" \t x y \t")), SLICE("x y"));
	CHECK_SLICE(slice_sub(SLICE("abc"), 5, 9), SLICE(""));
	CHECK_SLICE(slice_sub(SLICE("abc"), 1, 99), SLICE("bc"));
}

TEST(comparing)
{
	CHECK(slice_equal((slice){NULL, 0}, SLICE("")));
	CHECK(!slice_equal(SLICE("a\0b"), SLICE("a\0c")));
	CHECK(slice_compare(SLICE("a"), SLICE("ab")) < 0 && slice_compare(SLICE("b"), SLICE("ab")) > 0);
	CHECK(slice_equal_fold(SLICE("Content-Type"), SLICE("content-tYPE")));
	CHECK(!slice_equal_fold(SLICE("\xc3\x84"), SLICE("\xc3\xa4")));
	CHECK(slice_equal_constant_time(SLICE("secret"), SLICE("secret")));
	CHECK(!slice_equal_constant_time(SLICE("secret"), SLICE("secreT")));
	CHECK(slice_find(SLICE("haystack"), SLICE("st")) == 3 && slice_find(SLICE("a"), SLICE("ab")) == SIZE_MAX);
}

TEST(bytes_are_counted)
{
	char many[1000];
	memset(many, ';', sizeof(many));
	CHECK_INT(slice_count_byte((slice){NULL, 0}, ';'), 0);
	CHECK_INT(slice_count_byte(SLICE("a;b;"), ';'), 2);
	CHECK_INT(slice_count_byte(SLICE("a;b;\0;"), '\0'), 1);
	for (size_t length = 0; length <= sizeof(many); length++)
		CHECK_INT(slice_count_byte(slice_from(many, length), ';'), length);
}

TEST(numbers_are_exact_or_refused)
{
	uint64_t u = 7;
	int64_t i = 7;
	CHECK(slice_to_u64(SLICE("18446744073709551615"), &u) && u == UINT64_MAX);
	CHECK(slice_to_i64(SLICE("-9223372036854775808"), &i) && i == INT64_MIN);
	i = 7;
	u = 7;
	const slice bad[] = {SLICE(""), SLICE("-"), SLICE("+1"), SLICE("01"), SLICE("1 "), SLICE("18446744073709551616"),
			     SLICE("1e3"), SLICE("0x1"), SLICE("--1")};
	for (size_t n = 0; n < sizeof(bad) / sizeof(bad[0]); n++)
		CHECK(!slice_to_u64(bad[n], &u) && !slice_to_i64(bad[n], &i));
	CHECK(!slice_to_i64(SLICE("9223372036854775808"), &i) && !slice_to_u64(SLICE("-1"), &u));
	CHECK(u == 7 && i == 7);
}
