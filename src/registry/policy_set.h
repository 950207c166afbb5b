/* The policies in force as one set: its order, its digest, and the engine's view of it. */
#ifndef TIPSTAFF_REGISTRY_POLICY_SET_H
#define TIPSTAFF_REGISTRY_POLICY_SET_H

#include "cedar/policyset.h"

#define POLICY_SET_DIGEST_BYTES 32u

/* One policy object. */
struct policy_text {
	slice id;
	slice source; /* the file it came from; empty: the id stands for it */
	slice text;
};

/* Into byte order of their ids: the order of a set. */
void policy_texts_sort(struct policy_text *texts, size_t count);
/*
 * SHA-256 over id NUL text NUL of each, in the order given: what decisions name. Whoever has the texts can compute it
 * with any tool. E_CRYPTO, E_MEMORY.
 */
MUST_USE enum error policy_set_digest(const struct policy_text *texts, size_t count, unsigned char *ret_digest,
				      struct fault *why);
/* The policies of an object `x` get the ids x#0, x#1, ... Errors as cedar_policyset_parse. */
MUST_USE enum error policy_set_compile(const struct hash_key *key, const struct policy_text *texts, size_t count,
				       struct cedar_policyset **ret_set, struct cedar_problem *problem,
				       struct fault *why);

#endif
