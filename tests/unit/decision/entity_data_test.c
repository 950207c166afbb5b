#include "decision/entity_data.h"

#include "decision/directory.h"
#include "world.h"

#define USER(id, attributes) "{\"uid\":{\"type\":\"user\",\"id\":\"" id "\"},\"attrs\":{" attributes "},\"parents\":[]}"

static enum error try_two(const char *first, const char *second, struct fault *why)
{
	const struct plan_source sources[] = {{SLICE("a.entities.json"), slice_of(first)},
					      {SLICE("b.entities.json"), slice_of(second)}};
	*why = (struct fault){0};
	return entity_data_check(&world_key, sources, 2, why);
}

TEST(sets_of_entities_are_loaded_together_or_refused)
{
	struct fault why;
	CHECK_OK(try_two("[" USER("a", "") "]", "[" USER("b", "\"x\":1") "]", &why), why);
	CHECK_OK(try_two("[" USER("a", "\"x\":1") "]", "[" USER("a", "\"x\":1") "]", &why), why);
	CHECK_ERROR(try_two("[" USER("a", "\"x\":1") "]", "[" USER("a", "\"x\":2") "]", &why), E_CONFLICT);
	CHECK_ERROR(try_two("[" USER("a", "") "]", "[\n{]", &why), E_SYNTAX);
	CHECK(strncmp(why.sentence, "b.entities.json:2:", 18) == 0);
	CHECK_ERROR(try_two("[]", "{}", &why), E_INVALID);
	CHECK_ERROR(try_two("[{\"uid\":{\"type\":\"g\",\"id\":\"1\"},\"attrs\":{},\"parents\":[{\"type\":\"g\",\"id\":\"2\"}]}]",
			    "[{\"uid\":{\"type\":\"g\",\"id\":\"2\"},\"attrs\":{},\"parents\":[{\"type\":\"g\",\"id\":\"1\"}]}]", &why),
		    E_CONFLICT);
}

TEST(entities_of_the_registry_cannot_be_made_up)
{
	struct fault why;
	CHECK_ERROR(try_two("[]", "[{\"uid\":{\"type\":\"Tipstaff::Agent\",\"id\":\"bot\"},\"attrs\":{},\"parents\":[]}]", &why),
		    E_INVALID);
	CHECK(strstr(why.sentence, "Tipstaff::Agent") != NULL);
	CHECK_OK(try_two("[]", "[{\"uid\":{\"type\":\"Tipstaffs\",\"id\":\"bot\"},\"attrs\":{},\"parents\":[]}]", &why), why);
}

#define QUOTED_USER(id) "{\\\"uid\\\":{\\\"type\\\":\\\"user\\\",\\\"id\\\":\\\"" id "\\\"},\\\"attrs\\\":{},\\\"parents\\\":[]}"

static void check_names(const struct snapshot *snapshot, slice type, const char *expected)
{
	struct buffer text;
	size_t count;
	const struct cedar_uid *const *names = directory_of_type(snapshot->directory, type, &count);
	buffer_init(&text, 4096);
	for (size_t i = 0; i < count; i++)
		buffer_print(&text, "%s%.*s", i ? " " : "", SLICE_ARG(names[i]->id));
	CHECK_SLICE(buffer_slice(&text), slice_of(expected));
	buffer_free(&text);
}

TEST(the_directory_knows_what_is_stored_and_what_policies_name)
{
	struct world world;
	world_make(&world);
	check_names(world.snapshot, SLICE("user"), "");
	world_put(&world, "entities", "e", "\"text\":\"[" QUOTED_USER("zoe") "," QUOTED_USER("bea") "]\"");
	const struct snapshot *before = world.snapshot;
	world_put(&world, "policy", "p", "\"text\":\"permit (principal == user::\\\"ann\\\", action in [Action::\\\"b\\\","
					 " Action::\\\"a\\\"], resource) when { context.who == user::\\\"bea\\\" ||"
					 " [user::\\\"eve\\\"].contains(principal) };\"");
	check_names(world.snapshot, SLICE("user"), "ann bea eve zoe");
	check_names(world.snapshot, SLICE("Action"), "a b");
	check_names(world.snapshot, SLICE("use"), "");
	check_names(world.snapshot, SLICE("users"), "");
	check_names(before, SLICE("user"), "bea zoe");
	world_delete(&world, "entities", "e");
	check_names(world.snapshot, SLICE("user"), "ann bea eve");
	CHECK(!world.snapshot->entities);
	world_free(&world);
}

TEST(entities_that_cannot_be_loaded_deny_everything)
{
	struct world world;
	world_make(&world);
	struct decision_input input = world_input(&world, "fs.read_file", READ_OK);
	struct decision decision;
	decide(&input, &decision, &world.arena);
	CHECK_INT(decision.verdict, PERMIT);
	world_put(&world, "entities", "e", "\"text\":\"[\"");
	CHECK(world.snapshot->broken && world.snapshot->broken_sentence[0]);
	input.snapshot = world.snapshot;
	decide(&input, &decision, &world.arena);
	CHECK_INT(decision.verdict, DENY);
	CHECK_INT(decision.reason, REASON_POLICY_ERROR);
	world_put(&world, "entities", "e", "\"text\":\"[]\"");
	CHECK(!world.snapshot->broken);
	world_free(&world);
}

TEST(policies_about_agents_read_the_operators_entities_too)
{
	struct world world;
	world_make(&world);
	world_put(&world, "policy", "p", "\"text\":\"forbid (principal, action, resource) unless {"
					 " switch::\\\"main\\\".on };\"");
	struct decision_input input = world_input(&world, "fs.read_file", READ_OK);
	struct decision decision;
	world_put(&world, "entities", "e", "\"text\":\"[{\\\"uid\\\":{\\\"type\\\":\\\"switch\\\",\\\"id\\\":\\\"main\\\"},"
					   "\\\"attrs\\\":{\\\"on\\\":false},\\\"parents\\\":[]}]\"");
	input.snapshot = world.snapshot;
	decide(&input, &decision, &world.arena);
	CHECK_INT(decision.reason, REASON_FORBIDDEN);
	world_put(&world, "entities", "e", "\"text\":\"[{\\\"uid\\\":{\\\"type\\\":\\\"switch\\\",\\\"id\\\":\\\"main\\\"},"
					   "\\\"attrs\\\":{\\\"on\\\":true},\\\"parents\\\":[]}]\"");
	input.snapshot = world.snapshot;
	decide(&input, &decision, &world.arena);
	CHECK_INT(decision.verdict, PERMIT);
	world_free(&world);
}

TEST(no_memory_leaves_the_former_snapshot)
{
	struct world world;
	struct fault why = {0};
	world_make(&world);
	const struct snapshot *before = world.snapshot;
	CHECK_OK(snapshot_builder_apply(world.builder, SLICE("{\"op\":\"put\",\"kind\":\"entities\",\"id\":\"e\",\"object\":{"
							     "\"id\":\"e\",\"text\":\"[" QUOTED_USER("zoe") "]\"}}"), &why), why);
	for (uint64_t nth = 1;; nth++) {
		memory_fail_at(nth);
		enum error code = snapshot_publish(world.builder, &world.snapshot, &world.retired, &why);
		memory_fail_at(0);
		if (code == E_OK)
			break;
		CHECK_ERROR(code, E_MEMORY);
		CHECK(world.snapshot == before);
		check_names(before, SLICE("user"), "");
	}
	check_names(world.snapshot, SLICE("user"), "zoe");
	world_free(&world);
}

static void expect_level(struct world *world, const char *user, int64_t level)
{
	struct cedar_entity_info info;
	struct cedar_uid uid = cedar_uid_make(&world_key, SLICE("user"), slice_of(user));
	bool found = cedar_entities_find(world->snapshot->entities, &uid, &info);
	CHECK_INT(found, level >= 0);
	if (found)
		CHECK_INT(cedar_record_get(info.attributes, SLICE("level"))->as.integer, level);
}

#define LEVEL_USER(id, level) \
	"{\\\"uid\\\":{\\\"type\\\":\\\"user\\\",\\\"id\\\":\\\"" id "\\\"},\\\"attrs\\\":{\\\"level\\\":" level "},\\\"parents\\\":[" \
	"{\\\"type\\\":\\\"team\\\",\\\"id\\\":\\\"" level "\\\"}]}"

TEST(one_set_of_entities_changes_and_the_others_stay)
{
	struct world world;
	world_make(&world);
	world_put(&world, "entities", "a", "\"text\":\"[" LEVEL_USER("zoe", "1") "," LEVEL_USER("bea", "2") "]\"");
	world_put(&world, "entities", "b", "\"text\":\"[" LEVEL_USER("ann", "3") "]\"");
	const struct snapshot *before = world.snapshot;
	struct cedar_entity_info info, same;
	struct cedar_uid ann = cedar_uid_make(&world_key, SLICE("user"), SLICE("ann"));
	CHECK(cedar_entities_find(before->entities, &ann, &info));
	world_put(&world, "entities", "a", "\"text\":\"[" LEVEL_USER("zoe", "7") "," LEVEL_USER("eve", "4") "]\"");
	expect_level(&world, "zoe", 7);
	expect_level(&world, "bea", -1);
	expect_level(&world, "eve", 4);
	check_names(world.snapshot, SLICE("user"), "ann eve zoe");
	/* Not only equal: what did not change is the very same. */
	CHECK(cedar_entities_find(world.snapshot->entities, &ann, &same) && same.uid == info.uid);
	CHECK_INT(cedar_entities_count(before->entities), 3);
	world_delete(&world, "entities", "a");
	CHECK_INT(cedar_entities_count(world.snapshot->entities), 1);
	expect_level(&world, "ann", 3);
	world_free(&world);
}

TEST(sets_that_share_entities_or_disagree_are_read_again)
{
	struct world world;
	world_make(&world);
	world_put(&world, "entities", "a", "\"text\":\"[" LEVEL_USER("zoe", "1") "]\"");
	world_put(&world, "entities", "b", "\"text\":\"[" LEVEL_USER("ann", "3") "]\"");
	world_put(&world, "entities", "b", "\"text\":\"[" LEVEL_USER("zoe", "2") "]\"");
	CHECK(world.snapshot->broken);
	world_put(&world, "entities", "b", "\"text\":\"[" LEVEL_USER("zoe", "1") "," LEVEL_USER("ann", "5") "]\"");
	CHECK(!world.snapshot->broken);
	/* Both have brought her; one of them goes. */
	world_delete(&world, "entities", "a");
	expect_level(&world, "zoe", 1);
	expect_level(&world, "ann", 5);
	world_put(&world, "entities", "b", "\"text\":\"[" LEVEL_USER("ann", "6") ",]\"");
	CHECK(world.snapshot->broken);
	world_put(&world, "entities", "b", "\"text\":\"[" LEVEL_USER("ann", "6") "]\"");
	CHECK(!world.snapshot->broken);
	expect_level(&world, "zoe", -1);
	expect_level(&world, "ann", 6);
	world_free(&world);
}
