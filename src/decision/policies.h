/* The operator's policies of one snapshot, compiled together, with the digest that every record names. */
#ifndef TIPSTAFF_DECISION_POLICIES_H
#define TIPSTAFF_DECISION_POLICIES_H

#include "decision/snapshot.h"

/* Immutable. `set` NULL and not broken: there is no policy. */
struct policies {
	struct retired retired;
	struct cedar_policyset *set;
	unsigned char digest[SNAPSHOT_DIGEST_BYTES];
	bool broken;
	char sentence[400]; /* why it is broken; NUL-terminated */
};

/*
 * Compiles all rows of the trie, in byte order of their ids; the policies of an object `x` get the ids x#0, x#1, ...
 * A text that cannot be compiled gives a broken set, not an error. E_MEMORY, E_CRYPTO.
 */
MUST_USE enum error policies_make(const struct hash_key *key, const struct trie *rows, struct policies **ret_policies,
				  struct fault *why);
void policies_release(struct retired *item);

#endif
