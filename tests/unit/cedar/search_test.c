#include "cedar/cedar.h"

#include "check.h"
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
