#include "store/sqlite_registry.h"

#include "store/sqlite_internal.h"

static enum error code_of(int result)
{
	switch (result & 0xff) {
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
	case SQLITE_FORMAT:
	case SQLITE_SCHEMA:
		return E_CORRUPT;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return E_CONFLICT;
	case SQLITE_NOMEM:
		return E_MEMORY;
	default:
		return E_IO;
	}
}

enum error sqlite_fail(struct sqlite_registry *store, const char *what, struct fault *why)
{
	enum error code = code_of(sqlite3_errcode(store->db));
	struct fault fault;
	enum error told = code == E_CONFLICT
				  ? FAIL(&fault, code, "the registry's database is in use by another process")
				  : FAIL(&fault, code, "the registry's database: %s: %s", what, sqlite3_errmsg(store->db));
	if (store->fault.code == E_OK)
		store->fault = fault;
	if (why)
		*why = fault;
	return told;
}

enum error sqlite_run(struct sqlite_registry *store, const char *sql, struct fault *why)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ? E_OK : sqlite_fail(store, "cannot be set up", why);
}

enum error sqlite_prepare(struct sqlite_registry *store, sqlite3_stmt **ret_statement, const char *sql,
			  struct fault *why)
{
	*ret_statement = NULL;
	if (sqlite3_prepare_v2(store->db, sql, -1, ret_statement, NULL) != SQLITE_OK)
		return sqlite_fail(store, "cannot prepare a statement", why);
	return E_OK;
}

enum error sqlite_finish(struct sqlite_registry *store, sqlite3_stmt *statement, struct fault *why)
{
	int result = sqlite3_step(statement);
	enum error code = result == SQLITE_DONE ? E_OK : sqlite_fail(store, "cannot write", why);
	sqlite3_finalize(statement);
	return code;
}

enum error sqlite_begin(struct sqlite_registry *store, struct fault *why)
{
	TRY(sqlite_registry_health(store, why));
	return sqlite_run(store, "BEGIN IMMEDIATE", why);
}

enum error sqlite_end(struct sqlite_registry *store, enum error code, struct fault *why)
{
	if (code == E_OK)
		code = sqlite_run(store, "COMMIT", why);
	if (code != E_OK)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return code;
}

slice sqlite_column(sqlite3_stmt *statement, int column)
{
	const void *text = sqlite3_column_blob(statement, column);
	int bytes = sqlite3_column_bytes(statement, column);
	return text && bytes > 0 ? slice_from(text, (size_t)bytes) : (slice){NULL, 0};
}

void sqlite_bind(sqlite3_stmt *statement, int parameter, slice text)
{
	/* The static form: every text outlives its statement. A failure shows when the statement runs. */
	sqlite3_bind_text64(statement, parameter, text.ptr ? text.ptr : "", text.len, SQLITE_STATIC, SQLITE_UTF8);
}

enum error sqlite_registry_health(const struct sqlite_registry *store, struct fault *why)
{
	struct stat now;
	if (store->fault.code != E_OK) {
		if (why)
			*why = store->fault;
		return store->fault.code;
	}
	/* A removed or replaced file still takes writes, which nobody would ever see again. */
	if (stat(store->path, &now) != 0 || now.st_dev != store->device || now.st_ino != store->inode)
		return FAIL(why, E_IO, "the registry's database file was removed or replaced");
	return E_OK;
}

uint64_t sqlite_registry_applied(const struct sqlite_registry *store)
{
	return store->applied;
}

static enum error apply_one(struct sqlite_registry *store, const struct change *change, struct fault *why)
{
	sqlite3_stmt *statement;
	bool put = change->op == CHANGE_PUT;
	TRY(sqlite_prepare(store, &statement,
			   put ? "INSERT INTO objects(kind,id,revision,json) VALUES(?1,?2,?3,?4) ON CONFLICT(kind,id)"
				 " DO UPDATE SET revision=excluded.revision,json=excluded.json"
			       : "DELETE FROM objects WHERE kind=?1 AND id=?2",
			   why));
	sqlite_bind(statement, 1, kind_row(change->kind)->name);
	sqlite_bind(statement, 2, change->id);
	if (put) {
		sqlite3_bind_int64(statement, 3, (int64_t)change->revision);
		sqlite_bind(statement, 4, change->object);
	}
	TRY(sqlite_finish(store, statement, why));
	return sqlite_keep_policy(store, change, why);
}

static enum error keep_reply(struct sqlite_registry *store, const struct kept_reply *reply, int64_t now_ms,
			     struct fault *why)
{
	sqlite3_stmt *statement;
	TRY(sqlite_prepare(store, &statement, "DELETE FROM idempotency WHERE expires_ms<=?", why));
	sqlite3_bind_int64(statement, 1, now_ms);
	TRY(sqlite_finish(store, statement, why));
	TRY(sqlite_prepare(store, &statement,
			   "INSERT OR REPLACE INTO idempotency(key,body_sha256,status,reply,expires_ms) VALUES(?,?,?,?,?)",
			   why));
	sqlite_bind(statement, 1, reply->key);
	sqlite_bind(statement, 2, reply->body_sha256);
	sqlite3_bind_int(statement, 3, reply->status);
	sqlite_bind(statement, 4, reply->body);
	sqlite3_bind_int64(statement, 5, now_ms + IDEMPOTENCY_TTL_MS);
	return sqlite_finish(store, statement, why);
}

static enum error apply_all(struct sqlite_registry *store, const struct change *changes, size_t count,
			    const struct kept_reply *reply, int64_t now_ms, uint64_t applied, uint64_t revision,
			    struct fault *why)
{
	for (size_t i = 0; i < count; i++)
		TRY(apply_one(store, &changes[i], why));
	if (reply)
		TRY(keep_reply(store, reply, now_ms, why));
	return sqlite_set_progress(store, applied, revision, why);
}

enum error sqlite_registry_apply(struct sqlite_registry *store, const struct change *changes, size_t count,
				 uint64_t applied, const struct kept_reply *reply, int64_t now_ms, struct fault *why)
{
	uint64_t revision = count ? changes[count - 1].revision : store->revision;
	TRY(sqlite_begin(store, why));
	enum error code = apply_all(store, changes, count, reply, now_ms, applied, revision, why);
	TRY(sqlite_end(store, code, why));
	store->applied = applied;
	store->revision = revision;
	return E_OK;
}

enum error sqlite_registry_replay_begin(struct sqlite_registry *store, struct fault *why)
{
	return sqlite_begin(store, why);
}

enum error sqlite_registry_replay(struct sqlite_registry *store, const struct change *change, uint64_t index,
				  struct fault *why)
{
	if (index < store->applied)
		return E_OK;
	TRY(apply_one(store, change, why));
	if (change->revision > store->revision)
		store->revision = change->revision;
	return E_OK;
}

enum error sqlite_registry_replay_end(struct sqlite_registry *store, uint64_t applied, struct fault *why)
{
	if (applied < store->applied)
		applied = store->applied;
	TRY(sqlite_end(store, sqlite_set_progress(store, applied, store->revision, why), why));
	store->applied = applied;
	return E_OK;
}

static enum error load_row(sqlite3_stmt *statement, struct registry *registry, struct fault *why)
{
	struct change change = {
		.op = CHANGE_PUT,
		.kind = kind_of_name(sqlite_column(statement, 0)),
		.id = sqlite_column(statement, 1),
		.revision = (uint64_t)sqlite3_column_int64(statement, 2),
		.object = sqlite_column(statement, 3),
	};
	enum error code = registry_apply(registry, &change, why);
	if (code == E_SYNTAX || code == E_INVALID)
		return FAIL(why, E_CORRUPT, "the registry's database holds a damaged object `%.*s`",
			    SLICE_ARG(change.id));
	return code;
}

enum error sqlite_registry_load(struct sqlite_registry *store, struct registry *registry, struct fault *why)
{
	sqlite3_stmt *statement;
	enum error code = E_OK;
	int result = SQLITE_DONE;
	TRY(sqlite_prepare(store, &statement, "SELECT kind,id,revision,json FROM objects", why));
	while (code == E_OK && (result = sqlite3_step(statement)) == SQLITE_ROW)
		code = load_row(statement, registry, why);
	if (code == E_OK && result != SQLITE_DONE)
		code = sqlite_fail(store, "cannot read the objects", why);
	sqlite3_finalize(statement);
	if (code == E_OK)
		registry_advance(registry, store->revision);
	return code;
}

static enum error copy_reply(sqlite3_stmt *statement, struct arena *arena, struct kept_reply *reply, struct fault *why)
{
	reply->body_sha256 = arena_copy(arena, sqlite_column(statement, 0));
	reply->status = sqlite3_column_int(statement, 1);
	reply->body = arena_copy(arena, sqlite_column(statement, 2));
	if (!reply->body_sha256.ptr || !reply->body.ptr)
		return FAIL(why, E_MEMORY, "no memory for a kept reply");
	return E_OK;
}

enum error sqlite_registry_kept_reply(struct sqlite_registry *store, slice key, int64_t now_ms, struct arena *arena,
				      struct kept_reply *ret_reply, bool *ret_found, struct fault *why)
{
	sqlite3_stmt *statement;
	*ret_found = false;
	*ret_reply = (struct kept_reply){.key = key};
	TRY(sqlite_prepare(store, &statement,
			   "SELECT body_sha256,status,reply FROM idempotency WHERE key=? AND expires_ms>?", why));
	sqlite_bind(statement, 1, key);
	sqlite3_bind_int64(statement, 2, now_ms);
	int result = sqlite3_step(statement);
	enum error code = E_OK;
	if (result == SQLITE_ROW) {
		code = copy_reply(statement, arena, ret_reply, why);
		*ret_found = code == E_OK;
	} else if (result != SQLITE_DONE) {
		code = sqlite_fail(store, "cannot read", why);
	}
	sqlite3_finalize(statement);
	return code;
}
