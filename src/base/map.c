#include "base/map.h"

#include "base/memory.h"

#include <assert.h>

#define SLOTS_FIRST 16u

void map_init(struct map *map, const struct hash_key *key, size_t count_max)
{
	*map = (struct map){.key = *key, .count_max = count_max};
}

/* The slot of the key, or the free one where it would go. */
static struct map_entry *slot_of(struct map_entry *entries, size_t slots, slice key, uint64_t hash)
{
	for (size_t i = hash & (slots - 1);; i = (i + 1) & (slots - 1)) {
		struct map_entry *entry = &entries[i];
		if (!entry->value || (entry->hash == hash && slice_equal(entry->key, key)))
			return entry;
	}
}

void *map_get_hashed(const struct map *map, slice key, uint64_t hash)
{
	return map->slots ? slot_of(map->entries, map->slots, key, hash)->value : NULL;
}

void *map_get(const struct map *map, slice key)
{
	return map->slots ? map_get_hashed(map, key, hash_slice(&map->key, key)) : NULL;
}

static enum error grow(struct map *map, struct fault *why)
{
	size_t slots = map->slots ? map->slots * 2 : SLOTS_FIRST;
	struct map_entry *entries = memory_alloc_array(slots, sizeof(*entries));
	if (!entries)
		return FAIL(why, E_MEMORY, "no memory for a table of %zu entries", slots);
	for (size_t i = 0; i < map->slots; i++)
		if (map->entries[i].value)
			*slot_of(entries, slots, map->entries[i].key, map->entries[i].hash) = map->entries[i];
	memory_free(map->entries);
	map->entries = entries;
	map->slots = slots;
	return E_OK;
}

enum error map_put(struct map *map, slice key, void *value, void **ret_old, struct fault *why)
{
	return map_put_hashed(map, key, hash_slice(&map->key, key), value, ret_old, why);
}

enum error map_put_hashed(struct map *map, slice key, uint64_t hash, void *value, void **ret_old, struct fault *why)
{
	assert(value);
	if ((map->count + 1) * 4 > map->slots * 3)
		TRY(grow(map, why));
	struct map_entry *entry = slot_of(map->entries, map->slots, key, hash);
	if (!entry->value) {
		if (map->count >= map->count_max)
			return FAIL(why, E_LIMIT, "more than %zu entries", map->count_max);
		map->count++;
	}
	if (ret_old)
		*ret_old = entry->value;
	*entry = (struct map_entry){.key = key, .value = value, .hash = hash};
	return E_OK;
}

/* Entries behind the hole move up, so that no search stops too early. */
static void close_hole(struct map *map, size_t hole)
{
	size_t mask = map->slots - 1;
	for (size_t i = (hole + 1) & mask; map->entries[i].value; i = (i + 1) & mask) {
		size_t home = map->entries[i].hash & mask;
		if (((i - home) & mask) >= ((i - hole) & mask)) {
			map->entries[hole] = map->entries[i];
			hole = i;
		}
	}
	map->entries[hole] = (struct map_entry){0};
}

void *map_remove(struct map *map, slice key)
{
	if (map->slots == 0)
		return NULL;
	struct map_entry *entry = slot_of(map->entries, map->slots, key, hash_slice(&map->key, key));
	void *value = entry->value;
	if (!value)
		return NULL;
	map->count--;
	close_hole(map, (size_t)(entry - map->entries));
	return value;
}

const struct map_entry *map_next(const struct map *map, size_t *position)
{
	while (*position < map->slots) {
		const struct map_entry *entry = &map->entries[(*position)++];
		if (entry->value)
			return entry;
	}
	return NULL;
}

void map_free(struct map *map)
{
	memory_free(map->entries);
	map_init(map, &map->key, map->count_max);
}
