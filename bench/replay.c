/*
 * What it costs to decide recorded decisions again under another policy set: from records in memory, from their bytes as
 * they lie in the log, and from JSON as it is exported. Bar of the first two: 2 M records a second on one core, which is
 * 500 ns each.
 * usage: replay [--quick]
 */
#include "bench.h"

#include "base/memory.h"
#include "decision/replay.h"
#include "text/json_writer.h"
#include "text/time.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW_MS   INT64_C(1795000000000)
#define AGENTS   50u
#define TOOLS    20u
#define RECORDS  20000u
#define ROUNDS   50u
#define BAR_NS   500.0

static const struct hash_key key = {17, 18};

struct bench {
	struct snapshot_builder *builder;
	const struct snapshot *snapshot;
	struct retire_list retired;
	struct arena boot;
	struct arena scratch;
	uint64_t revision;
	struct record *records;
	slice *bytes;
	slice *texts; /* as JSON */
	struct json_doc doc;
	struct record read; /* from bytes or text */
	struct fault why;   /* of reading */
	size_t known;
	size_t unknown;
	size_t flips;
};

static void need(enum error code, const struct fault *why)
{
	if (code == E_OK)
		return;
	fprintf(stderr, "replay: %s\n", fault_sentence(why));
	exit(1);
}

static void put(struct bench *bench, const char *kind, slice id, slice members)
{
	struct time_text time = time_format_ms(NOW_MS - 1000);
	struct fault why = {0};
	slice change = arena_print(&bench->boot,
				   "{\"op\":\"put\",\"kind\":\"%s\",\"id\":\"%.*s\",\"revision\":%llu,\"time\":\"%.24s\","
				   "\"object\":{\"id\":\"%.*s\",\"kind\":\"%s\"%.*s}}",
				   kind, SLICE_ARG(id), (unsigned long long)++bench->revision, time.bytes, SLICE_ARG(id), kind,
				   SLICE_ARG(members));
	need(snapshot_builder_apply(bench->builder, change, &why), &why);
}

static void make_registry(struct bench *bench)
{
	struct fault why = {0};
	bench->builder = snapshot_builder_new(&key);
	put(bench, "server", SLICE("fs"), SLICE(",\"url\":\"http://127.0.0.1:1/mcp\",\"protocol_version\":\"auto\",\"state\":\"active\""));
	for (unsigned i = 0; i < AGENTS; i++)
		put(bench, "agent", arena_print(&bench->boot, "bot%u", i),
		    SLICE(",\"owner\":\"olga\",\"purpose\":\"p\",\"class\":\"agentic\",\"environment\":\"dev\",\"model\":\"m\",\"team\":\"finance\",\"state\":\"approved\","
			  "\"enforcement\":\"enforce\""));
	for (unsigned i = 0; i < TOOLS; i++)
		put(bench, "tool", arena_print(&bench->boot, "fs.tool%u", i),
		    arena_print(&bench->boot, ",\"server\":\"fs\",\"name\":\"tool%u\",\"effect\":\"read\",\"state\":\"pinned\","
					      "\"target\":{\"argument\":\"path\",\"type\":\"path\"}", i));
	need(snapshot_publish(bench->builder, &bench->snapshot, &bench->retired, &why), &why);
}

static struct record make_record(struct bench *bench, unsigned number)
{
	struct arena *arena = &bench->boot;
	static const char digest[RECORD_DIGEST_BYTES] = "0123456789abcdef0123456789abcde";
	slice target = arena_print(arena, "/data/%u/file%u.txt", number % 97, number);
	slice *lists = ARENA_ARRAY(arena, 4, slice);
	lists[0] = arena_print(arena, "bot%u", number % AGENTS);
	lists[1] = arena_print(arena, "grant_%u  grant:1", number % 7);
	lists[2] = arena_print(arena, "context.input.path = \"%.*s\"", SLICE_ARG(target));
	lists[3] = arena_print(arena, "context.purpose = \"purpose%u\"", number % 5);
	return (struct record){
		.kind = RECORD_DECISION, .id = arena_print(arena, "d_01J%021u", number), .time_ns = NOW_MS * 1000000ull, .node = SLICE("n"),
		.decision = number % 3 ? RECORD_PERMIT : RECORD_DENY, .enforcement = RECORD_ENFORCED,
		.reason = number % 3 ? SLICE("permitted") : SLICE("no_matching_permit"), .agent = lists[0], .owner = SLICE("olga"),
		.chain = {lists, 1}, .purpose = arena_print(arena, "purpose%u", number % 5), .trigger = SLICE("tools/call"),
		.server = SLICE("fs"), .tool = arena_print(arena, "fs.tool%u", number % TOOLS),
		.action = arena_print(arena, "fs.tool%u", number % TOOLS), .target = target, .effect_class = SLICE("read"),
		.arguments_sha256 = slice_from(digest, sizeof(digest)), .policy_set = slice_from(digest, sizeof(digest)),
		.determining_policies = {lists + 1, number % 3 ? 1 : 0}, .facts = {lists + 2, 2},
		.registry_revision = bench->revision, .trust = 100};
}

static void make_records(struct bench *bench)
{
	struct fault why = {0};
	bench->records = ARENA_ARRAY(&bench->boot, RECORDS, struct record);
	bench->bytes = ARENA_ARRAY(&bench->boot, RECORDS, slice);
	for (unsigned i = 0; i < RECORDS; i++) {
		struct buffer out;
		bench->records[i] = make_record(bench, i);
		buffer_init(&out, RECORD_BYTES_MAX);
		need(record_encode(&bench->records[i], &out, &why), &why);
		bench->bytes[i] = arena_copy(&bench->boot, buffer_slice(&out));
		buffer_free(&out);
	}
}

/* Behind the others, so that these lie as close together as they do in a log. */
static void make_texts(struct bench *bench)
{
	struct fault why = {0};
	bench->texts = ARENA_ARRAY(&bench->boot, RECORDS, slice);
	for (unsigned i = 0; i < RECORDS; i++) {
		struct buffer out;
		struct json_writer writer;
		buffer_init(&out, 16 * RECORD_BYTES_MAX);
		json_writer_init(&writer, &out, JSON_COMPACT);
		record_to_json(&bench->records[i], &writer);
		need(json_writer_end(&writer, &why), &why);
		bench->texts[i] = arena_copy(&bench->boot, buffer_slice(&out));
		buffer_free(&out);
	}
}

static void count(struct bench *bench, const struct record *record, struct replay_result result)
{
	*(result.verdict == REPLAY_UNKNOWN ? &bench->unknown : &bench->known) += 1;
	bench->flips += replay_flips(record, &result);
}

enum source { IN_MEMORY, AS_BYTES, AS_JSON, SOURCES };
static const char *const source_names[SOURCES] = {"records in memory", "from the log's bytes", "from JSON"};

/* The record, read from where it is; what is read lives in the scratch arena. */
static const struct record *record_from(struct bench *bench, enum source source, unsigned number)
{
	struct arena *arena = &bench->scratch;
	if (source == IN_MEMORY)
		return &bench->records[number];
	arena_reset(arena);
	if (source == AS_BYTES) {
		need(record_decode(bench->bytes[number], &bench->read, arena, &bench->why), &bench->why);
		return &bench->read;
	}
	need(json_parse(&bench->doc, bench->texts[number], NULL, arena, &bench->why), &bench->why);
	need(record_of_json(json_root(&bench->doc), arena, &bench->read, &bench->why), &bench->why);
	return &bench->read;
}

/* With a fresh replay each round, which knows no answer; or with one that has seen the requests before. */
static double run(struct bench *bench, const struct replay_settings *settings, enum source source, bool fresh, unsigned rounds)
{
	struct replay *replay = NULL;
	struct fault why = {0};
	double best = 0;
	for (unsigned round = 0; round < rounds; round++) {
		if (fresh || !replay) {
			replay_free(replay);
			need(replay_make(&replay, settings, &why), &why);
		}
		uint64_t before = bench_cpu_ns();
		bench->known = bench->unknown = bench->flips = 0;
		for (unsigned i = 0; i < RECORDS; i++) {
			const struct record *record = record_from(bench, source, i);
			count(bench, record, replay_decide(replay, record));
		}
		double used = (double)(bench_cpu_ns() - before) / RECORDS;
		if (best == 0 || used < best)
			best = used;
	}
	replay_free(replay);
	return best;
}

static void measure(struct bench *bench, const char *name, const char *candidate, unsigned rounds)
{
	struct fault why = {0};
	struct cedar_policyset *set;
	char title[128];
	const struct cedar_source source = {.name = SLICE("candidate"), .text = slice_of(candidate)};
	need(cedar_policyset_parse(&key, &source, 1, &set, NULL, &why), &why);
	const struct replay_settings settings = {bench->snapshot, set, 0};
	for (enum source source_of = IN_MEMORY; source_of < SOURCES; source_of++)
		for (int fresh = 0; fresh < 2; fresh++) {
			double used = run(bench, &settings, source_of, fresh, rounds);
			snprintf(title, sizeof(title), "replay %s, %s, %s", name, source_names[source_of],
				 fresh ? "first pass" : "second pass");
			if (source_of == AS_JSON)
				bench_print(title, used, "ns", 0);
			else
				bench_print_bar(title, used, "ns", 0, BAR_NS);
		}
	fprintf(stderr, "%s: %zu known, %zu unknown, %zu flips\n", name, bench->known, bench->unknown, bench->flips);
	cedar_policyset_free(set);
}

int main(int argument_count, char **arguments)
{
	unsigned rounds = bench_is_quick(argument_count, arguments) ? 3 : ROUNDS;
	struct bench bench = {.revision = 0};
	struct buffer many;
	arena_init(&bench.boot, 1u << 30);
	arena_init(&bench.scratch, 1u << 20);
	make_registry(&bench);
	make_records(&bench);
	make_texts(&bench);
	measure(&bench, "purpose", "forbid (principal, action, resource) when { context.purpose == \"purpose3\" };", rounds);
	measure(&bench, "arguments that were read",
		"forbid (principal, action, resource) when { context.input.path like \"/data/3/*\" };", rounds);
	measure(&bench, "arguments that were not",
		"forbid (principal, action, resource) when { context.purpose == \"purpose3\" && context.input.size > 9 };", rounds);
	buffer_init(&many, 1u << 22);
	for (unsigned i = 0; i < 1000; i++)
		buffer_print(&many, "permit (principal == Tipstaff::Agent::\"bot%u\", action == Tipstaff::Action::\"fs.tool%u\", resource)\n"
				    "when { context.purpose == \"purpose%u\" && resource.id like \"/data/%u/*\" };\n",
			     i % AGENTS, i / AGENTS, i % 5, i % 97);
	buffer_add_byte(&many, '\0');
	measure(&bench, "1000 policies", many.ptr, rounds);
	buffer_free(&many);
	retire_release(&bench.retired);
	snapshot_builder_free(bench.builder);
	arena_free(&bench.scratch);
	arena_free(&bench.boot);
	return 0;
}
