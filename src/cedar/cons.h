/*
 * Conditions that look the same become the same tree. Ten thousand policies are written over a few hundred predicates:
 * shared trees stay in the cache, and one that was evaluated once in a request need not be again.
 */
#ifndef TIPSTAFF_CEDAR_CONS_H
#define TIPSTAFF_CEDAR_CONS_H

#include "cedar/policy.h"

/* Zeroed, it holds nothing. Nodes go into the arena; the table itself is freed by cons_free. */
struct cons {
	struct arena *arena;
	const struct hash_key *key;
	const struct node **slots; /* open addressing; fewer than half are taken */
	uint64_t *hashes;
	size_t slot_count;
	size_t count;
};

/* The tree that stands for all that are equal to `node`. E_MEMORY. */
MUST_USE enum error cons_node(struct cons *cons, const struct node *node, const struct node **ret_node,
			      struct fault *why);
void cons_free(struct cons *cons);

#endif
