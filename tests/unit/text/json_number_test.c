#include "text/json_number.h"

#include "check.h"

#include <float.h>
#include <string.h>

static double of_bits(uint64_t bits)
{
	double value;
	memcpy(&value, &bits, sizeof(value));
	return value;
}

/* RFC 8785 appendix B */
TEST(numbers_are_written_as_ecmascript_writes_them)
{
	static const struct {
		uint64_t bits;
		const char *text;
	} rows[] = {
		{0x0000000000000000, "0"},
		{0x8000000000000000, "0"},
		{0x0000000000000001, "5e-324"},
		{0x8000000000000001, "-5e-324"},
		{0x7fefffffffffffff, "1.7976931348623157e+308"},
		{0xffefffffffffffff, "-1.7976931348623157e+308"},
		{0x4340000000000000, "9007199254740992"},
		{0xc340000000000000, "-9007199254740992"},
		{0x4430000000000000, "295147905179352830000"},
		{0x44b52d02c7e14af5, "9.999999999999997e+22"},
		{0x44b52d02c7e14af6, "1e+23"},
		{0x44b52d02c7e14af7, "1.0000000000000001e+23"},
		{0x444b1ae4d6e2ef4e, "999999999999999700000"},
		{0x444b1ae4d6e2ef4f, "999999999999999900000"},
		{0x444b1ae4d6e2ef50, "1e+21"},
		{0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
		{0x3eb0c6f7a0b5ed8d, "0.000001"},
		{0x41b3de4355555553, "333333333.3333332"},
		{0x41b3de4355555554, "333333333.33333325"},
		{0x41b3de4355555555, "333333333.3333333"},
		{0x41b3de4355555556, "333333333.3333334"},
		{0x41b3de4355555557, "333333333.33333343"},
		{0xbecbf647612f3696, "-0.0000033333333333333333"},
		{0x43143ff3c1cb0959, "1424953923781206.2"},
		/* A power of two whose shortest form is not its nearest decimal. */
		{0x3d30000000000000, "5.684341886080802e-14"},
		{0x3ff0000000000000, "1"},
		{0x3ff8000000000000, "1.5"},
		{0x3fb999999999999a, "0.1"},
		{0x40c81c8000000000, "12345"},
	};
	char text[JSON_NUMBER_TEXT_MAX];
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		size_t length = json_number_write(text, of_bits(rows[i].bits));
		CHECK_SLICE(slice_from(text, length), slice_of(rows[i].text));
	}
}

TEST(what_is_written_reads_back_as_the_same_number)
{
	char text[JSON_NUMBER_TEXT_MAX];
	uint64_t bits = 88172645463325252u;
	for (int i = 0; i < 20000; i++) {
		bits ^= bits << 13;
		bits ^= bits >> 7;
		bits ^= bits << 17;
		double value = of_bits(bits), back;
		if (value != value || value > DBL_MAX || value < -DBL_MAX)
			continue;
		size_t length = json_number_write(text, value);
		CHECK(json_number_read(slice_from(text, length), &back) && back == value);
	}
}

TEST(what_no_double_holds_is_refused)
{
	static char digits[JSON_NUMBER_LITERAL_MAX + 1];
	double value;
	CHECK(!json_number_read(SLICE("1e309"), &value) && !json_number_read(SLICE("-1e999999999"), &value));
	CHECK(json_number_read(SLICE("1e-999999999"), &value) && value == 0);
	memset(digits, '0', sizeof(digits));
	digits[1] = '.';
	CHECK(!json_number_read(slice_from(digits, sizeof(digits)), &value));
	CHECK(json_number_read(slice_from(digits, sizeof(digits) - 1), &value) && value == 0);
	CHECK(!json_number_read((slice){0}, &value));
}
