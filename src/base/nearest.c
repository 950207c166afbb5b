#include "base/nearest.h"

#include <stdio.h>

static char fold(char byte)
{
	return byte >= 'A' && byte <= 'Z' ? (char)(byte + ('a' - 'A')) : byte;
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t low = a < b ? a : b;
	return low < c ? low : c;
}

size_t nearest_distance(slice a, slice b)
{
	size_t rows[3][NEAREST_BYTES_MAX + 1];
	if (a.len > NEAREST_BYTES_MAX || b.len > NEAREST_BYTES_MAX)
		return SIZE_MAX;
	size_t *before = rows[0], *above = rows[1], *row = rows[2];
	for (size_t j = 0; j <= b.len; j++)
		above[j] = j;
	for (size_t i = 1; i <= a.len; i++) {
		row[0] = i;
		for (size_t j = 1; j <= b.len; j++) {
			char x = fold(a.ptr[i - 1]), y = fold(b.ptr[j - 1]);
			row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == fold(b.ptr[j - 2]) && fold(a.ptr[i - 2]) == y)
				row[j] = least(row[j], before[j - 2] + 1, SIZE_MAX);
		}
		size_t *free_row = before;
		before = above;
		above = row;
		row = free_row;
	}
	return above[b.len];
}

/* A third of the letters may be wrong, but at least one may. */
static size_t slips_allowed(size_t length)
{
	return length < 6 ? 1 : length / 3;
}

void nearest_offer(struct nearest *nearest, slice name)
{
	size_t slips = slips_allowed(nearest->given.len), given = nearest->given.len;
	/* So many letters are missing at least. */
	if (nearest->offered++ >= NEAREST_NAMES_MAX || name.len > given + slips || given > name.len + slips)
		return;
	size_t distance = nearest_distance(nearest->given, name);
	if (distance < nearest->distance && distance <= slips && !slice_equal(name, nearest->given)) {
		nearest->name = name;
		nearest->distance = distance;
	}
}

const char *nearest_hint(const struct nearest *nearest, char text[NEAREST_HINT_BYTES])
{
	text[0] = '\0';
	if (nearest->name.ptr)
		snprintf(text, NEAREST_HINT_BYTES, "; did you mean `%.*s`?", SLICE_ARG(nearest->name));
	return text;
}

struct nearest nearest_among(slice given, const char *const *names, size_t count)
{
	struct nearest nearest = nearest_of(given);
	for (size_t i = 0; i < count; i++)
		nearest_offer(&nearest, slice_of(names[i]));
	return nearest;
}

const char *nearest_name(slice given, const char *const *names, size_t count)
{
	return nearest_among(given, names, count).name.ptr;
}
