/* Small files of the data folder: read whole, written whole or not at all, private to their owner. */
#ifndef TIPSTAFF_DAEMON_FILES_H
#define TIPSTAFF_DAEMON_FILES_H

#include "base/arena.h"
#include "base/error.h"

/* The whole file in the arena. E_NOT_FOUND, E_IO, E_LIMIT: longer than `bytes_max`.  E_MEMORY. */
MUST_USE enum error files_read(slice path, size_t bytes_max, struct arena *arena, slice *ret_bytes, struct fault *why);
/*
 * As above for a secret: also refused where others than the owner may read it.
 * E_FORBIDDEN: mode is wider than 0600.
 */
MUST_USE enum error files_read_private(slice path, size_t bytes_max, struct arena *arena, slice *ret_bytes,
				       struct fault *why);
/* Writes a new file, mode 0600, synced with its folder. E_CONFLICT: it is there already.  E_IO. */
MUST_USE enum error files_write_private(slice path, slice bytes, struct fault *why);
/* The same of a file that is open: all of it from where it stands, and what comes next. `path` is told in errors. */
MUST_USE enum error files_read_open(int file, const char *path, size_t bytes_max, struct arena *arena, slice *ret_bytes,
				    struct fault *why);
MUST_USE enum error files_write_open(int file, const char *path, slice bytes, struct fault *why);
/* Makes the folder and its parents, mode 0700; one that is there is fine. E_IO. */
MUST_USE enum error files_make_dir(slice path, struct fault *why);
/* "dir/name" in the arena. */
slice files_join(struct arena *arena, slice dir, const char *name);

#endif
