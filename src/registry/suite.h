/*
 * What policies must stand up to before they take effect: tests and, where one is given, a schema. Suites are objects of
 * the registry, so that they hold for whoever changes policies.
 */
#ifndef TIPSTAFF_REGISTRY_SUITE_H
#define TIPSTAFF_REGISTRY_SUITE_H

#include "registry/policy_set.h"
#include "registry/policy_test.h"

/* Of one suite: more would not fit an object. */
#define SUITE_TESTS_MAX 1000u
/* Failures that are told one by one; all are counted. */
#define SUITE_FAILURES_MAX 20u

struct suite {
	slice id;
	const slice *policies; /* ids of policy objects; none: all that are in force */
	size_t policy_count;
	slice schema;          /* Cedar's schema language, or JSON where it begins with {; empty: none */
	slice entities;        /* a JSON list; empty: none */
	const struct policy_test *tests;
	size_t test_count;
};

/*
 * Reads a stored or sent object of kind suite (`object` is its JSON). Slices lie in `object` or `arena`.
 * E_SYNTAX; E_INVALID, E_LIMIT (field named: tests[3].expect): not such an object.  E_MEMORY.
 */
MUST_USE enum error suite_read(struct suite *ret_suite, slice object, struct arena *arena, struct fault *why);

struct suite_failure {
	slice suite;
	slice test;     /* its name; empty where the suite as a whole does not hold: its schema, policies that do not fit */
	slice expected; /* empty where it could not be run */
	slice got;      /* or what was wrong */
};

/* Zero it. Lives in the arena that the suites were run with. */
struct suite_report {
	size_t passed;
	size_t failed;
	size_t count; /* of `failures` */
	struct suite_failure failures[SUITE_FAILURES_MAX];
};

/* Does the suite concern the policy of this id? */
bool suite_names(const struct suite *suite, slice policy);
/*
 * Runs it on those of `texts` (in byte order of their ids) that it names. What does not hold is in the report and no
 * error; a suite that cannot be run at all (its schema does not parse, a policy it names is not there) counts as one
 * failed test. E_MEMORY, E_LIMIT: SUITE_TESTS_MAX.
 */
MUST_USE enum error suite_run(const struct suite *suite, const struct policy_text *texts, size_t count,
			      struct arena *arena, struct suite_report *report, struct fault *why);
/* One sentence for all failures, the first told whole. `*report` has one at least. */
void suite_report_say(const struct suite_report *report, struct buffer *out);
/* [{"suite","test","expected","got"}] */
void suite_report_write(const struct suite_report *report, struct buffer *out);

#endif
