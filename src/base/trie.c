#include "base/trie_node.h"

#include "base/memory.h"

#include <assert.h>
#include <string.h>

void trie_node_release(struct retired *item)
{
	memory_free(item); /* `retired` is the first member */
}

/* A change in the making: nodes made for it, and nodes it makes needless. Nothing is lost if it fails half-way. */
struct change {
	struct trie *trie;
	struct trie_node *made[2 * DEPTH_MAX];
	struct trie_node *needless[DEPTH_MAX];
	size_t made_count;
	size_t needless_count;
};

static struct trie_node *make(struct change *change, size_t entries, size_t children)
{
	size_t size = sizeof(struct trie_node) + entries * sizeof(struct trie_entry) + children * sizeof(void *);
	struct trie_node *node = memory_alloc(size);
	if (!node)
		return NULL;
	node->edit = change->trie->edit;
	node->entry_count = (uint32_t)entries;
	assert(change->made_count < 2 * (size_t)DEPTH_MAX);
	change->made[change->made_count++] = node;
	return node;
}

static void discard(struct change *change, struct trie_node *node)
{
	assert(change->needless_count < DEPTH_MAX);
	change->needless[change->needless_count++] = node;
}

static enum error fail(struct change *change, struct fault *why)
{
	for (size_t i = 0; i < change->made_count; i++)
		memory_free(change->made[i]);
	return FAIL(why, E_MEMORY, "no memory for a node of a table");
}

static void commit(struct change *change, struct trie_node *root, struct retire_list *retired)
{
	change->trie->root = root;
	for (size_t i = 0; i < change->needless_count; i++) {
		struct trie_node *node = change->needless[i];
		if (node->edit == change->trie->edit)
			memory_free(node);
		else
			retire_add(retired, &node->retired, trie_node_release);
	}
}

void trie_init(struct trie *trie, const struct hash_key *key, size_t count_max)
{
	*trie = (struct trie){.count_max = count_max, .edit = 1, .key = *key, .hash = hash_slice, .equal = slice_equal};
}

/* The position of the key among the entries that hash alike, or entry_count. */
static uint32_t position_of(const struct trie *trie, const struct trie_node *node, slice key)
{
	uint32_t i = 0;
	while (i < node->entry_count && !trie->equal(node->entries[i].key, key))
		i++;
	return i;
}

void *trie_get(const struct trie *trie, slice key)
{
	const struct trie_node *node = trie->root;
	if (!node)
		return NULL;
	uint64_t hash = trie->hash(&trie->key, key);
	for (unsigned shift = 0; shift < HASH_BITS; shift += BITS_PER_LEVEL) {
		unsigned bit = bit_of(hash, shift);
		if (node->entry_map & bit) {
			const struct trie_entry *entry = &node->entries[place_of(node->entry_map, bit)];
			return entry->hash == hash && trie->equal(entry->key, key) ? entry->value : NULL;
		}
		if (!(node->child_map & bit))
			return NULL;
		node = children_of(node)[place_of(node->child_map, bit)];
	}
	uint32_t at = position_of(trie, node, key);
	return at < node->entry_count ? node->entries[at].value : NULL;
}

/* Copies `count` items, leaving room for one at `gap` or leaving out the one at `hole` (SIZE_MAX: neither). */
static void copy_items(void *into, const void *from, size_t size, size_t count, size_t gap, size_t hole)
{
	char *to = into;
	const char *source = from;
	size_t first = gap < hole ? gap : hole;
	if (first >= count)
		first = count;
	memcpy(to, source, first * size);
	if (first == count)
		return;
	to += (first + (gap == first)) * size;
	source += (first + (hole == first)) * size;
	memcpy(to, source, (count - first - (hole == first)) * size);
}

/* A copy with more or fewer entries and children at the given places; maps are the caller's to set. */
static struct trie_node *copy(struct change *change, struct trie_node *node, int entries, size_t entry_at, int children,
			      size_t child_at)
{
	struct trie_node *made = make(change, (size_t)((int)node->entry_count + entries),
				      (size_t)((int)child_count(node) + children));
	if (!made)
		return NULL;
	made->entry_map = node->entry_map;
	made->child_map = node->child_map;
	copy_items(made->entries, node->entries, sizeof(struct trie_entry), node->entry_count,
		   entries > 0 ? entry_at : SIZE_MAX, entries < 0 ? entry_at : SIZE_MAX);
	copy_items(children_of(made), children_of(node), sizeof(struct trie_node *), child_count(node),
		   children > 0 ? child_at : SIZE_MAX, children < 0 ? child_at : SIZE_MAX);
	discard(change, node);
	return made;
}

/* A subtree that holds just the two. */
static struct trie_node *make_pair(struct change *change, const struct trie_entry *a, const struct trie_entry *b,
				   unsigned shift)
{
	if (shift >= HASH_BITS) {
		struct trie_node *node = make(change, 2, 0);
		if (node) {
			node->entries[0] = *a;
			node->entries[1] = *b;
		}
		return node;
	}
	unsigned bit_a = bit_of(a->hash, shift), bit_b = bit_of(b->hash, shift);
	if (bit_a != bit_b) {
		struct trie_node *node = make(change, 2, 0);
		if (node) {
			node->entry_map = bit_a | bit_b;
			node->entries[0] = bit_a < bit_b ? *a : *b;
			node->entries[1] = bit_a < bit_b ? *b : *a;
		}
		return node;
	}
	struct trie_node *child = make_pair(change, a, b, shift + BITS_PER_LEVEL);
	struct trie_node *node = child ? make(change, 0, 1) : NULL;
	if (node) {
		node->child_map = bit_a;
		children_of(node)[0] = child;
	}
	return node;
}

/* The node with the entry in it; `*ret_old` is the value it replaces. NULL: no memory. */
static struct trie_node *put(struct change *change, struct trie_node *node, const struct trie_entry *entry,
			     unsigned shift, void **ret_old)
{
	if (shift >= HASH_BITS) {
		uint32_t at = position_of(change->trie, node, entry->key);
		bool found = at < node->entry_count;
		struct trie_node *made = make(change, node->entry_count + (found ? 0u : 1u), 0);
		if (!made)
			return NULL;
		memcpy(made->entries, node->entries, node->entry_count * sizeof(*entry));
		*ret_old = found ? node->entries[at].value : NULL;
		made->entries[at] = *entry;
		discard(change, node);
		return made;
	}
	unsigned bit = bit_of(entry->hash, shift);
	size_t entry_at = place_of(node->entry_map, bit), child_at = place_of(node->child_map, bit);
	struct trie_node *made;
	if (node->child_map & bit) {
		struct trie_node *child = put(change, children_of(node)[child_at], entry, shift + BITS_PER_LEVEL, ret_old);
		made = child ? copy(change, node, 0, 0, 0, 0) : NULL;
		if (made)
			children_of(made)[child_at] = child;
		return made;
	}
	if (!(node->entry_map & bit)) {
		made = copy(change, node, 1, entry_at, 0, 0);
		if (made) {
			made->entries[entry_at] = *entry;
			made->entry_map |= bit;
		}
		return made;
	}
	const struct trie_entry *there = &node->entries[entry_at];
	if (there->hash == entry->hash && change->trie->equal(there->key, entry->key)) {
		*ret_old = there->value;
		made = copy(change, node, 0, 0, 0, 0);
		if (made)
			made->entries[entry_at] = *entry;
		return made;
	}
	struct trie_node *pair = make_pair(change, there, entry, shift + BITS_PER_LEVEL);
	made = pair ? copy(change, node, -1, entry_at, 1, child_at) : NULL;
	if (made) {
		made->entry_map &= ~bit;
		made->child_map |= bit;
		children_of(made)[child_at] = pair;
	}
	return made;
}

enum error trie_put(struct trie *trie, slice key, void *value, void **ret_old, struct retire_list *retired,
		    struct fault *why)
{
	assert(value && trie->hash);
	struct change change = {.trie = trie};
	struct trie_entry entry = {.key = key, .value = value, .hash = trie->hash(&trie->key, key)};
	void *old = NULL;
	struct trie_node *root;
	if (trie->root) {
		if (trie->count >= trie->count_max && !trie_get(trie, key))
			return FAIL(why, E_LIMIT, "more than %zu entries", trie->count_max);
		root = put(&change, trie->root, &entry, 0, &old);
		if (!root)
			return fail(&change, why);
	} else {
		if (trie->count_max == 0)
			return FAIL(why, E_LIMIT, "more than 0 entries");
		root = make(&change, 1, 0);
		if (!root)
			return fail(&change, why);
		root->entries[0] = entry;
		root->entry_map = bit_of(entry.hash, 0);
	}
	commit(&change, root, retired);
	trie->count += old ? 0 : 1;
	if (ret_old)
		*ret_old = old;
	return E_OK;
}

/* The node without the key, which is known to be in it; `*ret_empty`: nothing is left. NULL and not empty: no memory. */
static struct trie_node *take(struct change *change, struct trie_node *node, slice key, uint64_t hash, unsigned shift,
			      bool *ret_empty)
{
	*ret_empty = false;
	unsigned bit = shift < HASH_BITS ? bit_of(hash, shift) : 0;
	if (node->child_map & bit) {
		size_t at = place_of(node->child_map, bit);
		bool child_empty;
		struct trie_node *child = take(change, children_of(node)[at], key, hash, shift + BITS_PER_LEVEL,
					       &child_empty);
		if (!child && !child_empty)
			return NULL;
		if (child_empty && node->entry_count == 0 && child_count(node) == 1) {
			discard(change, node);
			*ret_empty = true;
			return NULL;
		}
		struct trie_node *made = copy(change, node, 0, 0, child_empty ? -1 : 0, at);
		if (made && child_empty)
			made->child_map &= ~bit;
		else if (made)
			children_of(made)[at] = child;
		return made;
	}
	if (node->entry_count == 1 && child_count(node) == 0) {
		discard(change, node);
		*ret_empty = true;
		return NULL;
	}
	size_t at = bit ? place_of(node->entry_map, bit) : position_of(change->trie, node, key);
	struct trie_node *made = copy(change, node, -1, at, 0, 0);
	if (made)
		made->entry_map &= ~bit;
	return made;
}

enum error trie_remove(struct trie *trie, slice key, void **ret_old, struct retire_list *retired, struct fault *why)
{
	void *old = trie_get(trie, key);
	if (old) {
		struct change change = {.trie = trie};
		bool empty;
		struct trie_node *root = take(&change, trie->root, key, trie->hash(&trie->key, key), 0, &empty);
		if (!root && !empty)
			return fail(&change, why);
		commit(&change, root, retired);
		trie->count--;
	}
	if (ret_old)
		*ret_old = old;
	return E_OK;
}

void trie_mark_published(struct trie *trie)
{
	trie->edit++;
}
