#include "analysis/theory.h"

#include "cedar/escape.h"
#include "cedar/extension.h"

#include <string.h>

enum error theory_init(struct theory *theory, struct space *space, struct fault *why)
{
	uint32_t count = space->term_count + 1;
	*theory = (struct theory){.space = space, .slot_count = 64};
	while (theory->slot_count < 2 * count)
		theory->slot_count *= 2;
	theory->trail = ARENA_ARRAY(space->arena, space->atom_count + 1, struct literal);
	theory->parents = ARENA_ARRAY(space->arena, count, uint32_t);
	theory->classes = ARENA_ARRAY(space->arena, count, struct value_class);
	theory->slots = ARENA_ARRAY(space->arena, theory->slot_count, uint32_t);
	theory->marks = ARENA_ARRAY(space->arena, count, unsigned char);
	theory->stack = ARENA_ARRAY(space->arena, count, uint32_t);
	if (!theory->trail || !theory->parents || !theory->classes || !theory->slots || !theory->marks || !theory->stack)
		return FAIL(why, E_MEMORY, "no memory for a search");
	return E_OK;
}

static uint32_t find_root(const struct theory *theory, uint32_t number)
{
	while (theory->parents[number] != number)
		number = theory->parents[number];
	return number;
}

uint32_t theory_find(const struct theory *theory, const struct term *term)
{
	return find_root(theory, term->number);
}

static void start(struct theory *theory)
{
	for (uint32_t i = 0; i < theory->space->term_count; i++) {
		const struct term *term = theory->space->terms[i];
		struct value_class *class = &theory->classes[i];
		theory->parents[i] = i;
		*class = (struct value_class){.kinds = term->kinds, .type = term->type, .low = INT64_MIN,
					      .high = INT64_MAX, .first = THEORY_NONE};
		class->entity_type = term_entity_type(term);
		class->has_constant = term->kind == TERM_CONSTANT && term->value.kind != CEDAR_NONE;
		class->constant = term->value;
	}
}

static bool set_constant(struct value_class *class, struct cedar_value value)
{
	if (class->has_constant)
		return cedar_value_equal(class->constant, value);
	class->has_constant = true;
	class->constant = value;
	class->kinds &= KIND_BIT(value.kind);
	if (value.kind == CEDAR_ENTITY && !class->entity_type.ptr)
		class->entity_type = value.as.uid->type;
	return class->kinds != 0;
}

bool theory_merge(struct theory *theory, uint32_t a, uint32_t b)
{
	struct value_class *to = &theory->classes[a], *from = &theory->classes[b];
	if (a == b)
		return true;
	theory->parents[b] = a;
	to->kinds &= from->kinds;
	if (!to->type)
		to->type = from->type;
	if (to->entity_type.ptr && from->entity_type.ptr && !slice_equal(to->entity_type, from->entity_type))
		to->kinds &= (uint16_t)~KIND_BIT(CEDAR_ENTITY);
	if (!to->entity_type.ptr)
		to->entity_type = from->entity_type;
	if (to->kinds == 0)
		return false;
	return !from->has_constant || set_constant(to, from->constant);
}

/* What a literal says at once of kinds, types and equality. */
static bool say(struct theory *theory, const struct literal *literal)
{
	const struct atom *atom = literal->atom;
	struct value_class *class = atom->left ? theory_class(theory, atom->left) : NULL;
	switch ((enum atom_kind)atom->kind) {
	case ATOM_KIND:
		class->kinds &= literal->is_true ? atom->kinds : (uint16_t)~atom->kinds;
		return class->kinds != 0;
	case ATOM_EQUAL:
		if (!literal->is_true)
			return true;
		class->kinds &= KINDS_VALUE;
		return theory_merge(theory, theory_find(theory, atom->left), theory_find(theory, atom->right));
	case ATOM_AT_MOST:
		class->kinds &= literal->is_true ? atom->kinds : KINDS_ALL;
		return class->kinds != 0;
	case ATOM_IS:
		if (!literal->is_true)
			return true;
		class->kinds &= KIND_BIT(CEDAR_ENTITY);
		if (class->entity_type.ptr && !slice_equal(class->entity_type, atom->name))
			return false;
		class->entity_type = atom->name;
		return class->kinds != 0;
	case ATOM_IN:
		if (literal->is_true)
			theory_class(theory, atom->right)->kinds &= KIND_BIT(CEDAR_ENTITY);
		class->kinds &= literal->is_true ? KIND_BIT(CEDAR_ENTITY) : KINDS_ALL;
		return class->kinds != 0 && theory_class(theory, atom->right)->kinds != 0;
	case ATOM_LIKE:
		class->kinds &= literal->is_true ? KIND_BIT(CEDAR_STRING) : KINDS_ALL;
		return class->kinds != 0;
	case ATOM_CONTAINS:
	case ATOM_EMPTY:
		class->kinds &= literal->is_true ? KIND_BIT(CEDAR_SET) : KINDS_ALL;
		return class->kinds != 0;
	case ATOM_LESS:
	case ATOM_TRUE:
	case ATOM_FALSE:
		break;
	}
	return true;
}

/* Attributes of one name of one value are one value. Sets `*changed` where something new follows. */
static bool join_congruent(struct theory *theory, bool *changed)
{
	const struct space *space = theory->space;
	memset(theory->slots, 0, theory->slot_count * sizeof(*theory->slots));
	for (uint32_t i = 0; i < space->term_count; i++) {
		const struct term *term = space->terms[i];
		if (!term->base)
			continue;
		uint32_t base = theory_find(theory, term->base), mask = theory->slot_count - 1;
		uint32_t at = (uint32_t)(hash_slice(space->key, term->name) ^ base * 0x9e3779b1u) & mask;
		for (;; at = (at + 1) & mask) {
			if (theory->slots[at] == 0)
				break;
			const struct term *other = space->terms[theory->slots[at] - 1];
			if (other->kind == term->kind && theory_find(theory, other->base) == base &&
			    slice_equal(other->name, term->name))
				break;
		}
		if (theory->slots[at] == 0) {
			theory->slots[at] = i + 1;
			continue;
		}
		uint32_t a = find_root(theory, theory->slots[at] - 1), b = find_root(theory, i);
		*changed = *changed || a != b;
		if (!theory_merge(theory, a, b))
			return false;
	}
	return true;
}

static bool narrow(struct value_class *class, uint16_t kinds, bool *changed)
{
	if (class->kinds & ~kinds)
		*changed = true;
	class->kinds &= kinds;
	return class->kinds != 0;
}

/* Between a value and its attributes: one that is there needs a holder, and where there is no holder there is none. */
static bool follow_bases(struct theory *theory, bool *changed)
{
	for (uint32_t i = 0; i < theory->space->term_count; i++) {
		const struct term *term = theory->space->terms[i];
		if (!term->base)
			continue;
		struct value_class *part = theory_class(theory, term), *base = theory_class(theory, term->base);
		uint16_t holders = term->kind == TERM_TAG ? KIND_BIT(CEDAR_ENTITY) : KINDS_HOLDER;
		if (!(part->kinds & KINDS_ERROR) && !narrow(base, holders, changed))
			return false;
		if (!(base->kinds & holders) && !narrow(part, KINDS_ERROR, changed))
			return false;
		if (term->kind == TERM_TAG || !base->has_constant || base->constant.kind != CEDAR_RECORD)
			continue;
		const struct cedar_value *field = cedar_record_get(base->constant, term->name);
		if (!field && !narrow(part, KINDS_ERROR, changed))
			return false;
		if (field && !part->has_constant) {
			*changed = true;
			if (!set_constant(part, *field))
				return false;
		} else if (field && !cedar_value_equal(part->constant, *field)) {
			return false;
		}
	}
	return true;
}

static void sort_literals(struct theory *theory)
{
	for (uint32_t i = 0; i < theory->space->term_count; i++)
		theory->classes[i].first = THEORY_NONE;
	for (uint32_t i = theory->trail_count; i-- > 0;) {
		struct literal *literal = &theory->trail[i];
		if (!literal->atom->left)
			continue;
		struct value_class *class = theory_class(theory, literal->atom->left);
		literal->next = class->first;
		class->first = i;
	}
}

/* A predicate of an extension type, where all arguments are known. */
static bool fits_call(const struct theory *theory, struct cedar_value value, const struct literal *literal)
{
	const struct atom *atom = literal->atom;
	struct cedar_value arguments[2] = {value}, result;
	if (atom->node->kind != NODE_CALL)
		return true;
	const struct function_info *info = function_info((enum cedar_function)atom->node->detail);
	if (atom->right) {
		const struct value_class *right = theory_class(theory, atom->right);
		if (!right->has_constant || right->constant.kind != info->arguments[1])
			return true;
		arguments[1] = right->constant;
	}
	if (value.kind != info->arguments[0] ||
	    function_call(theory->space->arena, (enum cedar_function)atom->node->detail, arguments, &result, NULL) != E_OK)
		return true;
	return result.as.boolean == literal->is_true;
}

/* Is the literal true of a class whose value is known? */
static bool fits_constant(const struct theory *theory, const struct value_class *class, const struct literal *literal)
{
	const struct atom *atom = literal->atom;
	struct cedar_value value = class->constant;
	bool holds;
	switch ((enum atom_kind)atom->kind) {
	case ATOM_AT_MOST:
		holds = KIND_BIT(value.kind) == atom->kinds && value.as.integer <= atom->bound;
		return holds == literal->is_true;
	case ATOM_LIKE:
		holds = value.kind == CEDAR_STRING && pattern_matches(atom->pattern, cedar_text(value));
		return holds == literal->is_true;
	case ATOM_EMPTY:
		return (value.kind == CEDAR_SET && value.length == 0) == literal->is_true;
	case ATOM_IS:
		holds = value.kind == CEDAR_ENTITY && slice_equal(value.as.uid->type, atom->name);
		return holds == literal->is_true;
	case ATOM_CONTAINS: {
		const struct value_class *item = theory_class(theory, atom->right);
		holds = value.kind == CEDAR_SET && item->has_constant && cedar_set_contains(value, item->constant);
		return !item->has_constant || holds == literal->is_true;
	}
	case ATOM_TRUE:
		return fits_call(theory, value, literal);
	case ATOM_KIND:
	case ATOM_EQUAL:
	case ATOM_LESS:
	case ATOM_IN:
	case ATOM_FALSE:
		break;
	}
	return true;
}

static bool are_equal(const struct theory *theory, const struct term *a, const struct term *b)
{
	const struct value_class *x = theory_class(theory, a), *y = theory_class(theory, b);
	if (x == y)
		return !(x->kinds & KINDS_ERROR);
	return x->has_constant && y->has_constant && cedar_value_equal(x->constant, y->constant);
}

/* Two literals about one set, of which one says that it contains an item. */
static bool is_set_conflict(const struct theory *theory, const struct literal *has, const struct literal *other)
{
	if (other->atom->kind == ATOM_EMPTY)
		return other->is_true;
	return other->atom->kind == ATOM_CONTAINS && !other->is_true &&
	       are_equal(theory, has->atom->right, other->atom->right);
}

/* All choices of a bool or of an enumerated type are excluded. */
static bool is_used_up(const struct theory *theory, const struct value_class *class)
{
	const struct cedar_schema *schema = theory->space->environment->schema;
	uint32_t excluded = 0, choices = 0;
	if (class->has_constant || (class->kinds & (class->kinds - 1)))
		return false;
	if (class->kinds == KIND_BIT(CEDAR_BOOL))
		choices = 2;
	if (schema && class->kinds == KIND_BIT(CEDAR_ENTITY) && class->entity_type.ptr) {
		const struct entity_type *type = schema_entity_type(schema, class->entity_type);
		choices = type ? type->choice_count : 0;
	}
	for (uint32_t i = class->first; choices > 0 && i != THEORY_NONE; i = theory->trail[i].next) {
		const struct literal *literal = &theory->trail[i];
		const struct term *other = literal->atom->right;
		/* Constants are one term each; so, of one and the same term, all that is counted is different. */
		if (literal->atom->kind == ATOM_EQUAL && !literal->is_true && other->kind == TERM_CONSTANT &&
		    class->kinds == KIND_BIT(other->value.kind) && theory->space->terms[class - theory->classes] == literal->atom->left)
			excluded += other->value.kind == CEDAR_BOOL ||
				    slice_equal(other->value.as.uid->type, class->entity_type);
	}
	return choices > 0 && excluded >= choices;
}

static bool check_class(const struct theory *theory, const struct value_class *class)
{
	for (uint32_t i = class->first; i != THEORY_NONE; i = theory->trail[i].next) {
		const struct literal *literal = &theory->trail[i];
		const struct atom *atom = literal->atom;
		if (class->has_constant && !fits_constant(theory, class, literal))
			return false;
		if (atom->kind == ATOM_EQUAL && !literal->is_true && are_equal(theory, atom->left, atom->right))
			return false;
		if (atom->kind == ATOM_IS && !literal->is_true && class->kinds == KIND_BIT(CEDAR_ENTITY) &&
		    class->entity_type.ptr && slice_equal(class->entity_type, atom->name))
			return false;
		if (atom->kind != ATOM_CONTAINS || !literal->is_true)
			continue;
		for (uint32_t j = class->first; j != THEORY_NONE; j = theory->trail[j].next)
			if (is_set_conflict(theory, literal, &theory->trail[j]))
				return false;
	}
	return !is_used_up(theory, class);
}

/* An expression cannot give true and false. */
static bool check_opaque(const struct theory *theory)
{
	for (uint32_t i = 0; i < theory->trail_count; i++) {
		const struct literal *a = &theory->trail[i];
		for (uint32_t j = 0; a->atom->kind == ATOM_TRUE && a->is_true && j < theory->trail_count; j++) {
			const struct literal *b = &theory->trail[j];
			if (b->atom->kind == ATOM_FALSE && b->is_true && b->atom->node == a->atom->node &&
			    b->atom->left == a->atom->left && b->atom->right == a->atom->right)
				return false;
		}
	}
	return true;
}

static bool close_classes(struct theory *theory)
{
	for (bool changed = true; changed;) {
		changed = false;
		if (!join_congruent(theory, &changed) || !follow_bases(theory, &changed))
			return false;
	}
	return true;
}

bool theory_is_consistent(struct theory *theory)
{
	start(theory);
	for (uint32_t i = 0; i < theory->trail_count; i++)
		if (!say(theory, &theory->trail[i]))
			return false;
	for (bool merged = true; merged;) {
		merged = false;
		if (!close_classes(theory) || !theory_entities(theory, &merged))
			return false;
	}
	sort_literals(theory);
	for (uint32_t i = 0; i < theory->space->term_count; i++)
		if (theory->parents[i] == i && !check_class(theory, &theory->classes[i]))
			return false;
	return check_opaque(theory) && theory_numbers(theory);
}
