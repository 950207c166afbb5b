#include "registry/plan_work.h"

#include "world.h"

#define DISCOVER(tools)                                                                                                \
	"{\"op\":\"discover\",\"kind\":\"server\",\"id\":\"fs\",\"actor\":\"operator:admin\",\"object\":{\"tools\":" tools "}}"
#define READ "{\"name\":\"read\",\"annotations\":{\"readOnlyHint\":true},"                                              \
	     "\"inputSchema\":{\"type\":\"object\",\"properties\":{\"path\":{\"type\":\"string\"}}}}"
#define READ_CHANGED "{\"name\":\"read\",\"description\":\"now sends it elsewhere\"}"
#define MOVE_FILE "{\"name\":\"move\",\"inputSchema\":{\"properties\":{\"path\":{},\"destination\":{}}}}"

static void make_server(struct world *world)
{
	world_make(world);
	CHECK_INT(world_do(world, CREATE("server", "{\"id\":\"fs\",\"url\":\"http://h/\"}")), 201);
}

TEST(new_tools_are_pinned_with_a_careful_guess)
{
	struct world world;
	make_server(&world);
	CHECK_INT(world_do(&world, DISCOVER("[" READ "," MOVE_FILE "]")), 200);
	CHECK(world_answer_has(&world, "\"created\":[\"fs.read\",\"fs.move\"]"));
	CHECK_SLICE(world_text(&world, KIND_TOOL, "fs.read", "effect"), SLICE("read"));
	CHECK_SLICE(world_text(&world, KIND_TOOL, "fs.move", "effect"), SLICE("destructive"));
	const struct registry_entry *read = registry_get(world.registry, KIND_TOOL, SLICE("fs.read"));
	const struct registry_entry *move = registry_get(world.registry, KIND_TOOL, SLICE("fs.move"));
	CHECK_SLICE(object_value(&read->object, SLICE("target")), SLICE("{\"argument\":\"path\",\"type\":\"path\"}"));
	CHECK_SLICE(object_value(&move->object, SLICE("target")), SLICE(""));
	CHECK_INT(world_do(&world, DISCOVER("[" READ "," MOVE_FILE "]")), 200);
	CHECK_INT(world.plan.count, 0);
	world_free(&world);
}

TEST(a_changed_definition_is_withheld_until_it_is_accepted)
{
	struct world world;
	make_server(&world);
	CHECK_INT(world_do(&world, DISCOVER("[" READ "]")), 200);
	slice pinned = world_text(&world, KIND_TOOL, "fs.read", "definition_sha256");
	CHECK_INT(world_do(&world, MOVE("tool", "fs.read", "accept")), 409);
	CHECK_INT(world_do(&world, DISCOVER("[" READ_CHANGED "]")), 200);
	CHECK(world_answer_has(&world, "\"changed\":[\"fs.read\"]"));
	CHECK_SLICE(world_text(&world, KIND_TOOL, "fs.read", "state"), SLICE("changed"));
	CHECK_SLICE(world_text(&world, KIND_TOOL, "fs.read", "definition_sha256"), pinned);
	slice offered = world_text(&world, KIND_TOOL, "fs.read", "offered_sha256");
	CHECK_INT(world_do(&world, MOVE("tool", "fs.read", "accept")), 200);
	CHECK_SLICE(world_text(&world, KIND_TOOL, "fs.read", "state"), SLICE("pinned"));
	CHECK_SLICE(world_text(&world, KIND_TOOL, "fs.read", "definition_sha256"), offered);
	CHECK_SLICE(world_text(&world, KIND_TOOL, "fs.read", "offered_sha256"), SLICE(""));
	world_free(&world);
}

TEST(what_went_is_gone_and_may_come_back_as_it_was)
{
	struct world world;
	make_server(&world);
	CHECK_INT(world_do(&world, DISCOVER("[" READ "]")), 200);
	CHECK_INT(world_do(&world, DISCOVER("[]")), 200);
	CHECK(world_answer_has(&world, "\"gone\":[\"fs.read\"]"));
	CHECK_SLICE(world_text(&world, KIND_TOOL, "fs.read", "state"), SLICE("gone"));
	CHECK_INT(world_do(&world, MOVE("tool", "fs.read", "accept")), 409);
	CHECK_INT(world_do(&world, DISCOVER("[" READ "]")), 200);
	CHECK(world_answer_has(&world, "\"restored\":[\"fs.read\"]"));
	CHECK_SLICE(world_text(&world, KIND_TOOL, "fs.read", "state"), SLICE("pinned"));
	world_free(&world);
}

TEST(an_operators_effect_stays_when_the_server_is_asked_again)
{
	struct world world;
	make_server(&world);
	CHECK_INT(world_do(&world, DISCOVER("[" READ "]")), 200);
	CHECK_INT(world_do(&world, PATCH("tool", "fs.read", "{\"effect\":\"external\"}")), 200);
	CHECK_INT(world_do(&world, DISCOVER("[" READ_CHANGED "]")), 200);
	CHECK_SLICE(world_text(&world, KIND_TOOL, "fs.read", "effect"), SLICE("external"));
	world_free(&world);
}

TEST(what_cannot_be_pinned_is_told_and_not_silently_left_out)
{
	struct world world;
	make_server(&world);
	CHECK_INT(world_do(&world, DISCOVER("[" READ "," READ_CHANGED ",{\"name\":\"a b\"},{\"name\":\"\"},7]")), 200);
	CHECK_INT(registry_count(world.registry, KIND_TOOL), 1);
	CHECK(world_answer_has(&world, "twice") && world_answer_has(&world, "characters") &&
	      world_answer_has(&world, "no name"));
	CHECK_SLICE(world_text(&world, KIND_TOOL, "fs.read", "state"), SLICE("pinned"));
	world_free(&world);
}

TEST(a_discovery_of_nothing_known_is_refused)
{
	struct world world;
	world_make(&world);
	CHECK_INT(world_do(&world, DISCOVER("[]")), 404);
	CHECK_INT(world_do(&world, CREATE("server", "{\"id\":\"fs\",\"url\":\"http://h/\"}")), 201);
	CHECK_INT(world_do(&world, DISCOVER("{}")), 422);
	world_free(&world);
}
