#include "cedar/cons.h"

#include "base/memory.h"
#include "cedar/typecheck.h"
#include "cedar/temporal.h"

#include <string.h>

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static uint64_t hash_value(const struct cons *cons, struct cedar_value value)
{
	switch ((int)value.kind) {
	case CEDAR_STRING:
		return hash_slice(cons->key, cedar_text(value));
	case CEDAR_ENTITY:
		return value.as.uid->hash;
	case CEDAR_BOOL:
		return value.as.boolean;
	default:
		return (uint64_t)value.as.integer;
	}
}

/* Children are shared already, so their addresses stand for them. */
static uint64_t hash_node(const struct cons *cons, const struct node *node)
{
	uint64_t hash = mix(node->kind, (uint64_t)node->detail << 32 | node->count);
	if (node->kind == NODE_LITERAL)
		return mix(mix(hash, node->value.kind), hash_value(cons, node->value));
	if (node->kind == NODE_ATTRIBUTE)
		hash = mix(hash, hash_slice(cons->key, node->name));
	if (node->kind == NODE_HAS || node->kind == NODE_RECORD)
		for (uint32_t i = 0; i < node->count; i++)
			hash = mix(hash, hash_slice(cons->key, node->names[i]));
	if (node->kind == NODE_IS || node->kind == NODE_IS_IN)
		hash = mix(hash, node->type->type_hash);
	if (node->kind == NODE_LIKE)
		for (size_t i = 0; i < node->pattern->count; i++)
			hash = mix(hash, hash_slice(cons->key, node->pattern->parts[i].literal));
	if (node->kind == NODE_TEMPORAL)
		return mix(hash, hash_slice(cons->key, node->temporal->text));
	const struct node *child;
	for (size_t i = 0; (child = node_child(node, i)) != NULL; i++)
		hash = mix(hash, (uintptr_t)child);
	return hash;
}

static size_t find_slot(const struct cons *cons, const struct node *node, uint64_t hash)
{
	size_t mask = cons->slot_count - 1;
	for (size_t i = hash & mask;; i = (i + 1) & mask)
		if (!cons->slots[i] || (cons->hashes[i] == hash && node_equal(cons->slots[i], node)))
			return i;
}

static enum error grow(struct cons *cons, struct fault *why)
{
	struct cons bigger = *cons;
	bigger.slot_count = cons->slot_count ? cons->slot_count * 2 : 64;
	bigger.slots = memory_alloc_array(bigger.slot_count, sizeof(*bigger.slots));
	bigger.hashes = memory_alloc_array(bigger.slot_count, sizeof(*bigger.hashes));
	if (!bigger.slots || !bigger.hashes) {
		cons_free(&bigger);
		return FAIL(why, E_MEMORY, "no memory for %zu conditions", bigger.slot_count);
	}
	for (size_t i = 0; i < cons->slot_count; i++) {
		size_t at = cons->hashes[i] & (bigger.slot_count - 1);
		if (!cons->slots[i])
			continue;
		while (bigger.slots[at])
			at = (at + 1) & (bigger.slot_count - 1);
		bigger.slots[at] = cons->slots[i];
		bigger.hashes[at] = cons->hashes[i];
	}
	cons_free(cons);
	*cons = bigger;
	return E_OK;
}

/* A copy whose children are the shared ones. */
static enum error share_children(struct cons *cons, const struct node *node, struct node *copy, struct fault *why)
{
	*copy = *node;
	if (node_has_items(node)) {
		const struct node **items = ARENA_ARRAY(cons->arena, node->count, const struct node *);
		if (!items)
			return FAIL(why, E_MEMORY, "no memory for a condition");
		for (uint32_t i = 0; i < node->count; i++)
			TRY(cons_node(cons, node->items[i], &items[i], why));
		copy->items = items;
		return E_OK;
	}
	if (node->left)
		TRY(cons_node(cons, node->left, &copy->left, why));
	if (node->right)
		TRY(cons_node(cons, node->right, &copy->right, why));
	if (node->kind == NODE_IF)
		TRY(cons_node(cons, node->third, &copy->third, why));
	return E_OK;
}

enum error cons_node(struct cons *cons, const struct node *node, const struct node **ret_node, struct fault *why)
{
	struct node copy;
	if ((cons->count + 1) * 2 > cons->slot_count)
		TRY(grow(cons, why));
	TRY(share_children(cons, node, &copy, why));
	/* Children may have made the table grow, but it still has room for this one. */
	if ((cons->count + 1) * 2 > cons->slot_count)
		TRY(grow(cons, why));
	uint64_t hash = hash_node(cons, &copy);
	size_t slot = find_slot(cons, &copy, hash);
	if (!cons->slots[slot]) {
		struct node *made = ARENA_NEW(cons->arena, struct node);
		if (!made)
			return FAIL(why, E_MEMORY, "no memory for a condition");
		*made = copy;
		cons->slots[slot] = made;
		cons->hashes[slot] = hash;
		cons->count++;
	}
	*ret_node = cons->slots[slot];
	return E_OK;
}

void cons_free(struct cons *cons)
{
	memory_free(cons->slots);
	memory_free(cons->hashes);
	cons->slots = NULL;
	cons->hashes = NULL;
	cons->slot_count = 0;
}
