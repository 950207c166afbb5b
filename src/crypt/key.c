#include "crypt/key.h"

#include "base/memory.h"
#include "crypt/key_parts.h"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

static const struct {
	size_t coordinate_bytes;
	const char *group;
} curves[KEY_TYPE_COUNT] = {[KEY_P256] = {32, "P-256"}, [KEY_P384] = {48, "P-384"}, [KEY_P521] = {66, "P-521"}};

size_t key_coordinate_bytes(enum key_type type)
{
	return curves[type].coordinate_bytes;
}

enum key_type key_type(const struct key *key)
{
	return key->type;
}

bool key_is_private(const struct key *key)
{
	return key->private;
}

void key_free(struct key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pair);
	secret_wipe(&key->symmetric);
	memory_free(key);
}

enum error key_generate(struct key **ret_key, enum key_type type, struct fault *why)
{
	*ret_key = NULL;
	EVP_PKEY *pair = NULL;
	if (type <= KEY_NONE || type >= KEY_SYMMETRIC)
		return FAIL(why, E_UNSUPPORTED, "no key of this type can be generated");
	struct key *key = memory_alloc(sizeof(*key));
	if (!key)
		return FAIL(why, E_MEMORY, "no memory for a key");
	if (type == KEY_RSA)
		pair = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)KEY_RSA_BITS_MIN);
	else if (type == KEY_ED25519)
		pair = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	else
		pair = EVP_PKEY_Q_keygen(NULL, NULL, "EC", curves[type].group);
	*key = (struct key){.type = type, .private = true, .pair = pair};
	if (!pair) {
		ERR_clear_error();
		key_free(key);
		return FAIL(why, E_CRYPTO, "generating a key failed");
	}
	*ret_key = key;
	return E_OK;
}

/* Where in the room the next number goes; a number too long for it gives an error of the call that fills it. */
static unsigned char *room_next(struct key_room *room)
{
	return room->bytes + room->used;
}

static bool take_bignum(const EVP_PKEY *pair, const char *name, size_t size, slice *to, struct key_room *room)
{
	BIGNUM *number = NULL;
	if (EVP_PKEY_get_bn_param(pair, name, &number) != 1)
		return false;
	size_t length = size ? size : (size_t)BN_num_bytes(number);
	bool fine = length <= sizeof(room->bytes) - room->used &&
		    BN_bn2binpad(number, room_next(room), (int)length) == (int)length;
	BN_clear_free(number);
	*to = slice_from(room_next(room), length);
	room->used += fine ? length : 0;
	return fine;
}

static bool take_raw(const EVP_PKEY *pair, bool private, slice *to, struct key_room *room)
{
	size_t length = sizeof(room->bytes) - room->used;
	bool fine = private ? EVP_PKEY_get_raw_private_key(pair, room_next(room), &length) == 1
			    : EVP_PKEY_get_raw_public_key(pair, room_next(room), &length) == 1;
	*to = slice_from(room_next(room), length);
	room->used += fine ? length : 0;
	return fine;
}

static bool take_rsa(const EVP_PKEY *pair, bool with_private, struct key_numbers *to, struct key_room *room)
{
	bool fine = take_bignum(pair, OSSL_PKEY_PARAM_RSA_N, 0, &to->n, room) &&
		    take_bignum(pair, OSSL_PKEY_PARAM_RSA_E, 0, &to->e, room);
	if (!with_private)
		return fine;
	return fine && take_bignum(pair, OSSL_PKEY_PARAM_RSA_D, to->n.len, &to->d, room) &&
	       take_bignum(pair, OSSL_PKEY_PARAM_RSA_FACTOR1, 0, &to->p, room) &&
	       take_bignum(pair, OSSL_PKEY_PARAM_RSA_FACTOR2, 0, &to->q, room) &&
	       take_bignum(pair, OSSL_PKEY_PARAM_RSA_EXPONENT1, to->p.len, &to->dp, room) &&
	       take_bignum(pair, OSSL_PKEY_PARAM_RSA_EXPONENT2, to->q.len, &to->dq, room) &&
	       take_bignum(pair, OSSL_PKEY_PARAM_RSA_COEFFICIENT1, to->p.len, &to->qi, room);
}

/* RFC 7518 6.2.1.2: coordinates have the full length of the field. */
static bool take_curve(const EVP_PKEY *pair, size_t size, bool with_private, struct key_numbers *to,
		       struct key_room *room)
{
	return take_bignum(pair, OSSL_PKEY_PARAM_EC_PUB_X, size, &to->x, room) &&
	       take_bignum(pair, OSSL_PKEY_PARAM_EC_PUB_Y, size, &to->y, room) &&
	       (!with_private || take_bignum(pair, OSSL_PKEY_PARAM_PRIV_KEY, size, &to->d, room));
}

enum error key_export(const struct key *key, bool with_private, struct key_numbers *ret_numbers, struct key_room *room,
		      struct fault *why)
{
	bool fine;
	room->used = 0;
	*ret_numbers = (struct key_numbers){.type = key->type};
	if (with_private && !key->private)
		return FAIL(why, E_INVALID, "a public key has no private part");
	if (!with_private && key->type == KEY_SYMMETRIC)
		return FAIL(why, E_INVALID, "a symmetric key has no public part");
	if (key->type == KEY_SYMMETRIC) {
		ret_numbers->k = secret_slice(&key->symmetric);
		return E_OK;
	}
	if (key->type == KEY_RSA)
		fine = take_rsa(key->pair, with_private, ret_numbers, room);
	else if (key->type == KEY_ED25519)
		fine = take_raw(key->pair, false, &ret_numbers->x, room) &&
		       (!with_private || take_raw(key->pair, true, &ret_numbers->d, room));
	else
		fine = take_curve(key->pair, curves[key->type].coordinate_bytes, with_private, ret_numbers, room);
	if (fine)
		return E_OK;
	ERR_clear_error();
	key_room_wipe(room);
	return FAIL(why, E_CRYPTO, "the numbers of the key cannot be read");
}

void key_room_wipe(struct key_room *room)
{
	memory_wipe(room->bytes, sizeof(room->bytes));
	room->used = 0;
}

enum error key_public(struct key **ret_key, const struct key *key, struct fault *why)
{
	struct key_numbers numbers;
	struct key_room room;
	*ret_key = NULL;
	TRY(key_export(key, false, &numbers, &room, why));
	TRY(key_import(ret_key, &numbers, why));
	(*ret_key)->pinned = key->pinned;
	return E_OK;
}
