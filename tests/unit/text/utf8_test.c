#include "text/utf8.h"

#include "check.h"

#include <string.h>

TEST(every_character_is_written_and_read)
{
	char bytes[4];
	for (uint32_t point = 0; point <= 0x10ffff; point++) {
		uint32_t back;
		if (point >= 0xd800 && point <= 0xdfff)
			continue;
		unsigned length = utf8_write(bytes, point);
		if (utf8_read(bytes, bytes + length, &back) != length || back != point ||
		    (length > 1 && utf8_read(bytes, bytes + length - 1, &back) != 0))
			fail_msg("U+%04X", point);
	}
}

TEST(what_is_not_shortest_or_not_a_character_is_refused)
{
	static const char *const wrong[] = {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc2", "\xc2\x41", "\xe0\x9f\xbf",
					    "\xed\xa0\x80", "\xed\xbf\xbf", "\xe2\x82", "\xf0\x8f\xbf\xbf",
					    "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xf8\x88\x80\x80\x80", "\xfe", "\xff",
					    "ok\xe2\x28\xa1"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK(!utf8_valid(slice_of(wrong[i])));
	CHECK(utf8_valid(SLICE("")) && utf8_valid((slice){0}) && utf8_valid(SLICE("a\0\xc3\xa9\xf0\x9f\x98\x80")));
}

TEST(a_wrong_byte_is_found_wherever_it_stands)
{
	for (size_t length = 1; length <= 40; length++)
		for (size_t at = 0; at < length; at++) {
			char text[40];
			memset(text, 'a', sizeof(text));
			CHECK(utf8_valid(slice_from(text, length)));
			text[at] = '\xff';
			CHECK(!utf8_valid(slice_from(text, length)));
		}
}
