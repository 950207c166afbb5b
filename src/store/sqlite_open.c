/* The database as a file: made, checked, brought to the schema of now, opened and closed. */
#include "store/sqlite_internal.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char schema[] =
	"CREATE TABLE meta(name TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE objects("
	" kind TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, json TEXT NOT NULL,"
	" state TEXT AS (json_extract(json,'$.state')),"
	" owner TEXT AS (json_extract(json,'$.owner')),"
	" agent TEXT AS (json_extract(json,'$.agent')),"
	" server TEXT AS (json_extract(json,'$.server')),"
	" purpose TEXT AS (coalesce(json_extract(json,'$.purpose'),json_extract(json,'$.purpose_id'))),"
	" UNIQUE(kind,id));"
	"CREATE INDEX objects_state ON objects(kind,state,id);"
	"CREATE INDEX objects_owner ON objects(kind,owner,id) WHERE owner IS NOT NULL;"
	"CREATE INDEX objects_agent ON objects(kind,agent,id) WHERE agent IS NOT NULL;"
	"CREATE INDEX objects_server ON objects(kind,server,id) WHERE server IS NOT NULL;"
	"CREATE INDEX objects_purpose ON objects(kind,purpose,id) WHERE purpose IS NOT NULL;"
	"CREATE TABLE idempotency(key TEXT PRIMARY KEY, body_sha256 TEXT NOT NULL, status INTEGER NOT NULL,"
	" reply TEXT NOT NULL, expires_ms INTEGER NOT NULL) WITHOUT ROWID;"
	"CREATE INDEX idempotency_expires ON idempotency(expires_ms);"
	"CREATE TABLE callers(client_id TEXT NOT NULL, thumbprint TEXT NOT NULL, address TEXT NOT NULL,"
	" jwk TEXT NOT NULL, first_seen_ms INTEGER NOT NULL, last_seen_ms INTEGER NOT NULL,"
	" attempts INTEGER NOT NULL, PRIMARY KEY(client_id,thumbprint)) WITHOUT ROWID;"
	"CREATE INDEX callers_seen ON callers(last_seen_ms);";

static enum error set_meta(struct sqlite_registry *store, const char *name, int64_t number, slice text,
			   struct fault *why)
{
	sqlite3_stmt *statement;
	TRY(sqlite_prepare(store, &statement, "INSERT OR REPLACE INTO meta(name,value) VALUES(?,?)", why));
	sqlite_bind(statement, 1, slice_of(name));
	if (text.ptr)
		sqlite_bind(statement, 2, text);
	else
		sqlite3_bind_int64(statement, 2, number);
	return sqlite_finish(store, statement, why);
}

enum error sqlite_set_progress(struct sqlite_registry *store, uint64_t applied, uint64_t revision, struct fault *why)
{
	TRY(set_meta(store, "applied_index", (int64_t)applied, (slice){NULL, 0}, why));
	return set_meta(store, "revision", (int64_t)revision, (slice){NULL, 0}, why);
}

static enum error make_schema(struct sqlite_registry *store, slice log_id, struct fault *why)
{
	if (sqlite3_exec(store->db, schema, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_exec(store->db, sqlite_policy_schema, NULL, NULL, NULL) != SQLITE_OK)
		return sqlite_fail(store, "cannot be made", why);
	TRY(set_meta(store, "schema", SQLITE_REGISTRY_SCHEMA, (slice){NULL, 0}, why));
	TRY(set_meta(store, "log_id", 0, log_id.ptr ? log_id : SLICE(""), why));
	return sqlite_set_progress(store, 0, 0, why);
}

/* From schema 1: history begins with what there is. */
static enum error upgrade(struct sqlite_registry *store, struct fault *why)
{
	TRY(sqlite_run(store, "BEGIN IMMEDIATE", why));
	enum error code = sqlite_run(store, sqlite_policy_schema, why);
	if (code == E_OK)
		code = set_meta(store, "schema", SQLITE_REGISTRY_SCHEMA, (slice){NULL, 0}, why);
	return sqlite_end(store, code, why);
}

static enum error check_meta(struct sqlite_registry *store, slice log_id, struct fault *why)
{
	sqlite3_stmt *statement;
	int64_t version = 0;
	bool log_matches = false;
	TRY(sqlite_prepare(store, &statement, "SELECT name,value FROM meta", why));
	int result;
	while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
		slice name = sqlite_column(statement, 0);
		if (slice_equal(name, SLICE("schema")))
			version = sqlite3_column_int64(statement, 1);
		else if (slice_equal(name, SLICE("log_id")))
			log_matches = slice_equal(sqlite_column(statement, 1), log_id);
		else if (slice_equal(name, SLICE("applied_index")))
			store->applied = (uint64_t)sqlite3_column_int64(statement, 1);
		else if (slice_equal(name, SLICE("revision")))
			store->revision = (uint64_t)sqlite3_column_int64(statement, 1);
	}
	enum error code = result == SQLITE_DONE ? E_OK : sqlite_fail(store, "cannot read", why);
	sqlite3_finalize(statement);
	TRY(code);
	if (version > SQLITE_REGISTRY_SCHEMA)
		return FAIL(why, E_UNSUPPORTED, "the registry's database was made by a later version (schema %lld)",
			    (long long)version);
	if (version < 1)
		return FAIL(why, E_CORRUPT, "the registry's database does not say its version");
	if (!log_matches)
		return FAIL(why, E_CORRUPT, "the registry's database belongs to another log; move it away and it is made anew");
	return version < SQLITE_REGISTRY_SCHEMA ? upgrade(store, why) : E_OK;
}

static int first_row_text(void *context, int count, char **values, char **names)
{
	(void)names;
	snprintf(context, 64, "%s", count > 0 && values[0] ? values[0] : "");
	return 0;
}

static enum error check_whole(struct sqlite_registry *store, struct fault *why)
{
	char verdict[64] = "";
	if (sqlite3_exec(store->db, "PRAGMA quick_check(1)", first_row_text, verdict, NULL) != SQLITE_OK)
		return sqlite_fail(store, "cannot be checked", why);
	if (strcmp(verdict, "ok") != 0)
		return FAIL(why, E_CORRUPT, "the registry's database is damaged; move it away and it is made anew from the log");
	return E_OK;
}

static bool has_schema(struct sqlite_registry *store)
{
	char found[64] = "";
	sqlite3_exec(store->db, "SELECT name FROM sqlite_master WHERE name='meta'", first_row_text, found, NULL);
	return found[0] != '\0';
}

static enum error set_up(struct sqlite_registry *store, slice log_id, struct fault *why)
{
	sqlite3_extended_result_codes(store->db, 1);
	TRY(sqlite_run(store, "PRAGMA locking_mode=EXCLUSIVE", why));
	TRY(sqlite_run(store, "PRAGMA mmap_size=0", why));
	TRY(sqlite_run(store, "PRAGMA journal_mode=WAL", why));
	TRY(sqlite_run(store, "PRAGMA synchronous=NORMAL", why));
	/* Takes the lock now and keeps it. */
	TRY(sqlite_run(store, "BEGIN EXCLUSIVE", why));
	enum error code = has_schema(store) ? E_OK : make_schema(store, log_id, why);
	TRY(sqlite_end(store, code, why));
	TRY(check_whole(store, why));
	return check_meta(store, log_id, why);
}

static enum error no_file(const char *path, struct fault *why)
{
	return FAIL(why, E_IO, "cannot open the registry's database %s: %s", path, strerror(errno));
}

/* An existing file is not opened here: closing it again would drop the locks of whoever has it open. */
static enum error open_file(struct sqlite_registry *store, const char *path, struct fault *why)
{
	struct stat found;
	if (lstat(path, &found) != 0) {
		/* SQLite would make it readable by others. */
		int file = errno == ENOENT ? open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600) : -1;
		enum error code = file < 0 || fstat(file, &found) != 0 ? no_file(path, why) : E_OK;
		if (file >= 0)
			close(file);
		TRY(code);
	}
	if (!S_ISREG(found.st_mode))
		return FAIL(why, E_IO, "the registry's database %s is not a file", path);
	store->device = found.st_dev;
	store->inode = found.st_ino;
	store->path = memory_alloc(strlen(path) + 1);
	if (!store->path)
		return FAIL(why, E_MEMORY, "no memory for the database");
	memcpy(store->path, path, strlen(path) + 1);
	if (sqlite3_open_v2(path, &store->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK)
		return E_OK;
	return store->db ? sqlite_fail(store, "cannot be opened", why)
			 : FAIL(why, E_MEMORY, "no memory for the database");
}

enum error sqlite_registry_open(const char *path, slice log_id, struct sqlite_registry **ret_store, struct fault *why)
{
	*ret_store = NULL;
	struct sqlite_registry *store = memory_alloc(sizeof(*store));
	if (!store)
		return FAIL(why, E_MEMORY, "no memory for the database");
	enum error code = open_file(store, path, why);
	if (code == E_OK)
		code = set_up(store, log_id, why);
	if (code != E_OK)
		sqlite_registry_close(store);
	else
		*ret_store = store;
	return code;
}

void sqlite_registry_close(struct sqlite_registry *store)
{
	if (!store)
		return;
	sqlite3_close(store->db);
	memory_free(store->path);
	memory_free(store);
}
