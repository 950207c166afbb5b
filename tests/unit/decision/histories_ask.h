/* Sessions for tests: one kind of event goes by, and a history condition is asked of what is held. */
#ifndef TIPSTAFF_TESTS_HISTORIES_ASK_H
#define TIPSTAFF_TESTS_HISTORIES_ASK_H

#include "check.h"
#include "decision/histories.h"

#include <stdio.h>

#define START 1000000
#define BEFORE "formerly within 10m Action::\"x\"::request{}"

/* Agent::"a" does Action::"x"; its names are those of the last call. */
static inline struct cedar_event event_at(const struct hash_key *key, int64_t time_ms)
{
	static struct cedar_uid agent, action;
	agent = cedar_uid_make(key, SLICE("Agent"), SLICE("a"));
	action = cedar_uid_make(key, SLICE("Action"), SLICE("x"));
	return (struct cedar_event){.time_ms = time_ms, .principal = &agent, .action = &action, .resource = &agent,
				    .request_id = SLICE("d_1"), .decision = SLICE("permit")};
}

static inline void histories_add(struct histories *histories, const struct hash_key *key, slice name, int64_t begun_ms,
				 int64_t now_ms)
{
	struct history_hold hold;
	struct fault why = {0};
	struct cedar_event event = event_at(key, now_ms);
	CHECK_OK(histories_hold(histories, name, begun_ms, now_ms, &hold, &why), why);
	CHECK_OK(cedar_history_add(hold.history, &event, NULL, &why), why);
	histories_let_go(&hold);
	CHECK(hold.history == NULL);
}

/* allow, deny or unknown for `forbid ... when temporal` in the session. */
static inline const char *histories_ask(struct histories *histories, const struct hash_key *key, slice name,
					int64_t begun_ms, int64_t now_ms, const char *condition)
{
	char text[512];
	struct cedar_policyset *set;
	struct history_hold hold;
	struct fault why = {0};
	struct arena arena;
	struct cedar_result result;
	struct cedar_event asked = event_at(key, now_ms);
	struct cedar_uid other = cedar_uid_make(key, SLICE("Action"), SLICE("y"));
	snprintf(text, sizeof(text), "permit(principal, action, resource); forbid(principal, action, resource) when temporal { %s };",
		 condition);
	struct cedar_source source = {.name = SLICE("t"), .text = slice_of(text)};
	CHECK_OK(cedar_policyset_parse(key, &source, 1, &set, NULL, &why), why);
	CHECK_OK(histories_hold(histories, name, begun_ms, now_ms, &hold, &why), why);
	struct cedar_request request = {.principal = asked.principal, .action = &other, .resource = asked.resource,
					.history = hold.history, .now_ms = now_ms};
	const struct cedar_policyset *sets[] = {set};
	struct cedar_world world = {.sets = sets, .set_count = 1};
	arena_init(&arena, 1 << 20);
	enum cedar_decision decision = cedar_authorize(&request, &world, &arena, &result);
	const char *told = result.failure == E_UNAVAILABLE ? "unknown" : decision == CEDAR_ALLOW ? "allow" : "deny";
	arena_free(&arena);
	histories_let_go(&hold);
	cedar_policyset_free(set);
	return told;
}

#endif
