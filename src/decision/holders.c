#include "decision/holders.h"

#include "base/memory.h"

#include <string.h>

#define GRANTS_PER_AGENT_MAX 4096u

static void holder_free(struct holder *holder)
{
	memory_free(holder->agent);
	memory_free(holder->grants);
	memory_free(holder);
}

void holders_init(struct holders *holders, const struct hash_key *key)
{
	*holders = (struct holders){.dirty = NULL};
	map_init(&holders->agents, key, SNAPSHOT_ROWS_MAX);
}

void holders_free(struct holders *holders)
{
	size_t position = 0;
	for (const struct map_entry *entry; (entry = map_next(&holders->agents, &position));)
		holder_free(entry->value);
	map_free(&holders->agents);
}

static enum error holder_of(struct holders *holders, slice agent, struct holder **ret_holder, struct fault *why)
{
	*ret_holder = map_get(&holders->agents, agent);
	if (*ret_holder)
		return E_OK;
	struct holder *holder = memory_alloc(sizeof(*holder));
	char *name = memory_alloc(agent.len);
	enum error code = holder && name ? E_OK : FAIL(why, E_MEMORY, "no memory for the grants of an agent");
	if (code == E_OK) {
		memcpy(name, agent.ptr, agent.len);
		holder->agent = name;
		holder->agent_len = agent.len;
		code = map_put(&holders->agents, slice_from(name, agent.len), holder, NULL, why);
	}
	if (code != E_OK) {
		memory_free(name);
		memory_free(holder);
		return code;
	}
	*ret_holder = holder;
	return E_OK;
}

static void mark_dirty(struct holders *holders, struct holder *holder)
{
	if (holder->dirty)
		return;
	holder->dirty = true;
	holder->next_dirty = holders->dirty;
	holders->dirty = holder;
}

void holders_drop(struct holders *holders, const struct grant_row *grant)
{
	struct holder *holder = map_get(&holders->agents, grant->agent);
	for (size_t i = 0; holder && i < holder->count; i++) {
		if (holder->grants[i] != grant)
			continue;
		holder->grants[i] = holder->grants[--holder->count];
		mark_dirty(holders, holder);
		return;
	}
}

enum error holders_add(struct holders *holders, const struct grant_row *grant, struct fault *why)
{
	struct holder *holder;
	TRY(holder_of(holders, grant->agent, &holder, why));
	if (holder->count == GRANTS_PER_AGENT_MAX)
		return FAIL(why, E_LIMIT, "more than %u grants of one agent", GRANTS_PER_AGENT_MAX);
	if (holder->count == holder->size) {
		size_t size = holder->size ? holder->size * 2 : 4;
		const struct grant_row **grants = memory_resize(holder->grants, size * sizeof(struct grant_row *));
		if (!grants)
			return FAIL(why, E_MEMORY, "no memory for the grants of an agent");
		holder->grants = grants;
		holder->size = size;
	}
	holder->grants[holder->count++] = grant;
	mark_dirty(holders, holder);
	return E_OK;
}
