/*
 * Tests of policies, in files beside them (.test.yaml, .test.yml, .test.json):
 *
 *	policies: [a.cedar, team]      # beside this file; without it: all .cedar files here and below
 *	schema: app.cedarschema        # may be left out
 *	entities: entities.json        # or a list of entities in Cedar's JSON form; may be left out
 *	tests:
 *	  - name: alice may read
 *	    principal: User::"alice"
 *	    action: Action::"read"
 *	    resource: File::"a"
 *	    context: {purpose: support}  # may be left out
 *	    expect: permit               # or deny
 *	    reasons: [read]              # exactly these policies decide, by id or @id; left out: whichever
 *	    errors: []                   # exactly these policies err; left out: none
 *
 * Every other key is refused. Ids are those that `apply` gives: "a.cedar#0" is the first policy of a.cedar.
 */
#ifndef TIPSTAFF_CLI_POLICY_TESTS_H
#define TIPSTAFF_CLI_POLICY_TESTS_H

#include "base/arena.h"
#include "base/error.h"
#include "text/json_writer.h"

#include <stdio.h>

/* Zero it and set the arena. */
struct policy_tests {
	struct arena *arena;
	FILE *passes;               /* a line for each test that passed; NULL: nowhere */
	FILE *failures;             /* the same for those that failed */
	struct json_writer *writer; /* an object for each test into an open array; may be NULL */
	size_t files;
	size_t passed;
	size_t failed; /* a test file that cannot be read counts as one */
};

/*
 * Runs the test file, or all test files of a folder. A test that fails is no error.
 * E_NOT_FOUND, E_IO, E_LIMIT, E_MEMORY: of the folder.
 */
MUST_USE enum error policy_tests_run(struct policy_tests *tests, slice path, struct fault *why);

#endif
