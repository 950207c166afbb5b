/* A decision as evidence: fills the record of it with every field of EVD-1. */
#ifndef TIPSTAFF_DECISION_REPORT_H
#define TIPSTAFF_DECISION_REPORT_H

#include "decision/decide.h"
#include "evidence/record.h"

/*
 * Fills the decision's part of `*ret_record`; the caller adds id, time, node, trigger details, session, peer, latency,
 * chain_root and parent. `arguments_sha256` is over the JCS of the arguments (none: of an empty object).
 * Borrows from input, decision and arena. E_LIMIT: arguments that are too long.  E_MEMORY, E_CRYPTO.
 */
MUST_USE enum error decision_record(const struct decision_input *input, const struct decision *decision,
				    struct arena *arena, struct record *ret_record, struct fault *why);

#endif
