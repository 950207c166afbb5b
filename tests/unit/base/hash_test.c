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
