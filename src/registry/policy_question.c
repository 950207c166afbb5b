#include "registry/policy_question.h"

#include <stdio.h>

#define SAYS_BYTES_MAX (1u << 20)

static enum error read_uid(const struct policy_ground *ground, struct arena *arena, const char *what, slice text,
			   const struct cedar_uid **ret_uid, struct fault *why)
{
	struct fault inner;
	enum error code = cedar_uid_parse(arena, ground->key, text, ret_uid, &inner);
	if (code == E_OK)
		return E_OK;
	return FAIL_FIELD(why, code, what, "the %s is written Type::\"id\", not `%.*s`", what, SLICE_ARG(text));
}

static enum error read_context(const struct policy_ground *ground, struct arena *arena, slice json,
			       const struct cedar_uid *action, struct cedar_value *ret_context, struct fault *why)
{
	struct json_doc doc;
	struct fault inner;
	enum error code;
	if (json_parse(&doc, json, NULL, arena, &inner) != E_OK)
		return FAIL_FIELD(why, E_SYNTAX, "context", "the context: %s", fault_sentence(&inner));
	if (!json_is(json_root(&doc), JSON_OBJECT))
		return FAIL_FIELD(why, E_INVALID, "context", "the context must be an object");
	if (ground->schema && action)
		code = cedar_context_from_json(arena, ground->schema, action, &doc, json_root(&doc), ret_context, &inner);
	else
		code = cedar_value_from_json(arena, ground->key, &doc, json_root(&doc), ret_context, &inner);
	return code == E_OK ? E_OK : FAIL_FIELD(why, code, "context", "the context: %s", fault_sentence(&inner));
}

/* The first mismatch in a sentence, and how many more there are. */
static enum error refuse(const struct cedar_conformance *found, slice name, const char *field, struct fault *why)
{
	struct buffer says;
	char more[64] = "";
	if (found->count == 0)
		return E_OK;
	if (found->count > 1)
		snprintf(more, sizeof(more), " (and %zu more)", found->count - 1);
	buffer_init(&says, SAYS_BYTES_MAX);
	cedar_mismatch_write(&says, &found->mismatches[0]);
	enum error code = FAIL_FIELD(why, E_INVALID, field, "%.*s: %.*s%s", SLICE_ARG(name),
				     SLICE_ARG(buffer_slice(&says)), more);
	buffer_free(&says);
	return code;
}

enum error policy_ground_conform(const struct policy_ground *ground, slice name, struct arena *arena, struct fault *why)
{
	struct cedar_conformance found;
	if (!ground->schema || !ground->entities)
		return E_OK;
	TRY(cedar_conform_entities(ground->schema, ground->entities, arena, &found, why));
	return refuse(&found, name, "entities", why);
}

enum error policy_question_conform(const struct policy_ground *ground, const struct cedar_request *request,
				   struct arena *arena, struct fault *why)
{
	struct cedar_conformance found;
	TRY(cedar_conform_request(ground->schema, request, arena, &found, why));
	if (found.count == 0)
		return E_OK;
	slice says = found.mismatches[0].message;
	const char *field = slice_starts_with(says, SLICE("principal"))	 ? "principal"
			    : slice_starts_with(says, SLICE("resource")) ? "resource"
									 : "context";
	return refuse(&found, SLICE("the request does not conform to the schema"), field, why);
}

enum error policy_question_read(const struct policy_ground *ground, const struct policy_question *question,
				struct arena *arena, struct cedar_request *ret_request, struct fault *why)
{
	struct cedar_request request = {.with_facts = question->with_facts, .history = question->history,
					.now_ms = question->now_ms, .request_id = question->request_id};
	if (question->principal.len > 0)
		TRY(read_uid(ground, arena, "principal", question->principal, &request.principal, why));
	if (question->action.len > 0)
		TRY(read_uid(ground, arena, "action", question->action, &request.action, why));
	if (question->resource.len > 0)
		TRY(read_uid(ground, arena, "resource", question->resource, &request.resource, why));
	if (ground->schema && request.action && !schema_action(ground->schema, request.action))
		return FAIL_FIELD(why, E_INVALID, "action", "the schema has no action `%.*s`",
				  SLICE_ARG(question->action));
	if (question->context.len > 0)
		TRY(read_context(ground, arena, question->context, request.action, &request.context, why));
	*ret_request = request;
	return E_OK;
}

/* Nothing is left open. */
static enum error check_whole(const struct policy_question *question, struct fault *why)
{
	const slice parts[] = {question->principal, question->action, question->resource};
	static const char *const names[] = {"principal", "action", "resource"};
	for (size_t i = 0; i < 3; i++)
		if (parts[i].len == 0)
			return FAIL_FIELD(why, E_INVALID, names[i], "the %s is empty", names[i]);
	return E_OK;
}

struct cedar_world policy_ground_world(const struct policy_ground *ground,
				       const struct cedar_entities *layers[POLICY_GROUND_LAYERS])
{
	struct cedar_world world = {.layers = layers, .sets = &ground->set, .set_count = 1};
	if (ground->entities)
		layers[world.layer_count++] = ground->entities;
	if (ground->schema)
		layers[world.layer_count++] = cedar_schema_actions(ground->schema);
	return world;
}

enum error policy_question_decide(const struct policy_ground *ground, const struct policy_question *question,
				  struct arena *arena, struct cedar_result *ret_result, struct fault *why)
{
	struct cedar_request request;
	const struct cedar_entities *layers[POLICY_GROUND_LAYERS];
	const struct cedar_world world = policy_ground_world(ground, layers);
	TRY(check_whole(question, why));
	TRY(policy_question_read(ground, question, arena, &request, why));
	if (ground->schema && !question->is_unchecked)
		TRY(policy_question_conform(ground, &request, arena, why));
	enum cedar_decision decision = cedar_authorize(&request, &world, arena, ret_result);
	if (decision == CEDAR_DENY && ret_result->failure != E_OK)
		return FAIL(why, ret_result->failure, "no decision: %s", ret_result->failure_sentence);
	return E_OK;
}
