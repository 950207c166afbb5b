#include "cedar/cedar.h"

#include "check.h"
#include "unit/cedar/world.h"

#define FACTS_TOLD_MAX 16u

/* One decision with its facts in words. */
struct scene {
	struct arena arena;
	struct cedar_policyset *sets[2];
	struct cedar_entities *entities;
	struct cedar_result result;
	struct cedar_fact_text facts[FACTS_TOLD_MAX];
};

/* Agent::"a1" (owner "o", of the team T::"t\n") does Action::"read" with File::"/etc"; the context is {task: {purpose: "x"}}. */
static void decide(struct scene *scene, slice first, slice second)
{
	static const char entities[] =
		"[{\"uid\":{\"type\":\"Agent\",\"id\":\"a1\"},\"attrs\":{\"owner\":\"o\"},\"parents\":[{\"type\":\"T\",\"id\":\"t\\n\"}]},"
		"{\"uid\":{\"type\":\"File\",\"id\":\"/etc\"},\"attrs\":{},\"parents\":[{\"type\":\"Server\",\"id\":\"fs\"}]}]";
	struct cedar_field purpose = {SLICE("purpose"), cedar_string(SLICE("x"))}, task = {.key = SLICE("task")};
	struct cedar_request request = {.with_facts = true};
	struct fault why = {0};
	*scene = (struct scene){.sets = {world_policies(first), world_policies(second)},
				.entities = world_entities(slice_of(entities))};
	arena_init(&scene->arena, 1 << 22);
	CHECK_OK(cedar_record(&scene->arena, &purpose, 1, &task.value, &why), why);
	CHECK_OK(cedar_record(&scene->arena, &task, 1, &request.context, &why), why);
	request.principal = world_uid(&scene->arena, SLICE("Agent::\"a1\""));
	request.action = world_uid(&scene->arena, SLICE("Action::\"read\""));
	request.resource = world_uid(&scene->arena, SLICE("File::\"/etc\""));
	const struct cedar_policyset *const sets[] = {scene->sets[0], scene->sets[1]};
	const struct cedar_entities *const layers[] = {scene->entities};
	const struct cedar_world world = {layers, 1, sets, 2};
	(void)!cedar_authorize(&request, &world, &scene->arena, &scene->result);
	CHECK_INT(scene->result.failure, E_OK);
	for (size_t i = 0; i < scene->result.fact_count && i < FACTS_TOLD_MAX; i++) {
		struct cedar_fact_scratch scratch;
		struct cedar_fact_text told = cedar_fact_tell(&scene->result.facts[i], &scratch);
		scene->facts[i].subject = arena_copy(&scene->arena, told.subject);
		scene->facts[i].value = arena_copy(&scene->arena, told.value);
	}
}

static void stop(struct scene *scene)
{
	cedar_policyset_free(scene->sets[0]);
	cedar_policyset_free(scene->sets[1]);
	cedar_entities_free(scene->entities);
	arena_free(&scene->arena);
}

TEST(facts_name_what_was_read_once)
{
	struct scene scene;
	decide(&scene, SLICE("permit(principal, action == Action::\"read\", resource) when { context.task.purpose == \"x\" && "
			     "context.task.purpose like \"x*\" && principal has owner && resource in Server::\"fs\" };"),
	       SLICE(""));
	CHECK_INT(scene.result.decision, CEDAR_ALLOW);
	CHECK_INT(scene.result.fact_count, 4);
	CHECK_SLICE(scene.facts[0].subject, SLICE("action == Action::\"read\""));
	CHECK_SLICE(scene.facts[1].subject, SLICE("context.task.purpose"));
	CHECK_SLICE(scene.facts[1].value, SLICE("\"x\""));
	CHECK_SLICE(scene.facts[2].subject, SLICE("principal has owner"));
	CHECK_SLICE(scene.facts[3].subject, SLICE("resource in Server::\"fs\""));
	CHECK_SLICE(scene.facts[3].value, SLICE("true"));
	stop(&scene);
}

TEST(a_sentence_tells_what_was_read_and_what_was_not_there)
{
	struct scene scene;
	decide(&scene, SLICE("permit(principal, action, resource) when { principal.owner == \"p\" || context.task.risk < 3 };"),
	       SLICE(""));
	CHECK_INT(scene.result.decision, CEDAR_DENY);
	CHECK_INT(scene.result.fact_count, 2);
	CHECK_SLICE(cedar_fact_sentence(&scene.result.facts[0], &scene.arena), SLICE("principal.owner = \"o\""));
	CHECK_SLICE(cedar_fact_sentence(&scene.result.facts[1], &scene.arena), SLICE("context.task.risk is absent"));
	CHECK_INT(scene.facts[1].value.len, 0);
	stop(&scene);
}

TEST(what_two_sets_or_two_heads_read_is_one_fact)
{
	static const char policies[] =
		"permit(principal, action in [Action::\"read\", Action::\"write\"], resource) when { principal[\"owner\"] == \"o\" };"
		"permit(principal in T::\"t\\n\", action in [Action::\"read\", Action::\"write\"], resource is File);"
		"permit(principal in T::\"t\\n\", action, resource) when { principal.owner == \"p\" };";
	static const char *const expected[] = {"action in [Action::\"read\", Action::\"write\"]", "principal.owner",
					       "principal in T::\"t\\n\"", "resource is File"};
	struct scene scene;
	decide(&scene, slice_of(policies), slice_of(policies));
	CHECK_INT(scene.result.fact_count, 4);
	for (size_t i = 0; i < 4; i++) {
		bool told = false;
		for (size_t j = 0; j < scene.result.fact_count; j++)
			told = told || slice_equal(scene.facts[j].subject, slice_of(expected[i]));
		CHECK(told);
	}
	stop(&scene);
}

/* A head and a condition that are the same words are one fact; one of another variable or entity is another. */
TEST(what_a_head_says_is_not_said_again_by_a_condition)
{
	struct scene scene;
	decide(&scene, SLICE("permit(principal, action, resource in Server::\"fs\");"
			     "permit(principal in T::\"t\\n\", action, resource is File in Server::\"fs\");"),
	       SLICE("permit(principal, action, resource) when { resource in Server::\"fs\" && resource is File in "
		     "Server::\"fs\" && principal in T::\"t\\n\" && !(resource in T::\"t\\n\") && !(principal in Server::\"fs\") "
		     "};"));
	CHECK_INT(scene.result.decision, CEDAR_ALLOW);
	CHECK_INT(scene.result.reason_count, 3);
	CHECK_INT(scene.result.fact_count, 5);
	for (size_t i = 0; i < 5; i++)
		for (size_t j = 0; j < i; j++)
			CHECK(!slice_equal(scene.facts[i].subject, scene.facts[j].subject));
	stop(&scene);
}

TEST(a_list_of_actions_is_the_same_in_a_head_and_in_a_condition)
{
	struct scene scene;
	decide(&scene, SLICE("permit(principal, action in [Action::\"read\", Action::\"write\"], resource) when { action in "
			     "Action::\"read\" && action in [Action::\"read\", Action::\"write\"] };"),
	       SLICE(""));
	CHECK_INT(scene.result.decision, CEDAR_ALLOW);
	CHECK_INT(scene.result.fact_count, 2);
	CHECK_SLICE(scene.facts[0].subject, SLICE("action in [Action::\"read\", Action::\"write\"]"));
	CHECK_SLICE(scene.facts[1].subject, SLICE("action in Action::\"read\""));
	stop(&scene);
}

TEST(a_long_fact_is_cut)
{
	struct scene scene;
	struct buffer text;
	buffer_init(&text, 1 << 16);
	buffer_add_text(&text, "permit(principal, action, resource) when { context has \"");
	for (unsigned i = 0; i < CEDAR_FACT_BYTES_MAX; i++)
		buffer_add_byte(&text, 'x');
	buffer_add_text(&text, "y\" };");
	decide(&scene, buffer_slice(&text), SLICE(""));
	CHECK_INT(scene.result.fact_count, 1);
	CHECK(scene.facts[0].subject.len <= CEDAR_FACT_BYTES_MAX);
	CHECK(slice_starts_with(scene.facts[0].subject, SLICE("context has ")));
	CHECK_SLICE(scene.facts[0].value, SLICE("false"));
	stop(&scene);
	buffer_free(&text);
}
