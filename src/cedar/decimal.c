/* decimal: -?D+.D{1,4}, held times 10,000 in 64 bits. */
#include "cedar/extension.h"

#define FRACTION_DIGITS 4u

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Adds a digit on the side of the sign, so that the least number can be reached. */
static bool push_digit(int64_t *value, int digit, bool negative)
{
	return !__builtin_mul_overflow(*value, 10, value) &&
	       !(negative ? __builtin_sub_overflow(*value, digit, value) : __builtin_add_overflow(*value, digit, value));
}

static bool is_well_formed(slice text, size_t start, size_t *ret_dot)
{
	size_t dot = slice_find_byte(text, '.', start);
	if (dot == SIZE_MAX || dot == start || dot + 1 == text.len)
		return false;
	for (size_t i = start; i < text.len; i++)
		if (i != dot && !is_digit(text.ptr[i]))
			return false;
	*ret_dot = dot;
	return true;
}

enum error decimal_parse(slice text, int64_t *ret_value, struct fault *why)
{
	bool negative = text.len && text.ptr[0] == '-';
	size_t start = negative ? 1 : 0, dot;
	if (!is_well_formed(text, start, &dot))
		return FAIL(why, E_INVALID, "`%.*s` is not a well-formed decimal value", SLICE_ARG(text));
	size_t fraction = text.len - dot - 1;
	if (fraction > FRACTION_DIGITS)
		return FAIL(why, E_INVALID, "too many digits after the decimal in `%.*s`", SLICE_ARG(text));
	int64_t value = 0;
	bool fits = true;
	for (size_t i = start; fits && i < text.len; i++)
		if (i != dot)
			fits = push_digit(&value, text.ptr[i] - '0', negative);
	for (size_t i = fraction; fits && i < FRACTION_DIGITS; i++)
		fits = push_digit(&value, 0, negative);
	if (!fits)
		return FAIL(why, E_INVALID, "overflow when converting to decimal");
	*ret_value = value;
	return E_OK;
}

void decimal_write(struct buffer *out, int64_t value)
{
	uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
	buffer_print(out, "%s%llu.%04llu", value < 0 ? "-" : "", (unsigned long long)(size / 10000),
		     (unsigned long long)(size % 10000));
	while (out->len > 2 && out->ptr[out->len - 1] == '0' && out->ptr[out->len - 2] != '.')
		out->len--;
}
