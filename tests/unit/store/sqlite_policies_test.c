#include "store/sqlite_internal.h"

#include "database.h"

static struct database database;
static struct sqlite_registry *store;
static struct arena arena;
static struct fault why;

static void start(void)
{
	arena_init(&arena, 64u << 20);
	database_make(&database);
	CHECK_OK(sqlite_registry_open(database.file, SLICE("l"), &store, &why), why);
}

static void end(void)
{
	sqlite_registry_close(store);
	database_remove(&database);
	arena_free(&arena);
}

static void apply(enum kind kind, const char *id, uint64_t revision, const char *text)
{
	struct change change = {.op = text ? CHANGE_PUT : CHANGE_DELETE, .kind = kind, .id = slice_of(id), .revision = revision};
	if (text)
		change.object = arena_print(&arena, "{\"id\":\"%s\",\"text\":\"%s\"}", id, text);
	CHECK_OK(sqlite_registry_apply(store, &change, 1, revision, NULL, 0, &why), why);
}

struct seen {
	char text[256];
	size_t length;
	size_t stop_after;
};

static enum error see(void *visitor, enum kind kind, slice id, slice json, struct fault *fault)
{
	struct seen *seen = visitor;
	struct object object;
	CHECK_OK(object_parse(&object, kind_row(KIND_POLICY), json, OBJECT_STORED, &arena, &why), why);
	seen->length += (size_t)snprintf(seen->text + seen->length, sizeof(seen->text) - seen->length, "%s%.*s=%.*s ",
					 kind == KIND_SUITE ? "suite:" : "", SLICE_ARG(id),
					 SLICE_ARG(object_text(&object, SLICE("text"), &arena)));
	return seen->stop_after && --seen->stop_after == 0 ? FAIL(fault, E_LIMIT, "enough") : E_OK;
}

static const char *at(uint64_t revision)
{
	static struct seen seen;
	seen = (struct seen){.length = 0};
	CHECK_OK(sqlite_registry_policies_at(store, revision, see, &seen, &why), why);
	return seen.text;
}

static void history(void)
{
	apply(KIND_POLICY, "a", 1, "one");
	apply(KIND_PURPOSE, "p", 2, "x");
	apply(KIND_POLICY, "b", 3, "two");
	apply(KIND_POLICY, "a", 4, "three");
	apply(KIND_SUITE, "s", 5, "four");
	apply(KIND_POLICY, "b", 6, NULL);
	apply(KIND_POLICY, "b", 7, "five");
}

static void check_history(void)
{
	CHECK_SLICE(slice_of(at(0)), SLICE(""));
	CHECK_SLICE(slice_of(at(1)), SLICE("a=one "));
	CHECK_SLICE(slice_of(at(3)), SLICE("a=one b=two "));
	CHECK_SLICE(slice_of(at(4)), SLICE("a=three b=two "));
	CHECK_SLICE(slice_of(at(5)), SLICE("a=three b=two suite:s=four "));
	CHECK_SLICE(slice_of(at(6)), SLICE("a=three suite:s=four "));
	CHECK_SLICE(slice_of(at(100)), SLICE("a=three b=five suite:s=four "));
}

TEST(policies_are_known_as_they_were_at_each_revision_also_after_opening_again)
{
	start();
	history();
	check_history();
	sqlite_registry_close(store);
	CHECK_OK(sqlite_registry_open(database.file, SLICE("l"), &store, &why), why);
	check_history();
	end();
}

TEST(a_visitor_that_has_enough_is_not_asked_again)
{
	struct seen seen = {.stop_after = 1};
	start();
	history();
	CHECK_INT(sqlite_registry_policies_at(store, 4, see, &seen, &why), E_LIMIT);
	CHECK_SLICE(slice_of(seen.text), SLICE("a=three "));
	end();
}

TEST(a_database_of_the_first_schema_gets_the_history_of_what_it_has)
{
	start();
	history();
	CHECK_OK(sqlite_run(store, "DROP TABLE policy_history; UPDATE meta SET value=1 WHERE name='schema'", &why), why);
	sqlite_registry_close(store);
	CHECK_OK(sqlite_registry_open(database.file, SLICE("l"), &store, &why), why);
	CHECK_SLICE(slice_of(at(100)), SLICE("a=three b=five suite:s=four "));
	CHECK_SLICE(slice_of(at(4)), SLICE("a=three "));
	apply(KIND_POLICY, "a", 8, "six");
	CHECK_SLICE(slice_of(at(8)), SLICE("a=six b=five suite:s=four "));
	end();
}

TEST(pages_go_on_where_the_one_before_ended_and_other_tokens_are_refused)
{
	static char text[40000];
	struct buffer out;
	size_t items = 0, pages = 0;
	slice token = SLICE("");
	memset(text, 'x', sizeof(text) - 1);
	start();
	for (unsigned i = 0; i < 20; i++)
		apply(i % 2 ? KIND_SUITE : KIND_POLICY, arena_print(&arena, "p%02u", i).ptr, i + 1, text);
	do {
		struct json_doc doc;
		buffer_init(&out, 500u * 1024u);
		buffer_add_text(&out, "{");
		CHECK_OK(sqlite_registry_policy_page(store, 20, token, &arena, &out, &why), why);
		buffer_add_text(&out, "}");
		slice page = arena_copy(&arena, buffer_slice(&out));
		buffer_free(&out);
		CHECK_OK(json_parse(&doc, page, NULL, &arena, &why), why);
		items += json_get(&doc, json_root(&doc), SLICE("items"))->count;
		CHECK(json_string(json_get(&doc, json_root(&doc), SLICE("next_page_token")), &token));
		pages++;
	} while (token.len);
	CHECK_INT(items, 20);
	CHECK(pages > 1);
	buffer_init(&out, 4096);
	CHECK_INT(sqlite_registry_policy_page(store, 20, SLICE("nonsense"), &arena, &out, &why), E_INVALID);
	CHECK_SLICE(slice_of(why.field), SLICE("page_token"));
	buffer_free(&out);
	end();
}
