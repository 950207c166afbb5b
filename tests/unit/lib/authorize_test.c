/* Decisions through the public library: refused, explained, without memory, from many threads. */
#include <tipstaff/tipstaff.h>

#include "base/memory.h"
#include "check.h"

#include <pthread.h>
#include <string.h>

#define TEXT(literal) ((struct tip_text){literal, sizeof(literal) - 1})

static const char policies[] =
	"permit (principal in Team::\"t\", action in Action::\"any\", resource) when { context.n == 1 };\n"
	"forbid (principal, action, resource) when { resource == File::\"a\\0b\" };\n"
	"permit (principal, action, resource) when { principal.missing };\n";
static const char store[] = "[{\"uid\":{\"type\":\"Agent\",\"id\":\"bot\"},\"attrs\":{},"
			    "\"parents\":[{\"type\":\"Team\",\"id\":\"t\"}]}]";
static const char groups[] = "entity Team; entity Agent in [Team]; entity File; action any; action read in [any] "
			     "appliesTo { principal: Agent, resource: File, context: { n: Long } };";

struct world {
	struct tip_policyset *set;
	struct tip_entities *entities;
	struct tip_schema *schema;
	struct tip_request request;
};

static void start(struct world *world)
{
	CHECK_INT(tip_policyset_parse(policies, strlen(policies), NULL, &world->set, NULL), TIP_OK);
	CHECK_INT(tip_entities_parse_json(store, strlen(store), NULL, &world->entities, NULL), TIP_OK);
	CHECK_INT(tip_schema_parse(groups, strlen(groups), NULL, &world->schema, NULL), TIP_OK);
	world->request = (struct tip_request){.size = sizeof(world->request), .principal_type = TEXT("Agent"),
		.principal_id = TEXT("bot"), .action_type = TEXT("Action"), .action_id = TEXT("read"),
		.resource_type = TEXT("File"), .resource_id = TEXT("faq"), .context = TEXT("{\"n\": 1}"),
		.schema = world->schema};
}

static void stop(struct world *world)
{
	tip_policyset_free(world->set);
	tip_entities_free(world->entities);
	tip_schema_free(world->schema);
}

/* Asks where no answer is expected. */
static int refused(const struct world *world, struct tip_error *error)
{
	struct tip_result *result = (struct tip_result *)error;
	int code = tip_authorize(world->set, world->entities, &world->request, &result, error);
	CHECK(!result);
	CHECK_INT(tip_result_decision(result), TIP_DENY);
	return code;
}

TEST(a_bad_request_is_refused_and_denied)
{
	struct world world;
	struct tip_error error = TIP_ERROR_INIT;
	start(&world);
	struct tip_request good = world.request;
	world.request.context = TEXT("{\"n\":\n1");
	CHECK_INT(refused(&world, &error), TIP_SYNTAX);
	CHECK_INT(error.line, 2);
	world.request.context = TEXT("[1]");
	CHECK_INT(refused(&world, &error), TIP_INVALID);
	world.request.context = TEXT("{\"x\": null}");
	CHECK_INT(refused(&world, &error), TIP_INVALID);
	CHECK_INT(error.column, 7);
	world.request.context = (struct tip_text){NULL, 4};
	CHECK_INT(refused(&world, &error), TIP_USAGE);
	world.request = good;
	world.request.principal_type = TEXT("not a name");
	CHECK_INT(refused(&world, &error), TIP_INVALID);
	world.request = good;
	world.request.resource_id = TEXT("\xff");
	CHECK_INT(refused(&world, &error), TIP_INVALID);
	world.request = good;
	world.request.flags = 8;
	CHECK_INT(refused(&world, &error), TIP_USAGE);
	world.request = good;
	world.request.size = 8;
	CHECK_INT(refused(&world, &error), TIP_USAGE);
	stop(&world);
}

TEST(a_context_beyond_the_limit_is_refused)
{
	struct world world;
	size_t size = (4u << 20) + 1;
	char *text = memory_alloc(size);
	CHECK(text != NULL);
	memset(text, ' ', size);
	start(&world);
	world.request.context = (struct tip_text){text, size};
	CHECK_INT(refused(&world, NULL), TIP_LIMIT);
	stop(&world);
	memory_free(text);
}

TEST(a_call_without_a_set_a_request_or_a_place_is_refused)
{
	struct world world;
	struct tip_result *result;
	start(&world);
	CHECK_INT(tip_authorize(NULL, NULL, &world.request, &result, NULL), TIP_USAGE);
	CHECK_INT(tip_authorize(world.set, NULL, NULL, &result, NULL), TIP_USAGE);
	CHECK_INT(tip_authorize(world.set, NULL, &world.request, NULL, NULL), TIP_USAGE);
	stop(&world);
}

TEST(a_result_tells_why_and_outlives_the_rest)
{
	struct world world;
	struct tip_result *result;
	struct tip_text id, sentence;
	start(&world);
	world.request.flags = TIP_WITH_FACTS;
	CHECK_INT(tip_authorize(world.set, world.entities, &world.request, &result, NULL), TIP_OK);
	stop(&world);
	CHECK_INT(tip_result_decision(result), TIP_ALLOW);
	CHECK_INT(tip_result_reason_count(result), 1);
	CHECK_SLICE(slice_from(tip_result_reason(result, 0).ptr, tip_result_reason(result, 0).len), SLICE("policy0"));
	CHECK(!tip_result_reason(result, 1).ptr);
	CHECK_INT(tip_result_error_count(result), 1);
	CHECK_INT(tip_result_error(result, 0, &id, &sentence), TIP_OK);
	CHECK_SLICE(slice_from(id.ptr, id.len), SLICE("policy2"));
	CHECK(sentence.len > 0);
	CHECK_INT(tip_result_error(result, 1, &id, &sentence), TIP_NOT_FOUND);
	CHECK_INT(tip_result_error(result, 0, NULL, &sentence), TIP_USAGE);
	CHECK(tip_result_fact_count(result) > 0);
	CHECK_INT(tip_result_fact(result, 0, &id, &sentence), TIP_OK);
	CHECK_INT(tip_result_fact(result, 999, &id, &sentence), TIP_NOT_FOUND);
	CHECK_INT(tip_result_fact(NULL, 0, &id, &sentence), TIP_USAGE);
	tip_result_free(result);
	tip_result_free(NULL);
}

static int decide(const struct world *world)
{
	struct tip_result *result;
	CHECK_INT(tip_authorize(world->set, world->entities, &world->request, &result, NULL), TIP_OK);
	int decision = tip_result_decision(result);
	tip_result_free(result);
	return decision;
}

TEST(nul_is_a_byte_of_an_id_and_groups_come_from_the_schema)
{
	struct world world;
	start(&world);
	CHECK_INT(decide(&world), TIP_ALLOW);
	world.request.resource_id = TEXT("a\0b");
	CHECK_INT(decide(&world), TIP_DENY);
	world.request.resource_id = TEXT("a");
	CHECK_INT(decide(&world), TIP_ALLOW);
	world.request.schema = NULL;
	CHECK_INT(decide(&world), TIP_DENY);
	stop(&world);
}

/* One run of everything; false where memory ran out. */
static bool run_all(void)
{
	struct tip_policyset *set = NULL;
	struct tip_entities *entities = NULL;
	struct tip_schema *schema = NULL;
	struct tip_result *result = NULL;
	struct tip_validation *validation = NULL, *conforms = NULL;
	struct tip_partial *partial = NULL;
	struct tip_request request = {.size = sizeof(request), .principal_type = TEXT("Agent"),
		.principal_id = TEXT("bot"), .action_type = TEXT("Action"), .action_id = TEXT("read"),
		.resource_type = TEXT("File"), .context = TEXT("{\"n\": 1}"), .flags = TIP_WITH_FACTS};
	int code = tip_policyset_parse(policies, strlen(policies), NULL, &set, NULL);
	if (code == TIP_OK)
		code = tip_entities_parse_json(store, strlen(store), NULL, &entities, NULL);
	if (code == TIP_OK)
		code = tip_schema_parse(groups, strlen(groups), NULL, &schema, NULL);
	if (code == TIP_OK)
		code = tip_validate(set, schema, TIP_STRICT, &validation, NULL);
	request.schema = schema;
	if (code == TIP_OK)
		code = tip_authorize(set, entities, &request, &result, NULL);
	bool allowed = tip_result_decision(result) == TIP_ALLOW;
	const struct tip_policyset *sets[] = {set};
	struct tip_world world = {.size = sizeof(world), .sets = sets, .set_count = 1};
	const struct tip_text field = TEXT("other");
	request.flags = 0;
	request.schema = NULL;
	if (code == TIP_OK)
		code = tip_partial_authorize(&world, &request, &field, 1, &partial, NULL);
	request.schema = schema;
	if (code == TIP_OK)
		code = tip_check_request(&request, &conforms, NULL);
	/* The engine tells a store that is full as TIP_LIMIT where it cannot know the reason. */
	CHECK(code == TIP_OK || code == TIP_MEMORY || code == TIP_LIMIT);
	CHECK(code != TIP_OK || allowed);
	tip_result_free(result);
	tip_partial_free(partial);
	tip_validation_free(conforms);
	tip_validation_free(validation);
	tip_schema_free(schema);
	tip_entities_free(entities);
	tip_policyset_free(set);
	return code == TIP_OK;
}

TEST(every_allocation_may_fail)
{
	uint64_t before = memory_count();
	CHECK(run_all());
	uint64_t count = memory_count() - before;
	for (uint64_t i = 1; i <= count; i++) {
		memory_fail_at(i);
		CHECK(!run_all());
	}
	memory_fail_at(0);
	CHECK(run_all());
}

static void *read_world(void *context)
{
	const struct world *world = context;
	uintptr_t allowed = 0;
	for (int i = 0; i < 200; i++) {
		struct tip_result *result;
		if (tip_authorize(world->set, world->entities, &world->request, &result, NULL) == TIP_OK)
			allowed += tip_result_decision(result) == TIP_ALLOW;
		tip_result_free(result);
	}
	return (void *)allowed; /* a number, not a place */
}

TEST(threads_share_the_handles)
{
	struct world world;
	pthread_t threads[4];
	start(&world);
	for (int i = 0; i < 4; i++)
		CHECK_INT(pthread_create(&threads[i], NULL, read_world, &world), 0);
	for (int i = 0; i < 4; i++) {
		void *allowed;
		CHECK_INT(pthread_join(threads[i], &allowed), 0);
		CHECK_INT((uintptr_t)allowed, 200);
	}
	stop(&world);
}
