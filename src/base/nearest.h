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
/* The closest of `count` names, if it is close enough to be a slip of the fingers; NULL otherwise. */
const char *nearest_name(slice given, const char *const *names, size_t count);

#endif
