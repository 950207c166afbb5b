/* Operators with two sides, and `is`. */
#include "cedar/typecheck_parts.h"

static bool check_equal(struct checker *checker, const struct node *node, const struct type *left,
			const struct type *right, const struct type **ret_type)
{
	struct cedar_value a, b;
	if (checker_literal(checker, node->left, &a) && checker_literal(checker, node->right, &b)) {
		*ret_type = cedar_value_equal(a, b) ? &type_true : &type_false;
		return true;
	}
	bool entities = left->kind == TYPE_ENTITY && right->kind == TYPE_ENTITY;
	bool disjoint = entities;
	for (uint32_t i = 0; entities && i < left->count; i++)
		for (uint32_t j = 0; j < right->count; j++)
			disjoint = disjoint && !slice_equal(left->names[i], right->names[j]);
	*ret_type = disjoint ? &type_false : &type_bool;
	if (entities || checker->mode == CEDAR_PERMISSIVE)
		return true;
	return type_join(checker, left, right) ? true : checker_incompatible(checker, node, left, right);
}

static bool is_ordered(const struct type *type)
{
	return type->kind == TYPE_LONG || (type->kind == TYPE_EXTENSION && (type->extension == CEDAR_DATETIME ||
									   type->extension == CEDAR_DURATION));
}

static bool check_order(struct checker *checker, const struct node *node, const struct type *left,
			const struct type *right, const struct type **ret_type)
{
	char text[100];
	if (!is_ordered(left))
		return checker_unexpected(checker, node->left, "Long, datetime or duration", left);
	if (!type_equal(left, right))
		return checker_unexpected(checker, node->right, checker_type_text(left, text), right);
	*ret_type = &type_bool;
	return true;
}

/* Is there any pair of types of which the first may be in the second? */
static bool may_descend(const struct checker *checker, const struct type *left, const struct type *right)
{
	for (uint32_t i = 0; i < left->count; i++)
		for (uint32_t j = 0; j < right->count; j++)
			if (schema_type_descends(checker->schema, left->names[i], right->names[j]))
				return true;
	return false;
}

static bool action_descends(const struct checker *checker, const struct cedar_uid *action, const struct cedar_uid *uid)
{
	const struct action_type *type = schema_action(checker->schema, action);
	if (cedar_uid_equal(action, uid))
		return true;
	for (uint32_t i = 0; type && i < type->ancestor_count; i++)
		if (cedar_uid_equal(type->ancestors[i], uid))
			return true;
	return false;
}

/* A known action in known entities: the answer is known. */
static const struct type *known_in(const struct checker *checker, const struct node *node)
{
	struct cedar_value action, right;
	if (!checker_literal(checker, node->left, &action) || action.kind != CEDAR_ENTITY ||
	    !schema_action(checker->schema, action.as.uid))
		return NULL;
	if (checker_literal(checker, node->right, &right))
		return right.kind != CEDAR_ENTITY			       ? NULL
		       : action_descends(checker, action.as.uid, right.as.uid) ? &type_true
									       : &type_false;
	if (node->right->kind != NODE_SET)
		return NULL;
	bool found = false;
	for (uint32_t i = 0; i < node->right->count; i++) {
		if (!checker_literal(checker, node->right->items[i], &right) || right.kind != CEDAR_ENTITY)
			return NULL;
		found = found || action_descends(checker, action.as.uid, right.as.uid);
	}
	return found ? &type_true : &type_false;
}

static bool check_in(struct checker *checker, const struct node *node, const struct type *left,
		     const struct type *right, const struct type **ret_type)
{
	if (left->kind != TYPE_ENTITY)
		return checker_unexpected(checker, node->left, "an entity", left);
	const struct type *group = right->kind == TYPE_SET ? right->element : right;
	if (group->kind != TYPE_ENTITY && group->kind != TYPE_NEVER)
		return checker_unexpected(checker, node->right, "an entity or a set of entities", right);
	const struct type *known = known_in(checker, node);
	*ret_type = known				   ? known
		    : group->kind == TYPE_NEVER		   ? &type_false
		    : may_descend(checker, left, group) ? &type_bool
							   : &type_false;
	return true;
}

static bool check_arithmetic(struct checker *checker, const struct node *node, const struct type *left,
			     const struct type *right, const struct type **ret_type)
{
	if (left->kind != TYPE_LONG)
		return checker_unexpected(checker, node->left, "Long", left);
	if (right->kind != TYPE_LONG)
		return checker_unexpected(checker, node->right, "Long", right);
	*ret_type = &type_long;
	return true;
}

static bool check_contains(struct checker *checker, const struct node *node, const struct type *left,
			   const struct type *right, const struct type **ret_type)
{
	if (left->kind != TYPE_SET)
		return checker_unexpected(checker, node->left, "a set", left);
	if (node->kind != NODE_CONTAINS && right->kind != TYPE_SET)
		return checker_unexpected(checker, node->right, "a set", right);
	const struct type *item = node->kind == NODE_CONTAINS ? right : right->element;
	*ret_type = &type_bool;
	if (checker->mode == CEDAR_PERMISSIVE || type_join(checker, left->element, item))
		return true;
	return checker_incompatible(checker, node, left->element, item);
}

bool typecheck_binary(struct checker *checker, const struct node *node, const struct capability *known,
		      const struct type **ret_type, const struct capability **ret_known)
{
	const struct type *left, *right;
	if (!typecheck_type(checker, node->left, known, &left) || !typecheck_type(checker, node->right, known, &right))
		return false;
	switch ((int)node->kind) {
	case NODE_EQUAL:
		return check_equal(checker, node, left, right, ret_type);
	case NODE_NOT_EQUAL:
		if (!check_equal(checker, node, left, right, ret_type))
			return false;
		*ret_type = *ret_type == &type_true    ? &type_false
			    : *ret_type == &type_false ? &type_true
						       : &type_bool;
		return true;
	case NODE_IN:
		return check_in(checker, node, left, right, ret_type);
	case NODE_ADD:
	case NODE_SUBTRACT:
	case NODE_MULTIPLY:
		return check_arithmetic(checker, node, left, right, ret_type);
	case NODE_CONTAINS:
	case NODE_CONTAINS_ALL:
	case NODE_CONTAINS_ANY:
		return check_contains(checker, node, left, right, ret_type);
	case NODE_HAS_TAG:
	case NODE_GET_TAG:
		return typecheck_tag(checker, node, known, left, right, ret_type, ret_known);
	default:
		return check_order(checker, node, left, right, ret_type);
	}
}

bool typecheck_is(struct checker *checker, const struct node *node, const struct capability *known,
		  const struct type **ret_type)
{
	const struct type *entity, *group;
	uint32_t matching = 0;
	if (!typecheck_type(checker, node->left, known, &entity))
		return false;
	if (entity->kind != TYPE_ENTITY)
		return checker_unexpected(checker, node->left, "an entity", entity);
	for (uint32_t i = 0; i < entity->count; i++)
		matching += slice_equal(entity->names[i], node->type->type);
	*ret_type = matching == 0 ? &type_false : matching == entity->count ? &type_true : &type_bool;
	if (node->kind == NODE_IS || matching == 0)
		return true;
	const struct type *is = *ret_type;
	if (!typecheck_type(checker, node->right, known, &group) || !check_in(checker, node, entity, group, ret_type))
		return false;
	if (is->kind == TYPE_BOOL && (*ret_type)->kind == TYPE_TRUE)
		*ret_type = is;
	return true;
}
