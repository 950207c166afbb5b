/* Operators, built-in methods, attributes and calls on values that are known. */
#include "cedar/evaluate.h"
#include "cedar/extension.h"

bool evaluation_fail(struct evaluation *evaluation, enum error failure)
{
	evaluation->failure = failure;
	return false;
}

bool evaluation_type_error(struct evaluation *evaluation, const char *expected, struct cedar_value got)
{
	if (got.kind == CEDAR_ENTITY)
		return EVALUATION_ERROR(evaluation, E_TYPE, "type error: expected %s, got (entity of type `%.*s`)",
					expected, SLICE_ARG(got.as.uid->type));
	return EVALUATION_ERROR(evaluation, E_TYPE, "type error: expected %s, got %s", expected,
				cedar_kind_name((enum cedar_kind)got.kind));
}

static bool arithmetic(struct evaluation *evaluation, enum node_kind kind, struct cedar_value left,
		       struct cedar_value right, struct cedar_value *ret_value)
{
	int64_t result = 0;
	bool overflow;
	if (left.kind != CEDAR_LONG)
		return evaluation_type_error(evaluation, "long", left);
	if (right.kind != CEDAR_LONG)
		return evaluation_type_error(evaluation, "long", right);
	if (kind == NODE_ADD)
		overflow = __builtin_add_overflow(left.as.integer, right.as.integer, &result);
	else if (kind == NODE_SUBTRACT)
		overflow = __builtin_sub_overflow(left.as.integer, right.as.integer, &result);
	else
		overflow = __builtin_mul_overflow(left.as.integer, right.as.integer, &result);
	if (overflow)
		return EVALUATION_ERROR(evaluation, E_OVERFLOW, "integer overflow while attempting to %s two values",
					kind == NODE_ADD	? "add"
					: kind == NODE_SUBTRACT ? "subtract"
								: "multiply");
	*ret_value = cedar_long(result);
	return true;
}

static bool is_ordered(struct cedar_value value)
{
	return value.kind == CEDAR_LONG || value.kind == CEDAR_DATETIME || value.kind == CEDAR_DURATION;
}

static bool order(struct evaluation *evaluation, enum node_kind kind, struct cedar_value left, struct cedar_value right,
		  struct cedar_value *ret_value)
{
	if (!is_ordered(left))
		return is_ordered(right) ? evaluation_type_error(evaluation,
								 cedar_kind_name((enum cedar_kind)right.kind), left)
					 : evaluation_type_error(evaluation, "one of [long, datetime, duration]", left);
	if (right.kind != left.kind)
		return evaluation_type_error(evaluation, cedar_kind_name((enum cedar_kind)left.kind), right);
	int64_t a = left.as.integer, b = right.as.integer;
	bool result = kind == NODE_LESS		? a < b
		      : kind == NODE_LESS_EQUAL ? a <= b
		      : kind == NODE_GREATER	? a > b
						: a >= b;
	*ret_value = cedar_bool(result);
	return true;
}

/* Every element must be an entity, also those behind one that matches. */
static bool is_in(struct evaluation *evaluation, struct cedar_value left, struct cedar_value right,
		  struct cedar_value *ret_value)
{
	if (left.kind != CEDAR_ENTITY)
		return evaluation_type_error(evaluation, "(entity of type `any_entity_type`)", left);
	if (right.kind != CEDAR_ENTITY && right.kind != CEDAR_SET)
		return evaluation_type_error(evaluation, "one of [set, (entity of type `any_entity_type`)]", right);
	const struct cedar_value *items = right.kind == CEDAR_SET ? right.as.items : &right;
	uint32_t count = right.kind == CEDAR_SET ? right.length : 1;
	for (uint32_t i = 0; i < count; i++)
		if (items[i].kind != CEDAR_ENTITY)
			return evaluation_type_error(evaluation, "(entity of type `any_entity_type`)", items[i]);
	const struct closure *closure = evaluation_closure(evaluation, left.as.uid);
	if (!closure)
		return false;
	bool found = false;
	for (uint32_t i = 0; i < count && !found; i++)
		found = closure_has(closure, items[i].as.uid);
	*ret_value = cedar_bool(found);
	return true;
}

/* Both sets are sorted: one walk over both. */
static bool contains_all(struct cedar_value set, struct cedar_value items)
{
	uint32_t i = 0;
	for (uint32_t j = 0; j < items.length; j++) {
		int difference = -1;
		while (i < set.length && (difference = cedar_value_compare(set.as.items[i], items.as.items[j])) < 0)
			i++;
		if (difference != 0)
			return false;
		i++;
	}
	return true;
}

static bool contains_any(struct cedar_value a, struct cedar_value b)
{
	for (uint32_t i = 0, j = 0; i < a.length && j < b.length;) {
		int difference = cedar_value_compare(a.as.items[i], b.as.items[j]);
		if (difference == 0)
			return true;
		if (difference < 0)
			i++;
		else
			j++;
	}
	return false;
}

static bool contains(struct evaluation *evaluation, enum node_kind kind, struct cedar_value left,
		     struct cedar_value right, struct cedar_value *ret_value)
{
	if (left.kind != CEDAR_SET)
		return evaluation_type_error(evaluation, "set", left);
	if (kind == NODE_CONTAINS) {
		*ret_value = cedar_bool(cedar_set_contains(left, right));
		return true;
	}
	if (right.kind != CEDAR_SET)
		return evaluation_type_error(evaluation, "set", right);
	*ret_value = cedar_bool(kind == NODE_CONTAINS_ALL ? contains_all(left, right) : contains_any(left, right));
	return true;
}

static bool tag(struct evaluation *evaluation, enum node_kind kind, struct cedar_value left, struct cedar_value right,
		struct cedar_value *ret_value)
{
	if (left.kind != CEDAR_ENTITY)
		return evaluation_type_error(evaluation, "(entity of type `any_entity_type`)", left);
	if (right.kind != CEDAR_STRING)
		return evaluation_type_error(evaluation, "string", right);
	const struct vertex *vertex = world_find(evaluation->world, left.as.uid);
	const struct cedar_value *found = vertex ? cedar_record_get(vertex->tags, cedar_text(right)) : NULL;
	if (kind == NODE_HAS_TAG) {
		*ret_value = cedar_bool(found != NULL);
		return true;
	}
	if (!vertex)
		return EVALUATION_ERROR(evaluation, E_NOT_FOUND, "entity `%.*s::\"%.*s\"` does not exist",
					SLICE_ARG(left.as.uid->type), SLICE_ARG(left.as.uid->id));
	if (!found)
		return EVALUATION_ERROR(evaluation, E_NOT_FOUND, "`%.*s::\"%.*s\"` does not have the tag",
					SLICE_ARG(left.as.uid->type), SLICE_ARG(left.as.uid->id));
	*ret_value = *found;
	return true;
}

bool operate(struct evaluation *evaluation, enum node_kind kind, struct cedar_value left, struct cedar_value right,
	     struct cedar_value *ret_value)
{
	switch ((int)kind) {
	case NODE_EQUAL:
		*ret_value = cedar_bool(cedar_value_equal(left, right));
		return true;
	case NODE_NOT_EQUAL:
		*ret_value = cedar_bool(!cedar_value_equal(left, right));
		return true;
	case NODE_LESS:
	case NODE_LESS_EQUAL:
	case NODE_GREATER:
	case NODE_GREATER_EQUAL:
		return order(evaluation, kind, left, right, ret_value);
	case NODE_IN:
		return is_in(evaluation, left, right, ret_value);
	case NODE_ADD:
	case NODE_SUBTRACT:
	case NODE_MULTIPLY:
		return arithmetic(evaluation, kind, left, right, ret_value);
	case NODE_CONTAINS:
	case NODE_CONTAINS_ALL:
	case NODE_CONTAINS_ANY:
		return contains(evaluation, kind, left, right, ret_value);
	case NODE_HAS_TAG:
	case NODE_GET_TAG:
		return tag(evaluation, kind, left, right, ret_value);
	default:
		return EVALUATION_ERROR(evaluation, E_INTERNAL, "operator %d is unknown", (int)kind);
	}
}

bool operate_negate(struct evaluation *evaluation, struct cedar_value value, struct cedar_value *ret_value)
{
	int64_t result;
	if (value.kind != CEDAR_LONG)
		return evaluation_type_error(evaluation, "long", value);
	if (__builtin_sub_overflow(0, value.as.integer, &result))
		return EVALUATION_ERROR(evaluation, E_OVERFLOW, "integer overflow while attempting to negate a value");
	*ret_value = cedar_long(result);
	return true;
}

bool operate_like(struct evaluation *evaluation, struct cedar_value text, const struct pattern *pattern,
		  struct cedar_value *ret_value)
{
	if (text.kind != CEDAR_STRING)
		return evaluation_type_error(evaluation, "string", text);
	*ret_value = cedar_bool(pattern_matches(pattern, cedar_text(text)));
	return true;
}

bool operate_is_empty(struct evaluation *evaluation, struct cedar_value set, struct cedar_value *ret_value)
{
	if (set.kind != CEDAR_SET)
		return evaluation_type_error(evaluation, "set", set);
	*ret_value = cedar_bool(set.length == 0);
	return true;
}

static const struct vertex *find_vertex(struct evaluation *evaluation, const struct cedar_uid *uid)
{
	for (unsigned i = 0; i < 3; i++)
		if (evaluation->subjects[i].uid == uid)
			return evaluation->subjects[i].vertex;
	return world_find(evaluation->world, uid);
}

bool operate_find(struct evaluation *evaluation, struct cedar_value holder, slice name,
		  const struct cedar_value **ret_value, bool *ret_exists)
{
	*ret_exists = true;
	if (holder.kind == CEDAR_RECORD) {
		*ret_value = cedar_record_get(holder, name);
		return true;
	}
	if (holder.kind != CEDAR_ENTITY)
		return evaluation_type_error(evaluation, "one of [record, (entity of type `any_entity_type`)]", holder);
	const struct vertex *vertex = find_vertex(evaluation, holder.as.uid);
	*ret_exists = vertex != NULL;
	*ret_value = vertex ? cedar_record_get(vertex->attributes, name) : NULL;
	return true;
}

bool operate_attribute(struct evaluation *evaluation, struct cedar_value holder, slice name,
		       struct cedar_value *ret_value)
{
	const struct cedar_value *found;
	bool exists;
	if (!operate_find(evaluation, holder, name, &found, &exists))
		return false;
	if (found) {
		*ret_value = *found;
		return true;
	}
	if (holder.kind == CEDAR_RECORD)
		return EVALUATION_ERROR(evaluation, E_NOT_FOUND, "record does not have the attribute `%.*s`",
					SLICE_ARG(name));
	if (!exists)
		return EVALUATION_ERROR(evaluation, E_NOT_FOUND, "entity `%.*s::\"%.*s\"` does not exist",
					SLICE_ARG(holder.as.uid->type), SLICE_ARG(holder.as.uid->id));
	return EVALUATION_ERROR(evaluation, E_NOT_FOUND, "`%.*s::\"%.*s\"` does not have the attribute `%.*s`",
				SLICE_ARG(holder.as.uid->type), SLICE_ARG(holder.as.uid->id), SLICE_ARG(name));
}

bool operate_call(struct evaluation *evaluation, const struct node *node, const struct cedar_value arguments[2],
		  struct cedar_value *ret_value)
{
	const struct function_info *info = function_info((enum cedar_function)node->detail);
	if (node->count != info->argument_count)
		return EVALUATION_ERROR(evaluation, E_TYPE,
					"wrong number of arguments provided to extension function `%.*s`: expected %u, "
					"got %u",
					SLICE_ARG(info->name), info->argument_count, node->count);
	for (unsigned i = 0; i < info->argument_count; i++)
		if (arguments[i].kind != info->arguments[i])
			return evaluation_type_error(evaluation, cedar_kind_name((enum cedar_kind)info->arguments[i]),
						     arguments[i]);
	enum error error = function_call(evaluation->arena, (enum cedar_function)node->detail, arguments, ret_value, NULL);
	if (error == E_OK)
		return true;
	if (error == E_MEMORY)
		return evaluation_fail(evaluation, error);
	return EVALUATION_ERROR(evaluation, error, "error while evaluating `%.*s` extension function: %s",
				SLICE_ARG(info->name),
				error == E_OVERFLOW ? "the result overflows" : "the argument is not well-formed");
}
