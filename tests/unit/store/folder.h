/* A temporary folder of a test, and harm done to the files in it. */
#ifndef TIPSTAFF_TESTS_UNIT_STORE_FOLDER_H
#define TIPSTAFF_TESTS_UNIT_STORE_FOLDER_H

#include "base/slice.h"

struct folder {
	char path[128];
};

/* The folder's parent is there; the folder itself is not yet. */
struct folder folder_make(void);
slice folder_path(const struct folder *folder);
/* The path of a file in it; valid until the eighth next call. */
const char *folder_file(const struct folder *folder, const char *name);
/* Flips one bit of one byte. */
void folder_flip(const struct folder *folder, const char *name, long offset);
/* Copies all files into a new folder. */
struct folder folder_copy(const struct folder *folder);
void folder_remove(const struct folder *folder);

#endif
