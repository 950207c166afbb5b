/* An array that grows: in an arena, where what it outgrew stays until the arena goes, or on the heap. */
#ifndef TIPSTAFF_CEDAR_LIST_H
#define TIPSTAFF_CEDAR_LIST_H

#include "base/arena.h"
#include "base/memory.h"

#include <string.h>

/* Zeroed, it is empty. */
struct list {
	void *items;
	size_t count;
	size_t size;
};

static inline bool list_grow(struct list *list, struct arena *arena, size_t item_bytes)
{
	size_t size = list->size ? 2 * list->size : 16;
	void *items = arena ? arena_alloc_array(arena, size, item_bytes) : memory_resize(list->items, size * item_bytes);
	if (!items)
		return false;
	if (arena && list->count)
		memcpy(items, list->items, list->count * item_bytes);
	list->items = items;
	list->size = size;
	return true;
}

/* Room for one more item, zeroed, at the end; NULL: no memory. Without an arena it is on the heap. */
static inline void *list_add(struct list *list, struct arena *arena, size_t item_bytes)
{
	if (list->count == list->size && !list_grow(list, arena, item_bytes))
		return NULL;
	void *item = (char *)list->items + list->count++ * item_bytes;
	memset(item, 0, item_bytes);
	return item;
}
#define LIST_ADD(list, arena, type) ((type *)list_add((list), (arena), sizeof(type)))
/* Of a list on the heap. */
static inline void list_free(struct list *list)
{
	memory_free(list->items);
	*list = (struct list){0};
}
#define LIST_AT(list, type, index) (&((type *)(list)->items)[index])

#endif
