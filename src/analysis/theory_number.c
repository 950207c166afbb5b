/* Numbers: bounds, and differences between values; long, decimal, datetime and duration alike. */
#include "analysis/theory.h"

#include <string.h>

static bool is_number(const struct value_class *class)
{
	return (class->kinds & KINDS_NUMBER) == class->kinds && (class->kinds & (class->kinds - 1)) == 0;
}

static bool raise_low(struct value_class *class, int64_t low, bool *changed)
{
	if (low <= class->low)
		return true;
	class->low = low;
	*changed = true;
	return class->low <= class->high;
}

static bool lower_high(struct value_class *class, int64_t high, bool *changed)
{
	if (high >= class->high)
		return true;
	class->high = high;
	*changed = true;
	return class->low <= class->high;
}

/* a + step <= b */
static bool put_below(struct value_class *a, struct value_class *b, int64_t step, bool *changed)
{
	int64_t low, high;
	if (__builtin_add_overflow(a->low, step, &low) || __builtin_sub_overflow(b->high, step, &high))
		return false;
	return raise_low(b, low, changed) && lower_high(a, high, changed);
}

static bool apply(const struct theory *theory, const struct literal *literal, bool *changed)
{
	const struct atom *atom = literal->atom;
	struct value_class *left = atom->left ? theory_class(theory, atom->left) : NULL;
	struct value_class *right = atom->right ? theory_class(theory, atom->right) : NULL;
	if (!left || !left->is_number)
		return true;
	if (atom->kind == ATOM_AT_MOST && left->kinds == atom->kinds) {
		if (literal->is_true)
			return lower_high(left, atom->bound, changed);
		return atom->bound < INT64_MAX && raise_low(left, atom->bound + 1, changed);
	}
	if (atom->kind == ATOM_LESS && right->is_number && left->kinds == right->kinds)
		return literal->is_true ? put_below(left, right, 1, changed) : put_below(right, left, 0, changed);
	if (atom->kind != ATOM_EQUAL || literal->is_true || !right->is_number || right->low != right->high ||
	    left->kinds != right->kinds)
		return true;
	/* Not equal to what is at an end. */
	if (left->low == right->low && left->low < INT64_MAX)
		return raise_low(left, left->low + 1, changed);
	if (left->high == right->low && left->high > INT64_MIN)
		return lower_high(left, left->high - 1, changed);
	return true;
}

/* Marks all numbers that are at least this one, for their differences alone. */
static void mark_greater(struct theory *theory, uint32_t from)
{
	uint32_t count = 0;
	memset(theory->marks, 0, theory->space->term_count + 1u);
	theory->marks[from] = 1;
	theory->stack[count++] = from;
	while (count > 0) {
		uint32_t at = theory->stack[--count];
		for (uint32_t i = 0; i < theory->trail_count; i++) {
			const struct atom *atom = theory->trail[i].atom;
			if (atom->kind != ATOM_LESS)
				continue;
			uint32_t left = theory_find(theory, atom->left), right = theory_find(theory, atom->right);
			uint32_t low = theory->trail[i].is_true ? left : right, high = low == left ? right : left;
			if (low == at && !theory->marks[high] && theory->classes[low].is_number &&
			    theory->classes[low].kinds == theory->classes[high].kinds) {
				theory->marks[high] = 1;
				theory->stack[count++] = high;
			}
		}
	}
}

/* Two that are at most each other are equal. */
static bool is_pressed_equal(struct theory *theory, const struct literal *literal)
{
	const struct atom *atom = literal->atom;
	if (atom->kind != ATOM_EQUAL || literal->is_true || atom->right->kind == TERM_CONSTANT)
		return false;
	uint32_t left = theory_find(theory, atom->left), right = theory_find(theory, atom->right);
	mark_greater(theory, left);
	if (!theory->marks[right])
		return false;
	mark_greater(theory, right);
	return theory->marks[left];
}

bool theory_numbers(struct theory *theory)
{
	uint32_t numbers = 0, unequal = 0;
	for (uint32_t i = 0; i < theory->space->term_count; i++) {
		struct value_class *class = &theory->classes[i];
		class->is_number = theory->parents[i] == i && is_number(class);
		numbers += class->is_number;
		if (class->is_number && class->has_constant)
			class->low = class->high = class->constant.as.integer;
	}
	for (uint32_t i = 0; i < theory->trail_count; i++)
		unequal += theory->trail[i].atom->kind == ATOM_EQUAL && !theory->trail[i].is_true;
	/* Bounds that still move after as many rounds as there are values run in a circle. */
	uint64_t rounds = ((uint64_t)numbers + 2) * (2 * (uint64_t)unequal + 2);
	for (bool changed = numbers > 0; changed;) {
		changed = false;
		for (uint32_t i = 0; i < theory->trail_count; i++)
			if (!apply(theory, &theory->trail[i], &changed))
				return false;
		if (changed && rounds-- == 0)
			return false;
	}
	for (uint32_t i = 0; i < theory->trail_count; i++)
		if (numbers > 1 && is_pressed_equal(theory, &theory->trail[i]))
			return false;
	return true;
}
