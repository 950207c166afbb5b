#include "cedar/partial.h"

#include "cedar/bytes.h"
#include "cedar/extension.h"
#include "cedar/limits.h"

static enum error start_subject(struct evaluation *evaluation, enum variable variable, const struct cedar_uid *uid,
				bool unknown, struct fault *why)
{
	if (unknown) {
		evaluation->variables[variable] =
			(struct cedar_value){.kind = CEDAR_UNKNOWN, .mask = CEDAR_CAN_OTHER, .as.uid = uid};
		return E_OK;
	}
	if (!uid)
		return FAIL(why, E_INVALID, "the request has no %.*s", SLICE_ARG(variable_name(variable)));
	evaluation->variables[variable] = cedar_entity(uid);
	return closure_make(&evaluation->subjects[variable], uid, evaluation->world, evaluation->arena, why);
}

enum error partial_start(struct evaluation *evaluation, const struct cedar_request *request,
			 const struct cedar_world *world, struct arena *arena, struct fault *why)
{
	*evaluation = (struct evaluation){.request = request, .world = world, .arena = arena};
	TRY(world_check(world, why));
	if (request->context.kind != CEDAR_RECORD && request->context.kind != CEDAR_NONE)
		return FAIL(why, E_INVALID, "the context is not a record");
	evaluation->variables[VARIABLE_CONTEXT] = request->context;
	evaluation->variables[VARIABLE_CONTEXT].kind = CEDAR_RECORD;
	TRY(start_subject(evaluation, VARIABLE_PRINCIPAL, request->principal, request->principal_unknown, why));
	TRY(start_subject(evaluation, VARIABLE_ACTION, request->action, request->action_unknown, why));
	return start_subject(evaluation, VARIABLE_RESOURCE, request->resource, request->resource_unknown, why);
}

unsigned outcomes_of(struct cedar_value value)
{
	if (value.kind == CEDAR_BOOL)
		return value.as.boolean ? CEDAR_CAN_TRUE : CEDAR_CAN_FALSE;
	if (value.kind == CEDAR_UNKNOWN)
		return value.mask ? value.mask : CEDAR_CAN_ALL;
	return CEDAR_CAN_OTHER;
}

struct cedar_value value_of_outcomes(unsigned outcomes)
{
	if (outcomes == CEDAR_CAN_TRUE || outcomes == CEDAR_CAN_FALSE)
		return cedar_bool(outcomes == CEDAR_CAN_TRUE);
	return (struct cedar_value){.kind = CEDAR_UNKNOWN, .mask = (uint16_t)outcomes};
}

static bool give(struct cedar_value *ret_value, unsigned outcomes)
{
	*ret_value = value_of_outcomes(outcomes);
	return true;
}

/* What evaluating the operand may bring besides a value. */
static unsigned error_bit(struct cedar_value value)
{
	return value.kind == CEDAR_UNKNOWN ? outcomes_of(value) & CEDAR_CAN_ERROR : 0;
}

/*
 * A chain of && (`stop` is CAN_FALSE) or || (`stop` is CAN_TRUE). `sofar` collects where the chain may have ended
 * already because of something unknown; as long as nothing is unknown it stays 0.
 */
static bool partial_chain(struct evaluation *evaluation, const struct node *node, unsigned stop,
			   struct cedar_value *ret_value)
{
	unsigned pass = stop == CEDAR_CAN_FALSE ? CEDAR_CAN_TRUE : CEDAR_CAN_FALSE, sofar = 0;
	for (uint32_t i = 0; i < node->count; i++) {
		struct cedar_value value;
		if (!partial(evaluation, node->items[i], &value))
			return evaluation->failure || !sofar ? false : give(ret_value, sofar | CEDAR_CAN_ERROR);
		unsigned outcomes = outcomes_of(value);
		if (outcomes == pass)
			continue;
		if (outcomes == stop)
			return give(ret_value, sofar | stop);
		if (outcomes == CEDAR_CAN_OTHER && !sofar)
			return evaluation_type_error(evaluation, "bool", value);
		sofar |= outcomes & (stop | CEDAR_CAN_ERROR);
		if (outcomes & CEDAR_CAN_OTHER)
			sofar |= CEDAR_CAN_ERROR;
		if (!(outcomes & pass))
			return give(ret_value, sofar);
	}
	return give(ret_value, sofar | pass);
}

static bool partial_not(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value value;
	if (!partial(evaluation, node->left, &value))
		return false;
	unsigned outcomes = outcomes_of(value);
	if (outcomes == CEDAR_CAN_OTHER)
		return evaluation_type_error(evaluation, "bool", value);
	unsigned result = outcomes & CEDAR_CAN_ERROR;
	if (outcomes & CEDAR_CAN_TRUE)
		result |= CEDAR_CAN_FALSE;
	if (outcomes & CEDAR_CAN_FALSE)
		result |= CEDAR_CAN_TRUE;
	if (outcomes & CEDAR_CAN_OTHER)
		result |= CEDAR_CAN_ERROR;
	return give(ret_value, result);
}

static bool partial_negate(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value value;
	if (!partial(evaluation, node->left, &value))
		return false;
	if (value_is_open(value))
		return give(ret_value, CEDAR_CAN_OTHER | CEDAR_CAN_ERROR);
	return operate_negate(evaluation, value, ret_value);
}

static unsigned outcomes_of_branch(struct evaluation *evaluation, const struct node *node)
{
	struct cedar_value value;
	return partial(evaluation, node, &value) ? outcomes_of(value) : CEDAR_CAN_ERROR;
}

static bool partial_if(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value guard;
	if (!partial(evaluation, node->left, &guard))
		return false;
	if (guard.kind == CEDAR_BOOL)
		return partial(evaluation, guard.as.boolean ? node->right : node->third, ret_value);
	if (guard.kind != CEDAR_UNKNOWN)
		return evaluation_type_error(evaluation, "bool", guard);
	unsigned outcomes = outcomes_of(guard), result = 0;
	if (outcomes & (CEDAR_CAN_ERROR | CEDAR_CAN_OTHER))
		result |= CEDAR_CAN_ERROR;
	if (outcomes & CEDAR_CAN_TRUE)
		result |= outcomes_of_branch(evaluation, node->right);
	if (outcomes & CEDAR_CAN_FALSE)
		result |= outcomes_of_branch(evaluation, node->third);
	return evaluation->failure ? false : give(ret_value, result);
}

/* Can an unknown entity of a known type be this value? */
static bool can_equal(struct cedar_value unknown, struct cedar_value value)
{
	if (unknown.kind != CEDAR_UNKNOWN || !unknown.as.uid || value_is_open(value))
		return true;
	return value.kind == CEDAR_ENTITY && slice_equal(unknown.as.uid->type, value.as.uid->type);
}

/* Something on the left or right is unknown: what can come out? */
static bool possible_results(enum node_kind kind, struct cedar_value left, struct cedar_value right,
			 struct cedar_value *ret_value)
{
	unsigned errors = error_bit(left) | error_bit(right), both = CEDAR_CAN_TRUE | CEDAR_CAN_FALSE;
	switch ((int)kind) {
	case NODE_EQUAL:
	case NODE_NOT_EQUAL:
		if (!can_equal(left, right) || !can_equal(right, left))
			both = kind == NODE_EQUAL ? CEDAR_CAN_FALSE : CEDAR_CAN_TRUE;
		return give(ret_value, both | errors);
	case NODE_ADD:
	case NODE_SUBTRACT:
	case NODE_MULTIPLY:
		return give(ret_value, CEDAR_CAN_OTHER | CEDAR_CAN_ERROR);
	case NODE_GET_TAG:
		return give(ret_value, CEDAR_CAN_ALL);
	case NODE_CONTAINS:
		/* The item may stand among the known ones. */
		if (left.kind == CEDAR_SET && !value_is_open(right))
			return give(ret_value, cedar_set_contains(left, right) ? CEDAR_CAN_TRUE : both);
		break;
	case NODE_IN:
		if (left.kind == CEDAR_UNKNOWN && left.as.uid && right.kind == CEDAR_ENTITY)
			return give(ret_value, both | errors);
		break;
	default:
		break;
	}
	return give(ret_value, both | CEDAR_CAN_ERROR);
}

static bool partial_binary(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value left, right;
	if (!partial(evaluation, node->left, &left) || !partial(evaluation, node->right, &right))
		return false;
	if (value_is_open(left) || value_is_open(right))
		return possible_results((enum node_kind)node->kind, left, right, ret_value);
	return operate(evaluation, (enum node_kind)node->kind, left, right, ret_value);
}

static bool partial_attribute(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value holder;
	if (!partial(evaluation, node->left, &holder))
		return false;
	if (holder.kind == CEDAR_UNKNOWN)
		return give(ret_value, CEDAR_CAN_ALL);
	return operate_attribute(evaluation, holder, node->name, ret_value);
}

static bool has_path(struct evaluation *evaluation, const struct node *node, struct cedar_value holder,
		     struct cedar_value *ret_value)
{
	unsigned sofar = 0;
	for (uint32_t i = 0; i < node->count; i++) {
		const struct cedar_value *found;
		bool exists;
		if (holder.kind == CEDAR_UNKNOWN) {
			bool is_entity = i == 0 && holder.as.uid;
			unsigned both = CEDAR_CAN_TRUE | CEDAR_CAN_FALSE;
			return give(ret_value, sofar | both | (is_entity && node->count == 1 ? 0 : CEDAR_CAN_ERROR));
		}
		if (!operate_find(evaluation, holder, node->names[i], &found, &exists))
			return sofar ? give(ret_value, sofar | CEDAR_CAN_ERROR) : false;
		if (!found)
			return give(ret_value, sofar | CEDAR_CAN_FALSE);
		/* A field that is unknown may also be absent. */
		if (found->kind == CEDAR_UNKNOWN)
			sofar |= CEDAR_CAN_FALSE;
		holder = *found;
	}
	return give(ret_value, sofar | CEDAR_CAN_TRUE);
}

static bool partial_has(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value holder;
	return partial(evaluation, node->left, &holder) && has_path(evaluation, node, holder, ret_value);
}

static bool partial_like(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value text;
	if (!partial(evaluation, node->left, &text))
		return false;
	if (value_is_open(text))
		return give(ret_value, CEDAR_CAN_TRUE | CEDAR_CAN_FALSE | CEDAR_CAN_ERROR);
	return operate_like(evaluation, text, node->pattern, ret_value);
}

static bool partial_is(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value entity, group;
	if (!partial(evaluation, node->left, &entity))
		return false;
	bool known_type = entity.kind == CEDAR_ENTITY || (entity.kind == CEDAR_UNKNOWN && entity.as.uid);
	if (!known_type && !value_is_open(entity))
		return evaluation_type_error(evaluation, "(entity of type `any_entity_type`)", entity);
	if (!known_type)
		return give(ret_value, CEDAR_CAN_TRUE | CEDAR_CAN_FALSE | CEDAR_CAN_ERROR);
	bool is_type = bytes_equal(entity.as.uid->type, node->type->type);
	*ret_value = cedar_bool(is_type);
	if (node->kind == NODE_IS || !is_type)
		return true;
	if (!partial(evaluation, node->right, &group))
		return false;
	if (value_is_open(entity) || value_is_open(group))
		return possible_results(NODE_IN, entity, group, ret_value);
	return operate(evaluation, NODE_IN, entity, group, ret_value);
}

static bool partial_is_empty(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value set;
	if (!partial(evaluation, node->left, &set))
		return false;
	if (set.kind == CEDAR_UNKNOWN)
		return give(ret_value, CEDAR_CAN_TRUE | CEDAR_CAN_FALSE | CEDAR_CAN_ERROR);
	return operate_is_empty(evaluation, set, ret_value);
}

/* Evaluates the members; what may err among them makes the whole unknown. */
static bool partial_set(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value *items = ARENA_ARRAY(evaluation->arena, node->count, struct cedar_value);
	unsigned errors = 0;
	if (!items)
		return evaluation_fail(evaluation, E_MEMORY);
	for (uint32_t i = 0; i < node->count; i++) {
		if (!partial(evaluation, node->items[i], &items[i]))
			return false;
		errors |= error_bit(items[i]);
	}
	if (errors)
		return give(ret_value, CEDAR_CAN_OTHER | CEDAR_CAN_ERROR);
	enum error error = cedar_set(evaluation->arena, items, node->count, ret_value, &evaluation->fault);
	return error == E_OK || evaluation_fail(evaluation, error);
}

static bool partial_record(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_field *fields = ARENA_ARRAY(evaluation->arena, node->count, struct cedar_field);
	unsigned errors = 0;
	if (!fields)
		return evaluation_fail(evaluation, E_MEMORY);
	for (uint32_t i = 0; i < node->count; i++) {
		fields[i].key = node->names[i];
		if (!partial(evaluation, node->items[i], &fields[i].value))
			return false;
		errors |= error_bit(fields[i].value);
	}
	if (errors)
		return give(ret_value, CEDAR_CAN_OTHER | CEDAR_CAN_ERROR);
	enum error error = cedar_record(evaluation->arena, fields, node->count, ret_value, &evaluation->fault);
	return error == E_OK || evaluation_fail(evaluation, error);
}

/* All arguments are evaluated before their number and types are looked at. */
static bool partial_call(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value arguments[2], further;
	const struct function_info *info = function_info((enum cedar_function)node->detail);
	bool open = false;
	for (uint32_t i = 0; i < node->count; i++) {
		struct cedar_value *argument = i < 2 ? &arguments[i] : &further;
		if (!partial(evaluation, node->items[i], argument))
			return false;
		open = open || value_is_open(*argument);
	}
	if (open && node->count == info->argument_count)
		return give(ret_value, CEDAR_CAN_ERROR | (info->result == CEDAR_BOOL ? CEDAR_CAN_TRUE | CEDAR_CAN_FALSE
										     : CEDAR_CAN_OTHER));
	return operate_call(evaluation, node, arguments, ret_value);
}

bool partial(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	if (node->is_constant) {
		*ret_value = node->value;
		return true;
	}
	if (++evaluation->steps > CEDAR_STEPS_MAX)
		return evaluation_fail(evaluation, E_LIMIT);
	switch ((int)node->kind) {
	case NODE_VARIABLE:
		*ret_value = evaluation->variables[node->detail];
		return true;
	case NODE_NOT:
		return partial_not(evaluation, node, ret_value);
	case NODE_NEGATE:
		return partial_negate(evaluation, node, ret_value);
	case NODE_AND:
		return partial_chain(evaluation, node, CEDAR_CAN_FALSE, ret_value);
	case NODE_OR:
		return partial_chain(evaluation, node, CEDAR_CAN_TRUE, ret_value);
	case NODE_IF:
		return partial_if(evaluation, node, ret_value);
	case NODE_IS_EMPTY:
		return partial_is_empty(evaluation, node, ret_value);
	case NODE_ATTRIBUTE:
		return partial_attribute(evaluation, node, ret_value);
	case NODE_HAS:
		return partial_has(evaluation, node, ret_value);
	case NODE_LIKE:
		return partial_like(evaluation, node, ret_value);
	case NODE_IS:
	case NODE_IS_IN:
		return partial_is(evaluation, node, ret_value);
	case NODE_SET:
		return partial_set(evaluation, node, ret_value);
	case NODE_RECORD:
		return partial_record(evaluation, node, ret_value);
	case NODE_CALL:
		return partial_call(evaluation, node, ret_value);
	case NODE_LITERAL:
	case NODE_SLOT:
		return EVALUATION_ERROR(evaluation, E_INTERNAL, "a slot is not filled");
	default:
		return partial_binary(evaluation, node, ret_value);
	}
}
