#include "crypt/key.h"

#include "base/memory.h"
#include "check.h"
#include "crypt/signature.h"

#include <string.h>

static const enum key_type pair_types[] = {KEY_P256, KEY_P384, KEY_P521, KEY_ED25519, KEY_RSA};
#define PAIR_TYPES (sizeof(pair_types) / sizeof(pair_types[0]))

static struct key *generated(enum key_type type)
{
	struct key *key;
	struct fault why;
	CHECK_OK(key_generate(&key, type, &why), why);
	CHECK(key_is_private(key) && key_type(key) == type);
	return key;
}

TEST(numbers_make_the_same_key_again)
{
	struct fault why;
	static struct key_room room;
	for (size_t i = 0; i < PAIR_TYPES; i++) {
		struct key *key = generated(pair_types[i]), *copy, *public;
		struct key_numbers numbers;
		struct signature signature;
		CHECK_OK(key_export(key, true, &numbers, &room, &why), why);
		CHECK_OK(key_import(&copy, &numbers, &why), why);
		CHECK_OK(key_public(&public, copy, &why), why);
		CHECK(key_is_private(copy) && !key_is_private(public));
		enum signature_algorithm algorithm = key_algorithm(key);
		CHECK_OK(signature_sign(copy, algorithm, SLICE("m"), &signature, &why), why);
		CHECK_OK(signature_verify(key, algorithm, SLICE("m"), signature_slice(&signature), &why), why);
		CHECK_OK(signature_verify(public, algorithm, SLICE("m"), signature_slice(&signature), &why), why);
		CHECK_ERROR(signature_sign(public, algorithm, SLICE("m"), &signature, NULL), E_INVALID);
		CHECK_ERROR(key_export(public, true, &numbers, &room, NULL), E_INVALID);
		CHECK_OK(key_export(public, false, &numbers, &room, &why), why);
		CHECK(numbers.d.len == 0 && numbers.p.len == 0);
		key_free(key);
		key_free(copy);
		key_free(public);
	}
	key_room_wipe(&room);
	for (size_t i = 0; i < sizeof(room.bytes); i++)
		CHECK(room.bytes[i] == 0);
}

TEST(numbers_that_do_not_belong_together_are_refused)
{
	struct fault why;
	static struct key_room room, other_room;
	for (size_t i = 0; i < PAIR_TYPES; i++) {
		struct key *key = generated(pair_types[i]), *other = generated(pair_types[i]), *wrong;
		struct key_numbers numbers, others;
		CHECK_OK(key_export(key, true, &numbers, &room, &why), why);
		CHECK_OK(key_export(other, true, &others, &other_room, &why), why);
		struct key_numbers mixed = numbers;
		mixed.d = others.d;
		mixed.p = others.p;
		CHECK_ERROR(key_import(&wrong, &mixed, NULL), E_INVALID);
		CHECK(wrong == NULL);
		mixed = numbers;
		if (pair_types[i] == KEY_RSA)
			mixed.qi = (slice){0};
		else
			mixed.x = slice_sub(numbers.x, 1, numbers.x.len);
		CHECK_ERROR(key_import(&wrong, &mixed, NULL), E_INVALID);
		mixed = numbers;
		/* From the end: without a leading zero byte, the exponent of an RSA key is still the same number. */
		mixed.d = slice_sub(numbers.d, 0, numbers.d.len - 1);
		CHECK_ERROR(key_import(&wrong, &mixed, NULL), E_INVALID);
		key_free(key);
		key_free(other);
	}
}

TEST(a_point_beside_the_curve_is_refused)
{
	struct fault why;
	struct key_room room;
	for (size_t i = 0; i < 3; i++) {
		struct key *key = generated(pair_types[i]), *wrong;
		struct key_numbers numbers;
		CHECK_OK(key_export(key, false, &numbers, &room, &why), why);
		room.bytes[5] ^= 1;
		CHECK_ERROR(key_import(&wrong, &numbers, NULL), E_INVALID);
		memset(room.bytes, 0, sizeof(room.bytes));
		CHECK_ERROR(key_import(&wrong, &numbers, NULL), E_INVALID);
		key_free(key);
	}
}

TEST(weak_rsa_keys_are_refused)
{
	static char modulus[KEY_RSA_BITS_MAX / 8 + 1];
	struct key *wrong;
	memset(modulus, 0xff, sizeof(modulus));
	struct key_numbers fine = {.type = KEY_RSA, .n = slice_from(modulus, 256), .e = SLICE("\x01\x00\x01")};
	CHECK_ERROR(key_import(&wrong, &fine, NULL), E_OK);
	key_free(wrong);
	static const slice exponents[] = {SLICE_INIT(""), SLICE_INIT("\x01"), SLICE_INIT("\x03"), SLICE_INIT("\x01\x00\x02"),
					  SLICE_INIT("\x00\x00\xff\xff"), SLICE_INIT("\x01..................................1")};
	for (size_t i = 0; i < sizeof(exponents) / sizeof(exponents[0]); i++) {
		struct key_numbers numbers = fine;
		numbers.e = exponents[i];
		CHECK_ERROR(key_import(&wrong, &numbers, NULL), E_INVALID);
	}
	static const size_t lengths[] = {0, 1, 128, 255, KEY_RSA_BITS_MAX / 8 + 1};
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		struct key_numbers numbers = fine;
		numbers.n = slice_from(modulus, lengths[i]);
		CHECK_ERROR(key_import(&wrong, &numbers, NULL), E_INVALID);
	}
	modulus[0] = 0x7f; /* 2047 bits */
	CHECK_ERROR(key_import(&wrong, &fine, NULL), E_INVALID);
	modulus[0] = (char)0xff;
	modulus[255] = (char)0xfe;
	CHECK_ERROR(key_import(&wrong, &fine, NULL), E_INVALID);
}

TEST(symmetric_keys_have_a_length_and_no_public_half)
{
	static char bytes[KEY_SYMMETRIC_BYTES_MAX + 1];
	struct fault why;
	struct key *key, *wrong;
	static struct key_room room;
	struct key_numbers numbers = {.type = KEY_SYMMETRIC, .k = slice_from(bytes, KEY_SYMMETRIC_BYTES_MIN)}, out;
	CHECK_OK(key_import(&key, &numbers, &why), why);
	CHECK(key_is_private(key));
	CHECK_ERROR(key_public(&wrong, key, NULL), E_INVALID);
	CHECK_ERROR(key_export(key, false, &out, &room, NULL), E_INVALID);
	CHECK_OK(key_export(key, true, &out, &room, &why), why);
	CHECK_SLICE(out.k, numbers.k);
	key_free(key);
	numbers.k.len = KEY_SYMMETRIC_BYTES_MIN - 1;
	CHECK_ERROR(key_import(&wrong, &numbers, NULL), E_INVALID);
	numbers.k.len = KEY_SYMMETRIC_BYTES_MAX + 1;
	CHECK_ERROR(key_import(&wrong, &numbers, NULL), E_INVALID);
}

TEST(what_is_no_key_is_refused)
{
	struct key *key;
	struct key_numbers nothing = {0};
	CHECK_ERROR(key_import(&key, &nothing, NULL), E_INVALID);
	CHECK_ERROR(key_generate(&key, KEY_NONE, NULL), E_UNSUPPORTED);
	CHECK_ERROR(key_generate(&key, KEY_SYMMETRIC, NULL), E_UNSUPPORTED);
	memory_fail_at(1);
	CHECK_ERROR(key_generate(&key, KEY_P256, NULL), E_MEMORY);
	struct key_numbers numbers = {.type = KEY_P256};
	memory_fail_at(1);
	CHECK_ERROR(key_import(&key, &numbers, NULL), E_MEMORY);
	CHECK(key == NULL);
	key_free(NULL);
}
