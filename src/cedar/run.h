/* Runs the programs of policy sets for one request, and collects what was found: satisfied policies, and errors. */
#ifndef TIPSTAFF_CEDAR_RUN_H
#define TIPSTAFF_CEDAR_RUN_H

#include "cedar/finding.h"
#include "cedar/policies.h"

/* Outcomes of tests by number. */
struct memo {
	uint64_t is_known[PROGRAM_MEMO_MAX / 64];
	uint64_t is_true[PROGRAM_MEMO_MAX / 64];
};

struct run {
	struct evaluation evaluation;
	const struct cedar_policyset *set;
	uint32_t set_index;
	struct findings findings;
	struct memo memo;
	/* Policies before these steps depend on a history condition: not known, or with a witness. */
	uint32_t unknown_end;
	uint32_t witness_end;
	slice witness;
};

/*
 * Adds what the world's set number `index` says, once the evaluation and the findings are started. False: the
 * evaluation has failed.
 */
MUST_USE bool run_set(struct run *run, uint32_t index);

#endif
