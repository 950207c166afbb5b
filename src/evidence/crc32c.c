#include "evidence/crc32c.h"

#include <string.h>

/* Of 0x82f63b78 (reflected). Half a byte at a time: the table stays small, and this way is only walked where the instruction is missing. */
static const uint32_t nibbles[16] = {
	0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
	0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

uint32_t crc32c_portable(uint32_t crc, slice bytes)
{
	crc = ~crc;
	for (size_t i = 0; i < bytes.len; i++) {
		crc ^= (unsigned char)bytes.ptr[i];
		crc = crc >> 4 ^ nibbles[crc & 15];
		crc = crc >> 4 ^ nibbles[crc & 15];
	}
	return ~crc;
}

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) static uint32_t crc32c_processor(uint32_t crc, slice bytes)
{
	const char *at = bytes.ptr;
	size_t left = bytes.len;
	uint64_t state = ~crc;
	for (; left >= 8; at += 8, left -= 8) {
		uint64_t word;
		memcpy(&word, at, sizeof(word));
		state = __builtin_ia32_crc32di(state, word);
	}
	uint32_t rest = (uint32_t)state;
	for (; left > 0; at++, left--)
		rest = __builtin_ia32_crc32qi(rest, (unsigned char)*at);
	return ~rest;
}

uint32_t crc32c(uint32_t crc, slice bytes)
{
	return __builtin_cpu_supports("sse4.2") ? crc32c_processor(crc, bytes) : crc32c_portable(crc, bytes);
}
#else
uint32_t crc32c(uint32_t crc, slice bytes)
{
	return crc32c_portable(crc, bytes);
}
#endif
