/* Those who knocked without being registered (IDN-5). */
#include "store/sqlite_internal.h"

#include "text/json_writer.h"
#include "text/time.h"

static enum error count_sighting(struct sqlite_registry *store, const struct caller_sighting *sighting,
				 uint64_t *ret_attempts, struct fault *why)
{
	sqlite3_stmt *statement;
	TRY(sqlite_prepare(store, &statement,
			   "INSERT INTO callers(client_id,thumbprint,address,jwk,first_seen_ms,last_seen_ms,attempts)"
			   " VALUES(?1,?2,?3,?4,?5,?5,1) ON CONFLICT(client_id,thumbprint) DO UPDATE SET"
			   " attempts=attempts+1,last_seen_ms=?5,address=?3 RETURNING attempts",
			   why));
	sqlite_bind(statement, 1, sighting->client_id);
	sqlite_bind(statement, 2, sighting->thumbprint);
	sqlite_bind(statement, 3, sighting->address);
	sqlite_bind(statement, 4, sighting->jwk);
	sqlite3_bind_int64(statement, 5, sighting->time_ms);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		*ret_attempts = (uint64_t)sqlite3_column_int64(statement, 0);
		return sqlite_finish(store, statement, why);
	}
	enum error code = sqlite_fail(store, "cannot count a caller", why);
	sqlite3_finalize(statement);
	return code;
}

static enum error forget_oldest(struct sqlite_registry *store, struct fault *why)
{
	sqlite3_stmt *statement;
	TRY(sqlite_prepare(store, &statement,
			   "DELETE FROM callers WHERE (client_id,thumbprint) IN (SELECT client_id,thumbprint FROM callers"
			   " ORDER BY last_seen_ms DESC LIMIT -1 OFFSET ?)",
			   why));
	sqlite3_bind_int64(statement, 1, CALLERS_MAX);
	return sqlite_finish(store, statement, why);
}

enum error sqlite_registry_saw_caller(struct sqlite_registry *store, const struct caller_sighting *sighting,
				      uint64_t *ret_attempts, struct fault *why)
{
	*ret_attempts = 0;
	TRY(sqlite_begin(store, why));
	enum error code = count_sighting(store, sighting, ret_attempts, why);
	if (code == E_OK && *ret_attempts == 1)
		code = forget_oldest(store, why);
	return sqlite_end(store, code, why);
}

static void put_time(struct json_writer *writer, const char *name, int64_t time_ms)
{
	struct time_text text = time_format_ms(time_ms);
	json_put_string(writer, name, time_slice(&text));
}

static void write_caller(struct json_writer *writer, sqlite3_stmt *statement)
{
	json_begin_object(writer);
	json_put_string(writer, "client_id", sqlite_column(statement, 0));
	json_put_string(writer, "thumbprint", sqlite_column(statement, 1));
	json_put_string(writer, "address", sqlite_column(statement, 2));
	slice jwk = sqlite_column(statement, 3);
	if (jwk.len) {
		json_write_key(writer, SLICE("jwk"));
		json_write_raw(writer, jwk);
	}
	put_time(writer, "first_seen", sqlite3_column_int64(statement, 4));
	put_time(writer, "last_seen", sqlite3_column_int64(statement, 5));
	json_put_i64(writer, "attempts", sqlite3_column_int64(statement, 6));
	json_end_object(writer);
}

enum error sqlite_registry_callers(struct sqlite_registry *store, struct buffer *out, struct fault *why)
{
	sqlite3_stmt *statement;
	struct json_writer writer;
	TRY(sqlite_prepare(store, &statement,
			   "SELECT client_id,thumbprint,address,jwk,first_seen_ms,last_seen_ms,attempts FROM callers"
			   " ORDER BY last_seen_ms DESC,client_id LIMIT 500",
			   why));
	json_writer_init(&writer, out, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_array(&writer, "items");
	int result;
	while ((result = sqlite3_step(statement)) == SQLITE_ROW)
		write_caller(&writer, statement);
	json_end_array(&writer);
	json_end_object(&writer);
	enum error code = result == SQLITE_DONE ? json_writer_end(&writer, why) : sqlite_fail(store, "cannot read", why);
	sqlite3_finalize(statement);
	return code;
}

enum error sqlite_registry_forget_caller(struct sqlite_registry *store, slice client_id, struct fault *why)
{
	sqlite3_stmt *statement;
	TRY(sqlite_prepare(store, &statement, "DELETE FROM callers WHERE client_id=?", why));
	sqlite_bind(statement, 1, client_id);
	return sqlite_finish(store, statement, why);
}
