#include "cedar/evaluate.h"

#include "cedar/limits.h"
#include "cedar/quick.h"

/* A chain of && (`stop` is false) or || (`stop` is true). */
static bool evaluate_chain(struct evaluation *evaluation, const struct node *node, bool stop,
			   struct cedar_value *ret_value)
{
	for (uint32_t i = 0; i < node->count; i++) {
		if (!evaluate(evaluation, node->items[i], ret_value))
			return false;
		if (ret_value->kind != CEDAR_BOOL)
			return evaluation_type_error(evaluation, "bool", *ret_value);
		if (ret_value->as.boolean == stop)
			return true;
	}
	return true;
}

static bool evaluate_not(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value value;
	if (!evaluate(evaluation, node->left, &value))
		return false;
	if (value.kind != CEDAR_BOOL)
		return evaluation_type_error(evaluation, "bool", value);
	*ret_value = cedar_bool(!value.as.boolean);
	return true;
}

static bool evaluate_negate(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value value;
	return evaluate(evaluation, node->left, &value) && operate_negate(evaluation, value, ret_value);
}

static bool evaluate_if(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value guard;
	if (!evaluate(evaluation, node->left, &guard))
		return false;
	if (guard.kind != CEDAR_BOOL)
		return evaluation_type_error(evaluation, "bool", guard);
	return evaluate(evaluation, guard.as.boolean ? node->right : node->third, ret_value);
}

static bool evaluate_binary(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value left, right;
	bool outcome;
	if (quick_test(evaluation, node, &outcome)) {
		*ret_value = cedar_bool(outcome);
		return true;
	}
	if (!evaluate(evaluation, node->left, &left) || !evaluate(evaluation, node->right, &right))
		return false;
	bool done = operate(evaluation, (enum node_kind)node->kind, left, right, ret_value);
	if (evaluation->facts && (node->kind == NODE_IN || node->kind == NODE_HAS_TAG || node->kind == NODE_GET_TAG))
		fact_add_node(evaluation, node, done ? *ret_value : (struct cedar_value){0});
	return done;
}

/* Of a chain a.b.c only the whole is a fact. */
static bool evaluate_attribute(struct evaluation *evaluation, const struct node *node, bool is_inner,
			       struct cedar_value *ret_value)
{
	struct cedar_value holder;
	const struct cedar_value *found = evaluation->facts ? NULL : quick_field(evaluation, node->left, node->name);
	if (found) {
		*ret_value = *found;
		return true;
	}
	bool done = node->left->kind == NODE_ATTRIBUTE ? evaluate_attribute(evaluation, node->left, true, &holder)
						       : evaluate(evaluation, node->left, &holder);
	if (!done)
		return false;
	done = operate_attribute(evaluation, holder, node->name, ret_value);
	if (evaluation->facts && (!is_inner || !done))
		fact_add_node(evaluation, node, done ? *ret_value : (struct cedar_value){0});
	return done;
}

static bool has_path(struct evaluation *evaluation, const struct node *node, struct cedar_value holder,
		     struct cedar_value *ret_value)
{
	for (uint32_t i = 0; i < node->count; i++) {
		const struct cedar_value *found;
		bool exists;
		if (!operate_find(evaluation, holder, node->names[i], &found, &exists))
			return false;
		if (!found) {
			*ret_value = cedar_bool(false);
			return true;
		}
		holder = *found;
	}
	*ret_value = cedar_bool(true);
	return true;
}

static bool evaluate_has(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value holder;
	bool outcome;
	if (quick_test(evaluation, node, &outcome)) {
		*ret_value = cedar_bool(outcome);
		return true;
	}
	if (!evaluate(evaluation, node->left, &holder))
		return false;
	bool done = has_path(evaluation, node, holder, ret_value);
	if (done && evaluation->facts)
		fact_add_node(evaluation, node, *ret_value);
	return done;
}

static bool evaluate_like(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value text;
	if (!evaluate(evaluation, node->left, &text))
		return false;
	return operate_like(evaluation, text, node->pattern, ret_value);
}

static bool evaluate_is(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value entity, group;
	if (!evaluate(evaluation, node->left, &entity))
		return false;
	if (entity.kind != CEDAR_ENTITY)
		return evaluation_type_error(evaluation, "(entity of type `any_entity_type`)", entity);
	bool is_type = bytes_equal(entity.as.uid->type, node->type->type);
	*ret_value = cedar_bool(is_type);
	if (node->kind == NODE_IS || !is_type)
		return true;
	if (!evaluate(evaluation, node->right, &group) || !operate(evaluation, NODE_IN, entity, group, ret_value))
		return false;
	if (evaluation->facts)
		fact_add_node(evaluation, node, *ret_value);
	return true;
}

static bool evaluate_is_empty(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value set;
	if (!evaluate(evaluation, node->left, &set))
		return false;
	return operate_is_empty(evaluation, set, ret_value);
}

static bool evaluate_set(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value *items = ARENA_ARRAY(evaluation->arena, node->count, struct cedar_value);
	if (!items)
		return evaluation_fail(evaluation, E_MEMORY);
	for (uint32_t i = 0; i < node->count; i++)
		if (!evaluate(evaluation, node->items[i], &items[i]))
			return false;
	enum error error = cedar_set(evaluation->arena, items, node->count, ret_value, &evaluation->fault);
	return error == E_OK || evaluation_fail(evaluation, error);
}

static bool evaluate_record(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_field *fields = ARENA_ARRAY(evaluation->arena, node->count, struct cedar_field);
	if (!fields)
		return evaluation_fail(evaluation, E_MEMORY);
	for (uint32_t i = 0; i < node->count; i++) {
		fields[i].key = node->names[i];
		if (!evaluate(evaluation, node->items[i], &fields[i].value))
			return false;
	}
	enum error error = cedar_record(evaluation->arena, fields, node->count, ret_value, &evaluation->fault);
	return error == E_OK || evaluation_fail(evaluation, error);
}

/* All arguments are evaluated before their number and types are looked at. */
static bool evaluate_call(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value arguments[2], further;
	for (uint32_t i = 0; i < node->count; i++)
		if (!evaluate(evaluation, node->items[i], i < 2 ? &arguments[i] : &further))
			return false;
	return operate_call(evaluation, node, arguments, ret_value);
}

/* For those who ask about one expression alone: no value stands for what is not known. */
static bool evaluate_history(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	enum outcome outcome = temporal_evaluate(evaluation, node);
	if (outcome == OUTCOME_UNKNOWN)
		return evaluation_fail(evaluation, E_UNAVAILABLE);
	*ret_value = cedar_bool(outcome == OUTCOME_TRUE);
	return outcome != OUTCOME_ERROR;
}

bool evaluate(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	if (node->is_constant) {
		*ret_value = node->value;
		return true;
	}
	if (++evaluation->steps > CEDAR_STEPS_MAX)
		return evaluation_fail(evaluation, E_LIMIT);
	switch ((int)node->kind) {
	case NODE_VARIABLE:
		*ret_value = evaluation->variables[node->detail];
		return true;
	case NODE_NOT:
		return evaluate_not(evaluation, node, ret_value);
	case NODE_NEGATE:
		return evaluate_negate(evaluation, node, ret_value);
	case NODE_AND:
		return evaluate_chain(evaluation, node, false, ret_value);
	case NODE_OR:
		return evaluate_chain(evaluation, node, true, ret_value);
	case NODE_IF:
		return evaluate_if(evaluation, node, ret_value);
	case NODE_IS_EMPTY:
		return evaluate_is_empty(evaluation, node, ret_value);
	case NODE_ATTRIBUTE:
		return evaluate_attribute(evaluation, node, false, ret_value);
	case NODE_HAS:
		return evaluate_has(evaluation, node, ret_value);
	case NODE_LIKE:
		return evaluate_like(evaluation, node, ret_value);
	case NODE_IS:
	case NODE_IS_IN:
		return evaluate_is(evaluation, node, ret_value);
	case NODE_SET:
		return evaluate_set(evaluation, node, ret_value);
	case NODE_RECORD:
		return evaluate_record(evaluation, node, ret_value);
	case NODE_CALL:
		return evaluate_call(evaluation, node, ret_value);
	case NODE_TEMPORAL:
		return evaluate_history(evaluation, node, ret_value);
	case NODE_LITERAL:
	case NODE_SLOT:
		return EVALUATION_ERROR(evaluation, E_INTERNAL, "a slot is not filled");
	default:
		return evaluate_binary(evaluation, node, ret_value);
	}
}
