/* Where one is in a text: line and column, found by walking through it once. */
#ifndef TIPSTAFF_TEXT_PLACE_H
#define TIPSTAFF_TEXT_PLACE_H

#include "base/slice.h"

/* Zero it. */
struct text_place {
	const char *text; /* whose place it is */
	size_t offset;
	size_t line_start;
	uint32_t line;   /* from 1 */
	uint32_t column; /* from 1, in bytes */
};

/*
 * Goes on to `offset`, or to the end of the text where that comes first. The price is what lies between; where it is further
 * back, or in another text, what lies before it.
 */
void text_place_move(struct text_place *place, slice text, size_t offset);

#endif
