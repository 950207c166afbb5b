/* A session for tests: events of a small world go by, and history conditions are asked in two ways. */
#ifndef TIPSTAFF_TESTS_CEDAR_SESSION_H
#define TIPSTAFF_TESTS_CEDAR_SESSION_H

#include "cedar/cedar.h"
#include "cedar/monitor.h"
#include "cedar/policies.h"
#include "check.h"
#include "unit/cedar/world.h"

/* One request or response; texts that are NULL are left out of its input. */
struct moment {
	int64_t at_s;
	const char *action;
	const char *user;
	const char *server;
	bool has_amount;
	int64_t amount;
	bool is_response;
	bool is_denied;
};

/* Empty, and whole. */
struct cedar_history *session_new(void);
/* The request of the step; everything lives in the arena. */
struct cedar_request session_request(const struct moment *step, struct cedar_history *history, struct arena *arena);
/* Decides the request of the step, without taking it in. */
struct cedar_result session_decide(const struct cedar_policyset *set, struct cedar_history *history,
				   const struct moment *step, struct arena *arena);
/* As it is written for another process; the buffer has the bytes. */
slice session_write(const struct cedar_history *history, struct buffer *bytes);
/* What another process reads of what this one wrote; the same once more must give the same bytes. */
struct cedar_history *session_reread(const struct cedar_history *history, const struct hash_key *key);
/* Takes the step in. */
void session_add(struct cedar_history *history, const struct moment *step, const struct cedar_policyset *set);
/* `allow`, `deny`, `error` (a policy was skipped), `unknown` (no decision), of the step after the others. */
slice session_outcome(const char *policy, const struct moment *steps, size_t count);
/* What the definition and the monitors say to the first history condition of the set's policy. */
enum temporal_answer session_ask(const struct cedar_policyset *set, size_t policy, struct cedar_history *history,
				 const struct moment *step, bool by_monitors);
const struct temporal *session_condition(const struct cedar_policyset *set, size_t policy);

#endif
