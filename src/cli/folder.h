/* Files below a folder, in byte order of their names, so that two runs do the same. */
#ifndef TIPSTAFF_CLI_FOLDER_H
#define TIPSTAFF_CLI_FOLDER_H

#include "base/arena.h"
#include "base/error.h"

#define FOLDER_FILES_MAX 4096u
#define FOLDER_DEPTH_MAX 16u

struct folder_file {
	const char *path;
	slice name; /* inside the folder that was named, such as "team/base.cedar"; the last part where a file was named */
};

/* Zero it, set the arena and `wants`. */
struct folder {
	struct arena *arena;
	bool (*wants)(slice name);
	struct folder_file *files;
	size_t count;
};

/*
 * Adds the file, wanted or not, or all wanted files of the folder and those in it; hidden ones are passed over.
 * E_NOT_FOUND, E_IO, E_LIMIT, E_MEMORY.
 */
MUST_USE enum error folder_add(struct folder *folder, slice path, struct fault *why);
/* Is there a folder of this name? */
bool folder_is(slice path, struct arena *arena);
/* The folder that a file lies in: "a/b.c" gives "a", "b.c" gives ".". Borrowed from the path. */
slice folder_of(slice path);

#endif
