/* The history of a session as a person writes it: for trying out and testing policies with history conditions. Pure. */
#ifndef TIPSTAFF_REGISTRY_POLICY_HISTORY_H
#define TIPSTAFF_REGISTRY_POLICY_HISTORY_H

#include "registry/policy_question.h"

/* Events of one test: more than anybody writes. */
#define POLICY_HISTORY_EVENTS_MAX 1000u

/* One event. Of a response only id, time, outcome and output count. Texts lie in the document or the arena. */
struct policy_event {
	struct policy_question question; /* of a request */
	bool is_response;
	int64_t time_ms;
	slice id;
	slice decision;                  /* `permit` or `deny`; empty: what the policies decide */
	slice outcome;
	struct cedar_value output;
};

/*
 * Reads `{"time", "id"?, "principal", "action", "resource", "context"?, "decision"?}` or, of what came of it,
 * `{"kind": "response", "time", "id", "outcome"?, "output"?}`; any other member is refused. E_INVALID, field named: not
 * that form.  E_MEMORY.
 */
MUST_USE enum error policy_event_read(const struct policy_ground *ground, const struct json_doc *doc,
				      const struct json_node *node, struct arena *arena, struct policy_event *ret_event,
				      struct fault *why);
/*
 * Takes the event in; a request that does not say how it was decided is decided, and `*ret_result` tells then.
 * E_NOT_FOUND: a response to no request before it.  Else as policy_question_decide.
 */
MUST_USE enum error policy_event_add(const struct policy_ground *ground, struct policy_event *event,
				     struct cedar_history *history, struct arena *arena,
				     struct cedar_result *ret_result, struct fault *why);
/*
 * All events of a JSON list into a new history; empty: one in which nothing has happened. `ret_history` is the caller's.
 * E_SYNTAX, E_LIMIT: POLICY_HISTORY_EVENTS_MAX.  Else as policy_event_read and policy_event_add.
 */
MUST_USE enum error policy_history_read(const struct policy_ground *ground, slice json, struct arena *arena,
					struct cedar_history **ret_history, struct fault *why);
/* Seconds since 1970, or RFC 3339. E_INVALID. */
MUST_USE enum error policy_time_read(slice text, int64_t *ret_ms, struct fault *why);

#endif
