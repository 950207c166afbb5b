#include "cedar/authorize.h"

#include "cedar/limits.h"
#include "cedar/run.h"

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

/* All but the text of the fault, which is large and set before it is read. */
static void evaluation_clear(struct evaluation *evaluation, const struct cedar_request *request,
			     const struct cedar_world *world, struct arena *arena)
{
	evaluation->request = request;
	evaluation->world = world;
	evaluation->arena = arena;
	evaluation->others = NULL;
	evaluation->steps = 0;
	evaluation->failure = E_OK;
	evaluation->facts = NULL;
	evaluation->fault.code = E_OK;
	evaluation->fault.sentence[0] = '\0';
	evaluation->fault.field[0] = '\0';
}

enum error evaluation_start(struct evaluation *evaluation, const struct cedar_request *request,
			    const struct cedar_world *world, struct arena *arena, struct fault *why)
{
	evaluation_clear(evaluation, request, world, arena);
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

static enum error decide(struct run *run, const struct cedar_request *request, const struct cedar_world *world,
			 struct arena *arena, struct fact_list *facts, struct cedar_result *result, struct fault *why)
{
	TRY(evaluation_start(&run->evaluation, request, world, arena, why));
	run->evaluation.facts = facts;
	findings_start(&run->findings);
	for (uint32_t i = 0; i < world->set_count; i++)
		if (!run_set(run, i))
			break;
	if (run->evaluation.failure)
		return FAIL(why, run->evaluation.failure, "the evaluation was given up");
	return findings_give(&run->findings, world, arena, result, why);
}

enum cedar_decision cedar_authorize(const struct cedar_request *request, const struct cedar_world *world,
				    struct arena *arena, struct cedar_result *result)
{
	struct run run UNINITIALIZED;
	struct fact_list facts = {0};
	struct fault why UNINITIALIZED;
	why.sentence[0] = '\0';
	*result = (struct cedar_result){.failure_sentence = ""};
	enum error error = decide(&run, request, world, arena, request->with_facts ? &facts : NULL, result, &why);
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
