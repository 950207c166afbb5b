#include "crypt/digest.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

static slice bytes_of_hex(const char *hex, char *to)
{
	size_t length = strlen(hex) / 2;
	for (size_t i = 0; i < length; i++) {
		unsigned value;
		CHECK_INT(sscanf(hex + 2 * i, "%2x", &value), 1);
		to[i] = (char)value;
	}
	return slice_from(to, length);
}

TEST(sha256_gives_the_known_digests_again_and_again)
{
	char room[64];
	struct sha256_context context = {0};
	struct fault why;
	CHECK_OK(sha256_context_init(&context, &why), why);
	slice abc = bytes_of_hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", room);
	for (int round = 0; round < 3; round++) {
		struct sha256 digest = sha256_of(&context, SLICE("abc"));
		CHECK_SLICE(sha256_slice(&digest), abc);
	}
	slice parts[] = {SLICE("a"), SLICE(""), SLICE("bc")};
	struct sha256 whole = sha256_of(&context, SLICE("abc")), joined = sha256_of_parts(&context, parts, 3);
	CHECK(sha256_equal(&whole, &joined));
	sha256_begin(&context);
	sha256_add(&context, SLICE("forgotten"));
	sha256_begin(&context);
	sha256_add(&context, SLICE("ab"));
	sha256_add(&context, SLICE("c"));
	joined = sha256_end(&context);
	CHECK(sha256_equal(&whole, &joined));
	struct sha256 once;
	CHECK_OK(sha256_once(&once, SLICE("abc"), &why), why);
	CHECK(sha256_equal(&whole, &once));
	once = sha256_of(&context, (slice){0});
	CHECK(!sha256_equal(&whole, &once));
	CHECK_SLICE(sha256_slice(&once),
		    bytes_of_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", room));
	sha256_context_free(&context);
	sha256_context_free(&context);
}

/* RFC 4231 4.3, 4.7 */
TEST(hmac_gives_the_known_codes_again_and_again)
{
	char room[64], key[131];
	struct hmac_context context = {0};
	struct fault why;
	CHECK_OK(hmac_context_init(&context, SLICE("Jefe"), &why), why);
	slice expected = bytes_of_hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", room);
	for (int round = 0; round < 3; round++) {
		struct sha256 code = hmac_of(&context, SLICE("what do ya want for nothing?"));
		CHECK_SLICE(sha256_slice(&code), expected);
	}
	hmac_context_free(&context);
	memset(key, 0xaa, sizeof(key));
	CHECK_OK(hmac_context_init(&context, slice_from(key, sizeof(key)), &why), why);
	struct sha256 code = hmac_of(&context, SLICE("Test Using Larger Than Block-Size Key - Hash Key First"));
	CHECK_SLICE(sha256_slice(&code),
		    bytes_of_hex("60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54", room));
	hmac_context_free(&context);
	CHECK_OK(hmac_context_init(&context, (slice){0}, &why), why);
	hmac_context_free(&context);
	hmac_context_free(&context);
}
