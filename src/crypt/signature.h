/* Signatures in the forms of JOSE (RFC 7518 3, RFC 8037 3). */
#ifndef TIPSTAFF_CRYPT_SIGNATURE_H
#define TIPSTAFF_CRYPT_SIGNATURE_H

#include "base/error.h"
#include "base/slice.h"
#include "crypt/key.h"

enum signature_algorithm {
	SIGNATURE_NONE = 0, /* never valid */
	SIGNATURE_ES256,
	SIGNATURE_ES384,
	SIGNATURE_ES512,
	SIGNATURE_EDDSA, /* Ed25519 */
	SIGNATURE_RS256,
	SIGNATURE_RS384,
	SIGNATURE_RS512,
	SIGNATURE_PS256,
	SIGNATURE_PS384,
	SIGNATURE_PS512,
	SIGNATURE_HS256,
	SIGNATURE_HS384,
	SIGNATURE_HS512,
	SIGNATURE_ALGORITHM_COUNT
};

/* Sets of algorithms, for allow lists. */
#define SIGNATURE_BIT(algorithm) (1u << (algorithm))
/* What strangers may sign with. HS256 and its kin are for keys that both sides hold. */
#define SIGNATURE_ASYMMETRIC                                                                                           \
	(SIGNATURE_BIT(SIGNATURE_ES256) | SIGNATURE_BIT(SIGNATURE_ES384) | SIGNATURE_BIT(SIGNATURE_ES512) |            \
	 SIGNATURE_BIT(SIGNATURE_EDDSA) | SIGNATURE_BIT(SIGNATURE_RS256) | SIGNATURE_BIT(SIGNATURE_RS384) |            \
	 SIGNATURE_BIT(SIGNATURE_RS512) | SIGNATURE_BIT(SIGNATURE_PS256) | SIGNATURE_BIT(SIGNATURE_PS384) |            \
	 SIGNATURE_BIT(SIGNATURE_PS512))

#define SIGNATURE_BYTES_MAX (KEY_RSA_BITS_MAX / 8)

struct signature {
	unsigned char bytes[SIGNATURE_BYTES_MAX];
	size_t len;
};

static inline slice signature_slice(const struct signature *signature)
{
	return slice_from(signature->bytes, signature->len);
}

/* "ES256"; SIGNATURE_NONE for a name that is not one of the above ("none" included). */
const char *signature_name(enum signature_algorithm algorithm);
enum signature_algorithm signature_of_name(slice name);

/* From now on the key serves this algorithm alone. E_INVALID: the key is of another type. */
MUST_USE enum error key_pin(struct key *key, enum signature_algorithm algorithm, struct fault *why);
/* Fits the type of the key, and what it is pinned to. */
bool key_serves(const struct key *key, enum signature_algorithm algorithm);
/* What the key is pinned to, otherwise the usual one of its type (ES256, RS256, EdDSA, HS256, ...). */
enum signature_algorithm key_algorithm(const struct key *key);

/* ES256 and kin give r and s behind each other, not DER. E_INVALID: see key_serves, or not private.  E_CRYPTO. */
MUST_USE enum error signature_sign(const struct key *key, enum signature_algorithm algorithm, slice message,
				   struct signature *ret_signature, struct fault *why);
/* E_INVALID: see key_serves.  E_SIGNATURE: it does not verify (also where it has a wrong length).  E_CRYPTO. */
MUST_USE enum error signature_verify(const struct key *key, enum signature_algorithm algorithm, slice message,
				     slice signature, struct fault *why);

#endif
