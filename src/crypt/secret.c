#include "crypt/secret.h"

#include "base/memory.h"

#include <string.h>

enum error secret_init(struct secret *secret, size_t size, struct fault *why)
{
	*secret = (struct secret){0};
	if (size > SECRET_BYTES_MAX)
		return FAIL(why, E_LIMIT, "a secret of %zu bytes, at most %u are kept", size, SECRET_BYTES_MAX);
	secret->bytes = memory_alloc(size);
	if (!secret->bytes)
		return FAIL(why, E_MEMORY, "no memory for a secret");
	secret->len = size;
	return E_OK;
}

enum error secret_set(struct secret *secret, slice bytes, struct fault *why)
{
	TRY(secret_init(secret, bytes.len, why));
	if (bytes.len)
		memcpy(secret->bytes, bytes.ptr, bytes.len);
	return E_OK;
}

void secret_wipe(struct secret *secret)
{
	if (secret->bytes)
		memory_wipe(secret->bytes, secret->len);
	memory_free(secret->bytes);
	*secret = (struct secret){0};
}
