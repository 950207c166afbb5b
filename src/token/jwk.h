/* Keys and key sets as JSON (RFC 7517, 7518, 8037) and their thumbprints (RFC 7638). */
#ifndef TIPSTAFF_TOKEN_JWK_H
#define TIPSTAFF_TOKEN_JWK_H

#include "base/arena.h"
#include "base/error.h"
#include "crypt/digest.h"
#include "crypt/secret.h"
#include "crypt/signature.h"
#include "text/json.h"
#include "text/json_writer.h"

enum jwk_kind {
	JWK_PUBLIC = 0, /* for verifying; private members are refused */
	JWK_PRIVATE,    /* for signing: a private or a symmetric key */
};

struct jwk {
	struct key *key; /* pinned to "alg" where that is given */
	slice key_id;    /* copied into the arena; empty where absent */
};

/*
 * One key out of a JSON object. The caller frees `ret_jwk->key`. Unknown members are ignored, "x5c" and its kin too.
 * E_INVALID with the field: a member that is missing or malformed, an unknown "kty" or "crv", an "alg" that is unknown
 * or not of that type, a "use" other than "sig", "key_ops" without the operation, private members where the kind is
 * JWK_PUBLIC (field d, or k) and none where it is JWK_PRIVATE, and all that key_import refuses.  E_MEMORY, E_CRYPTO.
 */
MUST_USE enum error jwk_parse(struct jwk *ret_jwk, const struct json_doc *doc, const struct json_node *object,
			      enum jwk_kind kind, struct arena *arena, struct fault *why);

#define JWK_SET_KEYS_MAX  64u
#define JWK_SET_BYTES_MAX (256u * 1024u) /* sets with certificate chains are large */

/* Sets of different issuers are never merged. Zeroed, it holds nothing and finds nothing. */
struct jwk_set {
	struct jwk *keys;
	size_t count;
	size_t skipped; /* keys we have no use for: other type, curve or use, too weak (RFC 7517 5) */
};

/*
 * A set, or (where there is no "keys") one key. Free with jwk_set_free.
 * E_SYNTAX: not JSON.  E_LIMIT: too many bytes or keys.  E_INVALID: no array "keys", two keys with one "kid", symmetric
 * beside other keys, private members where the kind is JWK_PUBLIC.  E_MEMORY, E_CRYPTO.
 */
MUST_USE enum error jwk_set_parse(struct jwk_set *ret_set, slice text, enum jwk_kind kind, struct arena *arena,
				  struct fault *why);
/* NULL where there is none, also for an empty `key_id`. */
const struct key *jwk_set_find(const struct jwk_set *set, slice key_id);
void jwk_set_free(struct jwk_set *set);

/* Writes the public half as an object with "use" and "alg", and "kid" where not empty. E_INVALID: symmetric.  E_CRYPTO. */
MUST_USE enum error jwk_write_public(struct json_writer *writer, const struct key *key, slice key_id, struct fault *why);
/* The whole key as JSON, for sealed storage. The caller wipes it. E_INVALID: a public key.  E_MEMORY, E_CRYPTO. */
MUST_USE enum error jwk_export_private(struct secret *ret_json, const struct key *key, slice key_id, struct fault *why);

/* RFC 7638 with SHA-256. E_INVALID: symmetric.  E_CRYPTO. */
MUST_USE enum error jwk_thumbprint(struct sha256 *ret_thumbprint, const struct key *key, struct fault *why);

#define JWK_THUMBPRINT_TEXT_BYTES 43u

/* The thumbprint as base64url: "jkt", and our own key ids. */
struct jwk_thumbprint_text {
	char bytes[JWK_THUMBPRINT_TEXT_BYTES];
};
static inline slice jwk_thumbprint_slice(const struct jwk_thumbprint_text *text)
{
	return slice_from(text->bytes, JWK_THUMBPRINT_TEXT_BYTES);
}
MUST_USE enum error jwk_thumbprint_text(struct jwk_thumbprint_text *ret_text, const struct key *key, struct fault *why);

#endif
