#include "cedar/sort.h"

#include <assert.h>
#include <string.h>

void sort_items(void *items, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	/* Ciura's gaps, continued by 9/4. */
	static const size_t gaps[] = {1,    4,    10,    23,    57,    132,    301,    701,     1577,    3548,
				      7983, 17961, 40412, 90927, 204585, 460316, 1035711, 2330349, 5243285};
	char *base = items;
	assert(size <= SORT_ITEM_BYTES_MAX);
	/* Most of what comes here is in order already. */
	size_t ordered = 1;
	while (ordered < count && compare(base + (ordered - 1) * size, base + ordered * size) <= 0)
		ordered++;
	if (ordered >= count)
		return;
	char held[SORT_ITEM_BYTES_MAX];
	for (size_t g = sizeof(gaps) / sizeof(gaps[0]); g-- > 0;)
		for (size_t i = gaps[g]; i < count; i++) {
			if (compare(base + (i - gaps[g]) * size, base + i * size) <= 0)
				continue;
			memcpy(held, base + i * size, size);
			size_t j = i;
			for (; j >= gaps[g] && compare(base + (j - gaps[g]) * size, held) > 0; j -= gaps[g])
				memcpy(base + j * size, base + (j - gaps[g]) * size, size);
			memcpy(base + j * size, held, size);
		}
}
