/* CRC-32C (Castagnoli; RFC 3720 B.4), with the processor's own instruction where it has one. */
#ifndef TIPSTAFF_EVIDENCE_CRC32C_H
#define TIPSTAFF_EVIDENCE_CRC32C_H

#include "base/slice.h"

/* `crc` is 0, or the result over the bytes before these. */
uint32_t crc32c(uint32_t crc, slice bytes);
/* The same without the processor's instruction, for comparison. */
uint32_t crc32c_portable(uint32_t crc, slice bytes);

#endif
