/* Does the task of a token still admit this call? Intent is a task, so decisions stay deterministic (AUT-7, CRD-1). */
#ifndef TIPSTAFF_DECISION_TASK_H
#define TIPSTAFF_DECISION_TASK_H

#include "decision/decide.h"

/*
 * The registered task of the caller (NULL: none is registered under its id) in `*ret_task`, and REASON_PERMITTED or
 * the reason against it: task.closed (not open, expired, of another agent), purpose.retired, purpose.mismatch.
 */
enum reason task_check(const struct snapshot *snapshot, const struct caller *caller, int64_t now_ms,
		       const struct task_row **ret_task);
/* Does token and task cover the tool? `task` may be NULL. */
bool task_covers_tool(const struct caller *caller, const struct task_row *task, slice tool);
/* May the task touch this target? A task without target patterns may touch any. */
bool task_covers_target(const struct task_row *task, slice target);

#endif
