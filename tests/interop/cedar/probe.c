/*
 * Answers questions about Cedar, one JSON object a line, for comparing with another engine:
 *
 *	{"op":"authorize","policies":TEXT,"entities":[...],"context":{...},"principal":{...},"action":{...},"resource":{...}}
 *	{"op":"policies","policies":TEXT}     {"op":"translate","policies":TEXT}     {"op":"schema","schema":TEXT}     {"op":"schema_json","schema":{...}}
 *
 *	{"op":"validate","schema":TEXT,"policies":TEXT}
 *	{"op":"conform","schema":TEXT,"validateRequest":BOOL, and as authorize}
 *
 * Policies may also be a JSON set. One JSON object a line comes back: {"decision","reason","errors"},
 * {"json","text"}, {"valid","impossible","finding"}, {"ok":true} or {"refused":SENTENCE}.
 */
#include "cedar/cedar.h"
#include "text/json.h"
#include "text/json_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct hash_key key = {11, 12};

struct question {
	struct arena arena;
	struct json_doc doc;
	struct buffer answer;
	struct json_writer writer;
};

static slice text_of(const struct question *question, const char *name)
{
	slice text = {NULL, 0};
	const struct json_node *node = json_get(&question->doc, json_root(&question->doc), slice_of(name));
	if (!json_string(node, &text) && node)
		text = json_span(&question->doc, node);
	return text;
}

static enum error read_uid(struct question *question, const char *name, const struct cedar_uid **ret_uid,
			   struct fault *why)
{
	const struct json_node *node = json_get(&question->doc, json_root(&question->doc), slice_of(name));
	slice type, id;
	TRY(json_need_string(&question->doc, node, "type", &type, why));
	TRY(json_need_string(&question->doc, node, "id", &id, why));
	*ret_uid = cedar_uid_new(&question->arena, &key, type, id);
	return *ret_uid ? E_OK : FAIL(why, E_MEMORY, "no memory");
}

static enum error read_policies(struct question *question, struct cedar_policyset **ret_set, struct fault *why)
{
	const struct json_node *node = json_get(&question->doc, json_root(&question->doc), SLICE("policies"));
	struct cedar_source source = {.name = SLICE("policies"), .text = text_of(question, "policies"),
				      .is_json = json_is(node, JSON_OBJECT)};
	if (source.is_json)
		return cedar_policyset_build(&key, &source, 1, NULL, 0, ret_set, NULL, why);
	return cedar_policyset_parse(&key, &source, 1, ret_set, NULL, why);
}

static enum error read_entities(struct question *question, struct cedar_entities **ret_entities, struct fault *why)
{
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&key);
	enum error error =
		cedar_entities_add_json(builder, SLICE("entities"), text_of(question, "entities"), NULL, why);
	if (error != E_OK) {
		cedar_entities_builder_free(builder);
		return error;
	}
	return cedar_entities_build(builder, ret_entities, why);
}

static void write_result(struct question *question, const struct cedar_result *result)
{
	struct json_writer *writer = &question->writer;
	json_write_key(writer, SLICE("decision"));
	json_write_string(writer, result->decision == CEDAR_ALLOW ? SLICE("allow") : SLICE("deny"));
	json_write_key(writer, SLICE("reason"));
	json_begin_array(writer);
	for (size_t i = 0; i < result->reason_count; i++)
		json_write_string(writer, result->reasons[i].id);
	json_end_array(writer);
	json_write_key(writer, SLICE("errors"));
	json_begin_array(writer);
	for (size_t i = 0; i < result->error_count; i++)
		json_write_string(writer, result->errors[i].id);
	json_end_array(writer);
	if (result->failure) {
		json_write_key(writer, SLICE("failure"));
		json_write_string(writer, slice_of(result->failure_sentence));
	}
}

static enum error decide(struct question *question, const struct cedar_policyset *set,
			 const struct cedar_entities *entities, struct fault *why)
{
	struct cedar_request request = {0};
	struct cedar_result result;
	TRY(read_uid(question, "principal", &request.principal, why));
	TRY(read_uid(question, "action", &request.action, why));
	TRY(read_uid(question, "resource", &request.resource, why));
	const struct json_node *context = json_get(&question->doc, json_root(&question->doc), SLICE("context"));
	TRY(cedar_value_from_json(&question->arena, &key, &question->doc, context, &request.context, why));
	const struct cedar_entities *layers[] = {entities};
	const struct cedar_policyset *sets[] = {set};
	struct cedar_world world = {layers, 1, sets, 1};
	if (cedar_authorize(&request, &world, &question->arena, &result) == CEDAR_DENY && result.failure == E_INVALID)
		return FAIL(why, result.failure, "%s", result.failure_sentence);
	write_result(question, &result);
	return E_OK;
}

static enum error authorize(struct question *question, struct fault *why)
{
	struct cedar_policyset *set = NULL;
	struct cedar_entities *entities = NULL;
	enum error error = read_policies(question, &set, why);
	if (error == E_OK)
		error = read_entities(question, &entities, why);
	if (error == E_OK)
		error = decide(question, set, entities, why);
	cedar_policyset_free(set);
	cedar_entities_free(entities);
	return error;
}

static enum error read_typed(struct question *question, const struct cedar_schema *schema,
			     struct cedar_entities **ret_entities, struct fault *why)
{
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&key);
	enum error error = cedar_entities_add_typed_json(builder, schema, SLICE("entities"),
							 text_of(question, "entities"), NULL, why);
	if (error != E_OK) {
		cedar_entities_builder_free(builder);
		return error;
	}
	return cedar_entities_build(builder, ret_entities, why);
}

static enum error need_conforming(const struct cedar_conformance *found, struct fault *why)
{
	return found->count ? FAIL(why, E_INVALID, "%.*s", SLICE_ARG(found->mismatches[0].message)) : E_OK;
}

static enum error decide_conforming(struct question *question, const struct cedar_schema *schema,
				    const struct cedar_entities *entities, const struct cedar_policyset *set, struct fault *why)
{
	struct cedar_request request = {0};
	struct cedar_conformance found;
	struct cedar_result result;
	bool is_checked = false;
	TRY(read_uid(question, "principal", &request.principal, why));
	TRY(read_uid(question, "action", &request.action, why));
	TRY(read_uid(question, "resource", &request.resource, why));
	const struct json_node *root = json_root(&question->doc);
	if (!schema_action(schema, request.action))
		return FAIL(why, E_INVALID, "no such action");
	TRY(cedar_context_from_json(&question->arena, schema, request.action, &question->doc,
				    json_get(&question->doc, root, SLICE("context")), &request.context, why));
	TRY(cedar_conform_entities(schema, entities, &question->arena, &found, why));
	TRY(need_conforming(&found, why));
	if (json_bool(json_get(&question->doc, root, SLICE("validateRequest")), &is_checked) && is_checked) {
		TRY(cedar_conform_request(schema, &request, &question->arena, &found, why));
		TRY(need_conforming(&found, why));
	}
	const struct cedar_entities *layers[] = {entities, cedar_schema_actions(schema)};
	const struct cedar_policyset *sets[] = {set};
	struct cedar_world world = {layers, 2, sets, 1};
	if (cedar_authorize(&request, &world, &question->arena, &result) == CEDAR_DENY && result.failure == E_INVALID)
		return FAIL(why, result.failure, "%s", result.failure_sentence);
	write_result(question, &result);
	return E_OK;
}

static enum error conform(struct question *question, struct fault *why)
{
	struct cedar_schema *schema;
	struct cedar_policyset *set = NULL;
	struct cedar_entities *entities = NULL;
	TRY(cedar_schema_parse(&key, SLICE("schema"), text_of(question, "schema"), &schema, NULL, why));
	enum error error = read_policies(question, &set, why);
	if (error == E_OK)
		error = read_typed(question, schema, &entities, why);
	if (error == E_OK)
		error = decide_conforming(question, schema, entities, set, why);
	cedar_policyset_free(set);
	cedar_entities_free(entities);
	cedar_schema_free(schema);
	return error;
}

static enum error check_policies(struct question *question, struct fault *why)
{
	struct cedar_policyset *set;
	TRY(read_policies(question, &set, why));
	cedar_policyset_free(set);
	return E_OK;
}

/* The first policy as JSON and as text. */
static enum error translate(struct question *question, struct fault *why)
{
	struct cedar_policyset *set;
	struct buffer text;
	TRY(read_policies(question, &set, why));
	buffer_init(&text, 1 << 24);
	enum error error = cedar_policyset_count(set) == 1 ? E_OK : FAIL(why, E_INVALID, "not one policy");
	if (error == E_OK) {
		cedar_policy_write_json(set, 0, &text);
		json_write_key(&question->writer, SLICE("json"));
		json_write_string(&question->writer, buffer_slice(&text));
		buffer_clear(&text);
		cedar_policy_write_text(set, 0, &text);
		json_write_key(&question->writer, SLICE("text"));
		json_write_string(&question->writer, buffer_slice(&text));
	}
	buffer_free(&text);
	cedar_policyset_free(set);
	return error;
}

static enum error check_schema(struct question *question, bool is_json, struct fault *why)
{
	struct cedar_schema *schema;
	slice text = text_of(question, "schema");
	if (is_json)
		TRY(cedar_schema_parse_json(&key, SLICE("schema"), text, &schema, NULL, why));
	else
		TRY(cedar_schema_parse(&key, SLICE("schema"), text, &schema, NULL, why));
	cedar_schema_free(schema);
	return E_OK;
}

static enum error validate_both(struct question *question, const struct cedar_schema *schema, struct fault *why)
{
	struct cedar_policyset *set;
	struct cedar_validation validation;
	TRY(read_policies(question, &set, why));
	enum error error = cedar_validate(schema, set, CEDAR_STRICT, &question->arena, &validation, why);
	cedar_policyset_free(set);
	TRY(error);
	json_write_key(&question->writer, SLICE("valid"));
	json_write_bool(&question->writer, validation.error_count == 0);
	json_write_key(&question->writer, SLICE("impossible"));
	json_write_bool(&question->writer, validation.error_count == 0 && validation.count > 0);
	json_write_key(&question->writer, SLICE("finding"));
	json_write_string(&question->writer, validation.count ? validation.findings[0].message : SLICE(""));
	return E_OK;
}

static enum error validate(struct question *question, struct fault *why)
{
	struct cedar_schema *schema;
	TRY(cedar_schema_parse(&key, SLICE("schema"), text_of(question, "schema"), &schema, NULL, why));
	enum error error = validate_both(question, schema, why);
	cedar_schema_free(schema);
	return error;
}

static enum error answer(struct question *question, slice line, struct fault *why)
{
	struct json_limits limits = {.bytes_max = 1u << 30, .depth_max = 250, .nodes_max = 1u << 30};
	TRY(json_parse(&question->doc, line, &limits, &question->arena, why));
	slice op = text_of(question, "op");
	if (slice_equal(op, SLICE("authorize")))
		return authorize(question, why);
	if (slice_equal(op, SLICE("conform")))
		return conform(question, why);
	if (slice_equal(op, SLICE("policies")))
		return check_policies(question, why);
	if (slice_equal(op, SLICE("validate")))
		return validate(question, why);
	if (slice_equal(op, SLICE("translate")))
		return translate(question, why);
	if (slice_equal(op, SLICE("schema")) || slice_equal(op, SLICE("schema_json")))
		return check_schema(question, slice_equal(op, SLICE("schema_json")), why);
	return FAIL(why, E_USAGE, "no such question");
}

int main(void)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length;
	while ((length = getline(&line, &size, stdin)) > 0) {
		struct question question = {0};
		struct fault why = {0};
		arena_init(&question.arena, (size_t)1 << 32);
		buffer_init(&question.answer, (size_t)1 << 30);
		json_writer_init(&question.writer, &question.answer, JSON_COMPACT);
		json_begin_object(&question.writer);
		enum error error = answer(&question, slice_from(line, (size_t)length), &why);
		json_write_key(&question.writer, error == E_OK ? SLICE("ok") : SLICE("refused"));
		if (error == E_OK)
			json_write_bool(&question.writer, true);
		else
			json_write_string(&question.writer, slice_of(fault_sentence(&why)));
		json_end_object(&question.writer);
		if (json_writer_end(&question.writer, NULL) != E_OK)
			return 1;
		printf("%.*s\n", SLICE_ARG(buffer_slice(&question.answer)));
		fflush(stdout);
		buffer_free(&question.answer);
		arena_free(&question.arena);
	}
	free(line);
	return 0;
}
