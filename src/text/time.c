#include "text/time.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define DAY_S      86400
#define YEAR_0_S   (-62167219200) /* 0000-01-01T00:00:00Z */
#define YEAR_END_S 253402300799   /* 9999-12-31T23:59:59Z */

/* Years begin in March here, so that the leap day is the last; eras of 400 years all have 146097 days. */
int64_t time_days_of(struct time_date date)
{
	int64_t year = date.year - (date.month <= 2);
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t year_of_era = year - era * 400;
	int64_t month = date.month > 2 ? date.month - 3 : date.month + 9;
	int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

struct time_date time_date_of(int64_t days)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t day_of_era = days - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	unsigned month = (unsigned)((5 * day_of_year + 2) / 153);
	unsigned day = (unsigned)(day_of_year - (153 * (int64_t)month + 2) / 5) + 1;
	month = month < 10 ? month + 3 : month - 9;
	return (struct time_date){year_of_era + era * 400 + (month <= 2), month, day};
}

unsigned time_days_in_month(int64_t year, unsigned month)
{
	static const unsigned char days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	assert(month >= 1 && month <= 12);
	bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
	return days[month - 1] + (month == 2 && leap ? 1u : 0u);
}

static struct time_text format(int64_t time_s, uint32_t fraction, int fraction_digits)
{
	if (time_s < YEAR_0_S || time_s > YEAR_END_S) {
		fraction = time_s < YEAR_0_S ? 0 : fraction_digits == 3 ? 999 : fraction_digits ? 999999999 : 0;
		time_s = time_s < YEAR_0_S ? YEAR_0_S : YEAR_END_S;
	}
	int64_t days = (time_s >= 0 ? time_s : time_s - (DAY_S - 1)) / DAY_S;
	unsigned second = (unsigned)(time_s - days * DAY_S);
	struct time_date date = time_date_of(days);
	struct time_text text = {0};
	int length = snprintf(text.bytes, sizeof(text.bytes), "%04u-%02u-%02uT%02u:%02u:%02u", (unsigned)date.year % 10000,
			      date.month % 100, date.day % 100, second / 3600 % 100, second / 60 % 60, second % 60);
	if (fraction_digits)
		length += snprintf(text.bytes + length, sizeof(text.bytes) - (size_t)length, ".%0*u", fraction_digits,
				   fraction);
	text.bytes[length++] = 'Z';
	text.len = (unsigned char)length;
	return text;
}

/* Towards the past, so that the fraction is never negative. */
static int64_t divide_down(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

struct time_text time_format_s(int64_t time_s)
{
	return format(time_s, 0, 0);
}

struct time_text time_format_ms(int64_t time_ms)
{
	int64_t time_s = divide_down(time_ms, 1000);
	return format(time_s, (uint32_t)(time_ms - time_s * 1000), 3);
}

struct time_text time_format_ns(int64_t time_ns)
{
	int64_t time_s = divide_down(time_ns, 1000000000);
	return format(time_s, (uint32_t)((uint64_t)time_ns - (uint64_t)time_s * 1000000000u), 9);
}

/* Exactly `count` digits at the front of `*rest`. */
static bool take_digits(slice *rest, size_t count, unsigned *ret_value)
{
	unsigned value = 0;
	if (rest->len < count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (rest->ptr[i] < '0' || rest->ptr[i] > '9')
			return false;
		value = value * 10 + (unsigned)(rest->ptr[i] - '0');
	}
	*ret_value = value;
	*rest = slice_from_offset(*rest, count);
	return true;
}

static bool take_byte(slice *rest, char byte)
{
	if (rest->len == 0 || rest->ptr[0] != byte)
		return false;
	*rest = slice_from_offset(*rest, 1);
	return true;
}

static bool take_fraction(slice *rest, uint32_t *ret_ns)
{
	uint32_t value = 0, unit = 100000000;
	size_t digits = 0;
	*ret_ns = 0;
	if (!take_byte(rest, '.'))
		return true;
	for (unsigned digit; take_digits(rest, 1, &digit); digits++) {
		value += digit * unit;
		unit /= 10;
	}
	*ret_ns = value;
	return digits > 0;
}

/* Seconds east of Greenwich. */
static bool take_offset(slice *rest, int64_t *ret_s, bool *ret_exists)
{
	unsigned hour, minute;
	*ret_s = 0;
	*ret_exists = true;
	if (take_byte(rest, 'Z') || take_byte(rest, 'z'))
		return true;
	bool west = rest->len > 0 && rest->ptr[0] == '-';
	if (!take_byte(rest, west ? '-' : '+') || !take_digits(rest, 2, &hour) || !take_byte(rest, ':') ||
	    !take_digits(rest, 2, &minute))
		return false;
	*ret_exists = hour <= 23 && minute <= 59;
	int64_t offset = (int64_t)hour * 3600 + (int64_t)minute * 60;
	*ret_s = west ? -offset : offset;
	return true;
}

/* RFC 3339 5.6 */
static enum error parse(slice text, int64_t *ret_s, uint32_t *ret_ns, struct fault *why)
{
	slice rest = text;
	unsigned year, month, day, hour, minute, second;
	int64_t offset_s;
	bool offset_exists;
	if (!take_digits(&rest, 4, &year) || !take_byte(&rest, '-') || !take_digits(&rest, 2, &month) ||
	    !take_byte(&rest, '-') || !take_digits(&rest, 2, &day) || (!take_byte(&rest, 'T') && !take_byte(&rest, 't')) ||
	    !take_digits(&rest, 2, &hour) || !take_byte(&rest, ':') || !take_digits(&rest, 2, &minute) ||
	    !take_byte(&rest, ':') || !take_digits(&rest, 2, &second) || !take_fraction(&rest, ret_ns) ||
	    !take_offset(&rest, &offset_s, &offset_exists) || rest.len > 0)
		return FAIL(why, E_SYNTAX, "a time looks like 2026-11-22T02:00:00Z (RFC 3339)");
	if (month < 1 || month > 12 || day < 1 || day > time_days_in_month(year, month) || hour > 23 || minute > 59 ||
	    second > 60 || !offset_exists)
		return FAIL(why, E_INVALID, "there is no time %.*s", SLICE_ARG(text));
	struct time_date date = {year, month, day};
	*ret_s = time_days_of(date) * DAY_S + (int64_t)hour * 3600 + (int64_t)minute * 60 + second - offset_s;
	return E_OK;
}

enum error time_parse_ms(int64_t *ret_ms, slice text, struct fault *why)
{
	int64_t time_s;
	uint32_t fraction_ns;
	TRY(parse(text, &time_s, &fraction_ns, why));
	*ret_ms = time_s * 1000 + fraction_ns / 1000000;
	return E_OK;
}

enum error time_parse_ns(int64_t *ret_ns, slice text, struct fault *why)
{
	int64_t time_s, time_ns;
	uint32_t fraction_ns;
	TRY(parse(text, &time_s, &fraction_ns, why));
	if (__builtin_mul_overflow(time_s, 1000000000, &time_ns) || __builtin_add_overflow(time_ns, fraction_ns, &time_ns))
		return FAIL(why, E_OVERFLOW, "%.*s does not fit into nanoseconds", SLICE_ARG(text));
	*ret_ns = time_ns;
	return E_OK;
}

static const struct unit {
	slice name;
	int64_t size_ms;
} units[] = {
	{SLICE_INIT("d"), 86400000}, {SLICE_INIT("h"), 3600000}, {SLICE_INIT("m"), 60000},
	{SLICE_INIT("s"), 1000},     {SLICE_INIT("ms"), 1},
};
#define UNITS (sizeof(units) / sizeof(units[0]))

enum error time_parse_duration_ms(int64_t *ret_ms, slice text, struct fault *why)
{
	int64_t total = 0;
	size_t first = 0;
	slice rest = text;
	if (slice_equal(text, SLICE("0"))) {
		*ret_ms = 0;
		return E_OK;
	}
	do {
		size_t digits = 0, letters = 0, unit = first;
		while (digits < rest.len && rest.ptr[digits] >= '0' && rest.ptr[digits] <= '9')
			digits++;
		slice tail = slice_from_offset(rest, digits);
		while (letters < tail.len && tail.ptr[letters] >= 'a' && tail.ptr[letters] <= 'z')
			letters++;
		while (unit < UNITS && !slice_equal(units[unit].name, slice_sub(tail, 0, letters)))
			unit++;
		if (digits == 0 || unit == UNITS)
			return FAIL(why, E_SYNTAX, "a duration looks like 10m, 24h or 1h30m (units d h m s ms)");
		int64_t count, part;
		if (!slice_to_i64(slice_sub(rest, 0, digits), &count) ||
		    __builtin_mul_overflow(count, units[unit].size_ms, &part) ||
		    __builtin_add_overflow(total, part, &total))
			return FAIL(why, E_OVERFLOW, "the duration %.*s is too long or has leading zeros", SLICE_ARG(text));
		first = unit + 1;
		rest = slice_from_offset(tail, letters);
	} while (rest.len > 0);
	*ret_ms = total;
	return E_OK;
}

enum error time_parse_moment_ns(int64_t *ret_ns, slice text, int64_t now_ns, struct fault *why)
{
	int64_t ago_ms, ago_ns;
	if (time_parse_ns(ret_ns, text, NULL) == E_OK)
		return E_OK;
	if (time_parse_duration_ms(&ago_ms, text, NULL) != E_OK)
		return FAIL(why, E_SYNTAX, "a time looks like 2026-12-31T23:59:59Z, or says how long ago: 10m");
	if (__builtin_mul_overflow(ago_ms, 1000000, &ago_ns) || __builtin_sub_overflow(now_ns, ago_ns, ret_ns))
		return FAIL(why, E_OVERFLOW, "%.*s is too long ago", SLICE_ARG(text));
	return E_OK;
}

struct time_text time_format_duration(int64_t duration_ms)
{
	struct time_text text = {0};
	size_t length = 0;
	for (size_t unit = 1; unit < UNITS && duration_ms > 0; unit++) {
		int64_t count = duration_ms / units[unit].size_ms;
		duration_ms -= count * units[unit].size_ms;
		if (count > 0)
			length += (size_t)snprintf(text.bytes + length, sizeof(text.bytes) - length, "%lld%.*s",
						   (long long)count, SLICE_ARG(units[unit].name));
	}
	if (length == 0)
		length = (size_t)snprintf(text.bytes, sizeof(text.bytes), "0s");
	text.len = (unsigned char)length;
	return text;
}
