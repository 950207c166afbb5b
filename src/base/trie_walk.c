/* Walking over a trie, and taking it down. */
#include "base/memory.h"
#include "base/trie_node.h"

static bool each(const struct trie_node *node, bool (*visit)(void *, slice, void *), void *context)
{
	for (uint32_t i = 0; i < node->entry_count; i++)
		if (!visit(context, node->entries[i].key, node->entries[i].value))
			return false;
	for (uint32_t i = 0; i < child_count(node); i++)
		if (!each(children_of(node)[i], visit, context))
			return false;
	return true;
}

void trie_each(const struct trie *trie, bool (*visit)(void *context, slice key, void *value), void *context)
{
	if (trie->root)
		each(trie->root, visit, context);
}

void trie_each_alike(const struct trie *trie, uint64_t hash, void (*visit)(void *, void *), void *context)
{
	const struct trie_node *node = trie->root;
	for (unsigned shift = 0; node && shift < HASH_BITS; shift += BITS_PER_LEVEL) {
		unsigned bit = bit_of(hash, shift);
		if (node->entry_map & bit) {
			const struct trie_entry *entry = &node->entries[place_of(node->entry_map, bit)];
			if (entry->hash == hash)
				visit(context, entry->value);
			return;
		}
		node = node->child_map & bit ? children_of(node)[place_of(node->child_map, bit)] : NULL;
	}
	for (uint32_t i = 0; node && i < node->entry_count; i++)
		visit(context, node->entries[i].value);
}

/* Above a node of this edit all nodes are of this edit. */
static void free_own(struct trie_node *node, uint64_t edit)
{
	if (node->edit != edit)
		return;
	for (uint32_t i = 0; i < child_count(node); i++)
		free_own(children_of(node)[i], edit);
	memory_free(node);
}

void trie_undo(struct trie *trie, const struct trie *published)
{
	if (trie->root)
		free_own(trie->root, trie->edit);
	*trie = *published;
}

static void clear(struct trie_node *node, struct retire_list *retired)
{
	for (uint32_t i = 0; i < child_count(node); i++)
		clear(children_of(node)[i], retired);
	retire_add(retired, &node->retired, trie_node_release);
}

void trie_clear(struct trie *trie, struct retire_list *retired)
{
	if (trie->root)
		clear(trie->root, retired);
	trie->root = NULL;
	trie->count = 0;
}
