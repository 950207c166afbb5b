/*
 * What a decision costs inside the process: Cedar alone over 10,000 policies, the decision about a tool call with
 * everything that `tipstaff why` shows, its record, and whether a tool is listed; and what of it comes from the heap.
 * usage: decide [--quick] [--only TEXT]   --only measures what has TEXT in its name, for perf
 */
#include "bench.h"

#include "api/asked.h"
#include "api/search.h"
#include "base/memory.h"
#include "decision/decide.h"
#include "decision/report.h"
#include "text/time.h"

#include <stdio.h>
#include <stdlib.h>

#define NOW_MS   INT64_C(1795000000000)
#define POLICIES 10000u
#define POLICIES_IN_TEXT 500u
#define RECORDS  10000u
#define RECORDS_IN_SET 500u
#define BATCH    100u
#define BATCHES_MAX 20000u
#define ARENA_BYTES (64u << 20)

static const struct hash_key key = {17, 18};

struct bench {
	struct snapshot_builder *builder;
	const struct snapshot *snapshot;
	struct retire_list retired;
	struct arena boot;  /* what lives through the run */
	struct arena arena; /* of one decision */
	struct caller caller;
	struct json_doc doc;
	slice scope[1];
	struct decision_input input;
	struct decision decision;
	struct buffer bytes;
	uint64_t revision;
	bool quick;
	slice only;

	/* Cedar alone */
	struct cedar_request request;
	struct cedar_world world;
	bool allowed;
};

static void need(enum error code, const struct fault *why)
{
	if (code == E_OK)
		return;
	fprintf(stderr, "decide: %s\n", fault_sentence(why));
	exit(1);
}

static void check(bool condition, const char *sentence)
{
	if (condition)
		return;
	fprintf(stderr, "decide: %s\n", sentence);
	exit(1);
}

/* --- the registry --- */

static void put(struct bench *bench, const char *kind, const char *id, slice members)
{
	struct time_text time = time_format_ms(NOW_MS - 1000);
	struct fault why = {0};
	struct buffer change;
	buffer_init(&change, 1 << 22);
	buffer_print(&change, "{\"op\":\"put\",\"kind\":\"%s\",\"id\":\"%s\",\"revision\":%llu,\"time\":\"%.24s\","
			      "\"object\":{\"id\":\"%s\",\"kind\":\"%s\"",
		     kind, id, (unsigned long long)++bench->revision, time.bytes, id, kind);
	buffer_add(&change, members);
	buffer_add(&change, SLICE("}}"));
	need(snapshot_builder_apply(bench->builder, buffer_slice(&change), &why), &why);
	buffer_free(&change);
}

static void publish(struct bench *bench)
{
	struct fault why = {0};
	need(snapshot_publish(bench->builder, &bench->snapshot, &bench->retired, &why), &why);
	check(!bench->snapshot->broken, bench->snapshot->broken_sentence);
	bench->input.snapshot = bench->snapshot;
}

#define TOOL(name, effect)                                                                                             \
	SLICE(",\"server\":\"fs\",\"name\":\"" name "\",\"effect\":\"" effect "\",\"state\":\"pinned\","                \
	      "\"target\":{\"argument\":\"path\",\"type\":\"path\"},\"definition\":{\"name\":\"" name "\"},"              \
	      "\"definition_sha256\":\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"")

static void registry_make(struct bench *bench)
{
	bench->builder = snapshot_builder_new(&key);
	check(bench->builder, "no memory");
	put(bench, "principal", "olga", SLICE(",\"type\":\"human\",\"state\":\"active\""));
	put(bench, "purpose", "support", SLICE(",\"state\":\"active\""));
	put(bench, "agent", "bot", SLICE(",\"owner\":\"olga\",\"purpose\":\"support\",\"class\":\"agentic\",\"environment\":"
					 "\"dev\",\"model\":\"m1\",\"team\":\"care\",\"state\":\"approved\","
					 "\"enforcement\":\"enforce\""));
	put(bench, "server", "fs", SLICE(",\"url\":\"http://127.0.0.1:1/mcp\",\"protocol_version\":\"auto\",\"state\":\"active\""));
	put(bench, "tool", "fs.read_file", TOOL("read_file", "read"));
	put(bench, "tool", "fs.delete_file", TOOL("delete_file", "destructive"));
	put(bench, "grant", "grant_1", SLICE(",\"agent\":\"bot\",\"tools\":[\"fs.read_file\"],\"targets\":[\"/data/*\"],"
					     "\"purpose_id\":\"support\",\"state\":\"active\""));
	publish(bench);
}

/* Operator policies about other agents: the shape that an index by scope is for. */
static void policies_print(struct buffer *text, unsigned from, unsigned count, const char *quote)
{
	for (unsigned i = from; i < from + count; i++)
		buffer_print(text, "permit(principal == Tipstaff::Agent::%sa%u%s, action == Tipstaff::Action::%sfs.t%u%s, resource);",
			     quote, i, quote, quote, i % 100, quote);
}

static void policies_put(struct bench *bench)
{
	for (unsigned from = 0; from < POLICIES; from += POLICIES_IN_TEXT) {
		struct buffer members;
		char id[32];
		buffer_init(&members, 1 << 20);
		buffer_add(&members, SLICE(",\"source\":\"many.cedar\",\"text\":\""));
		policies_print(&members, from, POLICIES_IN_TEXT, "\\\"");
		buffer_add(&members, SLICE("\""));
		snprintf(id, sizeof(id), "many%u", from);
		put(bench, "policy", id, buffer_slice(&members));
		buffer_free(&members);
	}
	publish(bench);
}

static void input_make(struct bench *bench)
{
	struct fault why = {0};
	bench->scope[0] = SLICE("fs.*");
	bench->caller = (struct caller){
		.agent = SLICE("bot"), .instance = SLICE("bot#1"), .subject = SLICE("bot"), .chain = {SLICE("bot")},
		.chain_count = 1, .requester = SLICE("bot"), .purpose = SLICE("support"), .task = SLICE("task_x"),
		.scope = bench->scope, .scope_count = 1, .token = SLICE("t_01HZZZZZZZZZZZZZZZZZZZZZZZ"),
		.transaction = SLICE("txn_01HZZZZZZZZZZZZZZZZZZZZZZZ"), .original_issue_ms = NOW_MS - 500,
		.issued_s = NOW_MS / 1000, .expires_s = NOW_MS / 1000 + 299,
	};
	need(json_parse(&bench->doc, SLICE("{\"path\":\"/data/a.txt\"}"), NULL, &bench->boot, &why), &why);
	bench->input = (struct decision_input){
		.call = CALL_TOOL, .caller = &bench->caller, .method = SLICE("tools/call"), .server = SLICE("fs"),
		.tool = SLICE("fs.read_file"), .doc = &bench->doc, .arguments = json_root(&bench->doc), .now_ms = NOW_MS,
		.evidence_ready = true,
	};
}

/* --- what is measured --- */

static void run_decide(struct bench *bench)
{
	decide(&bench->input, &bench->decision, &bench->arena);
}

static void run_record(struct bench *bench)
{
	struct record record = {0};
	struct fault why = {0};
	need(decision_record(&bench->input, &bench->decision, &bench->arena, &record, &why), &why);
	record.kind = RECORD_DECISION;
	record.id = SLICE("d_01HZZZZZZZZZZZZZZZZZZZZZZZ");
	record.time_ns = (uint64_t)NOW_MS * 1000000;
	record.node = SLICE("bench");
	record.trigger = SLICE("tools/call");
	record.peer = SLICE("127.0.0.1:41000");
	buffer_clear(&bench->bytes);
	need(record_encode(&record, &bench->bytes, &why), &why);
}

static void run_listed(struct bench *bench)
{
	bench->allowed = decide_is_listed(&bench->input, &bench->arena);
}

static void run_cedar(struct bench *bench)
{
	struct cedar_result result;
	bench->allowed = cedar_authorize(&bench->request, &bench->world, &bench->arena, &result) == CEDAR_ALLOW;
}

/* What the handler of /access/v1/evaluation does between the bytes of the body and those of the answer. */
static void answer_authzen(struct bench *bench, slice body, const struct asker *asker)
{
	struct evaluate_setting setting = {.snapshot = bench->snapshot, .asker = *asker, .evidence_ready = true, .now_ms = NOW_MS};
	struct authzen_request request;
	struct evaluated evaluated;
	struct json_writer writer;
	struct fault why = {0};
	need(authzen_evaluation_read(&request, body, &bench->arena, &why), &why);
	need(evaluate_asked(&setting, &request.doc, &request.evaluations[0], &bench->arena, &evaluated, &why), &why);
	buffer_clear(&bench->bytes);
	json_writer_init(&writer, &bench->bytes, JSON_COMPACT);
	asked_write_decision(&writer, &evaluated, SLICE("d_01HZZZZZZZZZZZZZZZZZZZZZZZ"), asker->kind == ASKER_OPERATOR);
	need(json_writer_end(&writer, &why), &why);
	bench->allowed = evaluated.decision.verdict == PERMIT;
}

/* The operator asks about an agent, and is told all grounds. */
static void run_authzen_agent(struct bench *bench)
{
	static const struct asker operator= {.kind = ASKER_OPERATOR};
	answer_authzen(bench, SLICE("{\"subject\":{\"type\":\"agent\",\"id\":\"bot\"},\"action\":{\"name\":\"fs.read_file\"},"
				    "\"resource\":{\"type\":\"tool\",\"id\":\"fs.read_file\"},\"context\":{\"purpose\":"
				    "\"support\",\"input\":{\"path\":\"/data/a.txt\"}}}"), &operator);
}

/* An enforcement point asks about a user and a record that the operator's data knows. */
static void run_authzen_pep(struct bench *bench)
{
	static const struct pep_row pep = {.active = true};
	static const struct asker asker = {.kind = ASKER_PEP, .pep = &pep};
	answer_authzen(bench, SLICE("{\"subject\":{\"type\":\"user\",\"id\":\"alice\"},\"action\":{\"name\":\"write\"},"
				    "\"resource\":{\"type\":\"record\",\"id\":\"record-7\"}}"), &asker);
}

/* The same with properties that it may assert: status of the record, role of the user. */
static void run_authzen_properties(struct bench *bench)
{
	static const slice asserts[] = {SLICE_INIT("subject.role"), SLICE_INIT("resource.*")};
	static const struct pep_row pep = {.active = true, .asserts = asserts, .assert_count = 2};
	static const struct asker asker = {.kind = ASKER_PEP, .pep = &pep};
	answer_authzen(bench, SLICE("{\"subject\":{\"type\":\"user\",\"id\":\"bob\",\"properties\":{\"role\":\"admin\"}},"
				    "\"action\":{\"name\":\"write\"},\"resource\":{\"type\":\"record\",\"id\":\"record-7\","
				    "\"properties\":{\"status\":\"archived\"}}}"), &asker);
}

static void run_search(struct bench *bench)
{
	static const slice body = SLICE_INIT("{\"subject\":{\"type\":\"user\",\"id\":\"alice\"},\"action\":{\"name\":\"write\"},"
					     "\"resource\":{\"type\":\"record\"}}");
	struct search_setting setting = {.evaluate = {.snapshot = bench->snapshot, .asker = {.kind = ASKER_OPERATOR},
						      .evidence_ready = true, .without_facts = true, .now_ms = NOW_MS}};
	struct authzen_page page = {.limit = 100, .total = AUTHZEN_TOTAL_UNKNOWN, .is_first = true};
	struct authzen_search search;
	struct search_results results;
	struct fault why = {0};
	need(authzen_search_read(&search, AUTHZEN_SEARCH_RESOURCE, body, &bench->arena, &why), &why);
	need(search_run(&setting, &search, &page, &bench->arena, &results, &why), &why);
	bench->allowed = results.total == RECORDS && results.count == 100;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* The median over batches of the mean of a batch, and what one run takes from the heap. */
static void measure(struct bench *bench, const char *name, void (*run)(struct bench *bench))
{
	static double batches[BATCHES_MAX];
	char line[160];
	size_t count = 0;
	if (slice_find(slice_of(name), bench->only) == SIZE_MAX) {
		run(bench);
		return;
	}
	for (unsigned i = 0; i < BATCH; i++) {
		run(bench);
		arena_reset(&bench->arena);
	}
	uint64_t allocations = memory_count();
	uint64_t now_ns = bench_now_ns(), until_ns = now_ns + (bench->quick ? 100u : 1000u) * UINT64_C(1000000);
	while (count < BATCHES_MAX && now_ns < until_ns) {
		for (unsigned i = 0; i < BATCH; i++) {
			arena_reset(&bench->arena);
			run(bench);
		}
		uint64_t end_ns = bench_now_ns();
		batches[count++] = (double)(end_ns - now_ns) / BATCH;
		now_ns = end_ns;
	}
	double each = (double)(memory_count() - allocations) / (double)(count * BATCH);
	qsort(batches, count, sizeof(batches[0]), by_value);
	snprintf(line, sizeof(line), "%s, p50", name);
	bench_print(line, batches[count / 2], "ns", 0);
	snprintf(line, sizeof(line), "%s, best", name);
	bench_print(line, batches[0], "ns", 0);
	snprintf(line, sizeof(line), "%s, allocations", name);
	bench_print(line, each, "1", 0);
}

static void measure_cedar(struct bench *bench)
{
	struct buffer text;
	struct cedar_policyset *set;
	struct fault why = {0};
	static const struct cedar_policyset *sets[1];
	buffer_init(&text, 1 << 22);
	policies_print(&text, 0, POLICIES, "\"");
	struct cedar_source source = {.name = SLICE("many.cedar"), .text = buffer_slice(&text)};
	uint64_t begun_ns = bench_now_ns();
	need(cedar_policyset_parse(&key, &source, 1, &set, NULL, &why), &why);
	double seconds = (double)(bench_now_ns() - begun_ns) / 1e9;
	bench_print("Cedar, loading 10k policies", (double)text.len / 1e6 / seconds, "MB/s", 0);
	sets[0] = set;
	bench->world = (struct cedar_world){.sets = sets, .set_count = 1};
	bench->request = (struct cedar_request){
		.principal = cedar_uid_new(&bench->boot, &key, SLICE("Tipstaff::Agent"), SLICE("a5050")),
		.action = cedar_uid_new(&bench->boot, &key, SLICE("Tipstaff::Action"), SLICE("fs.t50")),
		.resource = cedar_uid_new(&bench->boot, &key, SLICE("Tipstaff::Tool"), SLICE("fs.t50")),
	};
	measure(bench, "Cedar, 10k RBAC policies, permit", run_cedar);
	check(bench->allowed, "Cedar denies what it should permit");
	bench->request.with_facts = true;
	measure(bench, "Cedar, 10k RBAC policies, permit with facts", run_cedar);
	bench->request.with_facts = false;
	bench->request.principal = cedar_uid_new(&bench->boot, &key, SLICE("Tipstaff::Agent"), SLICE("stranger"));
	measure(bench, "Cedar, 10k RBAC policies, deny", run_cedar);
	check(!bench->allowed, "Cedar permits what it should deny");
	cedar_policyset_free(set);
	buffer_free(&text);
}

static void measure_calls(struct bench *bench)
{
	measure(bench, "decision, permit by a grant", run_decide);
	check(bench->decision.verdict == PERMIT, "the grant does not permit");
	measure(bench, "record of a decision, encoded", run_record);
	bench_print("record of a decision, bytes", (double)bench->bytes.len, "B", 0);
	measure(bench, "tool listed", run_listed);
	check(bench->allowed, "the tool is not listed");
	measure(bench, "AuthZEN, operator about an agent, body in to answer out", run_authzen_agent);
	check(bench->allowed, "AuthZEN does not permit what the grant permits");
	bench->input.tool = SLICE("fs.delete_file");
	measure(bench, "decision, deny", run_decide);
	check(bench->decision.verdict == DENY, "what nobody permits is permitted");
	bench->input.tool = SLICE("fs.read_file");
	policies_put(bench);
	measure(bench, "decision, permit by a grant beside 10k policies", run_decide);
	check(bench->decision.verdict == PERMIT, "the grant does not permit");
	measure(bench, "tool listed beside 10k policies", run_listed);
}

/* The certification scenario's rules, and RECORDS records. */
static void entities_put(struct bench *bench)
{
	put(bench, "policy", "records", SLICE(
		",\"text\":\"permit (principal == user::\\\"alice\\\", action == Action::\\\"write\\\", resource is record) "
		"unless { resource has status && resource.status == \\\"archived\\\" };"
		"permit (principal is user, action == Action::\\\"write\\\", resource is record) when { principal has role && "
		"principal.role == \\\"admin\\\" && resource has status && resource.status == \\\"archived\\\" };"
		"permit (principal is user, action == Action::\\\"read\\\", resource is record) when { principal in "
		"group::\\\"staff\\\" };\""));
	for (unsigned from = 0; from < RECORDS; from += RECORDS_IN_SET) {
		struct buffer members;
		char id[32];
		buffer_init(&members, 1 << 20);
		buffer_add(&members, SLICE(",\"text\":\"["));
		for (unsigned i = from; i < from + RECORDS_IN_SET; i++)
			buffer_print(&members, "%s{\\\"uid\\\":{\\\"type\\\":\\\"record\\\",\\\"id\\\":\\\"record-%u\\\"},"
					       "\\\"attrs\\\":{\\\"status\\\":\\\"active\\\"},\\\"parents\\\":[]}",
				     i > from ? "," : "", i);
		buffer_add(&members, SLICE("]\""));
		snprintf(id, sizeof(id), "records%u", from);
		put(bench, "entities", id, buffer_slice(&members));
		buffer_free(&members);
	}
	publish(bench);
}

static void measure_entities(struct bench *bench)
{
	entities_put(bench);
	measure(bench, "AuthZEN, enforcement point about entities, body in to answer out", run_authzen_pep);
	check(bench->allowed, "AuthZEN does not permit what a policy permits");
	measure(bench, "AuthZEN, the same with asserted properties", run_authzen_properties);
	check(bench->allowed, "AuthZEN does not believe what it may");
	measure(bench, "AuthZEN, search among 10k records", run_search);
	check(bench->allowed, "the search does not find all records");
}

int main(int count, char **arguments)
{
	static struct bench bench;
	const char *only = bench_argument(count, arguments, "--only");
	bench.quick = bench_is_quick(count, arguments);
	bench.only = slice_of(only ? only : "");
	arena_init(&bench.boot, ARENA_BYTES);
	arena_init(&bench.arena, ARENA_BYTES);
	buffer_init(&bench.bytes, RECORD_BYTES_MAX);
	measure_cedar(&bench);
	input_make(&bench);
	registry_make(&bench);
	measure_entities(&bench);
	measure_calls(&bench);
	retire_release(&bench.retired);
	snapshot_builder_free(bench.builder);
	buffer_free(&bench.bytes);
	arena_free(&bench.arena);
	arena_free(&bench.boot);
	return 0;
}
