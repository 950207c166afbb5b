/*
 * The entity store alone, as it grows from a thousand entities to a million: load from JSON, memory, search, a decision
 * that reads them, and changes of one entity. Times are CPU time of this thread.
 * usage: entities [--quick]
 */
#include "bench.h"

#include "cedar/cedar.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

#define POLICIES 1000u
#define ASKED 4096u /* different entities, in turn */

static const struct hash_key key = {17, 18};

struct scene {
	unsigned count;
	struct cedar_entities *entities;
	struct cedar_policyset *set;
	struct arena boot;
	struct cedar_uid *agents;
	struct cedar_uid *files;
};

static void need(enum error code, const struct fault *why)
{
	if (code == E_OK)
		return;
	fprintf(stderr, "entities: %s\n", fault_sentence(why));
	exit(1);
}

static double cpu_us(void)
{
	return (double)bench_cpu_ns() / 1e3;
}

static void tell(unsigned count, const char *what, double value, const char *unit, double floor)
{
	char name[80];
	snprintf(name, sizeof(name), "%u entities: %s", count, what);
	bench_print(name, value, unit, floor);
}

static double heap_bytes(void)
{
	struct mallinfo2 info = mallinfo2();
	return (double)info.uordblks + (double)info.hblkhd;
}

/* Half agents in teams, half files in folders, which stand in others. `data`: what the texts and values take. */
static void write_text(struct buffer *text, unsigned count, double *ret_data)
{
	*ret_data = 0;
	buffer_add_byte(text, '[');
	for (unsigned i = 0; i < count / 2; i++)
		buffer_print(text,
			     "{\"uid\":{\"type\":\"Agent\",\"id\":\"a%u\"},\"attrs\":{\"level\":%u,\"owner\":{\"__entity\":{\"type\":"
			     "\"User\",\"id\":\"u%u\"}}},\"parents\":[{\"type\":\"Team\",\"id\":\"t%u\"}]},\n"
			     "{\"uid\":{\"type\":\"File\",\"id\":\"x%u\"},\"attrs\":{\"owner\":{\"__entity\":{\"type\":\"User\","
			     "\"id\":\"u%u\"}}},\"parents\":[{\"type\":\"Folder\",\"id\":\"f%u\"}]},\n",
			     i, i % 10, i % 50, i % 1000, i, i % 50, i % 100);
	for (unsigned i = 0; i < 100; i++)
		buffer_print(text, "{\"uid\":{\"type\":\"Folder\",\"id\":\"f%u\"},\"attrs\":{},\"parents\":[{\"type\":\"Folder\",\"id\":"
				   "\"g%u\"}]}%s", i, i % 10, i < 99 ? "," : "]");
	/* Fields and names of an agent and of a file, and about seven bytes of text each. */
	*ret_data = (double)count / 2 * (2 * 32 + 32 + 14);
}

static void load(struct scene *scene)
{
	struct buffer text;
	struct fault why = {0};
	double data;
	buffer_init(&text, (size_t)1 << 30);
	write_text(&text, scene->count, &data);
	double heap = heap_bytes(), start = cpu_us();
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&key);
	need(cedar_entities_add_json(builder, SLICE("bench"), buffer_slice(&text), NULL, &why), &why);
	need(cedar_entities_build(builder, &scene->entities, &why), &why);
	tell(scene->count, "load", (double)text.len / (cpu_us() - start), "MB/s", 300);
	double bytes = heap_bytes() - heap;
	tell(scene->count, "memory with data", bytes / scene->count, "B/entity", 0);
	tell(scene->count, "memory without fields and texts", (bytes - data) / scene->count, "B/entity", 200);
	buffer_free(&text);
}

static void make_names(struct scene *scene)
{
	scene->agents = calloc(ASKED, sizeof(struct cedar_uid));
	scene->files = calloc(ASKED, sizeof(struct cedar_uid));
	if (!scene->agents || !scene->files)
		exit(1);
	for (unsigned i = 0; i < ASKED; i++) {
		unsigned number = (unsigned)((uint64_t)i * 2654435761u % (scene->count / 2));
		scene->agents[i] = cedar_uid_make(&key, SLICE("Agent"), arena_print(&scene->boot, "a%u", number));
		scene->files[i] = cedar_uid_make(&key, SLICE("File"), arena_print(&scene->boot, "x%u", number));
	}
}

static void search(const struct scene *scene, unsigned rounds)
{
	struct cedar_entity_info info;
	size_t found = 0;
	double start = cpu_us();
	for (unsigned round = 0; round < rounds; round++)
		for (unsigned i = 0; i < ASKED; i++)
			found += cedar_entities_find(scene->entities, &scene->agents[i], &info);
	double us = cpu_us() - start;
	if (found != (size_t)rounds * ASKED)
		exit(1);
	tell(scene->count, "search", us * 1000 / (double)found, "ns", 0);
}

static void write_policies(struct scene *scene)
{
	struct buffer text;
	struct fault why = {0};
	buffer_init(&text, 1 << 24);
	for (unsigned i = 0; i < POLICIES; i++)
		buffer_print(&text, "permit(principal in Team::\"t%u\", action == Action::\"read\", resource in Folder::\"g%u\") when { "
				    "principal.owner == resource.owner };\n", i, i % 10);
	struct cedar_source source = {.name = SLICE("bench"), .text = buffer_slice(&text)};
	need(cedar_policyset_parse(&key, &source, 1, &scene->set, NULL, &why), &why);
	buffer_free(&text);
}

static void decide(const struct scene *scene, unsigned rounds)
{
	struct arena arena;
	const struct cedar_entities *layers[] = {scene->entities};
	const struct cedar_policyset *sets[] = {scene->set};
	struct cedar_world world = {layers, 1, sets, 1};
	struct cedar_uid action = cedar_uid_make(&key, SLICE("Action"), SLICE("read"));
	size_t allowed = 0;
	arena_init(&arena, 1 << 24);
	double start = cpu_us();
	for (unsigned round = 0; round < rounds; round++)
		for (unsigned i = 0; i < ASKED; i++) {
			struct cedar_request request = {
				.principal = &scene->agents[i], .action = &action, .resource = &scene->files[i]};
			struct cedar_result result;
			arena_reset(&arena);
			allowed += cedar_authorize(&request, &world, &arena, &result) == CEDAR_ALLOW;
		}
	tell(scene->count, "decision", (cpu_us() - start) * 1000 / rounds / ASKED, "ns", 0);
	if (allowed != (size_t)rounds * ASKED)
		exit(1);
	arena_free(&arena);
}

/* One change makes one version; the former one is freed as it would be after its readers have gone. */
static void change(struct scene *scene, struct cedar_entity_change *what)
{
	struct cedar_entities *version;
	struct fault why = {0};
	need(cedar_entities_change(scene->entities, what, 1, &version, &why), &why);
	cedar_entities_free(scene->entities);
	scene->entities = version;
}

/* Cheaper than snprintf, so that it is the change that is measured. */
static const char *write_id(char id[16], char prefix, unsigned number)
{
	char *at = id + 15;
	*at = '\0';
	do
		*--at = (char)('0' + number % 10);
	while (number /= 10);
	*--at = prefix;
	return at;
}

static void change_one(struct scene *scene, unsigned number, char prefix, int64_t level, bool is_removal)
{
	char ids[2][16];
	const char *id = write_id(ids[0], prefix, number), *team = write_id(ids[1], 't', (unsigned)level % 1000);
	struct cedar_uid parent = cedar_uid_make(&key, SLICE("Team"), slice_of(team));
	struct cedar_field field = {SLICE("level"), cedar_long(level)};
	struct cedar_value record = {.kind = CEDAR_RECORD, .mask = 2, .length = 1, .as.fields = &field};
	change(scene, &(struct cedar_entity_change){is_removal, {.type = SLICE("Agent"), .id = slice_of(id),
								  .attributes = record, .parents = &parent,
								  .parent_count = 1}});
}

static void change_many(struct scene *scene, unsigned changes)
{
	unsigned agents = scene->count / 2;
	double heap = heap_bytes(), start = cpu_us();
	change_one(scene, 0, 'a', 1, false);
	tell(scene->count, "first change", (cpu_us() - start) / 1000, "ms", 0);
	start = cpu_us();
	for (unsigned i = 0; i < changes; i++)
		change_one(scene, (unsigned)((uint64_t)i * 2654435761u % agents), 'a', i, false);
	tell(scene->count, "upsert of one that is there, to another team", (cpu_us() - start) / changes, "us", 2);
	start = cpu_us();
	for (unsigned i = 0; i < changes; i++)
		change_one(scene, i, 'n', i, false);
	tell(scene->count, "upsert of a new one", (cpu_us() - start) / changes, "us", 2);
	start = cpu_us();
	for (unsigned i = 0; i < changes; i++)
		change_one(scene, i, 'n', 0, true);
	tell(scene->count, "removal of one", (cpu_us() - start) / changes, "us", 2);
	tell(scene->count, "memory more, after the changes", (heap_bytes() - heap) / scene->count, "B/entity", 0);
}

static void run(unsigned count, unsigned rounds)
{
	struct scene scene = {.count = count};
	arena_init(&scene.boot, 1 << 24);
	load(&scene);
	make_names(&scene);
	write_policies(&scene);
	search(&scene, rounds);
	decide(&scene, rounds);
	change_many(&scene, count < 400000 ? count : 400000);
	free(scene.agents);
	free(scene.files);
	cedar_policyset_free(scene.set);
	cedar_entities_free(scene.entities);
	arena_free(&scene.boot);
}

int main(int count, char **arguments)
{
	bool quick = bench_is_quick(count, arguments);
	unsigned rounds = quick ? 20 : 200;
	run(1000, rounds);
	run(10000, rounds);
	run(100000, rounds);
	if (!quick)
		run(1000000, rounds);
	return 0;
}
