#include "crypt/seal.h"

#include <limits.h>
#include <openssl/evp.h>

static enum error check_sizes(slice key, slice place, size_t plain_bytes, struct fault *why)
{
	if (key.len != SEAL_KEY_BYTES)
		return FAIL(why, E_INVALID, "the file key must have %u bytes", SEAL_KEY_BYTES);
	if (plain_bytes > SECRET_BYTES_MAX || place.len > INT_MAX)
		return FAIL(why, E_LIMIT, "a secret of %zu bytes, at most %u are sealed", plain_bytes, SECRET_BYTES_MAX);
	return E_OK;
}

static bool start(EVP_CIPHER_CTX *state, slice key, const unsigned char *nonce, slice place, int encrypt)
{
	int length;
	return state &&
	       EVP_CipherInit_ex(state, EVP_aes_256_gcm(), NULL, (const unsigned char *)key.ptr, nonce, encrypt) == 1 &&
	       (place.len == 0 ||
		EVP_CipherUpdate(state, NULL, &length, (const unsigned char *)place.ptr, (int)place.len) == 1);
}

static bool encrypt(EVP_CIPHER_CTX *state, slice plain, unsigned char *to, unsigned char *tag)
{
	int length;
	return (plain.len == 0 ||
		EVP_CipherUpdate(state, to, &length, (const unsigned char *)plain.ptr, (int)plain.len) == 1) &&
	       EVP_CipherFinal_ex(state, to + plain.len, &length) == 1 &&
	       EVP_CIPHER_CTX_ctrl(state, EVP_CTRL_AEAD_GET_TAG, SEAL_TAG_BYTES, tag) == 1;
}

enum error seal_close(slice key, const unsigned char nonce[SEAL_NONCE_BYTES], slice place, slice plain,
		      struct buffer *sealed, struct fault *why)
{
	TRY(check_sizes(key, place, plain.len, why));
	TRY(buffer_reserve(sealed, plain.len + SEAL_EXTRA_BYTES, why));
	unsigned char *to = (unsigned char *)sealed->ptr + sealed->len + SEAL_NONCE_BYTES;
	EVP_CIPHER_CTX *state = EVP_CIPHER_CTX_new();
	bool fine = start(state, key, nonce, place, 1) && encrypt(state, plain, to, to + plain.len);
	EVP_CIPHER_CTX_free(state);
	if (!fine)
		return FAIL(why, E_CRYPTO, "AES-256-GCM failed");
	buffer_add(sealed, slice_from(nonce, SEAL_NONCE_BYTES));
	sealed->len += plain.len + SEAL_TAG_BYTES;
	return E_OK;
}

static bool decrypt(EVP_CIPHER_CTX *state, slice cipher, unsigned char *tag, unsigned char *to)
{
	int length;
	return (cipher.len == 0 ||
		EVP_CipherUpdate(state, to, &length, (const unsigned char *)cipher.ptr, (int)cipher.len) == 1) &&
	       EVP_CIPHER_CTX_ctrl(state, EVP_CTRL_AEAD_SET_TAG, SEAL_TAG_BYTES, tag) == 1 &&
	       EVP_CipherFinal_ex(state, to + cipher.len, &length) == 1;
}

enum error seal_open(slice key, slice place, slice sealed, struct secret *ret_plain, struct fault *why)
{
	*ret_plain = (struct secret){0};
	if (sealed.len < SEAL_EXTRA_BYTES)
		return FAIL(why, E_CORRUPT, "a sealed secret that is cut short");
	size_t length = sealed.len - SEAL_EXTRA_BYTES;
	TRY(check_sizes(key, place, length, why));
	TRY(secret_init(ret_plain, length, why));
	unsigned char tag[SEAL_TAG_BYTES];
	slice cipher = slice_sub(sealed, SEAL_NONCE_BYTES, SEAL_NONCE_BYTES + length);
	for (size_t i = 0; i < SEAL_TAG_BYTES; i++)
		tag[i] = (unsigned char)sealed.ptr[SEAL_NONCE_BYTES + length + i];
	EVP_CIPHER_CTX *state = EVP_CIPHER_CTX_new();
	bool started = start(state, key, (const unsigned char *)sealed.ptr, place, 0);
	bool opened = started && decrypt(state, cipher, tag, ret_plain->bytes);
	EVP_CIPHER_CTX_free(state);
	if (opened)
		return E_OK;
	secret_wipe(ret_plain);
	if (!started)
		return FAIL(why, E_CRYPTO, "AES-256-GCM failed");
	return FAIL(why, E_CORRUPT, "a sealed secret that does not open: wrong key, wrong place, or altered");
}
