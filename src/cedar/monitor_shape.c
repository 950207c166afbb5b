/* Shapes of a policy set: those that are the same are one. */
#include "cedar/limits.h"
#include "cedar/monitor.h"

int field_path_compare(const struct temporal_field *a, const struct temporal_field *b)
{
	for (uint32_t i = 0; i < a->count && i < b->count; i++) {
		int order = slice_compare(a->path[i], b->path[i]);
		if (order)
			return order;
	}
	return (a->count > b->count) - (a->count < b->count);
}

static size_t slot_of(const struct temporal_shapes *shapes, const struct cedar_uid *action, unsigned event)
{
	size_t at = (action->hash ^ event) & (shapes->slot_count - 1);
	while (shapes->slots[at] &&
	       (shapes->slots[at]->event != event || !cedar_uid_equal(shapes->slots[at]->action, action)))
		at = (at + 1) & (shapes->slot_count - 1);
	return at;
}

struct temporal_shape *shapes_find(const struct temporal_shapes *shapes, const struct cedar_uid *action, unsigned event)
{
	return shapes->slot_count ? shapes->slots[slot_of(shapes, action, event)] : NULL;
}

static bool grow(struct temporal_shapes *shapes, struct arena *arena)
{
	struct temporal_shapes bigger = *shapes;
	bigger.slot_count = shapes->slot_count ? shapes->slot_count * 2 : 16;
	bigger.slots = ARENA_ARRAY(arena, bigger.slot_count, struct temporal_shape *);
	if (!bigger.slots)
		return false;
	for (size_t i = 0; i < shapes->slot_count; i++)
		if (shapes->slots[i])
			bigger.slots[slot_of(&bigger, shapes->slots[i]->action, shapes->slots[i]->event)] = shapes->slots[i];
	*shapes = bigger;
	return true;
}

static bool is_same(const struct temporal_shape *a, const struct temporal_shape *b)
{
	if (a->is_ring != b->is_ring || a->window_ms != b->window_ms || a->key_count != b->key_count ||
	    a->filter_count != b->filter_count || !a->summand != !b->summand)
		return false;
	if (a->summand && field_path_compare(a->summand, b->summand) != 0)
		return false;
	for (uint32_t i = 0; i < a->key_count; i++)
		if (field_path_compare(&a->keys[i], &b->keys[i]) != 0)
			return false;
	for (uint32_t i = 0; i < a->filter_count; i++)
		if (a->filters[i].relation != b->filters[i].relation ||
		    field_path_compare(a->filters[i].field, b->filters[i].field) != 0 ||
		    (a->filters[i].relation != NODE_HAS &&
		     !cedar_value_equal(a->filters[i].value, b->filters[i].value)))
			return false;
	return true;
}

struct temporal_shape *shapes_share(struct temporal_shapes *shapes, struct arena *arena,
				    const struct temporal_shape *wanted, bool *ret_no_memory)
{
	if ((shapes->used + 1) * 2 > shapes->slot_count && !grow(shapes, arena)) {
		*ret_no_memory = true;
		return NULL;
	}
	struct temporal_shape **first = &shapes->slots[slot_of(shapes, wanted->action, wanted->event)];
	unsigned length = 0;
	for (struct temporal_shape *shape = *first; shape; shape = shape->next, length++)
		if (is_same(shape, wanted))
			return shape;
	if (length == CEDAR_MONITORS_OF_EVENT_MAX)
		return NULL;
	struct temporal_shape *made = ARENA_NEW(arena, struct temporal_shape);
	slice filters = arena_copy(arena, slice_from(wanted->filters, wanted->filter_count * sizeof(*wanted->filters)));
	if (!made || !filters.ptr) {
		*ret_no_memory = true;
		return NULL;
	}
	*made = *wanted;
	made->filters = (const void *)filters.ptr;
	made->number = ++shapes->count;
	made->next = *first;
	shapes->used += *first == NULL;
	*first = made;
	return made;
}
