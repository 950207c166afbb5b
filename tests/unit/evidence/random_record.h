/* Records with any fields, the same ones each time. */
#ifndef TIPSTAFF_TESTS_RANDOM_RECORD_H
#define TIPSTAFF_TESTS_RANDOM_RECORD_H

#include "evidence/record.h"

/* xorshift64*, so that a failure comes again. */
static uint64_t draw(uint64_t *state, uint64_t below)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (*state * 0x2545f4914f6cdd1du >> 16) % below;
}

/* Lengths around those of heads and of what is looked at together, ASCII or not. */
static slice draw_text(uint64_t *state)
{
	static const char ascii[] = "The quick brown fox jumps over the lazy dog. The quick brown fox jumps over the lazy dog. "
				    "The quick brown fox jumps over the lazy dog. The quick brown fox jumps over the lazy dog. "
				    "The quick brown fox jumps over the lazy dog. The quick brown fox jumps over the lazy dog.";
	static const slice others[] = {SLICE_INIT("zw\xc3\xb6lf"), SLICE_INIT("\xe2\x82\xac"), SLICE_INIT("a\0b"),
				       SLICE_INIT("sixteen letters \xf0\x9f\x94\x91"), SLICE_INIT("fifteen letter\xc3\xa9")};
	if (draw(state, 4) == 0)
		return others[draw(state, sizeof(others) / sizeof(others[0]))];
	return slice_from(ascii, draw(state, draw(state, 3) ? 40 : sizeof(ascii)));
}

static void draw_field(uint64_t *state, struct record *record, const struct record_field *field)
{
	static slice items[RECORD_TEXTS_MAX];
	void *member = (char *)record + field->offset;
	switch (field->type) {
	case RECORD_TEXT:
		*(slice *)member = draw_text(state);
		return;
	case RECORD_DIGEST:
		*(slice *)member = slice_from("0123456789abcdef0123456789abcdef", draw(state, 2) * RECORD_DIGEST_BYTES);
		return;
	case RECORD_TEXTS:
		for (size_t i = 0; i < 30; i++)
			items[i] = draw_text(state);
		*(struct record_texts *)member = (struct record_texts){items, draw(state, draw(state, 2) ? 4 : 30)};
		return;
	case RECORD_NUMBER:
	case RECORD_TIME:
		*(uint64_t *)member = UINT64_MAX >> draw(state, 64);
		return;
	case RECORD_ENUM:
		*(unsigned *)member = (unsigned)draw(state, 2);
		return;
	}
}

static struct record draw_record(uint64_t *state)
{
	size_t count;
	const struct record_field *fields = record_fields(&count);
	struct record record = {0};
	for (size_t i = 0; i < count; i++)
		if (draw(state, 3) == 0)
			draw_field(state, &record, &fields[i]);
	record.kind = (enum record_kind)(1 + draw(state, RECORD_KIND_COUNT - 1));
	record.id = SLICE("d_01JK4ZB0XWQ8R2N5T7V9Y3C6FA");
	return record;
}

#endif
