#include "cedar/typecheck.h"

#include "cedar/level.h"
#include "cedar/typecheck_parts.h"

/* The type only; what is learned does not matter. */
bool typecheck_type(struct checker *checker, const struct node *node, const struct capability *known,
		    const struct type **ret_type)
{
	const struct capability *learned;
	return typecheck(checker, node, known, ret_type, &learned);
}

static bool check_literal(struct checker *checker, const struct node *node, const struct type **ret_type)
{
	switch ((int)node->value.kind) {
	case CEDAR_BOOL:
		*ret_type = node->value.as.boolean ? &type_true : &type_false;
		return true;
	case CEDAR_LONG:
		*ret_type = &type_long;
		return true;
	case CEDAR_STRING:
		*ret_type = &type_string;
		return true;
	default:
		if (!typecheck_uid(checker, node->value.as.uid, node->offset))
			return false;
		*ret_type = checker_entity_type(checker, node->value.as.uid->type);
		return *ret_type != NULL;
	}
}

static bool check_variable(struct checker *checker, const struct node *node, const struct type **ret_type)
{
	if (node->detail == VARIABLE_PRINCIPAL)
		*ret_type = checker->principal;
	else if (node->detail == VARIABLE_RESOURCE)
		*ret_type = checker->resource;
	else if (node->detail == VARIABLE_CONTEXT)
		*ret_type = checker->action->context;
	else
		*ret_type = checker_entity_type(checker, checker->action->uid->type);
	return *ret_type != NULL;
}

/* What stands behind something that is always false is not looked at. */
static bool check_and(struct checker *checker, const struct node *node, const struct capability *known,
		      const struct type **ret_type, const struct capability **ret_known)
{
	const struct type *type = &type_true;
	const struct capability *learned = NULL, *all = known;
	for (uint32_t i = 0; i < node->count; i++) {
		const struct type *next = NULL;
		const struct capability *more = NULL;
		if (!typecheck(checker, node->items[i], all, &next, &more))
			return false;
		if (!type_is_bool(next))
			return checker_unexpected(checker, node->items[i], "Bool", next);
		if (next->kind == TYPE_FALSE) {
			*ret_type = &type_false;
			*ret_known = NULL;
			return !checker->no_memory;
		}
		if (next->kind == TYPE_BOOL)
			type = &type_bool;
		learned = capability_join(checker, learned, more);
		all = capability_join(checker, all, more);
	}
	*ret_type = type;
	*ret_known = learned;
	return !checker->no_memory;
}

static bool check_or(struct checker *checker, const struct node *node, const struct capability *known,
		     const struct type **ret_type, const struct capability **ret_known)
{
	const struct type *type = &type_false;
	const struct capability *learned = NULL;
	for (uint32_t i = 0; i < node->count; i++) {
		const struct type *next = NULL;
		const struct capability *more;
		if (!typecheck(checker, node->items[i], known, &next, &more))
			return false;
		if (!type_is_bool(next))
			return checker_unexpected(checker, node->items[i], "Bool", next);
		if (next->kind == TYPE_TRUE) {
			/* What the last of a chain learned holds only if it alone can be true. */
			*ret_type = &type_true;
			*ret_known = type->kind == TYPE_FALSE && i > 0 && i + 1 == node->count ? more : NULL;
			return true;
		}
		if (next->kind == TYPE_FALSE)
			continue;
		learned = type->kind == TYPE_FALSE ? more : capability_common(checker, learned, more);
		type = &type_bool;
	}
	*ret_type = type;
	*ret_known = learned;
	return !checker->no_memory;
}

static bool check_if(struct checker *checker, const struct node *node, const struct capability *known,
		     const struct type **ret_type, const struct capability **ret_known)
{
	const struct type *guard, *yes, *no;
	const struct capability *learned, *learned_yes, *learned_no;
	if (!typecheck(checker, node->left, known, &guard, &learned))
		return false;
	if (!type_is_bool(guard))
		return checker_unexpected(checker, node->left, "Bool", guard);
	if (guard->kind == TYPE_FALSE)
		return typecheck(checker, node->third, known, ret_type, ret_known);
	if (!typecheck(checker, node->right, capability_join(checker, known, learned), &yes, &learned_yes))
		return false;
	learned_yes = capability_join(checker, learned, learned_yes);
	if (guard->kind == TYPE_TRUE) {
		*ret_type = yes;
		*ret_known = learned_yes;
		return true;
	}
	if (!typecheck(checker, node->third, known, &no, &learned_no))
		return false;
	*ret_type = type_join(checker, yes, no);
	*ret_known = capability_common(checker, learned_yes, learned_no);
	return *ret_type ? !checker->no_memory : checker_incompatible(checker, node, yes, no);
}

static bool check_set(struct checker *checker, const struct node *node, const struct capability *known,
		      const struct type **ret_type)
{
	const struct type *element = &type_never;
	if (node->count == 0 && checker->mode == CEDAR_STRICT)
		return checker_fail(checker, node->offset, "empty set literals are forbidden in policies");
	for (uint32_t i = 0; i < node->count; i++) {
		const struct type *item, *joined;
		if (!typecheck_type(checker, node->items[i], known, &item))
			return false;
		joined = i == 0 ? item : type_join(checker, element, item);
		if (!joined)
			return checker_incompatible(checker, node, element, item);
		element = joined;
	}
	struct type *type = ARENA_NEW(checker->arena, struct type);
	if (!type)
		return checker_no_memory(checker);
	*type = (struct type){.kind = TYPE_SET, .element = element};
	*ret_type = type;
	return true;
}

static bool check_record(struct checker *checker, const struct node *node, const struct capability *known,
			 const struct type **ret_type)
{
	struct attribute *attributes = ARENA_ARRAY(checker->arena, node->count, struct attribute);
	struct type *type = ARENA_NEW(checker->arena, struct type);
	if (!attributes || !type)
		return checker_no_memory(checker);
	for (uint32_t i = 0; i < node->count; i++) {
		const struct type *inner;
		if (!typecheck_type(checker, node->items[i], known, &inner))
			return false;
		attributes[i] = (struct attribute){node->names[i], inner, true};
	}
	type_sort_attributes(attributes, node->count);
	*type = (struct type){.kind = TYPE_RECORD, .count = node->count, .attributes = attributes};
	*ret_type = type;
	return true;
}

static bool check_unary(struct checker *checker, const struct node *node, const struct capability *known,
			const struct type **ret_type)
{
	const struct type *operand;
	if (!typecheck_type(checker, node->left, known, &operand))
		return false;
	switch ((int)node->kind) {
	case NODE_NOT:
		if (!type_is_bool(operand))
			return checker_unexpected(checker, node->left, "Bool", operand);
		*ret_type = operand->kind == TYPE_TRUE ? &type_false : operand->kind == TYPE_FALSE ? &type_true : &type_bool;
		return true;
	case NODE_NEGATE:
		*ret_type = &type_long;
		return operand->kind == TYPE_LONG ? true : checker_unexpected(checker, node->left, "Long", operand);
	case NODE_IS_EMPTY:
		*ret_type = &type_bool;
		return operand->kind == TYPE_SET ? true : checker_unexpected(checker, node->left, "a set", operand);
	default:
		*ret_type = &type_bool;
		return operand->kind == TYPE_STRING ? true : checker_unexpected(checker, node->left, "String", operand);
	}
}

static bool check_node(struct checker *checker, const struct node *node, const struct capability *known,
		       const struct type **ret_type, const struct capability **ret_known)
{
	switch ((int)node->kind) {
	case NODE_LITERAL:
		return check_literal(checker, node, ret_type);
	case NODE_VARIABLE:
		return check_variable(checker, node, ret_type);
	case NODE_AND:
		return check_and(checker, node, known, ret_type, ret_known);
	case NODE_OR:
		return check_or(checker, node, known, ret_type, ret_known);
	case NODE_IF:
		return check_if(checker, node, known, ret_type, ret_known);
	case NODE_NOT:
	case NODE_NEGATE:
	case NODE_IS_EMPTY:
	case NODE_LIKE:
		return check_unary(checker, node, known, ret_type);
	case NODE_ATTRIBUTE:
		return typecheck_attribute(checker, node, known, ret_type);
	case NODE_HAS:
		return typecheck_has(checker, node, known, ret_type, ret_known);
	case NODE_IS:
	case NODE_IS_IN:
		return typecheck_is(checker, node, known, ret_type);
	case NODE_SET:
		return check_set(checker, node, known, ret_type);
	case NODE_RECORD:
		return check_record(checker, node, known, ret_type);
	case NODE_CALL:
		return typecheck_call(checker, node, known, ret_type);
	case NODE_TEMPORAL:
		return temporal_typecheck(checker, node, known, ret_type);
	case NODE_SLOT:
		return checker_fail(checker, node->offset, "a slot cannot stand in a condition");
	default:
		return typecheck_binary(checker, node, known, ret_type, ret_known);
	}
}

bool typecheck(struct checker *checker, const struct node *node, const struct capability *known,
	       const struct type **ret_type, const struct capability **ret_known)
{
	*ret_known = NULL;
	if (!check_node(checker, node, known, ret_type, ret_known))
		return false;
	if (!checker->notes || type_notes_put(checker->notes, node, *ret_type))
		return true;
	return checker_no_memory(checker);
}
