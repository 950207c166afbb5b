#include "cedar/monitor.h"

#include "base/memory.h"
#include "cedar/evaluate.h"
#include "cedar/policies.h"

#include <string.h>

enum temporal_answer shape_match(const struct temporal_shape *shape, const struct cedar_event *event,
				 struct cedar_value *keys, struct cedar_value *ret_summand)
{
	bool is_cut, any_cut = false;
	if (event->kind != (enum cedar_event_kind)shape->event || !cedar_uid_equal(event->action, shape->action))
		return TEMPORAL_FALSE;
	for (uint32_t i = 0; i < shape->key_count; i++) {
		keys[i] = event_field(event, shape->keys[i].path, shape->keys[i].count, &is_cut);
		any_cut = any_cut || is_cut;
		if (keys[i].kind == CEDAR_NONE && !is_cut)
			return TEMPORAL_FALSE;
	}
	for (uint32_t i = 0; i < shape->filter_count; i++) {
		const struct monitor_filter *filter = &shape->filters[i];
		struct cedar_value value = event_field(event, filter->field->path, filter->field->count, &is_cut);
		any_cut = any_cut || is_cut;
		if (is_cut)
			continue;
		if (filter->relation == NODE_HAS ? value.kind == CEDAR_NONE
						 : !temporal_compare((enum node_kind)filter->relation, value, filter->value))
			return TEMPORAL_FALSE;
	}
	*ret_summand = (struct cedar_value){0};
	if (shape->summand)
		*ret_summand = event_field(event, shape->summand->path, shape->summand->count, &is_cut);
	return any_cut ? TEMPORAL_UNKNOWN : TEMPORAL_TRUE;
}

enum temporal_answer monitor_match(const struct temporal_monitor *monitor, const struct cedar_value *requests,
				   const struct cedar_event *event, struct cedar_value *ret_summand)
{
	struct cedar_value keys[CEDAR_TEMPORAL_FIELDS_MAX] UNINITIALIZED;
	enum temporal_answer answer = shape_match(monitor->shape, event, keys, ret_summand);
	for (uint32_t i = 0; answer == TEMPORAL_TRUE && i < monitor->shape->key_count; i++)
		if (!cedar_value_equal(keys[i], temporal_ground(&monitor->keys[i].term, requests)))
			return TEMPORAL_FALSE;
	return answer;
}

/* --- instances --- */

static bool has_keys(const struct instance *instance, const struct temporal_shape *shape, bool is_cut,
		     const struct cedar_value *keys)
{
	if (instance->shape != shape->number || instance->is_cut != is_cut)
		return false;
	for (uint32_t i = 0; i < shape->key_count && !is_cut; i++)
		if (!cedar_value_equal(instance->keys[i], keys[i]))
			return false;
	return true;
}

static struct instance **find(const struct monitors *monitors, uint64_t hash, const struct temporal_shape *shape,
			      bool is_cut, const struct cedar_value *keys)
{
	for (size_t at = (hash >> 8) & (monitors->slot_count - 1);; at = (at + 1) & (monitors->slot_count - 1)) {
		struct instance **slot = &monitors->slots[at];
		if (!*slot || ((*slot)->hash == hash && has_keys(*slot, shape, is_cut, keys)))
			return slot;
	}
}

struct instance *monitors_find(const struct cedar_history *history, const struct temporal_monitor *monitor,
			       const struct cedar_value *requests)
{
	struct cedar_value keys[CEDAR_TEMPORAL_FIELDS_MAX] UNINITIALIZED;
	if (!history->monitors->slot_count)
		return NULL;
	for (uint32_t i = 0; i < monitor->shape->key_count; i++)
		keys[i] = temporal_ground(&monitor->keys[i].term, requests);
	uint64_t hash = shape_hash(history->monitors->shapes, monitor->shape, false, keys);
	return *find(history->monitors, hash, monitor->shape, false, keys);
}

struct instance *monitors_find_cut(const struct cedar_history *history, const struct temporal_shape *shape)
{
	if (!history->monitors->has_cut)
		return NULL;
	uint64_t hash = shape_hash(history->monitors->shapes, shape, true, NULL);
	return *find(history->monitors, hash, shape, true, NULL);
}

static bool grow(struct monitors *monitors)
{
	size_t slot_count = monitors->slot_count ? monitors->slot_count * 2 : 32;
	struct instance **slots = memory_alloc_array(slot_count, sizeof(struct instance *));
	if (!slots)
		return false;
	for (size_t i = 0; i < monitors->slot_count; i++) {
		struct instance *instance = monitors->slots[i];
		size_t at = instance ? (instance->hash >> 8) & (slot_count - 1) : 0;
		while (instance && slots[at])
			at = (at + 1) & (slot_count - 1);
		if (instance)
			slots[at] = instance;
	}
	memory_free(monitors->slots);
	monitors->slots = slots;
	monitors->slot_count = slot_count;
	return true;
}

/* NULL: no memory, or beyond its maximum. */
static struct instance *make(struct monitors *monitors, const struct temporal_shape *shape, bool is_cut,
			     const struct cedar_value *keys, uint64_t hash)
{
	if ((monitors->count + 1) * 2 > monitors->slot_count && !grow(monitors))
		return NULL;
	struct instance **slot = find(monitors, hash, shape, is_cut, keys);
	if (*slot)
		return *slot;
	struct instance *instance = ARENA_NEW(&monitors->arena, struct instance);
	struct cedar_value *copies = ARENA_ARRAY(&monitors->arena, shape->key_count, struct cedar_value);
	if (!instance || !copies)
		return NULL;
	for (uint32_t i = 0; i < shape->key_count && !is_cut; i++)
		if (cedar_value_copy(&monitors->arena, keys[i], &copies[i], NULL) != E_OK)
			return NULL;
	/* No event can be in a row with one that never was. */
	*instance = (struct instance){.hash = hash, .shape = shape->number, .is_cut = is_cut, .keys = copies,
				      .last = SIZE_MAX - 1};
	*slot = instance;
	monitors->count++;
	return instance;
}

/* --- count and sum --- */

void ring_expire(struct monitors *monitors, struct instance *instance, const struct temporal_shape *shape, int64_t now_ms)
{
	while (instance->oldest && now_ms - instance->oldest->time_ms > shape->window_ms) {
		struct ring_entry *entry = instance->oldest;
		instance->oldest = entry->next;
		instance->count--;
		instance->total -= entry->value;
		entry->next = monitors->free;
		monitors->free = entry;
	}
	if (!instance->oldest)
		instance->newest = NULL;
}

static bool ring_add(struct monitors *monitors, struct instance *instance, const struct temporal_shape *shape,
		     int64_t time_ms, struct cedar_value summand)
{
	struct ring_entry *entry = monitors->free;
	ring_expire(monitors, instance, shape, time_ms);
	if (shape->summand && summand.kind != CEDAR_LONG)
		return true;
	if (entry)
		monitors->free = entry->next;
	else
		entry = ARENA_NEW(&monitors->arena, struct ring_entry);
	if (!entry)
		return false;
	*entry = (struct ring_entry){.time_ms = time_ms, .value = shape->summand ? summand.as.integer : 0};
	if (instance->newest)
		instance->newest->next = entry;
	else
		instance->oldest = entry;
	instance->newest = entry;
	instance->count++;
	instance->total += entry->value;
	return true;
}

/* --- events --- */

static void note_event(struct instance *instance, const struct cedar_event *event, size_t number)
{
	if (instance->last + 1 != number)
		instance->run_first = number;
	instance->last = number;
	instance->last_ms = event->time_ms;
	instance->request_length = 0;
	if (event->request_id.len > sizeof(instance->request))
		return;
	memcpy(instance->request, event->request_id.ptr, event->request_id.len);
	instance->request_length = (unsigned char)event->request_id.len;
}

/* False: no room. */
static bool feed(struct cedar_history *history, const struct cedar_event *event, size_t number)
{
	struct monitors *monitors = history->monitors;
	struct temporal_shape *shape = shapes_find(monitors->shapes, event->action, event->kind);
	for (; shape; shape = shape->next) {
		struct cedar_value keys[CEDAR_TEMPORAL_FIELDS_MAX] UNINITIALIZED, summand;
		enum temporal_answer answer = shape_match(shape, event, keys, &summand);
		if (answer == TEMPORAL_FALSE)
			continue;
		bool is_cut = answer == TEMPORAL_UNKNOWN;
		uint64_t hash = shape_hash(monitors->shapes, shape, is_cut, keys);
		struct instance *instance = make(monitors, shape, is_cut, keys, hash);
		if (!instance)
			return false;
		if (is_cut)
			kept_drop_all(monitors);
		else
			kept_drop(monitors, audience_of(monitors->shapes, shape, keys, hash));
		monitors->has_cut = monitors->has_cut || is_cut;
		note_event(instance, event, number);
		if (!is_cut && shape->is_ring && !ring_add(monitors, instance, shape, event->time_ms, summand))
			return false;
	}
	return true;
}

void monitors_forget(struct monitors *monitors)
{
	kept_drop_all(monitors);
}

void monitors_free(struct monitors *monitors)
{
	if (!monitors)
		return;
	memory_free(monitors->slots);
	arena_free(&monitors->arena);
	arena_free(&monitors->kept_arena);
	memory_free(monitors);
}

size_t monitors_bytes(const struct monitors *monitors)
{
	return monitors ? sizeof(*monitors) + monitors->arena.total_bytes + monitors->kept_arena.total_bytes +
				  monitors->slot_count * sizeof(*monitors->slots)
			: 0;
}

static void drop(struct cedar_history *history)
{
	monitors_free(history->monitors);
	history->monitors = NULL;
}

/* From the events that are kept. */
static struct monitors *begin(struct cedar_history *history, const struct temporal_shapes *shapes)
{
	drop(history);
	struct monitors *monitors = memory_alloc(sizeof(*monitors));
	if (!monitors)
		return NULL;
	history->monitors = monitors;
	monitors->generation = shapes->generation;
	monitors->shapes = shapes;
	monitors->unknown_until_ms = history->dropped_ms;
	arena_init(&monitors->arena, CEDAR_MONITOR_BYTES_MAX);
	arena_init(&monitors->kept_arena, CEDAR_KEPT_BYTES_MAX);
	monitors->kept_count = shapes->condition_count / 64 + 1;
	monitors->kept = ARENA_ARRAY(&monitors->kept_arena, monitors->kept_count, struct kept *);
	for (size_t i = history->first; i < history->next && !monitors->is_full; i++)
		monitors->is_full = !feed(history, history_event(history, i), i);
	return monitors;
}

struct monitors *monitors_of(struct cedar_history *history, const struct temporal_shapes *shapes)
{
	if (history->monitors && history->monitors->generation == shapes->generation)
		return history->monitors;
	return begin(history, shapes);
}

void monitors_add(struct cedar_history *history, const struct cedar_policyset *set, size_t number)
{
	struct monitors *monitors = history->monitors;
	if (!monitors)
		return;
	if (!set || !set->shapes || set->shapes->generation != monitors->generation) {
		drop(history);
		return;
	}
	/* What has no room begins again without what has left all windows. */
	if (monitors->is_full || !feed(history, history_event(history, number), number))
		(void)begin(history, set->shapes);
}
