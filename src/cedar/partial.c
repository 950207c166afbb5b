#include "cedar/partial.h"

#include "cedar/bytes.h"
#include "cedar/extension.h"
#include "cedar/limits.h"

static enum error start_subject(struct evaluation *evaluation, enum variable variable, const struct cedar_uid *uid,
				bool unknown, struct fault *why)
{
	if (unknown) {
		evaluation->variables[variable] = cedar_unknown_entity(uid);
		return E_OK;
	}
	if (!uid)
		return FAIL(why, E_INVALID, "the request has no %.*s", SLICE_ARG(variable_name(variable)));
	evaluation->variables[variable] = cedar_entity(uid);
	return closure_make(&evaluation->subjects[variable], uid, evaluation->world, evaluation->arena, why);
}

enum error partial_start(struct partial *partial, const struct cedar_request *request, const struct cedar_world *world,
			 const struct cedar_schema *schema, struct arena *arena, struct fault *why)
{
	struct evaluation *evaluation = &partial->evaluation;
	*partial = (struct partial){.schema = schema};
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

/* An open value with what is left of the expression. */
static bool leave(struct part *ret_part, struct cedar_value value, const struct node *node)
{
	*ret_part = (struct part){value, value_is_open(value) ? node : NULL};
	return true;
}

/* Known operands were evaluated: the value, or the error that `node` gives again. */
static bool settle(struct partial *partial, bool done, struct cedar_value value, const struct node *node,
		   struct part *ret_part)
{
	if (!done && partial->evaluation.failure)
		return false;
	return leave(ret_part, done ? value : possible_value(CEDAR_CAN_ERROR), node);
}

/* Something among the operands is open. */
static bool leave_operands(struct partial *partial, const struct node *node, const struct part *parts,
			   struct cedar_value value, struct part *ret_part)
{
	const struct node *left = node;
	if (value_is_open(value) && partial->wants_nodes && !residue_node(partial, node, parts, &left))
		return false;
	return leave(ret_part, value, left);
}

static bool part_errs(const struct part *part)
{
	return possible_of(part->value) == CEDAR_CAN_ERROR;
}

static bool partial_binary(struct partial *partial, const struct node *node, struct part *ret_part)
{
	struct part parts[2];
	struct cedar_value value = {0};
	if (!partial_evaluate(partial, node->left, &parts[0]))
		return false;
	if (part_errs(&parts[0])) {
		*ret_part = parts[0];
		return true;
	}
	if (!partial_evaluate(partial, node->right, &parts[1]))
		return false;
	enum node_kind kind = (enum node_kind)node->kind;
	if (value_is_open(parts[0].value) || value_is_open(parts[1].value)) {
		value = possible_value(possible_binary(kind, parts[0].value, parts[1].value));
		return leave_operands(partial, node, parts, value, ret_part);
	}
	bool done = operate(&partial->evaluation, kind, parts[0].value, parts[1].value, &value);
	return settle(partial, done, value, node, ret_part);
}

static unsigned negate(unsigned bits)
{
	return (bits & CEDAR_CAN_TRUE ? CEDAR_CAN_FALSE : 0) | (bits & CEDAR_CAN_FALSE ? CEDAR_CAN_TRUE : 0) |
	       (bits & ~(unsigned)CEDAR_CAN_BOOL ? CEDAR_CAN_ERROR : 0);
}

static unsigned possible_of_unary(const struct node *node, struct cedar_value operand)
{
	switch ((int)node->kind) {
	case NODE_NOT:
		return negate(possible_of(operand));
	case NODE_NEGATE:
		return possible_unary(operand, 1u << CEDAR_LONG, 1u << CEDAR_LONG) | CEDAR_CAN_ERROR;
	case NODE_LIKE:
		return possible_unary(operand, 1u << CEDAR_STRING, CEDAR_CAN_BOOL);
	default:
		/* A set with something unknown in it is not empty. */
		return possible_unary(operand, 1u << CEDAR_SET,
				      operand.kind == CEDAR_SET ? CEDAR_CAN_FALSE : CEDAR_CAN_BOOL);
	}
}

static bool operate_unary(struct evaluation *evaluation, const struct node *node, struct cedar_value operand,
			  struct cedar_value *ret_value)
{
	switch ((int)node->kind) {
	case NODE_NOT:
		if (operand.kind != CEDAR_BOOL)
			return evaluation_type_error(evaluation, "bool", operand);
		*ret_value = cedar_bool(!operand.as.boolean);
		return true;
	case NODE_NEGATE:
		return operate_negate(evaluation, operand, ret_value);
	case NODE_LIKE:
		return operate_like(evaluation, operand, node->pattern, ret_value);
	default:
		return operate_is_empty(evaluation, operand, ret_value);
	}
}

static bool partial_unary(struct partial *partial, const struct node *node, struct part *ret_part)
{
	struct part part;
	struct cedar_value value = {0};
	if (!partial_evaluate(partial, node->left, &part))
		return false;
	if (value_is_open(part.value))
		return leave_operands(partial, node, &part, possible_value(possible_of_unary(node, part.value)), ret_part);
	bool done = operate_unary(&partial->evaluation, node, part.value, &value);
	return settle(partial, done, value, node, ret_part);
}

static bool partial_if(struct partial *partial, const struct node *node, struct part *ret_part)
{
	/* A branch that is never taken stays as it is. */
	struct part parts[3] = {{{0}, NULL}, {cedar_unknown(), node->right}, {cedar_unknown(), node->third}};
	unsigned bits = 0;
	if (!partial_evaluate(partial, node->left, &parts[0]))
		return false;
	if (parts[0].value.kind == CEDAR_BOOL)
		return partial_evaluate(partial, parts[0].value.as.boolean ? node->right : node->third, ret_part);
	unsigned guard = possible_of(parts[0].value);
	for (unsigned i = 1; i < 3; i++) {
		if (!(guard & (i == 1 ? CEDAR_CAN_TRUE : CEDAR_CAN_FALSE)))
			continue;
		if (!partial_evaluate(partial, parts[i].node, &parts[i]))
			return false;
		bits |= possible_of(parts[i].value);
	}
	if (guard & ~(unsigned)CEDAR_CAN_BOOL)
		bits |= CEDAR_CAN_ERROR;
	return leave_operands(partial, node, parts, possible_value(bits), ret_part);
}

static bool partial_attribute(struct partial *partial, const struct node *node, struct part *ret_part)
{
	struct cedar_value value = {0};
	struct part holder;
	if (!partial_evaluate(partial, node->left, &holder))
		return false;
	if (holder.value.kind == CEDAR_UNKNOWN) {
		value = possible_attribute(partial, holder.value, node->name);
		return leave_operands(partial, node, &holder, value, ret_part);
	}
	bool done = operate_attribute(&partial->evaluation, holder.value, node->name, &value);
	if (done && value.kind == CEDAR_UNKNOWN && value.mask & CEDAR_CAN_ABSENT)
		value.mask = (uint16_t)((value.mask & ~(unsigned)CEDAR_CAN_ABSENT) | CEDAR_CAN_ERROR);
	if (!value_is_open(holder.value) || !done)
		return settle(partial, done, value, node, ret_part);
	return leave_operands(partial, node, &holder, value, ret_part);
}

/* What is possible for `has`; errors stay in the holder or come from the middle of the path. */
static unsigned possible_path(struct partial *partial, const struct node *node, struct cedar_value holder)
{
	unsigned bits = 0;
	for (uint32_t i = 0; i < node->count; i++) {
		const struct cedar_value *found;
		bool exists;
		if (holder.kind == CEDAR_UNKNOWN) {
			unsigned has = possible_has(partial, holder, node->names[i]);
			bits |= has & (CEDAR_CAN_FALSE | CEDAR_CAN_ERROR);
			if (!(has & CEDAR_CAN_TRUE))
				return bits;
			holder = possible_attribute(partial, holder, node->names[i]);
			/* That it may be absent has been said. */
			holder.mask &= (uint16_t)~(unsigned)CEDAR_CAN_ERROR;
			continue;
		}
		if (!operate_find(&partial->evaluation, holder, node->names[i], &found, &exists))
			return bits | CEDAR_CAN_ERROR;
		if (!found)
			return bits | CEDAR_CAN_FALSE;
		if (found->kind == CEDAR_UNKNOWN && found->mask & CEDAR_CAN_ABSENT)
			bits |= CEDAR_CAN_FALSE;
		holder = *found;
		if (holder.kind == CEDAR_UNKNOWN)
			holder.mask &= (uint16_t)~(unsigned)CEDAR_CAN_ABSENT;
	}
	return bits | CEDAR_CAN_TRUE;
}

static bool partial_has(struct partial *partial, const struct node *node, struct part *ret_part)
{
	struct part holder;
	if (!partial_evaluate(partial, node->left, &holder))
		return false;
	if (part_errs(&holder)) {
		*ret_part = holder;
		return true;
	}
	struct cedar_value value = possible_value(possible_path(partial, node, holder.value));
	if (value_is_open(holder.value))
		return leave_operands(partial, node, &holder, value, ret_part);
	return leave(ret_part, value, node);
}

static bool partial_is(struct partial *partial, const struct node *node, struct part *ret_part)
{
	struct part parts[2];
	if (!partial_evaluate(partial, node->left, &parts[0]))
		return false;
	struct cedar_value entity = parts[0].value;
	unsigned bits = possible_of(entity), wanted = 1u << CEDAR_ENTITY;
	bool has_type = (bits & CEDAR_CAN_VALUE) == wanted && entity.as.uid;
	unsigned is_type = !has_type ? CEDAR_CAN_BOOL
			   : bytes_equal(entity.as.uid->type, node->type->type) ? CEDAR_CAN_TRUE
										 : CEDAR_CAN_FALSE;
	parts[1] = (struct part){cedar_unknown(), node->right};
	if (node->kind == NODE_IS || !(bits & wanted) || is_type == CEDAR_CAN_FALSE) {
		struct cedar_value value = possible_value(possible_unary(entity, wanted, is_type));
		if (value_is_open(entity))
			return leave_operands(partial, node, parts, value, ret_part);
		return leave(ret_part, value, node);
	}
	if (!partial_evaluate(partial, node->right, &parts[1]))
		return false;
	if (value_is_open(entity) || value_is_open(parts[1].value)) {
		unsigned in = possible_binary(NODE_IN, entity, parts[1].value);
		bits = in | (is_type & CEDAR_CAN_FALSE) | possible_unary(entity, wanted, 0);
		return leave_operands(partial, node, parts, possible_value(bits), ret_part);
	}
	bool done = operate(&partial->evaluation, NODE_IN, entity, parts[1].value, &entity);
	return settle(partial, done, entity, node, ret_part);
}

struct members {
	struct part *parts;
	bool is_open;
	unsigned errors; /* CEDAR_CAN_ERROR where one may err */
	bool errs;       /* one certainly does */
};

static bool evaluate_members(struct partial *partial, const struct node *node, struct members *members)
{
	*members = (struct members){.parts = ARENA_ARRAY(partial->evaluation.arena, node->count, struct part)};
	if (!members->parts)
		return evaluation_fail(&partial->evaluation, E_MEMORY);
	for (uint32_t i = 0; i < node->count; i++) {
		struct part *part = &members->parts[i];
		if (!partial_evaluate(partial, node->items[i], part))
			return false;
		members->is_open = members->is_open || value_is_open(part->value);
		members->errors |= possible_of(part->value) & CEDAR_CAN_ERROR;
		members->errs = members->errs || part_errs(part);
	}
	return true;
}

/* The members are known, or err never. */
static bool make_members(struct partial *partial, const struct node *node, const struct part *parts,
			 struct cedar_value *ret_value)
{
	struct arena *arena = partial->evaluation.arena;
	enum error error = E_MEMORY;
	if (node->kind == NODE_SET) {
		struct cedar_value *items = ARENA_ARRAY(arena, node->count, struct cedar_value);
		for (uint32_t i = 0; items && i < node->count; i++)
			items[i] = parts[i].value;
		if (items)
			error = cedar_set(arena, items, node->count, ret_value, NULL);
	} else {
		struct cedar_field *fields = ARENA_ARRAY(arena, node->count, struct cedar_field);
		for (uint32_t i = 0; fields && i < node->count; i++)
			fields[i] = (struct cedar_field){node->names[i], parts[i].value};
		if (fields)
			error = cedar_record(arena, fields, node->count, ret_value, NULL);
	}
	return error == E_OK || evaluation_fail(&partial->evaluation, error);
}

static bool partial_members(struct partial *partial, const struct node *node, struct part *ret_part)
{
	struct members members;
	struct cedar_value value;
	if (!evaluate_members(partial, node, &members))
		return false;
	if (members.errors)
		value = possible_value((members.errs ? 0 : 1u << (node->kind == NODE_SET ? CEDAR_SET : CEDAR_RECORD)) |
				       CEDAR_CAN_ERROR);
	else if (!make_members(partial, node, members.parts, &value))
		return false;
	return members.is_open ? leave_operands(partial, node, members.parts, value, ret_part)
			       : leave(ret_part, value, node);
}

static bool partial_call(struct partial *partial, const struct node *node, struct part *ret_part)
{
	enum cedar_function function = (enum cedar_function)node->detail;
	struct cedar_value arguments[2] = {{0}}, value = {0};
	struct members members;
	if (!evaluate_members(partial, node, &members))
		return false;
	for (uint32_t i = 0; i < node->count && i < 2; i++)
		arguments[i] = members.parts[i].value;
	if (!members.is_open) {
		bool done = operate_call(&partial->evaluation, node, arguments, &value);
		return settle(partial, done, value, node, ret_part);
	}
	unsigned bits = CEDAR_CAN_ERROR;
	if (!members.errs && node->count == function_info(function)->argument_count)
		bits = members.errors | possible_call(function, arguments);
	return leave_operands(partial, node, members.parts, possible_value(bits), ret_part);
}

bool partial_evaluate(struct partial *partial, const struct node *node, struct part *ret_part)
{
	if (node->is_constant)
		return leave(ret_part, node->value, node);
	if (++partial->evaluation.steps > CEDAR_STEPS_MAX)
		return evaluation_fail(&partial->evaluation, E_LIMIT);
	switch ((int)node->kind) {
	case NODE_VARIABLE:
		return leave(ret_part, partial->evaluation.variables[node->detail], node);
	case NODE_NOT:
	case NODE_NEGATE:
	case NODE_LIKE:
	case NODE_IS_EMPTY:
		return partial_unary(partial, node, ret_part);
	case NODE_AND:
	case NODE_OR:
		return partial_chain(partial, node, ret_part);
	case NODE_IF:
		return partial_if(partial, node, ret_part);
	case NODE_ATTRIBUTE:
		return partial_attribute(partial, node, ret_part);
	case NODE_HAS:
		return partial_has(partial, node, ret_part);
	case NODE_IS:
	case NODE_IS_IN:
		return partial_is(partial, node, ret_part);
	case NODE_SET:
	case NODE_RECORD:
		return partial_members(partial, node, ret_part);
	case NODE_CALL:
		return partial_call(partial, node, ret_part);
	case NODE_TEMPORAL:
		/* A request that is not whole has no place in a history. */
		return leave(ret_part, possible_value(CEDAR_CAN_TRUE | CEDAR_CAN_FALSE | CEDAR_CAN_ERROR), node);
	case NODE_LITERAL:
	case NODE_SLOT:
		(void)EVALUATION_ERROR(&partial->evaluation, E_INTERNAL, "a slot is not filled");
		return settle(partial, false, (struct cedar_value){0}, node, ret_part);
	default:
		return partial_binary(partial, node, ret_part);
	}
}
