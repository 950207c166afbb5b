/* The open database, shared by the sqlite_*.c files and nobody else. */
#ifndef TIPSTAFF_STORE_SQLITE_INTERNAL_H
#define TIPSTAFF_STORE_SQLITE_INTERNAL_H

#include "store/sqlite_registry.h"

#include <sqlite3.h>
#include <sys/stat.h>

struct sqlite_registry {
	sqlite3 *db;
	struct fault fault; /* code E_OK while all is well */
	uint64_t applied;
	uint64_t revision;
	char *path;
	dev_t device; /* of the file that was opened */
	ino_t inode;
};

/* Passes SQLite's last error on in our words; a failed write makes the store faulty. */
MUST_USE enum error sqlite_fail(struct sqlite_registry *store, const char *what, struct fault *why);
/* One statement without rows. */
MUST_USE enum error sqlite_run(struct sqlite_registry *store, const char *sql, struct fault *why);
MUST_USE enum error sqlite_prepare(struct sqlite_registry *store, sqlite3_stmt **ret_statement, const char *sql,
				   struct fault *why);
/* Runs a prepared statement that gives no row, and finalizes it in any case. */
MUST_USE enum error sqlite_finish(struct sqlite_registry *store, sqlite3_stmt *statement, struct fault *why);
/* Begins, and ends by committing or, where `code` is an error, rolling back; returns the first error. */
MUST_USE enum error sqlite_begin(struct sqlite_registry *store, struct fault *why);
MUST_USE enum error sqlite_end(struct sqlite_registry *store, enum error code, struct fault *why);
/* How far the log is applied, and the registry's revision then. */
MUST_USE enum error sqlite_set_progress(struct sqlite_registry *store, uint64_t applied, uint64_t revision,
					struct fault *why);
/* What a change leaves in the history of policies and suites; nothing for other kinds. */
MUST_USE enum error sqlite_keep_policy(struct sqlite_registry *store, const struct change *change, struct fault *why);
extern const char sqlite_policy_schema[];
/* Columns and parameters as slices; NULL is the empty slice. A column is valid until the next step. */
slice sqlite_column(sqlite3_stmt *statement, int column);
void sqlite_bind(sqlite3_stmt *statement, int parameter, slice text);

#endif
