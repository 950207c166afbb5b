#include "text/json_number.h"

#include <assert.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS_MAX 17

/* strtod(3) would follow the locale of whatever process embeds us. glibc answers "C" with a constant. */
static double read_text(const char *text)
{
	locale_t plain = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	double value = plain ? strtod_l(text, NULL, plain) : (double)NAN;
	if (plain)
		freelocale(plain);
	return value;
}

bool json_number_read(slice literal, double *ret_value)
{
	char text[JSON_NUMBER_LITERAL_MAX + 1];
	if (literal.len == 0 || literal.len > JSON_NUMBER_LITERAL_MAX)
		return false;
	memcpy(text, literal.ptr, literal.len);
	text[literal.len] = '\0';
	double value = read_text(text);
	if (!isfinite(value))
		return false;
	*ret_value = value;
	return true;
}

/* 0.d1d2d3... times ten to the `point`. */
struct decimal {
	char digits[DIGITS_MAX + 1];
	int count;
	int point;
};

static void decimal_of(struct decimal *to, double value, int count)
{
	char text[40];
	snprintf(text, sizeof(text), "%.*e", count - 1, value);
	const char *exponent = strchr(text, 'e');
	to->count = 0;
	/* Whatever stands for the decimal point here is no digit. */
	for (const char *at = text; at < exponent; at++)
		if (*at >= '0' && *at <= '9')
			to->digits[to->count++] = *at;
	/* lint: allowed, snprintf wrote these digits */
	to->point = atoi(exponent + 1) + 1;
}

static bool decimal_is(const struct decimal *decimal, double value)
{
	char text[48];
	snprintf(text, sizeof(text), "%.*se%d", decimal->count, decimal->digits, decimal->point - decimal->count);
	return read_text(text) == value;
}

static void decimal_increment(struct decimal *decimal)
{
	int at = decimal->count;
	while (at > 0 && decimal->digits[at - 1] == '9')
		decimal->digits[--at] = '0';
	if (at > 0) {
		decimal->digits[at - 1]++;
		return;
	}
	decimal->digits[0] = '1';
	decimal->point++;
}

static void decimal_shortest(struct decimal *decimal, double value)
{
	/* 15 digits always survive the way through a normal double, so a shorter form shows as trailing zeros. */
	int exponent;
	bool power_of_two = frexp(value, &exponent) == 0.5;
	for (int count = value < DBL_MIN ? 1 : DBL_DIG; count <= DIGITS_MAX; count++) {
		decimal_of(decimal, value, count);
		if (decimal_is(decimal, value))
			break;
		/* Below a power of two doubles lie closer: the nearest decimal may miss where the next above hits. */
		if (power_of_two) {
			decimal_increment(decimal);
			if (decimal_is(decimal, value))
				break;
		}
	}
	while (decimal->count > 1 && decimal->digits[decimal->count - 1] == '0')
		decimal->count--;
}

size_t json_number_write(char to[JSON_NUMBER_TEXT_MAX], double value)
{
	assert(isfinite(value));
	if (value == 0) {
		to[0] = '0';
		return 1;
	}
	struct decimal d;
	decimal_shortest(&d, fabs(value));
	const char *sign = value < 0 ? "-" : "";
	int written;
	if (d.count <= d.point && d.point <= 21)
		written = snprintf(to, JSON_NUMBER_TEXT_MAX, "%s%.*s%.*s", sign, d.count, d.digits, d.point - d.count,
				   "00000000000000000000");
	else if (0 < d.point && d.point <= 21)
		written = snprintf(to, JSON_NUMBER_TEXT_MAX, "%s%.*s.%.*s", sign, d.point, d.digits, d.count - d.point,
				   d.digits + d.point);
	else if (-6 < d.point && d.point <= 0)
		written = snprintf(to, JSON_NUMBER_TEXT_MAX, "%s0.%.*s%.*s", sign, -d.point, "000000", d.count,
				   d.digits);
	else
		written = snprintf(to, JSON_NUMBER_TEXT_MAX, "%s%.1s%s%.*se%+d", sign, d.digits, d.count > 1 ? "." : "",
				   d.count - 1, d.digits + 1, d.point - 1);
	assert(written > 0 && (size_t)written < JSON_NUMBER_TEXT_MAX);
	return (size_t)written;
}
