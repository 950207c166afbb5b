/* Things that readers may still hold: collected when they are replaced, released by the caller after a grace period. */
#ifndef TIPSTAFF_BASE_RETIRE_H
#define TIPSTAFF_BASE_RETIRE_H

/* First member of whatever can be retired, so that retiring takes no memory and cannot fail. */
struct retired {
	struct retired *next;
	void (*release)(struct retired *item);
};

/* Zeroed, it is empty. */
struct retire_list {
	struct retired *first;
};

/* `item` is no longer reachable for new readers; `release` frees it when the last old reader is gone. */
void retire_add(struct retire_list *list, struct retired *item, void (*release)(struct retired *item));
/* Moves everything of `from` to `list`. */
void retire_move(struct retire_list *list, struct retire_list *from);
/* After the grace period: releases all; the list is empty then. */
void retire_release(struct retire_list *list);

#endif
