#include "cedar/mentions.h"

#include "cedar/policies.h"

struct walk {
	bool (*visit)(void *context, const struct cedar_uid *uid);
	void *context;
};

/* As deep as an expression is: CEDAR_DEPTH_MAX. */
static bool walk_node(const struct walk *walk, const struct node *node)
{
	if (node->kind == NODE_LITERAL && node->value.kind == CEDAR_ENTITY)
		return walk->visit(walk->context, node->value.as.uid);
	for (size_t i = 0;; i++) {
		const struct node *child = node_child(node, i);
		if (!child)
			return true;
		if (!walk_node(walk, child))
			return false;
	}
}

static bool walk_scope(const struct walk *walk, const struct scope *scope)
{
	for (uint32_t i = 0; scope->is_list && i < scope->entity_count; i++)
		if (!walk->visit(walk->context, scope->entities[i]))
			return false;
	return scope->is_list || !scope->entity || walk->visit(walk->context, scope->entity);
}

static bool walk_policy(const struct walk *walk, const struct policy *policy)
{
	for (enum variable i = VARIABLE_PRINCIPAL; i <= VARIABLE_RESOURCE; i++)
		if (!walk_scope(walk, &policy->scopes[i]))
			return false;
	for (uint32_t i = 0; i < policy->clause_count; i++)
		if (!walk_node(walk, policy->clauses[i].body))
			return false;
	return true;
}

bool cedar_policyset_names(const struct cedar_policyset *set, bool (*visit)(void *context, const struct cedar_uid *uid),
			   void *context)
{
	const struct walk walk = {visit, context};
	for (size_t i = 0; i < set->count; i++)
		if (!walk_policy(&walk, set->policies[i]))
			return false;
	return true;
}
