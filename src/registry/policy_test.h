/* One test of policies: a question, and what must come out. Pure; the command line and the server run the same. */
#ifndef TIPSTAFF_REGISTRY_POLICY_TEST_H
#define TIPSTAFF_REGISTRY_POLICY_TEST_H

#include "cedar/cedar.h"
#include "text/json.h"

/* A request in Cedar's own terms, as a person writes it. */
struct policy_question {
	slice principal; /* User::"alice" */
	slice action;
	slice resource;
	slice context; /* JSON; empty: no context */
	bool with_facts;
};

/* What questions are decided by. Everything has the same key. */
struct policy_ground {
	const struct hash_key *key;
	const struct cedar_policyset *set;
	const struct cedar_schema *schema;     /* may be NULL */
	const struct cedar_entities *entities; /* may be NULL */
};

/*
 * The result lives in the arena and in the set. The field of the fault is principal, action, resource or context.
 * E_SYNTAX: a name of an entity, or the context is not JSON.  E_INVALID: the context has no Cedar value, or the schema
 * no such action.  E_LIMIT, E_MEMORY.
 */
MUST_USE enum error policy_question_decide(const struct policy_ground *ground, const struct policy_question *question,
					   struct arena *arena, struct cedar_result *ret_result, struct fault *why);

struct policy_test {
	slice name;
	struct policy_question question;
	bool permits;          /* what is expected */
	bool any_reasons;      /* else exactly `reasons` decide, by id or @id */
	const slice *reasons;
	size_t reason_count;
	const slice *errors;   /* exactly these err */
	size_t error_count;
};

struct policy_test_outcome {
	bool passed;
	slice expected; /* "permit by a.cedar#0": where it did not pass */
	slice got;
};

/*
 * A test that does not come out as expected is no error. E_INVALID, field `reasons` or `errors`: no policy has that id
 * or @id.  Else as policy_question_decide.
 */
MUST_USE enum error policy_test_run(const struct policy_ground *ground, const struct policy_test *test,
				    struct arena *arena, struct policy_test_outcome *ret_outcome, struct fault *why);

#endif
