#include "cedar/evaluate.h"

#include "cedar/bytes.h"
#include "cedar/extension.h"
#include "cedar/limits.h"

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
static bool evaluate_chain(struct evaluation *evaluation, const struct node *node, unsigned stop,
			   struct cedar_value *ret_value)
{
	unsigned pass = stop == CEDAR_CAN_FALSE ? CEDAR_CAN_TRUE : CEDAR_CAN_FALSE, sofar = 0;
	for (uint32_t i = 0; i < node->count; i++) {
		struct cedar_value value;
		if (!evaluate(evaluation, node->items[i], &value))
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

static bool evaluate_not(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value value;
	if (!evaluate(evaluation, node->left, &value))
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

static bool evaluate_negate(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value value;
	int64_t result;
	if (!evaluate(evaluation, node->left, &value))
		return false;
	if (value_is_open(value))
		return give(ret_value, CEDAR_CAN_OTHER | CEDAR_CAN_ERROR);
	if (value.kind != CEDAR_LONG)
		return evaluation_type_error(evaluation, "long", value);
	if (__builtin_sub_overflow(0, value.as.integer, &result))
		return EVALUATION_ERROR(evaluation, E_OVERFLOW, "integer overflow while attempting to negate a value");
	*ret_value = cedar_long(result);
	return true;
}

static unsigned outcomes_of_branch(struct evaluation *evaluation, const struct node *node)
{
	struct cedar_value value;
	return evaluate(evaluation, node, &value) ? outcomes_of(value) : CEDAR_CAN_ERROR;
}

static bool evaluate_if(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value guard;
	if (!evaluate(evaluation, node->left, &guard))
		return false;
	if (guard.kind == CEDAR_BOOL)
		return evaluate(evaluation, guard.as.boolean ? node->right : node->third, ret_value);
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
static bool operate_open(enum node_kind kind, struct cedar_value left, struct cedar_value right,
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

static bool evaluate_binary(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value left, right;
	if (!evaluate(evaluation, node->left, &left) || !evaluate(evaluation, node->right, &right))
		return false;
	bool done = value_is_open(left) || value_is_open(right)
			    ? operate_open((enum node_kind)node->kind, left, right, ret_value)
			    : operate(evaluation, (enum node_kind)node->kind, left, right, ret_value);
	if (evaluation->facts && (node->kind == NODE_IN || node->kind == NODE_HAS_TAG || node->kind == NODE_GET_TAG))
		fact_add_node(evaluation, node, done ? *ret_value : (struct cedar_value){0});
	return done;
}

static const struct vertex *find_vertex(struct evaluation *evaluation, const struct cedar_uid *uid)
{
	for (unsigned i = 0; i < 3; i++)
		if (evaluation->subjects[i].uid == uid)
			return evaluation->subjects[i].vertex;
	return world_find(evaluation->world, uid);
}

/* `*ret_value` is NULL where the entity or record has no such attribute. */
static bool find_attribute(struct evaluation *evaluation, struct cedar_value holder, slice name,
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

static bool take_attribute(struct evaluation *evaluation, struct cedar_value holder, slice name,
			   struct cedar_value *ret_value)
{
	const struct cedar_value *found;
	bool exists;
	if (holder.kind == CEDAR_UNKNOWN)
		return give(ret_value, CEDAR_CAN_ALL);
	if (!find_attribute(evaluation, holder, name, &found, &exists))
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

/* Of a chain a.b.c only the whole is a fact. */
static bool evaluate_attribute(struct evaluation *evaluation, const struct node *node, bool is_inner,
			       struct cedar_value *ret_value)
{
	struct cedar_value holder;
	bool done = node->left->kind == NODE_ATTRIBUTE ? evaluate_attribute(evaluation, node->left, true, &holder)
						       : evaluate(evaluation, node->left, &holder);
	if (!done)
		return false;
	done = take_attribute(evaluation, holder, node->name, ret_value);
	if (evaluation->facts && (!is_inner || !done))
		fact_add_node(evaluation, node, done ? *ret_value : (struct cedar_value){0});
	return done;
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
		if (!find_attribute(evaluation, holder, node->names[i], &found, &exists))
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

static bool evaluate_has(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value holder;
	if (!evaluate(evaluation, node->left, &holder))
		return false;
	bool done = has_path(evaluation, node, holder, ret_value);
	if (done && evaluation->facts)
		fact_add_node(evaluation, node, *ret_value);
	return done;
}

static bool evaluate_like(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value text;
	if (!evaluate(evaluation, node->left, &text))
		return false;
	if (value_is_open(text))
		return give(ret_value, CEDAR_CAN_TRUE | CEDAR_CAN_FALSE | CEDAR_CAN_ERROR);
	if (text.kind != CEDAR_STRING)
		return evaluation_type_error(evaluation, "string", text);
	*ret_value = cedar_bool(pattern_matches(node->pattern, cedar_text(text)));
	return true;
}

static bool evaluate_is(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value entity, group;
	if (!evaluate(evaluation, node->left, &entity))
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
	if (!evaluate(evaluation, node->right, &group))
		return false;
	bool done = value_is_open(entity) || value_is_open(group)
			    ? operate_open(NODE_IN, entity, group, ret_value)
			    : operate(evaluation, NODE_IN, entity, group, ret_value);
	if (done && evaluation->facts)
		fact_add_node(evaluation, node, *ret_value);
	return done;
}

static bool evaluate_is_empty(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value set;
	if (!evaluate(evaluation, node->left, &set))
		return false;
	if (set.kind == CEDAR_UNKNOWN)
		return give(ret_value, CEDAR_CAN_TRUE | CEDAR_CAN_FALSE | CEDAR_CAN_ERROR);
	if (set.kind != CEDAR_SET)
		return evaluation_type_error(evaluation, "set", set);
	*ret_value = cedar_bool(set.length == 0);
	return true;
}

/* Evaluates the members; what may err among them makes the whole unknown. */
static bool evaluate_set(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value *items = ARENA_ARRAY(evaluation->arena, node->count, struct cedar_value);
	unsigned errors = 0;
	if (!items)
		return evaluation_fail(evaluation, E_MEMORY);
	for (uint32_t i = 0; i < node->count; i++) {
		if (!evaluate(evaluation, node->items[i], &items[i]))
			return false;
		errors |= error_bit(items[i]);
	}
	if (errors)
		return give(ret_value, CEDAR_CAN_OTHER | CEDAR_CAN_ERROR);
	enum error error = cedar_set(evaluation->arena, items, node->count, ret_value, &evaluation->fault);
	return error == E_OK || evaluation_fail(evaluation, error);
}

static bool evaluate_record(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_field *fields = ARENA_ARRAY(evaluation->arena, node->count, struct cedar_field);
	unsigned errors = 0;
	if (!fields)
		return evaluation_fail(evaluation, E_MEMORY);
	for (uint32_t i = 0; i < node->count; i++) {
		fields[i].key = node->names[i];
		if (!evaluate(evaluation, node->items[i], &fields[i].value))
			return false;
		errors |= error_bit(fields[i].value);
	}
	if (errors)
		return give(ret_value, CEDAR_CAN_OTHER | CEDAR_CAN_ERROR);
	enum error error = cedar_record(evaluation->arena, fields, node->count, ret_value, &evaluation->fault);
	return error == E_OK || evaluation_fail(evaluation, error);
}

static bool call_known(struct evaluation *evaluation, enum cedar_function function,
		       const struct cedar_value *arguments, struct cedar_value *ret_value)
{
	const struct function_info *info = function_info(function);
	for (unsigned i = 0; i < info->argument_count; i++)
		if (arguments[i].kind != info->arguments[i])
			return evaluation_type_error(evaluation, cedar_kind_name((enum cedar_kind)info->arguments[i]),
						     arguments[i]);
	enum error error = function_call(evaluation->arena, function, arguments, ret_value, NULL);
	if (error == E_OK)
		return true;
	if (error == E_MEMORY)
		return evaluation_fail(evaluation, error);
	return EVALUATION_ERROR(evaluation, error, "error while evaluating `%.*s` extension function: %s",
				SLICE_ARG(info->name),
				error == E_OVERFLOW ? "the result overflows" : "the argument is not well-formed");
}

/* All arguments are evaluated before their number and types are looked at. */
static bool evaluate_call(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
{
	struct cedar_value arguments[2], further;
	const struct function_info *info = function_info((enum cedar_function)node->detail);
	bool open = false;
	for (uint32_t i = 0; i < node->count; i++) {
		struct cedar_value *argument = i < 2 ? &arguments[i] : &further;
		if (!evaluate(evaluation, node->items[i], argument))
			return false;
		open = open || value_is_open(*argument);
	}
	if (node->count != info->argument_count)
		return EVALUATION_ERROR(evaluation, E_TYPE,
					"wrong number of arguments provided to extension function `%.*s`: expected %u, "
					"got %u",
					SLICE_ARG(info->name), info->argument_count, node->count);
	if (open)
		return give(ret_value, CEDAR_CAN_ERROR | (info->result == CEDAR_BOOL ? CEDAR_CAN_TRUE | CEDAR_CAN_FALSE
										     : CEDAR_CAN_OTHER));
	return call_known(evaluation, (enum cedar_function)node->detail, arguments, ret_value);
}

bool evaluate(struct evaluation *evaluation, const struct node *node, struct cedar_value *ret_value)
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
		return evaluate_not(evaluation, node, ret_value);
	case NODE_NEGATE:
		return evaluate_negate(evaluation, node, ret_value);
	case NODE_AND:
		return evaluate_chain(evaluation, node, CEDAR_CAN_FALSE, ret_value);
	case NODE_OR:
		return evaluate_chain(evaluation, node, CEDAR_CAN_TRUE, ret_value);
	case NODE_IF:
		return evaluate_if(evaluation, node, ret_value);
	case NODE_IS_EMPTY:
		return evaluate_is_empty(evaluation, node, ret_value);
	case NODE_ATTRIBUTE:
		return evaluate_attribute(evaluation, node, false, ret_value);
	case NODE_HAS:
		return evaluate_has(evaluation, node, ret_value);
	case NODE_LIKE:
		return evaluate_like(evaluation, node, ret_value);
	case NODE_IS:
	case NODE_IS_IN:
		return evaluate_is(evaluation, node, ret_value);
	case NODE_SET:
		return evaluate_set(evaluation, node, ret_value);
	case NODE_RECORD:
		return evaluate_record(evaluation, node, ret_value);
	case NODE_CALL:
		return evaluate_call(evaluation, node, ret_value);
	case NODE_LITERAL:
	case NODE_SLOT:
		return EVALUATION_ERROR(evaluation, E_INTERNAL, "a slot is not filled");
	default:
		return evaluate_binary(evaluation, node, ret_value);
	}
}
