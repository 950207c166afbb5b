/*
 * Answers questions about Cedar, one JSON object a line, for comparing with another engine:
 *
 *	{"op":"authorize","policies":P,"entities":[...],"requests":[{"principal","action","resource","context"}...],"schema":S}
 *	... may have "validateRequest":false; without, requests are held against the schema
 *	{"op":"policies","policies":P}     {"op":"translate","policies":P}     {"op":"validate","schema":S,"policies":P}
 *	{"op":"format","policies":P}
 *	{"op":"schema","schema":S}         {"op":"entities","entities":[...],"schema":S}
 *
 * P is text or a JSON set, S is text or schema JSON, and may be left out where it is not the question. One JSON object a
 * line comes back: {"answers":[{"decision","reason","errors"}...]}, {"json","text"} of a policy or schema, {"wrong","impossible","finding"},
 * with {"ok":true}, or {"refused":SENTENCE}.
 */
#include "cedar/cedar.h"
#include "cedar/conform.h"
#include "cedar/json_value.h"
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

static const struct json_node *member(const struct question *question, const char *name)
{
	return json_get(&question->doc, json_root(&question->doc), slice_of(name));
}

/* Text as such; anything else as it is written. */
static slice text_of(const struct question *question, const char *name)
{
	slice text = {NULL, 0};
	const struct json_node *node = member(question, name);
	if (!json_string(node, &text) && node)
		text = json_span(&question->doc, node);
	return text;
}

static enum error read_uid(struct question *question, const struct json_node *holder, const char *name,
			   const struct cedar_uid **ret_uid, struct fault *why)
{
	const struct json_node *node = json_get(&question->doc, holder, slice_of(name));
	struct json_reader reader = {.doc = &question->doc, .arena = &question->arena, .key = &key,
				     .source = SLICE("request"), .why = why};
	struct cedar_uid *uid = ARENA_NEW(&question->arena, struct cedar_uid);
	if (!node || !uid)
		return FAIL(why, E_INVALID, "%s is missing", name);
	*ret_uid = uid;
	return json_read_uid(&reader, node, uid);
}

static enum error read_policies(struct question *question, struct cedar_policyset **ret_set, struct fault *why)
{
	struct cedar_source source = {.name = SLICE("policies"), .text = text_of(question, "policies"),
				      .is_json = json_is(member(question, "policies"), JSON_OBJECT)};
	return source.is_json ? cedar_policyset_build(&key, &source, 1, NULL, 0, ret_set, NULL, why)
			      : cedar_policyset_parse(&key, &source, 1, ret_set, NULL, why);
}

/* `*ret_schema` is NULL where the question has none. */
static enum error read_schema(struct question *question, struct cedar_schema **ret_schema, struct fault *why)
{
	const struct json_node *node = member(question, "schema");
	slice text = text_of(question, "schema");
	*ret_schema = NULL;
	if (!node)
		return E_OK;
	return json_is(node, JSON_OBJECT)
		       ? cedar_schema_parse_json(&key, SLICE("schema"), text, ret_schema, NULL, why)
		       : cedar_schema_parse(&key, SLICE("schema"), text, ret_schema, NULL, why);
}

static enum error conforms(const struct cedar_conformance *conformance, struct fault *why)
{
	struct buffer text;
	if (conformance->count == 0)
		return E_OK;
	buffer_init(&text, 1u << 20);
	cedar_mismatch_write(&text, &conformance->mismatches[0]);
	enum error error = FAIL(why, E_INVALID, "%.*s", SLICE_ARG(buffer_slice(&text)));
	buffer_free(&text);
	return error;
}

static enum error build_entities(struct question *question, const struct cedar_schema *schema,
				 struct cedar_entities **ret_entities, struct fault *why)
{
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&key);
	slice text = text_of(question, "entities");
	enum error error =
		schema ? cedar_entities_add_typed_json(builder, schema, SLICE("entities"), text, NULL, why)
		       : cedar_entities_add_json(builder, SLICE("entities"), text, NULL, why);
	if (error != E_OK) {
		cedar_entities_builder_free(builder);
		return error;
	}
	return cedar_entities_build(builder, ret_entities, why);
}

static enum error read_entities(struct question *question, const struct cedar_schema *schema,
				struct cedar_entities **ret_entities, struct fault *why)
{
	struct cedar_conformance conformance;
	TRY(build_entities(question, schema, ret_entities, why));
	enum error error = E_OK;
	if (schema)
		error = cedar_conform_entities(schema, *ret_entities, &question->arena, &conformance, why);
	if (schema && error == E_OK)
		error = conforms(&conformance, why);
	if (error != E_OK) {
		cedar_entities_free(*ret_entities);
		*ret_entities = NULL;
	}
	return error;
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

struct asked {
	const struct cedar_schema *schema; /* NULL: none */
	const struct cedar_policyset *set;
	const struct cedar_entities *entities;
	bool validates; /* requests against the schema */
};

static enum error read_request(struct question *question, const struct asked *asked, const struct json_node *node,
			       struct cedar_request *ret_request, struct fault *why)
{
	struct cedar_conformance conformance;
	const struct json_node *context = json_get(&question->doc, node, SLICE("context"));
	TRY(read_uid(question, node, "principal", &ret_request->principal, why));
	TRY(read_uid(question, node, "action", &ret_request->action, why));
	TRY(read_uid(question, node, "resource", &ret_request->resource, why));
	if (!asked->schema)
		return cedar_value_from_json(&question->arena, &key, &question->doc, context, &ret_request->context,
					     why);
	TRY(cedar_context_from_json(&question->arena, asked->schema, ret_request->action, &question->doc, context,
				    &ret_request->context, why));
	if (!asked->validates)
		return E_OK;
	TRY(cedar_conform_request(asked->schema, ret_request, &question->arena, &conformance, why));
	return conforms(&conformance, why);
}

static enum error decide(struct question *question, const struct asked *asked, const struct json_node *node,
			 struct fault *why)
{
	struct cedar_request request = {0};
	struct cedar_result result;
	TRY(read_request(question, asked, node, &request, why));
	const struct cedar_entities *layers[] = {
		asked->entities, asked->schema ? cedar_schema_actions(asked->schema) : NULL};
	struct cedar_world world = {layers, asked->schema ? 2 : 1, &asked->set, 1};
	if (cedar_authorize(&request, &world, &question->arena, &result) == CEDAR_DENY && result.failure == E_INVALID)
		return FAIL(why, result.failure, "%s", result.failure_sentence);
	write_result(question, &result);
	return E_OK;
}

static void write_verdict(struct question *question, enum error error, const struct fault *why)
{
	json_write_key(&question->writer, error == E_OK ? SLICE("ok") : SLICE("refused"));
	if (error == E_OK)
		json_write_bool(&question->writer, true);
	else
		json_write_string(&question->writer, slice_of(fault_sentence(why)));
}

static void answer_requests(struct question *question, const struct asked *asked)
{
	const struct json_node *requests = member(question, "requests");
	json_write_key(&question->writer, SLICE("answers"));
	json_begin_array(&question->writer);
	for (const struct json_node *node = json_first(requests); node; node = json_next(node)) {
		struct fault why = {0};
		json_begin_object(&question->writer);
		enum error error = decide(question, asked, node, &why);
		write_verdict(question, error, &why);
		json_end_object(&question->writer);
	}
	json_end_array(&question->writer);
}

static enum error authorize(struct question *question, struct fault *why)
{
	struct cedar_schema *schema = NULL;
	struct cedar_policyset *set = NULL;
	struct cedar_entities *entities = NULL;
	enum error error = read_policies(question, &set, why);
	if (error == E_OK)
		error = read_schema(question, &schema, why);
	if (error == E_OK)
		error = read_entities(question, schema, &entities, why);
	const struct json_node *validates = member(question, "validateRequest");
	struct asked asked = {schema, set, entities, !json_is(validates, JSON_BOOL) || validates->boolean};
	if (error == E_OK)
		answer_requests(question, &asked);
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

static enum error check_entities(struct question *question, struct fault *why)
{
	struct cedar_schema *schema;
	struct cedar_entities *entities = NULL;
	TRY(read_schema(question, &schema, why));
	enum error error = read_entities(question, schema, &entities, why);
	cedar_entities_free(entities);
	cedar_schema_free(schema);
	return error;
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

/* Formatted, and what was formatted formatted again. */
static enum error format(struct question *question, struct fault *why)
{
	struct buffer once, twice;
	buffer_init(&once, 1u << 24);
	buffer_init(&twice, 1u << 24);
	enum error error = cedar_format(SLICE("policies"), text_of(question, "policies"), &once, NULL, why);
	if (error == E_OK)
		error = cedar_format(SLICE("formatted"), buffer_slice(&once), &twice, NULL, why);
	if (error == E_OK) {
		json_write_key(&question->writer, SLICE("text"));
		json_write_string(&question->writer, buffer_slice(&once));
		json_write_key(&question->writer, SLICE("again"));
		json_write_string(&question->writer, buffer_slice(&twice));
	}
	buffer_free(&once);
	buffer_free(&twice);
	return error;
}

static void put_text(struct question *question, const char *name, const struct buffer *text)
{
	json_write_key(&question->writer, slice_of(name));
	json_write_string(&question->writer, buffer_slice(text));
}

/* The schema as JSON and, where it has that form, as text. */
static enum error check_schema(struct question *question, struct fault *why)
{
	struct cedar_schema *schema;
	struct buffer text;
	TRY(read_schema(question, &schema, why));
	buffer_init(&text, 1 << 28);
	enum error error = cedar_schema_write_json(schema, &text, why);
	if (error == E_OK)
		put_text(question, "json", &text);
	buffer_clear(&text);
	if (error == E_OK && cedar_schema_write_text(schema, &text, NULL) == E_OK)
		put_text(question, "text", &text);
	buffer_free(&text);
	cedar_schema_free(schema);
	return error;
}

/* Ids of the policies with findings of this kind; one id may come several times. */
static void write_findings(struct question *question, const char *name, const struct cedar_validation *validation,
			   bool is_warning)
{
	json_write_key(&question->writer, slice_of(name));
	json_begin_array(&question->writer);
	for (size_t i = 0; i < validation->count; i++)
		if (validation->findings[i].is_warning == is_warning)
			json_write_string(&question->writer, validation->findings[i].id);
	json_end_array(&question->writer);
}

static enum error validate_set(struct question *question, const struct cedar_schema *schema, struct fault *why)
{
	struct cedar_policyset *set;
	struct cedar_validation validation;
	TRY(read_policies(question, &set, why));
	enum error error = cedar_validate(schema, set, CEDAR_STRICT, &question->arena, &validation, why);
	if (error == E_OK) {
		write_findings(question, "wrong", &validation, false);
		write_findings(question, "impossible", &validation, true);
		json_write_key(&question->writer, SLICE("finding"));
		json_write_string(&question->writer,
				  validation.count ? validation.findings[0].message : SLICE(""));
	}
	cedar_policyset_free(set);
	return error;
}

static enum error validate(struct question *question, struct fault *why)
{
	struct cedar_schema *schema;
	TRY(read_schema(question, &schema, why));
	enum error error = validate_set(question, schema, why);
	cedar_schema_free(schema);
	return error;
}

static const struct {
	const char *name;
	enum error (*answer)(struct question *question, struct fault *why);
} operations[] = {
	{"authorize", authorize}, {"policies", check_policies}, {"validate", validate}, {"translate", translate},
	{"format", format}, {"schema", check_schema}, {"entities", check_entities},
};

static enum error answer(struct question *question, slice line, struct fault *why)
{
	struct json_limits limits = {.bytes_max = 1u << 30, .depth_max = 250, .nodes_max = 1u << 30};
	TRY(json_parse(&question->doc, line, &limits, &question->arena, why));
	slice op = text_of(question, "op");
	for (size_t i = 0; i < sizeof(operations) / sizeof(*operations); i++)
		if (slice_equal(op, slice_of(operations[i].name)))
			return operations[i].answer(question, why);
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
		write_verdict(&question, error, &why);
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
