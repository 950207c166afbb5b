#include "decision/snapshot.h"

#include <stdlib.h>

#define LOOKUP(function, table, type)                                                                                  \
	const struct type *function(const struct snapshot *snapshot, slice id)                                         \
	{                                                                                                              \
		return trie_get(&snapshot->table, id);                                                                 \
	}

LOOKUP(snapshot_agent, agents, agent_row)
LOOKUP(snapshot_authority, authorities, authority_row)
LOOKUP(snapshot_grant, grants, grant_row)
LOOKUP(snapshot_tool, tools, tool_row)
LOOKUP(snapshot_server, servers, server_row)
LOOKUP(snapshot_purpose, purposes, purpose_row)
LOOKUP(snapshot_task, tasks, task_row)
LOOKUP(snapshot_principal, principals, principal_row)
LOOKUP(snapshot_pep, peps, pep_row)

bool snapshot_is_revoked(const struct snapshot *snapshot, slice id)
{
	return id.len && snapshot->revocations.count && trie_get(&snapshot->revocations, id);
}

struct tool_list {
	const struct tool_row **tools;
	size_t count;
	size_t count_max;
	slice server;
};

static bool collect(void *context, slice key, void *value)
{
	struct tool_list *list = context;
	const struct tool_row *tool = value;
	(void)key;
	if (list->count < list->count_max && (list->server.len == 0 || slice_equal(tool->server, list->server)))
		list->tools[list->count++] = tool;
	return true;
}

static int by_id(const void *a, const void *b)
{
	return slice_compare((*(const struct tool_row *const *)a)->row.id, (*(const struct tool_row *const *)b)->row.id);
}

enum error snapshot_tools(const struct snapshot *snapshot, slice server, struct arena *arena,
			  const struct tool_row *const **ret_tools, size_t *ret_count, struct fault *why)
{
	struct tool_list list = {.count_max = snapshot->tools.count, .server = server};
	list.tools = arena_alloc_array(arena, list.count_max, sizeof(*list.tools));
	if (!list.tools)
		return FAIL(why, E_MEMORY, "no memory for a list of tools");
	trie_each(&snapshot->tools, collect, &list);
	qsort(list.tools, list.count, sizeof(*list.tools), by_id);
	*ret_tools = list.tools;
	*ret_count = list.count;
	return E_OK;
}

struct agent_list {
	const struct agent_row **agents;
	size_t count;
};

static bool collect_agent(void *context, slice key, void *value)
{
	struct agent_list *list = context;
	(void)key;
	list->agents[list->count++] = value;
	return true;
}

static int by_agent(const void *a, const void *b)
{
	return slice_compare((*(const struct agent_row *const *)a)->row.id, (*(const struct agent_row *const *)b)->row.id);
}

enum error snapshot_agents(const struct snapshot *snapshot, struct arena *arena,
			   const struct agent_row *const **ret_agents, size_t *ret_count, struct fault *why)
{
	struct agent_list list = {.agents = arena_alloc_array(arena, snapshot->agents.count, sizeof(*list.agents))};
	if (!list.agents)
		return FAIL(why, E_MEMORY, "no memory for a list of agents");
	trie_each(&snapshot->agents, collect_agent, &list);
	qsort(list.agents, list.count, sizeof(*list.agents), by_agent);
	*ret_agents = list.agents;
	*ret_count = list.count;
	return E_OK;
}
