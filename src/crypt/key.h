/* Keys that sign and verify. Opaque: private parts are wiped when freed and no function shows them by accident. */
#ifndef TIPSTAFF_CRYPT_KEY_H
#define TIPSTAFF_CRYPT_KEY_H

#include "base/error.h"
#include "base/slice.h"

enum key_type {
	KEY_NONE = 0,
	KEY_P256,
	KEY_P384,
	KEY_P521,
	KEY_ED25519,
	KEY_RSA,
	KEY_SYMMETRIC, /* for HMAC; counts as private */
	KEY_TYPE_COUNT
};

#define KEY_RSA_BITS_MIN        2048u
#define KEY_RSA_BITS_MAX        8192u /* verifying grows with the square of the length */
#define KEY_SYMMETRIC_BYTES_MIN 32u   /* RFC 7518 3.2: as long as the digest */
#define KEY_SYMMETRIC_BYTES_MAX 1024u

/* Immutable once made (but for key_pin before it is shared); any number of threads may use one. */
struct key;

/*
 * The numbers of a key as RFC 7518 6 names them: big endian, borrowed. Curves: x, y and d; Ed25519: x and d; RSA: n, e
 * and d, p, q, dp, dq, qi; symmetric: k. `d` (or `k`) empty means a public key.
 */
struct key_numbers {
	enum key_type type;
	slice x, y;
	slice n, e;
	slice d, p, q, dp, dq, qi;
	slice k;
};

/* Room for the numbers of one key. Wipe it after use. */
struct key_room {
	unsigned char bytes[8 * KEY_RSA_BITS_MAX / 8];
	size_t used;
};

/*
 * A new private key out of the library's own randomness. RSA gets KEY_RSA_BITS_MIN.
 * E_UNSUPPORTED: KEY_NONE and KEY_SYMMETRIC.  E_CRYPTO.
 */
MUST_USE enum error key_generate(struct key **ret_key, enum key_type type, struct fault *why);
/*
 * Copies the numbers. A private RSA key needs all of d p q dp dq qi.
 * E_INVALID: wrong lengths, a point that is not on the curve, RSA below KEY_RSA_BITS_MIN or above KEY_RSA_BITS_MAX, an
 * exponent that is even or below 65537, a modulus of the ROCA kind (CVE-2017-15361), private numbers that do not belong
 * to the public ones, a symmetric key too short or too long.  E_MEMORY, E_CRYPTO.
 */
MUST_USE enum error key_import(struct key **ret_key, const struct key_numbers *numbers, struct fault *why);
/*
 * The numbers at the length RFC 7518 asks for, in `room`. Private ones only where `with_private`.
 * E_INVALID: private numbers of a public key are asked for, or a symmetric key without `with_private`.  E_CRYPTO.
 */
MUST_USE enum error key_export(const struct key *key, bool with_private, struct key_numbers *ret_numbers,
			       struct key_room *room, struct fault *why);
void key_room_wipe(struct key_room *room);

/* The public half. E_INVALID: a symmetric key has none.  E_MEMORY, E_CRYPTO. */
MUST_USE enum error key_public(struct key **ret_key, const struct key *key, struct fault *why);
enum key_type key_type(const struct key *key);
bool key_is_private(const struct key *key);
/* Wipes the private part. NULL is fine. */
void key_free(struct key *key);

#endif
