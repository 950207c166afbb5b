/* `tipstaff policies history|show|rollback`: the policy sets that were in force. All else as for other objects. */
#ifndef TIPSTAFF_CLI_POLICIES_H
#define TIPSTAFF_CLI_POLICIES_H

#include "cli/given.h"
#include "cli/remote.h"

/* What a change of policies and suites was, from its answer, and the version that it made. */
void policies_print_changes(const struct remote_reply *reply, bool dry_run);
/* "policy set v3 4c1e8a90b2f1"; nothing where the answer names no version. */
void policies_print_version(const struct remote_reply *reply, bool dry_run);
/* "history", "show", "rollback"; NULL beyond the end. */
const char *policies_word(size_t n);
/* Sends the policy and its test file (given->tests) together; the exit code. */
int policies_write(struct remote *remote, const struct given *given, slice id, bool dry_run);

#endif
