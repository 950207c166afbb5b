#include "crypt/signature.h"

#include "check.h"

static struct key *key_for(enum signature_algorithm algorithm)
{
	struct key *key;
	struct fault why;
	enum key_type type = algorithm <= SIGNATURE_ES512     ? (enum key_type)(KEY_P256 + algorithm - SIGNATURE_ES256)
			     : algorithm == SIGNATURE_EDDSA   ? KEY_ED25519
			     : algorithm <= SIGNATURE_PS512   ? KEY_RSA
							      : KEY_SYMMETRIC;
	struct key_numbers numbers = {.type = KEY_SYMMETRIC, .k = SLICE("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef")};
	if (type == KEY_SYMMETRIC)
		CHECK_OK(key_import(&key, &numbers, &why), why);
	else
		CHECK_OK(key_generate(&key, type, &why), why);
	return key;
}

TEST(every_algorithm_verifies_what_it_signed_and_nothing_else)
{
	static const size_t lengths[SIGNATURE_ALGORITHM_COUNT] = {0,   64,  96,  132, 64, 256, 256,
								  256, 256, 256, 256, 32, 48,  64};
	for (unsigned i = 1; i < SIGNATURE_ALGORITHM_COUNT; i++) {
		enum signature_algorithm algorithm = (enum signature_algorithm)i;
		struct key *key = key_for(algorithm);
		struct signature signature;
		struct fault why;
		CHECK_OK(signature_sign(key, algorithm, SLICE("message"), &signature, &why), why);
		CHECK_INT(signature.len, lengths[i]);
		slice bytes = signature_slice(&signature);
		CHECK_OK(signature_verify(key, algorithm, SLICE("message"), bytes, &why), why);
		CHECK_ERROR(signature_verify(key, algorithm, SLICE("massage"), bytes, NULL), E_SIGNATURE);
		CHECK_ERROR(signature_verify(key, algorithm, SLICE(""), bytes, NULL), E_SIGNATURE);
		CHECK_ERROR(signature_verify(key, algorithm, SLICE("message"), slice_sub(bytes, 1, bytes.len), NULL),
			    E_SIGNATURE);
		CHECK_ERROR(signature_verify(key, algorithm, SLICE("message"), (slice){0}, NULL), E_SIGNATURE);
		signature.bytes[signature.len] = 0;
		CHECK_ERROR(signature_verify(key, algorithm, SLICE("message"), slice_from(bytes.ptr, bytes.len + 1), NULL),
			    E_SIGNATURE);
		signature.bytes[3] ^= 1;
		CHECK_ERROR(signature_verify(key, algorithm, SLICE("message"), bytes, NULL), E_SIGNATURE);
		for (unsigned other = 0; other < SIGNATURE_ALGORITHM_COUNT; other++)
			if (!key_serves(key, (enum signature_algorithm)other)) {
				CHECK_ERROR(signature_verify(key, (enum signature_algorithm)other, SLICE("m"), bytes, NULL),
					    E_INVALID);
				CHECK_ERROR(signature_sign(key, (enum signature_algorithm)other, SLICE("m"), &signature, NULL),
					    E_INVALID);
			}
		key_free(key);
	}
}

TEST(a_pinned_key_serves_one_algorithm)
{
	struct fault why;
	struct key *key = key_for(SIGNATURE_RS256);
	CHECK(key_serves(key, SIGNATURE_RS256) && key_serves(key, SIGNATURE_PS256) && !key_serves(key, SIGNATURE_HS256));
	CHECK_INT(key_algorithm(key), SIGNATURE_RS256);
	CHECK_ERROR(key_pin(key, SIGNATURE_ES256, NULL), E_INVALID);
	CHECK_ERROR(key_pin(key, SIGNATURE_NONE, NULL), E_INVALID);
	CHECK_OK(key_pin(key, SIGNATURE_PS256, &why), why);
	CHECK(!key_serves(key, SIGNATURE_RS256) && key_serves(key, SIGNATURE_PS256));
	CHECK_INT(key_algorithm(key), SIGNATURE_PS256);
	key_free(key);
}

TEST(an_hmac_key_is_as_long_as_its_digest)
{
	struct fault why;
	struct key *key;
	struct key_numbers numbers = {.type = KEY_SYMMETRIC, .k = SLICE("0123456789abcdef0123456789abcdef0123456789abcde")};
	CHECK_OK(key_import(&key, &numbers, &why), why);
	CHECK(key_serves(key, SIGNATURE_HS256) && !key_serves(key, SIGNATURE_HS384) && !key_serves(key, SIGNATURE_HS512));
	CHECK_ERROR(key_pin(key, SIGNATURE_HS512, NULL), E_INVALID);
	key_free(key);
}

TEST(names_lead_to_algorithms_and_none_to_nothing)
{
	for (unsigned i = 1; i < SIGNATURE_ALGORITHM_COUNT; i++)
		CHECK_INT(signature_of_name(slice_of(signature_name((enum signature_algorithm)i))), i);
	static const char *const wrong[] = {"", "none", "None", "es256", "ES256 ", "EDDSA", "ES256K"};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_INT(signature_of_name(slice_of(wrong[i])), SIGNATURE_NONE);
}

TEST(a_signature_without_its_leading_zero_byte_is_another_one)
{
	/* One in 256 begins with a zero; a few hundred tries find some. */
	struct key *key = key_for(SIGNATURE_PS256);
	struct fault why;
	unsigned found = 0;
	for (unsigned i = 0; i < 1200 && found < 2; i++) {
		struct signature signature;
		slice message = slice_from(&i, sizeof(i));
		CHECK_OK(signature_sign(key, SIGNATURE_PS256, message, &signature, &why), why);
		if (signature.bytes[0] != 0)
			continue;
		slice bytes = signature_slice(&signature);
		CHECK_ERROR(signature_verify(key, SIGNATURE_PS256, message, slice_sub(bytes, 1, bytes.len), &why), E_SIGNATURE);
		found++;
	}
	key_free(key);
}
