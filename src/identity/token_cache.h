/* Tokens that were verified before, by the SHA-256 of their bytes: one per loop thread, bounded, never past `exp`. */
#ifndef TIPSTAFF_IDENTITY_TOKEN_CACHE_H
#define TIPSTAFF_IDENTITY_TOKEN_CACHE_H

#include "base/hash.h"
#include "identity/caller.h"

/* 4096 agents of one loop at a time; the oldest goes first. About 12 KB each at the most. */
#define TOKEN_CACHE_ENTRIES_MAX 4096u

struct token_cache;

/* NULL: no memory. */
struct token_cache *token_cache_new(const struct hash_key *key, size_t entries_max);
void token_cache_free(struct token_cache *cache);
/*
 * The caller of this token: from the cache, or verified now and kept. Valid until the next call for this cache.
 * Revocation is not looked at here. Errors as caller_verify.
 */
MUST_USE enum error token_cache_caller(struct token_cache *cache, const struct caller_check *check, slice token,
				       const struct caller **ret_caller, struct fault *why);
/* Forgets everything: the signing keys have changed. */
void token_cache_clear(struct token_cache *cache);
size_t token_cache_count(const struct token_cache *cache);

#endif
