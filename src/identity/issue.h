/* A task token in the making: which claims it gets (DESIGN D8, CRD-2) and the bytes to be signed. */
#ifndef TIPSTAFF_IDENTITY_ISSUE_H
#define TIPSTAFF_IDENTITY_ISSUE_H

#include "base/buffer.h"
#include "identity/caller.h"

/* DESIGN D8: 60 to 300 seconds. */
#define ISSUE_LIFETIME_S_MIN 60
#define ISSUE_LIFETIME_S_MAX 300

/* What the token will say; everything but on_behalf_of must be non-empty. */
struct issue {
	slice issuer;
	slice audience;
	slice agent;
	slice instance;
	slice on_behalf_of; /* the human: delegated mode; empty: autonomous */
	slice requester;
	slice purpose;
	slice task;
	const slice *scope;
	size_t scope_count;
	slice jti;          /* a ULID made at `now_ms` */
	slice transaction;  /* `txn_<ulid>`; its time is the original issue */
	int64_t now_ms;
	int64_t original_issue_s;
	int64_t lifetime_s;
};

/*
 * Writes the JWS signing input (`header.payload`, base64url) for ES256.
 * E_INVALID with the field named: a claim is empty, or a lifetime outside the bounds.  E_LIMIT: the buffer, or
 * CALLER_SCOPE_MAX.
 */
MUST_USE enum error issue_signing_input(const struct issue *issue, slice key_id, struct buffer *ret_input,
					struct fault *why);
/* Appends `.signature` (base64url of 64 bytes): the token is complete. E_INVALID: not 64 bytes.  E_LIMIT. */
MUST_USE enum error issue_complete(struct buffer *input, slice signature, struct fault *why);

/*
 * The lifetime: the least of `lifetime_max_s`, what was asked for (0: nothing) and what the task and the parent token
 * leave (0: no such bound). E_INVALID: what was asked for is outside the bounds.  E_EXPIRED: fewer than
 * ISSUE_LIFETIME_S_MIN seconds are left.
 */
MUST_USE enum error issue_lifetime(int64_t asked_s, int64_t lifetime_max_s, int64_t now_s, int64_t task_expires_s,
				   int64_t parent_expires_s, int64_t *ret_lifetime_s, struct fault *why);

#endif
