/* Why it was decided so: one table of stable codes, with what each may reveal. */
#ifndef TIPSTAFF_DECISION_REASON_H
#define TIPSTAFF_DECISION_REASON_H

#include "base/slice.h"

/* Zero carries no authority. */
enum verdict { DENY = 0, PERMIT, GATE };

/*
 * constant, code, may an observed agent pass nevertheless, does it tell that the tool exists, what would change it.
 * An order to stop, an unproven identity and missing evidence are never only observed.
 */
#define REASON_ROWS(ROW) \
	ROW(NOT_READY,            "not_ready",            false, false, "the registry has to be received") \
	ROW(PERMITTED,            "permitted",            false, false, "") \
	ROW(NO_MATCHING_PERMIT,   "no_matching_permit",   true,  false, "") \
	ROW(FORBIDDEN,            "forbidden",            true,  true,  "the policy that forbids it has to change") \
	ROW(SEQUENCE,             "sequence",             true,  true,  "the policy that forbids it has to change") \
	ROW(HISTORY_UNKNOWN,      "history.unknown",      true,  true,  "a new task, or the time that the policy looks back") \
	ROW(AGENT_STATE,          "agent.state",          false, false, "agent.state=approved") \
	ROW(AGENT_UNREGISTERED,   "agent.unregistered",   false, false, "an operator has to register the agent") \
	ROW(SCOPE_TASK,           "scope.task",           true,  false, "a task that includes this tool and target") \
	ROW(TASK_CLOSED,          "task.closed",          true,  false, "an open task") \
	ROW(PURPOSE_RETIRED,      "purpose.retired",      true,  false, "an active purpose") \
	ROW(PURPOSE_MISMATCH,     "purpose.mismatch",     true,  false, "a token for the purpose of the task") \
	ROW(TOOL_UNKNOWN,         "tool.unknown",         false, true,  "the tool has to be registered") \
	ROW(TOOL_CHANGED,         "tool.changed",         false, true,  "an operator has to accept the new definition") \
	ROW(TOOL_HIDDEN,          "tool.hidden",          false, true,  "the tool has to be offered by its server again") \
	ROW(METHOD_UNKNOWN,       "method.unknown",       false, false, "") \
	ROW(SERVER_DISABLED,      "server.disabled",      false, true,  "the server has to be enabled") \
	ROW(POLICY_ERROR,         "policy.error",         false, false, "the policy set has to be mended") \
	ROW(EVIDENCE_UNAVAILABLE, "evidence.unavailable", false, false, "the evidence log has to be writable") \
	ROW(TOKEN_REVOKED,        "token.revoked",        false, false, "a new token") \
	ROW(ARGUMENTS_INVALID,    "arguments.invalid",    false, true,  "") \
	ROW(TARGET_INVALID,       "target.invalid",       false, true,  "")

#define REASON_ENUM(constant, code, observable, reveals, missing) REASON_##constant,
enum reason { REASON_ROWS(REASON_ENUM) REASON_COUNT };
#undef REASON_ENUM

slice verdict_name(enum verdict verdict);
slice reason_code(enum reason reason);
/* May a denial for this reason be let through while the agent is only observed? */
bool reason_is_observable(enum reason reason);
/* Would telling it to the agent tell that the tool exists? */
bool reason_reveals(enum reason reason);
slice reason_missing(enum reason reason);

#endif
