#include "cedar/terms.h"

#define SLOTS_FIRST 64u

static size_t slot_of(const struct atoms *atoms, const struct node *node)
{
	size_t mask = atoms->slot_count - 1;
	size_t i = (size_t)(((uintptr_t)node * 0x9e3779b97f4a7c15u) >> 20) & mask;
	while (atoms->slots[i] && LIST_AT(&atoms->list, struct atom, atoms->slots[i])->node != node)
		i = (i + 1) & mask;
	return i;
}

static enum error grow(struct atoms *atoms, struct fault *why)
{
	size_t slot_count = atoms->slot_count ? atoms->slot_count * 2 : SLOTS_FIRST;
	uint32_t *slots = memory_alloc_table(slot_count, sizeof(*slots));
	if (!slots)
		return FAIL(why, E_MEMORY, "no memory for %zu conditions", slot_count);
	memory_free(atoms->slots);
	atoms->slots = slots;
	atoms->slot_count = slot_count;
	for (uint32_t i = 1; i < atoms->list.count; i++)
		atoms->slots[slot_of(atoms, LIST_AT(&atoms->list, struct atom, i)->node)] = i;
	return E_OK;
}

enum error atoms_number(struct atoms *atoms, const struct node *node, uint32_t *ret_atom, struct fault *why)
{
	if (!atoms->list.count && !LIST_ADD(&atoms->list, NULL, struct atom))
		return FAIL(why, E_MEMORY, "no memory for conditions");
	if (2 * (atoms->list.count + 1) > atoms->slot_count)
		TRY(grow(atoms, why));
	size_t slot = slot_of(atoms, node);
	if (!atoms->slots[slot]) {
		uint32_t number = (uint32_t)atoms->list.count;
		struct atom *atom = LIST_ADD(&atoms->list, NULL, struct atom);
		if (!atom)
			return FAIL(why, E_MEMORY, "no memory for %u conditions", number);
		atom->node = node;
		atoms->slots[slot] = number;
	}
	*ret_atom = atoms->slots[slot];
	return E_OK;
}

void atoms_free(struct atoms *atoms)
{
	list_free(&atoms->list);
	memory_free(atoms->slots);
	*atoms = (struct atoms){0};
}

/* A chain of && that must be true is the chain of its parts; so is one of || that must be false. */
static enum error add_terms(struct list *terms, struct atoms *atoms, const struct node *node, bool wanted,
			    struct fault *why)
{
	if (!node->is_constant && node->kind == NODE_NOT)
		return add_terms(terms, atoms, node->left, !wanted, why);
	if (!node->is_constant && node->kind == (wanted ? NODE_AND : NODE_OR)) {
		for (uint32_t i = 0; i < node->count; i++)
			TRY(add_terms(terms, atoms, node->items[i], wanted, why));
		return E_OK;
	}
	struct term *term = LIST_ADD(terms, NULL, struct term);
	if (!term)
		return FAIL(why, E_MEMORY, "no memory for the conditions of a policy");
	term->wanted = wanted;
	return atoms_number(atoms, node, &term->atom, why);
}

enum error terms_read(struct list *terms, struct atoms *atoms, const struct policy *policy, struct fault *why)
{
	for (uint32_t i = 0; i < policy->clause_count; i++)
		TRY(add_terms(terms, atoms, policy->clauses[i].code, !policy->clauses[i].is_unless, why));
	return E_OK;
}
