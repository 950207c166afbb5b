/* Room 2: who calls. Nothing is told to anyone whose token does not verify, whatever the method. */
#include "decision/snapshot.h"
#include "gateway/call.h"

/* What is to be known of the caller after the snapshot and the token cache have moved on. */
static bool keep_caller(struct call *call, const struct caller *caller)
{
	call->agent = call_keep(call, caller->agent);
	call->subject = call_keep(call, caller->subject);
	call->token = call_keep(call, caller->token);
	call->transaction = call_keep(call, caller->transaction);
	call->original_issue_ms = caller->original_issue_ms;
	call->expires_s = caller->expires_s;
	return call->agent.len > 0;
}

bool call_stands(struct call *call)
{
	const struct snapshot *snapshot = services_snapshot(call->services);
	const struct agent_row *agent = snapshot ? snapshot_agent(snapshot, call->agent) : NULL;
	return agent && agent->may_act && call->original_issue_ms > agent->cutoff_ms &&
	       !snapshot_is_revoked(snapshot, call->token) && !snapshot_is_revoked(snapshot, call->transaction);
}

static int refusal_status(const struct call *call)
{
	switch ((int)call->refusal.code) {
	case E_METHOD:
		return 406;
	case E_INVALID:
		return 400;
	default:
		return error_http_status(call->refusal.code);
	}
}

enum step call_identify(struct call *call)
{
	struct fault why = {0};
	const struct caller *caller;
	enum error error = gateway_bearer(call->services, call->exchange->request, &caller, &why);
	if (error == E_UNAUTHENTICATED || error == E_SIGNATURE || error == E_EXPIRED || error == E_LIMIT)
		return call_challenge(call, &why);
	if (error != E_OK)
		return call_fail(call, error, &why);
	if (!keep_caller(call, caller))
		return call_fail(call, E_MEMORY, NULL);
	if (call->refusal_code != 0) {
		metrics_add(call->services->metrics, METRIC_HTTP_REFUSED);
		return call_reject(call, refusal_status(call), call->refusal_code,
				   slice_of(fault_sentence(&call->refusal)), SLICE(""));
	}
	return STEP_ON;
}
