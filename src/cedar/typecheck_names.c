/* Names in policies that the schema does not have, and what the hierarchy of types allows. */
#include "cedar/typecheck.h"

#include "base/nearest.h"

bool schema_is_action_type(const struct cedar_schema *schema, slice type)
{
	for (size_t i = 0; i < schema_action_count(schema); i++)
		if (slice_equal(schema_action_at(schema, i)->uid->type, type))
			return true;
	return false;
}

static bool action_type_descends(const struct cedar_schema *schema, slice type, slice ancestor)
{
	for (size_t i = 0; i < schema_action_count(schema); i++) {
		const struct action_type *action = schema_action_at(schema, i);
		if (!slice_equal(action->uid->type, type))
			continue;
		for (uint32_t j = 0; j < action->ancestor_count; j++)
			if (slice_equal(action->ancestors[j]->type, ancestor))
				return true;
	}
	return false;
}

bool schema_type_descends(const struct cedar_schema *schema, slice type, slice ancestor)
{
	if (slice_equal(type, ancestor))
		return true;
	const struct entity_type *entity = schema_entity_type(schema, type);
	if (!entity)
		return action_type_descends(schema, type, ancestor);
	for (uint32_t i = 0; i < entity->ancestor_count; i++)
		if (slice_equal(entity->ancestors[i], ancestor))
			return true;
	return false;
}

/* `true && false` and the like are as good as their value; anything else in them, and they are not. */
static bool literal_chain(const struct node *node, bool *ret_value)
{
	bool item, all = true, any = false;
	if (node->kind == NODE_LITERAL && node->value.kind == CEDAR_BOOL) {
		*ret_value = node->value.as.boolean;
		return true;
	}
	if (node->kind != NODE_AND && node->kind != NODE_OR)
		return false;
	for (uint32_t i = 0; i < node->count; i++) {
		if (!literal_chain(node->items[i], &item))
			return false;
		all &= item;
		any |= item;
	}
	*ret_value = node->kind == NODE_AND ? all : any;
	return true;
}

bool checker_literal(const struct checker *checker, const struct node *operand, struct cedar_value *ret_value)
{
	bool boolean;
	if (operand->kind == NODE_LITERAL) {
		*ret_value = operand->value;
		return true;
	}
	if (literal_chain(operand, &boolean)) {
		*ret_value = cedar_bool(boolean);
		return true;
	}
	if (!node_is_variable(operand, VARIABLE_ACTION))
		return false;
	*ret_value = cedar_entity(checker->action->uid);
	return true;
}

/* Always false. */
static bool no_type(struct checker *checker, slice name, uint32_t offset)
{
	struct nearest meant = nearest_of(name);
	char hint[NEAREST_HINT_BYTES];
	for (size_t i = 0; i < schema_entity_type_count(checker->schema); i++)
		nearest_offer(&meant, schema_entity_type_at(checker->schema, i)->name);
	return checker_fail(checker, offset, "unrecognized entity type `%.*s`%s", SLICE_ARG(name), nearest_hint(&meant, hint));
}

static bool no_action(struct checker *checker, const struct cedar_uid *uid, uint32_t offset)
{
	struct nearest meant = nearest_of(uid->id);
	char hint[NEAREST_HINT_BYTES];
	for (size_t i = 0; i < schema_action_count(checker->schema); i++)
		if (slice_equal(schema_action_at(checker->schema, i)->uid->type, uid->type))
			nearest_offer(&meant, schema_action_at(checker->schema, i)->uid->id);
	return checker_fail(checker, offset, "unrecognized action `%.*s::\"%.*s\"`%s", SLICE_ARG(uid->type), SLICE_ARG(uid->id),
			    nearest_hint(&meant, hint));
}

static bool no_choice(struct checker *checker, const struct cedar_uid *uid, const struct entity_type *type, uint32_t offset)
{
	struct nearest meant = nearest_of(uid->id);
	char hint[NEAREST_HINT_BYTES];
	for (uint32_t i = 0; i < type->choice_count; i++)
		nearest_offer(&meant, type->choices[i]);
	return checker_fail(checker, offset, "entity `%.*s::\"%.*s\"` is not one of the values of its enum%s",
			    SLICE_ARG(uid->type), SLICE_ARG(uid->id), nearest_hint(&meant, hint));
}

bool typecheck_type_name(struct checker *checker, slice name, uint32_t offset)
{
	if (schema_entity_type(checker->schema, name) || schema_is_action_type(checker->schema, name))
		return true;
	return no_type(checker, name, offset);
}

bool typecheck_uid(struct checker *checker, const struct cedar_uid *uid, uint32_t offset)
{
	const struct entity_type *type = schema_entity_type(checker->schema, uid->type);
	if (!type && schema_action(checker->schema, uid))
		return true;
	if (!type)
		return schema_is_action_type(checker->schema, uid->type) ? no_action(checker, uid, offset)
									  : no_type(checker, uid->type, offset);
	for (uint32_t i = 0; i < type->choice_count; i++)
		if (slice_equal(type->choices[i], uid->id))
			return true;
	if (!type->is_enum)
		return true;
	return no_choice(checker, uid, type, offset);
}

bool typecheck_names(struct checker *checker, const struct node *node)
{
	if (node->kind == NODE_LITERAL && node->value.kind == CEDAR_ENTITY)
		return typecheck_uid(checker, node->value.as.uid, node->offset);
	if ((node->kind == NODE_IS || node->kind == NODE_IS_IN) &&
	    !typecheck_type_name(checker, node->type->type, node->offset))
		return false;
	if (node->kind == NODE_TEMPORAL)
		return temporal_typecheck_names(checker, node);
	const struct node *child;
	for (size_t i = 0; (child = node_child(node, i)) != NULL; i++)
		if (!typecheck_names(checker, child))
			return false;
	return true;
}
