#include "cedar/symbols.h"

#include <string.h>

#define SLOTS_FIRST 16u

uint32_t symbols_search(const struct symbols *symbols, const struct cedar_uid *uid)
{
	const struct symbol_slot *slots = symbols->slots;
	size_t mask = symbols->mask;
	uint32_t tag = (uint32_t)(uid->hash >> 32);
	for (size_t i = uid->hash & mask;; i = (i + 1) & mask) {
		if (!slots[i].symbol)
			return 0;
		if (slots[i].tag == tag && uid_equal(&symbols->list[slots[i].symbol].uid, uid))
			return slots[i].symbol;
	}
}

static enum error grow(struct symbols *symbols, struct arena *scratch, struct fault *why)
{
	size_t slot_count = symbols->slots ? (symbols->mask + 1) * 2 : SLOTS_FIRST;
	struct symbol_slot *slots = ARENA_ARRAY(scratch, slot_count, struct symbol_slot);
	struct symbol *list = ARENA_ARRAY(scratch, slot_count / 2, struct symbol);
	if (!slots || !list)
		return FAIL(why, E_MEMORY, "no memory for an index of %zu names", slot_count / 2);
	if (symbols->count)
		memcpy(list, symbols->list, symbols->count * sizeof(*list));
	*symbols = (struct symbols){slots, slot_count - 1, list, symbols->count, (uint32_t)slot_count / 2};
	for (uint32_t symbol = 1; symbol < symbols->count; symbol++) {
		size_t i = list[symbol].uid.hash & symbols->mask;
		while (slots[i].symbol)
			i = (i + 1) & symbols->mask;
		slots[i] = (struct symbol_slot){(uint32_t)(list[symbol].uid.hash >> 32), symbol};
	}
	return E_OK;
}

enum error symbols_init(struct symbols *symbols, struct arena *scratch, struct fault *why)
{
	*symbols = (struct symbols){0};
	TRY(grow(symbols, scratch, why));
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
		TRY(grow(symbols, scratch, why));
	size_t i = uid->hash & symbols->mask;
	while (symbols->slots[i].symbol)
		i = (i + 1) & symbols->mask;
	*ret_symbol = symbols->count++;
	symbols->slots[i] = (struct symbol_slot){(uint32_t)(uid->hash >> 32), *ret_symbol};
	symbols->list[*ret_symbol].uid = *uid;
	return E_OK;
}

enum error symbols_keep(struct symbols *symbols, struct arena *arena, struct fault *why)
{
	struct symbol_slot *slots = ARENA_ARRAY(arena, symbols->mask + 1, struct symbol_slot);
	struct symbol *list = ARENA_ARRAY(arena, symbols->count + 1u, struct symbol);
	if (!slots || !list)
		return FAIL(why, E_MEMORY, "no memory for an index of %u names", symbols->count);
	/* One more than needed, so that the first can start where a line of the cache does. */
	list = (struct symbol *)(((uintptr_t)list + sizeof(*list) - 1) & ~(uintptr_t)(sizeof(*list) - 1));
	memcpy(slots, symbols->slots, (symbols->mask + 1) * sizeof(*slots));
	memcpy(list, symbols->list, symbols->count * sizeof(*list));
	*symbols = (struct symbols){slots, symbols->mask, list, symbols->count, symbols->count};
	return E_OK;
}
