/* What has to be there before policies are asked. */
#include "decision/decide_parts.h"
#include "decision/task.h"

enum reason decide_check_caller(const struct decision_input *input, struct decision *ret)
{
	if (!input->snapshot)
		return REASON_NOT_READY;
	ret->revision = input->snapshot->revision;
	ret->policy_digest = input->snapshot->policy_digest;
	const struct caller *caller = input->caller;
	if (!caller || caller->agent.len == 0)
		return REASON_AGENT_UNREGISTERED;
	ret->agent = snapshot_agent(input->snapshot, caller->agent);
	if (!ret->agent)
		return REASON_AGENT_UNREGISTERED;
	if (!ret->agent->may_act)
		return REASON_AGENT_STATE;
	if (caller->unscoped)
		return REASON_PERMITTED;
	if (caller->original_issue_ms <= ret->agent->cutoff_ms || input->now_ms >= caller->expires_s * 1000)
		return REASON_TOKEN_REVOKED;
	if (snapshot_is_revoked(input->snapshot, caller->token) ||
	    snapshot_is_revoked(input->snapshot, caller->transaction))
		return REASON_TOKEN_REVOKED;
	if (caller->mode == CALLER_DELEGATED) {
		const struct principal_row *human = snapshot_principal(input->snapshot, caller->subject);
		if (!human || !human->human || !human->active)
			return REASON_TOKEN_REVOKED;
	}
	return REASON_PERMITTED;
}

enum reason decide_check_tool(const struct decision_input *input, struct decision *ret)
{
	ret->tool = snapshot_tool(input->snapshot, input->tool);
	if (!ret->tool)
		return REASON_TOOL_UNKNOWN;
	ret->server_id = ret->tool->server;
	ret->effect = ret->tool->effect;
	ret->server = snapshot_server(input->snapshot, ret->tool->server);
	if (!ret->tool->pinned)
		return slice_equal(ret->tool->state, SLICE("changed")) ? REASON_TOOL_CHANGED : REASON_TOOL_HIDDEN;
	return ret->server && ret->server->active ? REASON_PERMITTED : REASON_SERVER_DISABLED;
}

enum reason decide_check_server(const struct decision_input *input, struct decision *ret)
{
	ret->server = snapshot_server(input->snapshot, input->server);
	return ret->server && ret->server->active ? REASON_PERMITTED : REASON_SERVER_DISABLED;
}

enum reason decide_check_policies(struct making *making)
{
	const struct snapshot *snapshot = making->input->snapshot;
	making->authority = snapshot_authority(snapshot, making->input->caller->agent);
	if (snapshot->broken) {
		making->decision->detail = slice_of(snapshot->broken_sentence);
		return REASON_POLICY_ERROR;
	}
	if (making->authority && making->authority->broken) {
		making->decision->detail = SLICE("a grant of the agent could not be compiled");
		return REASON_POLICY_ERROR;
	}
	return REASON_PERMITTED;
}

enum reason decide_caller(const struct snapshot *snapshot, const struct caller *caller, int64_t now_ms)
{
	struct decision decision;
	const struct task_row *task;
	struct decision_input input = {.snapshot = snapshot, .caller = caller, .now_ms = now_ms};
	CHECK_STEP(decide_check_caller(&input, &decision));
	return task_check(snapshot, caller, now_ms, &task);
}
