#include "registry/plan_work.h"

#include "world.h"

#include <string.h>

#define FOR(purpose) "permit(principal, action, resource) when { context.purpose == \\\"" purpose "\\\" };"
#define POLICY(id, text) "{\"id\":\"" id "\",\"text\":\"" text "\"}"
#define QUESTION(name, purpose, expect)                                                                                \
	"{\"name\":\"" name "\",\"principal\":\"User::\\\"a\\\"\",\"action\":\"Action::\\\"r\\\"\","                    \
	"\"resource\":\"File::\\\"x\\\"\",\"context\":{\"purpose\":\"" purpose "\"},\"expect\":\"" expect "\"}"
#define SUITE(id, about, tests) "{\"id\":\"" id "\",\"policies\":[" about "],\"tests\":[" tests "]}"
#define TOGETHER(object) "{\"op\":\"policies\",\"kind\":\"policy\"," ACTOR ",\"object\":" object "}"
#define DRY(object) "{\"op\":\"policies\",\"kind\":\"policy\"," ACTOR ",\"dry_run\":true,\"object\":" object "}"

#define SUPPORT_ONLY SUITE("s", "\"a\"", QUESTION("support may", "support", "permit") "," QUESTION("others may not", "x", "deny"))

static void world_with_suite(struct world *world)
{
	world_make(world);
	CHECK_INT(world_do(world, CREATE("policy", POLICY("a", FOR("support")))), 201);
	CHECK_INT(world_do(world, CREATE("suite", SUPPORT_ONLY)), 201);
}

/* 422, the sentence says why, and nothing has changed. */
static void refused(struct world *world, const char *command, const char *says)
{
	uint64_t revision = registry_revision(world->registry);
	size_t count = world_count(world);
	int status = world_do(world, command);
	if (status != 422 || !strstr(world->why.sentence, says))
		print_error("%s\n%d %s: %s\n", command, status, world->why.field, world->why.sentence);
	CHECK_INT(status, 422);
	CHECK(strstr(world->why.sentence, says) != NULL);
	CHECK_INT(registry_revision(world->registry), revision);
	CHECK_INT(world_count(world), count);
}

TEST(a_policy_change_that_fails_a_suite_is_refused_with_the_test_whatever_the_command)
{
	struct world world;
	const char *says = "`others may not`: expected deny, got permit by a#0 (a:1)";
	world_with_suite(&world);
	refused(&world, PUT("policy", "a", POLICY("a", "permit(principal, action, resource);")), says);
	refused(&world, PATCH("policy", "a", "{\"text\":\"permit(principal, action, resource);\"}"), says);
	refused(&world, TOGETHER("{\"policies\":[" POLICY("a", "permit(principal, action, resource);") "]}"), says);
	refused(&world, DRY("{\"policies\":[" POLICY("a", "permit(principal, action, resource);") "]}"), says);
	refused(&world, DELETE("policy", "a"), "it names the policy a, which is not there");
	refused(&world, TOGETHER("{\"delete_policies\":[\"a\"]}"), "it names the policy a, which is not there");
	CHECK_SLICE(world_text(&world, KIND_POLICY, "a", "text"), SLICE("permit(principal, action, resource) when { context.purpose == \"support\" };"));
	world_free(&world);
}

TEST(what_failed_is_told_test_by_test)
{
	struct world world;
	struct command command;
	world_with_suite(&world);
	CHECK_OK(command_read(&command, SLICE(PUT("policy", "a", POLICY("a", "forbid(principal, action, resource);"))),
			      &world.arena, &world.why), world.why);
	CHECK_INT(registry_plan(world.registry, &command, &world.context, &world.arena, &world.plan, &world.why), E_INVALID);
	CHECK_SLICE(world.plan.failed_tests, SLICE("[{\"suite\":\"s\",\"test\":\"support may\",\"expected\":\"permit\","
						   "\"got\":\"deny by a#0 (a:1)\"}]"));
	CHECK_INT(world.plan.count, 0);
	world_free(&world);
}

TEST(policies_and_their_tests_change_together_or_not_at_all)
{
	struct world world;
	world_with_suite(&world);
	/* Neither alone would pass. */
	refused(&world, PUT("policy", "a", POLICY("a", FOR("billing"))), "`support may`");
	refused(&world, PUT("suite", "s", SUITE("s", "\"a\"", QUESTION("billing may", "billing", "permit"))), "`billing may`");
	CHECK_INT(world_do(&world, TOGETHER("{\"policies\":[" POLICY("a", FOR("billing")) "],\"suites\":["
					    SUITE("s", "\"a\"", QUESTION("billing may", "billing", "permit")) "]}")), 200);
	CHECK(world_answer_has(&world, "\"tests_passed\":1"));
	CHECK(world_answer_has(&world, "{\"op\":\"update\",\"kind\":\"policy\",\"id\":\"a\"}"));
	/* The second of two is wrong: neither is stored. */
	refused(&world, TOGETHER("{\"policies\":[" POLICY("b", "permit(principal, action, resource);") "],\"suites\":["
				 "{\"id\":\"t\",\"tests\":[{\"name\":\"x\"}]}]}"), "tests[0].principal is required");
	CHECK_SLICE(slice_of(world.why.field), SLICE("suites[0].tests[0].principal"));
	CHECK(registry_get(world.registry, KIND_POLICY, SLICE("b")) == NULL);
	world_free(&world);
}

TEST(a_bundle_that_is_none_is_refused)
{
	static const char *const rows[][2] = {
		{TOGETHER("{\"policies\":[{\"text\":\"x\"}]}"), "policies[0] has no id"},
		{TOGETHER("{\"policies\":[" POLICY("b", FOR("x")) "," POLICY("b", FOR("y")) "]}"), "given twice"},
		{TOGETHER("{\"policies\":[" POLICY("b", FOR("x")) "],\"delete_policies\":[\"b\"]}"), "no policy `b`"},
		{TOGETHER("{\"delete_suites\":[\"z\"]}"), "no suite `z`"},
		{TOGETHER("{\"delete_suites\":[7]}"), "list of ids"},
		{TOGETHER("{\"polices\":[]}"), "no member `polices`"},
		{TOGETHER("{\"policies\":[{\"id\":\"b\",\"text\":\"x\",\"txet\":\"y\"}]}"), "no field `txet`"},
		{TOGETHER("{\"policies\":{}}"), "policies"},
	};
	struct world world;
	world_make(&world);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int status = world_do(&world, rows[i][0]);
		if (!(status == 422 || status == 409) || !strstr(world.why.sentence, rows[i][1]))
			print_error("%s\n%d %s\n", rows[i][0], status, world.why.sentence);
		CHECK(status == 422 || status == 409);
		CHECK(strstr(world.why.sentence, rows[i][1]) != NULL);
		CHECK_INT(world_count(&world), 0);
	}
	world_free(&world);
}

TEST(a_suite_that_names_no_policy_is_about_all_of_them)
{
	struct world world;
	world_make(&world);
	CHECK_INT(world_do(&world, CREATE("suite", SUITE("s", "", QUESTION("nobody", "x", "deny")))), 201);
	refused(&world, CREATE("policy", POLICY("late", "permit(principal, action, resource);")), "got permit by late#0");
	CHECK_INT(world_do(&world, CREATE("policy", POLICY("late", FOR("support")))), 201);
	world_free(&world);
}

TEST(a_suite_of_other_policies_does_not_stand_in_the_way)
{
	struct world world;
	world_with_suite(&world);
	CHECK_INT(world_do(&world, CREATE("policy", POLICY("b", "permit(principal, action, resource);"))), 201);
	CHECK_INT(world_do(&world, DELETE("suite", "s")), 204);
	CHECK_INT(world_do(&world, DELETE("policy", "a")), 204);
	world_free(&world);
}

TEST(policies_that_do_not_fit_the_schema_of_a_suite_are_refused_with_their_place)
{
	struct world world;
	world_make(&world);
	CHECK_INT(world_do(&world, CREATE("suite", "{\"id\":\"s\",\"schema\":\"entity User, File; action r appliesTo "
						   "{ principal: User, resource: File, context: {p: String} };\"}")), 201);
	refused(&world, CREATE("policy", "{\"id\":\"a\",\"source\":\"team/a.cedar\",\"text\":\"permit(principal, action,\\n resource) "
					 "when { context.q == 1 };\"}"),
		"team/a.cedar:2:19: a#0 does not fit the schema");
	CHECK_INT(world_do(&world, CREATE("policy", POLICY("a", "permit(principal, action, resource) when { context.p == \\\"x\\\" };"))), 201);
	refused(&world, CREATE("suite", "{\"id\":\"t\",\"schema\":\"entity User;\\naction r applies;\"}"), "suite t: schema:2:");
	world_free(&world);
}

TEST(each_change_of_the_set_makes_a_version_that_names_the_one_before)
{
	struct world world;
	world_with_suite(&world);
	CHECK_INT(registry_count(world.registry, KIND_POLICY_VERSION), 2);
	CHECK_SLICE(world_text(&world, KIND_POLICY_VERSION, "v2", "previous"), SLICE("v1"));
	CHECK_SLICE(world_text(&world, KIND_POLICY_VERSION, "v2", "actor"), SLICE("operator:admin"));
	/* The suite changed, the texts did not. */
	CHECK_SLICE(world_text(&world, KIND_POLICY_VERSION, "v2", "digest"),
		    world_text(&world, KIND_POLICY_VERSION, "v1", "digest"));
	CHECK_INT(world_do(&world, PUT("policy", "a", POLICY("a", FOR("support")))), 200);
	CHECK_INT(world_do(&world, PATCH("policy", "a", "{\"source\":\"elsewhere\"}")), 200);
	CHECK_INT(registry_count(world.registry, KIND_POLICY_VERSION), 2);
	CHECK_INT(world_do(&world, CREATE("policy", POLICY("b", FOR("x")))), 201);
	CHECK_SLICE(world_text(&world, KIND_POLICY_VERSION, "v3", "previous"), SLICE("v2"));
	CHECK(world_answer_has(&world, "\"policy_version\":{\"id\":\"v3\",\"digest\":\""));
	CHECK(!world_answer_has(&world, "\"created\":"));
	CHECK_INT(world_do(&world, CREATE("purpose", "{\"id\":\"p\"}")), 201);
	CHECK_INT(registry_count(world.registry, KIND_POLICY_VERSION), 3);
	world_free(&world);
}

TEST(nobody_writes_versions)
{
	static const char *const rows[] = {CREATE("policy_version", "{\"id\":\"v1\"}"), PUT("policy_version", "v1", "{}"),
					   PATCH("policy_version", "v1", "{\"number\":7}"), DELETE("policy_version", "v1")};
	struct world world;
	world_with_suite(&world);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		CHECK_INT(world_do(&world, rows[i]), 409);
	/* Nothing is kept here that one could go back to. */
	CHECK_INT(world_do(&world, MOVE("policy_version", "v1", "rollback")), 501);
	CHECK_INT(world_do(&world, MOVE("policy_version", "v9", "rollback")), 404);
	world_free(&world);
}
