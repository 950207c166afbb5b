/*
 * The policy engine alone: decisions as policies and entities grow, and how fast texts are loaded.
 *
 * `rbac`: each policy names one principal and one action, targets in a folder. `abac`: types, groups and conditions over
 * attributes and context. `scan`: conditions that no index helps with. Requests are interned, diagnostics are complete.
 * usage: cedar [--quick]
 */
#include "bench.h"

#include "cedar/cedar.h"

#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 64u /* different requests, in turn */

static const struct hash_key key = {17, 18};

struct scene {
	struct cedar_policyset *set;
	struct cedar_entities *entities;
	struct arena boot;
	struct arena arena;
	struct cedar_uid principals[ROUNDS];
	struct cedar_uid actions[ROUNDS];
	struct cedar_uid resources[ROUNDS];
	struct cedar_value context;
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

static struct cedar_uid name(struct scene *scene, const char *type, const char *prefix, unsigned number)
{
	slice id = arena_print(&scene->boot, "%s%u", prefix, number);
	return cedar_uid_make(&key, slice_of(type), id);
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

static void write_scan(struct buffer *text, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		buffer_print(text, "permit(principal, action, resource) when { context.purpose == \"q%u\" && context.risk == %u };\n",
			     i, i % 100);
}

static void load_policies(struct scene *scene, void (*write)(struct buffer *, unsigned), unsigned count)
{
	struct buffer text;
	struct fault why = {0};
	struct cedar_source sources[64];
	size_t source_count = 0, cut = 0;
	buffer_init(&text, (size_t)1 << 30);
	write(&text, count);
	scene->text_bytes = text.len;
	/* A text has a maximum: cut behind a line. */
	while (cut < text.len && source_count < 64) {
		size_t end = cut + (32u << 20) < text.len ? slice_find_byte(buffer_slice(&text), '\n', cut + (32u << 20)) + 1
							  : text.len;
		sources[source_count++] = (struct cedar_source){.name = SLICE("bench"),
								.text = slice_sub(buffer_slice(&text), cut, end)};
		cut = end;
	}
	uint64_t start = bench_now_ns();
	need(cedar_policyset_parse(&key, sources, source_count, &scene->set, NULL, &why), &why);
	scene->load_ns = bench_now_ns() - start;
	buffer_free(&text);
}

static void write_entities(struct buffer *text, unsigned count)
{
	buffer_add_byte(text, '[');
	for (unsigned i = 0; i < count; i++)
		buffer_print(text,
			     "{\"uid\":{\"type\":\"Agent\",\"id\":\"a%u\"},\"attrs\":{\"level\":%u,\"owner\":{\"__entity\":{\"type\":"
			     "\"User\",\"id\":\"u%u\"}}},\"parents\":[{\"type\":\"Team\",\"id\":\"team%u\"}]},\n"
			     "{\"uid\":{\"type\":\"File\",\"id\":\"x%u\"},\"attrs\":{\"owner\":{\"__entity\":{\"type\":\"User\","
			     "\"id\":\"u%u\"}}},\"parents\":[{\"type\":\"Folder\",\"id\":\"f%u\"}]},\n",
			     i, i % 10, i % 50, i % 1000, i, i % 50, i % 100);
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
	uint64_t start = bench_now_ns();
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&key);
	need(cedar_entities_add_json(builder, SLICE("bench"), buffer_slice(&text), NULL, &why), &why);
	need(cedar_entities_build(builder, &scene->entities, &why), &why);
	double seconds = (double)(bench_now_ns() - start) / 1e9;
	if (print)
		bench_print("entities load", (double)text.len / 1e6 / seconds, "MB/s", 0);
	buffer_free(&text);
}

static void make_requests(struct scene *scene, unsigned agents)
{
	struct cedar_fields fields;
	struct fault why = {0};
	for (unsigned i = 0; i < ROUNDS; i++) {
		unsigned agent = (unsigned)((uint64_t)agents * i / ROUNDS);
		scene->principals[i] = name(scene, "Agent", "a", agent);
		scene->actions[i] = name(scene, "Action", "t", agent % 16);
		scene->resources[i] = name(scene, "File", "x", agent);
	}
	cedar_fields_init(&fields, &scene->boot);
	cedar_fields_add(&fields, SLICE("purpose"), cedar_string(SLICE("p3")));
	cedar_fields_add(&fields, SLICE("risk"), cedar_long(10));
	need(cedar_fields_finish(&fields, &scene->context, &why), &why);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

/* Median and worst of batches; each batch asks every request once. */
static void measure(struct scene *scene, const char *label, unsigned batches)
{
	const struct cedar_entities *layers[] = {scene->entities};
	const struct cedar_policyset *sets[] = {scene->set};
	struct cedar_world world = {layers, 1, sets, 1};
	double *batch_ns = calloc(batches, sizeof(double));
	size_t allowed = 0;
	char text[100];
	if (!batch_ns)
		exit(1);
	for (unsigned batch = 0; batch < batches; batch++) {
		uint64_t start = bench_now_ns();
		for (unsigned i = 0; i < ROUNDS; i++) {
			struct cedar_request request = {.principal = &scene->principals[i], .action = &scene->actions[i],
							.resource = &scene->resources[i], .context = scene->context};
			struct cedar_result result;
			arena_reset(&scene->arena);
			allowed += cedar_authorize(&request, &world, &scene->arena, &result) == CEDAR_ALLOW;
		}
		batch_ns[batch] = (double)(bench_now_ns() - start) / ROUNDS;
	}
	qsort(batch_ns, batches, sizeof(double), compare_doubles);
	snprintf(text, sizeof(text), "%s decision p50", label);
	bench_print(text, batch_ns[batches / 2], "ns", 0);
	snprintf(text, sizeof(text), "%s allowed", label);
	bench_print(text, 100.0 * (double)allowed / ROUNDS / batches, "%", 0);
	free(batch_ns);
}

static void run(const char *label, void (*write)(struct buffer *, unsigned), unsigned policies, unsigned agents,
		unsigned batches)
{
	struct scene scene = {0};
	char text[100];
	arena_init(&scene.boot, 1 << 20);
	arena_init(&scene.arena, 1 << 24);
	load_policies(&scene, write, policies);
	load_entities(&scene, agents, false);
	make_requests(&scene, agents);
	measure(&scene, label, batches);
	snprintf(text, sizeof(text), "%s policies load", label);
	bench_print(text, (double)scene.text_bytes / 1e6 / ((double)scene.load_ns / 1e9), "MB/s", 0);
	cedar_policyset_free(scene.set);
	cedar_entities_free(scene.entities);
	arena_free(&scene.boot);
	arena_free(&scene.arena);
}

int main(int count, char **arguments)
{
	bool quick = bench_is_quick(count, arguments);
	unsigned batches = quick ? 300 : 3000;
	run("rbac-10", write_rbac, 10, 10, batches);
	run("rbac-10k", write_rbac, 10000, 10000, batches);
	run("rbac-100k", write_rbac, 100000, 10000, batches);
	if (!quick)
		run("rbac-1m", write_rbac, 1000000, 10000, batches);
	run("abac-1k", write_abac, 1000, 10000, batches);
	run("abac-10k", write_abac, 10000, 10000, batches);
	run("scan-10k", write_scan, 10000, 100, quick ? 5 : 20);
	struct scene scene = {0};
	load_entities(&scene, quick ? 20000 : 200000, true);
	cedar_entities_free(scene.entities);
	return 0;
}
