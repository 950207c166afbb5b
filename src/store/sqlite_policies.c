/* The history of policies and suites: what was in force at each revision, so that a digest leads to its texts. */
#include "store/sqlite_internal.h"

#include "text/base64.h"

#include <stdio.h>

/* A page ends where its text gets longer: an answer has at most 500 KB. */
#define PAGE_BYTES_MAX (300u * 1024u)
#define ROW_BYTES_MAX (8u * 1024u * 1024u)

/* Holds as well for a database that has objects already. `until` is the revision that ended it. */
const char sqlite_policy_schema[] =
	"CREATE TABLE policy_history(kind TEXT NOT NULL, id TEXT NOT NULL, revision INTEGER NOT NULL, until INTEGER,"
	" json TEXT NOT NULL, PRIMARY KEY(kind,id,revision)) WITHOUT ROWID;"
	"INSERT INTO policy_history(kind,id,revision,json) SELECT kind,id,revision,json FROM objects"
	" WHERE kind IN ('policy','suite');";

#define AS_IT_WAS "FROM policy_history WHERE revision<=?1 AND (until IS NULL OR until>?1)"

enum error sqlite_keep_policy(struct sqlite_registry *store, const struct change *change, struct fault *why)
{
	sqlite3_stmt *statement;
	if (change->kind != KIND_POLICY && change->kind != KIND_SUITE)
		return E_OK;
	TRY(sqlite_prepare(store, &statement,
			   "UPDATE policy_history SET until=?3 WHERE kind=?1 AND id=?2 AND until IS NULL AND revision<?3", why));
	sqlite_bind(statement, 1, kind_row(change->kind)->name);
	sqlite_bind(statement, 2, change->id);
	sqlite3_bind_int64(statement, 3, (int64_t)change->revision);
	TRY(sqlite_finish(store, statement, why));
	if (change->op != CHANGE_PUT)
		return E_OK;
	TRY(sqlite_prepare(store, &statement,
			   "INSERT OR REPLACE INTO policy_history(kind,id,revision,json) VALUES(?1,?2,?3,?4)", why));
	sqlite_bind(statement, 1, kind_row(change->kind)->name);
	sqlite_bind(statement, 2, change->id);
	sqlite3_bind_int64(statement, 3, (int64_t)change->revision);
	sqlite_bind(statement, 4, change->object);
	return sqlite_finish(store, statement, why);
}

enum error sqlite_registry_policies_at(struct sqlite_registry *store, uint64_t revision, plan_visit *visit,
				       void *visitor, struct fault *why)
{
	sqlite3_stmt *statement;
	enum error code = E_OK;
	int result = SQLITE_DONE;
	TRY(sqlite_prepare(store, &statement, "SELECT kind,id,json " AS_IT_WAS " ORDER BY kind,id", why));
	sqlite3_bind_int64(statement, 1, (int64_t)revision);
	while (code == E_OK && (result = sqlite3_step(statement)) == SQLITE_ROW)
		code = visit(visitor, kind_of_name(sqlite_column(statement, 0)), sqlite_column(statement, 1),
			     sqlite_column(statement, 2), why);
	if (code == E_OK && result != SQLITE_DONE)
		code = sqlite_fail(store, "cannot read former policies", why);
	sqlite3_finalize(statement);
	return code;
}

/* "1:policy:ID" of the last object of the page before. */
static enum error read_token(slice token, struct arena *arena, slice *ret_kind, slice *ret_id, struct fault *why)
{
	slice bytes;
	*ret_kind = *ret_id = SLICE("");
	if (token.len == 0)
		return E_OK;
	if (token.len > 512 || base64url_read_arena(&bytes, token, arena, NULL) != E_OK ||
	    !slice_starts_with(bytes, SLICE("1:")))
		return FAIL_FIELD(why, E_INVALID, "page_token", "page_token is not one that was given out");
	slice rest = slice_from_offset(bytes, 2);
	*ret_kind = slice_cut(&rest, ':');
	*ret_id = rest;
	return E_OK;
}

struct page {
	struct arena row;
	struct buffer last;
	bool more;
	struct buffer *out;
};

static enum error write_row(struct page *page, sqlite3_stmt *statement, struct fault *why)
{
	slice kind = sqlite_column(statement, 0), id = sqlite_column(statement, 1);
	page->more = page->last.len && page->out->len > PAGE_BYTES_MAX;
	if (page->more)
		return E_OK;
	if (page->last.len)
		buffer_add_byte(page->out, ',');
	buffer_clear(&page->last);
	buffer_print(&page->last, "1:%.*s:%.*s", SLICE_ARG(kind), SLICE_ARG(id));
	arena_reset(&page->row);
	return object_show_stored(kind_of_name(kind), sqlite_column(statement, 2), (slice){NULL, 0}, &page->row, page->out,
				  why);
}

static enum error write_page(struct sqlite_registry *store, struct page *page, sqlite3_stmt *statement,
			     struct fault *why)
{
	int result = SQLITE_DONE;
	buffer_add_text(page->out, "\"items\":[");
	while (!page->more && (result = sqlite3_step(statement)) == SQLITE_ROW)
		TRY(write_row(page, statement, why));
	if (!page->more && result != SQLITE_DONE)
		return sqlite_fail(store, "cannot read former policies", why);
	buffer_add_text(page->out, "],\"next_page_token\":\"");
	if (page->more)
		base64url_add(page->out, buffer_slice(&page->last));
	buffer_add_text(page->out, "\"");
	return buffer_check(page->out, why);
}

enum error sqlite_registry_policy_page(struct sqlite_registry *store, uint64_t revision, slice page_token,
				       struct arena *arena, struct buffer *out, struct fault *why)
{
	sqlite3_stmt *statement;
	slice kind, id;
	TRY(read_token(page_token, arena, &kind, &id, why));
	TRY(sqlite_prepare(store, &statement,
			   "SELECT kind,id,json " AS_IT_WAS " AND (kind,id)>(?2,?3) ORDER BY kind,id", why));
	sqlite3_bind_int64(statement, 1, (int64_t)revision);
	sqlite_bind(statement, 2, kind);
	sqlite_bind(statement, 3, id);
	struct page page = {.out = out};
	arena_init(&page.row, ROW_BYTES_MAX);
	buffer_init(&page.last, 512);
	enum error code = write_page(store, &page, statement, why);
	buffer_free(&page.last);
	arena_free(&page.row);
	sqlite3_finalize(statement);
	return code;
}
