/*
 * What the analysis claims of random small policy sets, against all requests of a small universe: who is said to be
 * without effect has none there, sets that are said to be equal decide alike there, and every example is what it says
 * when it is read from its texts and decided anew.
 */
#include "analysis/analysis.h"

#include "cedar/authorize.h"
#include "cedar/json.h"
#include "check.h"
#include "text/json.h"
#include "unit/analysis/say.h"
#include "unit/analysis/universes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SET_MAX 4u
#define ROUNDS 250u
#define REQUESTS_MAX 4000u
#define STORES_MAX 8u

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct universe {
	const char *schema;
	const char *const *atoms, *const *contexts, *const *stores, *const *principals, *const *resources;
	size_t atom_count, context_count, store_count, principal_count, resource_count;
	/* as the engine wants it: */
	struct arena arena;
	struct cedar_schema *cedar_schema;
	struct cedar_entities *entities[STORES_MAX];
	struct cedar_request requests[REQUESTS_MAX];
	unsigned char stores_of[REQUESTS_MAX];
	size_t request_count;
};

static uint64_t seed;

static unsigned draw(size_t below)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)(seed % below);
}

static struct cedar_entities *read_entities(slice json)
{
	struct fault why = {0};
	struct cedar_entities *entities;
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&say_key);
	CHECK_OK(cedar_entities_add_json(builder, SLICE("entities"), json, NULL, &why), why);
	CHECK_OK(cedar_entities_build(builder, &entities, &why), why);
	return entities;
}

static struct cedar_request read_request(struct arena *arena, slice principal, slice action, slice resource, slice context)
{
	struct fault why = {0};
	struct cedar_request request = {.principal = NULL};
	struct json_doc doc;
	CHECK_OK(cedar_uid_parse(arena, &say_key, principal, &request.principal, &why), why);
	CHECK_OK(cedar_uid_parse(arena, &say_key, action, &request.action, &why), why);
	CHECK_OK(cedar_uid_parse(arena, &say_key, resource, &request.resource, &why), why);
	CHECK_OK(json_parse(&doc, context, NULL, arena, &why), why);
	CHECK_OK(cedar_value_from_json(arena, &say_key, &doc, json_root(&doc), &request.context, &why), why);
	return request;
}

static void universe_open(struct universe *universe)
{
	arena_init(&universe->arena, 1 << 26);
	universe->cedar_schema = say_schema(slice_of(universe->schema));
	for (size_t s = 0; s < universe->store_count; s++) {
		universe->entities[s] = read_entities(slice_of(universe->stores[s]));
		for (size_t i = 0; i < universe->principal_count * universe->resource_count * universe->context_count * 2; i++) {
			size_t rest = i / 2;
			universe->stores_of[universe->request_count] = (unsigned char)s;
			universe->requests[universe->request_count++] = read_request(
				&universe->arena, slice_of(universe->principals[rest % universe->principal_count]),
				slice_of(actions[i % 2]),
				slice_of(universe->resources[rest / universe->principal_count % universe->resource_count]),
				slice_of(universe->contexts[rest / universe->principal_count / universe->resource_count]));
			CHECK(universe->request_count < REQUESTS_MAX);
		}
	}
}

static void universe_close(struct universe *universe)
{
	for (size_t s = 0; s < universe->store_count; s++)
		cedar_entities_free(universe->entities[s]);
	cedar_schema_free(universe->cedar_schema);
	arena_free(&universe->arena);
}

static void decide(const struct universe *universe, const struct cedar_policyset *set, const struct cedar_request *request,
		   const struct cedar_entities *entities, struct arena *arena, struct cedar_result *result)
{
	const struct cedar_entities *layers[2] = {entities, NULL};
	struct cedar_world world = {.layers = layers, .layer_count = 1, .sets = &set, .set_count = 1};
	if (universe->cedar_schema)
		layers[world.layer_count++] = cedar_schema_actions(universe->cedar_schema);
	enum cedar_decision decision = cedar_authorize(request, &world, arena, result);
	CHECK_INT(decision, result->decision);
	CHECK_INT(result->failure, E_OK);
}

static void write_condition(struct buffer *out, const struct universe *universe, unsigned depth)
{
	unsigned choice = depth == 0 ? 0 : draw(8);
	if (choice < 4) {
		buffer_print(out, "(%s)", universe->atoms[draw(universe->atom_count)]);
		return;
	}
	if (choice == 7)
		buffer_add_text(out, "!");
	buffer_add_text(out, "(");
	write_condition(out, universe, depth - 1);
	if (choice < 7) {
		buffer_add_text(out, choice == 4 ? " || " : " && ");
		write_condition(out, universe, depth - 1);
	}
	buffer_add_text(out, ")");
}

static void write_policy(struct buffer *out, const struct universe *universe)
{
	static const char *const heads[] = {"principal, action, resource", "principal, action, resource", "principal is U, action, resource",
					    "principal == U::\"a\", action, resource", "principal, action == Action::\"r\", resource",
					    "principal in G::\"g\", action, resource", "principal, action, resource in R::\"y\""};
	buffer_print(out, "%s(%s)", draw(3) ? "permit" : "forbid", heads[draw(COUNT(heads))]);
	for (unsigned i = draw(3); i > 0; i--) {
		buffer_add_text(out, draw(4) ? " when { " : " unless { ");
		write_condition(out, universe, 2);
		buffer_add_text(out, " }");
	}
	buffer_add_text(out, ";\n");
}

/* Satisfied, or erring, policies of each request as bits. */
struct truth_table {
	unsigned char matches[REQUESTS_MAX];
	unsigned char errs[REQUESTS_MAX];
};

/* Each policy as a set of its own, a permit, so that nothing hides it. */
static void fill_table(const struct universe *universe, const struct cedar_policyset *set, struct truth_table *table)
{
	struct arena arena;
	memset(table, 0, sizeof(*table));
	for (size_t p = 0; p < cedar_policyset_count(set); p++) {
		slice text = cedar_policyset_info(set, p).text;
		struct cedar_policyset *alone = say_policies(text);
		arena_init(&arena, 1 << 24);
		for (size_t i = 0; i < universe->request_count; i++) {
			struct cedar_result result;
			arena_reset(&arena);
			decide(universe, alone, &universe->requests[i], universe->entities[universe->stores_of[i]], &arena, &result);
			table->matches[i] |= (unsigned char)((result.reason_count > 0) << p);
			table->errs[i] |= (unsigned char)((result.error_count > 0) << p);
		}
		arena_free(&arena);
		cedar_policyset_free(alone);
	}
}

static bool allows(const struct cedar_policyset *set, unsigned matches)
{
	bool permit = false, forbid = false;
	for (size_t p = 0; p < cedar_policyset_count(set); p++)
		*(cedar_policyset_info(set, p).effect == CEDAR_PERMIT ? &permit : &forbid) |= matches >> p & 1;
	return permit && !forbid;
}

struct tally {
	size_t findings;
	size_t unknown;
	size_t differences;
	size_t equal;
};

/* The decision of an example, from its texts. */
static void decide_example(const struct universe *universe, const struct cedar_policyset *set,
			   const struct analysis_example *example, struct arena *arena, struct cedar_result *result)
{
	struct cedar_entities *entities = read_entities(example->entities);
	struct cedar_request request = read_request(arena, example->principal, example->action, example->resource, example->context);
	decide(universe, set, &request, entities, arena, result);
	cedar_entities_free(entities);
}

static void check_errors(const struct universe *universe, const struct cedar_policyset *set,
			 const struct analysis_finding *finding)
{
	struct cedar_result result;
	struct arena arena;
	bool found = false;
	arena_init(&arena, 1 << 24);
	decide_example(universe, set, finding->example, &arena, &result);
	for (size_t i = 0; i < result.error_count; i++)
		found = found || result.errors[i].policy == finding->policy;
	CHECK(found);
	arena_free(&arena);
}

static void check_findings(const struct universe *universe, const struct cedar_policyset *set, struct tally *tally)
{
	static struct truth_table table;
	unsigned idle = 0, errs = 0, unknown = 0;
	struct analysis analysis;
	struct fault why = {0};
	struct arena arena;
	arena_init(&arena, 1 << 26);
	fill_table(universe, set, &table);
	CHECK_OK(analysis_run(universe->cedar_schema, set, &arena, &analysis, &why), why);
	for (size_t i = 0; i < analysis.count; i++) {
		const struct analysis_finding *finding = &analysis.findings[i];
		unsigned bit = 1u << finding->policy;
		tally->findings++;
		tally->unknown += finding->rule == ANALYSIS_UNKNOWN;
		if (finding->rule == ANALYSIS_UNKNOWN)
			unknown |= bit;
		else if (finding->rule == ANALYSIS_ERROR)
			errs |= bit;
		else if (finding->rule != ANALYSIS_WIDE)
			idle |= bit;
		if (finding->rule == ANALYSIS_ERROR)
			check_errors(universe, set, finding);
		for (size_t r = 0; r < universe->request_count; r++) {
			unsigned matches = table.matches[r];
			if (finding->rule == ANALYSIS_NEVER)
				CHECK(!(matches & bit));
			if (finding->rule == ANALYSIS_FORBIDDEN && (matches & bit))
				CHECK(!allows(set, matches));
			if (finding->rule == ANALYSIS_REDUNDANT || finding->rule == ANALYSIS_DUPLICATE)
				CHECK(allows(set, matches) == allows(set, matches & ~bit) || (idle & ~bit));
			if (finding->rule == ANALYSIS_DUPLICATE)
				CHECK(!(matches & bit) == !(matches >> finding->others[0] & 1) || finding->other_count != 1);
		}
	}
	for (size_t r = 0; r < universe->request_count; r++)
		CHECK(!(table.errs[r] & ~errs & ~unknown & ~idle));
	arena_free(&arena);
}

static void check_differences(const struct universe *universe, const struct cedar_policyset *a,
			      const struct cedar_policyset *b, struct tally *tally)
{
	static struct truth_table of_a, of_b;
	struct analysis_differences differences;
	struct fault why = {0};
	struct arena arena;
	bool any = false;
	arena_init(&arena, 1 << 26);
	fill_table(universe, a, &of_a);
	fill_table(universe, b, &of_b);
	CHECK_OK(analysis_differences(universe->cedar_schema, a, b, &arena, &differences, &why), why);
	for (size_t r = 0; r < universe->request_count; r++)
		any = any || (allows(a, of_a.matches[r]) && !allows(b, of_b.matches[r]));
	for (size_t i = 0; i < differences.count; i++) {
		struct cedar_result result;
		if (differences.items[i].is_unknown)
			continue;
		decide_example(universe, a, differences.items[i].example, &arena, &result);
		CHECK_INT(result.decision, CEDAR_ALLOW);
		decide_example(universe, b, differences.items[i].example, &arena, &result);
		CHECK_INT(result.decision, CEDAR_DENY);
	}
	if (differences.count == 0)
		CHECK(!any);
	tally->differences += differences.count;
	tally->unknown += differences.unknown_count;
	tally->equal += differences.count == 0;
	arena_free(&arena);
}

static void check_common(const struct universe *universe, const struct cedar_policyset *a, const struct cedar_policyset *b)
{
	static struct truth_table of_a, of_b;
	struct analysis_differences common;
	struct fault why = {0};
	struct arena arena;
	bool any = false;
	arena_init(&arena, 1 << 26);
	fill_table(universe, a, &of_a);
	fill_table(universe, b, &of_b);
	CHECK_OK(analysis_common(universe->cedar_schema, a, b, &arena, &common, &why), why);
	for (size_t r = 0; r < universe->request_count; r++)
		any = any || (allows(a, of_a.matches[r]) && allows(b, of_b.matches[r]));
	CHECK(common.count > 0 || !any);
	arena_free(&arena);
}

static void play(struct universe *universe)
{
	struct tally tally = {0};
	const char *given = getenv("TIPSTAFF_SEED");
	uint64_t first = given ? strtoull(given, NULL, 10) : 1;
	universe_open(universe);
	for (uint64_t round = first; round < first + (given ? 1 : ROUNDS); round++) {
		struct cedar_policyset *sets[2];
		seed = round * 0x9e3779b97f4a7c15u;
		for (unsigned s = 0; s < 2; s++) {
			struct buffer text;
			buffer_init(&text, 1 << 20);
			for (unsigned i = draw(SET_MAX) + 1; i > 0; i--)
				write_policy(&text, universe);
			sets[s] = say_policies(buffer_slice(&text));
			if (given)
				print_message("# set %u\n%.*s", s, SLICE_ARG(buffer_slice(&text)));
			buffer_free(&text);
		}
		print_message("# seed %llu\n", (unsigned long long)round);
		check_findings(universe, sets[0], &tally);
		check_differences(universe, sets[0], sets[1], &tally);
		check_differences(universe, sets[1], sets[0], &tally);
		check_common(universe, sets[0], sets[1]);
		for (unsigned s = 0; s < 2; s++)
			cedar_policyset_free(sets[s]);
	}
	print_message("# %zu requests; %zu findings, %zu differences, %zu implications, %zu unknown\n", universe->request_count,
		      tally.findings, tally.differences, tally.equal, tally.unknown);
	/* Every expression of the tables is one that is understood. */
	CHECK_INT(tally.unknown, 0);
	universe_close(universe);
}

TEST(without_a_schema_no_request_contradicts_what_was_claimed)
{
	static struct universe universe = {
		.schema = "", .atoms = loose_atoms, .contexts = loose_contexts, .stores = loose_stores,
		.principals = loose_principals, .resources = loose_resources, .atom_count = COUNT(loose_atoms),
		.context_count = COUNT(loose_contexts), .store_count = COUNT(loose_stores),
		.principal_count = COUNT(loose_principals), .resource_count = COUNT(loose_resources)};
	play(&universe);
}

TEST(under_a_schema_no_request_contradicts_what_was_claimed)
{
	static struct universe universe = {
		.schema = schema_text, .atoms = strict_atoms, .contexts = strict_contexts, .stores = strict_stores,
		.principals = strict_principals, .resources = strict_resources, .atom_count = COUNT(strict_atoms),
		.context_count = COUNT(strict_contexts), .store_count = COUNT(strict_stores),
		.principal_count = COUNT(strict_principals), .resource_count = COUNT(strict_resources)};
	play(&universe);
}
