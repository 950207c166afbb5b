/* Several policy sets and stores in one decision, links, what does not conform, and requests with unknowns. */
#include <tipstaff/tipstaff.h>

#include "base/memory.h"
#include "check.h"

#include <pthread.h>
#include <stddef.h>
#include <string.h>

#define TEXT(literal) ((struct tip_text){literal, sizeof(literal) - 1})

static struct tip_error error;

static struct tip_policyset *policies(const char *text)
{
	struct tip_policyset *set;
	error = (struct tip_error)TIP_ERROR_INIT;
	int code = tip_policyset_parse(text, strlen(text), NULL, &set, &error);
	if (code != TIP_OK)
		print_error("%s\n", error.sentence);
	CHECK_INT(code, TIP_OK);
	return set;
}

static struct tip_entities *entities(const char *json)
{
	struct tip_entities *store;
	CHECK_INT(tip_entities_parse_json(json, strlen(json), NULL, &store, NULL), TIP_OK);
	return store;
}

static struct tip_schema *schema_of(const char *text)
{
	struct tip_schema *schema;
	CHECK_INT(tip_schema_parse(text, strlen(text), NULL, &schema, NULL), TIP_OK);
	return schema;
}

static struct tip_request request_of(struct tip_text context)
{
	return (struct tip_request){.size = sizeof(struct tip_request), .principal_type = TEXT("Agent"),
		.principal_id = TEXT("bot"), .action_type = TEXT("Action"), .action_id = TEXT("read"),
		.resource_type = TEXT("File"), .resource_id = TEXT("faq"), .context = context};
}

static void check_text(struct tip_text text, const char *wanted)
{
	CHECK_SLICE(slice_from(text.ptr, text.len), slice_of(wanted));
}

TEST(sets_and_stores_decide_together_and_each_reason_names_its_set)
{
	const struct tip_policyset *sets[] = {policies("permit (principal in Team::\"all\", action, resource);"),
					      policies("forbid (principal, action, resource) when { resource.secret };"),
					      policies("permit (principal, action, resource);")};
	/* The hierarchy crosses stores; of File::"faq" the first store's row counts. */
	const struct tip_entities *stores[] = {
		entities("[{\"uid\":{\"type\":\"Agent\",\"id\":\"bot\"},\"attrs\":{},\"parents\":[{\"type\":\"Team\",\"id\":\"t\"}]},"
			 "{\"uid\":{\"type\":\"File\",\"id\":\"faq\"},\"attrs\":{\"secret\":false},\"parents\":[]}]"),
		entities("[{\"uid\":{\"type\":\"Team\",\"id\":\"t\"},\"attrs\":{},\"parents\":[{\"type\":\"Team\",\"id\":\"all\"}]},"
			 "{\"uid\":{\"type\":\"File\",\"id\":\"faq\"},\"attrs\":{\"secret\":true},\"parents\":[]}]")};
	struct tip_world world = {.size = sizeof(world), .sets = sets, .set_count = 3, .stores = stores, .store_count = 2};
	struct tip_request request = request_of(TEXT(""));
	struct tip_result *result;
	CHECK_INT(tip_authorize_world(&world, &request, &result, NULL), TIP_OK);
	CHECK_INT(tip_result_decision(result), TIP_ALLOW);
	CHECK_INT(tip_result_reason_count(result), 2);
	CHECK_INT(tip_result_reason_set(result, 0), 0);
	CHECK_INT(tip_result_reason_set(result, 1), 2);
	CHECK(tip_result_reason_set(result, 2) == SIZE_MAX);
	tip_result_free(result);
	const struct tip_entities *other[] = {stores[1], stores[0]};
	world.stores = other;
	CHECK_INT(tip_authorize_world(&world, &request, &result, NULL), TIP_OK);
	CHECK_INT(tip_result_decision(result), TIP_DENY);
	CHECK_INT(tip_result_reason_set(result, 0), 1);
	tip_result_free(result);
	/* Without the store nothing says what is secret: the second set errs, and is named. */
	world.store_count = 0;
	CHECK_INT(tip_authorize_world(&world, &request, &result, NULL), TIP_OK);
	CHECK_INT(tip_result_error_count(result), 1);
	CHECK_INT(tip_result_error_set(result, 0), 1);
	CHECK(tip_result_error_set(result, 1) == SIZE_MAX && tip_result_reason_set(NULL, 0) == SIZE_MAX);
	tip_result_free(result);
	world.set_count = 0;
	CHECK_INT(tip_authorize_world(&world, &request, &result, NULL), TIP_OK);
	CHECK_INT(tip_result_decision(result), TIP_DENY);
	tip_result_free(result);
	for (size_t i = 0; i < 3; i++)
		tip_policyset_free((struct tip_policyset *)(uintptr_t)sets[i]);
	for (size_t i = 0; i < 2; i++)
		tip_entities_free((struct tip_entities *)(uintptr_t)stores[i]);
}

TEST(a_world_that_cannot_be_is_refused)
{
	struct tip_policyset *set = policies("permit (principal, action, resource);");
	const struct tip_policyset *sets[65], *none[] = {NULL};
	const struct tip_entities *stores[16] = {NULL};
	struct tip_request request = request_of(TEXT(""));
	struct tip_result *result;
	for (size_t i = 0; i < 65; i++)
		sets[i] = set;
	const struct {
		struct tip_world world;
		int code;
	} rows[] = {
		{{.size = sizeof(struct tip_world), .sets = sets, .set_count = 65}, TIP_LIMIT},
		{{.size = sizeof(struct tip_world), .sets = sets, .set_count = 1, .stores = stores, .store_count = 16}, TIP_LIMIT},
		{{.size = sizeof(struct tip_world), .sets = none, .set_count = 1}, TIP_USAGE},
		{{.size = sizeof(struct tip_world), .set_count = 1}, TIP_USAGE},
		{{.size = sizeof(struct tip_world), .sets = sets, .set_count = 1, .stores = stores, .store_count = 1}, TIP_USAGE},
		{{.size = sizeof(struct tip_world), .store_count = 1}, TIP_USAGE},
		{{.size = 8, .sets = sets, .set_count = 1}, TIP_USAGE},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		CHECK_INT(tip_authorize_world(&rows[i].world, &request, &result, &error), rows[i].code);
		CHECK(!result && error.sentence[0]);
	}
	CHECK_INT(tip_authorize_world(NULL, &request, &result, NULL), TIP_USAGE);
	tip_policyset_free(set);
}

TEST(templates_are_linked_by_the_caller)
{
	static const char text[] = "permit (principal == ?principal, action, resource in ?resource);\n"
				   "@id(\"x\") forbid (principal, action, resource == ?resource);";
	struct tip_link links[] = {
		{.template_id = TEXT("policy0"), .id = TEXT("bot on faq"), .principal_type = TEXT("Agent"), .principal_id = TEXT("bot"),
		 .resource_type = TEXT("File"), .resource_id = TEXT("faq")},
		{.template_id = TEXT("policy1"), .id = TEXT("no secrets"), .resource_type = TEXT("File"), .resource_id = TEXT("secret")}};
	struct tip_parse_options options = TIP_PARSE_OPTIONS_INIT;
	struct tip_request request = request_of(TEXT(""));
	struct tip_policyset *set;
	struct tip_policy policy = TIP_POLICY_INIT;
	struct tip_result *result;
	options.links = links;
	options.link_count = 2;
	error = (struct tip_error)TIP_ERROR_INIT;
	CHECK_INT(tip_policyset_parse(text, strlen(text), &options, &set, &error), TIP_OK);
	CHECK_INT(tip_policyset_count(set), 2);
	CHECK_INT(tip_policyset_template_count(set), 2);
	CHECK_INT(tip_policyset_template(set, 1, &policy), TIP_OK);
	check_text(policy.id, "policy1");
	CHECK_INT(policy.annotation_count, 1);
	CHECK_INT(tip_policyset_template(set, 2, &policy), TIP_NOT_FOUND);
	CHECK_INT(tip_policyset_template(NULL, 0, &policy), TIP_USAGE);
	CHECK_INT(tip_policyset_template_count(NULL), 0);
	CHECK_INT(tip_authorize(set, NULL, &request, &result, NULL), TIP_OK);
	CHECK_INT(tip_result_decision(result), TIP_ALLOW);
	check_text(tip_result_reason(result, 0), "bot on faq");
	tip_result_free(result);
	tip_policyset_free(set);
	/* What is wrong with links. */
	const struct {
		struct tip_link link;
		int code;
	} rows[] = {
		{{.template_id = TEXT("policy7"), .id = TEXT("a")}, TIP_NOT_FOUND},
		{{.template_id = TEXT("policy1"), .id = TEXT("a")}, TIP_INVALID},
		{{.template_id = TEXT("policy1"), .id = TEXT("a"), .resource_type = TEXT("no name!"), .resource_id = TEXT("x")}, TIP_INVALID},
		{{.template_id = TEXT("policy1"), .id = TEXT("a"), .resource_type = TEXT("File"), .resource_id = TEXT("\xff")}, TIP_INVALID},
		{{.template_id = TEXT("policy1"), .id = TEXT("policy0"), .resource_type = TEXT("File"), .resource_id = TEXT("x")}, TIP_CONFLICT},
		{{.template_id = TEXT("policy1"), .id = {NULL, 1}}, TIP_USAGE},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		options.links = &rows[i].link;
		options.link_count = 1;
		CHECK_INT(tip_policyset_parse(text, strlen(text), &options, &set, &error), rows[i].code);
		CHECK(!set && error.sentence[0]);
	}
	options.links = NULL;
	CHECK_INT(tip_policyset_parse(text, strlen(text), &options, &set, &error), TIP_USAGE);
}

/* The struct as the first header had it, and nothing behind it that may be read. */
TEST(a_program_of_the_first_header_goes_on_working)
{
	static const char text[] = "permit (principal, action, resource);";
	size_t first = offsetof(struct tip_parse_options, links);
	struct tip_parse_options *options = memory_alloc(first);
	struct tip_policyset *set;
	CHECK(options != NULL);
	options->size = first;
	options->id_prefix = TEXT("p");
	CHECK_INT(tip_policyset_parse(text, strlen(text), options, &set, NULL), TIP_OK);
	CHECK_INT(tip_policyset_find(set, "p0", 2), 0);
	tip_policyset_free(set);
	options->size = first - 1;
	CHECK_INT(tip_policyset_parse(text, strlen(text), options, &set, NULL), TIP_USAGE);
	memory_free(options);
}

#define SCHEMA "entity Agent, File { secret: Bool }; action read appliesTo { principal: Agent, resource: File, context: {n: Long} };"

TEST(what_does_not_conform_is_found)
{
	struct tip_schema *schema = schema_of(SCHEMA);
	struct tip_request request = request_of(TEXT("{\"n\": 1}"));
	struct tip_validation *validation;
	struct tip_finding finding = TIP_FINDING_INIT;
	CHECK_INT(tip_check_request(&request, &validation, &error), TIP_USAGE);
	request.schema = schema;
	CHECK_INT(tip_check_request(&request, &validation, NULL), TIP_OK);
	CHECK_INT(tip_validation_error_count(validation), 0);
	tip_validation_free(validation);
	request.context = TEXT("{\"n\": \"1\"}");
	request.principal_type = TEXT("File");
	CHECK_INT(tip_check_request(&request, &validation, NULL), TIP_OK);
	CHECK(tip_validation_error_count(validation) > 0);
	CHECK_INT(tip_validation_finding(validation, 0, &finding), TIP_OK);
	CHECK(finding.sentence.len > 0 && !finding.is_warning && finding.line == 0);
	tip_validation_free(validation);
	struct tip_entities *store = entities("[{\"uid\":{\"type\":\"File\",\"id\":\"a\"},\"attrs\":{\"secret\":7},\"parents\":[]}]");
	CHECK_INT(tip_check_entities(schema, store, &validation, NULL), TIP_OK);
	CHECK_INT(tip_validation_error_count(validation), 1);
	tip_validation_free(validation);
	CHECK_INT(tip_check_entities(NULL, store, &validation, NULL), TIP_USAGE);
	CHECK(!validation);
	CHECK_INT(tip_check_entities(schema, NULL, &validation, NULL), TIP_USAGE);
	CHECK_INT(tip_check_entities(schema, store, NULL, NULL), TIP_USAGE);
	tip_entities_free(store);
	tip_schema_free(schema);
}

TEST(unknowns_leave_residual_policies)
{
	struct tip_policyset *set = policies("permit (principal == Agent::\"bot\", action, resource) when { context.n == 1 && context.m > 2 };\n"
					     "forbid (principal, action, resource == File::\"secret\");");
	const struct tip_policyset *sets[] = {set};
	struct tip_world world = {.size = sizeof(world), .sets = sets, .set_count = 1};
	struct tip_request request = request_of(TEXT("{\"n\": 1}"));
	const struct tip_text fields[] = {TEXT("m"), TEXT("n")};
	struct tip_partial *partial;
	struct tip_text id, text;
	CHECK_INT(tip_partial_authorize(&world, &request, fields, 1, &partial, NULL), TIP_OK);
	CHECK_INT(tip_partial_possibility(partial), TIP_MAYBE);
	CHECK_INT(tip_partial_residual_count(partial), 1);
	CHECK_INT(tip_partial_residual(partial, 0, &id, &text), TIP_OK);
	check_text(id, "policy0");
	CHECK(slice_find(slice_from(text.ptr, text.len), SLICE("context.m")) != SIZE_MAX);
	CHECK(slice_find(slice_from(text.ptr, text.len), SLICE("context.n")) == SIZE_MAX);
	CHECK_INT(tip_partial_residual(partial, 1, &id, &text), TIP_NOT_FOUND);
	CHECK_INT(tip_partial_residual(partial, 0, NULL, &text), TIP_USAGE);
	tip_partial_free(partial);
	request.principal_id = TEXT("other");
	CHECK_INT(tip_partial_authorize(&world, &request, fields, 1, &partial, NULL), TIP_OK);
	CHECK_INT(tip_partial_possibility(partial), TIP_NEVER);
	tip_partial_free(partial);
	request.principal_id = (struct tip_text){NULL, 0};
	request.flags = TIP_UNKNOWN_PRINCIPAL;
	request.context = TEXT("{\"n\": 1, \"m\": 3}");
	CHECK_INT(tip_partial_authorize(&world, &request, NULL, 0, &partial, NULL), TIP_OK);
	CHECK_INT(tip_partial_possibility(partial), TIP_MAYBE);
	tip_partial_free(partial);
	/* What cannot be. */
	CHECK_INT(tip_partial_authorize(&world, &request, fields, 1, &partial, &error), TIP_USAGE);
	CHECK_INT(tip_partial_authorize(&world, &request, NULL, 1, &partial, &error), TIP_USAGE);
	request.principal_id = TEXT("bot");
	CHECK_INT(tip_partial_authorize(&world, &request, NULL, 0, &partial, &error), TIP_USAGE);
	CHECK(!partial);
	request.flags = 0;
	CHECK_INT(tip_partial_authorize(&world, &request, NULL, 0, NULL, &error), TIP_USAGE);
	request.flags = TIP_WITH_FACTS;
	CHECK_INT(tip_partial_authorize(&world, &request, NULL, 0, &partial, &error), TIP_USAGE);
	request.flags = TIP_UNKNOWN_ACTION;
	struct tip_result *result;
	CHECK_INT(tip_authorize(set, NULL, &request, &result, &error), TIP_USAGE);
	CHECK_INT(tip_partial_possibility(NULL), TIP_NEVER);
	CHECK_INT(tip_partial_residual_count(NULL), 0);
	tip_partial_free(NULL);
	tip_policyset_free(set);
}

/* Everything that the library can be asked, by one thread of many. */
struct shared {
	struct tip_policyset *set;
	struct tip_entities *store;
	struct tip_schema *schema;
};

/* What is found, written and said of the same handles. */
static bool ask_more(const struct tip_world *world, const struct shared *shared)
{
	struct tip_request request = request_of(TEXT("{\"n\": 1}"));
	struct tip_string *json = NULL, *schema = NULL;
	struct tip_found *found = NULL;
	struct tip_remedy *remedy = NULL;
	struct tip_comparison *comparison = NULL;
	struct tip_analysis *analysis = NULL;
	bool fine = tip_remedy_find(world, &request, &remedy, NULL) == TIP_OK;
	request.resource_id = (struct tip_text){NULL, 0};
	request.flags = TIP_UNKNOWN_RESOURCE;
	fine = tip_search(world, &request, NULL, &found, NULL) == TIP_OK && tip_found_count(found) == 1 && fine;
	fine = tip_policyset_write_json(shared->set, &json, NULL) == TIP_OK && fine;
	fine = tip_schema_write(shared->schema, TIP_CEDAR, &schema, NULL) == TIP_OK && fine;
	fine = tip_analyze(shared->set, shared->schema, &analysis, NULL) == TIP_OK && fine;
	fine = tip_compare(shared->set, shared->set, NULL, &comparison, NULL) == TIP_OK && fine;
	fine = tip_comparison_count(comparison) == 0 && fine;
	tip_string_free(json);
	tip_string_free(schema);
	tip_found_free(found);
	tip_remedy_free(remedy);
	tip_analysis_free(analysis);
	tip_comparison_free(comparison);
	return fine;
}

static void *ask_all(void *context)
{
	const struct shared *shared = context;
	const struct tip_policyset *sets[] = {shared->set, shared->set};
	const struct tip_entities *stores[] = {shared->store};
	struct tip_world world = {.size = sizeof(world), .sets = sets, .set_count = 2, .stores = stores, .store_count = 1};
	struct tip_request request = request_of(TEXT("{\"n\": 1}"));
	const struct tip_text field = TEXT("m");
	uintptr_t fine = 0;
	request.schema = shared->schema;
	for (int i = 0; i < 50; i++) {
		struct tip_result *result;
		struct tip_partial *partial;
		struct tip_validation *valid, *conforms;
		request.schema = NULL;
		bool all = tip_partial_authorize(&world, &request, &field, 1, &partial, NULL) == TIP_OK;
		request.schema = shared->schema;
		all = tip_authorize_world(&world, &request, &result, NULL) == TIP_OK && all;
		all = tip_validate(shared->set, shared->schema, TIP_STRICT, &valid, NULL) == TIP_OK && all;
		all = tip_check_request(&request, &conforms, NULL) == TIP_OK && all;
		all = (i % 10 != 0 || ask_more(&world, shared)) && all;
		fine += all && tip_result_decision(result) == TIP_ALLOW && tip_validation_error_count(conforms) == 0;
		tip_partial_free(partial);
		tip_result_free(result);
		tip_validation_free(valid);
		tip_validation_free(conforms);
	}
	return (void *)fine; /* a number, not a place */
}

TEST(many_threads_ask_everything_of_the_same_handles)
{
	struct shared shared = {policies("permit (principal, action, resource) when { context.n == 1 };"),
				entities("[{\"uid\":{\"type\":\"File\",\"id\":\"faq\"},\"attrs\":{\"secret\":false},\"parents\":[]}]"),
				schema_of(SCHEMA)};
	pthread_t threads[16];
	for (int i = 0; i < 16; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, ask_all, &shared), 0);
	for (int i = 0; i < 16; i++) {
		void *fine;
		CHECK_INT(pthread_join(threads[i], &fine), 0);
		CHECK_INT((uintptr_t)fine, 50);
	}
	tip_policyset_free(shared.set);
	tip_entities_free(shared.store);
	tip_schema_free(shared.schema);
}
