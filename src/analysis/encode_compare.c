/* Comparisons: ==, <, in and their relatives. */
#include "analysis/encode.h"

#include "cedar/typecheck.h"

static struct truth encode_equal(struct space *space, const struct node *left, const struct node *right)
{
	struct operand a = encode_operand(space, left), b = encode_operand(space, right);
	return truth_make(space, formula_and(space, a.demand, b.demand), formula_equal(space, a.term, b.term));
}

/* left < right, where both are of a kind that has an order. */
static struct formula *formula_less(struct space *space, const struct term *left, const struct term *right)
{
	struct atom atom = {.left = left};
	if (left == right)
		return &space->never;
	if (left->kind == TERM_CONSTANT && right->kind == TERM_CONSTANT)
		return left->value.as.integer < right->value.as.integer ? &space->always : &space->never;
	if (right->kind == TERM_CONSTANT) {
		if (right->value.as.integer == INT64_MIN)
			return &space->never;
		atom.kind = ATOM_AT_MOST;
		atom.kinds = KIND_BIT(right->value.kind);
		atom.bound = right->value.as.integer - 1;
		return formula_atom(space, &atom);
	}
	if (left->kind == TERM_CONSTANT) {
		atom = (struct atom){.kind = ATOM_AT_MOST, .left = right, .kinds = KIND_BIT(left->value.kind),
				     .bound = left->value.as.integer};
		return formula_not(space, formula_atom(space, &atom));
	}
	atom.kind = ATOM_LESS;
	atom.right = right;
	return formula_atom(space, &atom);
}

/* `kinds`: those that this operator orders. Both sides must be of the same. */
static struct truth encode_order(struct space *space, const struct node *left, const struct node *right, uint16_t kinds,
				 bool is_negated)
{
	struct operand a = encode_operand(space, left), b = encode_operand(space, right);
	struct formula *same = &space->never, *less = &space->never;
	for (unsigned kind = CEDAR_BOOL; kind < CEDAR_UNKNOWN; kind++)
		if (kinds & KIND_BIT(kind))
			same = formula_or(space, same, formula_and(space, formula_kind(space, a.term, KIND_BIT(kind)),
								   formula_kind(space, b.term, KIND_BIT(kind))));
	if (same != &space->never)
		less = formula_less(space, a.term, b.term);
	struct formula *demand = formula_and(space, formula_and(space, a.demand, b.demand), same);
	struct truth truth = truth_make(space, demand, less);
	return is_negated ? truth_not(truth) : truth;
}

static struct formula *demand_entity(struct space *space, struct operand operand)
{
	return formula_and(space, operand.demand, formula_kind(space, operand.term, KIND_BIT(CEDAR_ENTITY)));
}

/* A set that is written out: each element must be an entity, also those behind one that matches. */
static struct truth encode_in_list(struct space *space, struct operand left, const struct node *list)
{
	struct formula *demand = demand_entity(space, left), *any = &space->never;
	uint32_t count = list->is_constant ? list->value.length : list->count;
	for (uint32_t i = 0; i < count; i++) {
		struct operand item = {list->is_constant ? term_constant(space, list->value.as.items[i]) : NULL,
				       &space->always};
		if (!list->is_constant)
			item = encode_operand(space, list->items[i]);
		demand = formula_and(space, demand, demand_entity(space, item));
		any = formula_or(space, any, formula_in(space, left.term, item.term));
	}
	return truth_make(space, demand, any);
}

static bool is_set_of_entities(const struct term *term)
{
	return term->type && term->type->kind == TYPE_SET &&
	       (term->type->element->kind == TYPE_ENTITY || term->type->element->kind == TYPE_ANY_ENTITY);
}

/* By their types, may the entity be in an element of the set? */
static bool may_be_in_one(const struct space *space, const struct term *entity, const struct term *set)
{
	slice type = term_entity_type(entity);
	const struct type *element = set->type->element;
	if (!type.ptr || element->kind != TYPE_ENTITY || element->count != 1 ||
	    schema_is_action_type(space->environment->schema, type))
		return true;
	return slice_equal(type, element->names[0]) ||
	       environment_may_be_in(space->environment, type, element->names[0]);
}

static struct truth encode_in(struct space *space, const struct node *node, const struct node *left,
			      const struct node *right)
{
	struct operand entity = encode_operand(space, left);
	if (right->kind == NODE_SET || (right->is_constant && right->value.kind == CEDAR_SET))
		return encode_in_list(space, entity, right);
	struct operand group = encode_operand(space, right);
	struct formula *demand = formula_and(space, demand_entity(space, entity), group.demand);
	struct formula *is_one = formula_kind(space, group.term, KIND_BIT(CEDAR_ENTITY));
	struct truth one = truth_make(space, formula_and(space, demand, is_one),
				      formula_in(space, entity.term, group.term));
	if (!(group.term->kinds & KIND_BIT(CEDAR_SET)))
		return one;
	struct formula *is_set = formula_and(space, demand, formula_kind(space, group.term, KIND_BIT(CEDAR_SET)));
	struct atom atom = {.kind = ATOM_TRUE, .node = node, .left = entity.term, .right = group.term};
	struct formula *found = formula_atom(space, &atom);
	if (is_set_of_entities(group.term))
		return truth_make(space, is_set, may_be_in_one(space, entity.term, group.term) ? found : &space->never);
	atom.kind = ATOM_FALSE;
	struct formula *absent = formula_atom(space, &atom);
	return (struct truth){formula_or(space, one.is_true, formula_and(space, is_set, found)),
			      formula_or(space, one.is_false, formula_and(space, is_set, absent)), false};
}

/* An operand that is `if` makes two comparisons of one. */
static struct truth encode_choice(struct space *space, const struct node *node, const struct node *left,
				  const struct node *right)
{
	const struct node *choice = left->kind == NODE_IF ? left : right;
	struct truth guard = encode_truth(space, choice->left);
	if (choice == left)
		return truth_if(space, guard, encode_comparison(space, node, left->right, right),
				    encode_comparison(space, node, left->third, right));
	return truth_if(space, guard, encode_comparison(space, node, left, right->right),
			    encode_comparison(space, node, left, right->third));
}

struct truth encode_comparison(struct space *space, const struct node *node, const struct node *left,
			       const struct node *right)
{
	const uint16_t ordered = KIND_BIT(CEDAR_LONG) | KIND_BIT(CEDAR_DATETIME) | KIND_BIT(CEDAR_DURATION);
	if (left->kind == NODE_IF || right->kind == NODE_IF)
		return encode_choice(space, node, left, right);
	struct truth linear;
	if (encode_linear(space, node, left, right, &linear))
		return linear;
	switch ((int)node->kind) {
	case NODE_EQUAL:
		return encode_equal(space, left, right);
	case NODE_NOT_EQUAL:
		return truth_not(encode_equal(space, left, right));
	case NODE_LESS:
		return encode_order(space, left, right, ordered, false);
	case NODE_GREATER_EQUAL:
		return encode_order(space, left, right, ordered, true);
	case NODE_GREATER:
		return encode_order(space, right, left, ordered, false);
	case NODE_LESS_EQUAL:
		return encode_order(space, right, left, ordered, true);
	case NODE_CALL:
		return encode_order(space, left, right, KIND_BIT(CEDAR_DECIMAL), false);
	default:
		return encode_in(space, node, left, right);
	}
}
