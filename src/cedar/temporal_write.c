/* The short form of a history condition: one line, equal for equal trees. */
#include "cedar/temporal.h"
#include "cedar/write.h"

static void write_condition(struct buffer *out, const struct temporal *temporal,
			    const struct temporal_condition *condition);

static void write_window(struct buffer *out, int64_t window_ms)
{
	static const struct {
		int64_t unit_ms;
		char name;
	} units[] = {{86400000, 'd'}, {3600000, 'h'}, {60000, 'm'}, {1000, 's'}};
	size_t unit = 0;
	while (unit < 3 && (window_ms == 0 || window_ms % units[unit].unit_ms != 0))
		unit++;
	buffer_add_text(out, " within ");
	buffer_add_i64(out, window_ms / units[unit].unit_ms);
	buffer_add_byte(out, units[unit].name);
	buffer_add_byte(out, ' ');
}

static void write_binder(struct buffer *out, const struct temporal_slot *slot)
{
	buffer_add_byte(out, '(');
	buffer_add(out, slot->name);
	buffer_add_text(out, ": ");
	buffer_add(out, slot->type_name);
	buffer_add_byte(out, ')');
}

static void write_aggregate(struct buffer *out, const struct temporal *temporal,
			    const struct temporal_aggregate *aggregate)
{
	const char *separator = " for ";
	buffer_add_text(out, aggregate->is_sum ? "(sum " : "(count");
	if (aggregate->is_sum)
		buffer_add(out, temporal->slots[aggregate->slot].name);
	for (unsigned slot = 0; slot < temporal->slot_count; slot++) {
		if (!(aggregate->binders & 1u << slot))
			continue;
		buffer_add_text(out, separator);
		write_binder(out, &temporal->slots[slot]);
		separator = ", ";
	}
	buffer_add_text(out, ". where ");
	write_condition(out, temporal, aggregate->body);
	buffer_add_byte(out, ')');
}

static void write_term(struct buffer *out, const struct temporal *temporal, const struct temporal_term *term)
{
	switch ((enum temporal_term_kind)term->kind) {
	case TERM_WILDCARD:
		buffer_add_byte(out, '_');
		break;
	case TERM_VALUE:
		cedar_value_write(out, term->value);
		break;
	case TERM_REQUEST:
		node_write(out, temporal->requests[term->index]);
		break;
	case TERM_VARIABLE:
		buffer_add(out, temporal->slots[term->index].name);
		break;
	case TERM_AGGREGATE:
		write_aggregate(out, temporal, term->aggregate);
		break;
	}
}

static void write_event(struct buffer *out, const struct temporal *temporal, const struct temporal_condition *event)
{
	cedar_value_write(out, cedar_entity(event->action));
	buffer_add_text(out, event->event == CEDAR_EVENT_REQUEST ? "::request{" : "::response{");
	for (uint32_t i = 0; i < event->field_count; i++) {
		if (i)
			buffer_add_text(out, ", ");
		for (uint32_t j = 0; j < event->fields[i].count; j++) {
			if (j)
				buffer_add_byte(out, '.');
			buffer_add(out, event->fields[i].path[j]);
		}
		buffer_add_text(out, ": ");
		write_term(out, temporal, &event->fields[i].term);
	}
	buffer_add_byte(out, '}');
}

/* What binds looser than an operand, or could take in what follows, stands in parentheses. */
static void write_operand(struct buffer *out, const struct temporal *temporal,
			  const struct temporal_condition *condition)
{
	bool is_bare = condition->kind == TEMPORAL_EVENT || condition->kind == TEMPORAL_TIMEPOINT;
	if (!is_bare)
		buffer_add_byte(out, '(');
	write_condition(out, temporal, condition);
	if (!is_bare)
		buffer_add_byte(out, ')');
}

/* In a chain only a chain and what takes in all that follows stand in parentheses. */
static void write_conjunct(struct buffer *out, const struct temporal *temporal,
			   const struct temporal_condition *condition)
{
	if (condition->kind == TEMPORAL_EXISTS || condition->kind == TEMPORAL_AND)
		write_operand(out, temporal, condition);
	else
		write_condition(out, temporal, condition);
}

static void write_and(struct buffer *out, const struct temporal *temporal, const struct temporal_condition *condition)
{
	if (condition->left->kind == TEMPORAL_AND)
		write_and(out, temporal, condition->left);
	else
		write_conjunct(out, temporal, condition->left);
	buffer_add_text(out, " && ");
	write_conjunct(out, temporal, condition->right);
}

static void write_condition(struct buffer *out, const struct temporal *temporal,
			    const struct temporal_condition *condition)
{
	switch ((enum temporal_kind)condition->kind) {
	case TEMPORAL_AND:
		write_and(out, temporal, condition);
		break;
	case TEMPORAL_NOT:
		buffer_add_byte(out, '!');
		write_operand(out, temporal, condition->left);
		break;
	case TEMPORAL_FORMERLY:
	case TEMPORAL_PREVIOUS:
		buffer_add_text(out, condition->kind == TEMPORAL_FORMERLY ? "formerly" : "previous");
		write_window(out, condition->window_ms);
		write_operand(out, temporal, condition->left);
		break;
	case TEMPORAL_SINCE:
		if (condition->left->kind == TEMPORAL_NOT)
			write_condition(out, temporal, condition->left);
		else
			write_operand(out, temporal, condition->left);
		buffer_add_text(out, " since");
		write_window(out, condition->window_ms);
		write_operand(out, temporal, condition->right);
		break;
	case TEMPORAL_EVENT:
		write_event(out, temporal, condition);
		break;
	case TEMPORAL_COMPARE:
		write_term(out, temporal, &condition->terms[0]);
		buffer_add_byte(out, ' ');
		buffer_add(out, node_operator((enum node_kind)condition->relation));
		buffer_add_byte(out, ' ');
		write_term(out, temporal, &condition->terms[1]);
		break;
	case TEMPORAL_EXISTS:
		buffer_add_text(out, "exists ");
		write_binder(out, &temporal->slots[condition->slot]);
		buffer_add_text(out, ". ");
		write_condition(out, temporal, condition->left);
		break;
	case TEMPORAL_TIMEPOINT:
		buffer_add_text(out, "tp(");
		buffer_add(out, temporal->slots[condition->slot].name);
		buffer_add_byte(out, ')');
		break;
	}
}

void temporal_write(struct buffer *out, const struct temporal *temporal)
{
	write_condition(out, temporal, temporal->root);
}
