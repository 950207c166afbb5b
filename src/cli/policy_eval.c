/* `tipstaff policy eval`: one decision from files, with the policies that made it and the facts that were read. */
#include "cli/policy.h"

#include "cli/printed.h"
#include "cli/screen.h"
#include "daemon/files.h"

enum exit_code { EXIT_PERMIT = 0, EXIT_DENY = 10, EXIT_MAYBE = 12 };

struct eval {
	struct policy_world world;
	struct policy_open_question question;
	struct option_list policies;
	slice entities;
	slice trace;
	bool denied; /* a request of the trace was */
	struct policy_beside beside;
	struct option_list unknowns;
	bool explain;
	bool json;
	struct cedar_result result;   /* of a whole request */
	struct cedar_remedy remedy;
	struct cedar_partial partial; /* of one with unknowns */
};

/* JSON itself, or @FILE. */
static enum error read_context(struct eval *eval, struct fault *why)
{
	slice *context = &eval->question.known.context;
	if (context->len > 0 && context->ptr[0] == '@')
		return files_read(slice_from_offset(*context, 1), POLICY_FILE_BYTES_MAX, eval->world.arena, context, why);
	return E_OK;
}

static enum error read_world(struct eval *eval, struct fault *why)
{
	struct policy_world *world = &eval->world;
	struct policy_beside *beside = &eval->beside;
	struct folder folder = {.arena = world->arena};
	TRY(policy_files(&folder, eval->policies.items, eval->policies.count, why));
	TRY(policy_world_policies(world, &folder, why));
	beside->entities = &eval->entities;
	beside->entity_count = eval->entities.len > 0;
	TRY(policy_beside_find(world->arena, eval->policies.items, eval->policies.count, beside, why));
	if (beside->schema.len > 0)
		TRY(policy_world_schema(world, beside->schema, why));
	return policy_world_entity_files(world, beside->entities, beside->entity_count, why);
}

static enum error decide(struct eval *eval, struct fault *why)
{
	struct policy_world *world = &eval->world;
	TRY(read_world(eval, why));
	if (eval->trace.len > 0)
		return policy_trace_run(world, eval->trace, eval->json, &eval->denied, why);
	TRY(read_context(eval, why));
	eval->question.unknowns = eval->unknowns.items;
	eval->question.unknown_count = eval->unknowns.count;
	if (eval->unknowns.count > 0)
		return policy_world_partial(world, &eval->question, &eval->partial, why);
	TRY(policy_world_decide(world, &eval->question.known, &eval->result, why));
	return eval->explain ? policy_world_remedy(world, &eval->question.known, &eval->remedy, why) : E_OK;
}

/* null: there is none. */
static void put_remedy(struct json_writer *writer, const struct eval *eval)
{
	const struct cedar_remedy *remedy = &eval->remedy;
	if (remedy->count == 0) {
		json_put_text(writer, "remedy", NULL);
		return;
	}
	json_put_object(writer, "remedy");
	json_put_array(writer, "changes");
	for (size_t i = 0; i < remedy->count; i++) {
		json_begin_object(writer);
		json_put_string(writer, "fact", remedy->changes[i].fact);
		json_put_string(writer, "must", remedy->changes[i].must);
		json_end_object(writer);
	}
	json_end_array(writer);
	json_put_object(writer, "permit");
	policy_put(writer, eval->world.set, remedy->permit.policy);
	json_end_object(writer);
	json_end_object(writer);
}

static void put_facts(struct json_writer *writer, const struct cedar_result *result)
{
	struct cedar_fact_scratch scratch;
	json_put_array(writer, "facts");
	for (size_t i = 0; i < result->fact_count; i++) {
		struct cedar_fact_text fact = cedar_fact_tell(&result->facts[i], &scratch);
		json_begin_object(writer);
		json_put_string(writer, "subject", fact.subject);
		json_put_string(writer, "value", fact.value);
		json_end_object(writer);
	}
	json_end_array(writer);
}

static enum error print_json(const struct eval *eval, struct fault *why)
{
	const struct cedar_result *result = &eval->result;
	struct printed printed;
	struct json_writer *writer = printed_begin(&printed, JSON_PRETTY);
	json_begin_object(writer);
	json_put_text(writer, "decision", result->decision == CEDAR_ALLOW ? "PERMIT" : "DENY");
	json_put_array(writer, "reasons");
	for (size_t i = 0; i < result->reason_count; i++) {
		json_begin_object(writer);
		policy_put(writer, eval->world.set, result->reasons[i].policy);
		json_end_object(writer);
	}
	json_end_array(writer);
	json_put_array(writer, "errors");
	for (size_t i = 0; i < result->error_count; i++) {
		json_begin_object(writer);
		policy_put(writer, eval->world.set, result->errors[i].policy);
		json_put_string(writer, "message", result->errors[i].message);
		json_end_object(writer);
	}
	json_end_array(writer);
	put_facts(writer, result);
	json_put_u64(writer, "facts_left_out", result->facts_left_out);
	if (eval->explain)
		put_remedy(writer, eval);
	policy_beside_write(&eval->beside, writer);
	json_end_object(writer);
	return printed_end(&printed, E_OK, why);
}

static void print_remedy(const struct eval *eval)
{
	const struct cedar_remedy *remedy = &eval->remedy;
	if (remedy->count == 0)
		printf("remedy  none: no change of a fact that these policies declare changeable (@remedy) permits it\n");
	for (size_t i = 0; i < remedy->count; i++) {
		printf("%-8s", i ? "" : "remedy");
		screen_text(stdout, remedy->changes[i].must);
		printf("\n");
	}
	if (remedy->count > 0) {
		policy_print("then", eval->world.set, remedy->permit.policy);
		printf("\n");
	}
}

static void print_facts(const struct cedar_result *result)
{
	struct cedar_fact_scratch scratch;
	for (size_t i = 0; i < result->fact_count; i++) {
		struct cedar_fact_text fact = cedar_fact_tell(&result->facts[i], &scratch);
		printf("%-8s", i ? "" : "facts");
		screen_text(stdout, fact.subject);
		printf(" = ");
		screen_text(stdout, fact.value.len ? fact.value : SLICE("not there"));
		printf("\n");
	}
	if (result->facts_left_out > 0)
		printf("        and %zu more\n", result->facts_left_out);
}

static void print_text(const struct eval *eval)
{
	const struct cedar_result *result = &eval->result;
	bool permit = result->decision == CEDAR_ALLOW;
	screen_colour(stdout, permit ? SCREEN_GREEN : SCREEN_RED);
	printf("%-8s", permit ? "PERMIT" : "DENY");
	screen_colour(stdout, SCREEN_PLAIN);
	screen_text(stdout, eval->question.known.principal);
	printf("  ");
	screen_text(stdout, eval->question.known.action);
	printf("  ");
	screen_text(stdout, eval->question.known.resource);
	printf("\n");
	if (result->reason_count == 0)
		printf("rule    none: no permit matches\n");
	for (size_t i = 0; i < result->reason_count; i++) {
		policy_print(i ? "" : "rule", eval->world.set, result->reasons[i].policy);
		printf("\n");
	}
	for (size_t i = 0; i < result->error_count; i++) {
		policy_print(i ? "" : "errors", eval->world.set, result->errors[i].policy);
		printf(": ");
		screen_text(stdout, result->errors[i].message);
		printf("\n");
	}
	print_facts(result);
	if (eval->explain && !permit)
		print_remedy(eval);
	policy_beside_print(&eval->beside, "read    ");
}

/* Is it given, or told to be unknown? */
static bool has_part(const struct eval *eval, slice given, slice name)
{
	for (size_t i = 0; i < eval->unknowns.count; i++) {
		slice rest = eval->unknowns.items[i];
		if (slice_equal(slice_cut(&rest, ':'), name))
			return true;
	}
	return given.ptr;
}

static enum error print(const struct eval *eval, struct fault *why)
{
	/* A trace was printed line by line. */
	if (eval->trace.len > 0)
		return E_OK;
	if (eval->unknowns.count > 0 && eval->json)
		return policy_partial_print_json(&eval->world, &eval->partial, why);
	if (eval->json)
		return print_json(eval, why);
	if (eval->unknowns.count > 0)
		policy_partial_print(&eval->world, &eval->question, &eval->partial);
	else
		print_text(eval);
	return E_OK;
}

static int exit_of(const struct eval *eval)
{
	if (eval->trace.len > 0)
		return eval->denied ? EXIT_DENY : EXIT_PERMIT;
	if (eval->unknowns.count == 0)
		return eval->result.decision == CEDAR_ALLOW ? EXIT_PERMIT : EXIT_DENY;
	return eval->partial.possibility == CEDAR_MAYBE	   ? EXIT_MAYBE
	       : eval->partial.possibility == CEDAR_ALWAYS ? EXIT_PERMIT
							   : EXIT_DENY;
}

int policy_eval(const struct verb *verb, int count, char **words)
{
	struct arena arena;
	struct eval eval = {.world.arena = &arena, .question.known.with_facts = true};
	struct option_words given;
	struct fault why;
	const struct option_row options[] = {
		{"policies", OPTION_LIST, &eval.policies, "FILE|DIR", "where the policies are"},
		{"principal", OPTION_TEXT, &eval.question.known.principal, "UID", "who, such as User::\"alice\""},
		{"action", OPTION_TEXT, &eval.question.known.action, "UID", "does what"},
		{"resource", OPTION_TEXT, &eval.question.known.resource, "UID", "with what"},
		{"context", OPTION_TEXT, &eval.question.known.context, "JSON|@FILE", "the context of the request"},
		{"entities", OPTION_TEXT, &eval.entities, "FILE", "entities in Cedar's JSON form (those of the folder)"},
		{"schema", OPTION_TEXT, &eval.beside.schema, "FILE", "the schema; JSON where it ends in .json (that of the folder)"},
		{"skip-request-validation", OPTION_FLAG, &eval.question.known.is_unchecked, NULL,
		 "decide also where the request does not conform to the schema"},
		{"trace", OPTION_TEXT, &eval.trace, "FILE",
		 "instead of one question: the requests of a session, one JSON event a line"},
		{"unknown", OPTION_LIST, &eval.unknowns, "WHAT[:TYPE]",
		 "principal:User, context.n:long?, ...: print what is left of the policies"},
		{"explain", OPTION_FLAG, &eval.explain, NULL, "of a denial, tell what would permit it"},
		{"json", OPTION_FLAG, &eval.json, NULL, "print JSON"},
	};
	int go = options_begin(verb, options, sizeof(options) / sizeof(options[0]), count, words, 0, 0, &given);
	if (go != OPTIONS_GO)
		return go;
	if (eval.explain && (eval.unknowns.count > 0 || eval.trace.len > 0))
		return options_usage(verb, "--explain is for a whole request, without --unknown and --trace");
	bool has_question = has_part(&eval, eval.question.known.principal, SLICE("principal")) &&
			    has_part(&eval, eval.question.known.action, SLICE("action")) &&
			    has_part(&eval, eval.question.known.resource, SLICE("resource"));
	if (eval.policies.count == 0 || (!has_question && eval.trace.len == 0))
		return options_usage(verb, "--policies, --principal, --action and --resource (or --trace) are needed");
	arena_init(&arena, POLICY_ARENA_BYTES_MAX);
	enum error code = decide(&eval, &why);
	if (code == E_OK)
		code = print(&eval, &why);
	if (code != E_OK) {
		if (eval.json)
			policy_print_fault_json(code, &eval.world.problem, &why);
		policy_print_fault(stderr, &eval.world.problem, &why);
	}
	int decided = exit_of(&eval);
	policy_world_free(&eval.world);
	arena_free(&arena);
	return code == E_OK ? decided : error_exit(code);
}
