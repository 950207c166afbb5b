#include "decision/snapshot.h"

#include "decision/grant.h"
#include "world.h"

static enum error apply(struct snapshot_builder *builder, const char *change)
{
	return snapshot_builder_apply(builder, slice_of(change), NULL);
}

TEST(what_is_no_change_is_refused)
{
	struct snapshot_builder *builder = snapshot_builder_new(&world_key);
	CHECK_ERROR(apply(builder, "{"), E_SYNTAX);
	CHECK_ERROR(apply(builder, "[]"), E_INVALID);
	CHECK_ERROR(apply(builder, "{\"op\":\"put\",\"kind\":\"agent\"}"), E_INVALID);
	CHECK_ERROR(apply(builder, "{\"op\":\"put\",\"kind\":\"agent\",\"id\":\"\",\"object\":{}}"), E_INVALID);
	CHECK_ERROR(apply(builder, "{\"op\":\"put\",\"kind\":\"agent\",\"id\":\"a\"}"), E_INVALID);
	CHECK_ERROR(apply(builder, "{\"op\":\"put\",\"kind\":\"agent\",\"id\":\"a\",\"object\":{\"id\":\"a\"}}"), E_INVALID);
	CHECK_ERROR(apply(builder, "{\"op\":\"move\",\"kind\":\"agent\",\"id\":\"a\",\"object\":{}}"), E_INVALID);
	CHECK_ERROR(apply(builder, "{\"op\":\"put\",\"kind\":\"agent\",\"id\":\"a\",\"revision\":-1,\"object\":{}}"), E_INVALID);
	/* A kind that no decision reads. */
	CHECK_ERROR(apply(builder, "{\"op\":\"put\",\"kind\":\"weather\",\"id\":\"a\",\"object\":{}}"), E_OK);
	CHECK_ERROR(apply(builder, "{\"op\":\"delete\",\"kind\":\"agent\",\"id\":\"never-was\"}"), E_OK);
	snapshot_builder_free(builder);
	snapshot_builder_free(NULL);
}

TEST(an_older_snapshot_stays_as_it_was)
{
	struct world world;
	world_make(&world);
	const struct snapshot *before = world.snapshot;
	const struct agent_row *agent = snapshot_agent(before, SLICE("bot"));
	world_put(&world, "agent", "bot", BOT_WITH("suspended"));
	world_delete(&world, "grant", "grant_1");
	world_delete(&world, "tool", "fs.read_file");
	CHECK(snapshot_agent(before, SLICE("bot")) == agent && agent->may_act);
	CHECK(snapshot_tool(before, SLICE("fs.read_file")) && snapshot_grant(before, SLICE("grant_1")));
	CHECK_INT(snapshot_authority(before, SLICE("bot"))->grant_count, 1);
	CHECK(!snapshot_agent(world.snapshot, SLICE("bot"))->may_act);
	CHECK(!snapshot_tool(world.snapshot, SLICE("fs.read_file")) && !snapshot_grant(world.snapshot, SLICE("grant_1")));
	CHECK_INT(snapshot_authority(world.snapshot, SLICE("bot"))->grant_count, 0);
	CHECK(world.snapshot->revision > before->revision);
	world_free(&world);
}

TEST(one_change_among_many_objects_makes_few_things_anew)
{
	struct world world;
	char id[32];
	world_make(&world);
	for (int i = 0; i < 2000; i++) {
		snprintf(id, sizeof(id), "purpose-%d", i);
		world_put(&world, "purpose", id, "\"state\":\"active\"");
	}
	uint64_t before = memory_count();
	world_put(&world, "purpose", "purpose-7", "\"state\":\"retired\"");
	CHECK(memory_count() - before < 30);
	CHECK(!snapshot_purpose(world.snapshot, SLICE("purpose-7"))->active);
	world_free(&world);
}

TEST(the_digest_of_the_policies_follows_their_texts_only)
{
	struct world world;
	unsigned char first[SNAPSHOT_DIGEST_BYTES];
	world_make(&world);
	world_put(&world, "policy", "b", "\"text\":\"permit (principal, action, resource);\"");
	world_put(&world, "policy", "a", "\"text\":\"forbid (principal, action, resource);\"");
	memcpy(first, world.snapshot->policy_digest, sizeof(first));
	world_put(&world, "purpose", "another", "\"state\":\"active\"");
	CHECK(memcmp(first, world.snapshot->policy_digest, sizeof(first)) == 0);
	world_put(&world, "policy", "a", "\"text\":\"forbid (principal, action, resource) ;\"");
	CHECK(memcmp(first, world.snapshot->policy_digest, sizeof(first)) != 0);
	world_put(&world, "policy", "a", "\"text\":\"forbid (principal, action, resource);\"");
	CHECK(memcmp(first, world.snapshot->policy_digest, sizeof(first)) == 0);
	world_delete(&world, "policy", "a");
	CHECK(memcmp(first, world.snapshot->policy_digest, sizeof(first)) != 0);
	CHECK(cedar_policyset_count(world.snapshot->policyset) == 1);
	world_free(&world);
}

TEST(a_key_that_is_taken_away_cuts_the_tokens_it_gave)
{
#define KEYS(keys) BOT_WITH("approved") ",\"jwks\":{\"keys\":[" keys "]}"
#define KEY_A "{\"crv\":\"P-256\",\"kid\":\"a\",\"kty\":\"EC\",\"x\":\"AA\",\"y\":\"AA\"}"
#define KEY_B "{\"crv\":\"P-256\",\"kid\":\"b\",\"kty\":\"EC\",\"x\":\"AB\",\"y\":\"AA\"}"
	struct world world;
	world_make(&world);
	world_put_at(&world, NOW_MS + 1, "agent", "bot", KEYS(KEY_A));
	world_put_at(&world, NOW_MS + 2, "agent", "bot", KEYS(KEY_A "," KEY_B));
	CHECK_INT(snapshot_agent(world.snapshot, SLICE("bot"))->cutoff_ms, 0);
	world_put_at(&world, NOW_MS + 3, "agent", "bot", KEYS(KEY_B));
	CHECK_INT(snapshot_agent(world.snapshot, SLICE("bot"))->cutoff_ms, NOW_MS + 3);
	world_put_at(&world, NOW_MS + 2, "agent", "bot", BOT_WITH("approved"));
	CHECK_INT(snapshot_agent(world.snapshot, SLICE("bot"))->cutoff_ms, NOW_MS + 3);
	world_free(&world);
}

TEST(what_the_registry_kept_of_a_cutoff_holds_after_a_restart)
{
	struct world world;
	world_make(&world);
	world_delete(&world, "agent", "bot");
	world_put(&world, "agent", "bot", BOT_WITH("approved") ",\"cutoff_at\":\"2026-11-18T11:06:40.500Z\"");
	CHECK_INT(snapshot_agent(world.snapshot, SLICE("bot"))->cutoff_ms, NOW_MS + 500);
	world_free(&world);
}

TEST(tools_are_told_in_the_order_of_their_ids)
{
	struct world world;
	const struct tool_row *const *tools;
	size_t count;
	struct fault why = {0};
	world_make(&world);
	world_put(&world, "server", "a", SERVER_URL "\"state\":\"active\"");
	world_put(&world, "tool", "a.x", "\"server\":\"a\",\"name\":\"x\",\"effect\":\"read\",\"state\":\"pinned\"");
	CHECK_OK(snapshot_tools(world.snapshot, SLICE(""), &world.arena, &tools, &count, &why), why);
	CHECK_INT(count, 3);
	CHECK_SLICE(tools[0]->row.id, SLICE("a.x"));
	CHECK_SLICE(tools[1]->row.id, SLICE("fs.list_roots"));
	CHECK_OK(snapshot_tools(world.snapshot, SLICE("a"), &world.arena, &tools, &count, &why), why);
	CHECK_INT(count, 1);
	struct arena none = {.bytes_max = 0};
	CHECK_ERROR(snapshot_tools(world.snapshot, SLICE(""), &none, &tools, &count, &why), E_MEMORY);
	world_free(&world);
}

TEST(an_empty_heap_is_told_and_nothing_leaks)
{
	static const char change[] =
		"{\"op\":\"put\",\"kind\":\"grant\",\"id\":\"g\",\"revision\":9,\"object\":{\"id\":\"g\",\"agent\":\"bot\","
		"\"tools\":[\"fs.*\"],\"purpose_id\":\"invoices\",\"state\":\"active\"}}";
	for (uint64_t nth = 1; nth < 200; nth++) {
		struct world world;
		struct fault why = {0};
		world_make(&world);
		memory_fail_at(nth);
		enum error code = snapshot_builder_apply(world.builder, slice_of(change), &why);
		if (code == E_OK)
			code = snapshot_publish(world.builder, &world.snapshot, &world.retired, &why);
		memory_fail_at(0);
		CHECK(code == E_OK || code == E_MEMORY);
		world_free(&world);
	}
}

TEST(a_grant_is_written_as_one_permit)
{
	const slice tools[] = {SLICE_INIT("fs.read\"x"), SLICE_INIT("web.*")};
	const slice targets[] = {SLICE_INIT("/data/*"), SLICE_INIT("/a\"b\\c")};
	struct grant_row grant = {.row = {.id = SLICE("g")}, .agent = SLICE("b\"ot"), .purpose = SLICE("p"), .tools = tools,
				  .tool_count = 2, .targets = targets, .target_count = 2, .expires_ms = 1000,
				  .active = true};
	const struct grant_row *const grants[] = {&grant};
	struct authority_row row = {.grants = grants, .grant_count = 1};
	struct fault why = {0};
	CHECK_OK(grant_compile(&world_key, &row, &why), why);
	CHECK_INT(cedar_policyset_count(row.policies), 1);
	CHECK_SLICE(cedar_policyset_info(row.policies, 0).id, SLICE("g"));
	CHECK(cedar_policyset_info(row.policies, 0).effect == CEDAR_PERMIT);
	cedar_policyset_free(row.policies);
	CHECK(grant_covers_tool(&grant, SLICE("web.get")) && !grant_covers_tool(&grant, SLICE("webx.get")));
	CHECK(!grant_covers_tool(&grant, SLICE("web.")) && !grant_covers_tool(&grant, SLICE("")));
	grant.active = false;
	row.policies = NULL;
	CHECK_OK(grant_compile(&world_key, &row, &why), why);
	CHECK(row.policies == NULL);
}
