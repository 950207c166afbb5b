#include "base/retire.h"

#include <stddef.h>

void retire_add(struct retire_list *list, struct retired *item, void (*release)(struct retired *item))
{
	item->release = release;
	item->next = list->first;
	list->first = item;
}

void retire_move(struct retire_list *list, struct retire_list *from)
{
	struct retired **end = &list->first;
	while (*end)
		end = &(*end)->next;
	*end = from->first;
	from->first = NULL;
}

void retire_release(struct retire_list *list)
{
	while (list->first) {
		struct retired *item = list->first;
		list->first = item->next;
		item->release(item);
	}
}
