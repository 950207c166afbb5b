#include "registry/entity.h"

#include "check.h"

static struct arena arena;
static struct fault why;

TEST(a_stored_agent_is_read)
{
	struct agent agent;
	arena_init(&arena, 1u << 20);
	CHECK_OK(agent_read(&agent, SLICE("{\"id\":\"bot\",\"owner\":\"al\",\"purpose\":\"p\",\"environment\":\"dev\","
					  "\"model\":\"m\",\"class\":\"agentic\",\"state\":\"approved\","
					  "\"enforcement\":\"observe\",\"jwks\":{\"keys\":[]},"
					  "\"cutoff_at\":\"1970-01-01T00:00:01.000Z\"}"), &arena, &why), why);
	CHECK_INT(agent.state, LIFECYCLE_APPROVED);
	CHECK_INT(agent.class, AGENT_AGENTIC);
	CHECK_SLICE(slice_of(agent_class_name(agent.class)), SLICE("agentic"));
	CHECK(!agent.enforced);
	CHECK_SLICE(agent.jwks, SLICE("{\"keys\":[]}"));
	CHECK_INT(agent.cutoff_ns, 1000000000);
	arena_free(&arena);
}

TEST(what_is_not_said_carries_no_authority)
{
	struct agent agent;
	struct tool tool;
	struct task task;
	struct principal principal;
	arena_init(&arena, 1u << 20);
	CHECK_OK(agent_read(&agent, SLICE("{\"id\":\"b\",\"owner\":\"a\",\"purpose\":\"p\",\"environment\":\"e\","
					  "\"model\":\"m\",\"class\":\"?\",\"state\":\"APPROVED\"}"), &arena, &why), why);
	CHECK_INT(agent.state, LIFECYCLE_REGISTERED);
	CHECK(agent.enforced);
	CHECK_OK(tool_read(&tool, SLICE("{\"id\":\"s.t\",\"server\":\"s\",\"name\":\"t\",\"effect\":\"read\",\"state\":\"?\"}"),
			   &arena, &why), why);
	CHECK_INT(tool.state, TOOL_GONE);
	CHECK_OK(task_read(&task, SLICE("{\"id\":\"t\",\"agent\":\"b\",\"purpose\":\"p\",\"state\":\"OPEN\"}"), &arena, &why),
		 why);
	CHECK_INT(task.state, TASK_CANCELLED);
	CHECK_OK(principal_read(&principal, SLICE("{\"id\":\"x\",\"type\":\"god\",\"state\":\"Active\"}"), &arena, &why), why);
	CHECK(principal.type == PRINCIPAL_UNKNOWN && !principal.active);
	arena_free(&arena);
}

TEST(grants_have_lists_and_an_end)
{
	struct grant grant;
	arena_init(&arena, 1u << 20);
	CHECK_OK(grant_read(&grant, SLICE("{\"id\":\"g\",\"agent\":\"b\",\"purpose_id\":\"p\",\"state\":\"active\","
					  "\"tools\":[\"fs.*\",\"a.b\"],\"expires_at\":\"2030-01-01T00:00:00.000Z\"}"),
			    &arena, &why), why);
	CHECK_INT(grant.tools.count, 2);
	CHECK_SLICE(grant.tools.items[1], SLICE("a.b"));
	CHECK_INT(grant.targets.count, 0);
	CHECK(grant.active && grant.expires_ns == 1893456000000000000);
	CHECK_ERROR(grant_read(&grant, SLICE("{\"id\":\"g\",\"agent\":\"b\",\"purpose_id\":\"p\",\"state\":\"active\","
					     "\"tools\":[1]}"), &arena, &why), E_INVALID);
	CHECK(!grant.active && grant.id.len == 0);
	arena_free(&arena);
}

TEST(an_object_with_a_hole_is_refused_whole)
{
	struct server server;
	struct purpose purpose;
	struct policy policy;
	struct tool tool;
	arena_init(&arena, 1u << 20);
	CHECK_ERROR(server_read(&server, SLICE("{\"id\":\"s\"}"), &arena, &why), E_INVALID);
	CHECK(server.id.len == 0 && !server.active);
	CHECK_ERROR(purpose_read(&purpose, SLICE("[]"), &arena, &why), E_INVALID);
	CHECK_ERROR(policy_read(&policy, SLICE("{"), &arena, &why), E_SYNTAX);
	CHECK_ERROR(tool_read(&tool, SLICE("{\"id\":\"s.t\",\"server\":\"s\",\"name\":\"t\",\"effect\":\"read\","
					   "\"state\":\"pinned\",\"target\":{\"type\":\"path\"}}"), &arena, &why), E_INVALID);
	CHECK_INT(tool.state, TOOL_GONE);
	arena_free(&arena);
}

TEST(a_pattern_covers_one_tool_or_all_of_one_server)
{
	CHECK(tool_pattern_covers(SLICE("fs.read"), SLICE("fs.read")));
	CHECK(!tool_pattern_covers(SLICE("fs.read"), SLICE("fs.read2")));
	CHECK(tool_pattern_covers(SLICE("fs.*"), SLICE("fs.read")));
	CHECK(!tool_pattern_covers(SLICE("fs.*"), SLICE("fsx.read")));
	CHECK(!tool_pattern_covers(SLICE("fs.*"), SLICE("fs.")));
	CHECK(!tool_pattern_covers(SLICE(""), SLICE("fs.read")));
}
