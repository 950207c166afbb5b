/* Which conditions an event may change: found by the values that they look for, whatever the number of conditions. */
#include "cedar/monitor.h"

uint64_t shape_hash(const struct temporal_shapes *shapes, const struct temporal_shape *shape, bool is_cut,
		    const struct cedar_value *keys)
{
	uint64_t hash = ((uint64_t)shape->number << 1 | is_cut) * 0x9e3779b97f4a7c15u;
	for (uint32_t i = 0; i < shape->key_count && !is_cut; i++)
		hash = history_hash(&shapes->key, hash, keys[i]);
	return hash;
}

/* Keys of a steady condition are values. */
static bool has_keys(const struct temporal_monitor *monitor, const struct temporal_shape *shape,
		     const struct cedar_value *keys)
{
	if (monitor->shape != shape)
		return false;
	for (uint32_t i = 0; i < shape->key_count; i++)
		if (!cedar_value_equal(monitor->keys[i].term.value, keys[i]))
			return false;
	return true;
}

static struct audience *place_of(const struct temporal_shapes *shapes, const struct temporal_shape *shape,
				 const struct cedar_value *keys, uint64_t hash)
{
	for (size_t at = (hash >> 8) & (shapes->audience_slots - 1);; at = (at + 1) & (shapes->audience_slots - 1)) {
		struct audience *audience = &shapes->audiences[at];
		if (!audience->first || (audience->hash == hash && has_keys(audience->monitor, shape, keys)))
			return audience;
	}
}

const struct listener *audience_of(const struct temporal_shapes *shapes, const struct temporal_shape *shape,
				   const struct cedar_value *keys, uint64_t hash)
{
	return shapes->audience_slots ? place_of(shapes, shape, keys, hash)->first : NULL;
}

static bool grow(struct temporal_shapes *shapes, struct arena *arena)
{
	size_t slots = shapes->audience_slots ? shapes->audience_slots * 2 : 32;
	struct audience *audiences = ARENA_ARRAY(arena, slots, struct audience);
	if (!audiences)
		return false;
	for (size_t i = 0; i < shapes->audience_slots; i++) {
		size_t at = (shapes->audiences[i].hash >> 8) & (slots - 1);
		while (shapes->audiences[i].first && audiences[at].first)
			at = (at + 1) & (slots - 1);
		if (shapes->audiences[i].first)
			audiences[at] = shapes->audiences[i];
	}
	shapes->audiences = audiences;
	shapes->audience_slots = slots;
	return true;
}

static bool listen(struct temporal_shapes *shapes, struct arena *arena, const struct temporal_monitor *monitor,
		   uint32_t condition)
{
	struct cedar_value keys[CEDAR_TEMPORAL_FIELDS_MAX];
	if (!monitor)
		return true;
	for (uint32_t i = 0; i < monitor->shape->key_count; i++)
		keys[i] = monitor->keys[i].term.value;
	if ((shapes->audience_count + 1) * 2 > shapes->audience_slots && !grow(shapes, arena))
		return false;
	uint64_t hash = shape_hash(shapes, monitor->shape, false, keys);
	struct audience *audience = place_of(shapes, monitor->shape, keys, hash);
	struct listener *listener = ARENA_NEW(arena, struct listener);
	if (!listener)
		return false;
	*listener = (struct listener){condition, audience->first};
	shapes->audience_count += !audience->first;
	*audience = (struct audience){hash, monitor, listener};
	return true;
}

static bool walk(struct temporal_shapes *shapes, struct arena *arena, const struct temporal_condition *condition,
		 uint32_t number)
{
	bool done = listen(shapes, arena, condition->monitor, number) && listen(shapes, arena, condition->guard, number);
	for (unsigned i = 0; i < 2 && done && condition->kind == TEMPORAL_COMPARE; i++)
		if (condition->terms[i].kind == TERM_AGGREGATE)
			done = listen(shapes, arena, condition->terms[i].aggregate->monitor, number);
	if (done && condition->left)
		done = walk(shapes, arena, condition->left, number);
	if (done && condition->right)
		done = walk(shapes, arena, condition->right, number);
	return done;
}

bool audiences_add(struct temporal_shapes *shapes, struct arena *arena, const struct temporal *temporal)
{
	return walk(shapes, arena, temporal->root, temporal->number);
}
