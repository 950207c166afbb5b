/* Bytes that nobody may see twice: they wipe themselves and have no way into a log. */
#ifndef TIPSTAFF_CRYPT_SECRET_H
#define TIPSTAFF_CRYPT_SECRET_H

#include "base/error.h"
#include "base/slice.h"

#define SECRET_BYTES_MAX 65536u /* a private RSA key or a service account file, with room */

/* Owned by the caller; zeroed it is empty. Never copy the struct: there would be two who wipe. */
struct secret {
	unsigned char *bytes;
	size_t len;
};

/* `size` zeroed bytes. E_LIMIT: more than SECRET_BYTES_MAX.  E_MEMORY. */
MUST_USE enum error secret_init(struct secret *secret, size_t size, struct fault *why);
/* As secret_init, with a copy of `bytes`, whose owner wipes his own. */
MUST_USE enum error secret_set(struct secret *secret, slice bytes, struct fault *why);
/* A view that lives as long as the secret is not wiped. */
static inline slice secret_slice(const struct secret *secret)
{
	return slice_from(secret->bytes, secret->len);
}
/* Wipes and frees; the secret is empty afterwards. Zeroed and empty ones are fine. */
void secret_wipe(struct secret *secret);

#endif
