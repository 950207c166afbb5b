/* Formulas: what the schema or the constants decide already is folded away when they are made. */
#include "analysis/space.h"

#include "analysis/limits.h"

#include <string.h>

struct formula *formula_kind(struct space *space, const struct term *term, uint16_t kinds)
{
	struct atom atom = {.kind = ATOM_KIND, .left = term, .kinds = kinds & term->kinds};
	if ((term->kinds & ~kinds) == 0)
		return &space->always;
	if ((term->kinds & kinds) == 0)
		return &space->never;
	return formula_atom(space, &atom);
}

static bool is_constant_entity(const struct term *term)
{
	return term->kind == TERM_CONSTANT && term->value.kind == CEDAR_ENTITY;
}

/* An id that an enumerated type does not have. */
static bool is_no_choice(const struct space *space, const struct term *term)
{
	if (!space->environment->schema || !is_constant_entity(term))
		return false;
	const struct entity_type *type = schema_entity_type(space->environment->schema, term->value.as.uid->type);
	for (uint32_t i = 0; type && i < type->choice_count; i++)
		if (slice_equal(type->choices[i], term->value.as.uid->id))
			return false;
	return type && type->is_enum;
}

struct formula *formula_equal(struct space *space, const struct term *left, const struct term *right)
{
	slice left_type = term_entity_type(left), right_type = term_entity_type(right);
	if (left == right)
		return formula_kind(space, left, KINDS_VALUE);
	if (!(left->kinds & right->kinds & KINDS_VALUE))
		return &space->never;
	if (left->kind == TERM_CONSTANT && right->kind == TERM_CONSTANT)
		return &space->never; /* equal constants are one term */
	if (left_type.ptr && right_type.ptr && !slice_equal(left_type, right_type))
		return &space->never;
	if (is_no_choice(space, left) || is_no_choice(space, right))
		return &space->never;
	if (left->kind == TERM_CONSTANT || (right->kind != TERM_CONSTANT && left->number > right->number)) {
		const struct term *other = left;
		left = right;
		right = other;
	}
	struct atom atom = {.kind = ATOM_EQUAL, .left = left, .right = right};
	return formula_atom(space, &atom);
}

/* Actions are what the schema says they are. */
static bool is_action_in(const struct action_type *action, const struct cedar_uid *uid)
{
	for (uint32_t i = 0; i < action->ancestor_count; i++)
		if (cedar_uid_equal(action->ancestors[i], uid))
			return true;
	return cedar_uid_equal(action->uid, uid);
}

struct formula *formula_in(struct space *space, const struct term *left, const struct term *right)
{
	const struct cedar_schema *schema = space->environment->schema;
	slice left_type = term_entity_type(left), right_type = term_entity_type(right);
	if (left == right)
		return formula_kind(space, left, KIND_BIT(CEDAR_ENTITY));
	if (!(left->kinds & right->kinds & KIND_BIT(CEDAR_ENTITY)))
		return &space->never;
	const struct action_type *action =
		schema && is_constant_entity(left) ? schema_action(schema, left->value.as.uid) : NULL;
	if (action && is_constant_entity(right))
		return is_action_in(action, right->value.as.uid) ? &space->always : &space->never;
	if (!action && schema && left_type.ptr && right_type.ptr &&
	    !environment_may_be_in(space->environment, left_type, right_type))
		return formula_equal(space, left, right);
	struct atom atom = {.kind = ATOM_IN, .left = left, .right = right};
	return formula_atom(space, &atom);
}

struct formula *formula_is(struct space *space, const struct term *term, slice type)
{
	struct atom atom = {.kind = ATOM_IS, .left = term, .name = type};
	slice known = term_entity_type(term);
	if (!(term->kinds & KIND_BIT(CEDAR_ENTITY)))
		return &space->never;
	if (!known.ptr)
		return formula_atom(space, &atom);
	return slice_equal(known, type) ? formula_kind(space, term, KIND_BIT(CEDAR_ENTITY)) : &space->never;
}

static struct formula *make(struct space *space, enum formula_kind kind, uint32_t count)
{
	struct formula *formula = space->failure ? NULL : ARENA_NEW(space->arena, struct formula);
	struct formula **items = formula ? ARENA_ARRAY(space->arena, count, struct formula *) : NULL;
	space->formula_count += count;
	if (space->formula_count > ANALYSIS_FORMULAS_MAX)
		space_fail(space, E_LIMIT, "the conditions are too long");
	if (!items) {
		space_fail(space, E_MEMORY, NULL);
		return NULL;
	}
	*formula = (struct formula){.kind = (unsigned char)kind, .count = count, .items = items};
	return formula;
}

static bool is_opposite(const struct formula *a, const struct formula *b)
{
	return a->opposite == b || (a->kind == FORMULA_LITERAL && b->kind == FORMULA_LITERAL && a->atom == b->atom &&
				    a->is_negated != b->is_negated);
}

static bool is_same(const struct formula *a, const struct formula *b)
{
	return a == b || (a->kind == FORMULA_LITERAL && b->kind == FORMULA_LITERAL && a->atom == b->atom &&
			  a->is_negated == b->is_negated);
}

/* `unit` changes nothing, `zero` decides all. A chain of one kind stays flat. */
static struct formula *join(struct space *space, enum formula_kind kind, struct formula *a, struct formula *b,
			    struct formula *unit, struct formula *zero)
{
	if (a == zero || b == zero || is_opposite(a, b))
		return zero;
	if (a == unit || is_same(a, b))
		return b;
	if (b == unit)
		return a;
	uint32_t from_a = a->kind == kind ? a->count : 1, from_b = b->kind == kind ? b->count : 1;
	struct formula *formula = make(space, kind, from_a + from_b);
	if (!formula)
		return zero;
	memcpy(formula->items, a->kind == kind ? a->items : &a, from_a * sizeof(struct formula *));
	memcpy(formula->items + from_a, b->kind == kind ? b->items : &b, from_b * sizeof(struct formula *));
	return formula;
}

struct formula *formula_and(struct space *space, struct formula *a, struct formula *b)
{
	return join(space, FORMULA_AND, a, b, &space->always, &space->never);
}

struct formula *formula_or(struct space *space, struct formula *a, struct formula *b)
{
	return join(space, FORMULA_OR, a, b, &space->never, &space->always);
}

struct formula *formula_not(struct space *space, struct formula *formula)
{
	struct formula *result;
	if (formula->opposite)
		return formula->opposite;
	if (formula->kind == FORMULA_LITERAL) {
		result = ARENA_NEW(space->arena, struct formula);
		if (result)
			*result = (struct formula){.kind = FORMULA_LITERAL, .atom = formula->atom,
						   .is_negated = !formula->is_negated};
		else
			space_fail(space, E_MEMORY, NULL);
	} else {
		result = make(space, formula->kind == FORMULA_AND ? FORMULA_OR : FORMULA_AND, formula->count);
		for (uint32_t i = 0; result && i < formula->count; i++)
			result->items[i] = formula_not(space, formula->items[i]);
	}
	if (!result)
		return &space->never;
	result->opposite = formula;
	formula->opposite = result;
	return result;
}
