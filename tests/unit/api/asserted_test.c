#include "api/asserted.h"

#include "unit/decision/world.h"

#define ENTITIES                                                                                                       \
	"\"text\":\"[{\\\"uid\\\":{\\\"type\\\":\\\"user\\\",\\\"id\\\":\\\"bea\\\"},\\\"attrs\\\":{\\\"role\\\":\\\"clerk\\\","  \
	"\\\"level\\\":3},\\\"parents\\\":[{\\\"type\\\":\\\"group\\\",\\\"id\\\":\\\"staff\\\"}]}]\""

static struct world world;
static struct fault why;
static struct cedar_entities *layer;
static struct asserted_left_out left_out;
static struct cedar_uid bea, report;

static void begin(void)
{
	world_make(&world);
	world_put(&world, "entities", "e", ENTITIES);
	bea = cedar_uid_make(&world_key, SLICE("user"), SLICE("bea"));
	report = cedar_uid_make(&world_key, SLICE("record"), SLICE("r"));
}

static void make(const struct asker *asker, const struct cedar_uid *on, const char *subject, const char *resource)
{
	char text[512];
	struct json_doc *doc = ARENA_NEW(&world.arena, struct json_doc);
	snprintf(text, sizeof(text), "{\"s\":%s,\"r\":%s}", subject, resource);
	CHECK_OK(json_parse(doc, arena_copy(&world.arena, slice_of(text)), NULL, &world.arena, &why), why);
	const struct asserted_entity about = {"subject", &bea, json_get(doc, json_root(doc), SLICE("s"))};
	const struct asserted_entity over = {"resource", on, json_get(doc, json_root(doc), SLICE("r"))};
	CHECK_OK(asserted_layer(world.snapshot, asker, doc, &about, &over, &world.arena, &layer, &left_out, &why), why);
}

static void check_attributes(const struct cedar_uid *uid, const char *expected)
{
	struct cedar_entity_info info;
	struct buffer text;
	CHECK(layer && cedar_entities_find(layer, uid, &info));
	buffer_init(&text, 4096);
	cedar_value_write(&text, info.attributes);
	CHECK_SLICE(buffer_slice(&text), slice_of(expected));
	buffer_free(&text);
}

TEST(what_may_not_be_asserted_is_left_out_and_told)
{
	begin();
	const struct pep_row pep = {.active = true};
	const struct asker asker = {.kind = ASKER_PEP, .pep = &pep};
	make(&asker, &report, "{\"role\":\"admin\"}", "{\"status\":\"open\"}");
	CHECK(!layer && left_out.count == 2);
	CHECK_SLICE(left_out.names[0], SLICE("subject.role"));
	CHECK_SLICE(left_out.names[1], SLICE("resource.status"));
	const struct asker nobody = {.kind = ASKER_NOBODY};
	make(&nobody, &report, "{\"role\":\"admin\"}", "{}");
	CHECK(!layer && left_out.count == 1);
	const struct asker operator= {.kind = ASKER_OPERATOR};
	make(&operator, &report, "{\"role\":\"admin\"}", "{\"status\":\"open\"}");
	CHECK(left_out.count == 1);
	check_attributes(&report, "{\"status\": \"open\"}");
	world_free(&world);
}

TEST(what_is_believed_lies_over_what_is_stored)
{
	begin();
	const slice asserts[] = {SLICE("subject.role"), SLICE("resource.*")};
	const struct pep_row pep = {.active = true, .asserts = asserts, .assert_count = 2};
	const struct asker asker = {.kind = ASKER_PEP, .pep = &pep};
	struct cedar_entity_info info;
	make(&asker, &report, "{\"role\":\"admin\",\"level\":9}", "{\"status\":\"open\"}");
	CHECK_INT(left_out.count, 1);
	CHECK_SLICE(left_out.names[0], SLICE("subject.level"));
	check_attributes(&bea, "{\"level\": 3, \"role\": \"admin\"}");
	check_attributes(&report, "{\"status\": \"open\"}");
	CHECK(cedar_entities_find(layer, &bea, &info));
	CHECK_INT(info.parent_count, 1);
	CHECK_SLICE(info.parents[0]->id, SLICE("staff"));
	make(&asker, &report, "{}", "{}");
	CHECK(!layer && left_out.count == 0);
	world_free(&world);
}

TEST(one_entity_on_both_sides_is_one)
{
	begin();
	const struct asker operator= {.kind = ASKER_OPERATOR, .asserts_subject = true};
	make(&operator, &bea, "{\"role\":\"admin\",\"level\":1}", "{\"role\":\"owner\"}");
	check_attributes(&bea, "{\"level\": 1, \"role\": \"owner\"}");
	CHECK_INT(cedar_entities_count(layer), 1);
	make(&operator, &bea, "{}", "{\"x\":true}");
	check_attributes(&bea, "{\"level\": 3, \"role\": \"clerk\", \"x\": true}");
	world_free(&world);
}
