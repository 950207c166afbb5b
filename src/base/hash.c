#include "base/hash.h"

#include <string.h>

static uint64_t rotate(uint64_t x, int bits)
{
	return (x << bits) | (x >> (64 - bits));
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotate(v[1], 13) ^ v[0];
	v[0] = rotate(v[0], 32);
	v[2] += v[3];
	v[3] = rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotate(v[1], 17) ^ v[2];
	v[2] = rotate(v[2], 32);
}

/* The last bytes, fewer than eight, the first of them lowest. */
static uint64_t tail(slice bytes, size_t count)
{
	const unsigned char *at = (const unsigned char *)bytes.ptr + (bytes.len - count);
	uint64_t word = 0;
	if (count >= 4) {
		uint32_t low, high;
		memcpy(&low, at, 4);
		memcpy(&high, at + count - 4, 4);
		return (uint64_t)high << (8 * (count - 4)) | low;
	}
	for (size_t i = 0; i < count; i++)
		word |= (uint64_t)at[i] << (8 * i);
	return word;
}

uint64_t hash_slice(const struct hash_key *key, slice bytes)
{
	uint64_t v[4] = {key->k0 ^ 0x736f6d6570736575u, key->k1 ^ 0x646f72616e646f6du, key->k0 ^ 0x6c7967656e657261u,
			 key->k1 ^ 0x7465646279746573u};
	size_t whole = bytes.len & ~(size_t)7;
	for (size_t i = 0; i < whole; i += 8) {
		uint64_t word;
		memcpy(&word, bytes.ptr + i, 8);
		v[3] ^= word;
		sip_round(v);
		v[0] ^= word;
	}
	uint64_t last = (uint64_t)bytes.len << 56 | tail(bytes, bytes.len - whole);
	v[3] ^= last;
	sip_round(v);
	v[0] ^= last;
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}
