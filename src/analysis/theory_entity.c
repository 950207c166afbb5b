/* The hierarchy: `in` is reflexive and transitive, and no two entities are in each other. */
#include "analysis/theory.h"

#include <string.h>

/* Marks all classes that `from` is in, itself included. */
static void mark_ancestors(struct theory *theory, uint32_t from)
{
	uint32_t count = 0;
	memset(theory->marks, 0, theory->space->term_count + 1u);
	theory->marks[from] = 1;
	theory->stack[count++] = from;
	while (count > 0) {
		uint32_t at = theory->stack[--count];
		for (uint32_t i = 0; i < theory->trail_count; i++) {
			const struct literal *literal = &theory->trail[i];
			if (literal->atom->kind != ATOM_IN || !literal->is_true ||
			    theory_find(theory, literal->atom->left) != at)
				continue;
			uint32_t to = theory_find(theory, literal->atom->right);
			if (!theory->marks[to]) {
				theory->marks[to] = 1;
				theory->stack[count++] = to;
			}
		}
	}
}

/* Is it said that an entity is in no element of a set that holds nothing but entities? */
static bool says_in_none(const struct literal *literal)
{
	const struct atom *atom = literal->atom;
	if (!atom->right || !atom->node || atom->node->kind == NODE_CALL)
		return false;
	if (atom->kind == ATOM_FALSE)
		return literal->is_true; /* with anything else in the set it would err */
	return atom->kind == ATOM_TRUE && !literal->is_true && atom->right->type &&
	       atom->right->type->kind == TYPE_SET && atom->right->type->element->kind == TYPE_ENTITY;
}

/* ... while it is in one. */
static bool is_set_conflict(struct theory *theory, const struct literal *literal)
{
	const struct atom *atom = literal->atom;
	if (!says_in_none(literal))
		return false;
	uint32_t set = theory_find(theory, atom->right);
	if (theory->classes[set].kinds != KIND_BIT(CEDAR_SET) ||
	    theory_class(theory, atom->left)->kinds != KIND_BIT(CEDAR_ENTITY))
		return false;
	mark_ancestors(theory, theory_find(theory, atom->left));
	for (uint32_t i = 0; i < theory->trail_count; i++) {
		const struct literal *other = &theory->trail[i];
		if (other->atom->kind == ATOM_CONTAINS && other->is_true && theory_find(theory, other->atom->left) == set &&
		    theory->marks[theory_find(theory, other->atom->right)])
			return true;
	}
	return false;
}

bool theory_entities(struct theory *theory, bool *ret_merged)
{
	uint32_t marked = THEORY_NONE;
	for (uint32_t i = 0; i < theory->trail_count; i++) {
		const struct literal *literal = &theory->trail[i];
		if (is_set_conflict(theory, literal))
			return false;
		if (literal->atom->kind == ATOM_TRUE || literal->atom->kind == ATOM_FALSE)
			marked = THEORY_NONE;
		if (literal->atom->kind != ATOM_IN)
			continue;
		uint32_t left = theory_find(theory, literal->atom->left);
		uint32_t right = theory_find(theory, literal->atom->right);
		if (literal->is_true && left != right) {
			if (marked != right)
				mark_ancestors(theory, right);
			marked = right;
			if (!theory->marks[left])
				continue;
			/* Each is in the other, so they are one. */
			*ret_merged = true;
			if (!theory_merge(theory, left, right))
				return false;
			marked = THEORY_NONE;
		} else if (!literal->is_true) {
			if (marked != left)
				mark_ancestors(theory, left);
			marked = left;
			/* What errs or is no entity is in nothing. */
			if (theory->marks[right] && theory->classes[left].kinds == KIND_BIT(CEDAR_ENTITY))
				return false;
		}
	}
	return true;
}
