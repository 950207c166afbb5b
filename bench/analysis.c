/*
 * The analysis of policy sets as they grow, and the difference of two of which one policy was changed.
 *
 * `rbac`: each policy names one principal and one action. `abac`: types, groups and conditions over attributes and context,
 * with forbids over all. `typed`: the same under a schema. Every policy is analysed for all rules.
 * usage: analysis [--quick]
 */
#include "bench.h"

#include "analysis/analysis.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void measure(const char *label, void (*write)(struct buffer *, unsigned, bool), unsigned count,
		    const struct cedar_schema *schema)
{
	struct cedar_policyset *set = make(write, count, UINT32_MAX), *other = make(write, count, count / 2);
	struct analysis analysis;
	struct analysis_differences gained, lost;
	struct fault why = {0};
	struct arena arena;
	char text[100];
	arena_init(&arena, (size_t)1 << 30);
	uint64_t start = bench_now_ns();
	need(analysis_run(schema, set, &arena, &analysis, &why), &why);
	double ms = (double)(bench_now_ns() - start) / 1e6;
	snprintf(text, sizeof(text), "%s %u policies analyze", label, count);
	bench_print(text, ms, "ms", 0);
	snprintf(text, sizeof(text), "%s %u policies unknown", label, count);
	bench_print(text, (double)analysis.counts[ANALYSIS_UNKNOWN], "findings", 0);
	start = bench_now_ns();
	need(analysis_differences(schema, other, set, &arena, &gained, &why), &why);
	need(analysis_differences(schema, set, other, &arena, &lost, &why), &why);
	ms = (double)(bench_now_ns() - start) / 1e6;
	snprintf(text, sizeof(text), "%s %u policies diff, one changed", label, count);
	bench_print(text, ms, "ms", 0);
	if (gained.count + lost.count == 0 || gained.unknown_count + lost.unknown_count > 0) {
		fprintf(stderr, "analysis: the change was not found\n");
		exit(1);
	}
	arena_free(&arena);
	cedar_policyset_free(set);
	cedar_policyset_free(other);
}

int main(int count, char **words)
{
	bool quick = count > 1 && strcmp(words[1], "--quick") == 0;
	struct cedar_schema *schema;
	struct fault why = {0};
	need(cedar_schema_parse(&key, SLICE("bench"), slice_of(schema_text), &schema, NULL, &why), &why);
	for (unsigned policies = 10; policies <= (quick ? 100 : 10000); policies *= 10) {
		measure("rbac", write_rbac, policies, NULL);
		measure("abac", write_abac, policies, NULL);
		measure("typed", write_abac, policies, schema);
	}
	cedar_schema_free(schema);
	return 0;
}
