/* Chains of && and || with something unknown in them. */
#include "cedar/partial.h"

struct chain {
	const struct node *node;
	unsigned pass;            /* the outcome with which the chain goes on */
	const struct node **kept; /* one more fits than the chain has; NULL unless nodes are wanted */
	uint32_t count;
	unsigned bits;            /* where the chain may have ended */
	unsigned first_bits;      /* of the first that was kept */
};

/* False: the evaluation is void. `*ret_ended`: what comes behind is never reached. */
static bool add_item(struct partial *partial, struct chain *chain, uint32_t index, bool *ret_ended)
{
	struct part part;
	const struct node *item = chain->node->items[index];
	if (!partial_evaluate(partial, item, &part))
		return false;
	unsigned bits = possible_of(part.value);
	*ret_ended = !(bits & chain->pass);
	if (bits == chain->pass)
		return true;
	if (chain->count == 0)
		chain->first_bits = bits;
	if (chain->kept && !(chain->kept[chain->count] = residue_child(partial->evaluation.arena, &part, item)))
		return evaluation_fail(&partial->evaluation, E_MEMORY);
	chain->count++;
	chain->bits |= bits & ~chain->pass & (CEDAR_CAN_BOOL | CEDAR_CAN_ERROR);
	if (bits & ~(unsigned)(CEDAR_CAN_BOOL | CEDAR_CAN_ERROR))
		chain->bits |= CEDAR_CAN_ERROR;
	return true;
}

/* One item stands for the chain where it is a boolean or errs; else something must check that it is. */
static bool close_chain(struct partial *partial, struct chain *chain, struct part *ret_part)
{
	struct arena *arena = partial->evaluation.arena;
	bool same = chain->count == chain->node->count;
	if (chain->count == 1) {
		if (!(chain->first_bits & ~(unsigned)(CEDAR_CAN_BOOL | CEDAR_CAN_ERROR))) {
			ret_part->node = chain->kept[0];
			return true;
		}
		chain->kept[chain->count++] = residue_literal(arena, cedar_bool(chain->pass == CEDAR_CAN_TRUE));
	}
	for (uint32_t i = 0; same && i < chain->count; i++)
		same = chain->kept[i] == chain->node->items[i];
	struct node *made = same ? NULL : ARENA_NEW(arena, struct node);
	ret_part->node = same ? chain->node : made;
	if (!ret_part->node || !chain->kept[chain->count - 1])
		return evaluation_fail(&partial->evaluation, E_MEMORY);
	if (made) {
		*made = *chain->node;
		made->items = chain->kept;
		made->count = chain->count;
	}
	return true;
}

bool partial_chain(struct partial *partial, const struct node *node, struct part *ret_part)
{
	struct chain chain = {.node = node, .pass = node->kind == NODE_AND ? CEDAR_CAN_TRUE : CEDAR_CAN_FALSE};
	bool ended = false;
	if (partial->wants_nodes) {
		chain.kept = ARENA_ARRAY(partial->evaluation.arena, node->count + 1u, const struct node *);
		if (!chain.kept)
			return evaluation_fail(&partial->evaluation, E_MEMORY);
	}
	for (uint32_t i = 0; i < node->count && !ended; i++)
		if (!add_item(partial, &chain, i, &ended))
			return false;
	*ret_part = (struct part){possible_value(chain.bits | (ended ? 0 : chain.pass)), NULL};
	return !value_is_open(ret_part->value) || !chain.kept || close_chain(partial, &chain, ret_part);
}
