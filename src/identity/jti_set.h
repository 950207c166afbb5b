/* Assertions seen: each `jti` of an issuer is accepted once until it expires. Shared by all loop threads. */
#ifndef TIPSTAFF_IDENTITY_JTI_SET_H
#define TIPSTAFF_IDENTITY_JTI_SET_H

#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"

/* 120 s of assertions at 2,000 a second; 24 bytes each. Beyond that, new ones are refused, never old ones forgotten. */
#define JTI_SET_ENTRIES_MAX (256u * 1024u)
/* An assertion may not live longer than this, or it could be forgotten before it expires. */
#define JTI_SET_WINDOW_S 120

struct jti_set;

/* NULL: no memory. */
struct jti_set *jti_set_new(const struct hash_key *key, size_t entries_max);
void jti_set_free(struct jti_set *set);
/*
 * Notes the pair until `expires_s`. Thread-safe. The `jti` is held as a digest, so nothing is borrowed.
 * E_CONFLICT: it was there before.  E_EXPIRED: `expires_s` lies before `now_s`.  E_RATE: the set is full.
 * E_LIMIT: it expires more than JTI_SET_WINDOW_S from now.
 */
MUST_USE enum error jti_set_take(struct jti_set *set, slice issuer, slice jti, int64_t expires_s, int64_t now_s,
				 struct fault *why);

#endif
