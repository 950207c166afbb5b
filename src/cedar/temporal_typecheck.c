/* History conditions against a schema: names, what they take from the request, and fields of events. */
#include "cedar/schema_data.h"
#include "cedar/temporal.h"
#include "cedar/typecheck.h"

static bool check_value_names(struct checker *checker, struct cedar_value value, uint32_t offset)
{
	return value.kind != CEDAR_ENTITY || typecheck_uid(checker, value.as.uid, offset);
}

/* An argument that the action does not have is never there, so that the event would never match. */
static bool check_field(struct checker *checker, const struct action_type *action, const struct temporal_field *field)
{
	const struct type *type = action->context;
	if (!slice_equal(field->path[0], SLICE("input")))
		return true;
	for (uint32_t i = 0; i < field->count; i++) {
		if (!type || type->kind != TYPE_RECORD)
			return true;
		const struct attribute *attribute = type_attribute(type, field->path[i]);
		if (!attribute && !type->is_open)
			return checker_fail(checker, field->offset, "events of `%.*s` have no field `%.*s`",
					    SLICE_ARG(action->uid->id), SLICE_ARG(field->path[i]));
		type = attribute ? attribute->type : NULL;
	}
	return true;
}

static bool check_condition_names(struct checker *checker, const struct temporal_condition *condition)
{
	if (!condition)
		return true;
	for (unsigned i = 0; i < 2 && condition->kind == TEMPORAL_COMPARE; i++) {
		const struct temporal_term *term = &condition->terms[i];
		if (!check_value_names(checker, term->value, term->offset))
			return false;
		if (term->kind == TERM_AGGREGATE && !check_condition_names(checker, term->aggregate->body))
			return false;
	}
	if (condition->kind == TEMPORAL_EVENT) {
		const struct action_type *action = schema_action(checker->schema, condition->action);
		if (!action)
			return typecheck_uid(checker, condition->action, condition->offset);
		for (uint32_t i = 0; i < condition->field_count; i++)
			if (!check_value_names(checker, condition->fields[i].term.value, condition->fields[i].term.offset) ||
			    !check_field(checker, action, &condition->fields[i]))
				return false;
	}
	return check_condition_names(checker, condition->left) && check_condition_names(checker, condition->right);
}

bool temporal_typecheck_names(struct checker *checker, const struct node *node)
{
	for (unsigned i = 0; i < node->temporal->request_count; i++)
		if (!typecheck_names(checker, node->temporal->requests[i]))
			return false;
	return check_condition_names(checker, node->temporal->root);
}

bool temporal_typecheck(struct checker *checker, const struct node *node, const struct capability *known,
			const struct type **ret_type)
{
	const struct temporal *temporal = node->temporal;
	*ret_type = &type_bool;
	for (unsigned i = 0; i < temporal->request_count; i++) {
		const struct type *type;
		const struct capability *ignored;
		if (!typecheck(checker, temporal->requests[i], known, &type, &ignored))
			return false;
		if ((temporal->long_requests & 1u << i) && type->kind != TYPE_LONG)
			return checker_fail(checker, temporal->requests[i]->offset,
					    "only numbers of type Long can be compared by size");
	}
	return true;
}
