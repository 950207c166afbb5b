#include "cedar/node.h"

#include "cedar/bytes.h"
#include "cedar/extension.h"
#include "cedar/limits.h"
#include "cedar/temporal.h"

static const slice variable_names[VARIABLE_COUNT] = {
	SLICE_INIT("principal"), SLICE_INIT("action"), SLICE_INIT("resource"), SLICE_INIT("context")};

static const slice operators[NODE_KIND_COUNT] = {
	[NODE_NOT] = SLICE_INIT("!"),
	[NODE_NEGATE] = SLICE_INIT("neg"),
	[NODE_AND] = SLICE_INIT("&&"),
	[NODE_OR] = SLICE_INIT("||"),
	[NODE_EQUAL] = SLICE_INIT("=="),
	[NODE_NOT_EQUAL] = SLICE_INIT("!="),
	[NODE_LESS] = SLICE_INIT("<"),
	[NODE_LESS_EQUAL] = SLICE_INIT("<="),
	[NODE_GREATER] = SLICE_INIT(">"),
	[NODE_GREATER_EQUAL] = SLICE_INIT(">="),
	[NODE_IN] = SLICE_INIT("in"),
	[NODE_ADD] = SLICE_INIT("+"),
	[NODE_SUBTRACT] = SLICE_INIT("-"),
	[NODE_MULTIPLY] = SLICE_INIT("*"),
	[NODE_CONTAINS] = SLICE_INIT("contains"),
	[NODE_CONTAINS_ALL] = SLICE_INIT("containsAll"),
	[NODE_CONTAINS_ANY] = SLICE_INIT("containsAny"),
	[NODE_HAS_TAG] = SLICE_INIT("hasTag"),
	[NODE_GET_TAG] = SLICE_INIT("getTag"),
	[NODE_IS_EMPTY] = SLICE_INIT("isEmpty"),
};

slice variable_name(enum variable variable)
{
	return variable_names[variable];
}

enum variable variable_find(slice name)
{
	for (unsigned i = 0; i < VARIABLE_COUNT; i++)
		if (bytes_equal(variable_names[i], name))
			return (enum variable)i;
	return VARIABLE_COUNT;
}

slice node_operator(enum node_kind kind)
{
	return operators[kind];
}

enum node_kind node_method(slice name)
{
	for (unsigned kind = NODE_CONTAINS; kind <= NODE_IS_EMPTY; kind++)
		if (bytes_equal(operators[kind], name))
			return (enum node_kind)kind;
	return NODE_KIND_COUNT;
}

size_t node_method_arguments(enum node_kind kind)
{
	return kind == NODE_IS_EMPTY ? 0 : 1;
}

const struct node *node_child(const struct node *node, size_t index)
{
	if (node_has_items(node))
		return index < node->count ? node->items[index] : NULL;
	/* What a history condition takes from the request is read as any other expression is. */
	if (node->kind == NODE_TEMPORAL)
		return index < node->temporal->request_count ? node->temporal->requests[index] : NULL;
	if (index == 0)
		return node->left;
	if (index == 1)
		return node->right;
	return index == 2 && node->kind == NODE_IF ? node->third : NULL;
}

static bool all_constant(const struct node *node)
{
	for (uint32_t i = 0; i < node->count; i++)
		if (!node->items[i]->is_constant)
			return false;
	return true;
}

static enum error close_set(struct arena *arena, struct node *node, struct fault *why)
{
	if (!all_constant(node))
		return E_OK;
	struct cedar_value *items = ARENA_ARRAY(arena, node->count, struct cedar_value);
	if (!items)
		return FAIL(why, E_MEMORY, "no memory for a set");
	for (uint32_t i = 0; i < node->count; i++)
		items[i] = node->items[i]->value;
	node->is_constant = true;
	return cedar_set(arena, items, node->count, &node->value, why);
}

/* A record is always built once, so that a key that stands twice is found although its value is not constant. */
static enum error close_record(struct arena *arena, struct node *node, struct fault *why)
{
	struct cedar_field *fields = ARENA_ARRAY(arena, node->count, struct cedar_field);
	if (!fields)
		return FAIL(why, E_MEMORY, "no memory for a record");
	bool constant = all_constant(node);
	for (uint32_t i = 0; i < node->count; i++)
		fields[i] = (struct cedar_field){node->names[i],
						 constant ? node->items[i]->value : cedar_bool(false)};
	node->is_constant = constant;
	TRY(cedar_record(arena, fields, node->count, &node->value, why));
	if (!constant)
		node->value = (struct cedar_value){0};
	return E_OK;
}

/* A call that fails with constant arguments stays a call: its error belongs to evaluation. */
static enum error close_call(struct arena *arena, struct node *node, struct fault *why)
{
	const struct function_info *info = function_info((enum cedar_function)node->detail);
	struct cedar_value arguments[2];
	if (node->count != info->argument_count || !all_constant(node))
		return E_OK;
	for (uint32_t i = 0; i < node->count; i++) {
		arguments[i] = node->items[i]->value;
		if (arguments[i].kind != info->arguments[i])
			return E_OK;
	}
	enum error error = function_call(arena, (enum cedar_function)node->detail, arguments, &node->value, NULL);
	if (error == E_MEMORY)
		return FAIL(why, E_MEMORY, "no memory for a constant");
	node->is_constant = error == E_OK;
	return E_OK;
}

static unsigned deeper(unsigned depth, const struct node *child)
{
	return child && child->depth > depth ? child->depth : depth;
}

static unsigned depth_below(const struct node *node)
{
	unsigned deepest = 0;
	if (node_has_items(node)) {
		for (uint32_t i = 0; i < node->count; i++)
			deepest = deeper(deepest, node->items[i]);
		return deepest;
	}
	deepest = deeper(deeper(deepest, node->left), node->right);
	return node->kind == NODE_IF ? deeper(deepest, node->third) : deepest;
}

enum error node_close(struct arena *arena, struct node *node, struct fault *why)
{
	unsigned deepest = depth_below(node);
	if (deepest + 1 > CEDAR_DEPTH_MAX)
		return FAIL(why, E_LIMIT, "the expression is deeper than %u", CEDAR_DEPTH_MAX);
	node->depth = (uint16_t)(deepest + 1);
	switch ((int)node->kind) {
	case NODE_LITERAL:
		node->is_constant = true;
		return E_OK;
	case NODE_SET:
		return close_set(arena, node, why);
	case NODE_RECORD:
		return close_record(arena, node, why);
	case NODE_CALL:
		return close_call(arena, node, why);
	default:
		return E_OK;
	}
}
