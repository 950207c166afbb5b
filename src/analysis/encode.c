#include "analysis/encode.h"

struct truth truth_not(struct truth truth)
{
	return (struct truth){truth.is_false, truth.is_true, truth.never_errs};
}

struct truth truth_make(struct space *space, struct formula *demand, struct formula *formula)
{
	return (struct truth){formula_and(space, demand, formula),
			      formula_and(space, demand, formula_not(space, formula)), demand == &space->always};
}

struct truth truth_opaque(struct space *space, const struct node *node)
{
	struct atom is_true = {.kind = ATOM_TRUE, .node = node}, is_false = {.kind = ATOM_FALSE, .node = node};
	return (struct truth){formula_atom(space, &is_true), formula_atom(space, &is_false), false};
}

static struct truth truth_and(struct space *space, struct truth a, struct truth b)
{
	struct formula *second = a.never_errs ? b.is_false : formula_and(space, a.is_true, b.is_false);
	return (struct truth){formula_and(space, a.is_true, b.is_true), formula_or(space, a.is_false, second),
			      a.never_errs && b.never_errs};
}

static struct truth truth_or(struct space *space, struct truth a, struct truth b)
{
	return truth_not(truth_and(space, truth_not(a), truth_not(b)));
}

struct truth truth_if(struct space *space, struct truth guard, struct truth a, struct truth b)
{
	return (struct truth){formula_or(space, formula_and(space, guard.is_true, a.is_true),
					 formula_and(space, guard.is_false, b.is_true)),
			      formula_or(space, formula_and(space, guard.is_true, a.is_false),
					 formula_and(space, guard.is_false, b.is_false)),
			      guard.never_errs && a.never_errs && b.never_errs};
}

static struct truth truth_constant(struct space *space, struct cedar_value value)
{
	if (value.kind != CEDAR_BOOL)
		return (struct truth){&space->never, &space->never, false};
	return value.as.boolean ? (struct truth){&space->always, &space->never, true}
				: (struct truth){&space->never, &space->always, true};
}

/* An attribute that is itself the condition. */
static struct truth truth_of_operand(struct space *space, const struct node *node)
{
	struct operand operand = encode_operand(space, node);
	struct formula *demand = formula_and(space, operand.demand,
					     formula_kind(space, operand.term, KIND_BIT(CEDAR_BOOL)));
	return truth_make(space, demand, formula_equal(space, operand.term, term_constant(space, cedar_bool(true))));
}

/* `left has a.b.c` is `left has a && left.a has b && left.a.b has c`. */
static struct truth encode_has(struct space *space, const struct node *node)
{
	struct operand holder = encode_operand(space, node->left);
	struct truth all = {&space->always, &space->never, true};
	for (uint32_t i = 0; i < node->count; i++) {
		const struct term *part = term_attribute(space, holder.term, node->names[i]);
		struct formula *demand = formula_and(space, i ? &space->always : holder.demand,
						     formula_kind(space, holder.term, KINDS_HOLDER));
		all = truth_and(space, all, truth_make(space, demand, formula_kind(space, part, KINDS_VALUE)));
		holder.term = part;
	}
	return all;
}

static struct truth encode_is(struct space *space, const struct node *node)
{
	struct operand left = encode_operand(space, node->left);
	struct formula *demand = formula_and(space, left.demand,
					     formula_kind(space, left.term, KIND_BIT(CEDAR_ENTITY)));
	struct truth is = truth_make(space, demand, formula_is(space, left.term, node->type->type));
	return node->kind == NODE_IS ? is : truth_and(space, is, encode_comparison(space, node, node->left, node->right));
}

static struct truth encode_chain(struct space *space, const struct node *node)
{
	struct truth all = encode_truth(space, node->items[node->count - 1]);
	for (uint32_t i = node->count - 1; i-- > 0;) {
		struct truth one = encode_truth(space, node->items[i]);
		all = node->kind == NODE_AND ? truth_and(space, one, all) : truth_or(space, one, all);
	}
	return all;
}

struct truth encode_truth(struct space *space, const struct node *node)
{
	if (node->is_constant)
		return truth_constant(space, node->value);
	switch ((int)node->kind) {
	case NODE_NOT:
		return truth_not(encode_truth(space, node->left));
	case NODE_AND:
	case NODE_OR:
		return encode_chain(space, node);
	case NODE_IF:
		return truth_if(space, encode_truth(space, node->left), encode_truth(space, node->right),
				encode_truth(space, node->third));
	case NODE_HAS:
		return encode_has(space, node);
	case NODE_IS:
	case NODE_IS_IN:
		return encode_is(space, node);
	case NODE_VARIABLE:
	case NODE_ATTRIBUTE:
	case NODE_GET_TAG:
		return truth_of_operand(space, node);
	case NODE_EQUAL:
	case NODE_NOT_EQUAL:
	case NODE_LESS:
	case NODE_LESS_EQUAL:
	case NODE_GREATER:
	case NODE_GREATER_EQUAL:
	case NODE_IN:
		return encode_comparison(space, node, node->left, node->right);
	case NODE_CONTAINS:
	case NODE_CONTAINS_ALL:
	case NODE_CONTAINS_ANY:
	case NODE_IS_EMPTY:
	case NODE_HAS_TAG:
	case NODE_LIKE:
	case NODE_CALL:
		return encode_method(space, node);
	case NODE_LITERAL:
	case NODE_NEGATE:
	case NODE_ADD:
	case NODE_SUBTRACT:
	case NODE_MULTIPLY:
	case NODE_SET:
	case NODE_RECORD:
		/* No conditions: they err. */
		return (struct truth){&space->never, &space->never, false};
	default:
		return truth_opaque(space, node);
	}
}

static struct formula *encode_scope(struct space *space, enum variable variable, const struct scope *scope)
{
	const struct term *term = term_variable(space, variable);
	struct formula *formula = &space->always;
	if (scope->type)
		formula = formula_is(space, term, scope->type->type);
	if (scope->kind == SCOPE_ALL || scope->kind == SCOPE_IS)
		return formula;
	if (scope->is_list) {
		formula = &space->never;
		for (uint32_t i = 0; i < scope->entity_count; i++)
			formula = formula_or(space, formula,
					     formula_in(space, term,
							term_constant(space, cedar_entity(scope->entities[i]))));
		return formula;
	}
	const struct term *entity = term_constant(space, cedar_entity(scope->entity));
	return formula_and(space, formula, scope->kind == SCOPE_EQUAL ? formula_equal(space, term, entity)
								      : formula_in(space, term, entity));
}

struct formula *encode_head(struct space *space, const struct policy *policy)
{
	static const unsigned char order[] = {VARIABLE_ACTION, VARIABLE_RESOURCE, VARIABLE_PRINCIPAL};
	struct formula *formula = &space->always;
	for (unsigned i = 0; i < 3 && formula != &space->never; i++)
		formula = formula_and(space, formula,
				      encode_scope(space, (enum variable)order[i], &policy->scopes[order[i]]));
	return formula;
}

static struct truth encode_clauses(struct space *space, const struct policy *policy)
{
	struct truth all = {&space->always, &space->never, true};
	space->policy = policy;
	for (uint32_t i = policy->clause_count; i-- > 0;) {
		struct truth one = encode_truth(space, policy->clauses[i].body);
		all = truth_and(space, policy->clauses[i].is_unless ? truth_not(one) : one, all);
	}
	return all;
}

struct formula *encode_match(struct space *space, const struct policy *policy)
{
	struct formula *head = encode_head(space, policy);
	return head == &space->never ? head : formula_and(space, head, encode_clauses(space, policy).is_true);
}

struct formula *encode_error(struct space *space, const struct policy *policy)
{
	struct formula *head = encode_head(space, policy);
	if (head == &space->never || policy->clause_count == 0)
		return &space->never;
	struct truth truth = encode_clauses(space, policy);
	if (truth.never_errs)
		return &space->never;
	struct formula *neither = formula_and(space, formula_not(space, truth.is_true),
					      formula_not(space, truth.is_false));
	return formula_and(space, head, neither);
}
