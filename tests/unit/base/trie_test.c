#include "base/trie.h"

#include "base/memory.h"
#include "check.h"

#include <stdio.h>

#define NAMES 3000

static const struct hash_key key = {3, 4};
static char names[NAMES][12];
static int values[NAMES];

static slice name_of(size_t i)
{
	snprintf(names[i], sizeof(names[i]), "name%zu", i);
	return slice_of(names[i]);
}

/* Half of all keys hash alike, so that the last level is used too. */
static uint64_t poor_hash(const struct hash_key *secret, slice bytes)
{
	uint64_t hash = hash_slice(secret, bytes);
	return hash & 1 ? 77 : hash;
}

static void fill_and_empty(struct trie *trie)
{
	struct retire_list retired = {0};
	void *old;
	for (size_t i = 0; i < NAMES; i++)
		CHECK_ERROR(trie_put(trie, name_of(i), &values[i], NULL, &retired, NULL), E_OK);
	CHECK_INT(trie->count, NAMES);
	for (size_t i = 0; i < NAMES; i += 3) {
		CHECK_ERROR(trie_remove(trie, name_of(i), &old, &retired, NULL), E_OK);
		CHECK(old == &values[i]);
	}
	for (size_t i = 0; i < NAMES; i++)
		CHECK(trie_get(trie, name_of(i)) == (i % 3 ? &values[i] : NULL));
	for (size_t i = 0; i < NAMES; i++)
		CHECK_ERROR(trie_remove(trie, name_of(i), &old, &retired, NULL), E_OK);
	CHECK(trie->count == 0 && trie->root == NULL);
	/* Nothing was published, so nothing had to wait for readers. */
	CHECK(!retired.first);
}

TEST(what_was_put_is_found_until_it_is_removed)
{
	struct trie trie;
	trie_init(&trie, &key, NAMES);
	fill_and_empty(&trie);
}

TEST(keys_that_hash_alike_are_kept_apart)
{
	struct trie trie;
	trie_init(&trie, &key, NAMES);
	trie.hash = poor_hash;
	fill_and_empty(&trie);
}

static bool count_entry(void *context, slice name, void *value)
{
	CHECK(name.len && value);
	return ++*(size_t *)context != 10;
}

TEST(an_old_version_stays_as_it_was)
{
	struct trie trie;
	struct retire_list retired = {0};
	void *old;
	int other;
	trie_init(&trie, &key, NAMES);
	for (size_t i = 0; i < NAMES; i++)
		CHECK_ERROR(trie_put(&trie, name_of(i), &values[i], NULL, &retired, NULL), E_OK);
	struct trie version = trie;
	trie_mark_published(&trie);
	for (size_t i = 0; i < NAMES; i += 2) {
		CHECK_ERROR(trie_put(&trie, name_of(i), &other, &old, &retired, NULL), E_OK);
		CHECK(old == &values[i]);
	}
	for (size_t i = 1; i < NAMES; i += 2)
		CHECK_ERROR(trie_remove(&trie, name_of(i), NULL, &retired, NULL), E_OK);
	for (size_t i = 0; i < NAMES; i++) {
		CHECK(trie_get(&version, name_of(i)) == &values[i]);
		CHECK(trie_get(&trie, name_of(i)) == (i % 2 ? NULL : &other));
	}
	CHECK(retired.first);
	size_t seen = 0;
	trie_each(&version, count_entry, &seen);
	CHECK_INT(seen, 10);
	trie_clear(&trie, &retired);
	retire_release(&retired);
}

TEST(one_change_of_many_entries_makes_few_nodes)
{
	struct trie trie;
	struct retire_list retired = {0};
	trie_init(&trie, &key, NAMES);
	for (size_t i = 0; i < NAMES; i++)
		CHECK_ERROR(trie_put(&trie, name_of(i), &values[i], NULL, &retired, NULL), E_OK);
	trie_mark_published(&trie);
	uint64_t before = memory_count();
	CHECK_ERROR(trie_put(&trie, SLICE("name7"), &values[8], NULL, &retired, NULL), E_OK);
	CHECK(memory_count() - before <= 4);
	trie_clear(&trie, &retired);
	retire_release(&retired);
}

static void count_alike(void *context, void *value)
{
	CHECK(value);
	++*(size_t *)context;
}

TEST(all_keys_of_one_hash_are_found)
{
	struct trie trie;
	struct retire_list retired = {0};
	size_t poor = 0, seen = 0, one = 0;
	trie_init(&trie, &key, NAMES);
	trie_each_alike(&trie, 77, count_alike, &seen);
	trie.hash = poor_hash;
	for (size_t i = 0; i < NAMES; i++) {
		CHECK_ERROR(trie_put(&trie, name_of(i), &values[i], NULL, &retired, NULL), E_OK);
		poor += poor_hash(&key, name_of(i)) == 77;
	}
	trie_each_alike(&trie, 77, count_alike, &seen);
	CHECK_INT(seen, poor);
	for (size_t i = 0; i < NAMES; i++)
		if (poor_hash(&key, name_of(i)) != 77)
			trie_each_alike(&trie, poor_hash(&key, name_of(i)), count_alike, &one);
	CHECK_INT(one, NAMES - poor);
	trie_clear(&trie, &retired);
	retire_release(&retired);
}

TEST(what_was_done_since_publishing_can_be_taken_back)
{
	struct trie trie;
	struct retire_list retired = {0}, dropped = {0};
	int other;
	trie_init(&trie, &key, NAMES);
	for (size_t i = 0; i < NAMES / 2; i++)
		CHECK_ERROR(trie_put(&trie, name_of(i), &values[i], NULL, &retired, NULL), E_OK);
	struct trie published = trie;
	trie_mark_published(&trie);
	for (size_t i = 0; i < NAMES; i += 2)
		CHECK_ERROR(trie_put(&trie, name_of(i), &other, NULL, &dropped, NULL), E_OK);
	for (size_t i = 1; i < NAMES; i += 2)
		CHECK_ERROR(trie_remove(&trie, name_of(i), NULL, &dropped, NULL), E_OK);
	trie_undo(&trie, &published);
	CHECK_INT(trie.count, NAMES / 2);
	for (size_t i = 0; i < NAMES; i++)
		CHECK(trie_get(&trie, name_of(i)) == (i < NAMES / 2 ? &values[i] : NULL));
	trie_clear(&trie, &retired);
	retire_release(&retired);
}

TEST(a_zeroed_trie_holds_nothing)
{
	struct trie trie = {0};
	CHECK(trie_get(&trie, SLICE("a")) == NULL);
	CHECK_ERROR(trie_remove(&trie, SLICE("a"), NULL, NULL, NULL), E_OK);
}

TEST(more_than_the_maximum_is_refused)
{
	struct trie trie;
	struct retire_list retired = {0};
	trie_init(&trie, &key, 0);
	CHECK_ERROR(trie_put(&trie, SLICE("a"), &values[0], NULL, &retired, NULL), E_LIMIT);
	trie.count_max = 1;
	CHECK_ERROR(trie_put(&trie, SLICE("a"), &values[0], NULL, &retired, NULL), E_OK);
	CHECK_ERROR(trie_put(&trie, SLICE("a"), &values[1], NULL, &retired, NULL), E_OK);
	CHECK_ERROR(trie_put(&trie, SLICE("b"), &values[1], NULL, &retired, NULL), E_LIMIT);
	trie_clear(&trie, &retired);
	retire_release(&retired);
}

TEST(an_empty_heap_changes_nothing)
{
	struct trie trie;
	struct retire_list retired = {0};
	trie_init(&trie, &key, NAMES);
	trie.hash = poor_hash;
	for (size_t i = 0; i < NAMES; i++)
		for (uint64_t nth = 1;; nth++) {
			memory_fail_at(nth);
			enum error code = trie_put(&trie, name_of(i), &values[i], NULL, &retired, NULL);
			memory_fail_at(0);
			if (code == E_OK)
				break;
			CHECK_ERROR(code, E_MEMORY);
			CHECK(trie_get(&trie, name_of(i)) == NULL && trie.count == i);
		}
	trie_mark_published(&trie);
	memory_fail_at(1);
	CHECK_ERROR(trie_remove(&trie, name_of(5), NULL, &retired, NULL), E_MEMORY);
	memory_fail_at(0);
	CHECK(trie_get(&trie, name_of(5)) == &values[5]);
	trie_clear(&trie, &retired);
	retire_release(&retired);
}
