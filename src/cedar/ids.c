#include "cedar/ids.h"

#include "base/memory.h"
#include "cedar/bytes.h"

#define SLOTS_FIRST 16u

/* The slot of the id, or the free one where it would go. */
static size_t find_slot(const struct ids *ids, slice id, uint64_t hash)
{
	size_t mask = ids->slot_count - 1, i = hash & mask;
	unsigned char tag = hash_tag(hash);
	while (ids->tags[i] && !(ids->tags[i] == tag && bytes_equal(ids->slots[i]->id, id)))
		i = (i + 1) & mask;
	return i;
}

static enum error resize(struct ids *ids, size_t slot_count, struct fault *why)
{
	const struct policy **slots = memory_alloc_table(slot_count, sizeof(*slots) + 1);
	if (!slots)
		return FAIL(why, E_MEMORY, "no memory for a table of %zu policies", slot_count);
	struct ids bigger = {.key = ids->key, .tags = (unsigned char *)(slots + slot_count), .slots = slots,
			     .slot_count = slot_count, .count = ids->count};
	for (size_t i = 0; i < ids->slot_count; i++) {
		if (!ids->tags[i])
			continue;
		uint64_t hash = hash_slice(ids->key, ids->slots[i]->id);
		size_t at = find_slot(&bigger, ids->slots[i]->id, hash);
		bigger.tags[at] = hash_tag(hash);
		bigger.slots[at] = ids->slots[i];
	}
	memory_free(ids->slots);
	*ids = bigger;
	return E_OK;
}

enum error ids_reserve(struct ids *ids, size_t count, struct fault *why)
{
	size_t slot_count = ids->slot_count ? ids->slot_count : SLOTS_FIRST;
	while (slot_count < 2 * (ids->count + count))
		slot_count *= 2;
	return slot_count > ids->slot_count ? resize(ids, slot_count, why) : E_OK;
}

enum error ids_put(struct ids *ids, const struct policy *policy, bool *ret_is_taken, struct fault *why)
{
	TRY(ids_reserve(ids, 1, why));
	uint64_t hash = hash_slice(ids->key, policy->id);
	size_t slot = find_slot(ids, policy->id, hash);
	*ret_is_taken = ids->tags[slot] != 0;
	if (*ret_is_taken)
		return E_OK;
	ids->tags[slot] = hash_tag(hash);
	ids->slots[slot] = policy;
	ids->count++;
	return E_OK;
}

const struct policy *ids_find(const struct ids *ids, slice id)
{
	if (!ids->slot_count)
		return NULL;
	size_t slot = find_slot(ids, id, hash_slice(ids->key, id));
	return ids->tags[slot] ? ids->slots[slot] : NULL;
}

void ids_free(struct ids *ids)
{
	memory_free(ids->slots);
	*ids = (struct ids){.key = ids->key};
}
