/* Where the nodes of conditions were written, which share their trees with others. */
#include "cedar/policy.h"

/* A copy whose nodes stand at the places, which are taken one after the other. */
static const struct node *write_node(const struct node *node, const uint32_t **places, struct arena *arena)
{
	struct node *copy = ARENA_NEW(arena, struct node);
	bool done = true;
	if (!copy)
		return NULL;
	*copy = *node;
	if (node_has_items(node)) {
		const struct node **items = ARENA_ARRAY(arena, node->count, const struct node *);
		done = items != NULL;
		for (uint32_t i = 0; done && i < node->count; i++)
			done = (items[i] = write_node(node->items[i], places, arena)) != NULL;
		copy->items = items;
	} else {
		if (node->left)
			done = (copy->left = write_node(node->left, places, arena)) != NULL;
		if (done && node->right)
			done = (copy->right = write_node(node->right, places, arena)) != NULL;
		if (done && node->kind == NODE_IF)
			done = (copy->third = write_node(node->third, places, arena)) != NULL;
	}
	copy->offset = done ? *(*places)++ : 0;
	return done ? copy : NULL;
}

const struct node *clause_written(const struct clause *clause, struct arena *arena)
{
	const uint32_t *places = clause->places;
	return places ? write_node(clause->body, &places, arena) : clause->body;
}

/* Steps over the places of the node; where `wanted` is found on the way, its place goes to `*ret_place`. */
static void look_for(const struct node *node, const struct node *wanted, const uint32_t **places, uint32_t *ret_place)
{
	const struct node *child;
	for (size_t i = 0; (child = node_child(node, i)) != NULL; i++)
		look_for(child, wanted, places, ret_place);
	if (node == wanted)
		*ret_place = **places;
	(*places)++;
}

uint32_t policy_place(const struct policy *policy, const struct node *node)
{
	uint32_t place = node->offset;
	for (uint32_t i = 0; i < policy->clause_count; i++) {
		const uint32_t *places = policy->clauses[i].places;
		if (places)
			look_for(policy->clauses[i].body, node, &places, &place);
	}
	return place;
}
