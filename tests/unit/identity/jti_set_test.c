#include "identity/jti_set.h"

#include "base/memory.h"
#include "check.h"

#include <pthread.h>
#include <stdio.h>

static const struct hash_key key = {5, 6};

TEST(an_assertion_is_taken_once)
{
	struct jti_set *set = jti_set_new(&key, 100);
	CHECK_ERROR(jti_set_take(set, SLICE("a"), SLICE("1"), 1060, 1000, NULL), E_OK);
	CHECK_ERROR(jti_set_take(set, SLICE("a"), SLICE("1"), 1060, 1000, NULL), E_CONFLICT);
	/* Of another issuer, or cut elsewhere, it is another one. */
	CHECK_ERROR(jti_set_take(set, SLICE("b"), SLICE("1"), 1060, 1000, NULL), E_OK);
	CHECK_ERROR(jti_set_take(set, SLICE(""), SLICE("a1"), 1060, 1000, NULL), E_OK);
	jti_set_free(set);
}

TEST(it_is_remembered_until_it_expires)
{
	for (int64_t start = 1; start < 300; start += 7) {
		struct jti_set *set = jti_set_new(&key, 100);
		CHECK_ERROR(jti_set_take(set, SLICE("first"), SLICE("x"), 60, 1, NULL), E_OK);
		int64_t expires = start + JTI_SET_WINDOW_S;
		CHECK_ERROR(jti_set_take(set, SLICE("a"), SLICE("1"), expires, start, NULL), E_OK);
		for (int64_t now = start; now <= expires; now += 11)
			CHECK_ERROR(jti_set_take(set, SLICE("a"), SLICE("1"), expires, now, NULL), E_CONFLICT);
		CHECK_ERROR(jti_set_take(set, SLICE("a"), SLICE("1"), expires, expires, NULL), E_CONFLICT);
		jti_set_free(set);
	}
}

TEST(a_full_set_refuses_and_forgets_nothing)
{
	struct jti_set *set = jti_set_new(&key, 2);
	CHECK_ERROR(jti_set_take(set, SLICE("a"), SLICE("1"), 60, 1, NULL), E_OK);
	CHECK_ERROR(jti_set_take(set, SLICE("a"), SLICE("2"), 60, 1, NULL), E_OK);
	CHECK_ERROR(jti_set_take(set, SLICE("a"), SLICE("3"), 60, 1, NULL), E_RATE);
	CHECK_ERROR(jti_set_take(set, SLICE("a"), SLICE("1"), 60, 1, NULL), E_CONFLICT);
	CHECK_ERROR(jti_set_take(set, SLICE("a"), SLICE("3"), 360, 300, NULL), E_OK);
	jti_set_free(set);
}

TEST(what_has_expired_or_lives_too_long_is_refused)
{
	struct jti_set *set = jti_set_new(&key, 100);
	CHECK_ERROR(jti_set_take(set, SLICE("a"), SLICE("1"), 999, 1000, NULL), E_EXPIRED);
	CHECK_ERROR(jti_set_take(set, SLICE("a"), SLICE("1"), 0, 0, NULL), E_EXPIRED);
	CHECK_ERROR(jti_set_take(set, SLICE("a"), SLICE("1"), 1001 + JTI_SET_WINDOW_S, 1000, NULL), E_LIMIT);
	jti_set_free(set);
}

struct race {
	struct jti_set *set;
	int taken;
};

static void *take_many(void *argument)
{
	struct race *race = argument;
	char name[16];
	for (int i = 0; i < 5000; i++) {
		snprintf(name, sizeof(name), "%d", i);
		if (jti_set_take(race->set, SLICE("a"), slice_of(name), 1060, 1000, NULL) == E_OK)
			race->taken++;
	}
	return NULL;
}

TEST(of_two_threads_only_one_takes_it)
{
	struct jti_set *set = jti_set_new(&key, 10000);
	struct race races[2] = {{set, 0}, {set, 0}};
	pthread_t other;
	CHECK_INT(pthread_create(&other, NULL, take_many, &races[0]), 0);
	take_many(&races[1]);
	pthread_join(other, NULL);
	CHECK_INT(races[0].taken + races[1].taken, 5000);
	jti_set_free(set);
}

TEST(an_empty_heap_gives_no_set)
{
	for (uint64_t nth = 1; nth <= 3; nth++) {
		memory_fail_at(nth);
		CHECK(jti_set_new(&key, 10) == NULL);
	}
	memory_fail_at(0);
	jti_set_free(NULL);
}
