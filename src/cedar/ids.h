/* Policies and templates by their id. */
#ifndef TIPSTAFF_CEDAR_IDS_H
#define TIPSTAFF_CEDAR_IDS_H

#include "cedar/policy.h"

/* Zeroed but for its key, it is empty. Ids and policies are borrowed; ids_free frees the table. */
struct ids {
	const struct hash_key *key;
	unsigned char *tags; /* open addressing: some bits of the hash, 0 where a slot is free; at least half are */
	const struct policy **slots; /* in front of the tags, in the same block */
	size_t slot_count;
	size_t count;
};

/* Room for so many more. E_MEMORY. */
MUST_USE enum error ids_reserve(struct ids *ids, size_t count, struct fault *why);
/* Puts the policy under its id; where the id is taken, `*ret_is_taken` is set and nothing has changed. E_MEMORY. */
MUST_USE enum error ids_put(struct ids *ids, const struct policy *policy, bool *ret_is_taken, struct fault *why);
/* NULL: no policy has this id. */
const struct policy *ids_find(const struct ids *ids, slice id);
void ids_free(struct ids *ids);

#endif
