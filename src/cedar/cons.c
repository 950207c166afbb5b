#include "cedar/cons.h"

#include "base/memory.h"
#include "cedar/bytes.h"
#include "cedar/typecheck.h"
#include "cedar/temporal.h"

#include <string.h>

#define SLOTS_FIRST 256u

__extension__ typedef unsigned __int128 wide;

/* Both halves of the product: with a secret on one side, nobody finds two words that collide. */
static inline uint64_t mix(uint64_t hash, uint64_t word, uint64_t secret)
{
	wide product = (wide)(hash ^ word) * secret;
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

/* Texts are short: eight bytes at a time, and the last eight once more where they overlap. */
static uint64_t mix_text(uint64_t hash, slice text, uint64_t secret)
{
	size_t length = text.len;
	hash ^= length;
	if (length >= 8) {
		for (size_t i = 0; i + 8 < length; i += 8)
			hash = mix(hash, bytes_load(text.ptr + i), secret);
		return mix(hash, bytes_load(text.ptr + length - 8), secret);
	}
	if (length >= 4)
		return mix(hash, (uint64_t)bytes_load_half(text.ptr) << 32 | bytes_load_half(text.ptr + length - 4), secret);
	uint64_t word = 0;
	for (size_t i = 0; i < length; i++)
		word = word << 8 | (unsigned char)text.ptr[i];
	return mix(hash, word, secret);
}

static uint64_t mix_value(uint64_t hash, struct cedar_value value, uint64_t secret)
{
	hash ^= (uint64_t)value.kind << 56;
	switch ((int)value.kind) {
	case CEDAR_STRING:
		return mix_text(hash, cedar_text(value), secret);
	case CEDAR_ENTITY:
		return mix(hash, value.as.uid->hash, secret);
	case CEDAR_BOOL:
		return mix(hash, value.as.boolean, secret);
	default:
		return mix(hash, (uint64_t)value.as.integer, secret);
	}
}

/* What the node says itself. */
static uint64_t mix_own(uint64_t hash, const struct node *node, uint64_t secret)
{
	switch ((int)node->kind) {
	case NODE_LITERAL:
		return mix_value(hash, node->value, secret);
	case NODE_ATTRIBUTE:
		return mix_text(hash, node->name, secret);
	case NODE_HAS:
	case NODE_RECORD:
		for (uint32_t i = 0; i < node->count; i++)
			hash = mix_text(hash, node->names[i], secret);
		return hash;
	case NODE_IS:
	case NODE_IS_IN:
		return mix(hash, node->type->type_hash, secret);
	case NODE_LIKE:
		for (size_t i = 0; i < node->pattern->count; i++)
			hash = mix_text(hash, node->pattern->parts[i].literal, secret);
		return hash;
	case NODE_TEMPORAL:
		return mix_text(hash, node->temporal->text, secret);
	default:
		return hash;
	}
}

/* Children are shared already, so their addresses stand for them. */
static uint64_t hash_node(const struct cons *cons, const struct node *node)
{
	uint64_t secret = (cons->key->k1 ^ 0x9e3779b97f4a7c15u) | 1;
	uint64_t hash = mix(cons->key->k0, (uint64_t)node->kind << 40 | (uint64_t)node->detail << 32 | node->count, secret);
	hash = mix_own(hash, node, secret);
	if (node_has_items(node)) {
		for (uint32_t i = 0; i < node->count; i++)
			hash = mix(hash, (uintptr_t)node->items[i], secret);
		return hash;
	}
	if (node->left)
		hash = mix(hash, (uintptr_t)node->left, secret);
	if (node->right)
		hash = mix(hash, (uintptr_t)node->right, secret);
	return node->kind == NODE_IF ? mix(hash, (uintptr_t)node->third, secret) : hash;
}

/* Children of both are shared. */
static bool is_same(const struct node *a, const struct node *b)
{
	if (a->kind != b->kind || a->count != b->count || !node_details_equal(a, b))
		return false;
	if (node_has_items(a))
		return a->count == 0 || memcmp(a->items, b->items, a->count * sizeof(*a->items)) == 0;
	return a->left == b->left && a->right == b->right && (a->kind != NODE_IF || a->third == b->third);
}

static struct cons_slot *find_slot(const struct cons *cons, const struct node *node, uint64_t hash)
{
	size_t mask = cons->slot_count - 1;
	for (size_t i = hash & mask;; i = (i + 1) & mask) {
		struct cons_slot *slot = &cons->slots[i];
		if (!slot->node || (slot->hash == hash && is_same(slot->node, node)))
			return slot;
	}
}

static enum error grow(struct cons *cons, struct fault *why)
{
	size_t count = cons->slot_count ? cons->slot_count * 2 : SLOTS_FIRST, mask = count - 1;
	struct cons_slot *slots = memory_alloc_table(count, sizeof(*slots));
	if (!slots)
		return FAIL(why, E_MEMORY, "no memory for %zu conditions", count);
	for (size_t i = 0; i < cons->slot_count; i++) {
		size_t at = cons->slots[i].hash & mask;
		if (!cons->slots[i].node)
			continue;
		while (slots[at].node)
			at = (at + 1) & mask;
		slots[at] = cons->slots[i];
	}
	memory_free(cons->slots);
	cons->slots = slots;
	cons->slot_count = count;
	return E_OK;
}

static enum error no_memory(struct fault *why)
{
	return FAIL(why, E_MEMORY, "no memory for a condition");
}

/* Copies what the node points to. */
static bool copy_parts(struct cons *cons, struct node *node)
{
	if (node_has_items(node)) {
		const struct node **items = ARENA_ARRAY(cons->arena, node->count, const struct node *);
		if (!items)
			return false;
		if (node->count)
			memcpy(items, node->items, node->count * sizeof(*items));
		node->items = items;
	}
	if (node->kind == NODE_HAS || node->kind == NODE_RECORD) {
		slice *names = ARENA_ARRAY(cons->arena, node->count, slice);
		if (!names)
			return false;
		if (node->count)
			memcpy(names, node->names, node->count * sizeof(*names));
		node->names = names;
	}
	if (node->kind == NODE_LITERAL && node->value.kind == CEDAR_ENTITY) {
		struct cedar_uid *uid = ARENA_NEW(cons->arena, struct cedar_uid);
		if (!uid)
			return false;
		*uid = *node->value.as.uid;
		node->value.as.uid = uid;
	}
	return true;
}

static enum error make(struct cons *cons, const struct node *node, const struct node **ret_node, struct fault *why)
{
	struct node *made = ARENA_NEW(cons->arena, struct node);
	if (!made)
		return no_memory(why);
	*made = *node;
	if (!copy_parts(cons, made))
		return no_memory(why);
	*ret_node = made;
	return made->depth ? E_OK : node_close(cons->arena, made, why);
}

enum error cons_share(struct cons *cons, const struct node *node, const struct node **ret_node, struct fault *why)
{
	const struct node **variable = node->kind == NODE_VARIABLE ? &cons->variables[node->detail] : NULL;
	if (variable) {
		if (!*variable)
			TRY(make(cons, node, variable, why));
		*ret_node = *variable;
		return E_OK;
	}
	if ((cons->count + 1) * 3 > cons->slot_count * 2)
		TRY(grow(cons, why));
	uint64_t hash = hash_node(cons, node);
	struct cons_slot *slot = find_slot(cons, node, hash);
	if (!slot->node) {
		const struct node *made;
		TRY(make(cons, node, &made, why));
		*slot = (struct cons_slot){hash, made};
		cons->count++;
	}
	*ret_node = slot->node;
	return E_OK;
}

enum error cons_node(struct cons *cons, const struct node *node, const struct node **ret_node, struct fault *why)
{
	struct node copy = *node;
	if (node_has_items(node)) {
		const struct node **items = ARENA_ARRAY(cons->arena, node->count, const struct node *);
		if (!items)
			return no_memory(why);
		for (uint32_t i = 0; i < node->count; i++)
			TRY(cons_node(cons, node->items[i], &items[i], why));
		copy.items = items;
		return cons_share(cons, &copy, ret_node, why);
	}
	if (node->left)
		TRY(cons_node(cons, node->left, &copy.left, why));
	if (node->right)
		TRY(cons_node(cons, node->right, &copy.right, why));
	if (node->kind == NODE_IF)
		TRY(cons_node(cons, node->third, &copy.third, why));
	return cons_share(cons, &copy, ret_node, why);
}

void cons_free(struct cons *cons)
{
	memory_free(cons->slots);
	cons->slots = NULL;
	cons->slot_count = 0;
}
