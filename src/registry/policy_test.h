/* One test of policies: a question, and what must come out. Pure; the command line and the server run the same. */
#ifndef TIPSTAFF_REGISTRY_POLICY_TEST_H
#define TIPSTAFF_REGISTRY_POLICY_TEST_H

#include "registry/policy_question.h"

struct policy_test {
	slice name;
	struct policy_question question;
	slice history;         /* JSON list of what happened before (policy_history.h); empty: nothing */
	slice time;            /* of the question; empty: that of the last event */
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
 * A test that does not come out as expected is no error. E_INVALID, field `reasons[0]` or `errors[0]`: no policy has that id
 * or @id.  Else as policy_question_decide, and as policy_history_read.
 */
MUST_USE enum error policy_test_run(const struct policy_ground *ground, const struct policy_test *test,
				    struct arena *arena, struct policy_test_outcome *ret_outcome, struct fault *why);

#endif
