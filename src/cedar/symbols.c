#include "cedar/symbols.h"

#include <string.h>

#define SLOTS_FIRST 64u
/* Of so many slots one is taken at most: most names of a request are not there, and should end at a free slot. */
#define SLOTS_EACH 4u

uint32_t symbols_search(const struct symbols *symbols, const struct cedar_uid *uid)
{
	const unsigned char *tags = symbols->tags;
	unsigned char tag = hash_tag(uid->hash);
	for (size_t i = uid->hash & symbols->mask; tags[i]; i = (i + 1) & symbols->mask)
		if (tags[i] == tag && uid_equal(&symbols->list[symbols->slots[i]].uid, uid))
			return symbols->slots[i];
	return 0;
}

static void place(struct symbols *symbols, uint32_t symbol)
{
	uint64_t hash = symbols->list[symbol].uid.hash;
	size_t i = hash & symbols->mask;
	while (symbols->tags[i])
		i = (i + 1) & symbols->mask;
	symbols->tags[i] = hash_tag(hash);
	symbols->slots[i] = symbol;
}

static size_t slots_for(size_t count)
{
	size_t slots = SLOTS_FIRST;
	while (slots / SLOTS_EACH < count)
		slots *= 2;
	return slots;
}

static enum error resize(struct symbols *symbols, size_t slots, struct arena *scratch, struct fault *why)
{
	struct symbols bigger = {.tags = arena_alloc(scratch, slots), .slots = ARENA_ARRAY(scratch, slots, uint32_t),
				 .mask = slots - 1, .list = ARENA_ARRAY(scratch, slots / SLOTS_EACH, struct symbol),
				 .count = symbols->count, .size = (uint32_t)(slots / SLOTS_EACH)};
	if (!bigger.tags || !bigger.slots || !bigger.list)
		return FAIL(why, E_MEMORY, "no memory for an index of %u names", bigger.size);
	if (symbols->count)
		memcpy(bigger.list, symbols->list, symbols->count * sizeof(*bigger.list));
	for (uint32_t symbol = 1; symbol < symbols->count; symbol++)
		place(&bigger, symbol);
	*symbols = bigger;
	return E_OK;
}

enum error symbols_init(struct symbols *symbols, size_t expected, struct arena *scratch, struct fault *why)
{
	*symbols = (struct symbols){0};
	TRY(resize(symbols, slots_for(expected + 1), scratch, why));
	symbols->count = 1;
	return E_OK;
}

enum error symbols_add(struct symbols *symbols, struct arena *scratch, const struct cedar_uid *uid,
		       uint32_t *ret_symbol, struct fault *why)
{
	*ret_symbol = symbols_find(symbols, uid);
	if (*ret_symbol)
		return E_OK;
	if (symbols->count == symbols->size)
		TRY(resize(symbols, (symbols->mask + 1) * 2, scratch, why));
	*ret_symbol = symbols->count++;
	symbols->list[*ret_symbol].uid = *uid;
	place(symbols, *ret_symbol);
	return E_OK;
}

enum error symbols_keep(struct symbols *symbols, struct arena *arena, struct fault *why)
{
	size_t slots = slots_for(symbols->count);
	struct symbols kept = {.tags = arena_alloc(arena, slots), .slots = ARENA_ARRAY(arena, slots, uint32_t),
			       .mask = slots - 1, .list = ARENA_ARRAY(arena, symbols->count + 1u, struct symbol),
			       .count = symbols->count, .size = symbols->count};
	if (!kept.tags || !kept.slots || !kept.list)
		return FAIL(why, E_MEMORY, "no memory for an index of %u names", symbols->count);
	/* One more than needed, so that the first can start where a line of the cache does. */
	uintptr_t line = ((uintptr_t)kept.list + sizeof(*kept.list) - 1) & ~(uintptr_t)(sizeof(*kept.list) - 1);
	kept.list = (struct symbol *)line;
	memcpy(kept.list, symbols->list, symbols->count * sizeof(*kept.list));
	/* Fewer may have come than were expected. */
	if (slots == symbols->mask + 1) {
		memcpy(kept.tags, symbols->tags, slots);
		memcpy(kept.slots, symbols->slots, slots * sizeof(*kept.slots));
	} else {
		for (uint32_t symbol = 1; symbol < symbols->count; symbol++)
			place(&kept, symbol);
	}
	*symbols = kept;
	return E_OK;
}
