#include "cedar/cedar.h"

#include "cedar/node.h"
#include "check.h"
#include "unit/cedar/random_case.h"
#include "unit/cedar/world.h"

/* Two layers that share an entity, and policies over them. */
struct bench {
	struct arena arena;
	struct cedar_policyset *set;
	struct cedar_entities *stores[2];
	const struct cedar_entities *layers[2];
	const struct cedar_policyset *sets[1];
	struct cedar_world world;
	struct cedar_request request;
	struct cedar_search search;
};

static void start(struct bench *bench, slice policies)
{
	*bench = (struct bench){.set = world_policies(policies)};
	arena_init(&bench->arena, 1 << 24);
	bench->stores[0] = world_entities(
		SLICE("[{\"uid\":{\"type\":\"File\",\"id\":\"c\"},\"attrs\":{\"size\":3,\"owner\":{\"__entity\":{\"type\":"
		      "\"User\",\"id\":\"a\"}}},\"parents\":[{\"type\":\"Folder\",\"id\":\"f\"}]},"
		      "{\"uid\":{\"type\":\"File\",\"id\":\"a\"},\"attrs\":{\"size\":1},\"parents\":[]},"
		      "{\"uid\":{\"type\":\"User\",\"id\":\"a\"},\"attrs\":{},\"parents\":[]}]"));
	bench->stores[1] = world_entities(
		SLICE("[{\"uid\":{\"type\":\"File\",\"id\":\"a\"},\"attrs\":{\"size\":9},\"parents\":[]},"
		      "{\"uid\":{\"type\":\"File\",\"id\":\"b\"},\"attrs\":{\"size\":2},\"parents\":[{\"type\":\"Folder\","
		      "\"id\":\"f\"}]}]"));
	for (size_t i = 0; i < 2; i++)
		bench->layers[i] = bench->stores[i];
	bench->sets[0] = bench->set;
	bench->world = (struct cedar_world){bench->layers, 2, bench->sets, 1};
	bench->request = (struct cedar_request){.principal = world_uid(&bench->arena, SLICE("User::\"a\"")),
						.action = world_uid(&bench->arena, SLICE("Action::\"read\"")),
						.resource = world_uid(&bench->arena, SLICE("File::\"\"")),
						.resource_unknown = true};
	bench->search = (struct cedar_search){.request = &bench->request, .world = &bench->world};
}

static void stop(struct bench *bench)
{
	cedar_policyset_free(bench->set);
	cedar_entities_free(bench->stores[0]);
	cedar_entities_free(bench->stores[1]);
	arena_free(&bench->arena);
}

/* The ids that are found, joined by blanks. */
static slice found(struct bench *bench)
{
	struct cedar_found result;
	struct fault why = {0};
	slice text = SLICE("");
	CHECK_OK(cedar_search(&bench->search, &bench->arena, &result, &why), why);
	for (size_t i = 0; i < result.count; i++)
		text = arena_print(&bench->arena, "%.*s%s%.*s", SLICE_ARG(text), i ? " " : "",
				   SLICE_ARG(result.uids[i]->id));
	return result.has_more ? arena_print(&bench->arena, "%.*s ...", SLICE_ARG(text)) : text;
}

TEST(what_is_found_is_what_would_be_permitted)
{
	static const struct {
		slice policies;
		slice found;
	} rows[] = {
		{SLICE_INIT(""), SLICE_INIT("")},
		{SLICE_INIT("permit(principal, action, resource);"), SLICE_INIT("a b c")},
		{SLICE_INIT("permit(principal, action, resource == File::\"b\");"), SLICE_INIT("b")},
		/* An entity that is in no layer is no candidate, although it would be permitted. */
		{SLICE_INIT("permit(principal, action, resource == File::\"zz\");"), SLICE_INIT("")},
		{SLICE_INIT("permit(principal, action, resource in Folder::\"f\");"), SLICE_INIT("b c")},
		{SLICE_INIT("permit(principal, action, resource is File in Folder::\"f\") unless { resource.size == 2 };"),
		 SLICE_INIT("c")},
		{SLICE_INIT("permit(principal, action, resource is Folder);"), SLICE_INIT("")},
		/* The first layer wins. */
		{SLICE_INIT("permit(principal, action, resource) when { resource.size < 3 };"), SLICE_INIT("a b")},
		{SLICE_INIT("permit(principal, action, resource) when { resource.owner == principal };"), SLICE_INIT("c")},
		{SLICE_INIT("permit(principal, action, resource); forbid(principal, action, resource == File::\"b\");"),
		 SLICE_INIT("a c")},
		{SLICE_INIT("permit(principal, action, resource); forbid(principal, action, resource) when "
			    "{ resource.owner == principal };"),
		 SLICE_INIT("a b")},
		{SLICE_INIT("permit(principal == User::\"b\", action, resource);"), SLICE_INIT("")},
		{SLICE_INIT("permit(principal, action == Action::\"write\", resource);"), SLICE_INIT("")},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bench bench;
		start(&bench, rows[i].policies);
		CHECK_SLICE(found(&bench), rows[i].found);
		stop(&bench);
	}
}

TEST(a_search_gives_pages_in_the_order_of_the_ids)
{
	struct bench bench;
	start(&bench, SLICE("permit(principal, action, resource);"));
	bench.search.limit = 2;
	CHECK_SLICE(found(&bench), SLICE("a b ..."));
	bench.search.after = SLICE("b");
	CHECK_SLICE(found(&bench), SLICE("c"));
	bench.search.after = SLICE("a");
	CHECK_SLICE(found(&bench), SLICE("b c"));
	bench.search.after = SLICE("");
	bench.search.limit = 0;
	CHECK_SLICE(found(&bench), SLICE("a b c"));
	stop(&bench);
}

TEST(a_caller_names_candidates)
{
	struct bench bench;
	start(&bench, SLICE("permit(principal, action == Action::\"read\", resource == File::\"zz\");"
			    "permit(principal, action == Action::\"edit\", resource in Folder::\"f\");"));
	const struct cedar_uid *files[] = {world_uid(&bench.arena, SLICE("File::\"zz\"")),
					   world_uid(&bench.arena, SLICE("Folder::\"zz\"")),
					   world_uid(&bench.arena, SLICE("File::\"zz\"")),
					   world_uid(&bench.arena, SLICE("File::\"a\""))};
	bench.search.candidates = files;
	bench.search.candidate_count = 4;
	CHECK_SLICE(found(&bench), SLICE("zz"));
	bench.search.candidate_count = 0;
	CHECK_SLICE(found(&bench), SLICE(""));
	const struct cedar_uid *actions[] = {world_uid(&bench.arena, SLICE("Action::\"read\"")),
					     world_uid(&bench.arena, SLICE("Action::\"edit\""))};
	bench.search.candidates = actions;
	bench.search.candidate_count = 2;
	bench.request.resource = world_uid(&bench.arena, SLICE("File::\"b\""));
	bench.request.resource_unknown = false;
	bench.request.action_unknown = true;
	CHECK_SLICE(found(&bench), SLICE("edit"));
	stop(&bench);
}

TEST(a_search_that_makes_no_sense_is_refused)
{
	struct bench bench;
	struct cedar_found result;
	struct cedar_field field = {SLICE("x"), cedar_unknown()};
	struct fault why = {0};
	start(&bench, SLICE("permit(principal, action, resource);"));
	bench.request.principal_unknown = true;
	CHECK_ERROR(cedar_search(&bench.search, &bench.arena, &result, &why), E_INVALID);
	bench.request.principal_unknown = false;
	bench.request.resource_unknown = false;
	CHECK_ERROR(cedar_search(&bench.search, &bench.arena, &result, &why), E_INVALID);
	bench.request.resource_unknown = true;
	CHECK_OK(cedar_record(&bench.arena, &field, 1, &bench.request.context, &why), why);
	CHECK_ERROR(cedar_search(&bench.search, &bench.arena, &result, &why), E_INVALID);
	CHECK_INT(result.count, 0);
	bench.request.context = (struct cedar_value){0};
	bench.request.resource = NULL;
	CHECK_ERROR(cedar_search(&bench.search, &bench.arena, &result, &why), E_INVALID);
	bench.request.resource = world_uid(&bench.arena, SLICE("File::\"\""));
	bench.request.context = cedar_long(1);
	CHECK_ERROR(cedar_search(&bench.search, &bench.arena, &result, &why), E_INVALID);
	stop(&bench);
}

/* --- any policies: what is found is what each decision says --- */

static const struct cedar_uid *candidates_of(struct arena *arena, enum variable variable, unsigned number)
{
	static const slice uids[VARIABLE_COUNT][4] = {
		{SLICE_INIT("User::\"a\""), SLICE_INIT("User::\"b\""), SLICE_INIT("User::\"zz\""), SLICE_INIT("Group::\"g\"")},
		{SLICE_INIT("Action::\"read\""), SLICE_INIT("Action::\"write\""), SLICE_INIT("Action::\"zz\""), SLICE_INIT("User::\"a\"")},
		{SLICE_INIT("File::\"f\""), SLICE_INIT("File::\"e\""), SLICE_INIT("File::\"zz\""), SLICE_INIT("Folder::\"d\"")}};
	return world_uid(arena, uids[variable][number]);
}

static const struct cedar_uid **place_of(struct cedar_request *request, enum variable variable)
{
	return variable == VARIABLE_PRINCIPAL ? &request->principal
	       : variable == VARIABLE_ACTION  ? &request->action
					      : &request->resource;
}

/* Each candidate decided on its own. */
static bool is_right(struct bench *bench, struct cedar_request whole, enum variable variable,
		     const struct cedar_found *found, bool is_named)
{
	size_t expected = 0;
	for (unsigned i = 0; i < (is_named ? 3u : 2u); i++) {
		struct cedar_result result;
		const struct cedar_uid *uid = candidates_of(&bench->arena, variable, i);
		*place_of(&whole, variable) = uid;
		if (cedar_authorize(&whole, &bench->world, &bench->arena, &result) != CEDAR_ALLOW)
			continue;
		bool is_found = false;
		for (size_t j = 0; j < found->count && !is_found; j++)
			is_found = cedar_uid_equal(found->uids[j], uid);
		if (!is_found)
			return false;
		expected++;
	}
	return expected == found->count;
}

static bool check_search(struct random *random, struct bench *bench)
{
	struct fault why = {0};
	struct cedar_found found;
	struct cedar_request whole = {.principal = candidates_of(&bench->arena, VARIABLE_PRINCIPAL, random_below(random, 3)),
				      .action = candidates_of(&bench->arena, VARIABLE_ACTION, random_below(random, 2)),
				      .resource = candidates_of(&bench->arena, VARIABLE_RESOURCE, random_below(random, 3)),
				      .context = random_context(random, &bench->arena, true)};
	enum variable variable = (enum variable)random_below(random, 3);
	const struct cedar_uid *named[4];
	for (unsigned i = 0; i < 4; i++)
		named[i] = candidates_of(&bench->arena, variable, i);
	bench->request = whole;
	bench->request.principal_unknown = variable == VARIABLE_PRINCIPAL;
	bench->request.action_unknown = variable == VARIABLE_ACTION;
	bench->request.resource_unknown = variable == VARIABLE_RESOURCE;
	bool is_named = random_below(random, 4) == 0;
	bench->search.candidates = is_named ? named : NULL;
	bench->search.candidate_count = 4;
	CHECK_OK(cedar_search(&bench->search, &bench->arena, &found, &why), why);
	return is_right(bench, whole, variable, &found, is_named);
}

/* Entities that are no candidates: with them there are many. */
static struct cedar_entities *make_crowd(void)
{
	struct buffer text;
	buffer_init(&text, 1 << 20);
	for (unsigned i = 0; i < 2000; i++)
		buffer_print(&text, "%s{\"uid\":{\"type\":\"Crowd\",\"id\":\"%u\"},\"attrs\":{},\"parents\":[]}", i ? "," : "[", i);
	buffer_add_byte(&text, ']');
	struct cedar_entities *crowd = world_entities(buffer_slice(&text));
	buffer_free(&text);
	return crowd;
}

static void check_searches(uint64_t seed, unsigned rounds, unsigned policies)
{
	struct cedar_entities *store = world_entities(random_entities), *crowd = make_crowd();
	const struct cedar_entities *layers[] = {store, crowd};
	for (uint64_t last = seed + rounds; seed < last; seed++) {
		struct random random = {seed};
		struct buffer text;
		struct bench bench;
		bool right = true;
		buffer_init(&text, 1 << 20);
		random_policies(&random, &text, 1 + random_below(&random, policies));
		start(&bench, buffer_slice(&text));
		/* Among few each is decided by all policies, among many by what is left of them. */
		bench.world = (struct cedar_world){layers, 1 + seed % 2, bench.sets, 1};
		for (unsigned i = 0; i < 8 && right; i++)
			right = check_search(&random, &bench);
		if (!right)
			print_error("# seed %llu\n%.*s", (unsigned long long)seed, SLICE_ARG(buffer_slice(&text)));
		CHECK(right);
		stop(&bench);
		buffer_free(&text);
	}
	cedar_entities_free(store);
	cedar_entities_free(crowd);
}

TEST(a_search_among_few_policies_finds_what_each_decision_permits)
{
	check_searches(1, 1000, 6);
}

TEST(a_search_among_many_policies_finds_what_each_decision_permits)
{
	check_searches(5000, 100, 200);
}
