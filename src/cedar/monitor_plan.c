/* Which conditions can be answered by monitors, and which events these have to watch. */
#include "cedar/limits.h"
#include "cedar/monitor.h"
#include "cedar/policies.h"

#include <stdatomic.h>
#include <string.h>

struct plan {
	struct temporal_shapes *shapes;
	struct arena *arena;
	bool no_memory;
};

/* What `formerly`, `since`, `count` and `sum` look for: one event, fields with values, and filters on its variables. */
struct pattern_plan {
	const struct temporal_condition *event;
	struct temporal_field keys[CEDAR_TEMPORAL_FIELDS_MAX];
	uint32_t key_count;
	struct monitor_filter filters[CEDAR_TEMPORAL_FIELDS_MAX];
	uint32_t filter_count;
	const struct temporal_field *fields_of[CEDAR_TEMPORAL_VARIABLES_MAX]; /* the field that binds a variable */
	uint32_t bound;
	uint32_t points; /* bound by tp */
};

/* Keys are kept in the order of their paths, so that policies which write them in another order share a shape. */
static bool add_key(struct pattern_plan *pattern, const struct temporal_field *field)
{
	uint32_t at = pattern->key_count;
	while (at > 0 && field_path_compare(&pattern->keys[at - 1], field) > 0)
		at--;
	if (at > 0 && field_path_compare(&pattern->keys[at - 1], field) == 0)
		return false;
	memmove(&pattern->keys[at + 1], &pattern->keys[at], (pattern->key_count - at) * sizeof(*field));
	pattern->keys[at] = *field;
	pattern->key_count++;
	return true;
}

static bool add_filter(struct pattern_plan *pattern, const struct temporal_field *field, enum node_kind relation,
		       struct cedar_value value)
{
	if (pattern->filter_count == CEDAR_TEMPORAL_FIELDS_MAX)
		return false;
	pattern->filters[pattern->filter_count++] =
		(struct monitor_filter){.field = field, .relation = (unsigned char)relation, .value = value};
	return true;
}

/* `own`: variables that nobody else uses. */
static bool plan_event(struct pattern_plan *pattern, const struct temporal_condition *event, uint32_t own)
{
	if (pattern->event)
		return false;
	pattern->event = event;
	for (uint32_t i = 0; i < event->field_count; i++) {
		const struct temporal_field *field = &event->fields[i];
		bool fits = true;
		if (field->term.kind == TERM_VALUE || field->term.kind == TERM_REQUEST) {
			fits = add_key(pattern, field);
		} else if (field->term.kind == TERM_VARIABLE) {
			uint32_t slot = 1u << field->term.index;
			fits = (own & slot) && !(pattern->bound & slot) &&
			       add_filter(pattern, field, NODE_HAS, (struct cedar_value){0});
			pattern->fields_of[field->term.index] = field;
			pattern->bound |= slot;
		}
		if (!fits)
			return false;
	}
	return true;
}

static enum node_kind mirrored(enum node_kind relation)
{
	static const unsigned char mirror[][2] = {{NODE_LESS, NODE_GREATER}, {NODE_LESS_EQUAL, NODE_GREATER_EQUAL}};
	for (size_t i = 0; i < 2; i++)
		for (size_t j = 0; j < 2; j++)
			if (mirror[i][j] == relation)
				return (enum node_kind)mirror[i][1 - j];
	return relation;
}

/* `variable < value`, of a variable that the event has bound already. */
static bool plan_filter(struct pattern_plan *pattern, const struct temporal_condition *comparison)
{
	bool is_left = comparison->terms[0].kind == TERM_VARIABLE;
	const struct temporal_term *variable = &comparison->terms[!is_left], *value = &comparison->terms[is_left];
	enum node_kind relation = (enum node_kind)comparison->relation;
	if (variable->kind != TERM_VARIABLE || value->kind != TERM_VALUE || !(pattern->bound & 1u << variable->index))
		return false;
	return add_filter(pattern, pattern->fields_of[variable->index], is_left ? relation : mirrored(relation),
			  value->value);
}

/* One event with filters and tp behind it, in any grouping. */
static bool plan_pattern(struct pattern_plan *pattern, const struct temporal_condition *condition, uint32_t own)
{
	switch ((enum temporal_kind)condition->kind) {
	case TEMPORAL_AND:
		return plan_pattern(pattern, condition->left, own) && plan_pattern(pattern, condition->right, own);
	case TEMPORAL_EVENT:
		return plan_event(pattern, condition, own);
	case TEMPORAL_COMPARE:
		return plan_filter(pattern, condition);
	case TEMPORAL_TIMEPOINT:
		pattern->points |= 1u << condition->slot;
		return (own & 1u << condition->slot) != 0;
	case TEMPORAL_NOT:
	case TEMPORAL_FORMERLY:
	case TEMPORAL_PREVIOUS:
	case TEMPORAL_SINCE:
	case TEMPORAL_EXISTS:
		break;
	}
	return false;
}

/* --- monitors --- */

static void *keep(struct plan *plan, const void *items, size_t bytes)
{
	slice copy = arena_copy(plan->arena, slice_from(items, bytes));
	plan->no_memory = plan->no_memory || !copy.ptr;
	return (void *)(uintptr_t)copy.ptr;
}

/* NULL: no monitor can tell. `window_ms` and `summand` are of a count or sum. */
static const struct temporal_monitor *make_monitor(struct plan *plan, const struct pattern_plan *pattern, bool is_ring,
						   int64_t window_ms, const struct temporal_field *summand)
{
	struct temporal_monitor monitor;
	if (!pattern->event)
		return NULL;
	monitor.keys = keep(plan, pattern->keys, pattern->key_count * sizeof(*pattern->keys));
	struct temporal_shape wanted = {.event = pattern->event->event, .is_ring = is_ring, .window_ms = window_ms,
					.action = pattern->event->action, .keys = monitor.keys,
					.key_count = pattern->key_count, .filters = pattern->filters,
					.filter_count = pattern->filter_count, .summand = summand};
	monitor.shape = monitor.keys ? shapes_share(plan->shapes, plan->arena, &wanted, &plan->no_memory) : NULL;
	return monitor.shape ? keep(plan, &monitor, sizeof(monitor)) : NULL;
}

static const struct temporal_monitor *plan_single(struct plan *plan, const struct temporal_condition *condition,
						  uint32_t own)
{
	struct pattern_plan pattern = {0};
	if (!plan_pattern(&pattern, condition, own) || pattern.points)
		return NULL;
	return make_monitor(plan, &pattern, false, 0, NULL);
}

/* `count for (t: Timepoint)` or `sum a for (a: Long), (t: Timepoint)` over one `formerly`: each event is one row. */
static bool plan_aggregate(struct plan *plan, struct temporal_aggregate *aggregate)
{
	struct pattern_plan pattern = {0};
	const struct temporal_condition *formerly = aggregate->body;
	if (formerly->kind != TEMPORAL_FORMERLY || !plan_pattern(&pattern, formerly->left, aggregate->binders))
		return false;
	const struct temporal_field *summand = aggregate->is_sum ? pattern.fields_of[aggregate->slot] : NULL;
	bool is_row = __builtin_popcount(pattern.points) == 1 &&
		      (pattern.points | pattern.bound) == aggregate->binders && (!aggregate->is_sum || summand);
	if (is_row)
		aggregate->monitor = make_monitor(plan, &pattern, true, formerly->window_ms, summand);
	return aggregate->monitor != NULL;
}

/* --- conditions --- */

static bool is_ground(const struct temporal_term *term)
{
	return term->kind == TERM_VALUE || term->kind == TERM_REQUEST;
}

/* Can it be told from one event alone? */
static bool is_local(const struct temporal_condition *condition)
{
	switch ((enum temporal_kind)condition->kind) {
	case TEMPORAL_AND:
		return is_local(condition->left) && is_local(condition->right);
	case TEMPORAL_NOT:
		return is_local(condition->left);
	case TEMPORAL_EVENT:
		return condition->free == 0;
	case TEMPORAL_COMPARE:
		return is_ground(&condition->terms[0]) && is_ground(&condition->terms[1]);
	case TEMPORAL_FORMERLY:
	case TEMPORAL_PREVIOUS:
	case TEMPORAL_SINCE:
	case TEMPORAL_EXISTS:
	case TEMPORAL_TIMEPOINT:
		break;
	}
	return false;
}

static bool plan_since(struct plan *plan, struct temporal_condition *condition)
{
	const struct temporal_condition *left = condition->left;
	if (left->kind == TEMPORAL_NOT)
		left = left->left;
	if (left->kind != TEMPORAL_EVENT)
		return false;
	condition->monitor = plan_single(plan, condition->right, 0);
	condition->guard = plan_single(plan, left, 0);
	return condition->monitor && condition->guard;
}

static bool plan_comparison(struct plan *plan, struct temporal_condition *condition)
{
	for (unsigned i = 0; i < 2; i++)
		if (condition->terms[i].kind == TERM_AGGREGATE && !plan_aggregate(plan, condition->terms[i].aggregate))
			return false;
	return true;
}

/* `own`: variables that an `exists` gives to nothing but this. */
static bool plan_condition(struct plan *plan, struct temporal_condition *condition, uint32_t own)
{
	switch ((enum temporal_kind)condition->kind) {
	case TEMPORAL_AND:
		return plan_condition(plan, condition->left, 0) && plan_condition(plan, condition->right, 0);
	case TEMPORAL_NOT:
		return plan_condition(plan, condition->left, 0);
	case TEMPORAL_FORMERLY:
		condition->monitor = plan_single(plan, condition->left, own);
		return condition->monitor != NULL;
	case TEMPORAL_PREVIOUS:
		return is_local(condition->left);
	case TEMPORAL_SINCE:
		return plan_since(plan, condition);
	case TEMPORAL_EVENT:
		return condition->free == 0;
	case TEMPORAL_COMPARE:
		return plan_comparison(plan, condition);
	case TEMPORAL_EXISTS:
		return plan_condition(plan, condition->left, own | 1u << condition->slot);
	case TEMPORAL_TIMEPOINT:
		break;
	}
	return false;
}

/*
 * Is what it says changed by nothing but events that its monitors look for, and time? What `previous` sees changes with any
 * event, and so does a run of events.
 */
static bool is_steady(const struct temporal_condition *condition)
{
	switch ((enum temporal_kind)condition->kind) {
	case TEMPORAL_AND:
		return is_steady(condition->left) && is_steady(condition->right);
	case TEMPORAL_NOT:
	case TEMPORAL_EXISTS:
		return is_steady(condition->left);
	case TEMPORAL_SINCE:
		return condition->left->kind == TEMPORAL_NOT;
	case TEMPORAL_FORMERLY:
	case TEMPORAL_COMPARE:
		return true;
	case TEMPORAL_PREVIOUS:
	case TEMPORAL_EVENT:
	case TEMPORAL_TIMEPOINT:
		break;
	}
	return false;
}

static enum error plan_one(struct plan *plan, struct temporal *temporal, struct fault *why)
{
	if (temporal->is_planned)
		return E_OK;
	temporal->is_planned = true;
	temporal->is_monitored = plan_condition(plan, temporal->root, 0);
	temporal->shapes = plan->shapes;
	temporal->number = (uint32_t)plan->shapes->condition_count++;
	if (temporal->is_monitored && temporal->request_count == 0 && is_steady(temporal->root)) {
		temporal->is_steady = true;
		if (!audiences_add(plan->shapes, plan->arena, temporal))
			plan->no_memory = true;
	}
	plan->shapes->scanned_count += !temporal->is_monitored && temporal->reach_ms > 0;
	return plan->no_memory ? FAIL(why, E_MEMORY, "no memory for history conditions") : E_OK;
}

enum error monitors_plan(struct cedar_policyset *set, struct fault *why)
{
	static _Atomic uint64_t generations;
	struct plan plan = {.arena = &set->arena};
	for (size_t i = 0; i < set->count; i++)
		for (uint32_t j = 0; j < set->policies[i]->clause_count; j++) {
			const struct node *code = set->policies[i]->clauses[j].code;
			if (code->kind != NODE_TEMPORAL)
				continue;
			if (!plan.shapes)
				plan.shapes = set->shapes = ARENA_NEW(&set->arena, struct temporal_shapes);
			if (!plan.shapes)
				return FAIL(why, E_MEMORY, "no memory for history conditions");
			plan.shapes->key = set->key;
			TRY(plan_one(&plan, code->temporal, why));
		}
	if (plan.shapes)
		plan.shapes->generation = atomic_fetch_add(&generations, 1) + 1;
	return E_OK;
}

size_t cedar_policyset_history_conditions(const struct cedar_policyset *set)
{
	return set->shapes ? set->shapes->condition_count : 0;
}

bool cedar_policyset_scans_history(const struct cedar_policyset *set, size_t index, uint32_t *ret_line,
				   uint32_t *ret_column)
{
	const struct policy *policy = set->policies[index];
	for (uint32_t i = 0; i < policy->clause_count; i++) {
		const struct node *body = policy->clauses[i].code;
		if (body->kind != NODE_TEMPORAL || body->temporal->is_monitored || body->temporal->reach_ms == 0)
			continue;
		struct text_place place = {0};
		text_place_move(&place, set->sources[policy->source].text, policy->clauses[i].offset);
		if (ret_line)
			*ret_line = place.line;
		if (ret_column)
			*ret_column = place.column;
		return true;
	}
	return false;
}
