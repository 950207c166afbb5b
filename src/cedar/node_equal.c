/* Are two expressions the same text, up to space and brackets? */
#include "cedar/typecheck.h"
#include "cedar/temporal.h"

static bool patterns_equal(const struct pattern *a, const struct pattern *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (a->parts[i].is_wildcard != b->parts[i].is_wildcard ||
		    !slice_equal(a->parts[i].literal, b->parts[i].literal))
			return false;
	return true;
}

static bool names_equal(const struct node *a, const struct node *b)
{
	for (uint32_t i = 0; i < a->count; i++)
		if (!slice_equal(a->names[i], b->names[i]))
			return false;
	return true;
}

bool node_details_equal(const struct node *a, const struct node *b)
{
	switch ((int)a->kind) {
	case NODE_LITERAL:
		return cedar_value_equal(a->value, b->value);
	case NODE_VARIABLE:
	case NODE_SLOT:
	case NODE_CALL:
		return a->detail == b->detail;
	case NODE_ATTRIBUTE:
		return slice_equal(a->name, b->name);
	case NODE_HAS:
	case NODE_RECORD:
		return names_equal(a, b);
	case NODE_LIKE:
		return patterns_equal(a->pattern, b->pattern);
	case NODE_IS:
	case NODE_IS_IN:
		return slice_equal(a->type->type, b->type->type);
	case NODE_TEMPORAL:
		return slice_equal(a->temporal->text, b->temporal->text);
	default:
		return true;
	}
}

bool node_equal(const struct node *a, const struct node *b)
{
	if (a == b)
		return true;
	if (a->kind != b->kind || a->count != b->count || a->depth != b->depth || !node_details_equal(a, b))
		return false;
	for (size_t i = 0;; i++) {
		const struct node *x = node_child(a, i), *y = node_child(b, i);
		if (!x || !y)
			return x == y;
		if (!node_equal(x, y))
			return false;
	}
}
