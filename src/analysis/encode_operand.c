/* Expressions as values. */
#include "analysis/encode.h"

#include "cedar/extension.h"

/* What a value that is not understood can be: its kind is known from the outermost operator. */
static uint16_t kinds_of_result(const struct node *node)
{
	switch ((int)node->kind) {
	case NODE_ADD:
	case NODE_SUBTRACT:
	case NODE_MULTIPLY:
	case NODE_NEGATE:
		return KIND_BIT(CEDAR_LONG) | KINDS_ERROR;
	case NODE_SET:
		return KIND_BIT(CEDAR_SET) | KINDS_ERROR;
	case NODE_RECORD:
		return KIND_BIT(CEDAR_RECORD) | KINDS_ERROR;
	case NODE_CALL:
		return KIND_BIT(function_info((enum cedar_function)node->detail)->result) | KINDS_ERROR;
	case NODE_IF:
	case NODE_GET_TAG:
	case NODE_ATTRIBUTE:
		return KINDS_ALL;
	default:
		return KIND_BIT(CEDAR_BOOL) | KINDS_ERROR;
	}
}

static uint16_t function_kind(enum cedar_function function, uint32_t index)
{
	if (index >= function_info(function)->argument_count)
		return 0;
	return KIND_BIT(function_info(function)->arguments[index]);
}

/* The kind that the operands must have, whatever comes out; 0: nothing is known. */
static uint16_t kinds_of_argument(const struct node *node, uint32_t index)
{
	switch ((int)node->kind) {
	case NODE_ADD:
	case NODE_SUBTRACT:
	case NODE_MULTIPLY:
	case NODE_NEGATE:
		return KIND_BIT(CEDAR_LONG);
	case NODE_SET:
	case NODE_RECORD:
		return KINDS_VALUE;
	case NODE_CALL:
		return function_kind((enum cedar_function)node->detail, index);
	default:
		return 0;
	}
}

static struct operand encode_opaque(struct space *space, const struct node *node)
{
	struct operand operand = {term_opaque(space, node, kinds_of_result(node)), &space->always};
	const struct node *child;
	for (uint32_t i = 0; (child = node_child(node, i)) != NULL; i++) {
		uint16_t kinds = kinds_of_argument(node, i);
		if (!kinds)
			continue;
		struct operand argument = encode_operand(space, child);
		operand.demand = formula_and(space, operand.demand, argument.demand);
		operand.demand = formula_and(space, operand.demand, formula_kind(space, argument.term, kinds));
	}
	operand.demand = formula_and(space, operand.demand, formula_kind(space, operand.term, KINDS_VALUE));
	return operand;
}

static struct operand encode_attribute(struct space *space, const struct node *node)
{
	struct operand base = encode_operand(space, node->left);
	struct operand operand = {term_attribute(space, base.term, node->name), base.demand};
	if (base.term->kind == TERM_OPAQUE)
		operand.demand = formula_and(space, base.demand, formula_kind(space, base.term, KINDS_HOLDER));
	operand.demand = formula_and(space, operand.demand, formula_kind(space, operand.term, KINDS_VALUE));
	return operand;
}

static struct operand encode_tag(struct space *space, const struct node *node)
{
	struct operand base = encode_operand(space, node->left);
	struct operand operand = {term_tag(space, base.term, cedar_text(node->right->value)), base.demand};
	operand.demand = formula_and(space, operand.demand, formula_kind(space, operand.term, KINDS_VALUE));
	return operand;
}

struct operand encode_operand(struct space *space, const struct node *node)
{
	if (node->is_constant)
		return (struct operand){term_constant(space, node->value), &space->always};
	if (node->kind == NODE_VARIABLE)
		return (struct operand){term_variable(space, (enum variable)node->detail), &space->always};
	if (node->kind == NODE_ATTRIBUTE)
		return encode_attribute(space, node);
	if (node->kind == NODE_GET_TAG && node->right->is_constant && node->right->value.kind == CEDAR_STRING)
		return encode_tag(space, node);
	return encode_opaque(space, node);
}
