/* Integers as bytes in a file: little-endian where nothing else is said. */
#ifndef TIPSTAFF_EVIDENCE_BYTES_H
#define TIPSTAFF_EVIDENCE_BYTES_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

static inline void bytes_put_u16(char *to, uint16_t value)
{
	value = htole16(value);
	memcpy(to, &value, sizeof(value));
}
static inline void bytes_put_u32(char *to, uint32_t value)
{
	value = htole32(value);
	memcpy(to, &value, sizeof(value));
}
static inline void bytes_put_u64(char *to, uint64_t value)
{
	value = htole64(value);
	memcpy(to, &value, sizeof(value));
}
static inline uint16_t bytes_u16(const char *from)
{
	uint16_t value;
	memcpy(&value, from, sizeof(value));
	return le16toh(value);
}
static inline uint32_t bytes_u32(const char *from)
{
	uint32_t value;
	memcpy(&value, from, sizeof(value));
	return le32toh(value);
}
static inline uint64_t bytes_u64(const char *from)
{
	uint64_t value;
	memcpy(&value, from, sizeof(value));
	return le64toh(value);
}
/* Big-endian, as tlog-tiles has it. */
static inline void bytes_put_u16be(char *to, uint16_t value)
{
	value = htobe16(value);
	memcpy(to, &value, sizeof(value));
}
static inline uint16_t bytes_u16be(const char *from)
{
	uint16_t value;
	memcpy(&value, from, sizeof(value));
	return be16toh(value);
}

#endif
