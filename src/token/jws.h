/* Signed bytes in the compact form of JWS (RFC 7515), read strictly. */
#ifndef TIPSTAFF_TOKEN_JWS_H
#define TIPSTAFF_TOKEN_JWS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"
#include "crypt/signature.h"
#include "text/json.h"

#define JWS_BYTES_MAX 65536u

/* What was read, not yet believed. Lives as long as the text and the arena. */
struct jws {
	slice signing_input; /* header and payload as they came, with the dot between them */
	slice payload;       /* decoded */
	slice signature;     /* decoded */
	struct json_doc header;
	enum signature_algorithm algorithm;
	slice key_id;                /* "kid"; empty where absent */
	slice type;                  /* "typ"; empty where absent */
	const struct json_node *key; /* "jwk", an object or NULL: a claim of the sender, only good for proofs (DPoP) */
};

/*
 * Exactly three parts of strict base64url, a header that is a JSON object with a known "alg". "jku", "x5u", "x5c" and
 * "x5t" are ignored: keys come from whoever verifies.
 * E_LIMIT: more than JWS_BYTES_MAX.  E_SYNTAX: not of that form.  E_INVALID (field alg): "none" or unknown.
 * E_INVALID (field crit, b64): extensions (RFC 7515 4.1.11, RFC 7797) are refused.  E_MEMORY.
 */
MUST_USE enum error jws_parse(struct jws *ret_jws, slice text, struct arena *arena, struct fault *why);

/*
 * `allowed` is a set of SIGNATURE_BIT; zero allows nothing.
 * E_INVALID (field alg): not allowed, or not what the key is for.  E_SIGNATURE: does not verify.  E_CRYPTO.
 */
MUST_USE enum error jws_verify(const struct jws *jws, const struct key *key, unsigned allowed, struct fault *why);

/*
 * Appends the compact form of `payload`, signed with the algorithm of the key. The header has "alg" and, where not
 * empty, "typ" and "kid". `header_extra` is NULL or more members as JSON, such as `"jwk":{...}`.
 * E_INVALID: a public key.  E_LIMIT: it does not fit.  E_CRYPTO.
 */
MUST_USE enum error jws_sign(struct buffer *to, const struct key *key, slice type, slice key_id, const slice *header_extra,
			     slice payload, struct fault *why);

#endif
