/* Lists of objects, page by page. */
#include "store/sqlite_internal.h"

#include "text/base64.h"
#include "text/json_writer.h"

#include <stdio.h>

/* A page ends early where its text gets longer: an answer has at most 500 KB. */
#define PAGE_BYTES_MAX (400u * 1024u)
#define ROW_BYTES_MAX (8u * 1024u * 1024u)
#define SQL_BYTES_MAX 1024u

/* Filters that have a column with an index; all others look into the JSON. */
static const char *const indexed[] = {"state", "owner", "agent", "server", "purpose"};

static void add_filter(struct buffer *sql, slice field)
{
	slice column = slice_equal(field, SLICE("purpose_id")) ? SLICE("purpose") : field;
	for (size_t i = 0; i < sizeof(indexed) / sizeof(indexed[0]); i++)
		if (slice_equal(column, slice_of(indexed[i]))) {
			buffer_print(sql, " AND %s=?", indexed[i]);
			return;
		}
	/* The name is one of our own table of fields. */
	buffer_print(sql, " AND json_extract(json,'$.%.*s')=?", SLICE_ARG(field));
}

static enum error check_filter(const struct kind_row *row, const struct list_filter *filter, struct fault *why)
{
	char name[64];
	snprintf(name, sizeof(name), "%.*s", SLICE_ARG(filter->field));
	const struct field *field = kind_field(row, filter->field, NULL);
	if (!field || !(field->flags & FIELD_FILTER))
		return FAIL_FIELD(why, E_INVALID, name, "%.*s cannot be filtered by `%s`", SLICE_ARG(row->plural), name);
	if (field->type == FIELD_CHOICE && !field_has_choice(field, filter->value))
		return FAIL_FIELD(why, E_INVALID, name, "%s must be one of: %s", name, field->choices);
	return E_OK;
}

static enum error read_token(slice token, struct arena *arena, slice *ret_after, struct fault *why)
{
	slice bytes;
	*ret_after = SLICE("");
	if (token.len == 0)
		return E_OK;
	if (token.len > 512 || base64url_read_arena(&bytes, token, arena, NULL) != E_OK ||
	    !slice_starts_with(bytes, SLICE("1:")))
		return FAIL_FIELD(why, E_INVALID, "page_token", "page_token is not one that was given out");
	*ret_after = slice_from_offset(bytes, 2);
	return E_OK;
}

static enum error prepare(struct sqlite_registry *store, const struct list_query *query, slice after, unsigned limit,
			  sqlite3_stmt **ret_statement, struct fault *why)
{
	struct buffer sql;
	buffer_init(&sql, SQL_BYTES_MAX);
	buffer_add_text(&sql, "SELECT id,json FROM objects WHERE kind=? AND id>?");
	for (size_t i = 0; i < query->filter_count; i++)
		add_filter(&sql, query->filters[i].field);
	buffer_add_text(&sql, " ORDER BY id LIMIT ?");
	buffer_add_byte(&sql, '\0');
	enum error code = buffer_check(&sql, why);
	if (code == E_OK)
		code = sqlite_prepare(store, ret_statement, sql.ptr, why);
	buffer_free(&sql);
	TRY(code);
	int place = 1;
	sqlite_bind(*ret_statement, place++, kind_row(query->kind)->name);
	sqlite_bind(*ret_statement, place++, after);
	for (size_t i = 0; i < query->filter_count; i++)
		sqlite_bind(*ret_statement, place++, query->filters[i].value);
	/* One more than asked for tells whether there is a next page. */
	sqlite3_bind_int64(*ret_statement, place, (int64_t)limit + 1);
	return E_OK;
}

struct page {
	enum kind kind;
	unsigned limit;
	unsigned count;
	struct arena row;   /* of one object */
	char last[256];     /* id of the last object written */
	size_t last_bytes;
	bool more;
	struct buffer *out;
};

static enum error write_row(struct page *page, sqlite3_stmt *statement, struct fault *why)
{
	slice id = sqlite_column(statement, 0);
	page->more = page->count == page->limit || (page->count && page->out->len > PAGE_BYTES_MAX);
	if (page->more)
		return E_OK;
	if (page->count++)
		buffer_add_byte(page->out, ',');
	page->last_bytes = (size_t)snprintf(page->last, sizeof(page->last), "1:%.*s", SLICE_ARG(id));
	arena_reset(&page->row);
	return object_show_stored(page->kind, sqlite_column(statement, 1), (slice){NULL, 0}, &page->row, page->out, why);
}

static enum error write_page(struct sqlite_registry *store, struct page *page, sqlite3_stmt *statement,
			     struct fault *why)
{
	int result = SQLITE_DONE;
	buffer_add_text(page->out, "{\"items\":[");
	while (!page->more && (result = sqlite3_step(statement)) == SQLITE_ROW)
		TRY(write_row(page, statement, why));
	if (!page->more && result != SQLITE_DONE)
		return sqlite_fail(store, "cannot read the objects", why);
	buffer_add_text(page->out, "],\"next_page_token\":\"");
	if (page->more)
		base64url_add(page->out, slice_from(page->last, page->last_bytes));
	buffer_add_text(page->out, "\"}");
	return buffer_check(page->out, why);
}

enum error sqlite_registry_list(struct sqlite_registry *store, const struct list_query *query, struct arena *arena,
				struct buffer *out, struct fault *why)
{
	slice after;
	sqlite3_stmt *statement;
	if (query->limit > LIST_LIMIT_MAX)
		return FAIL_FIELD(why, E_INVALID, "limit", "limit must be 1 to %u", LIST_LIMIT_MAX);
	for (size_t i = 0; i < query->filter_count; i++)
		TRY(check_filter(kind_row(query->kind), &query->filters[i], why));
	TRY(read_token(query->page_token, arena, &after, why));
	struct page page = {.kind = query->kind, .limit = query->limit ? query->limit : LIST_LIMIT_USUAL, .out = out};
	TRY(prepare(store, query, after, page.limit, &statement, why));
	arena_init(&page.row, ROW_BYTES_MAX);
	enum error code = write_page(store, &page, statement, why);
	arena_free(&page.row);
	sqlite3_finalize(statement);
	return code;
}
