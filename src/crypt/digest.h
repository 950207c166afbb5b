/* SHA-256 and HMAC-SHA-256 in contexts that are made once and used again and again. */
#ifndef TIPSTAFF_CRYPT_DIGEST_H
#define TIPSTAFF_CRYPT_DIGEST_H

#include "base/error.h"
#include "base/slice.h"

#define SHA256_BYTES 32u

struct sha256 {
	unsigned char bytes[SHA256_BYTES];
};

static inline slice sha256_slice(const struct sha256 *digest)
{
	return slice_from(digest->bytes, SHA256_BYTES);
}
bool sha256_equal(const struct sha256 *a, const struct sha256 *b);

/* Owned by the caller, one per thread. Zeroed, it may only be initialised or freed. */
struct sha256_context {
	void *state;
};

/* E_CRYPTO: the library has no SHA-256 or no memory. All the rest cannot fail. */
MUST_USE enum error sha256_context_init(struct sha256_context *context, struct fault *why);
void sha256_context_free(struct sha256_context *context);

struct sha256 sha256_of(struct sha256_context *context, slice bytes);
/* sha256_of of the parts behind each other. */
struct sha256 sha256_of_parts(struct sha256_context *context, const slice *parts, size_t count);

/* Piece by piece. A begin without an end before it forgets what was added. */
void sha256_begin(struct sha256_context *context);
void sha256_add(struct sha256_context *context, slice bytes);
struct sha256 sha256_end(struct sha256_context *context);

/* Where no context is at hand; slower for short input. E_CRYPTO. */
MUST_USE enum error sha256_once(struct sha256 *ret_digest, slice bytes, struct fault *why);

/* Holds its key until it is freed, which wipes it. Owned by the caller, one per thread. */
struct hmac_context {
	void *state;
};

/* E_CRYPTO: the library has no HMAC or no memory. */
MUST_USE enum error hmac_context_init(struct hmac_context *context, slice key, struct fault *why);
void hmac_context_free(struct hmac_context *context);
struct sha256 hmac_of(struct hmac_context *context, slice bytes);

#endif
