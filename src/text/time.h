/* Times as text: RFC 3339 in UTC, and durations such as "10m". Pure arithmetic; nobody here knows what time it is. */
#ifndef TIPSTAFF_TEXT_TIME_H
#define TIPSTAFF_TEXT_TIME_H

#include "base/error.h"
#include "base/slice.h"

#define TIME_TEXT_MAX     32u
#define TIME_DURATION_MAX 24u

/* "2026-11-22T02:00:00Z", the longest "2026-11-22T02:00:00.123456789Z". */
struct time_text {
	char bytes[TIME_TEXT_MAX];
	unsigned char len;
};
static inline slice time_slice(const struct time_text *text)
{
	return (slice){text->bytes, text->len};
}

/*
 * Of a time since 1970-01-01T00:00:00Z. Seconds have no fraction, milliseconds three digits, nanoseconds nine.
 * Times before year 0 or after 9999 are shown as the nearest that can be written.
 */
struct time_text time_format_s(int64_t time_s);
struct time_text time_format_ms(int64_t time_ms);
struct time_text time_format_ns(int64_t time_ns);

/*
 * Reads RFC 3339 with "Z" or an offset; a leap second (:60) becomes the second after it. Digits of the fraction beyond
 * what the unit holds are dropped.
 * E_SYNTAX: not of that form.  E_INVALID: no such day or hour.  E_OVERFLOW: beyond int64_t (nanoseconds: 1677 to 2262).
 */
MUST_USE enum error time_parse_ms(int64_t *ret_ms, slice text, struct fault *why);
MUST_USE enum error time_parse_ns(int64_t *ret_ns, slice text, struct fault *why);

/*
 * One or more parts, each a whole number and a unit out of d h m s ms, larger units first: "10m", "24h", "1h30m",
 * "250ms". "0" alone is fine.
 * E_SYNTAX: not of that form.  E_OVERFLOW: beyond int64_t.
 */
MUST_USE enum error time_parse_duration_ms(int64_t *ret_ms, slice text, struct fault *why);
/* A moment: RFC 3339, or how long before `now_ns` in such parts. E_SYNTAX: neither.  E_OVERFLOW. */
MUST_USE enum error time_parse_moment_ns(int64_t *ret_ns, slice text, int64_t now_ns, struct fault *why);
/* The shortest such text: 90000 gives "1m30s". Negative durations are written as "0s". Days are written as hours. */
struct time_text time_format_duration(int64_t duration_ms);

/* Civil calendar (proleptic Gregorian): days since 1970-01-01. Month and day count from 1. */
struct time_date {
	int64_t year;
	unsigned month;
	unsigned day;
};
int64_t time_days_of(struct time_date date);
struct time_date time_date_of(int64_t days);
unsigned time_days_in_month(int64_t year, unsigned month);

#endif
