#include "cedar/authorize.h"

#include "cedar/finding.h"
#include "cedar/limits.h"
#include "cedar/policies.h"

#include <string.h>

enum error world_check(const struct cedar_world *world, struct fault *why)
{
	const struct hash_key *key = NULL;
	if (world->layer_count > CEDAR_LAYERS_MAX || world->set_count > CEDAR_POLICYSETS_MAX)
		return FAIL(why, E_LIMIT, "more than %u layers or %u policy sets", CEDAR_LAYERS_MAX,
			    CEDAR_POLICYSETS_MAX);
	for (size_t i = 0; i < world->layer_count + world->set_count; i++) {
		const struct hash_key *next = i < world->layer_count ? &world->layers[i]->key
								     : &world->sets[i - world->layer_count]->key;
		if (key && (key->k0 != next->k0 || key->k1 != next->k1))
			return FAIL(why, E_INVALID, "entities and policies were made with different hash keys");
		key = next;
	}
	return E_OK;
}

static enum error start_subject(struct evaluation *evaluation, enum variable variable, const struct cedar_uid *uid,
				struct fault *why)
{
	if (!uid)
		return FAIL(why, E_INVALID, "the request has no %.*s", SLICE_ARG(variable_name(variable)));
	evaluation->variables[variable] = cedar_entity(uid);
	return closure_make(&evaluation->subjects[variable], uid, evaluation->world, evaluation->arena, why);
}

enum error evaluation_start(struct evaluation *evaluation, const struct cedar_request *request,
			    const struct cedar_world *world, struct arena *arena, struct fault *why)
{
	*evaluation = (struct evaluation){.request = request, .world = world, .arena = arena};
	TRY(world_check(world, why));
	if (request->principal_unknown || request->action_unknown || request->resource_unknown ||
	    request->context.has_unknown)
		return FAIL(why, E_INVALID, "a request with unknowns has no decision");
	if (request->context.kind != CEDAR_RECORD && request->context.kind != CEDAR_NONE)
		return FAIL(why, E_INVALID, "the context is not a record");
	evaluation->variables[VARIABLE_CONTEXT] = request->context;
	evaluation->variables[VARIABLE_CONTEXT].kind = CEDAR_RECORD;
	TRY(start_subject(evaluation, VARIABLE_PRINCIPAL, request->principal, why));
	TRY(start_subject(evaluation, VARIABLE_ACTION, request->action, why));
	return start_subject(evaluation, VARIABLE_RESOURCE, request->resource, why);
}

struct session {
	struct evaluation evaluation;
	const struct cedar_policyset *set;
	uint32_t set_index;
	struct findings findings;
};

/* What evaluating one policy took from the arena is given back, unless something of it is still needed. */
struct mark {
	struct arena_chunk *chunk;
	size_t used_bytes;
	const struct closure *others;
};

static struct mark mark_set(const struct evaluation *evaluation)
{
	return (struct mark){evaluation->arena->chunk, evaluation->arena->used_bytes, evaluation->others};
}

static void mark_return(struct evaluation *evaluation, struct mark mark)
{
	if (evaluation->arena->chunk == mark.chunk && evaluation->others == mark.others && !evaluation->facts)
		evaluation->arena->used_bytes = mark.used_bytes;
}

/* Where conditions are few and shared, their outcomes are worth keeping. */
#define MEMO_MAX 4096u

static enum error memo_start(struct evaluation *evaluation, const struct cedar_policyset *set, struct fault *why)
{
	evaluation->memo = NULL;
	if (set->root_count > MEMO_MAX || set->clause_count < 2 * (size_t)set->root_count || set->root_count == 0)
		return E_OK;
	evaluation->memo = arena_alloc(evaluation->arena, set->root_count + 1u);
	return evaluation->memo ? E_OK : FAIL(why, E_MEMORY, "no memory for the outcomes of conditions");
}

static bool visit_policy(void *context, uint32_t index)
{
	struct session *session = context;
	struct evaluation *evaluation = &session->evaluation;
	const struct policy *policy = session->set->policies[index];
	if (!evaluate_scope(evaluation, policy))
		return true;
	if (evaluation->facts)
		fact_add_scope(evaluation, policy);
	struct mark mark = mark_set(evaluation);
	enum outcome outcome = evaluate_conditions(evaluation, policy);
	mark_return(evaluation, mark);
	if (evaluation->failure)
		return false;
	struct finding finding = {.set = session->set_index, .policy = index};
	return findings_add(&session->findings, evaluation, finding, policy, outcome);
}

static enum error decide(struct session *session, const struct cedar_request *request, const struct cedar_world *world,
			 struct arena *arena, struct fact_list *facts, struct cedar_result *result, struct fault *why)
{
	TRY(evaluation_start(&session->evaluation, request, world, arena, why));
	session->evaluation.facts = facts;
	for (uint32_t i = 0; i < world->set_count; i++) {
		session->set = world->sets[i];
		session->set_index = i;
		TRY(memo_start(&session->evaluation, session->set, why));
		if (!index_visit(&session->set->index, &session->evaluation, visit_policy, session))
			break;
	}
	if (session->evaluation.failure)
		return FAIL(why, session->evaluation.failure, "the evaluation was given up");
	return findings_give(&session->findings, world, arena, result, why);
}

enum cedar_decision cedar_authorize(const struct cedar_request *request, const struct cedar_world *world,
				    struct arena *arena, struct cedar_result *result)
{
	struct session session = {0};
	struct fact_list facts = {0};
	struct fault why;
	why.sentence[0] = '\0';
	*result = (struct cedar_result){.failure_sentence = ""};
	enum error error = decide(&session, request, world, arena, request->with_facts ? &facts : NULL, result, &why);
	if (error != E_OK) {
		slice sentence = arena_copy(arena, (slice){why.sentence, strlen(why.sentence) + 1});
		*result = (struct cedar_result){.failure = error};
		result->failure_sentence = sentence.ptr ? sentence.ptr : error_sentence(error);
		return CEDAR_DENY;
	}
	result->facts = facts.facts;
	result->fact_count = facts.count;
	result->facts_left_out = facts.left_out;
	return result->decision;
}
