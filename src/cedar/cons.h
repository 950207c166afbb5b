/*
 * Conditions that look the same become the same tree. Ten thousand policies are written over a few hundred predicates:
 * shared trees stay in the cache, and one that was evaluated once in a request need not be again.
 */
#ifndef TIPSTAFF_CEDAR_CONS_H
#define TIPSTAFF_CEDAR_CONS_H

#include "cedar/policy.h"

struct cons_slot {
	uint64_t hash;
	const struct node *node; /* NULL: free */
};

/* Zeroed, it holds nothing. Nodes go into the arena; the table itself is freed by cons_free. */
struct cons {
	struct arena *arena;
	const struct hash_key *key;
	struct cons_slot *slots; /* open addressing; at most two of three are taken */
	size_t slot_count;
	size_t count;
	const struct node *variables[VARIABLE_COUNT];
};

/*
 * The node that stands for all that are equal to `node`, whose children stand for theirs. A new one is closed first, as by
 * node_close, unless `node` is; what `node` points to is copied but for texts and patterns. Errors as node_close.
 */
MUST_USE enum error cons_share(struct cons *cons, const struct node *node, const struct node **ret_node,
			       struct fault *why);
/* The tree that stands for all that are equal to `node`, whatever its children are. E_MEMORY. */
MUST_USE enum error cons_node(struct cons *cons, const struct node *node, const struct node **ret_node,
			      struct fault *why);
void cons_free(struct cons *cons);

#endif
