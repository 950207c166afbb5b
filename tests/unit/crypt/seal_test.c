#include "crypt/seal.h"

#include "base/memory.h"
#include "check.h"

#include <string.h>

static const slice key = SLICE_INIT("0123456789abcdef0123456789abcdef");
static const unsigned char nonce[SEAL_NONCE_BYTES] = "abcdefghijk";

TEST(a_sealed_secret_opens_in_its_place_only)
{
	struct buffer sealed;
	struct secret plain = {0};
	struct fault why;
	const slice texts[] = {SLICE_INIT(""), SLICE_INIT("the password")};
	for (size_t i = 0; i < 2; i++) {
		buffer_init(&sealed, 1000);
		CHECK_OK(seal_close(key, nonce, SLICE("row 1"), texts[i], &sealed, &why), why);
		CHECK_INT(sealed.len, texts[i].len + SEAL_EXTRA_BYTES);
		CHECK(texts[i].len == 0 || slice_find(buffer_slice(&sealed), texts[i]) == SIZE_MAX);
		CHECK_OK(seal_open(key, SLICE("row 1"), buffer_slice(&sealed), &plain, &why), why);
		CHECK_SLICE(secret_slice(&plain), texts[i]);
		secret_wipe(&plain);
		CHECK_ERROR(seal_open(key, SLICE("row 2"), buffer_slice(&sealed), &plain, NULL), E_CORRUPT);
		CHECK_ERROR(seal_open(SLICE("0123456789abcdef0123456789abcdeF"), SLICE("row 1"), buffer_slice(&sealed),
				      &plain, NULL),
			    E_CORRUPT);
		for (size_t at = 0; at < sealed.len; at++) {
			sealed.ptr[at] ^= 1;
			CHECK_ERROR(seal_open(key, SLICE("row 1"), buffer_slice(&sealed), &plain, NULL), E_CORRUPT);
			CHECK(plain.bytes == NULL && plain.len == 0);
			sealed.ptr[at] ^= 1;
		}
		for (size_t length = 0; length < sealed.len; length++)
			CHECK_ERROR(seal_open(key, SLICE("row 1"), slice_sub(buffer_slice(&sealed), 0, length), &plain, NULL),
				    E_CORRUPT);
		buffer_free(&sealed);
	}
}

TEST(wrong_sizes_are_refused)
{
	struct buffer sealed;
	struct secret plain;
	static char large[SECRET_BYTES_MAX + SEAL_EXTRA_BYTES + 1];
	buffer_init(&sealed, 40);
	CHECK_ERROR(seal_close(SLICE("short"), nonce, SLICE(""), SLICE("x"), &sealed, NULL), E_INVALID);
	CHECK_ERROR(seal_close(key, nonce, SLICE(""), slice_from(large, SECRET_BYTES_MAX + 1), &sealed, NULL), E_LIMIT);
	CHECK_ERROR(seal_close(key, nonce, SLICE(""), slice_from(large, 13), &sealed, NULL), E_LIMIT);
	CHECK_ERROR(seal_open(SLICE("short"), SLICE(""), slice_from(large, 40), &plain, NULL), E_INVALID);
	CHECK_ERROR(seal_open(key, SLICE(""), slice_from(large, sizeof(large)), &plain, NULL), E_LIMIT);
	memory_fail_at(1);
	CHECK_ERROR(seal_open(key, SLICE(""), slice_from(large, 40), &plain, NULL), E_MEMORY);
	buffer_free(&sealed);
}

TEST(a_secret_is_empty_after_it_is_wiped)
{
	struct secret secret;
	struct fault why;
	CHECK_OK(secret_set(&secret, SLICE("hidden"), &why), why);
	CHECK_SLICE(secret_slice(&secret), SLICE("hidden"));
	secret_wipe(&secret);
	CHECK(secret.bytes == NULL && secret.len == 0);
	secret_wipe(&secret);
	CHECK_ERROR(secret_init(&secret, SECRET_BYTES_MAX + 1, NULL), E_LIMIT);
	memory_fail_at(1);
	CHECK_ERROR(secret_init(&secret, 1, NULL), E_MEMORY);
}
