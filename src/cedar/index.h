/*
 * The scope index of a policy set: which policies can match a request at all.
 *
 * Each policy hangs under one key: an entity that its principal or resource must equal or be in (the one that fewer
 * policies share), else a type, else none; and below that under its action. A head cannot err, so that what the index
 * leaves out would neither decide nor be listed as an error (cedar-spec, Cedar/Thm/PolicySlice.lean).
 */
#ifndef TIPSTAFF_CEDAR_INDEX_H
#define TIPSTAFF_CEDAR_INDEX_H

#include "cedar/evaluate.h"

struct candidate {
	uint32_t policy;
	uint32_t action; /* low half of the action's hash; 0: any action, or several */
};

struct bucket {
	uint64_t key;   /* 0: free */
	uint32_t first; /* into the candidates, which are sorted by action */
	uint32_t count;
	uint32_t any_count; /* how many have action 0; they come first */
};

struct policy_index {
	struct bucket *buckets;
	size_t slots;
	struct candidate *candidates;
	size_t count;
	bool has_dimension[5];
};

/* The half of an action's hash that candidates carry; never 0. */
uint32_t index_action(const struct cedar_uid *action);
/* E_MEMORY. */
MUST_USE enum error index_build(struct policy_index *index, const struct policy *const *policies, size_t count,
				struct arena *arena, struct fault *why);

/*
 * Calls `visit` for each policy whose head may match; principal, action and resource are known. False: stop.
 * Where hashes collide a policy may be visited twice.
 */
bool index_visit(const struct policy_index *index, const struct evaluation *evaluation,
		 bool (*visit)(void *context, uint32_t policy), void *context);

#endif
