/* The name that was probably meant where an unknown one was given. */
#ifndef TIPSTAFF_BASE_NEAREST_H
#define TIPSTAFF_BASE_NEAREST_H

#include "base/slice.h"

/* Names longer than this have no neighbours; it keeps the work of a stranger's input small. */
#define NEAREST_BYTES_MAX 64u

/*
 * Inserted, removed, replaced and swapped bytes between the two, ASCII case folded. SIZE_MAX where one is longer than
 * NEAREST_BYTES_MAX.
 */
size_t nearest_distance(slice a, slice b);

/* Of many names, one after the other, the closest to `given` so far. It points to names that were offered. */
struct nearest {
	slice given;
	slice name; /* ptr NULL: none is close enough to be a slip of the fingers */
	size_t distance;
	size_t offered;
};

/* So many names are looked at, so that one mistake in a large world costs little. */
#define NEAREST_NAMES_MAX 1000u

static inline struct nearest nearest_of(slice given)
{
	return (struct nearest){.given = given, .distance = SIZE_MAX};
}
/* The same name, to the letter, is not what was meant. */
void nearest_offer(struct nearest *nearest, slice name);
/* What to say behind a sentence about a name that is not there: "; did you mean `x`?", or nothing. */
#define NEAREST_HINT_BYTES (NEAREST_BYTES_MAX * 2)
const char *nearest_hint(const struct nearest *nearest, char text[NEAREST_HINT_BYTES]);
/* The closest of `count` names. */
struct nearest nearest_among(slice given, const char *const *names, size_t count);
/* Its name; NULL where none is close enough. */
const char *nearest_name(slice given, const char *const *names, size_t count);

#endif
