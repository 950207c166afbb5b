#include "cedar/cedar.h"

#include "base/memory.h"
#include "check.h"
#include "unit/cedar/world.h"

#include <stdio.h>

/* One decision after the other over the same policies and layers. */
struct bench {
	struct arena arena;
	struct cedar_policyset *set;
	const struct cedar_entities *layers[4];
	const struct cedar_policyset *sets[2];
	struct cedar_world world;
	struct cedar_request request;
	struct cedar_uid principal;
	struct cedar_uid action;
	struct cedar_uid resource;
};

static struct cedar_policyset *parse(slice text)
{
	struct cedar_policyset *set;
	struct fault why = {0};
	struct cedar_source source = {.name = SLICE("test"), .text = text};
	CHECK_OK(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, &why), why);
	return set;
}

static struct cedar_entities *store(slice json)
{
	struct cedar_entities *entities;
	struct fault why = {0};
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&world_key);
	CHECK_OK(cedar_entities_add_json(builder, SLICE("entities"), json, NULL, &why), why);
	CHECK_OK(cedar_entities_build(builder, &entities, &why), why);
	return entities;
}

static void start(struct bench *bench, slice policies)
{
	*bench = (struct bench){.set = parse(policies)};
	arena_init(&bench->arena, 1 << 22);
	bench->principal = cedar_uid_make(&world_key, SLICE("Agent"), SLICE("a1"));
	bench->action = cedar_uid_make(&world_key, SLICE("Action"), SLICE("read"));
	bench->resource = cedar_uid_make(&world_key, SLICE("File"), SLICE("/etc"));
	bench->sets[0] = bench->set;
	bench->world = (struct cedar_world){bench->layers, 0, bench->sets, 1};
	bench->request = (struct cedar_request){.principal = &bench->principal, .action = &bench->action,
						.resource = &bench->resource};
}

static struct cedar_result decide(struct bench *bench)
{
	struct cedar_result result;
	enum cedar_decision decision = cedar_authorize(&bench->request, &bench->world, &bench->arena, &result);
	CHECK_INT(decision, result.decision);
	return result;
}

static enum cedar_possibility possibility(struct bench *bench)
{
	enum cedar_possibility result;
	struct fault why = {0};
	CHECK_OK(cedar_may_permit(&bench->request, &bench->world, &bench->arena, &result, &why), why);
	return result;
}

static void stop(struct bench *bench)
{
	cedar_policyset_free(bench->set);
	arena_free(&bench->arena);
}

TEST(nothing_permits_nothing)
{
	struct bench bench;
	start(&bench, SLICE(""));
	struct cedar_result result = decide(&bench);
	CHECK_INT(result.decision, CEDAR_DENY);
	CHECK_INT(result.failure, E_OK);
	CHECK_INT(result.reason_count, 0);
	CHECK_INT(possibility(&bench), CEDAR_NEVER);
	stop(&bench);
}

TEST(every_forbid_is_a_reason_and_a_policy_that_errs_is_skipped)
{
	struct bench bench;
	start(&bench, SLICE("permit(principal, action, resource);"
			    "forbid(principal, action, resource) when { context.nope };"
			    "forbid(principal, action == Action::\"read\", resource);"
			    "forbid(principal is Agent, action, resource);"
			    "permit(principal, action, resource) when { 1 };"));
	struct cedar_result result = decide(&bench);
	CHECK_INT(result.decision, CEDAR_DENY);
	CHECK_INT(result.reason_count, 2);
	CHECK_SLICE(result.reasons[0].id, SLICE("policy2"));
	CHECK_SLICE(result.reasons[1].id, SLICE("policy3"));
	CHECK_INT(result.error_count, 2);
	CHECK_SLICE(result.errors[0].id, SLICE("policy1"));
	CHECK_SLICE(result.errors[0].message, SLICE("record does not have the attribute `nope`"));
	CHECK_SLICE(result.errors[1].id, SLICE("policy4"));
	stop(&bench);
}

TEST(ancestors_are_found_across_layers_and_the_first_layer_wins)
{
	struct bench bench;
	start(&bench, SLICE("permit(principal in Org::\"o\", action in Action::\"any\", resource) when "
			    "{ principal.level == 2 && resource in Server::\"fs\" && User::\"u\" in Org::\"o\" };"));
	struct cedar_entities *first = store(SLICE(
		"[{\"uid\":{\"type\":\"Agent\",\"id\":\"a1\"},\"attrs\":{\"level\":2},\"parents\":[{\"type\":\"Team\",\"id\":\"t\"}]},"
		"{\"uid\":{\"type\":\"File\",\"id\":\"/etc\"},\"attrs\":{},\"parents\":[{\"type\":\"Tool\",\"id\":\"read\"}]}]"));
	struct cedar_entities *second = store(SLICE(
		"[{\"uid\":{\"type\":\"Agent\",\"id\":\"a1\"},\"attrs\":{\"level\":9},\"parents\":[]},"
		"{\"uid\":{\"type\":\"Team\",\"id\":\"t\"},\"attrs\":{},\"parents\":[{\"type\":\"Dept\",\"id\":\"d\"}]},"
		"{\"uid\":{\"type\":\"User\",\"id\":\"u\"},\"attrs\":{},\"parents\":[{\"type\":\"Dept\",\"id\":\"d\"}]},"
		"{\"uid\":{\"type\":\"Action\",\"id\":\"read\"},\"attrs\":{},\"parents\":[{\"type\":\"Action\",\"id\":\"any\"}]}]"));
	struct cedar_entities *third = store(SLICE(
		"[{\"uid\":{\"type\":\"Dept\",\"id\":\"d\"},\"attrs\":{},\"parents\":[{\"type\":\"Org\",\"id\":\"o\"}]},"
		"{\"uid\":{\"type\":\"Org\",\"id\":\"o\"},\"attrs\":{},\"parents\":[{\"type\":\"Team\",\"id\":\"t\"}]},"
		"{\"uid\":{\"type\":\"Tool\",\"id\":\"read\"},\"attrs\":{},\"parents\":[{\"type\":\"Server\",\"id\":\"fs\"}]}]"));
	bench.layers[0] = first;
	bench.layers[1] = second;
	bench.layers[2] = third;
	bench.world.layer_count = 3;
	CHECK_INT(decide(&bench).decision, CEDAR_ALLOW);
	bench.world.layer_count = 2;
	CHECK_INT(decide(&bench).decision, CEDAR_DENY);
	cedar_entities_free(first);
	cedar_entities_free(second);
	cedar_entities_free(third);
	stop(&bench);
}

TEST(sets_of_policies_decide_together)
{
	struct bench bench;
	start(&bench, SLICE("permit(principal, action, resource);"));
	struct cedar_policyset *second = parse(SLICE("forbid(principal == Agent::\"a1\", action, resource);"));
	bench.sets[1] = second;
	CHECK_INT(decide(&bench).decision, CEDAR_ALLOW);
	bench.world.set_count = 2;
	struct cedar_result result = decide(&bench);
	CHECK_INT(result.decision, CEDAR_DENY);
	CHECK_INT(result.reasons[0].set, 1);
	CHECK_INT(possibility(&bench), CEDAR_NEVER);
	cedar_policyset_free(second);
	stop(&bench);
}

TEST(whatever_fails_denies)
{
	struct bench bench;
	struct cedar_result result;
	start(&bench, SLICE("permit(principal, action, resource) when { [principal, action].contains(principal) };"));
	CHECK_INT(decide(&bench).decision, CEDAR_ALLOW);
	/* No memory at each allocation, no arena, mixed keys, no principal, unknowns, a context that is no record. */
	for (uint64_t nth = 1; nth < 4; nth++) {
		arena_free(&bench.arena);
		memory_fail_at(nth);
		result = decide(&bench);
		CHECK(result.decision == CEDAR_ALLOW || result.failure == E_MEMORY);
		CHECK(nth != 1 || result.decision == CEDAR_DENY);
		memory_fail_at(0);
	}
	struct arena none = {0};
	CHECK_INT(cedar_authorize(&bench.request, &bench.world, &none, &result), CEDAR_DENY);
	CHECK_INT(result.failure, E_MEMORY);
	struct hash_key other = {3, 4};
	struct cedar_source source = {.name = SLICE("x"), .text = SLICE("permit(principal, action, resource);")};
	struct cedar_policyset *set;
	CHECK_ERROR(cedar_policyset_parse(&other, &source, 1, &set, NULL, NULL), E_OK);
	bench.sets[1] = set;
	bench.world.set_count = 2;
	CHECK_INT(decide(&bench).failure, E_INVALID);
	cedar_policyset_free(set);
	bench.world.set_count = CEDAR_POLICYSETS_MAX + 1;
	CHECK_INT(decide(&bench).failure, E_LIMIT);
	bench.world.set_count = 1;
	bench.request.resource_unknown = true;
	CHECK_INT(decide(&bench).failure, E_INVALID);
	bench.request.resource_unknown = false;
	bench.request.context = cedar_long(1);
	CHECK_INT(decide(&bench).failure, E_INVALID);
	bench.request.context = (struct cedar_value){0};
	bench.request.principal = NULL;
	CHECK_INT(decide(&bench).failure, E_INVALID);
	stop(&bench);
}

TEST(a_decision_takes_nothing_from_the_heap)
{
	struct bench bench;
	start(&bench, SLICE("permit(principal in Team::\"t\", action, resource) when { [principal, action].contains(principal)"
			    " && {a: [1, 2, context.n]}.a.contains(3) && ip(context.ip).isLoopback() };"
			    "forbid(principal, action, resource) when { context.nope == 1 };"));
	struct cedar_entities *entities = store(SLICE(
		"[{\"uid\":{\"type\":\"Agent\",\"id\":\"a1\"},\"attrs\":{},\"parents\":[{\"type\":\"Team\",\"id\":\"t\"}]}]"));
	struct cedar_fields fields;
	struct fault why = {0};
	bench.layers[0] = entities;
	bench.world.layer_count = 1;
	cedar_fields_init(&fields, &bench.arena);
	cedar_fields_add(&fields, SLICE("n"), cedar_long(3));
	cedar_fields_add(&fields, SLICE("ip"), cedar_string(SLICE("127.0.0.1")));
	CHECK_OK(cedar_fields_finish(&fields, &bench.request.context, &why), why);
	/* A chunk with room for all that follows. */
	while (bench.arena.total_bytes < 500000)
		CHECK(arena_alloc(&bench.arena, 1000) != NULL);
	uint64_t before = memory_count();
	size_t used = bench.arena.used_bytes;
	for (int i = 0; i < 10; i++)
		CHECK_INT(decide(&bench).decision, CEDAR_ALLOW);
	CHECK_INT(memory_count(), before);
	CHECK(bench.arena.used_bytes - used < 20000);
	cedar_entities_free(entities);
	stop(&bench);
}

TEST(what_may_be_permitted_is_told_soundly)
{
	static const struct {
		slice policies;
		enum cedar_possibility expected;
	} rows[] = {
		{SLICE_INIT("permit(principal, action, resource);"), CEDAR_ALWAYS},
		{SLICE_INIT("permit(principal, action, resource is File);"), CEDAR_ALWAYS},
		{SLICE_INIT("permit(principal, action, resource is Other);"), CEDAR_NEVER},
		{SLICE_INIT("permit(principal, action, resource == File::\"x\");"), CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action, resource == Other::\"x\");"), CEDAR_NEVER},
		{SLICE_INIT("permit(principal, action, resource in Server::\"x\");"), CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action == Action::\"write\", resource);"), CEDAR_NEVER},
		{SLICE_INIT("permit(principal, action, resource) when { context.input.path like \"/tmp/*\" };"), CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action, resource) when { context.known == 1 && context.input.a };"), CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action, resource) when { context.known == 2 && context.input.a };"), CEDAR_NEVER},
		{SLICE_INIT("permit(principal, action, resource) when { context.input.a && context.known == 2 };"), CEDAR_NEVER},
		{SLICE_INIT("permit(principal, action, resource) when { context.input.a || context.known == 1 };"), CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action, resource) when { context.known == 1 || context.input.a };"), CEDAR_ALWAYS},
		{SLICE_INIT("permit(principal, action, resource) when { context has input };"), CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action, resource) when { context.nope };"), CEDAR_NEVER},
		{SLICE_INIT("permit(principal, action, resource) unless { context.input.a };"), CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action, resource); forbid(principal, action, resource) "
			    "when { context.input.a };"),
		 CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action, resource); forbid(principal, action, resource) "
			    "when { context.known == 1 };"),
		 CEDAR_NEVER},
		{SLICE_INIT("permit(principal, action, resource); forbid(principal, action, resource == File::\"x\");"),
		 CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action, resource); forbid(principal, action, resource == Other::\"x\");"),
		 CEDAR_ALWAYS},
		{SLICE_INIT("permit(principal, action, resource) when { if context.input.a then false else 1 == 2 };"),
		 CEDAR_NEVER},
		{SLICE_INIT("permit(principal, action, resource) when { if context.input.a then true else false };"),
		 CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action, resource) when { [1, context.input].contains(1) };"), CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action, resource) when { resource is Other || resource is File };"), CEDAR_ALWAYS},
		{SLICE_INIT("permit(principal, action, resource) when { resource == principal };"), CEDAR_NEVER},
		{SLICE_INIT("permit(principal, action, resource) when { resource.size < 3 };"), CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action, resource) when { (context.input.n + 1) == 2 };"), CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action, resource) when { ip(context.input.n).isLoopback() };"), CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action, resource) when { !(context.input == context.input) };"), CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action, resource) when { context == {known: 1} };"), CEDAR_MAYBE},
		{SLICE_INIT("permit(principal, action, resource) when { {a: resource}.a is File };"), CEDAR_ALWAYS},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench bench;
		struct cedar_fields fields;
		struct fault why = {0};
		start(&bench, rows[i].policies);
		cedar_fields_init(&fields, &bench.arena);
		cedar_fields_add(&fields, SLICE("known"), cedar_long(1));
		cedar_fields_add(&fields, SLICE("input"), cedar_unknown());
		CHECK_OK(cedar_fields_finish(&fields, &bench.request.context, &why), why);
		bench.request.resource_unknown = true;
		if (possibility(&bench) != rows[i].expected)
			print_error("# %.*s\n", SLICE_ARG(rows[i].policies));
		CHECK_INT(possibility(&bench), rows[i].expected);
		stop(&bench);
	}
}

/* Each of many policies must be found through the index exactly when its head matches. */
TEST(the_index_finds_what_a_linear_scan_finds)
{
	static const char *const heads[] = {
		"principal", "principal == Agent::\"a1\"", "principal in Team::\"t\"", "principal is Agent",
		"principal is Agent in Team::\"t\"", "principal == Agent::\"zz\"", "principal is Other"};
	static const char *const actions[] = {"action", "action == Action::\"read\"", "action in Action::\"any\"",
					      "action in [Action::\"x\", Action::\"read\"]", "action == Action::\"x\"",
					      "action in []"};
	static const char *const resources[] = {"resource", "resource == File::\"/etc\"", "resource in Server::\"fs\"",
						"resource is File", "resource is File in Server::\"fs\"",
						"resource in Server::\"zz\""};
	struct buffer text;
	buffer_init(&text, 1 << 22);
	size_t expected = 0;
	for (size_t copy = 0; copy < 12; copy++)
		for (size_t i = 0; i < 7; i++)
			for (size_t j = 0; j < 6; j++)
				for (size_t k = 0; k < 6; k++) {
					buffer_print(&text, "permit(%s, %s, %s);\n", heads[i], actions[j], resources[k]);
					expected += i < 5 && j < 4 && k < 5;
				}
	struct bench bench;
	start(&bench, buffer_slice(&text));
	struct cedar_entities *entities = store(SLICE(
		"[{\"uid\":{\"type\":\"Agent\",\"id\":\"a1\"},\"attrs\":{},\"parents\":[{\"type\":\"Team\",\"id\":\"t\"}]},"
		"{\"uid\":{\"type\":\"File\",\"id\":\"/etc\"},\"attrs\":{},\"parents\":[{\"type\":\"Server\",\"id\":\"fs\"}]},"
		"{\"uid\":{\"type\":\"Action\",\"id\":\"read\"},\"attrs\":{},\"parents\":[{\"type\":\"Action\",\"id\":\"any\"}]}]"));
	bench.layers[0] = entities;
	bench.world.layer_count = 1;
	struct cedar_result result = decide(&bench);
	CHECK_INT(result.decision, CEDAR_ALLOW);
	CHECK_INT(result.reason_count, expected);
	cedar_entities_free(entities);
	buffer_free(&text);
	stop(&bench);
}

/* A condition that many policies share is evaluated once, and still counts and errs for each of them. */
TEST(shared_conditions_hold_or_err_for_every_policy)
{
	struct buffer text;
	buffer_init(&text, 1 << 20);
	for (unsigned i = 0; i < 10; i++)
		buffer_add_text(&text, "permit(principal, action, resource) when { principal == principal } unless { action == resource };"
				       "permit(principal, action, resource) when { context.nope.x == 1 };"
				       "permit(principal, action, resource) when { !(principal == principal) };"
				       "permit(principal, action, resource) when { 1 + 1 };");
	struct bench bench;
	start(&bench, buffer_slice(&text));
	for (int round = 0; round < 2; round++) {
		bench.request.with_facts = round == 1;
		struct cedar_result result = decide(&bench);
		CHECK_INT(result.decision, CEDAR_ALLOW);
		CHECK_INT(result.reason_count, 10);
		CHECK_INT(result.error_count, 20);
		CHECK_SLICE(result.errors[18].message, SLICE("record does not have the attribute `nope`"));
		CHECK_SLICE(result.errors[19].message, SLICE("type error: expected bool, got long"));
	}
	buffer_free(&text);
	stop(&bench);
}

/* However many there are, and in whatever order the heads lead to them. */
TEST(many_reasons_and_errors_come_in_the_order_of_sets_and_policies)
{
	static const char *const heads[] = {"(principal, action, resource)", "(principal == Agent::\"a1\", action, resource)",
					    "(principal, action == Action::\"read\", resource)",
					    "(principal, action, resource == File::\"/etc\")", "(principal is Agent, action, resource)"};
	struct buffer text;
	buffer_init(&text, 1 << 20);
	for (unsigned i = 0; i < 700; i++)
		buffer_print(&text, "permit%s when { %s };\n", heads[(i * 7 + i / 11) % 5], i % 3 ? "1 < 2" : "context.nope");
	struct bench bench;
	start(&bench, buffer_slice(&text));
	struct cedar_policyset *second = parse(buffer_slice(&text));
	bench.sets[1] = second;
	bench.world.set_count = 2;
	struct cedar_result result = decide(&bench);
	CHECK_INT(result.error_count, 2 * 234);
	CHECK_INT(result.reason_count, 2 * 466);
	for (size_t i = 0; i < result.reason_count; i++) {
		uint32_t nth = (uint32_t)(i % 466);
		CHECK_INT(result.reasons[i].set, i / 466);
		CHECK_INT(result.reasons[i].policy, nth / 2 * 3 + nth % 2 + 1);
	}
	for (size_t i = 0; i < result.error_count; i++) {
		CHECK_INT(result.errors[i].set, i / 234);
		CHECK_INT(result.errors[i].policy, i % 234 * 3);
	}
	cedar_policyset_free(second);
	buffer_free(&text);
	stop(&bench);
}
