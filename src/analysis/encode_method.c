/* Methods of sets, tags and texts, and calls of extension functions. */
#include "analysis/encode.h"

#include "cedar/extension.h"

/* A set that is written out, its elements constant or not. */
static bool is_list(const struct node *node)
{
	return node->kind == NODE_SET || (node->is_constant && node->value.kind == CEDAR_SET);
}

static uint32_t list_count(const struct node *list)
{
	return list->is_constant ? list->value.length : list->count;
}

static struct operand list_item(struct space *space, const struct node *list, uint32_t index)
{
	if (!list->is_constant)
		return encode_operand(space, list->items[index]);
	return (struct operand){term_constant(space, list->value.as.items[index]), &space->always};
}

/* What must hold for the set to have a value. */
static struct formula *demand_set(struct space *space, const struct node *node)
{
	struct formula *demand = &space->always;
	if (!is_list(node)) {
		struct operand set = encode_operand(space, node);
		return formula_and(space, set.demand, formula_kind(space, set.term, KIND_BIT(CEDAR_SET)));
	}
	for (uint32_t i = 0; !node->is_constant && i < node->count; i++)
		demand = formula_and(space, demand, list_item(space, node, i).demand);
	return demand;
}

static struct formula *formula_contains(struct space *space, const struct term *set, const struct term *item)
{
	struct atom atom = {.kind = ATOM_CONTAINS, .left = set, .right = item};
	const struct type *element = set->type && set->type->kind == TYPE_SET ? set->type->element : NULL;
	slice type = term_entity_type(item);
	if (!(set->kinds & KIND_BIT(CEDAR_SET)) || item->kinds == KINDS_ERROR)
		return &space->never;
	if (element && element->kind == TYPE_ENTITY && element->count == 1 &&
	    (!(item->kinds & KIND_BIT(CEDAR_ENTITY)) || (type.ptr && !slice_equal(type, element->names[0]))))
		return &space->never;
	if (element && element->kind == TYPE_STRING && !(item->kinds & KIND_BIT(CEDAR_STRING)))
		return &space->never;
	if (element && element->kind == TYPE_LONG && !(item->kinds & KIND_BIT(CEDAR_LONG)))
		return &space->never;
	return formula_atom(space, &atom);
}

/* Is the item in the set, given that both have values? */
static struct formula *encode_has_item(struct space *space, const struct node *set, const struct term *item)
{
	struct formula *any = &space->never;
	if (!is_list(set))
		return formula_contains(space, encode_operand(space, set).term, item);
	for (uint32_t i = 0; i < list_count(set); i++)
		any = formula_or(space, any, formula_equal(space, list_item(space, set, i).term, item));
	return any;
}

static struct truth encode_contains(struct space *space, const struct node *node)
{
	struct operand item = encode_operand(space, node->right);
	struct formula *demand = formula_and(space, demand_set(space, node->left), item.demand);
	return truth_make(space, demand, encode_has_item(space, node->left, item.term));
}

static struct truth encode_contains_many(struct space *space, const struct node *node)
{
	bool all = node->kind == NODE_CONTAINS_ALL;
	const struct node *set = node->left, *items = node->right;
	struct formula *demand = formula_and(space, demand_set(space, set), demand_set(space, items));
	if (!all && !is_list(items)) {
		items = node->left;
		set = node->right;
	}
	if (!is_list(items)) {
		struct atom atom = {.kind = ATOM_TRUE, .node = node};
		return truth_make(space, demand, formula_atom(space, &atom));
	}
	struct formula *formula = all ? &space->always : &space->never;
	for (uint32_t i = 0; i < list_count(items); i++) {
		struct formula *one = encode_has_item(space, set, list_item(space, items, i).term);
		formula = all ? formula_and(space, formula, one) : formula_or(space, formula, one);
	}
	return truth_make(space, demand, formula);
}

static struct truth encode_is_empty(struct space *space, const struct node *node)
{
	struct formula *demand = demand_set(space, node->left);
	if (is_list(node->left))
		return truth_make(space, demand, list_count(node->left) ? &space->never : &space->always);
	struct atom atom = {.kind = ATOM_EMPTY, .left = encode_operand(space, node->left).term};
	return truth_make(space, demand, formula_atom(space, &atom));
}

static struct truth encode_has_tag(struct space *space, const struct node *node)
{
	if (!node->right->is_constant || node->right->value.kind != CEDAR_STRING)
		return truth_opaque(space, node);
	struct operand entity = encode_operand(space, node->left);
	struct formula *demand = formula_and(space, entity.demand,
					     formula_kind(space, entity.term, KIND_BIT(CEDAR_ENTITY)));
	const struct term *tag = term_tag(space, entity.term, cedar_text(node->right->value));
	return truth_make(space, demand, formula_kind(space, tag, KINDS_VALUE));
}

static struct truth encode_like(struct space *space, const struct node *node)
{
	struct operand text = encode_operand(space, node->left);
	const struct pattern *pattern = node->pattern;
	struct atom atom = {.kind = ATOM_LIKE, .left = text.term, .pattern = pattern};
	struct formula *demand = formula_and(space, text.demand,
					     formula_kind(space, text.term, KIND_BIT(CEDAR_STRING)));
	struct formula *fits = &space->always;
	if (text.term->kind == TERM_CONSTANT)
		fits = text.term->value.kind == CEDAR_STRING && pattern_matches(pattern, cedar_text(text.term->value))
			       ? &space->always : &space->never;
	else if (pattern->count == 0)
		fits = formula_equal(space, text.term, term_constant(space, cedar_string(SLICE(""))));
	else if (pattern->count == 1 && !pattern->parts[0].is_wildcard)
		fits = formula_equal(space, text.term, term_constant(space, cedar_string(pattern->parts[0].literal)));
	else if (pattern->count > 1)
		fits = formula_atom(space, &atom);
	return truth_make(space, demand, fits);
}

static struct truth encode_call(struct space *space, const struct node *node)
{
	enum cedar_function function = (enum cedar_function)node->detail;
	const struct function_info *info = function_info(function);
	struct atom atom = {.kind = ATOM_TRUE, .node = node};
	struct formula *demand = &space->always;
	if (node->count != info->argument_count || info->result != CEDAR_BOOL)
		return (struct truth){&space->never, &space->never, false};
	if (function == FUNCTION_LESS_THAN)
		return encode_comparison(space, node, node->items[0], node->items[1]);
	if (function == FUNCTION_GREATER_THAN)
		return encode_comparison(space, node, node->items[1], node->items[0]);
	if (function == FUNCTION_LESS_THAN_OR_EQUAL)
		return truth_not(encode_comparison(space, node, node->items[1], node->items[0]));
	if (function == FUNCTION_GREATER_THAN_OR_EQUAL)
		return truth_not(encode_comparison(space, node, node->items[0], node->items[1]));
	for (uint32_t i = 0; i < node->count; i++) {
		struct operand argument = encode_operand(space, node->items[i]);
		demand = formula_and(space, demand, argument.demand);
		demand = formula_and(space, demand, formula_kind(space, argument.term, KIND_BIT(info->arguments[i])));
		*(i ? &atom.right : &atom.left) = argument.term;
	}
	return truth_make(space, demand, formula_atom(space, &atom));
}

struct truth encode_method(struct space *space, const struct node *node)
{
	switch ((int)node->kind) {
	case NODE_CONTAINS:
		return encode_contains(space, node);
	case NODE_CONTAINS_ALL:
	case NODE_CONTAINS_ANY:
		return encode_contains_many(space, node);
	case NODE_IS_EMPTY:
		return encode_is_empty(space, node);
	case NODE_HAS_TAG:
		return encode_has_tag(space, node);
	case NODE_LIKE:
		return encode_like(space, node);
	default:
		return encode_call(space, node);
	}
}
