#include "channel/waiters.h"

#include "base/memory.h"

#include <assert.h>

enum error waiters_make(struct waiters *waiters, struct fault *why)
{
	*waiters = (struct waiters){.first_free = UINT32_MAX};
	waiters->slots = memory_alloc_array(WAITERS_MAX, sizeof(struct waiter));
	if (!waiters->slots)
		return FAIL(why, E_MEMORY, "no memory for %u waiters", WAITERS_MAX);
	return E_OK;
}

void waiters_free(struct waiters *waiters)
{
	memory_free(waiters->slots);
	*waiters = (struct waiters){.first_free = UINT32_MAX};
}

uint64_t waiters_add(struct waiters *waiters, waiter_call *done, void *context, int64_t deadline_ns)
{
	uint32_t index = waiters->first_free;
	if (index != UINT32_MAX) {
		waiters->first_free = waiters->slots[index].next_free;
	} else {
		assert(waiters->used < WAITERS_MAX);
		index = waiters->used++;
	}
	struct waiter *slot = &waiters->slots[index];
	slot->done = done;
	slot->context = context;
	slot->deadline_ns = deadline_ns;
	slot->failed = E_OK;
	slot->generation++;
	waiters->count++;
	/* Never 0, which is the tag of messages that nobody waits for. */
	return (uint64_t)slot->generation << 32 | (index + 1u);
}

static struct waiter *find(struct waiters *waiters, uint64_t tag)
{
	uint32_t number = (uint32_t)tag;
	if (number == 0 || number > waiters->used)
		return NULL;
	struct waiter *slot = &waiters->slots[number - 1];
	return slot->done && slot->generation == (uint32_t)(tag >> 32) ? slot : NULL;
}

static void take(struct waiters *waiters, struct waiter *slot, struct waiter *ret_waiter)
{
	*ret_waiter = *slot;
	slot->done = NULL;
	slot->next_free = waiters->first_free;
	waiters->first_free = (uint32_t)(slot - waiters->slots);
	waiters->count--;
}

bool waiters_take(struct waiters *waiters, uint64_t tag, struct waiter *ret_waiter)
{
	struct waiter *slot = find(waiters, tag);
	if (!slot)
		return false;
	take(waiters, slot, ret_waiter);
	return true;
}

void waiters_fail(struct waiters *waiters, uint64_t tag, enum error code)
{
	struct waiter *slot = find(waiters, tag);
	assert(slot && code != E_OK);
	slot->failed = code;
	waiters->any_failed = true;
}

bool waiters_overdue(struct waiters *waiters, int64_t now_ns, bool all, uint32_t *position, struct waiter *ret_waiter)
{
	if (*position == 0)
		waiters->any_failed = false;
	while (waiters->count > 0 && *position < waiters->used) {
		struct waiter *slot = &waiters->slots[(*position)++];
		if (!slot->done)
			continue;
		bool late = slot->deadline_ns <= now_ns;
		if (slot->failed == E_OK && !late && !all)
			continue;
		take(waiters, slot, ret_waiter);
		if (ret_waiter->failed == E_OK)
			ret_waiter->failed = late ? E_TIMEOUT : E_UNAVAILABLE;
		return true;
	}
	return false;
}
