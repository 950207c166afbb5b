#include "crypt/digest.h"

#include <assert.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdatomic.h>

bool sha256_equal(const struct sha256 *a, const struct sha256 *b)
{
	return CRYPTO_memcmp(a->bytes, b->bytes, SHA256_BYTES) == 0;
}

enum error sha256_context_init(struct sha256_context *context, struct fault *why)
{
	/* Fetched here once; the state keeps a reference and every later begin goes without a look-up. */
	EVP_MD *kind = EVP_MD_fetch(NULL, "SHA256", NULL);
	EVP_MD_CTX *state = EVP_MD_CTX_new();
	bool fine = kind && state && EVP_DigestInit_ex2(state, kind, NULL) == 1;
	EVP_MD_free(kind);
	if (!fine) {
		EVP_MD_CTX_free(state);
		return FAIL(why, E_CRYPTO, "no SHA-256");
	}
	context->state = state;
	return E_OK;
}

void sha256_context_free(struct sha256_context *context)
{
	EVP_MD_CTX_free(context->state);
	context->state = NULL;
}

/* With a state that is set up, SHA-256 in software neither allocates nor fails. */
static void must(int result)
{
	assert(result == 1);
}

void sha256_begin(struct sha256_context *context)
{
	must(EVP_DigestInit_ex2(context->state, NULL, NULL));
}

void sha256_add(struct sha256_context *context, slice bytes)
{
	must(EVP_DigestUpdate(context->state, bytes.ptr, bytes.len));
}

struct sha256 sha256_end(struct sha256_context *context)
{
	struct sha256 digest;
	must(EVP_DigestFinal_ex(context->state, digest.bytes, NULL));
	return digest;
}

struct sha256 sha256_of(struct sha256_context *context, slice bytes)
{
	return sha256_of_parts(context, &bytes, 1);
}

struct sha256 sha256_of_parts(struct sha256_context *context, const slice *parts, size_t count)
{
	sha256_begin(context);
	for (size_t i = 0; i < count; i++)
		sha256_add(context, parts[i]);
	return sha256_end(context);
}

/* Fetched by the first who needs it and kept: a look-up costs more than a short digest. NULL: there is none. */
static EVP_MD *sha256_kind(void)
{
	static _Atomic(EVP_MD *) kept;
	EVP_MD *kind = atomic_load(&kept);
	if (kind)
		return kind;
	EVP_MD *fetched = EVP_MD_fetch(NULL, "SHA256", NULL);
	if (atomic_compare_exchange_strong(&kept, &kind, fetched))
		return fetched;
	EVP_MD_free(fetched);
	return kind;
}

enum error sha256_once(struct sha256 *ret_digest, slice bytes, struct fault *why)
{
	EVP_MD *kind = sha256_kind();
	if (!kind || EVP_Digest(bytes.ptr, bytes.len, ret_digest->bytes, NULL, kind, NULL) != 1)
		return FAIL(why, E_CRYPTO, "no SHA-256");
	return E_OK;
}

enum error hmac_context_init(struct hmac_context *context, slice key, struct fault *why)
{
	EVP_MAC *kind = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *state = kind ? EVP_MAC_CTX_new(kind) : NULL;
	char digest[] = "SHA256";
	OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
				   OSSL_PARAM_construct_end()};
	EVP_MAC_free(kind);
	/* A NULL key would mean "the key from before". */
	const unsigned char *bytes = (const unsigned char *)(key.len ? key.ptr : "");
	if (!state || EVP_MAC_init(state, bytes, key.len, parameters) != 1) {
		EVP_MAC_CTX_free(state);
		return FAIL(why, E_CRYPTO, "no HMAC-SHA-256");
	}
	context->state = state;
	return E_OK;
}

void hmac_context_free(struct hmac_context *context)
{
	EVP_MAC_CTX_free(context->state);
	context->state = NULL;
}

struct sha256 hmac_of(struct hmac_context *context, slice bytes)
{
	struct sha256 digest;
	size_t length;
	must(EVP_MAC_init(context->state, NULL, 0, NULL));
	must(EVP_MAC_update(context->state, (const unsigned char *)bytes.ptr, bytes.len));
	must(EVP_MAC_final(context->state, digest.bytes, &length, SHA256_BYTES));
	return digest;
}
