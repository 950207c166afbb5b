/* Calls of extension functions. */
#include "cedar/typecheck_parts.h"

#include "cedar/extension.h"

static const struct type *type_of_kind(enum cedar_kind kind)
{
	static const struct type extensions[] = {
		{.kind = TYPE_EXTENSION, .extension = CEDAR_DECIMAL}, {.kind = TYPE_EXTENSION, .extension = CEDAR_DATETIME},
		{.kind = TYPE_EXTENSION, .extension = CEDAR_DURATION}, {.kind = TYPE_EXTENSION, .extension = CEDAR_IP}};
	if (kind == CEDAR_BOOL)
		return &type_bool;
	if (kind == CEDAR_LONG)
		return &type_long;
	return kind == CEDAR_STRING ? &type_string : &extensions[kind - CEDAR_DECIMAL];
}

/* Strict: a constructor takes a literal. In both modes a literal must be well-formed. */
static bool check_constructor(struct checker *checker, const struct node *node, const struct function_info *info)
{
	const struct node *argument = node->items[0];
	if (argument->kind == NODE_LITERAL)
		return node->is_constant ? true
					 : checker_fail(checker, node->offset,
							"error during extension function argument validation: not a %.*s",
							SLICE_ARG(info->name));
	if (checker->mode == CEDAR_PERMISSIVE)
		return true;
	return checker_fail(checker, node->offset,
			    "extension constructors may not be called with non-literal expressions");
}

bool typecheck_call(struct checker *checker, const struct node *node, const struct capability *known,
		    const struct type **ret_type)
{
	const struct function_info *info = function_info((enum cedar_function)node->detail);
	for (uint32_t i = 0; i < node->count; i++) {
		const struct type *argument;
		if (!typecheck_type(checker, node->items[i], known, &argument))
			return false;
		if (i >= info->argument_count)
			continue;
		const struct type *expected = type_of_kind((enum cedar_kind)info->arguments[i]);
		if (!type_equal(argument, expected))
			return checker_unexpected(checker, node->items[i],
						  cedar_kind_name((enum cedar_kind)info->arguments[i]), argument);
	}
	if (node->count != info->argument_count)
		return checker_fail(checker, node->offset,
				    "wrong number of arguments in extension function application. Expected %u, got %u",
				    info->argument_count, node->count);
	*ret_type = type_of_kind((enum cedar_kind)info->result);
	return info->is_method || check_constructor(checker, node, info);
}
