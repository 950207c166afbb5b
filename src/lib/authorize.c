#include "lib/inside.h"

#include "base/memory.h"
#include "cedar/json_value.h"
#include "text/json.h"
#include "text/utf8.h"

/* For the largest context, what evaluating it makes, and the result; a decision that needs more is a mistake. */
#define RESULT_BYTES_MAX (512u * 1024u * 1024u)

/* Everything of a result lives in its own arena. */
struct tip_result {
	struct arena arena;
	struct cedar_result result;
};

static enum error make_uid(struct lib_call *call, struct tip_text type, struct tip_text id, const char *what,
			   struct cedar_uid *ret_uid)
{
	TRY(lib_text_check(call, type, what));
	TRY(lib_text_check(call, id, what));
	if (!cedar_name_check(lib_slice(type)))
		return FAIL(&call->why, E_INVALID, "the type of the %s is not a name", what);
	if (id.len > CEDAR_TEXT_BYTES_MAX)
		return FAIL(&call->why, E_LIMIT, "the id of the %s has %zu bytes", what, id.len);
	if (!utf8_valid(lib_slice(id)))
		return FAIL(&call->why, E_INVALID, "the id of the %s is not UTF-8", what);
	*ret_uid = cedar_uid_make(&call->key, lib_slice(type), lib_slice(id));
	return E_OK;
}

static enum error read_context(struct lib_call *call, struct arena *arena, const struct tip_request *given,
			       const struct cedar_uid *action, struct cedar_value *ret_context)
{
	struct json_doc doc;
	TRY(lib_text_check(call, given->context, "the context"));
	if (!given->context.len)
		return E_OK;
	TRY(json_parse(&doc, lib_slice(given->context), NULL, arena, &call->why));
	struct json_reader reader = {.doc = &doc, .arena = arena, .key = &call->key, .source = SLICE("context"),
				     .problem = &call->problem, .why = &call->why};
	const struct action_type *declared = given->schema ? schema_action(given->schema->schema, action) : NULL;
	TRY(json_read_value(&reader, json_root(&doc), declared ? declared->context : NULL, ret_context));
	if (ret_context->kind != CEDAR_RECORD)
		return READER_FAIL(&reader, E_INVALID, json_root(&doc), "the context is not a record");
	return E_OK;
}

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

static enum error decide(struct lib_call *call, const struct tip_policyset *set, const struct tip_entities *entities,
			 const struct tip_request *given, struct tip_result *result)
{
	struct cedar_uid principal, action, resource;
	struct cedar_request request = {.principal = &principal, .action = &action, .resource = &resource,
					.with_facts = given->flags & TIP_WITH_FACTS};
	const struct cedar_policyset *sets[1] = {set->set};
	const struct cedar_entities *layers[2];
	struct cedar_world world = {.layers = layers, .sets = sets, .set_count = 1};
	if (entities)
		layers[world.layer_count++] = entities->entities;
	if (given->schema)
		layers[world.layer_count++] = cedar_schema_actions(given->schema->schema);
	TRY(make_uid(call, given->principal_type, given->principal_id, "principal", &principal));
	TRY(make_uid(call, given->action_type, given->action_id, "action", &action));
	TRY(make_uid(call, given->resource_type, given->resource_id, "resource", &resource));
	TRY(read_context(call, &result->arena, given, &action, &request.context));
	if (cedar_authorize(&request, &world, &result->arena, &result->result) == CEDAR_DENY && result->result.failure)
		return FAIL(&call->why, result->result.failure, "%s", result->result.failure_sentence);
	return keep(call, &result->arena, &result->result);
}

static enum error check_request(struct lib_call *call, const struct tip_policyset *set,
				const struct tip_request *request, struct tip_request *ret_known)
{
	if (!set || !request)
		return FAIL(&call->why, E_USAGE, "there is no %s", set ? "request" : "policy set");
	if (!lib_take(ret_known, sizeof(*ret_known), request, sizeof(*ret_known)))
		return FAIL(&call->why, E_USAGE, "size of tip_request is %zu", request->size);
	if ((ret_known->flags & ~TIP_WITH_FACTS) || ret_known->reserved)
		return FAIL(&call->why, E_USAGE, "a flag of the request is not known");
	return E_OK;
}

static enum error authorize(struct lib_call *call, const struct tip_policyset *set,
			    const struct tip_entities *entities, const struct tip_request *request,
			    struct tip_result **ret_result)
{
	struct tip_request known;
	if (!ret_result)
		return FAIL(&call->why, E_USAGE, "there is no place for the result");
	TRY(check_request(call, set, request, &known));
	struct tip_result *result = memory_alloc(sizeof(*result));
	if (!result)
		return FAIL(&call->why, E_MEMORY, "no memory for a result");
	arena_init(&result->arena, RESULT_BYTES_MAX);
	enum error error = decide(call, set, entities, &known, result);
	if (error == E_OK)
		*ret_result = result;
	else
		tip_result_free(result);
	return error;
}

int tip_authorize(const struct tip_policyset *set, const struct tip_entities *entities,
		  const struct tip_request *request, struct tip_result **ret_result, struct tip_error *error)
{
	struct lib_call call;
	if (ret_result)
		*ret_result = NULL;
	enum error code = lib_call_start(&call);
	if (code == E_OK)
		code = authorize(&call, set, entities, request, ret_result);
	return lib_call_end(&call, code, error);
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
	*ret_subject = lib_text(result->result.facts[nth].subject);
	*ret_value = lib_text(result->result.facts[nth].value);
	return TIP_OK;
}
