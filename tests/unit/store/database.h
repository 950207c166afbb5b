/* A place of its own for the database of a test. */
#ifndef TIPSTAFF_TESTS_STORE_DATABASE_H
#define TIPSTAFF_TESTS_STORE_DATABASE_H

#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct database {
	char path[128];
	char file[160]; /* the database in it */
};

static inline void database_make(struct database *database)
{
	const char *base = getenv("TMPDIR");
	snprintf(database->path, sizeof(database->path), "%s/tipstaff-test-XXXXXX", base ? base : "/tmp");
	CHECK(mkdtemp(database->path) != NULL);
	snprintf(database->file, sizeof(database->file), "%s/registry.db", database->path);
}

static inline void database_remove(const struct database *database)
{
	static const char *const ends[] = {"", "-wal", "-journal", "-shm"};
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char name[192];
		snprintf(name, sizeof(name), "%s%s", database->file, ends[i]);
		unlink(name);
	}
	rmdir(database->path);
}

#endif
