/*
 * The analysis of policy sets as they grow, and the difference of two of which one policy was changed.
 *
 * `rbac`: each policy names one principal and one action. `abac`: types, groups and conditions over attributes and context,
 * with forbids over all. `typed`: the same under a schema. Every policy is analysed for all rules. In CPU time.
 * usage: analysis [--quick]
 */
#include "bench.h"

#include "analysis/analysis.h"

#include <stdio.h>
#include <stdlib.h>

static const struct hash_key key = {17, 18};

static const char schema_text[] =
	"entity Team; entity Folder in [Folder]; entity User; entity Agent in [Team] { level: Long, owner: User };"
	"entity File in [Folder] { owner?: User }; action any;"
	"action t0, t1, t2, t3 in [any] appliesTo { principal: Agent, resource: File, context: { purpose: String, risk: Long } };";

static void need(enum error code, const struct fault *why)
{
	if (code == E_OK)
		return;
	fprintf(stderr, "analysis: %s\n", fault_sentence(why));
	exit(1);
}

static void write_rbac(struct buffer *text, unsigned i, bool changed)
{
	buffer_print(text, "permit(principal == Agent::\"a%u\", action == Action::\"t%u\", resource in Folder::\"f%u\");\n", i,
		     i % 16, changed ? 1000 : i % 100);
}

static void write_abac(struct buffer *text, unsigned i, bool changed)
{
	buffer_print(text,
		     "permit(principal is Agent in Team::\"team%u\", action in Action::\"any\", resource is File in Folder::\"f%u\")"
		     " when { principal.level >= %u && context.purpose == \"p%u\" && resource has owner && resource.owner == "
		     "principal.owner } unless { context.risk > %u };\n",
		     i / 7, i % 100, i % 5, i % 7, changed ? 80 : 70);
	if (i < 5)
		buffer_print(text, "forbid(principal, action, resource) when { context.risk > %u };\n", 90 + i);
}

static struct cedar_policyset *make(void (*write)(struct buffer *, unsigned, bool), unsigned count, unsigned changed)
{
	struct cedar_policyset *set;
	struct fault why = {0};
	struct buffer text;
	buffer_init(&text, (size_t)1 << 30);
	for (unsigned i = 0; i < count; i++)
		write(&text, i, i == changed);
	struct cedar_source source = {.name = SLICE("bench"), .text = buffer_slice(&text)};
	need(cedar_policyset_parse(&key, &source, 1, &set, NULL, &why), &why);
	buffer_free(&text);
	return set;
}

/* CPU time: the clock on the wall tells more of the other work on the machine. */
static double now_ms(void)
{
	struct bench_cpu cpu = bench_cpu_of_thread();
	return (cpu.user_us + cpu.system_us) / 1e3;
}

struct scene {
	const struct cedar_schema *schema;
	struct cedar_policyset *set;
	struct cedar_policyset *changed; /* the same but for one policy */
	struct arena arena;
	size_t unknown;
};

static void analyze(struct scene *scene)
{
	struct analysis analysis;
	struct fault why = {0};
	need(analysis_run(scene->schema, scene->set, &scene->arena, &analysis, &why), &why);
	scene->unknown = analysis.counts[ANALYSIS_UNKNOWN];
}

static void compare(struct scene *scene)
{
	struct analysis_differences gained, lost;
	struct fault why = {0};
	need(analysis_differences(scene->schema, scene->changed, scene->set, &scene->arena, &gained, &why), &why);
	need(analysis_differences(scene->schema, scene->set, scene->changed, &scene->arena, &lost, &why), &why);
	if (gained.count + lost.count == 0 || gained.unknown_count + lost.unknown_count > 0) {
		fprintf(stderr, "analysis: the change was not found\n");
		exit(1);
	}
}

/* Often enough that the clock, which ticks in milliseconds, can tell. */
static void measure(struct scene *scene, void (*run)(struct scene *), const char *label, unsigned count, const char *what)
{
	double start = now_ms(), end;
	unsigned rounds = 0;
	char text[100];
	do {
		arena_reset(&scene->arena);
		run(scene);
		rounds++;
		end = now_ms();
	} while (end - start < 200);
	snprintf(text, sizeof(text), "%s %u policies %s", label, count, what);
	bench_print(text, (end - start) / rounds, "ms CPU", 0);
}

static void play(const char *label, void (*write)(struct buffer *, unsigned, bool), unsigned count,
		 const struct cedar_schema *schema)
{
	struct scene scene = {.schema = schema};
	scene.set = make(write, count, UINT32_MAX);
	scene.changed = make(write, count, count / 2);
	char text[100];
	arena_init(&scene.arena, (size_t)1 << 30);
	measure(&scene, analyze, label, count, "analyze");
	measure(&scene, compare, label, count, "diff, one changed");
	snprintf(text, sizeof(text), "%s %u policies unknown", label, count);
	bench_print(text, (double)scene.unknown, "findings", 0);
	arena_free(&scene.arena);
	cedar_policyset_free(scene.set);
	cedar_policyset_free(scene.changed);
}

int main(int count, char **words)
{
	bool quick = bench_is_quick(count, words);
	struct cedar_schema *schema;
	struct fault why = {0};
	need(cedar_schema_parse(&key, SLICE("bench"), slice_of(schema_text), &schema, NULL, &why), &why);
	for (unsigned policies = 10; policies <= (quick ? 100 : 10000); policies *= 10) {
		play("rbac", write_rbac, policies, NULL);
		play("abac", write_abac, policies, NULL);
		play("typed", write_abac, policies, schema);
	}
	cedar_schema_free(schema);
	return 0;
}
