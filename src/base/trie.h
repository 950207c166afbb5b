/*
 * A table from byte strings to pointers of which every version stays valid: a persistent hash-array-mapped trie.
 *
 * One writer changes its own `struct trie`; a plain copy of that struct is a version for any number of readers, which
 * take no lock. A change copies the few nodes on the path to the key and retires the former ones, so it costs
 * O(log n); readers of an older copy still see what was. Keys and values are borrowed and must outlive every version
 * that holds them.
 */
#ifndef TIPSTAFF_BASE_TRIE_H
#define TIPSTAFF_BASE_TRIE_H

#include "base/error.h"
#include "base/hash.h"
#include "base/retire.h"

struct trie_node;

/* Zeroed, every search finds nothing; trie_init is needed before a change. */
struct trie {
	struct trie_node *root;
	size_t count;
	size_t count_max;
	uint64_t edit; /* nodes made since trie_mark_published are the writer's own and are not retired but freed */
	struct hash_key key;
	/* hash_slice and slice_equal; set others behind trie_init where keys are no plain bytes. */
	uint64_t (*hash)(const struct hash_key *key, slice bytes);
	bool (*equal)(slice a, slice b);
};

void trie_init(struct trie *trie, const struct hash_key *key, size_t count_max);
/* The value, or NULL. */
void *trie_get(const struct trie *trie, slice key);
/*
 * Puts `value` (not NULL) under `key`, replacing the key and value that were there; the former value is given in
 * `*ret_old` (may be NULL). Nodes that published versions may hold go to `retired`. On failure nothing has changed.
 * E_LIMIT: count_max.  E_MEMORY.
 */
MUST_USE enum error trie_put(struct trie *trie, slice key, void *value, void **ret_old, struct retire_list *retired,
			     struct fault *why);
/* Takes the entry out; its value is given in `*ret_old`, NULL where there was none. E_MEMORY: nothing has changed. */
MUST_USE enum error trie_remove(struct trie *trie, slice key, void **ret_old, struct retire_list *retired,
				struct fault *why);
/* The writer has handed out a copy: from now on its nodes are shared. */
void trie_mark_published(struct trie *trie);
/* Calls `visit` for every entry in no order, until it returns false. */
void trie_each(const struct trie *trie, bool (*visit)(void *context, slice key, void *value), void *context);
/* Calls `visit` for every entry whose key has this hash. */
void trie_each_alike(const struct trie *trie, uint64_t hash, void (*visit)(void *context, void *value), void *context);
/*
 * Takes back all that was done to `*trie` since trie_mark_published: it becomes `*published` again. What was retired
 * meanwhile is still in use and must not be released; the values are the caller's.
 */
void trie_undo(struct trie *trie, const struct trie *published);
/* Every node goes to `retired`; the values are the caller's. The trie is empty then. */
void trie_clear(struct trie *trie, struct retire_list *retired);

#endif
