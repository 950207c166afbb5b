#include "text/time.h"

#include "check.h"

TEST(times_are_written_in_utc)
{
	struct time_text text = time_format_s(1795312800);
	CHECK_SLICE(time_slice(&text), SLICE("2026-11-22T02:00:00Z"));
	text = time_format_ms(0);
	CHECK_SLICE(time_slice(&text), SLICE("1970-01-01T00:00:00.000Z"));
	text = time_format_ms(-1);
	CHECK_SLICE(time_slice(&text), SLICE("1969-12-31T23:59:59.999Z"));
	text = time_format_ns(INT64_MAX);
	CHECK_SLICE(time_slice(&text), SLICE("2262-04-11T23:47:16.854775807Z"));
	text = time_format_ns(INT64_MIN);
	CHECK_SLICE(time_slice(&text), SLICE("1677-09-21T00:12:43.145224192Z"));
	text = time_format_s(INT64_MAX);
	CHECK_SLICE(time_slice(&text), SLICE("9999-12-31T23:59:59Z"));
	text = time_format_ms(INT64_MAX);
	CHECK_SLICE(time_slice(&text), SLICE("9999-12-31T23:59:59.999Z"));
	text = time_format_ms(INT64_MIN);
	CHECK_SLICE(time_slice(&text), SLICE("0000-01-01T00:00:00.000Z"));
}

TEST(times_are_read_with_any_offset)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {{"1970-01-01T00:00:00Z", 0},
		    {"2026-11-22T02:00:00Z", 1795312800000},
		    {"2026-11-22t02:00:00z", 1795312800000},
		    {"2026-11-22T03:30:00+01:30", 1795312800000},
		    {"2026-11-21T18:00:00-08:00", 1795312800000},
		    {"2026-11-22T02:00:00.5Z", 1795312800500},
		    {"2026-11-22T02:00:00.123456789123Z", 1795312800123},
		    {"2000-02-29T23:59:60Z", 951868800000},
		    {"0000-01-01T00:00:00Z", -62167219200000},
		    {"9999-12-31T23:59:59.999Z", 253402300799999}};
	struct fault why;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t ms;
		CHECK_OK(time_parse_ms(&ms, slice_of(rows[i].text), &why), why);
		CHECK_INT(ms, rows[i].ms);
	}
	int64_t ns;
	CHECK_OK(time_parse_ns(&ns, SLICE("1969-12-31T23:59:59.999999999Z"), &why), why);
	CHECK_INT(ns, -1);
}

TEST(what_is_no_time_is_refused)
{
	static const char *const syntax[] = {"", "2026-11-22", "2026-11-22T02:00:00", "2026-11-22 02:00:00Z", "2026-11-22T02:00Z",
					     "2026-11-22T02:00:00.Z", "2026-11-22T02:00:00Z ", "26-11-22T02:00:00Z",
					     "+2026-11-22T02:00:00Z", "2026-11-22T02:00:00+0100", "2026-11-22T02:00:00*01:00",
					     "2026-1-22T02:00:00Z"};
	static const char *const invalid[] = {"2026-13-01T00:00:00Z", "2026-00-01T00:00:00Z", "2026-02-29T00:00:00Z",
					      "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z", "2026-01-00T00:00:00Z",
					      "2026-01-01T24:00:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
					      "2026-01-01T00:00:00+24:00", "2026-01-01T00:00:00-00:60"};
	int64_t value = 7;
	for (size_t i = 0; i < sizeof(syntax) / sizeof(syntax[0]); i++)
		CHECK_ERROR(time_parse_ms(&value, slice_of(syntax[i]), NULL), E_SYNTAX);
	for (size_t i = 0; i < sizeof(invalid) / sizeof(invalid[0]); i++)
		CHECK_ERROR(time_parse_ms(&value, slice_of(invalid[i]), NULL), E_INVALID);
	CHECK_ERROR(time_parse_ns(&value, SLICE("2263-01-01T00:00:00Z"), NULL), E_OVERFLOW);
	CHECK_ERROR(time_parse_ns(&value, SLICE("1600-01-01T00:00:00Z"), NULL), E_OVERFLOW);
	CHECK_INT(value, 7);
}

TEST(every_day_leads_to_its_date_and_back)
{
	struct time_date last = time_date_of(-800001);
	for (int64_t days = -800000; days < 800000; days++) {
		struct time_date date = time_date_of(days);
		CHECK_INT(time_days_of(date), days);
		bool next_day = date.day == last.day + 1 && date.month == last.month;
		bool next_month = date.day == 1 && last.day == time_days_in_month(last.year, last.month);
		CHECK(next_day || next_month);
		last = date;
	}
}

TEST(durations_are_read_and_written)
{
	static const struct {
		const char *text;
		int64_t ms;
		const char *shortest;
	} rows[] = {{"10m", 600000, "10m"},	{"24h", 86400000, "24h"},  {"1d", 86400000, "24h"},   {"90s", 90000, "1m30s"},
		    {"1h30m", 5400000, "1h30m"}, {"250ms", 250, "250ms"},  {"0", 0, "0s"},	      {"0s", 0, "0s"},
		    {"1d2h3m4s5ms", 93784005, "26h3m4s5ms"}};
	struct fault why;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t ms;
		CHECK_OK(time_parse_duration_ms(&ms, slice_of(rows[i].text), &why), why);
		CHECK_INT(ms, rows[i].ms);
		struct time_text text = time_format_duration(ms);
		CHECK_SLICE(time_slice(&text), slice_of(rows[i].shortest));
	}
	struct time_text text = time_format_duration(-5);
	CHECK_SLICE(time_slice(&text), SLICE("0s"));
	text = time_format_duration(INT64_MAX);
	CHECK_SLICE(time_slice(&text), SLICE("2562047788015h12m55s807ms"));
	static const char *const wrong[] = {"", "10", "m", "1m1h", "1m1m", "-1m", "1.5h", "1 m", "1M", "1w", "1hm", "10m "};
	int64_t value;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_ERROR(time_parse_duration_ms(&value, slice_of(wrong[i]), NULL), E_SYNTAX);
	CHECK_ERROR(time_parse_duration_ms(&value, SLICE("9223372036854775808ms"), NULL), E_OVERFLOW);
	CHECK_ERROR(time_parse_duration_ms(&value, SLICE("106751991168d"), NULL), E_OVERFLOW);
	CHECK_ERROR(time_parse_duration_ms(&value, SLICE("9223372036854775s808ms"), NULL), E_OVERFLOW);
}

TEST(a_moment_is_a_time_or_how_long_ago)
{
	struct fault why;
	int64_t ns;
	CHECK_OK(time_parse_moment_ns(&ns, SLICE("1970-01-01T00:00:01.000000002Z"), 7, &why), why);
	CHECK_INT(ns, 1000000002);
	CHECK_OK(time_parse_moment_ns(&ns, SLICE("1m1ms"), INT64_C(100000000000), &why), why);
	CHECK_INT(ns, INT64_C(39999000000));
	CHECK_OK(time_parse_moment_ns(&ns, SLICE("1s"), 0, &why), why);
	CHECK_INT(ns, -1000000000);
	CHECK_ERROR(time_parse_moment_ns(&ns, SLICE(""), 0, &why), E_SYNTAX);
	CHECK_ERROR(time_parse_moment_ns(&ns, SLICE("yesterday"), 0, &why), E_SYNTAX);
	CHECK_ERROR(time_parse_moment_ns(&ns, SLICE("1970-01-32T00:00:01Z"), 0, &why), E_SYNTAX);
	CHECK_ERROR(time_parse_moment_ns(&ns, SLICE("200000d"), 0, &why), E_OVERFLOW);
}
