#include "decision/report.h"

#include "text/base64.h"
#include "world.h"

static void record_of(struct world *world, const struct decision_input *input, struct decision *decision,
		      struct record *record, struct buffer *bytes)
{
	struct fault why = {0};
	decide(input, decision, &world->arena);
	CHECK_OK(decision_record(input, decision, &world->arena, record, &why), why);
	record->id = SLICE("d_01HZZZZZZZZZZZZZZZZZZZZZZZ");
	record->time_ns = 1;
	record->node = SLICE("n");
	buffer_init(bytes, RECORD_BYTES_MAX);
	CHECK_OK(record_encode(record, bytes, &why), why);
}

TEST(a_permit_is_recorded_with_every_field)
{
	struct world world;
	struct decision decision;
	struct record record, read;
	struct buffer bytes;
	struct fault why = {0};
	world_make(&world);
	world.caller.mode = CALLER_DELEGATED;
	world.caller.subject = SLICE("alice");
	world_put(&world, "task", "task_x",
		  "\"agent\":\"bot\",\"purpose\":\"invoices\",\"state\":\"open\",\"description\":\"close it\"");
	struct decision_input input = world_input(&world, "fs.read_file", READ_OK);
	input.session = SLICE("s1");
	record_of(&world, &input, &decision, &record, &bytes);
	CHECK_OK(record_decode(buffer_slice(&bytes), &read, &world.arena, &why), why);
	CHECK(read.decision == RECORD_PERMIT && read.enforcement == RECORD_ENFORCED && read.mode == RECORD_DELEGATED);
	CHECK_SLICE(read.reason, SLICE("permitted"));
	CHECK_SLICE(read.agent, SLICE("bot"));
	CHECK_SLICE(read.owner, SLICE("olga"));
	CHECK_SLICE(read.on_behalf_of, SLICE("alice"));
	CHECK_SLICE(read.purpose, SLICE("invoices"));
	CHECK_SLICE(read.task, SLICE("task_x"));
	CHECK_SLICE(read.task_title, SLICE("close it"));
	CHECK_SLICE(read.tool, SLICE("fs.read_file"));
	CHECK_SLICE(read.target, SLICE("/data/a.txt"));
	CHECK_SLICE(read.trigger, SLICE("tools/call"));
	CHECK_SLICE(read.effect_class, SLICE("read"));
	CHECK_SLICE(read.session, SLICE("s1"));
	CHECK_INT(read.determining_policies.count, 1);
	CHECK_SLICE(read.determining_policies.items[0], SLICE("grant_1  grant:1  fs.read_file on /data/* for invoices"));
	CHECK(read.facts.count > 0 && read.policy_set.len == 32 && read.arguments_sha256.len == 32);
	CHECK(read.tool_definition_sha256.len == 32 && read.registry_revision == world.snapshot->revision);
	CHECK_INT(read.chain.count, 1);
	buffer_free(&bytes);
	world_free(&world);
}

TEST(the_digest_of_arguments_does_not_depend_on_how_they_are_written)
{
	static const char *const same[] = {"{\"path\":\"/data/a\",\"n\":1}", " { \"n\" : 1 , \"path\" : \"\\/data\\/a\" } "};
	struct world world;
	struct decision decision;
	struct record record;
	struct buffer bytes;
	slice digests[2];
	world_make(&world);
	for (int i = 0; i < 2; i++) {
		struct decision_input input = world_input(&world, "fs.read_file", same[i]);
		record_of(&world, &input, &decision, &record, &bytes);
		digests[i] = record.arguments_sha256;
		buffer_free(&bytes);
	}
	CHECK_SLICE(digests[0], digests[1]);
	/* SHA-256 of {} */
	char hex[64];
	struct decision_input input = world_input(&world, "fs.list_roots", NULL);
	record_of(&world, &input, &decision, &record, &bytes);
	hex_write(hex, record.arguments_sha256);
	CHECK_SLICE(slice_from(hex, 64), SLICE("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"));
	buffer_free(&bytes);
	world_free(&world);
}

TEST(even_a_call_of_nobody_gives_a_whole_record)
{
	struct world world;
	struct decision decision;
	struct record record, read;
	struct buffer bytes;
	struct fault why = {0};
	world_make(&world);
	struct decision_input input = {.call = CALL_UNKNOWN};
	record_of(&world, &input, &decision, &record, &bytes);
	CHECK(record.decision == RECORD_DENY);
	CHECK_SLICE(record.reason, SLICE("not_ready"));
	CHECK_OK(record_decode(buffer_slice(&bytes), &read, &world.arena, &why), why);
	buffer_free(&bytes);
	input = world_input(&world, "fs.no_such", "{\"n\":1e999}");
	record_of(&world, &input, &decision, &record, &bytes);
	CHECK_OK(record_decode(buffer_slice(&bytes), &read, &world.arena, &why), why);
	CHECK_SLICE(read.reason, SLICE("tool.unknown"));
	CHECK_SLICE(read.missing, SLICE("the tool has to be registered"));
	buffer_free(&bytes);
	world_free(&world);
}

TEST(an_observed_denial_says_that_it_was_not_enforced)
{
	struct world world;
	struct decision decision;
	struct record record;
	struct buffer bytes;
	world_make(&world);
	world_put(&world, "agent", "bot", BOT_OBSERVED);
	struct decision_input input = world_input(&world, "fs.list_roots", "{}");
	record_of(&world, &input, &decision, &record, &bytes);
	CHECK(record.decision == RECORD_DENY && record.enforcement == RECORD_OBSERVED && decision.observed);
	buffer_free(&bytes);
	/* What stops even an observed agent was enforced. */
	input.tool = SLICE("fs.no_such");
	record_of(&world, &input, &decision, &record, &bytes);
	CHECK(record.enforcement == RECORD_ENFORCED);
	buffer_free(&bytes);
	world_free(&world);
}
