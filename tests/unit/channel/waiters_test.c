#include "channel/waiters.h"

#include "check.h"

static void nobody(void)
{
}

TEST(an_answer_finds_its_waiter_once)
{
	struct waiters waiters;
	struct waiter waiter;
	int context;
	CHECK_ERROR(waiters_make(&waiters, NULL), E_OK);
	uint64_t tag = waiters_add(&waiters, nobody, &context, 100);
	CHECK(tag != 0);
	CHECK(waiters_take(&waiters, tag, &waiter) && waiter.context == &context);
	CHECK(!waiters_take(&waiters, tag, &waiter));
	CHECK(!waiters_take(&waiters, 0, &waiter) && !waiters_take(&waiters, 77, &waiter));
	waiters_free(&waiters);
}

TEST(an_answer_that_comes_too_late_does_not_meet_the_next_waiter)
{
	struct waiters waiters;
	struct waiter waiter;
	uint32_t at = 0;
	int first, second;
	CHECK_ERROR(waiters_make(&waiters, NULL), E_OK);
	uint64_t late = waiters_add(&waiters, nobody, &first, 10);
	CHECK(waiters_overdue(&waiters, 11, false, &at, &waiter));
	CHECK(waiter.context == &first && waiter.failed == E_TIMEOUT);
	/* The slot is used again. */
	uint64_t next = waiters_add(&waiters, nobody, &second, 100);
	CHECK((uint32_t)next == (uint32_t)late && next != late);
	CHECK(!waiters_take(&waiters, late, &waiter));
	CHECK(waiters_take(&waiters, next, &waiter) && waiter.context == &second);
	waiters_free(&waiters);
}

TEST(a_failure_inside_the_call_is_told_afterwards)
{
	struct waiters waiters;
	struct waiter waiter;
	int context;
	CHECK_ERROR(waiters_make(&waiters, NULL), E_OK);
	uint64_t tag = waiters_add(&waiters, nobody, &context, 1000);
	CHECK(!waiters.any_failed);
	waiters_fail(&waiters, tag, E_LIMIT);
	CHECK(waiters.any_failed);
	uint32_t at = 0;
	CHECK(waiters_overdue(&waiters, 1, false, &at, &waiter) && waiter.failed == E_LIMIT);
	CHECK(!waiters_overdue(&waiters, 1, false, &at, &waiter));
	waiters_free(&waiters);
}

TEST(at_the_end_everybody_is_told)
{
	struct waiters waiters;
	struct waiter waiter;
	uint32_t at = 0;
	unsigned told = 0;
	CHECK_ERROR(waiters_make(&waiters, NULL), E_OK);
	for (int i = 0; i < 100; i++)
		waiters_add(&waiters, nobody, &waiters, 1000);
	while (waiters_overdue(&waiters, 1, true, &at, &waiter)) {
		CHECK(waiter.failed == E_UNAVAILABLE);
		told++;
	}
	CHECK_INT(told, 100);
	CHECK_INT(waiters.count, 0);
	waiters_free(&waiters);
}
