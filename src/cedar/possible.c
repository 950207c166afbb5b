/* What operators give where an operand is unknown. Every answer errs on the side of more being possible. */
#include "cedar/extension.h"
#include "cedar/partial.h"
#include "cedar/schema_data.h"

#define BIT(kind) (1u << CEDAR_##kind)

unsigned possible_of(struct cedar_value value)
{
	if (value.kind == CEDAR_BOOL)
		return value.as.boolean ? CEDAR_CAN_TRUE : CEDAR_CAN_FALSE;
	if (value.kind == CEDAR_UNKNOWN)
		return value.mask ? value.mask : CEDAR_CAN_VALUE | CEDAR_CAN_ERROR;
	return 1u << value.kind;
}

struct cedar_value possible_value(unsigned bits)
{
	if (bits == CEDAR_CAN_TRUE || bits == CEDAR_CAN_FALSE)
		return cedar_bool(bits == CEDAR_CAN_TRUE);
	return (struct cedar_value){.kind = CEDAR_UNKNOWN, .mask = (uint16_t)bits};
}

unsigned possible_unary(struct cedar_value operand, unsigned wanted, unsigned result)
{
	unsigned bits = possible_of(operand);
	return (bits & wanted ? result : 0) | (bits & ~wanted ? CEDAR_CAN_ERROR : 0);
}

/* Its type, where it can only be an entity and this is known. */
static const struct cedar_uid *entity_type(struct cedar_value value)
{
	if (value.kind == CEDAR_ENTITY)
		return value.as.uid;
	return value.kind == CEDAR_UNKNOWN && (value.mask & CEDAR_CAN_VALUE) == BIT(ENTITY) ? value.as.uid : NULL;
}

static const struct type *record_type(struct cedar_value value)
{
	return value.kind == CEDAR_UNKNOWN && (value.mask & CEDAR_CAN_VALUE) == BIT(RECORD) ? value.as.type : NULL;
}

static bool can_equal(struct cedar_value left, struct cedar_value right)
{
	unsigned a = possible_of(left), b = possible_of(right);
	const struct cedar_uid *left_type = entity_type(left), *right_type = entity_type(right);
	if (left_type && right_type)
		return slice_equal(left_type->type, right_type->type);
	return (a & CEDAR_CAN_BOOL && b & CEDAR_CAN_BOOL) || a & b & CEDAR_CAN_VALUE & ~(unsigned)CEDAR_CAN_BOOL;
}

static unsigned possible_order(unsigned left, unsigned right)
{
	unsigned ordered = BIT(LONG) | BIT(DATETIME) | BIT(DURATION);
	bool is_one = (left & (left - 1)) == 0;
	return (left & right & ordered ? CEDAR_CAN_BOOL : 0) |
	       (left == right && is_one && left & ordered ? 0 : CEDAR_CAN_ERROR);
}

static bool has_only_entities(struct cedar_value value)
{
	if (value.kind != CEDAR_SET)
		return possible_of(value) == BIT(ENTITY);
	for (uint32_t i = 0; i < value.length; i++)
		if (possible_of(value.as.items[i]) != BIT(ENTITY))
			return false;
	return true;
}

static unsigned possible_in(struct cedar_value left, struct cedar_value right)
{
	unsigned a = possible_of(left), b = possible_of(right), bits = 0;
	if (a & BIT(ENTITY) && b & (BIT(ENTITY) | BIT(SET)))
		bits = right.kind == CEDAR_SET && right.length == 0 ? CEDAR_CAN_FALSE : CEDAR_CAN_BOOL;
	return bits | (a == BIT(ENTITY) && has_only_entities(right) ? 0 : CEDAR_CAN_ERROR);
}

static unsigned possible_contains(struct cedar_value left, struct cedar_value right)
{
	unsigned result = CEDAR_CAN_BOOL;
	/* The item may stand among those that are known. */
	if (left.kind == CEDAR_SET && !value_is_open(right) && cedar_set_contains(left, right))
		result = CEDAR_CAN_TRUE;
	if (left.kind == CEDAR_SET && left.length == 0)
		result = CEDAR_CAN_FALSE;
	return possible_unary(left, BIT(SET), result);
}

static unsigned possible_pair(enum node_kind kind, struct cedar_value left, struct cedar_value right)
{
	switch ((int)kind) {
	case NODE_EQUAL:
		return can_equal(left, right) ? CEDAR_CAN_BOOL : CEDAR_CAN_FALSE;
	case NODE_NOT_EQUAL:
		return can_equal(left, right) ? CEDAR_CAN_BOOL : CEDAR_CAN_TRUE;
	case NODE_LESS:
	case NODE_LESS_EQUAL:
	case NODE_GREATER:
	case NODE_GREATER_EQUAL:
		return possible_order(possible_of(left), possible_of(right));
	case NODE_ADD:
	case NODE_SUBTRACT:
	case NODE_MULTIPLY:
		return (possible_of(left) & possible_of(right) & BIT(LONG)) | CEDAR_CAN_ERROR;
	case NODE_IN:
		return possible_in(left, right);
	case NODE_CONTAINS:
		return possible_contains(left, right);
	case NODE_CONTAINS_ALL:
	case NODE_CONTAINS_ANY:
		return possible_unary(left, BIT(SET), CEDAR_CAN_BOOL) | possible_unary(right, BIT(SET), CEDAR_CAN_BOOL);
	case NODE_HAS_TAG:
		return possible_unary(left, BIT(ENTITY), CEDAR_CAN_BOOL) |
		       possible_unary(right, BIT(STRING), CEDAR_CAN_BOOL);
	case NODE_GET_TAG:
		return CEDAR_CAN_VALUE | CEDAR_CAN_ERROR;
	default:
		return CEDAR_CAN_BOOL | CEDAR_CAN_ERROR;
	}
}

unsigned possible_binary(enum node_kind kind, struct cedar_value left, struct cedar_value right)
{
	unsigned a = possible_of(left), b = possible_of(right);
	if (a == CEDAR_CAN_ERROR || b == CEDAR_CAN_ERROR)
		return CEDAR_CAN_ERROR;
	return possible_pair(kind, left, right) | ((a | b) & CEDAR_CAN_ERROR);
}

unsigned possible_call(enum cedar_function function, const struct cedar_value arguments[2])
{
	const struct function_info *info = function_info(function);
	/* What gives a boolean cannot fail on arguments of the right kinds. */
	unsigned bits = info->result == CEDAR_BOOL ? CEDAR_CAN_BOOL : (1u << info->result) | CEDAR_CAN_ERROR;
	for (unsigned i = 0; i < info->argument_count; i++) {
		unsigned can = possible_of(arguments[i]), wanted = 1u << info->arguments[i];
		if (!(can & wanted))
			return CEDAR_CAN_ERROR;
		if (can != wanted)
			bits |= CEDAR_CAN_ERROR;
	}
	return bits;
}

struct cedar_value possible_type(const struct cedar_schema *schema, const struct type *type, struct arena *arena)
{
	switch ((enum type_kind)type->kind) {
	case TYPE_TRUE:
	case TYPE_FALSE:
	case TYPE_BOOL:
		return cedar_unknown_of(CEDAR_BOOL);
	case TYPE_LONG:
		return cedar_unknown_of(CEDAR_LONG);
	case TYPE_STRING:
		return cedar_unknown_of(CEDAR_STRING);
	case TYPE_ENTITY: {
		struct cedar_uid *uid = arena && type->count == 1 ? ARENA_NEW(arena, struct cedar_uid) : NULL;
		if (uid)
			*uid = cedar_uid_make(&schema->key, type->names[0], SLICE(""));
		return cedar_unknown_entity(uid);
	}
	case TYPE_ANY_ENTITY:
		return cedar_unknown_of(CEDAR_ENTITY);
	case TYPE_SET:
		return cedar_unknown_of(CEDAR_SET);
	case TYPE_RECORD: {
		struct cedar_value record = cedar_unknown_of(CEDAR_RECORD);
		record.as.type = type;
		return record;
	}
	case TYPE_EXTENSION:
		return cedar_unknown_of((enum cedar_kind)type->extension);
	case TYPE_NEVER:
	case TYPE_KIND_COUNT:
		break;
	}
	return possible_value(CEDAR_CAN_VALUE);
}

/* The attributes that the schema gives an unknown holder; NULL: it tells nothing. */
static const struct type *shape_of(const struct partial *partial, struct cedar_value holder)
{
	const struct cedar_uid *uid = entity_type(holder);
	if (!uid || !partial->schema)
		return record_type(holder);
	const struct entity_type *type = schema_entity_type(partial->schema, uid->type);
	return type ? type->shape : NULL;
}

struct cedar_value possible_attribute(struct partial *partial, struct cedar_value holder, slice name)
{
	unsigned bits = possible_of(holder);
	const struct type *shape = shape_of(partial, holder);
	const struct attribute *attribute = shape ? type_attribute(shape, name) : NULL;
	if (!(bits & (BIT(RECORD) | BIT(ENTITY))) || (shape && !shape->is_open && !attribute))
		return possible_value(CEDAR_CAN_ERROR);
	if (!attribute)
		return possible_value(CEDAR_CAN_VALUE | CEDAR_CAN_ERROR);
	struct cedar_value value = possible_type(partial->schema, attribute->type, partial->evaluation.arena);
	/* An entity need not exist. */
	if (!attribute->is_required || bits != BIT(RECORD))
		value.mask |= CEDAR_CAN_ERROR;
	return value;
}

unsigned possible_has(const struct partial *partial, struct cedar_value holder, slice name)
{
	const struct type *shape = shape_of(partial, holder);
	const struct attribute *attribute = shape ? type_attribute(shape, name) : NULL;
	unsigned result = CEDAR_CAN_BOOL;
	if (shape && !shape->is_open && !attribute)
		result = CEDAR_CAN_FALSE;
	else if (attribute && attribute->is_required && record_type(holder))
		result = CEDAR_CAN_TRUE;
	return possible_unary(holder, BIT(RECORD) | BIT(ENTITY), result);
}
