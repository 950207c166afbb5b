#include "text/place.h"

void text_place_move(struct text_place *place, slice text, size_t offset)
{
	if (place->text != text.ptr || offset < place->offset || place->line == 0)
		*place = (struct text_place){.text = text.ptr, .line = 1};
	if (offset > text.len)
		offset = text.len;
	uint32_t lines = (uint32_t)slice_count_byte(slice_sub(text, place->offset, offset), '\n');
	if (lines > 0) {
		place->line += lines;
		for (place->line_start = offset; text.ptr[place->line_start - 1] != '\n';)
			place->line_start--;
	}
	place->offset = offset;
	place->column = (uint32_t)(offset - place->line_start) + 1;
}
