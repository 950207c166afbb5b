/* The door of every fuzz target: bytes in, 0 out, abort where a promise is broken. */
#ifndef TIPSTAFF_FUZZ_FUZZ_H
#define TIPSTAFF_FUZZ_FUZZ_H

#include <assert.h>
#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

#endif
