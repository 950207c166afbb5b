#include "decision/explain.h"

#include "decision/grant.h"
#include "decision/target.h"
#include "text/time.h"

static struct decision_policy policy_of(const struct cedar_policyset *set, const struct cedar_reason *reason)
{
	struct cedar_policy_info info = cedar_policyset_info(set, reason->policy);
	slice sentence = cedar_policyset_annotation(set, reason->policy, SLICE("reason"));
	if (!sentence.ptr)
		sentence = cedar_policyset_annotation(set, reason->policy, SLICE("id"));
	return (struct decision_policy){.id = info.id, .source = info.source, .line = info.line,
					.forbids = info.effect == CEDAR_FORBID, .sentence = sentence,
					.witness = reason->witness};
}

void explain_policies(const struct cedar_result *result, const struct cedar_world *world, struct decision *decision,
		      struct arena *arena)
{
	struct decision_policy *policies = ARENA_ARRAY(arena, result->reason_count, struct decision_policy);
	for (size_t i = 0; policies && i < result->reason_count; i++)
		policies[i] = policy_of(world->sets[result->reasons[i].set], &result->reasons[i]);
	decision->policies = policies;
	decision->policy_count = policies ? result->reason_count : 0;
	slice *errors = ARENA_ARRAY(arena, result->error_count, slice);
	for (size_t i = 0; errors && i < result->error_count; i++)
		errors[i] = arena_print(arena, "%.*s: %.*s", SLICE_ARG(result->errors[i].id),
					SLICE_ARG(result->errors[i].message));
	decision->errors = errors;
	decision->error_count = errors ? result->error_count : 0;
	decision->facts = result->facts;
	decision->fact_count = result->fact_count;
	decision->facts_left_out = result->facts_left_out;
}

void explain_remedy(const struct cedar_request *request, const struct cedar_world *world, struct decision *decision,
		    struct arena *arena)
{
	struct cedar_remedy remedy;
	if (cedar_remedy_find(request, world, arena, &remedy, NULL) != E_OK)
		return;
	decision->remedy = remedy.changes;
	decision->remedy_count = remedy.count;
	decision->remedy_policy = remedy.permit.id;
}

slice explain_remedy_text(const struct decision *decision, struct arena *arena)
{
	slice text = SLICE("");
	for (size_t i = 0; i < decision->remedy_count; i++)
		text = arena_print(arena, "%.*s%s%.*s", SLICE_ARG(text), i ? " and " : "",
				   SLICE_ARG(decision->remedy[i].must));
	if (text.len == 0)
		return text;
	return arena_print(arena, "%.*s: then policy %.*s permits", SLICE_ARG(text), SLICE_ARG(decision->remedy_policy));
}

bool explain_sequence(struct decision *decision)
{
	struct decision_policy *policies = (struct decision_policy *)(uintptr_t)decision->policies;
	for (size_t i = 0; i < decision->policy_count; i++) {
		struct decision_policy found = policies[i];
		if (!found.forbids || found.witness.len == 0)
			continue;
		policies[i] = policies[0];
		policies[0] = found;
		return true;
	}
	return false;
}

static bool covers_target(const struct grant_row *grant, slice target)
{
	for (size_t i = 0; i < grant->target_count; i++)
		if (target_matches(grant->targets[i], target))
			return true;
	return grant->target_count == 0;
}

/* How far a grant reaches towards this call; the nearest is worth telling. */
enum reach { REACH_NONE = 0, REACH_REVOKED, REACH_EXPIRED, REACH_TARGET, REACH_PURPOSE, REACH_ALL };

static enum reach reach_of(const struct grant_row *grant, const struct decision_input *input,
			   const struct decision *decision)
{
	if (!grant_covers_tool(grant, decision->tool_id))
		return REACH_NONE;
	if (!grant->active)
		return REACH_REVOKED;
	if (grant->expires_ms && input->now_ms >= grant->expires_ms)
		return REACH_EXPIRED;
	if (!slice_equal(grant->purpose, input->caller->purpose))
		return REACH_PURPOSE;
	return covers_target(grant, decision->target) ? REACH_ALL : REACH_TARGET;
}

/* What an operator would have to do so that this call is permitted. */
static slice missing_permit(const struct decision_input *input, const struct decision *decision, struct arena *arena)
{
	const struct authority_row *authority = snapshot_authority(input->snapshot, input->caller->agent);
	const struct grant_row *nearest = NULL;
	enum reach reach = REACH_NONE;
	for (size_t i = 0; authority && i < authority->grant_count; i++) {
		enum reach here = reach_of(authority->grants[i], input, decision);
		if (here > reach) {
			reach = here;
			nearest = authority->grants[i];
		}
	}
	slice tool = decision->tool_id, purpose = input->caller->purpose;
	if (input->call != CALL_TOOL)
		return arena_print(arena, "a policy that permits %.*s on server %.*s", SLICE_ARG(decision->action),
				   SLICE_ARG(decision->server_id));
	switch (reach) {
	case REACH_PURPOSE:
		return arena_print(arena, "a token for purpose %.*s (grant %.*s), or a grant of %.*s for purpose %.*s",
				   SLICE_ARG(nearest->purpose), SLICE_ARG(nearest->row.id), SLICE_ARG(tool),
				   SLICE_ARG(purpose));
	case REACH_TARGET:
		return arena_print(arena, "a grant of %.*s for purpose %.*s whose targets cover %.*s (%.*s does not)",
				   SLICE_ARG(tool), SLICE_ARG(purpose), SLICE_ARG(decision->target),
				   SLICE_ARG(nearest->row.id));
	case REACH_EXPIRED: {
		struct time_text time = time_format_ms(nearest->expires_ms);
		return arena_print(arena, "a new grant of %.*s for purpose %.*s: %.*s expired at %.*s", SLICE_ARG(tool),
				   SLICE_ARG(purpose), SLICE_ARG(nearest->row.id), SLICE_ARG(time_slice(&time)));
	}
	case REACH_REVOKED:
		return arena_print(arena, "a new grant of %.*s for purpose %.*s: %.*s was revoked", SLICE_ARG(tool),
				   SLICE_ARG(purpose), SLICE_ARG(nearest->row.id));
	case REACH_NONE:
	case REACH_ALL:
		break;
	}
	return arena_print(arena, "a grant of %.*s for purpose %.*s", SLICE_ARG(tool), SLICE_ARG(purpose));
}

static slice missing_of(const struct decision_input *input, const struct decision *decision, struct arena *arena)
{
	slice remedy = explain_remedy_text(decision, arena);
	if (remedy.len)
		return remedy;
	switch ((int)decision->reason) {
	case REASON_NO_MATCHING_PERMIT:
		return missing_permit(input, decision, arena);
	case REASON_FORBIDDEN:
		if (decision->policy_count)
			return arena_print(arena, "policy %.*s forbids it", SLICE_ARG(decision->policies[0].id));
		break;
	case REASON_SEQUENCE:
		return arena_print(arena, "policy %.*s forbids it after decision %.*s", SLICE_ARG(decision->policies[0].id),
				   SLICE_ARG(decision->policies[0].witness));
	case REASON_SCOPE_TASK:
		return arena_print(arena, "a task that includes %.*s%s%.*s", SLICE_ARG(decision->tool_id),
				   decision->target.len ? " on " : "", SLICE_ARG(decision->target));
	case REASON_PURPOSE_RETIRED:
		return arena_print(arena, "an active purpose: %.*s is not one", SLICE_ARG(input->caller->purpose));
	default:
		break;
	}
	return reason_missing(decision->reason);
}

static slice code_of(const struct decision *decision, enum reason reason, struct arena *arena)
{
	if (reason == REASON_AGENT_STATE && decision->agent)
		return arena_print(arena, "agent.state=%.*s", SLICE_ARG(decision->agent->state));
	return reason_code(reason);
}

/* One sentence for all that must look the same: no such tool, no grant, a forbid. */
static slice plain_denial(const struct decision_input *input, const struct decision *decision, struct arena *arena)
{
	slice wanted = decision->tool_id.len ? decision->tool_id : decision->action;
	return arena_print(arena, "denied: %.*s may not use %.*s%s%.*s", SLICE_ARG(input->caller->agent),
			   SLICE_ARG(wanted), input->caller->purpose.len ? " for purpose " : "",
			   SLICE_ARG(input->caller->purpose));
}

static slice public_sentence(const struct decision_input *input, const struct decision *decision, enum reason reason,
			     struct arena *arena)
{
	switch ((int)reason) {
	case REASON_PERMITTED:
		return SLICE("permitted");
	case REASON_NOT_READY:
	case REASON_EVIDENCE_UNAVAILABLE:
	case REASON_POLICY_ERROR:
		return SLICE("denied: no action can be permitted at the moment; try again later");
	case REASON_AGENT_UNREGISTERED:
		return SLICE("denied: this agent is not registered");
	case REASON_AGENT_STATE:
		return arena_print(arena, "denied: this agent may not act, its state is %.*s",
				   SLICE_ARG(decision->agent->state));
	case REASON_TOKEN_REVOKED:
		return SLICE("denied: the token was revoked; get a new one");
	case REASON_TASK_CLOSED:
		return SLICE("denied: the task of this token is closed");
	case REASON_PURPOSE_RETIRED:
	case REASON_PURPOSE_MISMATCH:
		return SLICE("denied: the purpose of this token is not active for its task");
	case REASON_SCOPE_TASK:
		return arena_print(arena, "denied: the task of this token does not include %.*s",
				   SLICE_ARG(decision->tool_id));
	case REASON_METHOD_UNKNOWN:
		return SLICE("denied: this method is not known here");
	case REASON_ARGUMENTS_INVALID:
	case REASON_TARGET_INVALID:
		return arena_print(arena, "denied: %.*s", SLICE_ARG(decision->detail));
	case REASON_SEQUENCE:
		return arena_print(arena, "denied: %.*s may not be used after what was done before (%.*s)",
				   SLICE_ARG(decision->tool_id), SLICE_ARG(decision->policies[0].witness));
	case REASON_HISTORY_UNKNOWN:
		return SLICE("denied: what happened earlier in this work is not known; begin a new task");
	default:
		return plain_denial(input, decision, arena);
	}
}

static slice public_missing(const struct decision_input *input, const struct decision *decision, enum reason reason,
			    struct arena *arena)
{
	if (reason == REASON_NO_MATCHING_PERMIT && input->call == CALL_TOOL)
		return arena_print(arena, "a grant of %.*s for purpose %.*s", SLICE_ARG(decision->tool_id),
				   SLICE_ARG(input->caller->purpose));
	if (reason == REASON_SCOPE_TASK)
		return arena_print(arena, "a task that includes %.*s", SLICE_ARG(decision->tool_id));
	return reason_is_observable(reason) || reason == REASON_TOKEN_REVOKED ? reason_missing(reason) : SLICE("");
}

void explain(const struct decision_input *input, enum reason told, struct decision *decision, struct arena *arena)
{
	decision->reason_text = code_of(decision, decision->reason, arena);
	decision->missing = missing_of(input, decision, arena);
	decision->public_reason = code_of(decision, told, arena);
	decision->public_sentence = public_sentence(input, decision, told, arena);
	decision->public_missing = public_missing(input, decision, told, arena);
}
