/* datetime: milliseconds since 1970, read from exactly five forms of ISO 8601. */
#include "cedar/extension.h"

#define DAY_MS INT64_C(86400000)
#define MINUTE_MS INT64_C(60000)

/* A reader over fixed patterns. */
struct cursor {
	slice text;
	size_t at;
	bool failed;
};

static int digits(struct cursor *cursor, size_t count)
{
	int number = 0;
	for (size_t i = 0; i < count; i++, cursor->at++) {
		char c = cursor->at < cursor->text.len ? cursor->text.ptr[cursor->at] : 'x';
		if (c < '0' || c > '9') {
			cursor->failed = true;
			return 0;
		}
		number = number * 10 + (c - '0');
	}
	return number;
}

static void expect(struct cursor *cursor, char c)
{
	if (cursor->at < cursor->text.len && cursor->text.ptr[cursor->at] == c)
		cursor->at++;
	else
		cursor->failed = true;
}

static bool take(struct cursor *cursor, char c)
{
	if (cursor->at >= cursor->text.len || cursor->text.ptr[cursor->at] != c)
		return false;
	cursor->at++;
	return true;
}

static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month == 2 && leap ? 29 : days[month - 1];
}

/* Days since 1970-01-01 in the proleptic Gregorian calendar; years count from March, so that leap days come last. */
static int64_t days_of(int year, int month, int day)
{
	int64_t y = month <= 2 ? year - 1 : year;
	int64_t era = (y >= 0 ? y : y - 399) / 400;
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719468;
}

static enum error parse_date(struct cursor *cursor, int64_t *ret_days, struct fault *why)
{
	int year = digits(cursor, 4);
	expect(cursor, '-');
	int month = digits(cursor, 2);
	expect(cursor, '-');
	int day = digits(cursor, 2);
	if (cursor->failed)
		return FAIL(why, E_INVALID, "invalid date pattern");
	if (month < 1 || month > 12 || day < 1 || day > month_days(year, month))
		return FAIL(why, E_INVALID, "invalid date: %04d-%02d-%02d", year, month, day);
	*ret_days = days_of(year, month, day);
	return E_OK;
}

static enum error parse_time(struct cursor *cursor, int64_t *ret_milliseconds, struct fault *why)
{
	expect(cursor, 'T');
	int hour = digits(cursor, 2);
	expect(cursor, ':');
	int minute = digits(cursor, 2);
	expect(cursor, ':');
	int second = digits(cursor, 2);
	if (cursor->failed)
		return FAIL(why, E_INVALID, "invalid hour/minute/second pattern");
	if (hour > 23 || minute > 59 || second > 59)
		return FAIL(why, E_INVALID, "invalid hour/minute/second: %02d:%02d:%02d", hour, minute, second);
	*ret_milliseconds = ((int64_t)hour * 3600 + minute * 60 + second) * 1000;
	return E_OK;
}

static enum error parse_zone(struct cursor *cursor, int64_t *ret_offset_ms, struct fault *why)
{
	*ret_offset_ms = 0;
	if (take(cursor, 'Z'))
		return E_OK;
	int64_t sign = take(cursor, '-') ? -1 : 1;
	if (sign == 1)
		expect(cursor, '+');
	int hours = digits(cursor, 2), minutes = digits(cursor, 2);
	if (cursor->failed)
		return FAIL(why, E_INVALID, "invalid millisecond and/or offset pattern");
	if (hours > 23 || minutes > 59)
		return FAIL(why, E_INVALID, "invalid offset range: %02d%02d", hours, minutes);
	*ret_offset_ms = sign * ((int64_t)hours * 60 + minutes) * MINUTE_MS;
	return E_OK;
}

enum error datetime_parse(slice text, int64_t *ret_milliseconds, struct fault *why)
{
	struct cursor cursor = {.text = text};
	int64_t days = 0, time = 0, offset = 0;
	TRY(parse_date(&cursor, &days, why));
	if (cursor.at < text.len) {
		TRY(parse_time(&cursor, &time, why));
		if (take(&cursor, '.'))
			time += digits(&cursor, 3);
		TRY(parse_zone(&cursor, &offset, why));
	}
	if (cursor.failed || cursor.at != text.len)
		return FAIL(why, E_INVALID, "invalid millisecond and/or offset pattern");
	*ret_milliseconds = days * DAY_MS + time - offset;
	return E_OK;
}

int64_t datetime_to_time(int64_t milliseconds)
{
	int64_t time = milliseconds % DAY_MS;
	return time < 0 ? time + DAY_MS : time;
}

bool datetime_to_date(int64_t milliseconds, int64_t *ret_midnight)
{
	return !__builtin_sub_overflow(milliseconds, datetime_to_time(milliseconds), ret_midnight);
}
