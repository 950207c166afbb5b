#include "world.h"

#include "unit/decision/histories_ask.h"

#include <pthread.h>

static const struct hash_key key = {17, 18};

static void add(struct histories *histories, slice name, int64_t begun_ms, int64_t now_ms)
{
	histories_add(histories, &key, name, begun_ms, now_ms);
}

static const char *ask(struct histories *histories, slice name, int64_t begun_ms, int64_t now_ms, const char *condition)
{
	return histories_ask(histories, &key, name, begun_ms, now_ms, condition);
}

TEST(sessions_that_began_after_the_start_are_known)
{
	struct histories *histories = histories_new(&key, START);
	CHECK(strcmp(ask(histories, SLICE("new"), START + 1, START + 60000, BEFORE), "allow") == 0);
	CHECK(strcmp(ask(histories, SLICE("old"), START - 1, START + 60000, BEFORE), "unknown") == 0);
	CHECK(strcmp(ask(histories, SLICE("old"), INT64_MIN, START + 60000, BEFORE), "unknown") == 0);
	/* Once the window no longer reaches back to the start, all is known. */
	CHECK(strcmp(ask(histories, SLICE("old"), INT64_MIN, START + 600002, BEFORE), "allow") == 0);
	CHECK_INT(histories_count(histories), 2);
	histories_free(histories);
}

TEST(sessions_do_not_see_each_other)
{
	struct histories *histories = histories_new(&key, START);
	add(histories, SLICE("one"), START + 1, START + 10);
	CHECK(strcmp(ask(histories, SLICE("one"), START + 1, START + 20, BEFORE), "deny") == 0);
	CHECK(strcmp(ask(histories, SLICE("two"), START + 1, START + 20, BEFORE), "allow") == 0);
	histories_free(histories);
}

/* Whoever is pushed out by many others has lost its past, and the histories know it. */
TEST(a_session_that_was_pushed_out_is_not_taken_for_a_new_one)
{
	struct histories *histories = histories_new(&key, START);
	add(histories, SLICE("first"), START + 1, START + 10);
	for (unsigned i = 0; i < 2 * HISTORIES_MAX; i++) {
		char name[24];
		int length = snprintf(name, sizeof(name), "s%u", i);
		add(histories, slice_from(name, (size_t)length), START + 1, START + 20);
	}
	CHECK(histories_count(histories) <= HISTORIES_MAX);
	CHECK(!histories_has(histories, SLICE("first")));
	CHECK(strcmp(ask(histories, SLICE("first"), START + 1, START + 30, BEFORE), "unknown") == 0);
	/* One that begins only now has lost nothing. */
	CHECK(strcmp(ask(histories, SLICE("later"), START + 29, START + 30, BEFORE), "allow") == 0);
	histories_free(histories);
}

/* Nothing of it was kept, but something happened. */
TEST(a_session_that_lost_an_event_and_is_pushed_out_is_lost_up_to_it)
{
	struct histories *histories = histories_new(&key, START);
	struct history_hold hold;
	struct fault why = {0};
	struct cedar_event event = event_at(&key, START + 50);
	CHECK_OK(histories_hold(histories, SLICE("first"), START + 1, START + 50, &hold, &why), why);
	memory_fail_at(1);
	enum error error = cedar_history_add(hold.history, &event, NULL, &why);
	memory_fail_at(0);
	CHECK_INT(error, E_MEMORY);
	histories_let_go(&hold);
	for (unsigned i = 0; histories_has(histories, SLICE("first")); i++) {
		char name[24];
		int length = snprintf(name, sizeof(name), "s%u", i);
		add(histories, slice_from(name, (size_t)length), START + 1, START + 20);
	}
	CHECK(strcmp(ask(histories, SLICE("first"), START + 30, START + 60, BEFORE), "unknown") == 0);
	CHECK(strcmp(ask(histories, SLICE("later"), START + 51, START + 60, BEFORE), "allow") == 0);
	histories_free(histories);
}

TEST(an_outcome_finds_its_request)
{
	struct histories *histories = histories_new(&key, START);
	struct cedar_event outcome = {.time_ms = START + 20, .request_id = SLICE("d_1"), .outcome = SLICE("ok")};
	add(histories, SLICE("one"), START + 1, START + 10);
	CHECK(strcmp(ask(histories, SLICE("one"), 0, START + 15, "formerly within 10m Action::\"x\"::response{}"), "allow") == 0);
	histories_add_outcome(histories, NULL, SLICE("one"), &outcome);
	CHECK(strcmp(ask(histories, SLICE("one"), 0, START + 30, "formerly within 10m Action::\"x\"::response{outcome: \"ok\"}"),
		     "deny") == 0);
	/* Of a session that is gone nothing is kept. */
	histories_add_outcome(histories, NULL, SLICE("nobody"), &outcome);
	CHECK(!histories_has(histories, SLICE("nobody")));
	histories_free(histories);
}

struct thief {
	struct histories *histories;
	pthread_t thread;
	unsigned taken;
};

/* Looks and takes in one go, as a decision does. */
static void *take_up_to_ten(void *context)
{
	struct thief *thief = context;
	for (unsigned i = 0; i < 200; i++) {
		struct history_hold hold;
		struct cedar_event event = event_at(&key, START + 10);
		if (histories_hold(thief->histories, SLICE("shared"), START + 1, START + 10, &hold, NULL) != E_OK)
			return NULL;
		if (cedar_history_count(hold.history) < 10 && cedar_history_add(hold.history, &event, NULL, NULL) == E_OK)
			thief->taken++;
		histories_let_go(&hold);
	}
	return NULL;
}

TEST(two_loops_never_hold_a_session_at_once)
{
	struct histories *histories = histories_new(&key, START);
	struct thief thieves[4] = {0};
	unsigned taken = 0;
	for (unsigned i = 0; i < 4; i++) {
		thieves[i].histories = histories;
		CHECK(pthread_create(&thieves[i].thread, NULL, take_up_to_ten, &thieves[i]) == 0);
	}
	for (unsigned i = 0; i < 4; i++) {
		CHECK(pthread_join(thieves[i].thread, NULL) == 0);
		taken += thieves[i].taken;
	}
	CHECK_INT(taken, 10);
	histories_free(histories);
}

/* A new token is no new past; a declared task is one of its own. */
TEST(the_name_of_a_session_is_no_token)
{
	struct arena arena;
	struct caller caller = {.agent = SLICE("bot"), .subject = SLICE("alice"), .task = SLICE("task_1"), .token = SLICE("t_1")};
	arena_init(&arena, 1 << 16);
	slice first = history_name(NULL, &caller, &arena);
	caller.token = SLICE("t_2");
	caller.task = SLICE("task_2");
	CHECK_SLICE(history_name(NULL, &caller, &arena), first);
	caller.subject = SLICE("bob");
	CHECK(!slice_equal(history_name(NULL, &caller, &arena), first));
	CHECK(history_begun_ms(NULL, &caller, &arena) == INT64_MIN);
	arena_free(&arena);
}
