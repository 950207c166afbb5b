#include "store/sqlite_registry.h"

#include "database.h"
#include "text/json.h"

static struct database database;
static struct sqlite_registry *store;
static struct arena arena;
static struct buffer out;
static struct fault why;

static void make_agents(unsigned count)
{
	arena_init(&arena, 64u << 20);
	buffer_init(&out, 1u << 20);
	database_make(&database);
	CHECK_OK(sqlite_registry_open(database.file, SLICE("l"), &store, &why), why);
	for (unsigned i = 0; i < count; i++) {
		slice id = arena_print(&arena, "agent-%03u", i);
		slice object = arena_print(&arena, "{\"id\":\"%.*s\",\"owner\":\"%s\",\"environment\":\"e%u\",\"state\":\"%s\"}",
					   SLICE_ARG(id), i % 2 ? "odd" : "even", i % 5, i % 3 ? "approved" : "registered");
		struct change change = {.op = CHANGE_PUT, .kind = KIND_AGENT, .id = id, .revision = i + 1, .object = object};
		CHECK_OK(sqlite_registry_apply(store, &change, 1, i + 1, NULL, 0, &why), why);
	}
}

static void end(void)
{
	sqlite_registry_close(store);
	buffer_free(&out);
	arena_free(&arena);
	database_remove(&database);
}

/* The number of items; the token of the next page in `*ret_token`. */
static unsigned list(struct list_query *query, slice *ret_token, slice *ret_first)
{
	struct json_doc doc;
	buffer_clear(&out);
	CHECK_OK(sqlite_registry_list(store, query, &arena, &out, &why), why);
	CHECK_OK(json_parse(&doc, arena_copy(&arena, buffer_slice(&out)), NULL, &arena, &why), why);
	const struct json_node *items = json_get(&doc, json_root(&doc), SLICE("items"));
	CHECK(json_string(json_get(&doc, json_root(&doc), SLICE("next_page_token")), ret_token));
	if (ret_first && json_first(items))
		CHECK(json_string(json_get(&doc, json_first(items), SLICE("id")), ret_first));
	return items->count;
}

TEST(pages_follow_each_other_without_gap_or_double)
{
	make_agents(25);
	struct list_query query = {.kind = KIND_AGENT, .limit = 10};
	slice token, first;
	CHECK_INT(list(&query, &token, &first), 10);
	CHECK_SLICE(first, SLICE("agent-000"));
	query.page_token = token;
	CHECK_INT(list(&query, &token, &first), 10);
	CHECK_SLICE(first, SLICE("agent-010"));
	query.page_token = token;
	CHECK_INT(list(&query, &token, &first), 5);
	CHECK_SLICE(first, SLICE("agent-020"));
	CHECK_SLICE(token, SLICE(""));
	query = (struct list_query){.kind = KIND_TASK};
	CHECK_INT(list(&query, &token, NULL), 0);
	end();
}

TEST(filters_are_joined_with_and)
{
	make_agents(30);
	slice token;
	struct list_query query = {.kind = KIND_AGENT, .filters = {{SLICE_INIT("owner"), SLICE_INIT("odd")}}, .filter_count = 1};
	CHECK_INT(list(&query, &token, NULL), 15);
	query.filters[1] = (struct list_filter){SLICE("state"), SLICE("registered")};
	query.filter_count = 2;
	CHECK_INT(list(&query, &token, NULL), 5);
	query.filters[2] = (struct list_filter){SLICE("environment"), SLICE("e0")};
	query.filter_count = 3;
	CHECK_INT(list(&query, &token, NULL), 1);
	query.filters[0].value = SLICE("' OR 1=1 --");
	CHECK_INT(list(&query, &token, NULL), 0);
	end();
}

TEST(what_cannot_be_asked_is_named)
{
	make_agents(1);
	struct list_query query = {.kind = KIND_AGENT, .filters = {{SLICE_INIT("jwks"), SLICE_INIT("x")}}, .filter_count = 1};
	CHECK_ERROR(sqlite_registry_list(store, &query, &arena, &out, &why), E_INVALID);
	CHECK_SLICE(slice_of(why.field), SLICE("jwks"));
	query.filters[0] = (struct list_filter){SLICE("id') OR 1=1 --"), SLICE("x")};
	CHECK_ERROR(sqlite_registry_list(store, &query, &arena, &out, &why), E_INVALID);
	query.filters[0] = (struct list_filter){SLICE("state"), SLICE("asleep")};
	CHECK_ERROR(sqlite_registry_list(store, &query, &arena, &out, &why), E_INVALID);
	query = (struct list_query){.kind = KIND_AGENT, .page_token = SLICE("%%")};
	CHECK_ERROR(sqlite_registry_list(store, &query, &arena, &out, &why), E_INVALID);
	CHECK_SLICE(slice_of(why.field), SLICE("page_token"));
	query = (struct list_query){.kind = KIND_AGENT, .limit = LIST_LIMIT_MAX + 1};
	CHECK_ERROR(sqlite_registry_list(store, &query, &arena, &out, &why), E_INVALID);
	CHECK_SLICE(slice_of(why.field), SLICE("limit"));
	CHECK_OK(sqlite_registry_health(store, &why), why);
	end();
}

TEST(a_page_ends_before_the_answer_gets_too_long)
{
	static char text[40000];
	make_agents(0);
	for (size_t i = 0; i < sizeof(text); i++)
		text[i] = 'x';
	for (unsigned i = 0; i < 20; i++) {
		slice id = arena_print(&arena, "p%02u", i);
		slice object = arena_print(&arena, "{\"id\":\"%.*s\",\"text\":\"%.*s\"}", SLICE_ARG(id), (int)sizeof(text), text);
		struct change change = {.op = CHANGE_PUT, .kind = KIND_POLICY, .id = id, .revision = i + 1, .object = object};
		CHECK_OK(sqlite_registry_apply(store, &change, 1, i + 1, NULL, 0, &why), why);
	}
	struct list_query query = {.kind = KIND_POLICY};
	slice token;
	unsigned first = list(&query, &token, NULL);
	CHECK(first > 5 && first < 20 && token.len);
	CHECK(out.len < 500u * 1024u);
	query.page_token = token;
	CHECK_INT(first + list(&query, &token, NULL), 20);
	end();
}
