#include "cedar/reads.h"

#include "cedar/policies.h"

static bool is_field(const struct node *node)
{
	return node->kind == NODE_ATTRIBUTE && node_is_variable(node->left, VARIABLE_CONTEXT);
}

static void tell_field(const struct cedar_reads *reads, slice field, slice inner)
{
	reads->field(reads->visitor, field, inner);
}

/* `context.a`, `context.a.b`, `context has a.b` and `context.a has b` are told; true: nothing is left to walk below. */
static bool tell_access(const struct cedar_reads *reads, const struct node *node)
{
	if (node->kind != NODE_ATTRIBUTE && node->kind != NODE_HAS)
		return false;
	slice first = node->kind == NODE_HAS ? node->names[0] : node->name;
	if (node_is_variable(node->left, VARIABLE_CONTEXT)) {
		/* `context.a` by itself: whoever stands above has not looked into it. */
		if (node->kind == NODE_ATTRIBUTE)
			reads->whole(reads->visitor, first);
		else
			tell_field(reads, first, node->count > 1 ? node->names[1] : SLICE(""));
		return true;
	}
	if (!is_field(node->left))
		return false;
	tell_field(reads, node->left->name, first);
	return true;
}

/* `resource is T`, `resource in X::"x"`, `resource in [...]`, `resource is T in X::"x"`. */
static bool is_placing(const struct node *node)
{
	if (node->kind == NODE_IS)
		return node_is_variable(node->left, VARIABLE_RESOURCE);
	return (node->kind == NODE_IN || node->kind == NODE_IS_IN) && node_is_variable(node->left, VARIABLE_RESOURCE) &&
	       node->right->is_constant;
}

/* As deep as an expression is: CEDAR_DEPTH_MAX. */
static void walk(const struct cedar_reads *reads, const struct node *node)
{
	if (tell_access(reads, node) || is_placing(node))
		return;
	if (node_is_variable(node, VARIABLE_RESOURCE))
		reads->resource(reads->visitor);
	if (node_is_variable(node, VARIABLE_CONTEXT))
		reads->whole(reads->visitor, SLICE(""));
	for (size_t i = 0;; i++) {
		const struct node *child = node_child(node, i);
		if (!child)
			return;
		walk(reads, child);
	}
}

void cedar_policyset_reads(const struct cedar_policyset *set, const struct cedar_reads *reads)
{
	for (size_t i = 0; i < set->count; i++)
		for (uint32_t j = 0; j < set->policies[i]->clause_count; j++)
			walk(reads, set->policies[i]->clauses[j].body);
}
