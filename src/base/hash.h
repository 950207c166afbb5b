/* SipHash-1-3: a keyed hash for tables whose keys a stranger chooses. */
#ifndef TIPSTAFF_BASE_HASH_H
#define TIPSTAFF_BASE_HASH_H

#include "base/slice.h"

/* Drawn once per process by the shell; without a secret key a stranger can make all keys collide. */
struct hash_key {
	uint64_t k0;
	uint64_t k1;
};

uint64_t hash_slice(const struct hash_key *key, slice bytes);

/*
 * Some bits of a hash, and never 0: what a table with open addressing has for a slot that is taken, in a row of bytes of
 * its own, so that few entries that are not meant are looked at. The slot itself comes from the low bits.
 */
static inline unsigned char hash_tag(uint64_t hash)
{
	return (unsigned char)(0x80 | hash >> 57);
}

#endif
