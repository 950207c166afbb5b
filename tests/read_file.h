/* A file of test data, whole. */
#ifndef TIPSTAFF_TESTS_READ_FILE_H
#define TIPSTAFF_TESTS_READ_FILE_H

#include "base/slice.h"

/* The bytes (free them with free(3)); ptr NULL where it cannot be read. */
slice read_file(const char *path);

#endif
