/*
 * May it be decided? A variable has to be bound by something that happened (a field of an event, tp, an equality with a
 * value) before it is used to filter, and in the order of writing, since that is the order of evaluation. A negation
 * binds nothing, and of `since` only the right side does.
 */
#include "cedar/parser.h"
#include "cedar/temporal.h"

struct check {
	struct parser *parser;
	const struct temporal *temporal;
};

static enum error check_condition(const struct check *check, const struct temporal_condition *condition, uint32_t bound,
				  uint32_t *ret_bound);

static enum error refuse_unbound(const struct check *check, uint32_t slots, uint32_t offset, const char *where)
{
	unsigned slot = (unsigned)__builtin_ctz(slots);
	return PARSER_FAIL(check->parser, E_SYNTAX, offset,
			   "`%.*s` is used in %s before an event binds it: put the event in front",
			   SLICE_ARG(check->temporal->slots[slot].name), where);
}

/* Does it change from event to event? What does not belongs into an ordinary `when`. */
static bool depends_on_history(const struct temporal_condition *condition)
{
	if (condition->kind == TEMPORAL_AND)
		return depends_on_history(condition->left) || depends_on_history(condition->right);
	if (condition->kind == TEMPORAL_NOT || condition->kind == TEMPORAL_EXISTS)
		return depends_on_history(condition->left);
	if (condition->kind != TEMPORAL_COMPARE)
		return true;
	for (unsigned i = 0; i < 2; i++)
		if (condition->terms[i].kind == TERM_VARIABLE || condition->terms[i].kind == TERM_AGGREGATE)
			return true;
	return false;
}

static enum error check_dependence(const struct check *check, const struct temporal_condition *condition)
{
	if (depends_on_history(condition))
		return E_OK;
	return PARSER_FAIL(check->parser, E_SYNTAX, condition->offset,
			   "this does not depend on any event: write it into an ordinary `when`");
}

/* An operator's operand. */
static enum error check_below(const struct check *check, const struct temporal_condition *condition, uint32_t bound,
			      uint32_t *ret_bound)
{
	TRY(check_dependence(check, condition));
	return check_condition(check, condition, bound, ret_bound);
}

static enum temporal_type type_of(const struct check *check, const struct temporal_term *term)
{
	if (term->kind == TERM_AGGREGATE)
		return TEMPORAL_LONG;
	if (term->kind == TERM_VARIABLE)
		return (enum temporal_type)check->temporal->slots[term->index].type;
	switch (term->kind == TERM_VALUE ? (int)term->value.kind : CEDAR_NONE) {
	case CEDAR_LONG:
		return TEMPORAL_LONG;
	case CEDAR_STRING:
		return TEMPORAL_STRING;
	case CEDAR_BOOL:
		return TEMPORAL_BOOL;
	default:
		return TEMPORAL_OTHER;
	}
}

static enum error check_types(const struct check *check, const struct temporal_condition *condition)
{
	enum temporal_type left = type_of(check, &condition->terms[0]), right = type_of(check, &condition->terms[1]);
	bool is_order = condition->relation != NODE_EQUAL && condition->relation != NODE_NOT_EQUAL;
	for (unsigned i = 0; i < 2 && is_order; i++) {
		enum temporal_type type = i ? right : left;
		bool is_other_value = condition->terms[i].kind == TERM_VALUE && type == TEMPORAL_OTHER;
		if ((type != TEMPORAL_LONG && type != TEMPORAL_OTHER) || is_other_value)
			return PARSER_FAIL(check->parser, E_SYNTAX, condition->terms[i].offset,
					   "only numbers of type Long can be compared by size");
	}
	if (left != right && left != TEMPORAL_OTHER && right != TEMPORAL_OTHER)
		return PARSER_FAIL(check->parser, E_SYNTAX, condition->offset,
				   "values of different types are never equal: look at the type of the variable");
	return E_OK;
}

static enum error check_aggregate(const struct check *check, const struct temporal_aggregate *aggregate, uint32_t bound)
{
	uint32_t found;
	if (aggregate->is_sum && !(aggregate->binders & 1u << aggregate->slot))
		return PARSER_FAIL(check->parser, E_SYNTAX, aggregate->offset,
				   "what is summed must stand in the `for` list of the sum");
	if (aggregate->is_sum && check->temporal->slots[aggregate->slot].type != TEMPORAL_LONG)
		return PARSER_FAIL(check->parser, E_SYNTAX, aggregate->offset, "only variables of type Long can be summed");
	TRY(check_below(check, aggregate->body, bound, &found));
	if (aggregate->binders & ~found) {
		unsigned slot = (unsigned)__builtin_ctz(aggregate->binders & ~found);
		return PARSER_FAIL(check->parser, E_SYNTAX, aggregate->offset,
				   "no event in the `where` condition binds `%.*s`",
				   SLICE_ARG(check->temporal->slots[slot].name));
	}
	return E_OK;
}

/* The variable that an equality gives a value to; NULL: it only filters. */
static const struct temporal_term *bound_by_equality(const struct temporal_condition *condition)
{
	if (condition->relation != NODE_EQUAL)
		return NULL;
	for (unsigned i = 0; i < 2; i++) {
		unsigned char other = condition->terms[1 - i].kind;
		if (condition->terms[i].kind == TERM_VARIABLE && other != TERM_VARIABLE && other != TERM_WILDCARD)
			return &condition->terms[i];
	}
	return NULL;
}

static enum error check_comparison(const struct check *check, const struct temporal_condition *condition, uint32_t bound,
				   uint32_t *ret_bound)
{
	const struct temporal_term *variable = bound_by_equality(condition);
	uint32_t given = variable ? 1u << variable->index : 0;
	uint32_t needed = condition->free & ~given & ~bound;
	*ret_bound = given;
	if (needed)
		return refuse_unbound(check, needed, condition->offset, "a comparison");
	TRY(check_types(check, condition));
	for (unsigned i = 0; i < 2; i++)
		if (condition->terms[i].kind == TERM_AGGREGATE)
			TRY(check_aggregate(check, condition->terms[i].aggregate, bound));
	return E_OK;
}

static enum error check_event(const struct check *check, const struct temporal_condition *condition, uint32_t *ret_bound)
{
	*ret_bound = condition->free;
	for (uint32_t i = 0; i < condition->field_count; i++) {
		const struct temporal_term *term = &condition->fields[i].term;
		if (term->kind == TERM_VARIABLE && check->temporal->slots[term->index].type == TEMPORAL_POINT)
			return PARSER_FAIL(check->parser, E_SYNTAX, term->offset, "a Timepoint is bound by tp(%.*s) only",
					   SLICE_ARG(check->temporal->slots[term->index].name));
	}
	return E_OK;
}

static enum error check_since(const struct check *check, const struct temporal_condition *condition, uint32_t bound,
			      uint32_t *ret_bound)
{
	uint32_t ignored;
	TRY(check_below(check, condition->right, bound, ret_bound));
	uint32_t needed = condition->left->free & ~(bound | *ret_bound);
	if (needed)
		return refuse_unbound(check, needed, condition->left->offset, "the left side of `since`");
	return check_below(check, condition->left, bound | *ret_bound, &ignored);
}

static enum error check_exists(const struct check *check, const struct temporal_condition *condition, uint32_t bound,
			       uint32_t *ret_bound)
{
	uint32_t own = 1u << condition->slot;
	TRY(check_below(check, condition->left, bound, ret_bound));
	if (!(*ret_bound & own))
		return PARSER_FAIL(check->parser, E_SYNTAX, condition->offset, "no event in its condition binds `%.*s`",
				   SLICE_ARG(check->temporal->slots[condition->slot].name));
	*ret_bound &= ~own;
	return E_OK;
}

static enum error check_condition(const struct check *check, const struct temporal_condition *condition, uint32_t bound,
				  uint32_t *ret_bound)
{
	uint32_t second;
	*ret_bound = 0;
	switch ((enum temporal_kind)condition->kind) {
	case TEMPORAL_AND:
		TRY(check_condition(check, condition->left, bound, ret_bound));
		TRY(check_condition(check, condition->right, bound | *ret_bound, &second));
		*ret_bound |= second;
		return E_OK;
	case TEMPORAL_NOT:
		if (condition->free & ~bound)
			return refuse_unbound(check, condition->free & ~bound, condition->offset, "a negation");
		return check_condition(check, condition->left, bound, &second);
	case TEMPORAL_FORMERLY:
	case TEMPORAL_PREVIOUS:
		return check_below(check, condition->left, bound, ret_bound);
	case TEMPORAL_SINCE:
		return check_since(check, condition, bound, ret_bound);
	case TEMPORAL_EVENT:
		return check_event(check, condition, ret_bound);
	case TEMPORAL_COMPARE:
		return check_comparison(check, condition, bound, ret_bound);
	case TEMPORAL_EXISTS:
		return check_exists(check, condition, bound, ret_bound);
	case TEMPORAL_TIMEPOINT:
		*ret_bound = condition->free;
		if (check->temporal->slots[condition->slot].type == TEMPORAL_POINT)
			return E_OK;
		return PARSER_FAIL(check->parser, E_SYNTAX, condition->offset, "the variable of tp must be of type Timepoint");
	}
	return E_OK;
}

/* Each part of the outermost chain has to depend on the history. */
static enum error check_chain(const struct check *check, const struct temporal_condition *condition)
{
	if (condition->kind != TEMPORAL_AND)
		return check_dependence(check, condition);
	TRY(check_chain(check, condition->left));
	return check_chain(check, condition->right);
}

enum error temporal_check(struct parser *parser, const struct temporal *temporal)
{
	struct check check = {.parser = parser, .temporal = temporal};
	uint32_t bound;
	TRY(check_chain(&check, temporal->root));
	return check_condition(&check, temporal->root, 0, &bound);
}
