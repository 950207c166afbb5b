#include "decision/task.h"

#include "decision/target.h"
#include "registry/entity.h"

enum reason task_check(const struct snapshot *snapshot, const struct caller *caller, int64_t now_ms,
		       const struct task_row **ret_task)
{
	const struct task_row *task = caller->task.len ? snapshot_task(snapshot, caller->task) : NULL;
	const struct purpose_row *purpose = snapshot_purpose(snapshot, caller->purpose);
	*ret_task = task;
	if (task) {
		if (!task->open || !slice_equal(task->agent, caller->agent))
			return REASON_TASK_CLOSED;
		if (task->expires_ms && now_ms >= task->expires_ms)
			return REASON_TASK_CLOSED;
	}
	if (snapshot_is_revoked(snapshot, caller->task))
		return REASON_TASK_CLOSED;
	if (task && !slice_equal(task->purpose, caller->purpose))
		return REASON_PURPOSE_MISMATCH;
	return purpose && purpose->active ? REASON_PERMITTED : REASON_PURPOSE_RETIRED;
}

bool task_covers_tool(const struct caller *caller, const struct task_row *task, slice tool)
{
	if (!caller->unscoped && !caller_scope_covers(caller, tool))
		return false;
	if (!task || task->tool_count == 0)
		return true;
	for (size_t i = 0; i < task->tool_count; i++)
		if (tool_pattern_covers(task->tools[i], tool))
			return true;
	return false;
}

bool task_covers_target(const struct task_row *task, slice target)
{
	if (!task || task->target_count == 0)
		return true;
	for (size_t i = 0; i < task->target_count; i++)
		if (target_matches(task->targets[i], target))
			return true;
	return false;
}
