#include "api/search.h"

#include "unit/decision/world.h"

#define READERS                                                                                                        \
	"\"text\":\"permit (principal is user, action == Action::\\\"read\\\", resource is record) when {"               \
	" resource.open || principal in group::\\\"staff\\\" };"                                                         \
	" forbid (principal == user::\\\"mallory\\\", action, resource);"                                               \
	" permit (principal == user::\\\"root\\\", action in [Action::\\\"read\\\", Action::\\\"write\\\"], resource);\""
#define ENTITIES                                                                                                       \
	"\"text\":\"[{\\\"uid\\\":{\\\"type\\\":\\\"user\\\",\\\"id\\\":\\\"zoe\\\"},\\\"attrs\\\":{},"                  \
	"\\\"parents\\\":[{\\\"type\\\":\\\"group\\\",\\\"id\\\":\\\"staff\\\"}]},"                                      \
	"{\\\"uid\\\":{\\\"type\\\":\\\"user\\\",\\\"id\\\":\\\"bea\\\"},\\\"attrs\\\":{},\\\"parents\\\":[]},"          \
	"{\\\"uid\\\":{\\\"type\\\":\\\"record\\\",\\\"id\\\":\\\"r2\\\"},\\\"attrs\\\":{\\\"open\\\":false},\\\"parents\\\":[]},"  \
	"{\\\"uid\\\":{\\\"type\\\":\\\"record\\\",\\\"id\\\":\\\"r1\\\"},\\\"attrs\\\":{\\\"open\\\":true},\\\"parents\\\":[]}]\""

static struct world world;
static struct search_setting setting;
static struct search_results results;
static struct fault why;

static void begin(void)
{
	world_make(&world);
	world_put(&world, "policy", "p", READERS);
	world_put(&world, "entities", "e", ENTITIES);
	setting = (struct search_setting){.evaluate = {.snapshot = world.snapshot, .asker = {.kind = ASKER_OPERATOR},
						       .evidence_ready = true, .without_facts = true, .now_ms = NOW_MS}};
}

static enum error run(enum authzen_search_kind kind, const char *body, const struct authzen_page *page)
{
	struct authzen_search *search = ARENA_NEW(&world.arena, struct authzen_search);
	const struct authzen_page first = {.limit = 100, .total = AUTHZEN_TOTAL_UNKNOWN, .is_first = true};
	setting.evaluate.snapshot = world.snapshot;
	CHECK_OK(authzen_search_read(search, kind, slice_of(body), &world.arena, &why), why);
	return search_run(&setting, search, page ? page : &first, &world.arena, &results, &why);
}

static void check_found(enum authzen_search_kind kind, const char *body, const char *expected)
{
	struct buffer found;
	CHECK_OK(run(kind, body, NULL), why);
	buffer_init(&found, 4096);
	for (size_t i = 0; i < results.count; i++)
		buffer_print(&found, "%s%.*s", i ? " " : "", SLICE_ARG(results.ids[i]));
	CHECK_SLICE(buffer_slice(&found), slice_of(expected));
	CHECK(!results.has_more && results.total == results.count);
	buffer_free(&found);
}

#define USERS "{\"subject\":{\"type\":\"user\"},\"action\":{\"name\":\"%s\"},\"resource\":{\"type\":\"record\",\"id\":\"%s\"}}"

static void check_users(const char *action, const char *record, const char *expected)
{
	char body[256];
	snprintf(body, sizeof(body), USERS, action, record);
	check_found(AUTHZEN_SEARCH_SUBJECT, body, expected);
}

TEST(what_is_known_by_name_and_permitted_is_found)
{
	begin();
	check_users("read", "r1", "bea root zoe");
	check_users("read", "r2", "root zoe");
	check_users("write", "r1", "root");
	check_users("delete", "r1", "");
	check_found(AUTHZEN_SEARCH_RESOURCE, "{\"subject\":{\"type\":\"user\",\"id\":\"bea\"},\"action\":{\"name\":\"read\"},"
					     "\"resource\":{\"type\":\"record\"}}", "r1");
	check_found(AUTHZEN_SEARCH_ACTION, "{\"subject\":{\"type\":\"user\",\"id\":\"root\"},"
					   "\"resource\":{\"type\":\"record\",\"id\":\"r9\"}}", "read write");
	check_found(AUTHZEN_SEARCH_ACTION, "{\"subject\":{\"type\":\"user\",\"id\":\"mallory\"},"
					   "\"resource\":{\"type\":\"record\",\"id\":\"r1\"}}", "");
	world_free(&world);
}

TEST(an_unknown_type_is_nobody_and_those_of_tipstaff_are_not_told)
{
	begin();
	check_found(AUTHZEN_SEARCH_SUBJECT, "{\"subject\":{\"type\":\"spaceship\"},\"action\":{\"name\":\"read\"},"
					    "\"resource\":{\"type\":\"record\",\"id\":\"r1\"}}", "");
	check_found(AUTHZEN_SEARCH_SUBJECT, "{\"subject\":{\"type\":\"no name\"},\"action\":{\"name\":\"read\"},"
					    "\"resource\":{\"type\":\"record\",\"id\":\"r1\"}}", "");
	check_found(AUTHZEN_SEARCH_RESOURCE, "{\"subject\":{\"type\":\"user\",\"id\":\"root\"},\"action\":{\"name\":\"read\"},"
					     "\"resource\":{\"type\":\"Tipstaff::Tool\"}}", "");
	world_free(&world);
}

TEST(agents_and_tools_come_from_the_registry)
{
	begin();
	check_found(AUTHZEN_SEARCH_SUBJECT, "{\"subject\":{\"type\":\"agent\"},\"action\":{\"name\":\"call\"},"
					    "\"resource\":{\"type\":\"tool\",\"id\":\"fs.read_file\"},\"context\":{\"purpose\":"
					    "\"invoices\",\"input\":{\"path\":\"/data/a\"}}}", "bot");
	check_found(AUTHZEN_SEARCH_SUBJECT, "{\"subject\":{\"type\":\"agent\"},\"action\":{\"name\":\"call\"},"
					    "\"resource\":{\"type\":\"tool\",\"id\":\"fs.read_file\"},\"context\":{\"purpose\":"
					    "\"invoices\",\"input\":{\"path\":\"/etc/a\"}}}", "");
	check_found(AUTHZEN_SEARCH_RESOURCE, "{\"subject\":{\"type\":\"agent\",\"id\":\"bot\"},\"action\":{\"name\":\"call\"},"
					     "\"resource\":{\"type\":\"tool\"},\"context\":{\"input\":{\"path\":\"/data/a\"}}}",
		    "fs.read_file");
	check_found(AUTHZEN_SEARCH_ACTION, "{\"subject\":{\"type\":\"agent\",\"id\":\"bot\"},"
					   "\"resource\":{\"type\":\"file\",\"id\":\"/data/b\"}}", "fs.read_file");
	world_free(&world);
}

TEST(pages_follow_each_other_without_loss_or_repetition)
{
	begin();
	const char *body = "{\"subject\":{\"type\":\"user\"},\"action\":{\"name\":\"read\"},"
			   "\"resource\":{\"type\":\"record\",\"id\":\"r1\"}}";
	struct authzen_page page = {.limit = 1, .total = AUTHZEN_TOTAL_UNKNOWN, .is_first = true};
	static const char *const expected[] = {"bea", "root", "zoe"};
	for (size_t i = 0; i < 3; i++) {
		CHECK_OK(run(AUTHZEN_SEARCH_SUBJECT, body, &page), why);
		CHECK_INT(results.count, 1);
		CHECK_SLICE(results.ids[0], slice_of(expected[i]));
		CHECK(results.total == 3 && results.has_more == (i < 2));
		page = results.next;
	}
	/* What goes away in between is not told again. */
	page = (struct authzen_page){.limit = 1, .total = 3, .after = SLICE("bea")};
	world_put(&world, "entities", "e", "\"text\":\"[]\"");
	CHECK_OK(run(AUTHZEN_SEARCH_SUBJECT, body, &page), why);
	CHECK_SLICE(results.ids[0], SLICE("root"));
	CHECK(!results.has_more);
	/* Nothing is wanted: only how many there are. */
	page = (struct authzen_page){.limit = 0, .total = AUTHZEN_TOTAL_UNKNOWN, .is_first = true};
	CHECK_OK(run(AUTHZEN_SEARCH_SUBJECT, body, &page), why);
	CHECK(results.count == 0 && results.total == 1 && results.has_more && results.next.is_first);
	world_free(&world);
}

static bool at_once(void *context)
{
	++*(unsigned *)context;
	return true;
}

TEST(a_page_that_takes_too_long_is_cut_and_the_next_goes_on)
{
	struct buffer text;
	unsigned asked = 0;
	begin();
	buffer_init(&text, 1 << 20);
	buffer_add_text(&text, "\"text\":\"[");
	for (unsigned i = 0; i < 100; i++)
		buffer_print(&text, "%s{\\\"uid\\\":{\\\"type\\\":\\\"record\\\",\\\"id\\\":\\\"n%02u\\\"},\\\"attrs\\\":{},"
				    "\\\"parents\\\":[]}", i ? "," : "", i);
	buffer_add(&text, (slice){"]\"", 3});
	world_put(&world, "entities", "e", text.ptr);
	buffer_free(&text);
	setting.is_enough = at_once;
	setting.context = &asked;
	const char *body = "{\"subject\":{\"type\":\"user\",\"id\":\"root\"},\"action\":{\"name\":\"read\"},"
			   "\"resource\":{\"type\":\"record\"}}";
	struct authzen_page page = {.limit = 1000, .total = AUTHZEN_TOTAL_UNKNOWN, .is_first = true};
	size_t found = 0, pages = 0;
	do {
		CHECK_OK(run(AUTHZEN_SEARCH_RESOURCE, body, &page), why);
		CHECK(results.decided <= SEARCH_DECISIONS_STEP && results.total == AUTHZEN_TOTAL_UNKNOWN);
		found += results.count;
		page = results.next;
		pages++;
	} while (results.has_more && pages < 10);
	CHECK_INT(found, 100);
	CHECK_INT(pages, 4);
	CHECK(asked > 0);
	world_free(&world);
}

TEST(not_everybody_may_search)
{
	begin();
	const char *users = "{\"subject\":{\"type\":\"user\"},\"action\":{\"name\":\"read\"},\"resource\":{\"type\":\"record\",\"id\":\"r1\"}}";
	const char *tools = "{\"subject\":{\"type\":\"agent\",\"id\":\"bot\"},\"action\":{\"name\":\"call\"},\"resource\":{\"type\":\"tool\"}}";
	const char *others = "{\"subject\":{\"type\":\"agent\",\"id\":\"other\"},\"action\":{\"name\":\"call\"},\"resource\":{\"type\":\"tool\"}}";
	struct pep_row pep = {.active = true};
	setting.evaluate.asker = (struct asker){.kind = ASKER_NOBODY};
	CHECK_ERROR(run(AUTHZEN_SEARCH_SUBJECT, users, NULL), E_FORBIDDEN);
	setting.evaluate.asker = (struct asker){.kind = ASKER_PEP, .pep = &pep};
	CHECK_ERROR(run(AUTHZEN_SEARCH_SUBJECT, users, NULL), E_FORBIDDEN);
	pep.may_search = true;
	CHECK_OK(run(AUTHZEN_SEARCH_SUBJECT, users, NULL), why);
	CHECK_INT(results.count, 3);
	CHECK_ERROR(run(AUTHZEN_SEARCH_RESOURCE, tools, NULL), E_FORBIDDEN);
	setting.evaluate.asker = (struct asker){.kind = ASKER_AGENT, .caller = &world.caller};
	CHECK_ERROR(run(AUTHZEN_SEARCH_SUBJECT, users, NULL), E_FORBIDDEN);
	CHECK_ERROR(run(AUTHZEN_SEARCH_RESOURCE, others, NULL), E_FORBIDDEN);
	CHECK_OK(run(AUTHZEN_SEARCH_RESOURCE, tools, NULL), why);
	world_free(&world);
}
