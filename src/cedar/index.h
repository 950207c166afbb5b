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

enum dimension { BY_RESOURCE = 0, BY_PRINCIPAL, BY_RESOURCE_TYPE, BY_PRINCIPAL_TYPE, BY_NOTHING, DIMENSION_COUNT };

/*
 * For requests whose principal or resource is unknown: what hangs under an entity of the unknown one, found by what it
 * says of the other and of the action.
 */
struct open_index {
	struct bucket *buckets; /* any_count is not used */
	size_t slots;
	size_t bucket_count;
	uint32_t *policies;
};

struct policy_index {
	struct bucket *buckets;
	size_t slots;
	struct candidate *candidates;
	size_t count;
	bool has_dimension[DIMENSION_COUNT];
	unsigned char *dimensions; /* by policy: what it hangs under */
	struct open_index open;
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
/* As index_visit, and principal, action and resource may be unknown. */
bool index_visit_open(const struct policy_index *index, const struct evaluation *evaluation,
		      bool (*visit)(void *context, uint32_t policy), void *context);
/* The part of index_visit_open that hangs under what is known of the request. */
bool index_visit_known(const struct policy_index *index, const struct evaluation *evaluation,
		       bool (*visit)(void *context, uint32_t policy), void *context);

/* Once the dimensions are set. E_MEMORY. */
MUST_USE enum error open_index_build(struct policy_index *index, const struct policy *const *policies,
				     struct arena *arena, struct fault *why);

#endif
