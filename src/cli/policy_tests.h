/* Runs the tests of policies that lie in files beside them (daemon/suite_file.h), and tells what became of each. */
#ifndef TIPSTAFF_CLI_POLICY_TESTS_H
#define TIPSTAFF_CLI_POLICY_TESTS_H

#include "cli/diagnostics.h"
#include "cli/folder.h"
#include "daemon/suite_file.h"
#include "text/json_writer.h"

#include <stdio.h>

/* Zero it and set the arena. */
struct policy_tests {
	struct arena *arena;
	FILE *passes;               /* a line for each test that passed; NULL: nowhere */
	FILE *failures;             /* the same for those that failed */
	struct json_writer *writer; /* an object for each test into an open array; may be NULL */
	struct diagnostics *found;  /* the first DIAGNOSTICS_MAX failures, each at its place; may be NULL */
	size_t files;
	size_t passed;
	size_t failed; /* a test file that cannot be read counts as one */
};

/*
 * Runs the test file, or all test files of a folder. A test that fails is no error.
 * E_NOT_FOUND, E_IO, E_LIMIT, E_MEMORY: of the folder.
 */
MUST_USE enum error policy_tests_run(struct policy_tests *tests, slice path, struct fault *why);
/* The policy files that the test file is about, into the zeroed folder. Errors as folder_add. */
MUST_USE enum error policy_tests_folder(const struct suite_file *file, struct folder *folder, struct fault *why);

#endif
