#include "text/glob.h"

#include "check.h"

#include <string.h>

TEST(patterns_match_as_the_header_says)
{
	static const struct {
		const char *pattern;
		const char *text;
		bool match;
	} rows[] = {
		{"", "", true}, {"", "a", false}, {"a", "a", true}, {"a", "", false}, {"a", "b", false}, {"a", "ab", false},
		{"*", "", true}, {"*", "abc", true}, {"*", "a/b", false}, {"**", "a/b", true}, {"**", "", true},
		{"a*c", "ac", true}, {"a*c", "abbc", true}, {"a*c", "ab/c", false}, {"a**c", "ab/c", true},
		{"*.txt", "x.txt", true}, {"*.txt", "x.txt.exe", false}, {"/srv/*/log", "/srv/a/log", true},
		{"/srv/*/log", "/srv/a/b/log", false}, {"/srv/**/log", "/srv/a/b/log", true},
		{"/srv/**/log", "/srv/log", true}, {"/srv/**/log", "/srv/xlog", false}, {"/srv/**/log", "/srvlog", false},
		{"/srv/**", "/srv/", true}, {"/srv/**", "/srv", false}, {"/srv/**", "/srv/a/b", true},
		{"**/a", "a", true}, {"**/a", "x/y/a", true}, {"**/a", "xa", false}, {"a/**/**/b", "a/b", true},
		{"a/**/**/b", "a/x/y/b", true}, {"x**/b", "xb", false}, {"x**/b", "x/b", true}, {"***", "a/b", true},
		{"?", "a", true}, {"?", "", false}, {"?", "/", false}, {"?", "ab", false}, {"?", "\xc3\xa9", true},
		{"??", "\xc3\xa9", false}, {"??", "\xc3\xa9x", true}, {"?x", "\xf0\x9f\x98\x80x", true},
		{"*?", "\xf0\x9f\x98\x80", true}, {"\\*", "*", true}, {"\\*", "a", false}, {"\\\\", "\\", true},
		{"\\?", "?", true}, {"\\?", "a", false}, {"\\\\?", "\\a", true}, {"\\\\?", "\\\xc3\xa9", true},
		{"\\a", "a", true}, {"a\\", "a", false}, {"a\\", "a\\", false}, {"*a*a*a", "aaa", true},
		{"*a*a*a", "baba", false}, {"*a*b*", "xaxxbx", true}, {"[ab]", "a", false}, {"[ab]", "[ab]", true},
		{"*/*", "a/b", true}, {"*/*", "a/b/c", false}, {"**/*.c", "x.c", true}, {"**/*.c", "a/b/x.c", true},
		{"A", "a", false},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (glob_match(slice_of(rows[i].pattern), slice_of(rows[i].text)) != rows[i].match)
			fail_msg("%s on %s", rows[i].pattern, rows[i].text);
}

/* The definition, word for word; exponential, so for short ones only. */
static bool slow(const char *pattern, const char *text, bool segment_start)
{
	if (*pattern == '\0')
		return *text == '\0';
	if (pattern[0] == '*') {
		size_t run = strspn(pattern, "*");
		if (run > 1 && segment_start && pattern[run] == '/' && slow(pattern + run + 1, text, true))
			return true;
		for (;; text++) {
			if (slow(pattern + run, text, false))
				return true;
			if (*text == '\0' || (run == 1 && *text == '/'))
				return false;
		}
	}
	if (*text == '\0' || (*pattern == '?' ? *text == '/' : *pattern != *text))
		return false;
	return slow(pattern + 1, text + 1, *pattern == '/');
}

TEST(all_short_patterns_agree_with_the_definition)
{
	static const char pattern_bytes[] = "a/*?", text_bytes[] = "a/b";
	char pattern[7], text[6];
	for (int p = 0; p < 4096; p++) {
		for (int i = 0; i < 6; i++)
			pattern[i] = pattern_bytes[p >> (2 * i) & 3];
		size_t pattern_length = (size_t)(p % 7);
		pattern[pattern_length] = '\0';
		for (int t = 0; t < 243; t++) {
			int rest = t;
			for (int i = 0; i < 5; i++, rest /= 3)
				text[i] = text_bytes[rest % 3];
			size_t text_length = (size_t)(t % 6);
			text[text_length] = '\0';
			if (glob_match(slice_of(pattern), slice_of(text)) != slow(pattern, text, true))
				fail_msg("%s on %s", pattern, text);
		}
	}
}

TEST(hostile_patterns_take_no_longer)
{
	static char pattern[GLOB_BYTES_MAX + 1], text[20000];
	memset(text, 'a', sizeof(text));
	for (size_t i = 0; i < GLOB_BYTES_MAX; i++)
		pattern[i] = i % 2 ? 'a' : '*';
	pattern[GLOB_BYTES_MAX - 1] = 'b';
	CHECK(!glob_match(slice_from(pattern, GLOB_BYTES_MAX), slice_from(text, sizeof(text))));
	for (size_t i = 0; i < GLOB_BYTES_MAX; i++)
		pattern[i] = "**/"[i % 3];
	memset(text, '/', sizeof(text));
	CHECK(glob_match(slice_from(pattern, GLOB_BYTES_MAX), SLICE("")));
	glob_match(slice_from(pattern, GLOB_BYTES_MAX), slice_from(text, sizeof(text)));
	CHECK_ERROR(glob_check(slice_from(pattern, GLOB_BYTES_MAX), NULL), E_OK);
	CHECK_ERROR(glob_check(slice_from(pattern, GLOB_BYTES_MAX + 1), NULL), E_LIMIT);
	CHECK_ERROR(glob_check(SLICE("a\\"), NULL), E_SYNTAX);
	CHECK(glob_is_literal(SLICE("a\\*b")) && !glob_is_literal(SLICE("a*")) && !glob_is_literal(SLICE("?")));
}
