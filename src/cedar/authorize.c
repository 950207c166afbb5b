#include "cedar/authorize.h"

#include "cedar/limits.h"
#include "cedar/run.h"

#include <string.h>

/* 0 where they are the same. */
static uint64_t difference(const struct hash_key *a, const struct hash_key *b)
{
	return (a->k0 ^ b->k0) | (a->k1 ^ b->k1);
}

__attribute__((noinline)) static enum error check_all(const struct cedar_world *world, struct fault *why)
{
	if (world->layer_count > CEDAR_LAYERS_MAX || world->set_count > CEDAR_POLICYSETS_MAX)
		return FAIL(why, E_LIMIT, "more than %u layers or %u policy sets", CEDAR_LAYERS_MAX,
			    CEDAR_POLICYSETS_MAX);
	const struct hash_key *key = NULL;
	uint64_t differ = 0;
	if (world->set_count)
		key = &world->sets[0]->key;
	else if (world->layer_count)
		key = &world->layers[0]->key;
	for (size_t i = 0; i < world->layer_count; i++)
		differ |= difference(&world->layers[i]->key, key);
	for (size_t i = 1; i < world->set_count; i++)
		differ |= difference(&world->sets[i]->key, key);
	return !differ ? E_OK : FAIL(why, E_INVALID, "entities and policies were made with different hash keys");
}

enum error world_check(const struct cedar_world *world, struct fault *why)
{
	/* As it nearly always is. */
	if (world->layer_count == 1 && world->set_count == 1 && !difference(&world->layers[0]->key, &world->sets[0]->key))
		return E_OK;
	return check_all(world, why);
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
	evaluation->unknown_sentence = "";
	evaluation->witness = (slice){NULL, 0};
	evaluation->question = 0;
	evaluation->fault.code = E_OK;
	evaluation->fault.sentence[0] = '\0';
	evaluation->fault.field[0] = '\0';
}

__attribute__((cold)) static enum error no_subject(enum variable variable, struct fault *why)
{
	return FAIL(why, E_INVALID, "the request has no %.*s", SLICE_ARG(variable_name(variable)));
}

/* `only`: all there is to look at; NULL: look at the world. */
static inline __attribute__((always_inline)) enum error subject_start(struct evaluation *evaluation,
								       enum variable variable,
								       const struct cedar_uid *uid,
								       const struct cedar_entities *only,
								       struct fault *why)
{
	struct closure *closure = &evaluation->subjects[variable];
	if (!uid)
		return no_subject(variable, why);
	evaluation->variables[variable] = cedar_entity(uid);
	if (!only)
		return closure_make(closure, uid, evaluation->world, evaluation->arena, why);
	const struct vertex *vertex = table_get_own(only->table, only->slots, uid);
	closure_fill(closure, uid, vertex && vertex->is_present ? vertex : NULL);
	return E_OK;
}

/* The store that is the whole world, and is as it was built: NULL where there is more to it. */
static inline const struct cedar_entities *only_table(const struct cedar_world *world)
{
	const struct cedar_entities *only = world->layer_count == 1 ? world->layers[0] : NULL;
	return only && !only->changes.root && only->slots ? only : NULL;
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
	const struct cedar_entities *only = only_table(world);
	TRY(subject_start(evaluation, VARIABLE_PRINCIPAL, request->principal, only, why));
	TRY(subject_start(evaluation, VARIABLE_ACTION, request->action, only, why));
	return subject_start(evaluation, VARIABLE_RESOURCE, request->resource, only, why);
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
	if (run->evaluation.failure == E_UNAVAILABLE)
		return FAIL(why, E_UNAVAILABLE, "%s", fault_sentence(&run->evaluation.fault));
	if (run->evaluation.failure)
		return FAIL(why, run->evaluation.failure, "the evaluation was given up");
	return findings_give(&run->findings, world, arena, result, why);
}

static enum cedar_decision give_up(enum error error, const struct fault *why, struct arena *arena,
				   struct cedar_result *result)
{
	slice sentence = arena_copy(arena, (slice){why->sentence, strlen(why->sentence) + 1});
	*result = (struct cedar_result){.failure = error};
	result->failure_sentence = sentence.ptr ? sentence.ptr : error_sentence(error);
	return CEDAR_DENY;
}

enum cedar_decision cedar_authorize(const struct cedar_request *request, const struct cedar_world *world,
				    struct arena *arena, struct cedar_result *result)
{
	struct run run UNINITIALIZED;
	struct fact_list facts UNINITIALIZED;
	struct fault why UNINITIALIZED;
	why.sentence[0] = '\0';
	*result = (struct cedar_result){.failure_sentence = ""};
	if (request->with_facts)
		facts = (struct fact_list){0};
	enum error error = decide(&run, request, world, arena, request->with_facts ? &facts : NULL, result, &why);
	if (error != E_OK)
		return give_up(error, &why, arena, result);
	if (request->with_facts) {
		result->facts = facts.facts;
		result->fact_count = facts.count;
		result->facts_left_out = facts.left_out;
	}
	return result->decision;
}
