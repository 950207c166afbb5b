/* `tipstaff policy eval`: one decision from files, with the policies that made it and the facts that were read. */
#include "cli/policy.h"

#include "cli/screen.h"
#include "daemon/files.h"
#include "text/json_writer.h"

enum exit_code { EXIT_PERMIT = 0, EXIT_DENY = 10 };

struct eval {
	struct policy_world world;
	struct policy_question question;
	struct option_list policies;
	slice entities;
	slice schema;
	bool json;
	struct cedar_result result;
};

/* JSON itself, or @FILE. */
static enum error read_context(struct eval *eval, struct fault *why)
{
	slice *context = &eval->question.context;
	if (context->len > 0 && context->ptr[0] == '@')
		return files_read(slice_from_offset(*context, 1), POLICY_FILE_BYTES_MAX, eval->world.arena, context, why);
	return E_OK;
}

static enum error decide(struct eval *eval, struct fault *why)
{
	struct policy_world *world = &eval->world;
	struct folder folder = {.arena = world->arena, .wants = policy_is_cedar};
	slice json;
	for (size_t i = 0; i < eval->policies.count; i++)
		TRY(folder_add(&folder, eval->policies.items[i], why));
	TRY(policy_world_policies(world, &folder, why));
	if (eval->schema.len > 0)
		TRY(policy_world_schema(world, eval->schema, why));
	if (eval->entities.len > 0) {
		TRY(files_read(eval->entities, POLICY_FILE_BYTES_MAX, world->arena, &json, why));
		TRY(policy_world_entities(world, eval->entities, json, why));
		TRY(policy_world_conform(world, eval->entities, why));
	}
	TRY(read_context(eval, why));
	return policy_world_decide(world, &eval->question, &eval->result, why);
}

static void put_policy(struct json_writer *writer, const struct eval *eval, uint32_t index)
{
	struct cedar_policy_info info = cedar_policyset_info(eval->world.set, index);
	slice own = policy_own_id(eval->world.set, index);
	json_put_string(writer, "id", info.id);
	if (own.ptr)
		json_put_string(writer, "annotation_id", own);
	json_put_text(writer, "effect", info.effect == CEDAR_PERMIT ? "permit" : "forbid");
	json_put_string(writer, "source", info.source);
	json_put_u64(writer, "line", info.line);
}

static enum error print_json(const struct eval *eval, struct fault *why)
{
	const struct cedar_result *result = &eval->result;
	struct buffer text;
	struct json_writer writer;
	buffer_init(&text, POLICY_PRINT_BYTES_MAX);
	json_writer_init(&writer, &text, JSON_PRETTY);
	json_begin_object(&writer);
	json_put_text(&writer, "decision", result->decision == CEDAR_ALLOW ? "PERMIT" : "DENY");
	json_put_array(&writer, "reasons");
	for (size_t i = 0; i < result->reason_count; i++) {
		json_begin_object(&writer);
		put_policy(&writer, eval, result->reasons[i].policy);
		json_end_object(&writer);
	}
	json_end_array(&writer);
	json_put_array(&writer, "errors");
	for (size_t i = 0; i < result->error_count; i++) {
		json_begin_object(&writer);
		put_policy(&writer, eval, result->errors[i].policy);
		json_put_string(&writer, "message", result->errors[i].message);
		json_end_object(&writer);
	}
	json_end_array(&writer);
	json_put_array(&writer, "facts");
	for (size_t i = 0; i < result->fact_count; i++) {
		json_begin_object(&writer);
		json_put_string(&writer, "subject", result->facts[i].subject);
		json_put_string(&writer, "value", result->facts[i].value);
		json_end_object(&writer);
	}
	json_end_array(&writer);
	json_put_u64(&writer, "facts_left_out", result->facts_left_out);
	json_end_object(&writer);
	enum error code = json_writer_end(&writer, why);
	if (code == E_OK)
		printf("%.*s\n", SLICE_ARG(buffer_slice(&text)));
	buffer_free(&text);
	return code;
}

static void print_policy(const char *label, const struct eval *eval, uint32_t index)
{
	struct cedar_policy_info info = cedar_policyset_info(eval->world.set, index);
	slice own = policy_own_id(eval->world.set, index);
	printf("%-8s%s ", label, info.effect == CEDAR_PERMIT ? "permit" : "forbid");
	screen_text(stdout, info.id);
	printf("  ");
	screen_text(stdout, info.source);
	printf(":%u", info.line);
	if (own.ptr) {
		printf("  @id ");
		screen_text(stdout, own);
	}
}

static void print_text(const struct eval *eval)
{
	const struct cedar_result *result = &eval->result;
	bool permit = result->decision == CEDAR_ALLOW;
	screen_colour(stdout, permit ? SCREEN_GREEN : SCREEN_RED);
	printf("%-8s", permit ? "PERMIT" : "DENY");
	screen_colour(stdout, SCREEN_PLAIN);
	screen_text(stdout, eval->question.principal);
	printf("  ");
	screen_text(stdout, eval->question.action);
	printf("  ");
	screen_text(stdout, eval->question.resource);
	printf("\n");
	if (result->reason_count == 0)
		printf("rule    none: no permit matches\n");
	for (size_t i = 0; i < result->reason_count; i++) {
		print_policy(i ? "" : "rule", eval, result->reasons[i].policy);
		printf("\n");
	}
	for (size_t i = 0; i < result->error_count; i++) {
		print_policy(i ? "" : "errors", eval, result->errors[i].policy);
		printf(": ");
		screen_text(stdout, result->errors[i].message);
		printf("\n");
	}
	for (size_t i = 0; i < result->fact_count; i++) {
		printf("%-8s", i ? "" : "facts");
		screen_text(stdout, result->facts[i].subject);
		printf(" = ");
		screen_text(stdout, result->facts[i].value.len ? result->facts[i].value : SLICE("not there"));
		printf("\n");
	}
	if (result->facts_left_out > 0)
		printf("        and %zu more\n", result->facts_left_out);
}

int policy_eval(const struct verb *verb, int count, char **words)
{
	struct arena arena;
	struct eval eval = {.world.arena = &arena, .question.with_facts = true};
	struct option_words given;
	struct fault why;
	const struct option_row options[] = {
		{"policies", OPTION_LIST, &eval.policies, "FILE|DIR", "where the policies are; may be given many times"},
		{"principal", OPTION_TEXT, &eval.question.principal, "UID", "who, such as User::\"alice\""},
		{"action", OPTION_TEXT, &eval.question.action, "UID", "does what"},
		{"resource", OPTION_TEXT, &eval.question.resource, "UID", "with what"},
		{"context", OPTION_TEXT, &eval.question.context, "JSON|@FILE", "the context of the request"},
		{"entities", OPTION_TEXT, &eval.entities, "FILE", "entities in Cedar's JSON form"},
		{"schema", OPTION_TEXT, &eval.schema, "FILE", "the schema; JSON where it ends in .json"},
		{"skip-request-validation", OPTION_FLAG, &eval.question.is_unchecked, NULL,
		 "decide also where the request does not conform to the schema"},
		{"json", OPTION_FLAG, &eval.json, NULL, "print JSON"},
	};
	int go = options_begin(verb, options, sizeof(options) / sizeof(options[0]), count, words, 0, 0, &given);
	if (go != OPTIONS_GO)
		return go;
	if (eval.policies.count == 0 || !eval.question.principal.ptr || !eval.question.action.ptr ||
	    !eval.question.resource.ptr)
		return options_usage(verb, "--policies, --principal, --action and --resource are needed");
	arena_init(&arena, POLICY_ARENA_BYTES_MAX);
	enum error code = decide(&eval, &why);
	if (code == E_OK && eval.json)
		code = print_json(&eval, &why);
	else if (code == E_OK)
		print_text(&eval);
	if (code != E_OK) {
		fprintf(stderr, "tipstaff: ");
		policy_print_fault(stderr, &eval.world.problem, &why);
	}
	int decided = eval.result.decision == CEDAR_ALLOW ? EXIT_PERMIT : EXIT_DENY;
	policy_world_free(&eval.world);
	arena_free(&arena);
	return code == E_OK ? decided : error_exit(code);
}
