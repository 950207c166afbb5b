#include "text/place.h"

/* Counted in a byte as far as it goes, so that many are looked at together. */
static uint32_t count_lines(const char *at, const char *end)
{
	uint32_t count = 0;
	while (at < end) {
		const char *stop = end - at < UINT8_MAX ? end : at + UINT8_MAX;
		unsigned char found = 0;
		for (; at < stop; at++)
			found = (unsigned char)(found + (*at == '\n'));
		count += found;
	}
	return count;
}

void text_place_move(struct text_place *place, slice text, size_t offset)
{
	if (place->text != text.ptr || offset < place->offset || place->line == 0)
		*place = (struct text_place){.text = text.ptr, .line = 1};
	if (offset > text.len)
		offset = text.len;
	uint32_t lines = offset ? count_lines(text.ptr + place->offset, text.ptr + offset) : 0;
	if (lines > 0) {
		place->line += lines;
		for (place->line_start = offset; text.ptr[place->line_start - 1] != '\n';)
			place->line_start--;
	}
	place->offset = offset;
	place->column = (uint32_t)(offset - place->line_start) + 1;
}
