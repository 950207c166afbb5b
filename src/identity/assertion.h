/* Client authentication by private_key_jwt (RFC 7523, RFC 7523bis): an agent proves that it holds its registered key. */
#ifndef TIPSTAFF_IDENTITY_ASSERTION_H
#define TIPSTAFF_IDENTITY_ASSERTION_H

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"
#include "token/jwt.h"

#define ASSERTION_BYTES_MAX 8192u
#define ASSERTION_JTI_BYTES_MAX 256u

/* What the assertion says before anything of it is believed. Borrowed from the token and the arena. */
struct assertion {
	struct jwt jwt;
	slice client_id;  /* iss = sub */
	slice key_id;     /* of the header; may be empty */
	slice jwk;        /* a `jwk` of the header as JSON; may be empty. Never trusted, only shown to operators */
	slice thumbprint; /* RFC 7638 SHA-256, base64url, of that `jwk`; empty without one */
	slice jti;
	int64_t expires_s;
	int64_t issued_s; /* 0: not said */
};

struct assertion_check {
	slice issuer;                /* the only audience that is accepted, as a single string */
	slice token_endpoint;        /* accepted too where `accept_token_endpoint` */
	bool accept_token_endpoint;
	int64_t now_s;
	int64_t skew_s;
	int64_t lifetime_max_s;      /* how far ahead `exp` may lie */
};

/*
 * Reads an assertion and checks all claims, but no signature.
 * E_LIMIT: too long.  E_SYNTAX: not a JWT.  E_UNAUTHENTICATED: `alg`, `typ`, `iss`, `sub`, `aud`, `jti` or a time is
 * missing or not as it must be; the field is named.  E_EXPIRED: `exp` has passed or lies too far ahead, or `nbf` or `iat`
 * lies ahead; the field is named.  E_MEMORY.
 */
MUST_USE enum error assertion_read(const struct assertion_check *check, slice token, struct arena *arena,
				   struct assertion *ret_assertion, struct fault *why);
/*
 * Does one of the agent's registered keys verify what was read? Keys without a `kid` are tried whatever its `kid` is.
 * E_UNAUTHENTICATED (field kid): there is no key, or none with its `kid`; (field alg): the key is for another algorithm.  E_SIGNATURE: it does not verify.  E_CRYPTO.
 */
MUST_USE enum error assertion_verify(const struct assertion *assertion, const struct assertion_check *check,
				     const struct jwk_set *keys, struct fault *why);

#endif
