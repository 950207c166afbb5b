/* Answers that are kept: a condition is asked again when something has happened that it looks for, and not before. */
#include "cedar/monitor.h"

/* NULL: nothing is kept there. */
static struct kept *kept_at(const struct monitors *monitors, uint32_t condition)
{
	return monitors->kept ? monitors->kept[condition / 64] : NULL;
}

static uint64_t bit_of(uint32_t condition)
{
	return (uint64_t)1 << (condition % 64);
}

/* NULL: no memory, so that nothing is kept. */
static struct kept *make_at(struct monitors *monitors, uint32_t condition)
{
	struct kept *kept = kept_at(monitors, condition);
	if (!kept && monitors->kept) {
		kept = monitors->kept[condition / 64] = ARENA_NEW(&monitors->kept_arena, struct kept);
		if (kept)
			kept->until_ms = INT64_MAX;
	}
	return kept;
}

/* What was of another decision, or has run out, is no more. */
static void refresh(struct kept *kept, uint64_t decision, int64_t now_ms)
{
	if (kept->decision != decision) {
		kept->decision = decision;
		kept->is_touched = 0;
		kept->is_asked = 0;
	}
	if (now_ms > kept->until_ms) {
		kept->is_known = 0;
		kept->until_ms = INT64_MAX;
	}
}

void kept_drop(struct monitors *monitors, const struct listener *listeners)
{
	for (const struct listener *listener = listeners; listener; listener = listener->next) {
		struct kept *kept = kept_at(monitors, listener->condition);
		if (kept)
			kept->is_known &= ~bit_of(listener->condition);
	}
}

void kept_drop_all(struct monitors *monitors)
{
	for (size_t i = 0; monitors->kept && i < monitors->kept_count; i++)
		if (monitors->kept[i])
			monitors->kept[i]->is_known = 0;
}

void kept_begin(struct monitors *monitors, uint64_t decision, const struct cedar_event *current, int64_t now_ms)
{
	const struct temporal_shape *shape = shapes_find(monitors->shapes, current->action, current->kind);
	monitors->asked_ms = now_ms;
	monitors->decision = decision;
	for (; shape; shape = shape->next) {
		struct cedar_value keys[CEDAR_TEMPORAL_FIELDS_MAX], summand;
		if (shape_match(shape, current, keys, &summand) == TEMPORAL_FALSE)
			continue;
		uint64_t hash = shape_hash(monitors->shapes, shape, false, keys);
		const struct listener *listener = audience_of(monitors->shapes, shape, keys, hash);
		for (; listener; listener = listener->next) {
			struct kept *kept = make_at(monitors, listener->condition);
			if (!kept) {
				/* Without the mark what is kept would be wrong. */
				monitors->kept = NULL;
				return;
			}
			refresh(kept, decision, now_ms);
			kept->is_touched |= bit_of(listener->condition);
		}
	}
}

enum temporal_answer temporal_recall(const struct cedar_history *history, const struct temporal *temporal,
				     uint64_t number, slice *ret_witness)
{
	const struct monitors *monitors = history->monitors;
	uint64_t bit = bit_of(temporal->number);
	if (!temporal->is_monitored || !monitors || monitors->generation != temporal->shapes->generation ||
	    monitors->decision != number)
		return TEMPORAL_UNKNOWN;
	struct kept *kept = kept_at(monitors, temporal->number);
	if (!kept)
		return TEMPORAL_UNKNOWN;
	refresh(kept, number, monitors->asked_ms);
	bool is_true = kept->is_asked & bit ? kept->asked_true & bit : kept->is_true & bit;
	if (!(kept->is_asked & bit) && (!(kept->is_known & bit) || kept->is_touched & bit))
		return TEMPORAL_UNKNOWN;
	if (is_true && kept->has_witness & bit && !(kept->is_touched & bit)) {
		const struct instance *instance = kept->witnesses[temporal->number % 64];
		*ret_witness = (slice){instance->request, instance->request_length};
	}
	return temporal_answer_of(is_true);
}

static uint64_t with(uint64_t bits, uint64_t bit, bool is_set)
{
	return is_set ? bits | bit : bits & ~bit;
}

/* The witness of a condition that looks for the current event would stand in the place of the one that is kept. */
void kept_put(struct monitors *monitors, const struct temporal *temporal, bool answer, int64_t until_ms,
	      const struct instance *witness)
{
	struct kept *kept = make_at(monitors, temporal->number);
	uint64_t bit = bit_of(temporal->number);
	if (!kept)
		return;
	refresh(kept, monitors->decision, monitors->asked_ms);
	bool is_touched = kept->is_touched & bit;
	if (witness && !kept->witnesses)
		kept->witnesses = ARENA_ARRAY(&monitors->kept_arena, 64, const struct instance *);
	if (witness && (is_touched || !kept->witnesses))
		return;
	if (is_touched || !temporal->is_steady) {
		kept->is_asked |= bit;
		kept->asked_true = with(kept->asked_true, bit, answer);
	} else {
		kept->is_known |= bit;
		kept->is_true = with(kept->is_true, bit, answer);
		kept->until_ms = until_ms < kept->until_ms ? until_ms : kept->until_ms;
	}
	if (is_touched)
		return;
	kept->has_witness = with(kept->has_witness, bit, witness != NULL);
	if (witness)
		kept->witnesses[temporal->number % 64] = witness;
}
