#include "crypt/signature.h"

#include "crypt/key_parts.h"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

enum family { FAMILY_ECDSA, FAMILY_EDDSA, FAMILY_RSA, FAMILY_PSS, FAMILY_HMAC };

static const struct row {
	const char *name;
	const char *digest;
	enum family family;
	enum key_type key;
} rows[SIGNATURE_ALGORITHM_COUNT] = {
	[SIGNATURE_NONE] = {"", NULL, FAMILY_ECDSA, KEY_NONE},
	[SIGNATURE_ES256] = {"ES256", "SHA256", FAMILY_ECDSA, KEY_P256},
	[SIGNATURE_ES384] = {"ES384", "SHA384", FAMILY_ECDSA, KEY_P384},
	[SIGNATURE_ES512] = {"ES512", "SHA512", FAMILY_ECDSA, KEY_P521},
	[SIGNATURE_EDDSA] = {"EdDSA", NULL, FAMILY_EDDSA, KEY_ED25519},
	[SIGNATURE_RS256] = {"RS256", "SHA256", FAMILY_RSA, KEY_RSA},
	[SIGNATURE_RS384] = {"RS384", "SHA384", FAMILY_RSA, KEY_RSA},
	[SIGNATURE_RS512] = {"RS512", "SHA512", FAMILY_RSA, KEY_RSA},
	[SIGNATURE_PS256] = {"PS256", "SHA256", FAMILY_PSS, KEY_RSA},
	[SIGNATURE_PS384] = {"PS384", "SHA384", FAMILY_PSS, KEY_RSA},
	[SIGNATURE_PS512] = {"PS512", "SHA512", FAMILY_PSS, KEY_RSA},
	[SIGNATURE_HS256] = {"HS256", "SHA256", FAMILY_HMAC, KEY_SYMMETRIC},
	[SIGNATURE_HS384] = {"HS384", "SHA384", FAMILY_HMAC, KEY_SYMMETRIC},
	[SIGNATURE_HS512] = {"HS512", "SHA512", FAMILY_HMAC, KEY_SYMMETRIC},
};

const char *signature_name(enum signature_algorithm algorithm)
{
	return algorithm < SIGNATURE_ALGORITHM_COUNT ? rows[algorithm].name : "";
}

enum signature_algorithm signature_of_name(slice name)
{
	for (unsigned i = SIGNATURE_NONE + 1; i < SIGNATURE_ALGORITHM_COUNT; i++)
		if (slice_equal(name, slice_of(rows[i].name)))
			return (enum signature_algorithm)i;
	return SIGNATURE_NONE;
}

static bool fits(const struct key *key, enum signature_algorithm algorithm)
{
	if (algorithm <= SIGNATURE_NONE || algorithm >= SIGNATURE_ALGORITHM_COUNT || rows[algorithm].key != key->type)
		return false;
	/* RFC 7518 3.2: a key at least as long as the digest */
	size_t digest_bytes = 32 + 16 * (size_t)(algorithm - SIGNATURE_HS256);
	return key->type != KEY_SYMMETRIC || key->symmetric.len >= digest_bytes;
}

enum error key_pin(struct key *key, enum signature_algorithm algorithm, struct fault *why)
{
	if (!fits(key, algorithm))
		return FAIL(why, E_INVALID, "a key of another type than %s needs", signature_name(algorithm));
	key->pinned = algorithm;
	return E_OK;
}

bool key_serves(const struct key *key, enum signature_algorithm algorithm)
{
	return fits(key, algorithm) && (key->pinned == SIGNATURE_NONE || key->pinned == algorithm);
}

enum signature_algorithm key_algorithm(const struct key *key)
{
	static const enum signature_algorithm usual[KEY_TYPE_COUNT] = {
		[KEY_P256] = SIGNATURE_ES256,	[KEY_P384] = SIGNATURE_ES384, [KEY_P521] = SIGNATURE_ES512,
		[KEY_ED25519] = SIGNATURE_EDDSA, [KEY_RSA] = SIGNATURE_RS256,  [KEY_SYMMETRIC] = SIGNATURE_HS256,
	};
	return key->pinned ? (enum signature_algorithm)key->pinned : usual[key->type];
}

/* RFC 7518 3.5: MGF1 with the same digest, a salt as long as it. */
static bool set_padding(EVP_PKEY_CTX *context, enum family family)
{
	if (family == FAMILY_RSA)
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1;
	if (family == FAMILY_PSS)
		return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
		       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST) == 1;
	return true;
}

static bool hmac(const struct key *key, const struct row *row, slice message, struct signature *to)
{
	size_t length = 0;
	slice secret = secret_slice(&key->symmetric);
	bool fine = EVP_Q_mac(NULL, "HMAC", NULL, row->digest, NULL, secret.ptr, secret.len,
			      (const unsigned char *)message.ptr, message.len, to->bytes, sizeof(to->bytes),
			      &length) != NULL;
	to->len = length;
	return fine;
}

/* From DER to r and s of fixed length. */
static bool ecdsa_from_der(const struct key *key, const unsigned char *der, size_t length, struct signature *to)
{
	size_t size = key_coordinate_bytes(key->type);
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &der, (long)length);
	bool fine = pair && BN_bn2binpad(ECDSA_SIG_get0_r(pair), to->bytes, (int)size) == (int)size &&
		    BN_bn2binpad(ECDSA_SIG_get0_s(pair), to->bytes + size, (int)size) == (int)size;
	ECDSA_SIG_free(pair);
	to->len = 2 * size;
	return fine;
}

/* The DER of r and s; 0 where it cannot be made. */
static size_t ecdsa_to_der(slice signature, unsigned char *to, size_t size)
{
	int half = (int)(signature.len / 2), length = -1;
	const unsigned char *bytes = (const unsigned char *)signature.ptr;
	ECDSA_SIG *pair = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(bytes, half, NULL), *s = BN_bin2bn(bytes + half, half, NULL);
	if (pair && r && s && ECDSA_SIG_set0(pair, r, s) == 1) {
		r = s = NULL;
		length = i2d_ECDSA_SIG(pair, NULL);
		if (length > 0 && (size_t)length <= size)
			length = i2d_ECDSA_SIG(pair, &to);
		else
			length = -1;
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(pair);
	return length > 0 ? (size_t)length : 0;
}

static bool sign_pair(const struct key *key, const struct row *row, slice message, struct signature *to)
{
	EVP_PKEY_CTX *parameters = NULL;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t length = sizeof(to->bytes);
	bool fine = context &&
		    EVP_DigestSignInit_ex(context, &parameters, row->digest, NULL, NULL, key->pair, NULL) == 1 &&
		    set_padding(parameters, row->family) &&
		    EVP_DigestSign(context, to->bytes, &length, (const unsigned char *)message.ptr, message.len) == 1;
	EVP_MD_CTX_free(context);
	to->len = length;
	if (!fine || row->family != FAMILY_ECDSA)
		return fine;
	struct signature der = *to;
	return ecdsa_from_der(key, der.bytes, der.len, to);
}

enum error signature_sign(const struct key *key, enum signature_algorithm algorithm, slice message,
			  struct signature *ret_signature, struct fault *why)
{
	if (!key_serves(key, algorithm))
		return FAIL(why, E_INVALID, "the key does not serve %s", signature_name(algorithm));
	if (!key->private)
		return FAIL(why, E_INVALID, "a public key cannot sign");
	const struct row *row = &rows[algorithm];
	bool fine = row->family == FAMILY_HMAC ? hmac(key, row, message, ret_signature)
					       : sign_pair(key, row, message, ret_signature);
	if (fine)
		return E_OK;
	ERR_clear_error();
	return FAIL(why, E_CRYPTO, "signing with %s failed", row->name);
}

static enum error verify_pair(const struct key *key, const struct row *row, slice message, slice signature,
			      struct fault *why)
{
	EVP_PKEY_CTX *parameters = NULL;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool started = context &&
		       EVP_DigestVerifyInit_ex(context, &parameters, row->digest, NULL, NULL, key->pair, NULL) == 1 &&
		       set_padding(parameters, row->family);
	bool fine = started && EVP_DigestVerify(context, (const unsigned char *)signature.ptr, signature.len,
						(const unsigned char *)message.ptr, message.len) == 1;
	EVP_MD_CTX_free(context);
	if (fine)
		return E_OK;
	ERR_clear_error();
	if (!started)
		return FAIL(why, E_CRYPTO, "verifying with %s failed", row->name);
	return FAIL(why, E_SIGNATURE, "the %s signature does not verify", row->name);
}

enum error signature_verify(const struct key *key, enum signature_algorithm algorithm, slice message, slice signature,
			    struct fault *why)
{
	if (!key_serves(key, algorithm))
		return FAIL(why, E_INVALID, "the key does not serve %s", signature_name(algorithm));
	const struct row *row = &rows[algorithm];
	if (signature.len == 0)
		return FAIL(why, E_SIGNATURE, "no signature");
	if (row->family == FAMILY_HMAC) {
		struct signature expected;
		if (!hmac(key, row, message, &expected))
			return FAIL(why, E_CRYPTO, "verifying with %s failed", row->name);
		if (!slice_equal_constant_time(signature, signature_slice(&expected)))
			return FAIL(why, E_SIGNATURE, "the %s signature does not verify", row->name);
		return E_OK;
	}
	/* RFC 8017 8.1.2 and 8.2.2, step 1: OpenSSL takes a PSS signature without its leading zero byte. */
	if ((row->family == FAMILY_RSA || row->family == FAMILY_PSS) &&
	    signature.len != (size_t)EVP_PKEY_get_size(key->pair))
		return FAIL(why, E_SIGNATURE, "an %s signature of %zu bytes", row->name, signature.len);
	if (row->family != FAMILY_ECDSA)
		return verify_pair(key, row, message, signature, why);
	unsigned char der[2 * (66 + 4) + 8];
	if (signature.len != 2 * key_coordinate_bytes(key->type))
		return FAIL(why, E_SIGNATURE, "an %s signature of %zu bytes", row->name, signature.len);
	size_t length = ecdsa_to_der(signature, der, sizeof(der));
	if (length == 0)
		return FAIL(why, E_CRYPTO, "no memory for a signature");
	return verify_pair(key, row, message, slice_from(der, length), why);
}
