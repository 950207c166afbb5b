#include "registry/plan_work.h"

#include "registry/lifecycle.h"
#include "world.h"

#include <stdio.h>
#include <string.h>

static void make_agent(struct world *world)
{
	world_make(world);
	CHECK_INT(world_do(world, CREATE("agent", "{\"id\":\"bot\",\"owner\":\"alice\",\"purpose\":\"support\"}")), 201);
}

static slice state_of_bot(struct world *world)
{
	return world_text(world, KIND_AGENT, "bot", "state");
}

TEST(an_agent_walks_through_its_life)
{
	struct world world;
	make_agent(&world);
	static const struct {
		const char *verb;
		int status;
		const char *state;
	} steps[] = {
		{"suspend", 409, "registered"},	 {"resume", 409, "registered"},	 {"approve", 200, "approved"},
		{"approve", 409, "approved"},	 {"suspend", 200, "suspended"},	 {"approve", 409, "suspended"},
		{"resume", 200, "approved"},	 {"quarantine", 200, "quarantined"}, {"suspend", 409, "quarantined"},
		{"resume", 200, "approved"},	 {"retire", 200, "decommissioned"}, {"retire", 409, "decommissioned"},
		{"approve", 409, "decommissioned"}, {"resume", 409, "decommissioned"}, {"observe", 409, "decommissioned"},
	};
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		char command[256];
		snprintf(command, sizeof(command),
			 "{\"op\":\"move\",\"kind\":\"agent\",\"id\":\"bot\"," ACTOR ",\"verb\":\"%s\"}", steps[i].verb);
		CHECK_INT(world_do(&world, command), steps[i].status);
		CHECK_SLICE(state_of_bot(&world), slice_of(steps[i].state));
	}
	world_free(&world);
}

TEST(a_move_needs_the_authority_of_its_mover)
{
	struct world world;
	make_agent(&world);
	CHECK_INT(world_do(&world, "{\"op\":\"move\",\"kind\":\"agent\",\"id\":\"bot\",\"verb\":\"approve\","
				   "\"actor\":\"owner:alice\"}"), 403);
	CHECK_INT(world_do(&world, MOVE("agent", "bot", "approve")), 200);
	CHECK_INT(world_do(&world, "{\"op\":\"move\",\"kind\":\"agent\",\"id\":\"bot\",\"verb\":\"observe\","
				   "\"actor\":\"monitor:drift\"}"), 403);
	CHECK_INT(world_do(&world, "{\"op\":\"move\",\"kind\":\"agent\",\"id\":\"bot\",\"verb\":\"quarantine\","
				   "\"actor\":\"monitor:drift\",\"reason\":\"fingerprint differs\"}"), 200);
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "state_reason"), SLICE("fingerprint differs"));
	CHECK_INT(world_do(&world, "{\"op\":\"move\",\"kind\":\"agent\",\"id\":\"bot\",\"verb\":\"resume\","
				   "\"actor\":\"monitor:drift\"}"), 403);
	world_free(&world);
}

TEST(every_move_cuts_off_the_tokens_before_it)
{
	struct world world;
	make_agent(&world);
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "cutoff_at"), SLICE(""));
	CHECK_INT(world_do(&world, MOVE("agent", "bot", "approve")), 200);
	slice first = world_text(&world, KIND_AGENT, "bot", "cutoff_at");
	CHECK(first.len > 0);
	CHECK_INT(world_do(&world, MOVE("agent", "bot", "suspend")), 200);
	CHECK(slice_compare(world_text(&world, KIND_AGENT, "bot", "cutoff_at"), first) > 0);
	world_free(&world);
}

TEST(new_keys_cut_off_what_the_old_ones_signed)
{
	struct world world;
	make_agent(&world);
	CHECK_INT(world_do(&world, PATCH("agent", "bot", "{\"jwks\":{\"keys\":[{\"kty\":\"EC\",\"x\":\"1\"}]}}")), 200);
	CHECK_SLICE(world_text(&world, KIND_AGENT, "bot", "cutoff_at"), SLICE(""));
	CHECK_INT(world_do(&world, PATCH("agent", "bot", "{\"jwks\":{\"keys\":[{\"kty\":\"EC\",\"x\":\"2\"}]}}")), 200);
	CHECK(world_text(&world, KIND_AGENT, "bot", "cutoff_at").len > 0);
	world_free(&world);
}

TEST(nobody_is_approved_for_a_purpose_that_ended_or_an_owner_who_left)
{
	struct world world;
	make_agent(&world);
	CHECK_INT(world_do(&world, PATCH("principal", "alice", "{\"state\":\"disabled\"}")), 200);
	CHECK_INT(world_do(&world, MOVE("agent", "bot", "approve")), 409);
	CHECK_SLICE(slice_of(world.why.field), SLICE("owner"));
	CHECK_INT(world_do(&world, PATCH("principal", "alice", "{\"state\":\"active\"}")), 200);
	CHECK_INT(world_do(&world, MOVE("purpose", "support", "retire")), 200);
	CHECK_INT(world_do(&world, MOVE("agent", "bot", "approve")), 409);
	CHECK_SLICE(slice_of(world.why.field), SLICE("purpose"));
	world_free(&world);
}

static void make_grant_and_task(struct world *world)
{
	make_agent(world);
	CHECK_INT(world_do(world, CREATE("grant", "{\"id\":\"g\",\"agent\":\"bot\",\"tools\":[\"fs.*\"],"
						  "\"purpose_id\":\"support\"}")), 201);
	CHECK_INT(world_do(world, CREATE("task", "{\"id\":\"t\",\"agent\":\"bot\",\"purpose\":\"support\"}")), 201);
}

TEST(a_retired_purpose_names_the_grants_that_stop)
{
	struct world world;
	make_grant_and_task(&world);
	CHECK_INT(world_do(&world, "{\"op\":\"move\",\"kind\":\"purpose\",\"id\":\"support\",\"verb\":\"retire\","
				   "\"dry_run\":true," ACTOR "}"), 200);
	CHECK(world_answer_has(&world, "\"affects\":[{\"kind\":\"grant\",\"id\":\"g\"}"));
	CHECK_INT(world_do(&world, MOVE("purpose", "support", "retire")), 200);
	CHECK(world_answer_has(&world, "{\"kind\":\"grant\",\"id\":\"g\"}"));
	CHECK_INT(world_do(&world, MOVE("purpose", "support", "retire")), 409);
	CHECK_INT(world_do(&world, CREATE("grant", "{\"agent\":\"bot\",\"tools\":[\"fs.*\"],\"purpose_id\":\"support\"}")),
		  422);
	world_free(&world);
}

TEST(a_retired_agent_keeps_no_grant_and_no_task)
{
	struct world world;
	make_grant_and_task(&world);
	CHECK_INT(world_do(&world, MOVE("agent", "bot", "retire")), 200);
	CHECK_SLICE(world_text(&world, KIND_GRANT, "g", "state"), SLICE("revoked"));
	CHECK_SLICE(world_text(&world, KIND_TASK, "t", "state"), SLICE("cancelled"));
	CHECK_INT(world_do(&world, CREATE("grant", "{\"agent\":\"bot\",\"tools\":[\"fs.*\"],\"purpose_id\":\"support\"}")),
		  422);
	CHECK_INT(world_do(&world, PUT("agent", "bot", "{\"owner\":\"bob\",\"purpose\":\"support\"}")), 200);
	CHECK_SLICE(state_of_bot(&world), SLICE("decommissioned"));
	world_free(&world);
}

TEST(grants_and_tasks_end_once)
{
	struct world world;
	make_grant_and_task(&world);
	CHECK_INT(world_do(&world, MOVE("grant", "g", "revoke")), 200);
	CHECK_INT(world_do(&world, MOVE("grant", "g", "revoke")), 409);
	CHECK_INT(world_do(&world, PATCH("grant", "g", "{\"state\":\"active\"}")), 422);
	CHECK_INT(world_do(&world, MOVE("task", "t", "complete")), 200);
	CHECK_INT(world_do(&world, MOVE("task", "t", "cancel")), 409);
	CHECK_INT(world_do(&world, MOVE("task", "t", "explode")), 404);
	CHECK_INT(world_do(&world, MOVE("task", "none", "cancel")), 404);
	CHECK_INT(world_do(&world, "{\"op\":\"move\",\"kind\":\"agent\",\"id\":\"bot\",\"verb\":\"approve\","
				   "\"if_match\":1," ACTOR "}"), 412);
	world_free(&world);
}

TEST(enforcing_what_is_enforced_changes_nothing)
{
	struct world world;
	make_agent(&world);
	CHECK_INT(world_do(&world, MOVE("agent", "bot", "enforce")), 200);
	CHECK_INT(world.plan.count, 0);
	CHECK_INT(world_do(&world, MOVE("agent", "bot", "observe")), 200);
	CHECK_INT(world.plan.count, 1);
	world_free(&world);
}

TEST(every_verb_of_the_table_is_told)
{
	const char *says;
	CHECK_SLICE(slice_of(plan_verb(KIND_AGENT, 0, &says)), SLICE("approve"));
	CHECK(says[0] != '\0');
	CHECK(plan_verb(KIND_AGENT, 6, NULL) != NULL && plan_verb(KIND_AGENT, 7, NULL) == NULL);
	CHECK(plan_verb(KIND_POLICY, 0, NULL) == NULL);
}
