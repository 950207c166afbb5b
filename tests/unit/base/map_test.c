#include "base/map.h"

#include "base/memory.h"
#include "check.h"

#include <stdio.h>

static const struct hash_key key = {11, 22};

TEST(what_was_put_is_found_until_it_is_removed)
{
	static char names[2000][8];
	static int values[2000];
	struct map map;
	map_init(&map, &key, 2000);
	for (size_t i = 0; i < 2000; i++) {
		snprintf(names[i], sizeof(names[i]), "k%zu", i);
		CHECK_ERROR(map_put(&map, slice_of(names[i]), &values[i], NULL, NULL), E_OK);
	}
	for (size_t i = 0; i < 2000; i += 3)
		CHECK(map_remove(&map, slice_of(names[i])) == &values[i]);
	for (size_t i = 0; i < 2000; i++)
		CHECK(map_get(&map, slice_of(names[i])) == (i % 3 ? &values[i] : NULL));
	CHECK_INT(map.count, 2000 - 667);
	size_t position = 0, walked = 0;
	while (map_next(&map, &position))
		walked++;
	CHECK_INT(walked, map.count);
	map_free(&map);
}

TEST(a_second_put_replaces_and_gives_back)
{
	int first, second;
	void *old = &second;
	struct map map;
	map_init(&map, &key, 1);
	CHECK_ERROR(map_put(&map, SLICE("a"), &first, &old, NULL), E_OK);
	CHECK(old == NULL);
	CHECK_ERROR(map_put(&map, SLICE("a"), &second, &old, NULL), E_OK);
	CHECK(old == &first && map_get(&map, SLICE("a")) == &second);
	CHECK_ERROR(map_put(&map, SLICE("b"), &second, &old, NULL), E_LIMIT);
	map_free(&map);
}

TEST(an_empty_heap_is_told_and_nothing_is_lost)
{
	int value;
	struct map map;
	map_init(&map, &key, 100);
	memory_fail_at(1);
	CHECK_ERROR(map_put(&map, SLICE("a"), &value, NULL, NULL), E_MEMORY);
	CHECK(map_get(&map, SLICE("a")) == NULL && map_remove(&map, SLICE("a")) == NULL);
	map_free(&map);
}
