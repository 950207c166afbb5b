#include "crypt/key.h"

#include "base/memory.h"
#include "crypt/key_parts.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#define NUMBERS_MAX 8

static const char *const groups[KEY_TYPE_COUNT] = {[KEY_P256] = "P-256", [KEY_P384] = "P-384", [KEY_P521] = "P-521"};

static unsigned remainder_of(slice number, unsigned divisor)
{
	unsigned rest = 0;
	for (size_t i = 0; i < number.len; i++)
		rest = (rest << 8 | (unsigned char)number.ptr[i]) % divisor;
	return rest;
}

/* Is `value` a power of 65537 modulo `prime`? */
static bool is_power(unsigned value, unsigned prime)
{
	unsigned power = 1;
	for (unsigned i = 0; i < prime; i++) {
		if (power == value)
			return true;
		power = power * (65537 % prime) % prime;
	}
	return false;
}

/*
 * The keys of one maker's chips have primes of the form k * M + 65537^a mod M, so their modulus is a power of 65537
 * modulo every small prime; of other moduli less than one in 2^27 is (CVE-2017-15361).
 */
static bool is_roca(slice modulus)
{
	static const unsigned char primes[] = {11, 13, 17, 19,  37,  53,  61,  71, 73,
					       79, 97, 103, 107, 109, 127, 151, 157};
	for (size_t i = 0; i < sizeof(primes); i++)
		if (!is_power(remainder_of(modulus, primes[i]), primes[i]))
			return false;
	return true;
}

static slice without_zeros(slice number)
{
	while (number.len > 0 && number.ptr[0] == 0)
		number = slice_from_offset(number, 1);
	return number;
}

static bool is_odd(slice number)
{
	return number.len > 0 && ((unsigned char)number.ptr[number.len - 1] & 1);
}

static enum error check_rsa(const struct key_numbers *numbers, struct fault *why)
{
	slice n = without_zeros(numbers->n), e = without_zeros(numbers->e);
	unsigned char top = n.len ? (unsigned char)n.ptr[0] : 1;
	size_t bits = n.len * 8 - (size_t)(__builtin_clz(top) - 24);
	if (n.len == 0 || bits < KEY_RSA_BITS_MIN || bits > KEY_RSA_BITS_MAX)
		return FAIL(why, E_INVALID, "an RSA key of %zu bits, from %u to %u are taken", n.len ? bits : 0,
			    KEY_RSA_BITS_MIN, KEY_RSA_BITS_MAX);
	if (!is_odd(n))
		return FAIL(why, E_INVALID, "an even RSA modulus");
	/* FIPS 186-5 5.1: odd, above 2^16, below 2^256 */
	if (!is_odd(e) || e.len < 3 || e.len > 32)
		return FAIL(why, E_INVALID, "an RSA exponent that is even, below 65537 or beyond 256 bits");
	if (is_roca(n))
		return FAIL(why, E_INVALID, "an RSA key of the ROCA kind (CVE-2017-15361)");
	int private_numbers = (numbers->d.len > 0) + (numbers->p.len > 0) + (numbers->q.len > 0) +
			      (numbers->dp.len > 0) + (numbers->dq.len > 0) + (numbers->qi.len > 0);
	if (private_numbers != 0 && private_numbers != 6)
		return FAIL(why, E_INVALID, "a private RSA key needs all of d p q dp dq qi");
	return E_OK;
}

/* Numbers on their way into the library; freed with a wipe. */
struct pusher {
	OSSL_PARAM_BLD *builder;
	BIGNUM *numbers[NUMBERS_MAX];
	unsigned count;
	bool failed;
};

static void push(struct pusher *pusher, const char *name, slice bytes)
{
	if (pusher->failed || bytes.len > KEY_RSA_BITS_MAX / 8 + 1 || pusher->count == NUMBERS_MAX) {
		pusher->failed = true;
		return;
	}
	BIGNUM *number = BN_bin2bn((const unsigned char *)bytes.ptr, (int)bytes.len, NULL);
	pusher->numbers[pusher->count++] = number;
	pusher->failed = !number || OSSL_PARAM_BLD_push_BN(pusher->builder, name, number) != 1;
}

static EVP_PKEY *pair_from(struct pusher *pusher, const char *kind, bool private)
{
	EVP_PKEY *pair = NULL;
	OSSL_PARAM *parameters = pusher->failed ? NULL : OSSL_PARAM_BLD_to_param(pusher->builder);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, kind, NULL);
	if (parameters && context && EVP_PKEY_fromdata_init(context) == 1 &&
	    EVP_PKEY_fromdata(context, &pair, private ? EVP_PKEY_KEYPAIR : EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		pair = NULL;
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(parameters);
	for (unsigned i = 0; i < pusher->count; i++)
		BN_clear_free(pusher->numbers[i]);
	OSSL_PARAM_BLD_free(pusher->builder);
	return pair;
}

static EVP_PKEY *import_rsa(const struct key_numbers *numbers)
{
	struct pusher pusher = {.builder = OSSL_PARAM_BLD_new()};
	pusher.failed = !pusher.builder;
	push(&pusher, OSSL_PKEY_PARAM_RSA_N, numbers->n);
	push(&pusher, OSSL_PKEY_PARAM_RSA_E, numbers->e);
	if (numbers->d.len > 0) {
		push(&pusher, OSSL_PKEY_PARAM_RSA_D, numbers->d);
		push(&pusher, OSSL_PKEY_PARAM_RSA_FACTOR1, numbers->p);
		push(&pusher, OSSL_PKEY_PARAM_RSA_FACTOR2, numbers->q);
		push(&pusher, OSSL_PKEY_PARAM_RSA_EXPONENT1, numbers->dp);
		push(&pusher, OSSL_PKEY_PARAM_RSA_EXPONENT2, numbers->dq);
		push(&pusher, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, numbers->qi);
	}
	return pair_from(&pusher, "RSA", numbers->d.len > 0);
}

/* The library refuses a point that is not on the curve. */
static EVP_PKEY *import_curve(const struct key_numbers *numbers)
{
	size_t size = key_coordinate_bytes(numbers->type);
	unsigned char point[1 + 2 * 66] = {4};
	for (size_t i = 0; i < size; i++) {
		point[1 + i] = (unsigned char)numbers->x.ptr[i];
		point[1 + size + i] = (unsigned char)numbers->y.ptr[i];
	}
	struct pusher pusher = {.builder = OSSL_PARAM_BLD_new()};
	pusher.failed = !pusher.builder ||
			OSSL_PARAM_BLD_push_utf8_string(pusher.builder, OSSL_PKEY_PARAM_GROUP_NAME,
							groups[numbers->type], 0) != 1 ||
			OSSL_PARAM_BLD_push_octet_string(pusher.builder, OSSL_PKEY_PARAM_PUB_KEY, point,
							 1 + 2 * size) != 1;
	if (numbers->d.len > 0)
		push(&pusher, OSSL_PKEY_PARAM_PRIV_KEY, numbers->d);
	return pair_from(&pusher, "EC", numbers->d.len > 0);
}

/* With a private number the public one is computed and must be the one that was given. */
static EVP_PKEY *import_ed25519(const struct key_numbers *numbers)
{
	const unsigned char *x = (const unsigned char *)numbers->x.ptr, *d = (const unsigned char *)numbers->d.ptr;
	unsigned char computed[32];
	size_t length = sizeof(computed);
	if (numbers->d.len == 0)
		return EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, x, numbers->x.len);
	EVP_PKEY *pair = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL, d, numbers->d.len);
	if (pair && EVP_PKEY_get_raw_public_key(pair, computed, &length) == 1 &&
	    slice_equal(numbers->x, slice_from(computed, length)))
		return pair;
	EVP_PKEY_free(pair);
	return NULL;
}

static bool belongs_together(EVP_PKEY *pair)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_pkey(NULL, pair, NULL);
	bool fine = context && EVP_PKEY_pairwise_check(context) == 1;
	EVP_PKEY_CTX_free(context);
	return fine;
}

static enum error check_lengths(const struct key_numbers *numbers, struct fault *why)
{
	size_t size = numbers->type == KEY_ED25519 ? 32 : key_coordinate_bytes(numbers->type);
	bool has_y = numbers->type != KEY_ED25519;
	if (numbers->x.len != size || (has_y && numbers->y.len != size))
		return FAIL(why, E_INVALID, "a coordinate of a key must have %zu bytes", size);
	if (numbers->d.len != 0 && numbers->d.len != size)
		return FAIL(why, E_INVALID, "the private number of a key must have %zu bytes", size);
	return E_OK;
}

static enum error import_pair(struct key *key, const struct key_numbers *numbers, struct fault *why)
{
	if (numbers->type == KEY_RSA)
		TRY(check_rsa(numbers, why));
	else
		TRY(check_lengths(numbers, why));
	key->private = numbers->d.len > 0;
	if (numbers->type == KEY_RSA)
		key->pair = import_rsa(numbers);
	else if (numbers->type == KEY_ED25519)
		key->pair = import_ed25519(numbers);
	else
		key->pair = import_curve(numbers);
	if (key->pair && (!key->private || numbers->type == KEY_ED25519 || belongs_together(key->pair)))
		return E_OK;
	ERR_clear_error();
	return FAIL(why, E_INVALID, "numbers that make no key");
}

static enum error import_symmetric(struct key *key, const struct key_numbers *numbers, struct fault *why)
{
	if (numbers->k.len < KEY_SYMMETRIC_BYTES_MIN || numbers->k.len > KEY_SYMMETRIC_BYTES_MAX)
		return FAIL(why, E_INVALID, "a symmetric key of %zu bytes, from %u to %u are taken", numbers->k.len,
			    KEY_SYMMETRIC_BYTES_MIN, KEY_SYMMETRIC_BYTES_MAX);
	key->private = true;
	return secret_set(&key->symmetric, numbers->k, why);
}

enum error key_import(struct key **ret_key, const struct key_numbers *numbers, struct fault *why)
{
	*ret_key = NULL;
	if (numbers->type <= KEY_NONE || numbers->type >= KEY_TYPE_COUNT)
		return FAIL(why, E_INVALID, "a key without a type");
	struct key *key = memory_alloc(sizeof(*key));
	if (!key)
		return FAIL(why, E_MEMORY, "no memory for a key");
	key->type = numbers->type;
	enum error error = numbers->type == KEY_SYMMETRIC ? import_symmetric(key, numbers, why)
							  : import_pair(key, numbers, why);
	if (error != E_OK) {
		key_free(key);
		return error;
	}
	*ret_key = key;
	return E_OK;
}
