/* Sorting in place, without heap and recursion: qsort(3) may use the heap, which is closed during a decision. */
#ifndef TIPSTAFF_CEDAR_SORT_H
#define TIPSTAFF_CEDAR_SORT_H

#include <stddef.h>

#define SORT_ITEM_BYTES_MAX 32u

/* Shell sort; items have at most SORT_ITEM_BYTES_MAX bytes. Not stable. */
void sort_items(void *items, size_t count, size_t size, int (*compare)(const void *, const void *));

#endif
