#include "text/place.h"

#include "check.h"

static void check(const struct text_place *place, uint32_t line, uint32_t column)
{
	CHECK_INT(place->line, line);
	CHECK_INT(place->column, column);
}

TEST(lines_and_columns_are_counted_from_one)
{
	slice text = SLICE("ab\n\ncd\n");
	static const struct {
		size_t offset;
		uint32_t line, column;
	} rows[] = {{0, 1, 1}, {1, 1, 2}, {2, 1, 3}, {3, 2, 1}, {4, 3, 1}, {6, 3, 3}, {7, 4, 1}, {99, 4, 1}};
	struct text_place walking = {0};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct text_place at_once = {0};
		text_place_move(&at_once, text, rows[i].offset);
		check(&at_once, rows[i].line, rows[i].column);
		text_place_move(&walking, text, rows[i].offset);
		check(&walking, rows[i].line, rows[i].column);
	}
}

TEST(long_stretches_are_counted_too)
{
	char text[2000];
	struct text_place place = {0};
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = '\n';
	for (size_t offset = 0; offset <= sizeof(text); offset += 400) {
		text_place_move(&place, slice_from(text, sizeof(text)), offset);
		check(&place, (uint32_t)offset + 1, 1);
	}
}

TEST(one_may_go_back_and_into_another_text)
{
	slice text = SLICE("a\nb\nc"), other = SLICE("\n\n\n\n");
	struct text_place place = {0};
	text_place_move(&place, text, 4);
	check(&place, 3, 1);
	text_place_move(&place, text, 2);
	check(&place, 2, 1);
	text_place_move(&place, other, 3);
	check(&place, 4, 1);
	text_place_move(&place, SLICE(""), 3);
	check(&place, 1, 1);
}
