#include "cedar/script.h"

/* How many of the sorted numbers are at most `limit`. */
static size_t count_up_to(const uint32_t *numbers, size_t count, uint32_t limit)
{
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (numbers[middle] <= limit)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct script_set script_set_of(uint32_t character)
{
	size_t at = count_up_to(script_starts, script_start_count, character << 8 | 0xff);
	return script_sets[script_starts[at - 1] & 0xff];
}

bool script_is_single(slice text)
{
	struct script_set all = {{UINT64_MAX, UINT64_MAX, UINT64_MAX}};
	while (text.len) {
		struct script_set next = script_set_of(script_next(&text));
		for (size_t i = 0; i < 3; i++)
			all.words[i] &= next.words[i];
	}
	return all.words[0] || all.words[1] || all.words[2];
}

bool script_allows_identifier(uint32_t character)
{
	return count_up_to(identifier_edges, identifier_edge_count, character) % 2 == 1;
}

bool script_is_bidi_control(uint32_t character)
{
	return (character >= 0x202a && character <= 0x202e) || (character >= 0x2066 && character <= 0x2069);
}

uint32_t script_next(slice *text)
{
	const unsigned char *bytes = (const unsigned char *)text->ptr;
	size_t length = bytes[0] < 0x80 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
	uint32_t character = length == 1 ? bytes[0] : bytes[0] & (0xffu >> (length + 1));
	for (size_t i = 1; i < length && i < text->len; i++)
		character = character << 6 | (bytes[i] & 0x3f);
	*text = slice_from_offset(*text, length < text->len ? length : text->len);
	return character;
}
