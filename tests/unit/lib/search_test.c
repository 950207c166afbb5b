/* Searches and remedies through the public library. */
#include <tipstaff/tipstaff.h>

#include "base/memory.h"
#include "check.h"

#include <stdio.h>
#include <string.h>

#define TEXT(literal) ((struct tip_text){literal, sizeof(literal) - 1})
#define NOTHING ((struct tip_text){NULL, 0})

static const char policies[] =
	"@remedy(\"context.approval, context.amount\")\n"
	"permit (principal, action == Action::\"pay\", resource) when { context.approval && context.amount < 100 };\n"
	"permit (principal, action == Action::\"read\", resource) when { resource.owner == principal };";
static const char entities[] =
	"[{\"uid\":{\"type\":\"File\",\"id\":\"a\"},\"attrs\":{\"owner\":{\"__entity\":{\"type\":\"User\",\"id\":\"x\"}}},\"parents\":[]},"
	"{\"uid\":{\"type\":\"File\",\"id\":\"b\"},\"attrs\":{\"owner\":{\"__entity\":{\"type\":\"User\",\"id\":\"y\"}}},\"parents\":[]},"
	"{\"uid\":{\"type\":\"File\",\"id\":\"c\"},\"attrs\":{\"owner\":{\"__entity\":{\"type\":\"User\",\"id\":\"x\"}}},\"parents\":[]},"
	"{\"uid\":{\"type\":\"User\",\"id\":\"x\"},\"attrs\":{},\"parents\":[]}]";
static const char types[] = "entity User; entity File { owner: User }; action read, pay appliesTo { principal: User, resource: File };";

/* Policies, a store and a request of User::"x" over them. */
struct bench {
	struct tip_policyset *set;
	struct tip_entities *store;
	const struct tip_policyset *sets[1];
	const struct tip_entities *stores[1];
	struct tip_world world;
	struct tip_request request;
};

static void start(struct bench *bench)
{
	*bench = (struct bench){.world = {.size = sizeof(struct tip_world)}, .request = TIP_REQUEST_INIT};
	CHECK_INT(tip_policyset_parse(policies, strlen(policies), NULL, &bench->set, NULL), TIP_OK);
	CHECK_INT(tip_entities_parse_json(entities, strlen(entities), NULL, &bench->store, NULL), TIP_OK);
	bench->sets[0] = bench->set;
	bench->stores[0] = bench->store;
	bench->world.sets = bench->sets;
	bench->world.stores = bench->stores;
	bench->world.set_count = bench->world.store_count = 1;
	bench->request.principal_type = TEXT("User");
	bench->request.principal_id = TEXT("x");
	bench->request.action_type = TEXT("Action");
	bench->request.action_id = TEXT("read");
	bench->request.resource_type = TEXT("File");
	bench->request.resource_id = TEXT("a");
}

static void stop(struct bench *bench)
{
	tip_policyset_free(bench->set);
	tip_entities_free(bench->store);
}

/* The ids, joined by blanks, with "..." where there is more. */
static slice found(const struct bench *bench, const struct tip_search *search)
{
	static char text[100];
	struct tip_error error = TIP_ERROR_INIT;
	struct tip_found *found;
	int code = tip_search(&bench->world, &bench->request, search, &found, &error);
	if (code != TIP_OK)
		print_error("%s\n", error.sentence);
	CHECK_INT(code, TIP_OK);
	text[0] = '\0';
	for (size_t i = 0; i < tip_found_count(found); i++) {
		struct tip_text id = tip_found_id(found, i);
		size_t used = strlen(text);
		snprintf(text + used, sizeof(text) - used, "%s%.*s", i ? " " : "", (int)id.len, id.ptr);
	}
	CHECK(!tip_found_id(found, tip_found_count(found)).ptr);
	if (tip_found_has_more(found))
		strcat(text, "...");
	tip_found_free(found);
	return slice_of(text);
}

TEST(a_search_finds_what_would_be_allowed)
{
	struct bench bench;
	struct tip_search search = TIP_SEARCH_INIT;
	start(&bench);
	bench.request.resource_id = NOTHING;
	bench.request.flags = TIP_UNKNOWN_RESOURCE;
	CHECK_SLICE(found(&bench, NULL), SLICE("a c"));
	search.limit = 1;
	CHECK_SLICE(found(&bench, &search), SLICE("a..."));
	search.after = TEXT("a");
	CHECK_SLICE(found(&bench, &search), SLICE("c"));
	search.after = NOTHING;
	search.limit = 0;
	/* Candidates need not be in a store: who is not there owns nothing. */
	const struct tip_text candidates[] = {TEXT("c"), TEXT("zz"), TEXT("b")};
	search.candidates = candidates;
	search.candidate_count = 3;
	CHECK_SLICE(found(&bench, &search), SLICE("c"));
	search.candidate_count = 0;
	CHECK_SLICE(found(&bench, &search), SLICE(""));
	stop(&bench);
}

TEST(a_search_goes_through_actions_of_the_schema)
{
	struct bench bench;
	struct tip_schema *schema;
	start(&bench);
	CHECK_INT(tip_schema_parse(types, strlen(types), NULL, &schema, NULL), TIP_OK);
	bench.request.schema = schema;
	bench.request.action_id = NOTHING;
	bench.request.flags = TIP_UNKNOWN_ACTION;
	CHECK_SLICE(found(&bench, NULL), SLICE("read"));
	tip_schema_free(schema);
	stop(&bench);
}

TEST(a_search_that_cannot_be_is_refused)
{
	struct bench bench;
	struct tip_search search = TIP_SEARCH_INIT;
	struct tip_found *result;
	start(&bench);
	CHECK_INT(tip_search(&bench.world, &bench.request, NULL, &result, NULL), TIP_INVALID);
	CHECK(!result);
	bench.request.flags = TIP_UNKNOWN_RESOURCE | TIP_UNKNOWN_PRINCIPAL;
	bench.request.resource_id = bench.request.principal_id = NOTHING;
	CHECK_INT(tip_search(&bench.world, &bench.request, NULL, &result, NULL), TIP_INVALID);
	bench.request.flags = TIP_UNKNOWN_PRINCIPAL;
	bench.request.resource_id = TEXT("a");
	bench.request.principal_type = NOTHING;
	CHECK_INT(tip_search(&bench.world, &bench.request, NULL, &result, NULL), TIP_INVALID);
	bench.request.principal_type = TEXT("User");
	search.size = 8;
	CHECK_INT(tip_search(&bench.world, &bench.request, &search, &result, NULL), TIP_USAGE);
	search = (struct tip_search)TIP_SEARCH_INIT;
	search.candidate_count = 1;
	CHECK_INT(tip_search(&bench.world, &bench.request, &search, &result, NULL), TIP_USAGE);
	const struct tip_text bad = TEXT("\xff");
	search.candidates = &bad;
	CHECK_INT(tip_search(&bench.world, &bench.request, &search, &result, NULL), TIP_INVALID);
	search.candidate_count = SIZE_MAX;
	CHECK_INT(tip_search(&bench.world, &bench.request, &search, &result, NULL), TIP_LIMIT);
	CHECK_INT(tip_search(NULL, &bench.request, NULL, &result, NULL), TIP_USAGE);
	CHECK_INT(tip_search(&bench.world, NULL, NULL, &result, NULL), TIP_USAGE);
	CHECK_INT(tip_search(&bench.world, &bench.request, NULL, NULL, NULL), TIP_USAGE);
	CHECK_INT(tip_found_count(NULL), 0);
	CHECK(!tip_found_has_more(NULL) && !tip_found_id(NULL, 0).ptr);
	tip_found_free(NULL);
	stop(&bench);
}

TEST(a_remedy_names_what_must_change)
{
	struct bench bench;
	struct tip_remedy *remedy;
	struct tip_text fact, must;
	start(&bench);
	bench.request.action_id = TEXT("pay");
	bench.request.context = TEXT("{\"approval\": false, \"amount\": 500}");
	CHECK_INT(tip_remedy_find(&bench.world, &bench.request, &remedy, NULL), TIP_OK);
	CHECK_INT(tip_remedy_count(remedy), 2);
	CHECK_INT(tip_remedy_condition(remedy, 0, &fact, &must), TIP_OK);
	CHECK_SLICE(slice_from(fact.ptr, fact.len), SLICE("context.approval"));
	CHECK_INT(tip_remedy_condition(remedy, 1, &fact, &must), TIP_OK);
	CHECK_SLICE(slice_from(must.ptr, must.len), SLICE("context.amount < 100"));
	CHECK_INT(tip_remedy_condition(remedy, 2, &fact, &must), TIP_NOT_FOUND);
	CHECK_INT(tip_remedy_condition(remedy, 0, NULL, &must), TIP_USAGE);
	CHECK_SLICE(slice_from(tip_remedy_permit(remedy).ptr, tip_remedy_permit(remedy).len), SLICE("policy0"));
	CHECK_INT(tip_remedy_permit_set(remedy), 0);
	tip_remedy_free(remedy);
	/* Nothing is declared changeable for reading. */
	bench.request.action_id = TEXT("read");
	bench.request.resource_id = TEXT("b");
	CHECK_INT(tip_remedy_find(&bench.world, &bench.request, &remedy, NULL), TIP_OK);
	CHECK_INT(tip_remedy_count(remedy), 0);
	CHECK(!tip_remedy_permit(remedy).ptr && tip_remedy_permit_set(remedy) == SIZE_MAX);
	tip_remedy_free(remedy);
	stop(&bench);
}

TEST(a_remedy_that_cannot_be_asked_for_is_refused)
{
	struct bench bench;
	struct tip_remedy *remedy;
	start(&bench);
	bench.request.flags = TIP_UNKNOWN_RESOURCE;
	CHECK_INT(tip_remedy_find(&bench.world, &bench.request, &remedy, NULL), TIP_USAGE);
	bench.request.flags = 0;
	bench.request.context = TEXT("[]");
	CHECK_INT(tip_remedy_find(&bench.world, &bench.request, &remedy, NULL), TIP_INVALID);
	CHECK(!remedy);
	bench.request.context = NOTHING;
	CHECK_INT(tip_remedy_find(NULL, &bench.request, &remedy, NULL), TIP_USAGE);
	CHECK_INT(tip_remedy_find(&bench.world, NULL, &remedy, NULL), TIP_USAGE);
	CHECK_INT(tip_remedy_find(&bench.world, &bench.request, NULL, NULL), TIP_USAGE);
	CHECK_INT(tip_remedy_count(NULL), 0);
	CHECK(!tip_remedy_permit(NULL).ptr && tip_remedy_permit_set(NULL) == SIZE_MAX);
	tip_remedy_free(NULL);
	stop(&bench);
}

TEST(every_allocation_of_a_search_or_remedy_may_fail)
{
	struct bench bench;
	start(&bench);
	bench.request.context = TEXT("{\"approval\": false, \"amount\": 500}");
	for (int i = 0; i < 2; i++) {
		struct tip_found *result = NULL;
		struct tip_remedy *remedy = NULL;
		bench.request.action_id = i ? TEXT("pay") : TEXT("read");
		bench.request.resource_id = i ? TEXT("a") : NOTHING;
		bench.request.flags = i ? 0 : TIP_UNKNOWN_RESOURCE;
		for (uint64_t nth = 1; !result && !remedy; nth++) {
			memory_fail_at(nth);
			int code = i ? tip_remedy_find(&bench.world, &bench.request, &remedy, NULL)
				     : tip_search(&bench.world, &bench.request, NULL, &result, NULL);
			memory_fail_at(0);
			CHECK(code == (result || remedy ? TIP_OK : TIP_MEMORY));
			CHECK(nth < 1000);
		}
		tip_found_free(result);
		tip_remedy_free(remedy);
	}
	stop(&bench);
}
