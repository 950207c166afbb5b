/*
 * The policy engine alone: decisions as policies and entities grow, and how fast texts are loaded.
 *
 * `rbac`: each policy names one principal and one action, targets in a folder. `abac`: types, groups and conditions
 * over attributes and context. `ward`: 33 policies for each ward, told apart by conditions only. `scan`: no head tells
 * the policies apart. Requests are interned, spread over all policies in no order, and 64 of them in turn; `of many`:
 * 4,096 in turn, so that what a decision needs is rarely in the cache. Diagnostics are complete.
 *
 * `cpu` is CPU time over all decisions, in the quietest twentieth of the run; p50 and p99 are of groups of eight in a row.
 * The floor of a decision is to search its three entities by name, which an interned request is spared.
 * usage: cedar [--quick] [--scene NAME]
 */
#include "bench.h"

#include "cedar/cedar.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROUNDS_MAX 4096u
#define ROUNDS_FEW 64u
#define GROUP 8u

static const struct hash_key key = {17, 18};

struct scene;

struct shape {
	const char *name;
	void (*write)(struct buffer *text, unsigned policies);
	void (*ask)(struct scene *scene, unsigned round, unsigned number);
	unsigned policies;
	unsigned entities; /* agents, and as many files */
	double bar_ns;     /* 0: none */
	enum mode {
		MODE_SLOW = 1, /* not in a quick run */
		MODE_MANY = 2,
		MODE_FACTS = 4
	} mode;
};

struct scene {
	const struct shape *shape;
	struct cedar_policyset *set;
	struct cedar_entities *entities;
	struct arena boot;
	struct arena arena;
	unsigned rounds;
	struct cedar_request requests[ROUNDS_MAX]; /* in turn */
	uint64_t text_bytes;
	uint64_t load_ns;
};

static void need(enum error code, const struct fault *why)
{
	if (code == E_OK)
		return;
	fprintf(stderr, "cedar: %s\n", fault_sentence(why));
	exit(1);
}

/* The name that the store has, where it has one: a request is interned. */
static const struct cedar_uid *name(struct scene *scene, const char *type, const char *prefix, unsigned number)
{
	struct cedar_entity_info info;
	slice id = arena_print(&scene->boot, "%s%u", prefix, number);
	struct cedar_uid *uid = ARENA_NEW(&scene->boot, struct cedar_uid);
	if (!uid)
		exit(1);
	*uid = cedar_uid_make(&key, slice_of(type), id);
	return cedar_entities_find(scene->entities, uid, &info) ? info.uid : uid;
}

static void write_rbac(struct buffer *text, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		buffer_print(text, "permit(principal == Agent::\"a%u\", action == Action::\"t%u\", resource in Folder::\"f%u\");\n",
			     i, i % 16, i % 100);
}

static void write_abac(struct buffer *text, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		buffer_print(text,
			     "permit(principal is Agent in Team::\"team%u\", action in Action::\"any\", resource is File in "
			     "Folder::\"f%u\") when { principal.level >= %u && context.purpose == \"p%u\" && "
			     "resource has owner && resource.owner == principal.owner } unless { context.risk > 70 };\n",
			     i % 1000, i % 100, i % 5, i % 7);
	for (unsigned i = 0; i < 5; i++)
		buffer_print(text, "forbid(principal, action, resource) when { context.risk > %u };\n", 90 + i);
}

static void write_ward(struct buffer *text, unsigned count)
{
	static const char *const roles[] = {"nurse", "doctor", "clerk"};
	for (unsigned i = 0; i < count; i++)
		buffer_print(text,
			     "permit(principal in Role::\"%s\", action == Action::\"t%u\", resource is File) when { "
			     "resource has ward && resource.ward == \"w%u\" && principal has wards && "
			     "principal.wards.contains(\"w%u\") && context.purpose != \"q\" };\n",
			     roles[i % 3], i / 3 % 11, i / 33, i / 33);
	for (unsigned i = 0; i < 5; i++)
		buffer_print(text, "forbid(principal, action, resource) when { context.risk > %u };\n", 90 + i);
}

static void write_scan(struct buffer *text, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		buffer_print(text, "permit(principal, action, resource) when { context.purpose == \"q%u\" && context.risk == %u };\n",
			     i, i % 100);
}

static void load_policies(struct scene *scene)
{
	struct buffer text;
	struct fault why = {0};
	struct cedar_source sources[64];
	size_t source_count = 0, cut = 0;
	buffer_init(&text, (size_t)1 << 30);
	scene->shape->write(&text, scene->shape->policies);
	scene->text_bytes = text.len;
	/* A text has a maximum: cut behind a line. */
	while (cut < text.len && source_count < 64) {
		size_t end = cut + (32u << 20) < text.len ? slice_find_byte(buffer_slice(&text), '\n', cut + (32u << 20)) + 1
							  : text.len;
		sources[source_count++] = (struct cedar_source){.name = SLICE("bench"),
								.text = slice_sub(buffer_slice(&text), cut, end)};
		cut = end;
	}
	uint64_t start = bench_cpu_ns();
	need(cedar_policyset_parse(&key, sources, source_count, &scene->set, NULL, &why), &why);
	scene->load_ns = bench_cpu_ns() - start;
	buffer_free(&text);
}

static void write_entities(struct buffer *text, unsigned count)
{
	buffer_add_byte(text, '[');
	for (unsigned i = 0; i < count; i++) {
		buffer_print(text,
			     "{\"uid\":{\"type\":\"Agent\",\"id\":\"a%u\"},\"attrs\":{\"level\":%u,\"wards\":[\"w%u\",\"w%u\"],"
			     "\"owner\":{\"__entity\":{\"type\":\"User\",\"id\":\"u%u\"}}},\"parents\":[{\"type\":\"Team\",\"id\":"
			     "\"team%u\"},{\"type\":\"Role\",\"id\":\"%s\"}]},\n",
			     i, i % 10, i % 300, i % 7, i % 50, i % 1000, i % 3 == 0 ? "nurse" : i % 3 == 1 ? "doctor" : "clerk");
		buffer_print(text,
			     "{\"uid\":{\"type\":\"File\",\"id\":\"x%u\"},\"attrs\":{\"owner\":{\"__entity\":{\"type\":\"User\","
			     "\"id\":\"u%u\"}},\"ward\":\"w%u\"},\"parents\":[{\"type\":\"Folder\",\"id\":\"f%u\"}]},\n",
			     i, i % 50, i % 300, i % 100);
	}
	for (unsigned i = 0; i < 16; i++)
		buffer_print(text, "{\"uid\":{\"type\":\"Action\",\"id\":\"t%u\"},\"attrs\":{},\"parents\":[{\"type\":\"Action\",\"id\":"
				   "\"any\"}]},\n",
			     i);
	buffer_print(text, "{\"uid\":{\"type\":\"Team\",\"id\":\"last\"},\"attrs\":{},\"parents\":[]}]");
}

static void load_entities(struct scene *scene, unsigned count, bool print)
{
	struct buffer text;
	struct fault why = {0};
	buffer_init(&text, (size_t)1 << 30);
	write_entities(&text, count);
	uint64_t start = bench_cpu_ns();
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&key);
	need(cedar_entities_add_json(builder, SLICE("bench"), buffer_slice(&text), NULL, &why), &why);
	need(cedar_entities_build(builder, &scene->entities, &why), &why);
	double seconds = (double)(bench_cpu_ns() - start) / 1e9;
	if (print)
		bench_print("entities load", (double)text.len / 1e6 / seconds, "MB/s", 0);
	buffer_free(&text);
}

/* The agent's own policy, of as many as there are. */
static void ask_rbac(struct scene *scene, unsigned round, unsigned agent)
{
	scene->requests[round].principal = name(scene, "Agent", "a", agent);
	scene->requests[round].action = name(scene, "Action", "t", agent % 16);
	scene->requests[round].resource = name(scene, "File", "x", agent % scene->shape->entities / 100 * 100 + agent % 100);
}

static void ask_abac(struct scene *scene, unsigned round, unsigned agent)
{
	agent %= scene->shape->entities;
	scene->requests[round].principal = name(scene, "Agent", "a", agent);
	scene->requests[round].action = name(scene, "Action", "t", agent % 16);
	scene->requests[round].resource = name(scene, "File", "x", agent);
}

static void ask_ward(struct scene *scene, unsigned round, unsigned agent)
{
	agent %= scene->shape->entities;
	scene->requests[round].principal = name(scene, "Agent", "a", agent);
	scene->requests[round].action = name(scene, "Action", "t", agent % 11);
	scene->requests[round].resource = name(scene, "File", "x", agent % 300);
}

static struct cedar_value make_context(struct scene *scene)
{
	struct cedar_fields fields;
	struct cedar_value context;
	struct fault why = {0};
	cedar_fields_init(&fields, &scene->boot);
	cedar_fields_add(&fields, SLICE("purpose"), cedar_string(SLICE("p3")));
	cedar_fields_add(&fields, SLICE("risk"), cedar_long(10));
	need(cedar_fields_finish(&fields, &context, &why), &why);
	return context;
}

static void make_requests(struct scene *scene)
{
	struct cedar_value context = make_context(scene);
	uint64_t random = 1;
	scene->rounds = scene->shape->mode & MODE_MANY ? ROUNDS_MAX : ROUNDS_FEW;
	for (unsigned i = 0; i < scene->rounds; i++) {
		random = random * 6364136223846793005u + 1442695040888963407u;
		scene->requests[i] = (struct cedar_request){.context = context, .with_facts = scene->shape->mode & MODE_FACTS};
		scene->shape->ask(scene, i, (unsigned)((random >> 33) % scene->shape->policies));
	}
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

static void print_share(struct scene *scene, const char *what, double value, const char *unit)
{
	char text[100];
	snprintf(text, sizeof(text), "%s %s", scene->shape->name, what);
	bench_print(text, value, unit, 0);
}

static double quietest(double *values, unsigned count)
{
	qsort(values, count, sizeof(double), compare_doubles);
	return values[count / 20];
}

/* What a decision of a request that is not interned cannot do without. */
static size_t find_entities(struct scene *scene, unsigned first, unsigned count)
{
	struct cedar_entity_info info;
	size_t found = 0;
	for (unsigned i = first; i < first + count; i++) {
		found += cedar_entities_find(scene->entities, scene->requests[i].principal, &info);
		found += cedar_entities_find(scene->entities, scene->requests[i].action, &info);
		found += cedar_entities_find(scene->entities, scene->requests[i].resource, &info);
	}
	return found;
}

/* How many are allowed. */
static size_t decide(struct scene *scene, unsigned first, unsigned count)
{
	const struct cedar_entities *layers[] = {scene->entities};
	const struct cedar_policyset *sets[] = {scene->set};
	struct cedar_world world = {layers, 1, sets, 1};
	size_t allowed = 0;
	for (unsigned i = first; i < first + count; i++) {
		struct cedar_result result;
		arena_reset(&scene->arena);
		allowed += cedar_authorize(&scene->requests[i], &world, &scene->arena, &result) == CEDAR_ALLOW;
	}
	return allowed;
}

/* CPU time for one of `count` requests; of batches the quietest twentieth. */
static double measure_cpu(struct scene *scene, size_t (*work)(struct scene *scene, unsigned first, unsigned count),
			  unsigned count, size_t *ret_total)
{
	unsigned batches = count / ROUNDS_MAX;
	double *batch_ns = calloc(batches, sizeof(double));
	if (!batch_ns)
		exit(1);
	for (unsigned batch = 0; batch < batches; batch++) {
		uint64_t start = bench_cpu_ns();
		for (unsigned i = 0; i < ROUNDS_MAX; i += scene->rounds)
			*ret_total += work(scene, 0, scene->rounds);
		batch_ns[batch] = (double)(bench_cpu_ns() - start) / ROUNDS_MAX;
	}
	double each = quietest(batch_ns, batches);
	free(batch_ns);
	return each;
}

static void measure(struct scene *scene, unsigned count)
{
	unsigned groups = count / GROUP;
	double *group_ns = calloc(groups, sizeof(double));
	size_t allowed = 0, found = 0;
	char text[100];
	if (!group_ns)
		exit(1);
	double floor = measure_cpu(scene, find_entities, count, &found);
	double cpu = measure_cpu(scene, decide, count, &allowed);
	for (unsigned i = 0; i < groups; i++) {
		uint64_t start = bench_now_ns();
		(void)decide(scene, i * GROUP % scene->rounds, GROUP);
		group_ns[i] = (double)(bench_now_ns() - start) / GROUP;
	}
	qsort(group_ns, groups, sizeof(double), compare_doubles);
	snprintf(text, sizeof(text), "%s decision cpu", scene->shape->name);
	bench_print_bar(text, cpu, "ns", found ? floor : 0, scene->shape->bar_ns);
	snprintf(text, sizeof(text), "%s decision p50", scene->shape->name);
	bench_print_bar(text, group_ns[groups / 2], "ns", floor, scene->shape->bar_ns);
	print_share(scene, "decision p99", group_ns[groups - 1 - groups / 100], "ns");
	print_share(scene, "allowed", 100.0 * (double)allowed / (count / ROUNDS_MAX * ROUNDS_MAX), "%");
	free(group_ns);
}

static void run(const struct shape *shape, bool quick)
{
	struct scene *scene = calloc(1, sizeof(*scene));
	if (!scene)
		exit(1);
	scene->shape = shape;
	arena_init(&scene->boot, 1 << 22);
	arena_init(&scene->arena, 1 << 24);
	load_policies(scene);
	load_entities(scene, shape->entities, false);
	make_requests(scene);
	measure(scene, quick ? 40960 : 409600);
	print_share(scene, "policies load", (double)scene->text_bytes / 1e6 / ((double)scene->load_ns / 1e9), "MB/s");
	cedar_policyset_free(scene->set);
	cedar_entities_free(scene->entities);
	arena_free(&scene->boot);
	arena_free(&scene->arena);
	free(scene);
}

static const struct shape shapes[] = {
	{"rbac-10", write_rbac, ask_rbac, 10, 10000, 60, 0},
	{"rbac-100", write_rbac, ask_rbac, 100, 10000, 60, 0},
	{"rbac-1k", write_rbac, ask_rbac, 1000, 10000, 60, 0},
	{"rbac-10k", write_rbac, ask_rbac, 10000, 10000, 60, 0},
	{"rbac-10k of many", write_rbac, ask_rbac, 10000, 10000, 0, MODE_MANY},
	{"rbac-10k with facts", write_rbac, ask_rbac, 10000, 10000, 0, MODE_FACTS},
	{"rbac-100k", write_rbac, ask_rbac, 100000, 10000, 300, 0},
	{"rbac-1m", write_rbac, ask_rbac, 1000000, 10000, 300, MODE_SLOW},
	{"rbac-1m of many", write_rbac, ask_rbac, 1000000, 10000, 0, MODE_SLOW | MODE_MANY},
	{"rbac-10k of 1k entities", write_rbac, ask_rbac, 10000, 500, 60, 0},
	{"rbac-10k of 100k entities", write_rbac, ask_rbac, 10000, 50000, 60, MODE_SLOW},
	{"rbac-10k of 1m entities", write_rbac, ask_rbac, 10000, 500000, 60, MODE_SLOW},
	{"abac-10", write_abac, ask_abac, 10, 10000, 200, 0},
	{"abac-100", write_abac, ask_abac, 100, 10000, 200, 0},
	{"abac-1k", write_abac, ask_abac, 1000, 10000, 200, 0},
	{"abac-10k", write_abac, ask_abac, 10000, 10000, 200, 0},
	{"abac-10k of many", write_abac, ask_abac, 10000, 10000, 0, MODE_MANY},
	{"abac-10k with facts", write_abac, ask_abac, 10000, 10000, 0, MODE_FACTS},
	{"ward-1.6k", write_ward, ask_ward, 1650, 10000, 200, 0},
	{"ward-9.9k", write_ward, ask_ward, 9900, 10000, 200, 0},
	{"ward-9.9k of many", write_ward, ask_ward, 9900, 10000, 0, MODE_MANY},
	{"scan-10k", write_scan, ask_abac, 10000, 100, 0, 0},
};

int main(int count, char **arguments)
{
	bool quick = bench_is_quick(count, arguments);
	const char *only = bench_argument(count, arguments, "--scene");
	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++)
		if (only ? strcmp(only, shapes[i].name) == 0 : !quick || !(shapes[i].mode & MODE_SLOW))
			run(&shapes[i], quick);
	if (only)
		return 0;
	struct scene scene = {0};
	load_entities(&scene, quick ? 20000 : 200000, true);
	cedar_entities_free(scene.entities);
	return 0;
}
