/* An array that grows in an arena; what it outgrew stays there until the arena goes. */
#ifndef TIPSTAFF_CEDAR_LIST_H
#define TIPSTAFF_CEDAR_LIST_H

#include "base/arena.h"

#include <string.h>

/* Zeroed, it is empty. */
struct list {
	void *items;
	size_t count;
	size_t size;
};

/* Room for one more item, zeroed, at the end; NULL: no memory. */
static inline void *list_add(struct list *list, struct arena *arena, size_t item_bytes)
{
	if (list->count == list->size) {
		size_t size = list->size ? 2 * list->size : 16;
		void *items = arena_alloc_array(arena, size, item_bytes);
		if (!items)
			return NULL;
		if (list->count)
			memcpy(items, list->items, list->count * item_bytes);
		list->items = items;
		list->size = size;
	}
	void *item = (char *)list->items + list->count++ * item_bytes;
	memset(item, 0, item_bytes);
	return item;
}
#define LIST_ADD(list, arena, type) ((type *)list_add((list), (arena), sizeof(type)))
#define LIST_AT(list, type, index) (&((type *)(list)->items)[index])

#endif
