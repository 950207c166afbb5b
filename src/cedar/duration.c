/* duration: -? then days, hours, minutes, seconds, milliseconds, each at most once and in this order. */
#include "cedar/extension.h"

static const struct {
	slice name;
	int64_t milliseconds;
} units[] = {
	{SLICE_INIT("d"), 86400000}, {SLICE_INIT("h"), 3600000}, {SLICE_INIT("m"), 60000},
	{SLICE_INIT("s"), 1000},     {SLICE_INIT("ms"), 1},
};
#define UNIT_COUNT (sizeof(units) / sizeof(units[0]))

/* The run of digits at `*at` as a number; false where there is none. A number that is too large sets `*overflow`. */
static bool take_number(slice text, size_t *at, uint64_t *ret_number, bool *overflow)
{
	size_t start = *at;
	uint64_t number = 0;
	for (; *at < text.len && text.ptr[*at] >= '0' && text.ptr[*at] <= '9'; (*at)++)
		if (__builtin_mul_overflow(number, 10u, &number) ||
		    __builtin_add_overflow(number, (uint64_t)(text.ptr[*at] - '0'), &number))
			*overflow = true;
	*ret_number = number;
	return *at > start;
}

/* The letters at `*at`, as an index into units at or after `first`; UNIT_COUNT where they are none of these. */
static size_t take_unit(slice text, size_t *at, size_t first)
{
	size_t end = *at;
	while (end < text.len && text.ptr[end] >= 'a' && text.ptr[end] <= 'z')
		end++;
	slice name = slice_sub(text, *at, end);
	*at = end;
	for (size_t i = first; i < UNIT_COUNT; i++)
		if (slice_equal(units[i].name, name))
			return i;
	return UNIT_COUNT;
}

static bool add_part(int64_t *total, uint64_t number, int64_t unit, bool negative)
{
	int64_t part;
	if (__builtin_mul_overflow(number, unit, &part)) {
		/* 2^63 milliseconds exist only below zero. */
		if (!negative || number != (uint64_t)1 << 63 || unit != 1)
			return false;
		return !__builtin_add_overflow(*total, INT64_MIN, total);
	}
	return !(negative ? __builtin_sub_overflow(*total, part, total) : __builtin_add_overflow(*total, part, total));
}

enum error duration_parse(slice text, int64_t *ret_milliseconds, struct fault *why)
{
	bool negative = text.len && text.ptr[0] == '-', overflow = false;
	size_t at = negative ? 1 : 0, unit = 0;
	int64_t total = 0;
	if (at == text.len)
		return FAIL(why, E_INVALID, "invalid duration pattern");
	while (at < text.len) {
		uint64_t number;
		if (!take_number(text, &at, &number, &overflow))
			return FAIL(why, E_INVALID, "invalid duration pattern");
		unit = take_unit(text, &at, unit);
		if (unit == UNIT_COUNT)
			return FAIL(why, E_INVALID, "invalid duration pattern");
		if (overflow || !add_part(&total, number, units[unit].milliseconds, negative))
			overflow = true;
		unit++;
	}
	if (overflow)
		return FAIL(why, E_INVALID, "duration overflows 64 bits of milliseconds");
	*ret_milliseconds = total;
	return E_OK;
}
