/* Keeps secrets at rest: AES-256-GCM under the file key, bound to the place where they belong. */
#ifndef TIPSTAFF_CRYPT_SEAL_H
#define TIPSTAFF_CRYPT_SEAL_H

#include "base/buffer.h"
#include "base/error.h"
#include "crypt/secret.h"

#define SEAL_KEY_BYTES   32u
#define SEAL_NONCE_BYTES 12u
#define SEAL_TAG_BYTES   16u
#define SEAL_EXTRA_BYTES (SEAL_NONCE_BYTES + SEAL_TAG_BYTES)

/*
 * Appends nonce, ciphertext and tag to `sealed`. `key` has SEAL_KEY_BYTES. A nonce must never be used twice under one
 * key: take it from a counter, or at random for fewer than 2^32 seals. `place` is not stored; opening needs the same,
 * so that a sealed secret moved to another row does not open.
 * E_INVALID: a key of another length.  E_LIMIT: the secret or the buffer is too large.  E_CRYPTO.
 */
MUST_USE enum error seal_close(slice key, const unsigned char nonce[SEAL_NONCE_BYTES], slice place, slice plain,
			       struct buffer *sealed, struct fault *why);
/*
 * Fills `*ret_plain`, which the caller wipes. Empty on failure.
 * E_INVALID: a key of another length.  E_CORRUPT: wrong key, wrong place, or altered.  E_LIMIT, E_MEMORY, E_CRYPTO.
 */
MUST_USE enum error seal_open(slice key, slice place, slice sealed, struct secret *ret_plain, struct fault *why);

#endif
