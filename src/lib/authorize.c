#include "lib/inside.h"

#include "base/memory.h"

/* For the largest context, what evaluating it makes, and the result; a decision that needs more is a mistake. */
#define RESULT_BYTES_MAX (512u * 1024u * 1024u)

/* Everything of a result lives in its own arena. */
struct tip_result {
	struct arena arena;
	struct cedar_result result;
	struct cedar_fact_text *facts;
};

static enum error copy_text(struct lib_call *call, struct arena *arena, slice *text)
{
	slice copy = arena_copy(arena, *text);
	if (!copy.ptr)
		return FAIL(&call->why, E_MEMORY, "no memory for a result");
	*text = copy;
	return E_OK;
}

/* Ids are the set's, and a sentence may be anyone's: the result is to stand alone. */
static enum error keep(struct lib_call *call, struct arena *arena, struct cedar_result *result)
{
	struct cedar_reason *reasons = ARENA_ARRAY(arena, result->reason_count, struct cedar_reason);
	struct cedar_policy_error *errors = ARENA_ARRAY(arena, result->error_count, struct cedar_policy_error);
	if (!reasons || !errors)
		return FAIL(&call->why, E_MEMORY, "no memory for a result");
	for (size_t i = 0; i < result->reason_count; i++) {
		reasons[i] = result->reasons[i];
		TRY(copy_text(call, arena, &reasons[i].id));
	}
	for (size_t i = 0; i < result->error_count; i++) {
		errors[i] = result->errors[i];
		TRY(copy_text(call, arena, &errors[i].id));
		TRY(copy_text(call, arena, &errors[i].message));
	}
	result->reasons = reasons;
	result->errors = errors;
	return E_OK;
}

static enum error tell_facts(struct lib_call *call, struct tip_result *result)
{
	const struct cedar_result *found = &result->result;
	result->facts = ARENA_ARRAY(&result->arena, found->fact_count, struct cedar_fact_text);
	if (!result->facts)
		return FAIL(&call->why, E_MEMORY, "no memory for a result");
	struct cedar_fact_scratch scratch;
	for (size_t i = 0; i < found->fact_count; i++) {
		result->facts[i] = cedar_fact_tell(&found->facts[i], &scratch);
		TRY(copy_text(call, &result->arena, &result->facts[i].subject));
		TRY(copy_text(call, &result->arena, &result->facts[i].value));
	}
	return E_OK;
}

static enum error decide(struct lib_call *call, const struct tip_world *given, const struct tip_request *request,
			 struct tip_result *result)
{
	struct lib_request read;
	struct lib_world world;
	TRY(lib_request_read(call, request, TIP_WITH_FACTS, &result->arena, &read));
	TRY(lib_world_read(call, given, read.schema, &world));
	if (cedar_authorize(&read.request, &world.world, &result->arena, &result->result) == CEDAR_DENY &&
	    result->result.failure)
		return FAIL(&call->why, result->result.failure, "%s", result->result.failure_sentence);
	TRY(tell_facts(call, result));
	return keep(call, &result->arena, &result->result);
}

static enum error authorize(struct lib_call *call, const struct tip_world *world, const struct tip_request *request,
			    struct tip_result **ret_result)
{
	if (!ret_result)
		return FAIL(&call->why, E_USAGE, "there is no place for the result");
	struct tip_result *result = memory_alloc(sizeof(*result));
	if (!result)
		return FAIL(&call->why, E_MEMORY, "no memory for a result");
	arena_init(&result->arena, RESULT_BYTES_MAX);
	enum error error = decide(call, world, request, result);
	if (error == E_OK)
		*ret_result = result;
	else
		tip_result_free(result);
	return error;
}

int tip_authorize_world(const struct tip_world *world, const struct tip_request *request, struct tip_result **ret_result,
			struct tip_error *error)
{
	struct lib_call call;
	if (ret_result)
		*ret_result = NULL;
	enum error code = lib_call_start(&call);
	if (code == E_OK)
		code = authorize(&call, world, request, ret_result);
	return lib_call_end(&call, code, error);
}

int tip_authorize(const struct tip_policyset *set, const struct tip_entities *entities,
		  const struct tip_request *request, struct tip_result **ret_result, struct tip_error *error)
{
	struct tip_world world = TIP_WORLD_INIT;
	world.sets = &set;
	world.set_count = 1;
	world.stores = &entities;
	world.store_count = entities ? 1 : 0;
	return tip_authorize_world(&world, request, ret_result, error);
}

void tip_result_free(struct tip_result *result)
{
	if (!result)
		return;
	arena_free(&result->arena);
	memory_free(result);
}

int tip_result_decision(const struct tip_result *result)
{
	return result && result->result.decision == CEDAR_ALLOW ? TIP_ALLOW : TIP_DENY;
}

size_t tip_result_reason_count(const struct tip_result *result)
{
	return result ? result->result.reason_count : 0;
}

struct tip_text tip_result_reason(const struct tip_result *result, size_t nth)
{
	if (nth >= tip_result_reason_count(result))
		return (struct tip_text){NULL, 0};
	return lib_text(result->result.reasons[nth].id);
}

size_t tip_result_reason_set(const struct tip_result *result, size_t nth)
{
	return nth < tip_result_reason_count(result) ? result->result.reasons[nth].set : SIZE_MAX;
}

size_t tip_result_error_set(const struct tip_result *result, size_t nth)
{
	return nth < tip_result_error_count(result) ? result->result.errors[nth].set : SIZE_MAX;
}

size_t tip_result_error_count(const struct tip_result *result)
{
	return result ? result->result.error_count : 0;
}

int tip_result_error(const struct tip_result *result, size_t nth, struct tip_text *ret_id,
		     struct tip_text *ret_sentence)
{
	if (!result || !ret_id || !ret_sentence)
		return TIP_USAGE;
	if (nth >= result->result.error_count)
		return TIP_NOT_FOUND;
	*ret_id = lib_text(result->result.errors[nth].id);
	*ret_sentence = lib_text(result->result.errors[nth].message);
	return TIP_OK;
}

size_t tip_result_fact_count(const struct tip_result *result)
{
	return result ? result->result.fact_count : 0;
}

int tip_result_fact(const struct tip_result *result, size_t nth, struct tip_text *ret_subject,
		    struct tip_text *ret_value)
{
	if (!result || !ret_subject || !ret_value)
		return TIP_USAGE;
	if (nth >= result->result.fact_count)
		return TIP_NOT_FOUND;
	*ret_subject = lib_text(result->facts[nth].subject);
	*ret_value = lib_text(result->facts[nth].value);
	return TIP_OK;
}
