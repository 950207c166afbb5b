/* History conditions from monitors: three-valued, since a part of the past may not be known. */
#include "cedar/evaluate.h"
#include "cedar/monitor.h"

struct ask {
	struct temporal_question *question;
	struct monitors *monitors;
	int64_t now_ms;
	int64_t until_ms;                 /* without further events the answer stays what it is up to here */
	const struct instance *witness;   /* where the question's is one's last event */
	struct cedar_value slots[CEDAR_TEMPORAL_VARIABLES_MAX]; /* variables bound to a count or sum */
};

static enum temporal_answer ask_condition(struct ask *ask, const struct temporal_condition *condition);

static enum temporal_answer unknown(struct ask *ask, const char *sentence)
{
	ask->question->sentence = sentence;
	return TEMPORAL_UNKNOWN;
}

static enum temporal_answer negate(enum temporal_answer answer)
{
	return answer == TEMPORAL_UNKNOWN ? answer : temporal_answer_of(answer == TEMPORAL_FALSE);
}

static bool is_past(const struct ask *ask, int64_t until_ms, int64_t window_ms)
{
	return history_is_unknown(until_ms, ask->now_ms, window_ms + 1);
}

/* Is something missing of what the monitor should have seen in the window? */
static bool is_missing(struct ask *ask, const struct temporal_shape *shape, int64_t window_ms)
{
	const struct cedar_history *history = ask->question->history;
	const struct instance *cut = monitors_find_cut(history, shape);
	if (ask->monitors->is_full)
		ask->question->sentence = "the session has more events than its monitors can hold";
	else if (cut && ask->now_ms - cut->last_ms <= window_ms)
		ask->question->sentence = "an event of the session was too large to be kept whole";
	else if (is_past(ask, history->unknown_until_ms, window_ms) ||
		 is_past(ask, ask->monitors->unknown_until_ms, window_ms))
		ask->question->sentence = history_unknown_sentence();
	else
		return false;
	return true;
}

static bool is_current(const struct ask *ask, const struct temporal_monitor *monitor, struct cedar_value *ret_summand)
{
	return monitor_match(monitor, ask->question->requests, ask->question->current, ret_summand) == TEMPORAL_TRUE;
}

static void set_witness(struct ask *ask, const struct instance *instance)
{
	ask->question->witness = (slice){instance->request, instance->request_length};
	ask->witness = instance;
}

/* Holds while what happened then is in the window. */
static void leave(struct ask *ask, int64_t time_ms, int64_t window_ms)
{
	int64_t until_ms;
	if (!__builtin_add_overflow(time_ms, window_ms, &until_ms) && until_ms < ask->until_ms)
		ask->until_ms = until_ms;
}

static enum temporal_answer ask_formerly(struct ask *ask, const struct temporal_condition *condition)
{
	struct cedar_value ignored;
	if (is_current(ask, condition->monitor, &ignored))
		return TEMPORAL_TRUE;
	const struct instance *instance =
		monitors_find(ask->question->history, condition->monitor, ask->question->requests);
	if (instance && ask->now_ms - instance->last_ms <= condition->window_ms) {
		set_witness(ask, instance);
		leave(ask, instance->last_ms, condition->window_ms);
		return TEMPORAL_TRUE;
	}
	return is_missing(ask, condition->monitor->shape, condition->window_ms) ? TEMPORAL_UNKNOWN : TEMPORAL_FALSE;
}

/*
 * The latest anchor decides: whatever an earlier one needs of the left side, it needs too. It must be known that
 * nothing is missing after it.
 */
static enum temporal_answer ask_since(struct ask *ask, const struct temporal_condition *condition)
{
	const struct temporal_question *question = ask->question;
	const struct cedar_history *history = question->history;
	bool is_negated = condition->left->kind == TEMPORAL_NOT;
	struct cedar_value ignored;
	if (is_current(ask, condition->monitor, &ignored))
		return TEMPORAL_TRUE;
	const struct instance *anchor = monitors_find(history, condition->monitor, question->requests);
	const struct instance *guard = monitors_find(history, condition->guard, question->requests);
	bool is_guarded = is_current(ask, condition->guard, &ignored);
	bool has_anchor = anchor && ask->now_ms - anchor->last_ms <= condition->window_ms;
	bool holds;
	/* Without an anchor there may be one among what is missing; the current event alone can break any. */
	if (is_guarded == is_negated)
		return TEMPORAL_FALSE;
	int64_t needed_ms = has_anchor ? ask->now_ms - anchor->last_ms : condition->window_ms;
	if (is_missing(ask, condition->guard->shape, needed_ms) || is_missing(ask, condition->monitor->shape, needed_ms))
		return TEMPORAL_UNKNOWN;
	if (!has_anchor)
		return TEMPORAL_FALSE;
	if (is_negated)
		holds = !guard || guard->last <= anchor->last || guard->last == SIZE_MAX - 1;
	else
		holds = anchor->last + 1 == history->next ||
			(guard && guard->last + 1 == history->next && guard->run_first <= anchor->last + 1);
	/* A run that is broken stays so, and when its anchor leaves the window there is none. */
	if (holds) {
		set_witness(ask, anchor);
		leave(ask, anchor->last_ms, condition->window_ms);
	}
	return temporal_answer_of(holds);
}

/* --- the event before --- */

static enum temporal_answer match_event(const struct ask *ask, const struct temporal_condition *condition,
					const struct cedar_event *event)
{
	bool is_cut, any_cut = false;
	if (event->kind != (enum cedar_event_kind)condition->event || !cedar_uid_equal(event->action, condition->action))
		return TEMPORAL_FALSE;
	for (uint32_t i = 0; i < condition->field_count; i++) {
		const struct temporal_field *field = &condition->fields[i];
		if (field->term.kind == TERM_WILDCARD)
			continue;
		struct cedar_value value = event_field(event, field->path, field->count, &is_cut);
		struct cedar_value wanted = temporal_ground(&field->term, ask->question->requests);
		any_cut = any_cut || is_cut;
		if (!is_cut && (value.kind == CEDAR_NONE || !cedar_value_equal(value, wanted)))
			return TEMPORAL_FALSE;
	}
	return any_cut ? TEMPORAL_UNKNOWN : TEMPORAL_TRUE;
}

static struct cedar_value ground(const struct ask *ask, const struct temporal_term *term)
{
	return temporal_ground(term, ask->question->requests);
}

static enum temporal_answer both(enum temporal_answer left, enum temporal_answer right)
{
	if (left == TEMPORAL_FALSE || right == TEMPORAL_FALSE)
		return TEMPORAL_FALSE;
	return left == TEMPORAL_UNKNOWN ? left : right;
}

/* What can be told from one event. */
static enum temporal_answer ask_event(const struct ask *ask, const struct temporal_condition *condition,
				      const struct cedar_event *event)
{
	switch ((int)condition->kind) {
	case TEMPORAL_AND:
		return both(ask_event(ask, condition->left, event), ask_event(ask, condition->right, event));
	case TEMPORAL_NOT:
		return negate(ask_event(ask, condition->left, event));
	case TEMPORAL_COMPARE:
		return temporal_answer_of(temporal_compare((enum node_kind)condition->relation,
							   ground(ask, &condition->terms[0]),
							   ground(ask, &condition->terms[1])));
	default:
		return match_event(ask, condition, event);
	}
}

static enum temporal_answer ask_previous(struct ask *ask, const struct temporal_condition *condition)
{
	const struct cedar_history *history = ask->question->history;
	if (is_past(ask, history->unknown_until_ms, condition->window_ms) &&
	    (history->next == history->first || history->last_ms <= history->unknown_until_ms))
		return unknown(ask, history_unknown_sentence());
	if (history->next == history->first)
		return TEMPORAL_FALSE;
	const struct cedar_event *last = history_event(history, history->next - 1);
	if (ask->now_ms - last->time_ms > condition->window_ms)
		return TEMPORAL_FALSE;
	enum temporal_answer answer = ask_event(ask, condition->left, last);
	if (answer == TEMPORAL_UNKNOWN)
		return unknown(ask, "an event of the session was too large to be kept whole");
	if (answer == TEMPORAL_TRUE) {
		ask->question->witness = last->request_id;
		ask->witness = NULL;
	}
	return answer;
}

/* --- comparisons --- */

/* TRUE: `*ret_number` is it.  FALSE: no number.  UNKNOWN. */
static enum temporal_answer aggregate_number(struct ask *ask, const struct temporal_aggregate *aggregate,
					     temporal_total *ret_number)
{
	const struct temporal_shape *shape = aggregate->monitor->shape;
	struct cedar_value summand;
	*ret_number = 0;
	if (is_missing(ask, shape, shape->window_ms))
		return TEMPORAL_UNKNOWN;
	struct instance *instance = monitors_find(ask->question->history, aggregate->monitor, ask->question->requests);
	if (instance) {
		ring_expire(ask->monitors, instance, shape, ask->now_ms);
		if (instance->oldest)
			leave(ask, instance->oldest->time_ms, shape->window_ms);
		*ret_number = aggregate->is_sum ? instance->total : (temporal_total)instance->count;
	}
	if (is_current(ask, aggregate->monitor, &summand))
		*ret_number += !aggregate->is_sum ? 1 : summand.kind == CEDAR_LONG ? summand.as.integer : 0;
	return TEMPORAL_TRUE;
}

static enum temporal_answer number_of(struct ask *ask, const struct temporal_term *term, temporal_total *ret_number)
{
	if (term->kind == TERM_AGGREGATE)
		return aggregate_number(ask, term->aggregate, ret_number);
	struct cedar_value value = term->kind == TERM_VARIABLE ? ask->slots[term->index] : ground(ask, term);
	if (term->kind == TERM_VARIABLE && value.kind == CEDAR_NONE)
		return TEMPORAL_UNKNOWN;
	*ret_number = value.as.integer;
	return temporal_answer_of(value.kind == CEDAR_LONG);
}

static bool is_unbound(const struct ask *ask, const struct temporal_term *term)
{
	return term->kind == TERM_VARIABLE && ask->slots[term->index].kind == CEDAR_NONE;
}

/* `(count ...) == n`: n becomes the number. A variable whose number is not known stays unbound, and so does all with it. */
static enum temporal_answer bind(struct ask *ask, const struct temporal_condition *condition, bool is_right)
{
	const struct temporal_term *variable = &condition->terms[is_right], *other = &condition->terms[!is_right];
	temporal_total number;
	if (other->kind != TERM_AGGREGATE) {
		ask->slots[variable->index] = ground(ask, other);
		return TEMPORAL_TRUE;
	}
	if (number_of(ask, other, &number) != TEMPORAL_TRUE)
		return TEMPORAL_UNKNOWN;
	ask->slots[variable->index] = temporal_long(number);
	return TEMPORAL_TRUE;
}

static bool is_count(const struct temporal_term *term)
{
	return term->kind == TERM_AGGREGATE && !term->aggregate->is_sum;
}

/* Is a count compared so that it can fall without changing the answer? */
static bool is_settled(const struct temporal_condition *condition, bool holds)
{
	bool is_less = condition->relation == NODE_LESS || condition->relation == NODE_LESS_EQUAL;
	bool is_greater = condition->relation == NODE_GREATER || condition->relation == NODE_GREATER_EQUAL;
	const struct temporal_term *left = &condition->terms[0], *right = &condition->terms[1];
	if (is_count(left) && right->kind != TERM_AGGREGATE)
		return holds ? is_less : is_greater;
	return is_count(right) && left->kind != TERM_AGGREGATE && (holds ? is_greater : is_less);
}

static enum temporal_answer ask_comparison(struct ask *ask, const struct temporal_condition *condition)
{
	int64_t until_ms = ask->until_ms;
	temporal_total numbers[2];
	bool has_aggregate = false;
	for (unsigned i = 0; i < 2; i++)
		has_aggregate = has_aggregate || condition->terms[i].kind == TERM_AGGREGATE;
	for (unsigned i = 0; i < 2 && condition->relation == NODE_EQUAL; i++) {
		unsigned char other = condition->terms[1 - i].kind;
		if (is_unbound(ask, &condition->terms[i]) && other != TERM_VARIABLE && other != TERM_WILDCARD)
			return bind(ask, condition, i == 1);
	}
	if (is_unbound(ask, &condition->terms[0]) || is_unbound(ask, &condition->terms[1]))
		return TEMPORAL_UNKNOWN;
	if (!has_aggregate) {
		struct cedar_value values[2];
		for (unsigned i = 0; i < 2; i++)
			values[i] = condition->terms[i].kind == TERM_VARIABLE ? ask->slots[condition->terms[i].index]
				    : condition->terms[i].kind == TERM_WILDCARD ? (struct cedar_value){0}
										: ground(ask, &condition->terms[i]);
		return temporal_answer_of(temporal_compare((enum node_kind)condition->relation, values[0], values[1]));
	}
	for (unsigned i = 0; i < 2; i++) {
		enum temporal_answer answer = number_of(ask, &condition->terms[i], &numbers[i]);
		if (answer != TEMPORAL_TRUE)
			return answer;
	}
	bool holds = temporal_compare_wide((enum node_kind)condition->relation, numbers[0], numbers[1]);
	/* Without further events a count only falls. */
	if (is_settled(condition, holds))
		ask->until_ms = until_ms;
	return temporal_answer_of(holds);
}

static enum temporal_answer ask_not(struct ask *ask, const struct temporal_condition *condition)
{
	slice witness = ask->question->witness;
	const struct instance *instance = ask->witness;
	enum temporal_answer answer = ask_condition(ask, condition->left);
	/* What made the inside true explains nothing about the outside. */
	ask->question->witness = witness;
	ask->witness = instance;
	return negate(answer);
}

static enum temporal_answer ask_condition(struct ask *ask, const struct temporal_condition *condition)
{
	enum temporal_answer left;
	switch ((enum temporal_kind)condition->kind) {
	case TEMPORAL_AND:
		left = ask_condition(ask, condition->left);
		return left == TEMPORAL_FALSE ? left : both(left, ask_condition(ask, condition->right));
	case TEMPORAL_NOT:
		return ask_not(ask, condition);
	case TEMPORAL_FORMERLY:
		return ask_formerly(ask, condition);
	case TEMPORAL_PREVIOUS:
		return ask_previous(ask, condition);
	case TEMPORAL_SINCE:
		return ask_since(ask, condition);
	case TEMPORAL_EVENT:
		return match_event(ask, condition, ask->question->current);
	case TEMPORAL_COMPARE:
		return ask_comparison(ask, condition);
	case TEMPORAL_EXISTS:
		return ask_condition(ask, condition->left);
	case TEMPORAL_TIMEPOINT:
		break;
	}
	return TEMPORAL_UNKNOWN;
}

static enum temporal_answer ask_anew(struct temporal_question *question, struct monitors *monitors, int64_t now_ms)
{
	struct ask ask UNINITIALIZED;
	ask.question = question;
	ask.monitors = monitors;
	ask.now_ms = now_ms;
	ask.until_ms = INT64_MAX;
	ask.witness = NULL;
	for (unsigned i = 0; i < question->temporal->slot_count; i++)
		ask.slots[i] = (struct cedar_value){0};
	enum temporal_answer answer = ask_condition(&ask, question->temporal->root);
	if (answer == TEMPORAL_UNKNOWN && !question->sentence)
		question->sentence = history_unknown_sentence();
	if (answer != TEMPORAL_TRUE) {
		question->witness = (slice){NULL, 0};
		ask.witness = NULL;
	}
	/* What is not known may be so for many reasons, and a witness that is no instance has no place. */
	if (answer != TEMPORAL_UNKNOWN && (question->witness.len == 0 || ask.witness))
		kept_put(monitors, question->temporal, answer == TEMPORAL_TRUE, ask.until_ms, ask.witness);
	return answer;
}

enum temporal_answer temporal_ask_monitors(struct temporal_question *question)
{
	struct cedar_history *history = question->history;
	int64_t now_ms = history->asked_ms = history_now(history, question->current->time_ms);
	struct monitors *monitors = monitors_of(history, question->temporal->shapes);
	if (!monitors) {
		question->failure = E_MEMORY;
		question->sentence = "no memory for monitors";
		return TEMPORAL_UNKNOWN;
	}
	if (!question->number)
		question->number = ++history->decisions;
	if (monitors->decision != question->number)
		kept_begin(monitors, question->number, question->current, now_ms);
	enum temporal_answer kept =
		temporal_recall(history, question->temporal, question->number, &question->witness);
	return kept == TEMPORAL_UNKNOWN ? ask_anew(question, monitors, now_ms) : kept;
}
