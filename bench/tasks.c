/*
 * One task of a Cedar benchmark: what each operation of the engine costs on the files of a folder.
 *
 * usage: tasks FOLDER [--quick]   reads policies.cedar, policies.json, schema.cedarschema, schema.json, entities.json and
 * requests.json; an operation whose file is not there is left out. Prints one JSON object a line, CPU time a piece.
 */
#include "bench.h"

#include "base/memory.h"
#include "cedar/cedar.h"
#include "cedar/conform.h"
#include "cedar/json_value.h"
#include "text/json.h"

#include <stdio.h>
#include <stdlib.h>

#define BATCHES 9u
#define REQUESTS_MAX 512u

static const struct hash_key key = {19, 20};

struct task {
	slice policies, policies_json, schema_text, schema_json, entities_json, requests_json;
	struct cedar_policyset *set;
	struct cedar_schema *schema;
	struct cedar_entities *entities;
	struct cedar_request requests[REQUESTS_MAX];
	size_t request_count;
	size_t next;
	size_t allowed;
	struct arena boot;
	struct arena arena;
};

static void need(enum error code, const struct fault *why)
{
	if (code == E_OK)
		return;
	fprintf(stderr, "tasks: %s\n", fault_sentence(why));
	exit(1);
}

/* Empty where there is no such file. */
static slice read_text(struct task *task, const char *folder, const char *name)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	FILE *file = fopen(path, "rb");
	if (!file)
		return (slice){NULL, 0};
	struct buffer text;
	char piece[65536];
	size_t count;
	buffer_init(&text, 1u << 28);
	while ((count = fread(piece, 1, sizeof(piece), file)) > 0)
		buffer_add(&text, slice_from(piece, count));
	fclose(file);
	slice kept = arena_copy(&task->boot, buffer_slice(&text));
	buffer_free(&text);
	return kept;
}

static struct cedar_policyset *parse_policies(slice text, bool is_json)
{
	struct cedar_policyset *set;
	struct fault why = {0};
	struct cedar_source source = {.name = SLICE("policies"), .text = text, .is_json = is_json};
	need(cedar_policyset_build(&key, &source, 1, NULL, 0, &set, NULL, &why), &why);
	return set;
}

static struct cedar_schema *parse_schema(slice text, bool is_json)
{
	struct cedar_schema *schema;
	struct fault why = {0};
	need(is_json ? cedar_schema_parse_json(&key, SLICE("schema"), text, &schema, NULL, &why)
		     : cedar_schema_parse(&key, SLICE("schema"), text, &schema, NULL, &why),
	     &why);
	return schema;
}

static struct cedar_entities *parse_entities(slice text, const struct cedar_schema *schema)
{
	struct cedar_entities *entities;
	struct fault why = {0};
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&key);
	need(schema ? cedar_entities_add_typed_json(builder, schema, SLICE("entities"), text, NULL, &why)
		    : cedar_entities_add_json(builder, SLICE("entities"), text, NULL, &why),
	     &why);
	need(cedar_entities_build(builder, &entities, &why), &why);
	return entities;
}

static void policy_parse(struct task *task)
{
	cedar_policyset_free(parse_policies(task->policies, false));
}

static void json_policy_parse(struct task *task)
{
	cedar_policyset_free(parse_policies(task->policies_json, true));
}

static void schema_parse(struct task *task)
{
	cedar_schema_free(parse_schema(task->schema_text, false));
}

static void json_schema_parse(struct task *task)
{
	cedar_schema_free(parse_schema(task->schema_json, true));
}

static void validation(struct task *task)
{
	struct cedar_validation result;
	struct fault why = {0};
	arena_reset(&task->arena);
	need(cedar_validate(task->schema, task->set, CEDAR_STRICT, &task->arena, &result, &why), &why);
}

static void authorization(struct task *task)
{
	const struct cedar_entities *layers[] = {task->entities, cedar_schema_actions(task->schema)};
	const struct cedar_policyset *sets[] = {task->set};
	struct cedar_world world = {layers, 2, sets, 1};
	struct cedar_result result;
	arena_reset(&task->arena);
	task->next = (task->next + 1) % task->request_count;
	task->allowed += cedar_authorize(&task->requests[task->next], &world, &task->arena, &result) == CEDAR_ALLOW;
}

static void entity_parse_without_schema(struct task *task)
{
	cedar_entities_free(parse_entities(task->entities_json, NULL));
}

static void entity_parse_with_schema(struct task *task)
{
	struct cedar_entities *entities = parse_entities(task->entities_json, task->schema);
	struct cedar_conformance conformance;
	struct fault why = {0};
	arena_reset(&task->arena);
	need(cedar_conform_entities(task->schema, entities, &task->arena, &conformance, &why), &why);
	if (conformance.count)
		need(FAIL(&why, E_INVALID, "the entities do not conform"), &why);
	cedar_entities_free(entities);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Median of batches that take about `batch_ns` each. */
static void measure(struct task *task, const char *name, void (*operation)(struct task *task), uint64_t batch_ns)
{
	double results[BATCHES];
	uint64_t count = 1, used = 0;
	while (used < batch_ns / 4) {
		uint64_t start = bench_cpu_ns();
		for (uint64_t i = 0; i < count; i++)
			operation(task);
		used = bench_cpu_ns() - start;
		count *= used < batch_ns / 4 ? 2 : 1;
	}
	count = count * batch_ns / used + 1;
	for (unsigned batch = 0; batch < BATCHES; batch++) {
		uint64_t start = bench_cpu_ns();
		for (uint64_t i = 0; i < count; i++)
			operation(task);
		results[batch] = (double)(bench_cpu_ns() - start) / (double)count;
	}
	qsort(results, BATCHES, sizeof(double), compare_doubles);
	bench_print(name, results[BATCHES / 2], "ns", 0);
}

static const struct cedar_uid *read_uid(struct task *task, const struct json_doc *doc, const struct json_node *holder,
					slice name)
{
	struct fault why = {0};
	struct json_reader reader = {.doc = doc, .arena = &task->boot, .key = &key, .source = SLICE("requests"), .why = &why};
	struct cedar_uid *uid = ARENA_NEW(&task->boot, struct cedar_uid);
	need(uid ? json_read_uid(&reader, json_get(doc, holder, name), uid) : E_MEMORY, &why);
	return uid;
}

static void read_requests(struct task *task)
{
	struct json_doc doc;
	struct fault why = {0};
	need(json_parse(&doc, task->requests_json, NULL, &task->boot, &why), &why);
	for (const struct json_node *node = json_first(json_root(&doc)); node && task->request_count < REQUESTS_MAX;
	     node = json_next(node)) {
		struct cedar_request *request = &task->requests[task->request_count++];
		request->principal = read_uid(task, &doc, node, SLICE("principal"));
		request->action = read_uid(task, &doc, node, SLICE("action"));
		request->resource = read_uid(task, &doc, node, SLICE("resource"));
		need(cedar_context_from_json(&task->boot, task->schema, request->action, &doc,
					     json_get(&doc, node, SLICE("context")), &request->context, &why),
		     &why);
	}
}

int main(int count, char **arguments)
{
	struct task task = {0};
	uint64_t batch_ns = bench_is_quick(count, arguments) ? 1000000u : 10000000u;
	if (count < 2) {
		fprintf(stderr, "usage: tasks FOLDER [--quick]\n");
		return 64;
	}
	arena_init(&task.boot, (size_t)1 << 30);
	arena_init(&task.arena, (size_t)1 << 28);
	task.policies = read_text(&task, arguments[1], "policies.cedar");
	task.policies_json = read_text(&task, arguments[1], "policies.json");
	task.schema_text = read_text(&task, arguments[1], "schema.cedarschema");
	task.schema_json = read_text(&task, arguments[1], "schema.json");
	task.entities_json = read_text(&task, arguments[1], "entities.json");
	task.requests_json = read_text(&task, arguments[1], "requests.json");
	task.set = parse_policies(task.policies, false);
	measure(&task, "policy_parse", policy_parse, batch_ns);
	if (task.policies_json.ptr)
		measure(&task, "json_policy_parse", json_policy_parse, batch_ns);
	if (task.schema_json.ptr)
		measure(&task, "json_schema_parse", json_schema_parse, batch_ns);
	if (task.schema_text.ptr) {
		task.schema = parse_schema(task.schema_text, false);
		measure(&task, "schema_parse", schema_parse, batch_ns);
		measure(&task, "validation", validation, batch_ns);
	}
	if (task.schema && task.entities_json.ptr) {
		task.entities = parse_entities(task.entities_json, task.schema);
		measure(&task, "entity_parse_with_schema", entity_parse_with_schema, batch_ns);
		measure(&task, "entity_parse_without_schema", entity_parse_without_schema, batch_ns);
	}
	if (task.entities && task.requests_json.ptr) {
		read_requests(&task);
		for (size_t i = 0; i < task.request_count; i++)
			authorization(&task);
		bench_print("allowed", 100.0 * (double)task.allowed / (double)task.request_count, "%", 0);
		measure(&task, "authorization", authorization, batch_ns);
	}
	return 0;
}
