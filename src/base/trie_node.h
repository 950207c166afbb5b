/* The inside of a trie: its nodes. */
#ifndef TIPSTAFF_BASE_TRIE_NODE_H
#define TIPSTAFF_BASE_TRIE_NODE_H

#include "base/trie.h"

/* Few children make small nodes: a change copies those on its path, and frees as many. */
#define BITS_PER_LEVEL 5u
#define HASH_BITS 64u
/* Levels 0 .. 12 use up the hash; below them stand keys that hash alike. */
#define DEPTH_MAX 14u

struct trie_entry {
	slice key;
	void *value;
	uint64_t hash;
};

/*
 * A compact node: the entries, then the children, each in the order of their bit. Below the last bit of the hash
 * `entry_map` is empty and all `entry_count` entries are searched in turn.
 */
struct trie_node {
	struct retired retired;
	uint64_t edit;
	uint32_t entry_map;
	uint32_t child_map;
	uint32_t entry_count; /* in the lowest nodes there may be any number */
	struct trie_entry entries[];
};

static inline struct trie_node **children_of(const struct trie_node *node)
{
	return (struct trie_node **)(uintptr_t)(node->entries + node->entry_count);
}

static inline unsigned bit_of(uint64_t hash, unsigned shift)
{
	return 1u << ((hash >> shift) & ((1u << BITS_PER_LEVEL) - 1));
}

/* Counted here, because not every processor that this is compiled for can. */
static inline unsigned bits_in(unsigned map)
{
	map -= map >> 1 & 0x55555555;
	map = (map & 0x33333333) + (map >> 2 & 0x33333333);
	map = (map + (map >> 4)) & 0x0f0f0f0f;
	return map * 0x01010101u >> 24;
}

static inline unsigned place_of(unsigned map, unsigned bit)
{
	return bits_in(map & (bit - 1));
}

static inline uint32_t child_count(const struct trie_node *node)
{
	return bits_in(node->child_map);
}

/* For retire_add. */
void trie_node_release(struct retired *item);

#endif
