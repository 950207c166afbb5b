#include "decision/layer.h"
#include "decision/replay_parts.h"

#include <string.h>

/* Short names differ at their end. Whoever makes them collide only sends us to the snapshot. */
static unsigned place_of(slice id)
{
	uint64_t word = 0;
	if (id.len >= sizeof(word))
		memcpy(&word, id.ptr + id.len - sizeof(word), sizeof(word));
	else
		for (size_t i = 0; i < id.len; i++)
			word = word << 8 | (unsigned char)id.ptr[i];
	return (unsigned)(((word ^ id.len) * 0x9e3779b97f4a7c15u) >> 56) % REPLAY_RECENT_MAX;
}

/* Each name has two places, so that two that meet do not drive each other out. */
#define PLACES 2u

const struct agent_row *replay_agent(struct replay_rows *rows, slice id)
{
	unsigned place = place_of(id), free = place;
	for (unsigned i = 0; i < PLACES; i++) {
		const struct agent_row *recent = rows->agents[place ^ i];
		if (recent && slice_equal(recent->row.id, id))
			return recent;
		free = recent ? free : place ^ i;
	}
	const struct agent_row *found = snapshot_agent(rows->snapshot, id);
	if (found)
		rows->agents[free] = found;
	return found;
}

/* Rows of other tools take the places of former ones: their layers are given back together. */
static void forget_layers(struct replay_rows *rows)
{
	for (unsigned i = 0; i < REPLAY_RECENT_MAX; i++)
		rows->tools[i].layer = NULL;
	arena_reset(&rows->arena);
}

struct replay_tool *replay_tool(struct replay_rows *rows, slice id)
{
	unsigned place = place_of(id), free = place;
	for (unsigned i = 0; i < PLACES; i++) {
		struct replay_tool *recent = &rows->tools[place ^ i];
		if (recent->row && slice_equal(recent->row->row.id, id))
			return recent;
		free = recent->row ? free : place ^ i;
	}
	const struct tool_row *found = snapshot_tool(rows->snapshot, id);
	if (!found)
		return NULL;
	rows->tools[free] = (struct replay_tool){.row = found};
	return &rows->tools[free];
}

/* With a target that stays, or with none before the first. */
static enum error make_layer(struct replay_rows *rows, struct replay_tool *tool, slice target)
{
	if (rows->arena.total_bytes > REPLAY_LAYER_BYTES_MAX)
		forget_layers(rows);
	slice kept = arena_copy(&rows->arena, target);
	if (!kept.ptr)
		return E_MEMORY;
	return layer_of_target(&rows->snapshot->key, tool->row, kept, &rows->arena, &tool->target, &tool->layer, NULL);
}

enum error replay_target(struct replay_rows *rows, struct replay_tool *tool, slice target, bool counts,
			 struct arena *arena, struct cedar_uid *ret_uid, struct cedar_entities **ret_layer)
{
	if (!tool->layer)
		TRY(make_layer(rows, tool, counts ? SLICE("") : target));
	*ret_layer = tool->layer;
	*ret_uid = tool->target;
	return counts ? layer_change_target(&rows->snapshot->key, tool->row, target, arena, ret_uid, tool->layer, NULL) : E_OK;
}
