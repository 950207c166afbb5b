/*
 * The definition of history conditions, as an enumeration: `satisfy` finds every way to bind the variables so that a
 * condition holds at an event, and calls on with each. The other evaluation (temporal_ask.c) must give the same.
 */
#include "cedar/history_data.h"
#include "cedar/limits.h"

#include <string.h>

struct scan {
	struct temporal_question *question;
	size_t first;    /* number of the oldest event that is kept */
	size_t last;     /* number of the current one */
	struct cedar_value slots[CEDAR_TEMPORAL_VARIABLES_MAX]; /* CEDAR_NONE: not bound */
	uint64_t steps;
	bool is_void;    /* a limit, no memory, or something that is not known: no answer */
};

/* What to do with each solution. False: enough. */
struct goal {
	bool (*found)(struct scan *scan, const struct goal *goal);
	const struct temporal_condition *condition; /* of the next to satisfy */
	size_t at;
	const struct goal *then;
	void *context;
};

/* False: stopped, by the goal or because the scan is void. */
static bool satisfy(struct scan *scan, const struct temporal_condition *condition, size_t at, const struct goal *goal);

static bool give_up(struct scan *scan, const char *sentence, enum error failure)
{
	scan->is_void = true;
	scan->question->sentence = sentence;
	scan->question->failure = failure;
	return false;
}

static const struct cedar_event *event_at(const struct scan *scan, size_t at)
{
	return at == scan->last ? scan->question->current : history_event(scan->question->history, at);
}

static int64_t time_at(const struct scan *scan, size_t at)
{
	int64_t time_ms = event_at(scan, at)->time_ms;
	return at == scan->last ? history_now(scan->question->history, time_ms) : time_ms;
}

static bool is_in_window(const struct scan *scan, size_t at, size_t from, int64_t window_ms)
{
	return time_at(scan, from) - time_at(scan, at) <= window_ms;
}

static bool note_hold(struct scan *scan, const struct goal *goal)
{
	(void)scan;
	*(bool *)goal->context = true;
	return false;
}

/* Is there a solution? */
static bool holds(struct scan *scan, const struct temporal_condition *condition, size_t at)
{
	bool held = false;
	struct goal goal = {.found = note_hold, .context = &held};
	(void)satisfy(scan, condition, at, &goal);
	return held && !scan->is_void;
}

static bool satisfy_next(struct scan *scan, const struct goal *goal)
{
	return satisfy(scan, goal->condition, goal->at, goal->then);
}

static bool satisfy_and(struct scan *scan, const struct temporal_condition *condition, size_t at, const struct goal *goal)
{
	struct goal next = {.found = satisfy_next, .condition = condition->right, .at = at, .then = goal};
	return satisfy(scan, condition->left, at, &next);
}

/* CEDAR_NONE: a wildcard or a variable without a value. */
static struct cedar_value value_of(const struct scan *scan, const struct temporal_term *term)
{
	switch ((enum temporal_term_kind)term->kind) {
	case TERM_VALUE:
		return term->value;
	case TERM_REQUEST:
		return scan->question->requests[term->index];
	case TERM_VARIABLE:
		return scan->slots[term->index];
	case TERM_WILDCARD:
	case TERM_AGGREGATE:
		break;
	}
	return (struct cedar_value){0};
}

/* Does the event match? Variables without a value take it from the event; `*ret_bound` says which. */
static bool match(struct scan *scan, const struct temporal_condition *condition, const struct cedar_event *event,
		  uint32_t *ret_bound)
{
	if (event->kind != (enum cedar_event_kind)condition->event || !cedar_uid_equal(event->action, condition->action))
		return false;
	for (uint32_t i = 0; i < condition->field_count; i++) {
		const struct temporal_field *field = &condition->fields[i];
		bool is_cut;
		if (field->term.kind == TERM_WILDCARD)
			continue;
		struct cedar_value value = event_field(event, field->path, field->count, &is_cut);
		if (is_cut)
			return give_up(scan, "an event of the session was too large to be kept whole", E_OK);
		if (value.kind == CEDAR_NONE)
			return false;
		struct cedar_value wanted = value_of(scan, &field->term);
		if (wanted.kind != CEDAR_NONE) {
			if (!cedar_value_equal(value, wanted))
				return false;
			continue;
		}
		scan->slots[field->term.index] = value;
		*ret_bound |= 1u << field->term.index;
	}
	return true;
}

static void unbind(struct scan *scan, uint32_t bound)
{
	for (unsigned slot = 0; bound >> slot; slot++)
		if (bound & 1u << slot)
			scan->slots[slot] = (struct cedar_value){0};
}

static bool satisfy_event(struct scan *scan, const struct temporal_condition *condition, size_t at,
			  const struct goal *goal)
{
	uint32_t bound = 0;
	bool goes_on = true;
	if (match(scan, condition, event_at(scan, at), &bound))
		goes_on = goal->found(scan, goal);
	unbind(scan, bound);
	return goes_on && !scan->is_void;
}

/* Binds the slot, or compares with what is bound. */
static bool satisfy_value(struct scan *scan, unsigned slot, struct cedar_value value, const struct goal *goal)
{
	if (scan->slots[slot].kind != CEDAR_NONE)
		return !cedar_value_equal(scan->slots[slot], value) || goal->found(scan, goal);
	scan->slots[slot] = value;
	bool goes_on = goal->found(scan, goal);
	scan->slots[slot] = (struct cedar_value){0};
	return goes_on;
}

static bool satisfy_formerly(struct scan *scan, const struct temporal_condition *condition, size_t at,
			     const struct goal *goal)
{
	for (size_t i = at + 1; i-- > scan->first && is_in_window(scan, i, at, condition->window_ms);)
		if (!satisfy(scan, condition->left, i, goal))
			return false;
	return true;
}

static bool satisfy_previous(struct scan *scan, const struct temporal_condition *condition, size_t at,
			     const struct goal *goal)
{
	if (at == scan->first || !is_in_window(scan, at - 1, at, condition->window_ms))
		return true;
	return satisfy(scan, condition->left, at - 1, goal);
}

struct anchor {
	const struct temporal_condition *left;
	size_t at; /* of the anchor */
	size_t from;
};

/* An anchor was found: has the left side held at each event after it? */
static bool check_since(struct scan *scan, const struct goal *goal)
{
	const struct anchor *anchor = goal->context;
	for (size_t i = anchor->at + 1; i <= anchor->from; i++)
		if (!holds(scan, anchor->left, i))
			return !scan->is_void;
	return goal->then->found(scan, goal->then);
}

static bool satisfy_since(struct scan *scan, const struct temporal_condition *condition, size_t at,
			  const struct goal *goal)
{
	for (size_t i = at + 1; i-- > scan->first && is_in_window(scan, i, at, condition->window_ms);) {
		struct anchor anchor = {.left = condition->left, .at = i, .from = at};
		struct goal next = {.found = check_since, .then = goal, .context = &anchor};
		if (!satisfy(scan, condition->right, i, &next))
			return false;
	}
	return true;
}

/* --- count and sum --- */

struct rows {
	const struct temporal_aggregate *aggregate;
	struct cedar_value *values; /* of all rows, one behind the other */
	size_t width;
	size_t count;
	size_t size;
	uint32_t *slots;            /* open addressing: number of a row, from 1 */
	size_t slot_count;
	temporal_total total;
};

static void row_of(const struct scan *scan, const struct rows *rows, struct cedar_value *row)
{
	size_t at = 0;
	for (unsigned slot = 0; rows->aggregate->binders >> slot; slot++)
		if (rows->aggregate->binders & 1u << slot)
			row[at++] = scan->slots[slot];
}

static uint32_t *find_row(const struct scan *scan, const struct rows *rows, const struct cedar_value *row)
{
	uint64_t hash = 0;
	for (size_t i = 0; i < rows->width; i++)
		hash = history_hash(&scan->question->history->key, hash, row[i]);
	for (size_t i = hash & (rows->slot_count - 1);; i = (i + 1) & (rows->slot_count - 1)) {
		uint32_t *slot = &rows->slots[i];
		size_t equal = 0;
		while (*slot && equal < rows->width &&
		       cedar_value_equal(rows->values[(*slot - 1) * rows->width + equal], row[equal]))
			equal++;
		if (!*slot || equal == rows->width)
			return slot;
	}
}

static bool grow_rows(struct scan *scan, struct rows *rows)
{
	struct rows bigger = *rows;
	bigger.size = rows->size ? rows->size * 2 : 32;
	bigger.slot_count = bigger.size * 2;
	bigger.values = ARENA_ARRAY(scan->question->arena, bigger.size * rows->width, struct cedar_value);
	bigger.slots = ARENA_ARRAY(scan->question->arena, bigger.slot_count, uint32_t);
	if (!bigger.values || !bigger.slots)
		return give_up(scan, "no memory for a history condition", E_MEMORY);
	if (rows->count)
		memcpy(bigger.values, rows->values, rows->count * rows->width * sizeof(*rows->values));
	for (uint32_t i = 0; i < rows->count; i++)
		*find_row(scan, &bigger, &bigger.values[i * rows->width]) = i + 1;
	*rows = bigger;
	return true;
}

/* Each row counts once, however often it was found. */
static bool add_row(struct scan *scan, const struct goal *goal)
{
	struct rows *rows = goal->context;
	struct cedar_value row[CEDAR_TEMPORAL_VARIABLES_MAX];
	if (rows->count == rows->size && !grow_rows(scan, rows))
		return false;
	row_of(scan, rows, row);
	uint32_t *slot = find_row(scan, rows, row);
	if (*slot)
		return true;
	memcpy(&rows->values[rows->count * rows->width], row, rows->width * sizeof(*row));
	*slot = (uint32_t)++rows->count;
	struct cedar_value summed = scan->slots[rows->aggregate->slot];
	if (rows->aggregate->is_sum && summed.kind == CEDAR_LONG)
		rows->total += summed.as.integer;
	return true;
}

/* An operand as a number; false: it is none. */
static bool number_of(struct scan *scan, const struct temporal_term *term, size_t at, temporal_total *ret_number)
{
	struct cedar_value value = value_of(scan, term);
	if (term->kind != TERM_AGGREGATE) {
		*ret_number = value.as.integer;
		return value.kind == CEDAR_LONG;
	}
	struct rows rows = {.aggregate = term->aggregate,
			    .width = (size_t)__builtin_popcount(term->aggregate->binders)};
	struct goal goal = {.found = add_row, .context = &rows};
	(void)satisfy(scan, term->aggregate->body, at, &goal);
	*ret_number = term->aggregate->is_sum ? rows.total : (temporal_total)rows.count;
	return !scan->is_void;
}

/* A comparison with a count or sum on some side. */
static bool satisfy_numbers(struct scan *scan, const struct temporal_condition *condition, size_t at,
			    const struct goal *goal)
{
	temporal_total numbers[2];
	for (unsigned i = 0; i < 2; i++) {
		const struct temporal_term *other = &condition->terms[1 - i];
		if (condition->relation != NODE_EQUAL || condition->terms[i].kind != TERM_VARIABLE ||
		    scan->slots[condition->terms[i].index].kind != CEDAR_NONE)
			continue;
		return !number_of(scan, other, at, &numbers[0])
			       ? !scan->is_void
			       : satisfy_value(scan, condition->terms[i].index, temporal_long(numbers[0]), goal);
	}
	for (unsigned i = 0; i < 2; i++)
		if (!number_of(scan, &condition->terms[i], at, &numbers[i]))
			return !scan->is_void;
	if (!temporal_compare_wide((enum node_kind)condition->relation, numbers[0], numbers[1]))
		return true;
	return goal->found(scan, goal);
}

static bool satisfy_comparison(struct scan *scan, const struct temporal_condition *condition, size_t at,
			       const struct goal *goal)
{
	const struct temporal_term *left = &condition->terms[0], *right = &condition->terms[1];
	if (left->kind == TERM_AGGREGATE || right->kind == TERM_AGGREGATE)
		return satisfy_numbers(scan, condition, at, goal);
	struct cedar_value a = value_of(scan, left), b = value_of(scan, right);
	if (condition->relation == NODE_EQUAL && a.kind == CEDAR_NONE && left->kind == TERM_VARIABLE &&
	    b.kind != CEDAR_NONE)
		return satisfy_value(scan, left->index, b, goal);
	if (condition->relation == NODE_EQUAL && b.kind == CEDAR_NONE && right->kind == TERM_VARIABLE &&
	    a.kind != CEDAR_NONE)
		return satisfy_value(scan, right->index, a, goal);
	return !temporal_compare((enum node_kind)condition->relation, a, b) || goal->found(scan, goal);
}

static bool satisfy(struct scan *scan, const struct temporal_condition *condition, size_t at, const struct goal *goal)
{
	if (scan->is_void)
		return false;
	if (++scan->steps > CEDAR_SCAN_STEPS_MAX)
		return give_up(scan, "the condition looks at too many events of the session", E_OK);
	switch ((enum temporal_kind)condition->kind) {
	case TEMPORAL_AND:
		return satisfy_and(scan, condition, at, goal);
	case TEMPORAL_NOT:
		return holds(scan, condition->left, at) || scan->is_void ? !scan->is_void : goal->found(scan, goal);
	case TEMPORAL_FORMERLY:
		return satisfy_formerly(scan, condition, at, goal);
	case TEMPORAL_PREVIOUS:
		return satisfy_previous(scan, condition, at, goal);
	case TEMPORAL_SINCE:
		return satisfy_since(scan, condition, at, goal);
	case TEMPORAL_EVENT:
		return satisfy_event(scan, condition, at, goal);
	case TEMPORAL_COMPARE:
		return satisfy_comparison(scan, condition, at, goal);
	case TEMPORAL_EXISTS:
		return satisfy(scan, condition->left, at, goal);
	case TEMPORAL_TIMEPOINT:
		return satisfy_value(scan, condition->slot, cedar_long((int64_t)at), goal);
	}
	return give_up(scan, "a condition of an unknown kind", E_INTERNAL);
}

enum temporal_answer temporal_scan(struct temporal_question *question)
{
	struct cedar_history *history = question->history;
	struct scan scan = {.question = question, .first = history->first, .last = history->next};
	history->asked_ms = history_now(history, question->current->time_ms);
	if (history_is_unknown(history_kept_since(history), history->asked_ms, question->temporal->reach_ms)) {
		question->sentence = history_unknown_sentence();
		return TEMPORAL_UNKNOWN;
	}
	bool held = holds(&scan, question->temporal->root, scan.last);
	return scan.is_void ? TEMPORAL_UNKNOWN : temporal_answer_of(held);
}
