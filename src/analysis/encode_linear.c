/* Arithmetic of one value with constants: scale * x + offset held against a constant is a bound on x. */
#include "analysis/encode.h"

#include "cedar/extension.h"

/* Products of 64-bit numbers fit; what grows beyond is given up. */
__extension__ typedef __int128 wide;

#define SCALE_MAX ((wide)1 << 62)

/* `low` and `high` bound x where no step overflows. */
struct linear {
	const struct term *term;
	struct formula *demand;
	unsigned char kind;   /* of x: CEDAR_LONG, DATETIME or DURATION */
	unsigned char result; /* of the whole */
	wide scale, offset;
	wide low, high;
};

static wide floor_divide(wide a, wide b)
{
	wide quotient = a / b;
	return a % b != 0 && (a < 0) != (b < 0) ? quotient - 1 : quotient;
}

/* Every step must give a 64-bit number. False: given up. */
static bool bound(struct linear *linear)
{
	if (linear->scale == 0 || linear->scale > SCALE_MAX || linear->scale < -SCALE_MAX || linear->offset > SCALE_MAX * 4 ||
	    linear->offset < -SCALE_MAX * 4)
		return false;
	wide least = linear->scale > 0 ? INT64_MIN : INT64_MAX, most = linear->scale > 0 ? INT64_MAX : INT64_MIN;
	wide low = -floor_divide(linear->offset - least, linear->scale);
	wide high = floor_divide(most - linear->offset, linear->scale);
	if (low > linear->low)
		linear->low = low;
	if (high < linear->high)
		linear->high = high;
	return true;
}

static bool is_constant(const struct node *node, enum cedar_kind kind)
{
	return node->is_constant && node->value.kind == kind;
}

static bool encode(struct space *space, const struct node *node, struct linear *linear);

static bool add(struct space *space, const struct node *inner, wide scale, wide offset, struct linear *linear)
{
	if (!encode(space, inner, linear))
		return false;
	linear->scale *= scale;
	linear->offset = linear->offset * scale + offset;
	return bound(linear);
}

static bool encode_sum(struct space *space, const struct node *node, struct linear *linear)
{
	const struct node *left = node->left, *right = node->right;
	bool constant_left = is_constant(left, CEDAR_LONG);
	if (!constant_left && !is_constant(right, CEDAR_LONG))
		return false;
	wide number = constant_left ? left->value.as.integer : right->value.as.integer;
	const struct node *inner = constant_left ? right : left;
	if (node->kind == NODE_MULTIPLY)
		return add(space, inner, number, 0, linear) && linear->result == CEDAR_LONG;
	if (node->kind == NODE_ADD)
		return add(space, inner, 1, number, linear) && linear->result == CEDAR_LONG;
	return add(space, inner, constant_left ? -1 : 1, constant_left ? number : -number, linear) &&
	       linear->result == CEDAR_LONG;
}

static bool encode_time(struct space *space, const struct node *node, struct linear *linear)
{
	enum cedar_function function = (enum cedar_function)node->detail;
	const struct node *first = node->count > 0 ? node->items[0] : NULL, *second = node->count > 1 ? node->items[1] : NULL;
	unsigned char wanted = CEDAR_DATETIME, result = CEDAR_DURATION;
	bool done = false;
	if (function == FUNCTION_OFFSET && node->count == 2 && is_constant(second, CEDAR_DURATION)) {
		done = add(space, first, 1, second->value.as.integer, linear);
		result = CEDAR_DATETIME;
	} else if (function == FUNCTION_DURATION_SINCE && node->count == 2 && is_constant(second, CEDAR_DATETIME)) {
		done = add(space, first, 1, -(wide)second->value.as.integer, linear);
	} else if (function == FUNCTION_DURATION_SINCE && node->count == 2 && is_constant(first, CEDAR_DATETIME)) {
		done = add(space, second, -1, first->value.as.integer, linear);
	} else if (function == FUNCTION_TO_MILLISECONDS && node->count == 1) {
		done = add(space, first, 1, 0, linear);
		wanted = CEDAR_DURATION;
		result = CEDAR_LONG;
	}
	if (!done || linear->result != wanted)
		return false;
	linear->result = result;
	return true;
}

/* x itself: of the kind that the operator around it asks for, which is known from the kinds it can be, or LONG. */
static bool encode_value(struct space *space, const struct node *node, struct linear *linear)
{
	struct operand operand = encode_operand(space, node);
	unsigned char kind = CEDAR_LONG;
	if (operand.term->kind == TERM_OPAQUE || operand.term->kind == TERM_CONSTANT)
		return false;
	if (operand.term->type && operand.term->type->kind == TYPE_EXTENSION)
		kind = operand.term->type->extension;
	if (kind != CEDAR_LONG && kind != CEDAR_DATETIME && kind != CEDAR_DURATION)
		return false;
	*linear = (struct linear){.term = operand.term, .kind = kind, .result = kind, .scale = 1, .low = INT64_MIN,
				  .high = INT64_MAX};
	linear->demand = formula_and(space, operand.demand, formula_kind(space, operand.term, KIND_BIT(kind)));
	return true;
}

static bool encode(struct space *space, const struct node *node, struct linear *linear)
{
	switch ((int)node->kind) {
	case NODE_ADD:
	case NODE_SUBTRACT:
	case NODE_MULTIPLY:
		return encode_sum(space, node, linear);
	case NODE_NEGATE:
		return add(space, node->left, -1, 0, linear) && linear->result == CEDAR_LONG;
	case NODE_CALL:
		return encode_time(space, node, linear);
	case NODE_ATTRIBUTE:
	case NODE_GET_TAG:
		return encode_value(space, node, linear);
	default:
		return false;
	}
}

/* x <= number */
static struct formula *formula_at_most(struct space *space, const struct linear *linear, wide number)
{
	struct atom atom = {.kind = ATOM_AT_MOST, .left = linear->term, .kinds = KIND_BIT(linear->kind)};
	if (number >= INT64_MAX)
		return &space->always;
	if (number < INT64_MIN)
		return &space->never;
	atom.bound = (int64_t)number;
	return formula_atom(space, &atom);
}

/* scale * x + offset < number */
static struct formula *formula_below(struct space *space, const struct linear *linear, wide number)
{
	wide rest = number - linear->offset;
	if (linear->scale > 0)
		return formula_at_most(space, linear, floor_divide(rest - 1, linear->scale));
	return formula_not(space, formula_at_most(space, linear, floor_divide(rest, linear->scale)));
}

static struct formula *formula_is_number(struct space *space, const struct linear *linear, wide number)
{
	wide rest = number - linear->offset;
	if (rest % linear->scale != 0 || rest / linear->scale > INT64_MAX || rest / linear->scale < INT64_MIN)
		return &space->never;
	struct cedar_value value = {.kind = linear->kind, .as.integer = (int64_t)(rest / linear->scale)};
	return formula_equal(space, linear->term, term_constant(space, value));
}

/* `linear` stands on the left, or on the right where `is_swapped`. */
static struct formula *compare(struct space *space, const struct linear *linear, enum node_kind kind, bool is_swapped,
			       wide number)
{
	static const unsigned char swapped[NODE_KIND_COUNT] = {
		[NODE_LESS] = NODE_GREATER, [NODE_LESS_EQUAL] = NODE_GREATER_EQUAL, [NODE_GREATER] = NODE_LESS,
		[NODE_GREATER_EQUAL] = NODE_LESS_EQUAL, [NODE_EQUAL] = NODE_EQUAL, [NODE_NOT_EQUAL] = NODE_NOT_EQUAL};
	switch ((int)(is_swapped ? swapped[kind] : kind)) {
	case NODE_LESS:
		return formula_below(space, linear, number);
	case NODE_LESS_EQUAL:
		return formula_below(space, linear, number + 1);
	case NODE_GREATER:
		return formula_not(space, formula_below(space, linear, number + 1));
	case NODE_GREATER_EQUAL:
		return formula_not(space, formula_below(space, linear, number));
	case NODE_EQUAL:
		return formula_is_number(space, linear, number);
	default:
		return formula_not(space, formula_is_number(space, linear, number));
	}
}

bool encode_linear(struct space *space, const struct node *node, const struct node *left, const struct node *right,
		   struct truth *ret_truth)
{
	struct linear linear;
	bool is_swapped = left->is_constant;
	const struct node *other = is_swapped ? right : left;
	struct cedar_value constant = is_swapped ? left->value : right->value;
	if (node->kind < NODE_EQUAL || node->kind > NODE_GREATER_EQUAL || left->is_constant == right->is_constant ||
	    other->kind == NODE_ATTRIBUTE || other->kind == NODE_GET_TAG || !encode(space, other, &linear) ||
	    linear.result != constant.kind)
		return false;
	struct formula *demand = formula_and(space, linear.demand, formula_at_most(space, &linear, linear.high));
	demand = formula_and(space, demand, formula_not(space, formula_at_most(space, &linear, linear.low - 1)));
	*ret_truth = truth_make(space, demand,
				compare(space, &linear, (enum node_kind)node->kind, is_swapped, constant.as.integer));
	return true;
}
