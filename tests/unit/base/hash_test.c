#include "base/hash.h"

#include "check.h"

TEST(the_key_and_every_byte_count)
{
	struct hash_key one = {1, 2}, other = {1, 3};
	char text[33] = {0};
	uint64_t seen[34];
	for (size_t length = 0; length <= 33; length++) {
		seen[length] = hash_slice(&one, slice_from(text, length));
		CHECK(seen[length] != hash_slice(&other, slice_from(text, length)));
		for (size_t i = 0; i < length; i++)
			CHECK(seen[length] != seen[i]);
	}
	for (size_t i = 0; i < sizeof(text); i++) {
		text[i] = 1;
		CHECK(hash_slice(&one, slice_from(text, sizeof(text))) != seen[33]);
		text[i] = 0;
	}
}

/* Whole words are read where they can be: what stands around the text is none of it. */
TEST(only_the_bytes_of_the_text_count)
{
	struct hash_key key = {1, 2};
	for (size_t length = 0; length <= 24; length++) {
		char first[40], second[40];
		memset(first, 0x00, sizeof(first));
		memset(second, 0xff, sizeof(second));
		for (size_t i = 0; i < length; i++)
			first[8 + i] = second[3 + i] = (char)(i + 1);
		uint64_t hash = hash_slice(&key, slice_from(first + 8, length));
		CHECK(hash == hash_slice(&key, slice_from(second + 3, length)));
		for (size_t i = 1; i < length; i++) {
			first[8 + i - 1] = (char)(i + 1);
			first[8 + i] = (char)i;
			CHECK(hash != hash_slice(&key, slice_from(first + 8, length)));
			first[8 + i - 1] = (char)i;
			first[8 + i] = (char)(i + 1);
		}
	}
}
