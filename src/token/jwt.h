/* Claims that somebody signed (RFC 7519), and the rules under which they are believed (RFC 8725). */
#ifndef TIPSTAFF_TOKEN_JWT_H
#define TIPSTAFF_TOKEN_JWT_H

#include "token/jwk.h"
#include "token/jws.h"

#define JWT_BYTES_MAX 16384u

/* Claims that may be demanded. */
enum jwt_claim {
	JWT_ISSUER = 1 << 0,
	JWT_SUBJECT = 1 << 1,
	JWT_AUDIENCE = 1 << 2,
	JWT_EXPIRY = 1 << 3,
	JWT_NOT_BEFORE = 1 << 4,
	JWT_ISSUED = 1 << 5,
	JWT_ID = 1 << 6,
};

/* Read, but not believed before jwt_verify said so. Lives as long as the text and the arena. */
struct jwt {
	struct jws jws;
	struct json_doc claims; /* the root is an object */
	unsigned has;           /* set of enum jwt_claim */
	slice issuer;
	slice subject;
	slice id;
	int64_t expires_s;
	int64_t not_before_s;
	int64_t issued_s;
	const struct json_node *audience; /* a string or an array of strings; NULL where absent */
	size_t audience_count;
};

/*
 * Header and the registered claims, with their types. A time with a fraction is taken as the earlier second for "exp"
 * and "iat", as the later for "nbf".
 * E_LIMIT: more than JWT_BYTES_MAX.  E_SYNTAX: not a JWT.  E_INVALID with the field: a claim of the wrong type, a time
 * below zero or beyond 2^53; and all that jws_parse refuses.  E_MEMORY.
 */
MUST_USE enum error jwt_parse(struct jwt *ret_jwt, slice text, struct arena *arena, struct fault *why);

/* Zeroed rules believe nothing. */
struct jwt_rules {
	unsigned algorithms;     /* set of SIGNATURE_BIT */
	slice type;              /* "typ" must be this, without regard to case and "application/"; empty: any or none */
	slice issuer;            /* "iss" must be this ... */
	bool any_issuer;         /* ... unless any will do */
	const slice *audiences;  /* one of "aud" must be one of these ... */
	size_t audience_count;
	bool any_audience;       /* ... unless any, or none, will do */
	bool may_lack_expiry;    /* "exp" is demanded otherwise */
	unsigned needs;          /* further claims that must be there: set of enum jwt_claim */
	int64_t now_s;
	int64_t leeway_s;        /* between our clock and theirs, to our disadvantage on both ends */
	int64_t lifetime_max_s;  /* "exp" - "iat" (or, without "iat", - now) at most; 0: no bound */
};

/*
 * E_INVALID, field alg: the algorithm is not allowed, or not what the key is for.  E_INVALID, field typ: another type.
 * E_NOT_FOUND, field kid: no such key (or no "kid" where several keys could be meant).  E_SIGNATURE: does not verify.
 * Only then: E_UNAUTHENTICATED, field iss: another issuer.  E_TARGET, field aud: not for us.
 * E_EXPIRED, field exp.  E_PRECONDITION, field nbf or iat: not valid yet, or issued in the future.
 * E_INVALID, field of the claim: missing, or the lifetime (field exp) is too long.  E_CRYPTO.
 * E_INTERNAL: the rules hold no time.
 */
MUST_USE enum error jwt_verify(const struct jwt *jwt, const struct jwk_set *keys, const struct jwt_rules *rules,
			       struct fault *why);
/* As jwt_verify with one key, whatever its "kid". */
MUST_USE enum error jwt_verify_with(const struct jwt *jwt, const struct key *key, const struct jwt_rules *rules,
				    struct fault *why);
/* The claims alone, after a signature that was verified before (a cache of verified tokens). Same errors. */
MUST_USE enum error jwt_check_claims(const struct jwt *jwt, const struct jwt_rules *rules, struct fault *why);

bool jwt_has_audience(const struct jwt *jwt, slice audience);
/* "at+jwt" and "application/AT+JWT" are the same type (RFC 7515 4.1.9). */
bool jwt_type_is(const struct jwt *jwt, slice type);

/*
 * Appends a JWT with these claims (one JSON object) signed by `key`.
 * E_INVALID: a public key.  E_LIMIT: it does not fit, or is more than JWT_BYTES_MAX.  E_CRYPTO.
 */
MUST_USE enum error jwt_sign(struct buffer *to, const struct key *key, slice type, slice key_id, slice claims_json,
			     struct fault *why);

#endif
