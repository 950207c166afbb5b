/* Pattern, newline, text. A literal pattern matches itself alone; "**" before a pattern never takes a match away. */
#include "fuzz.h"

#include "text/glob.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	char wider[GLOB_BYTES_MAX + 2];
	slice text = slice_from(bytes, length), pattern = slice_cut(&text, '\n');
	bool match = glob_match(pattern, text);
	if (glob_check(pattern, NULL) != E_OK) {
		assert(!match);
		return 0;
	}
	if (glob_is_literal(pattern) && slice_find_byte(pattern, '\\', 0) == SIZE_MAX)
		assert(match == slice_equal(pattern, text));
	/* Before a star it would change what the star means. */
	if (match && pattern.len + 2 <= GLOB_BYTES_MAX && !slice_starts_with(pattern, SLICE("*"))) {
		memcpy(wider, "**", 2);
		if (pattern.len)
			memcpy(wider + 2, pattern.ptr, pattern.len);
		bool still = glob_match(slice_from(wider, pattern.len + 2), text);
		assert(still);
	}
	return 0;
}
