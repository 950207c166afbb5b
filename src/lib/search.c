#include "lib/inside.h"

#include "base/memory.h"

/* For many candidates and what is found of them; a search that needs more is a mistake. */
#define SEARCH_BYTES_MAX (2048ull * 1024u * 1024u)

/* Ids are copied, so that it refers to no store. */
struct tip_found {
	struct arena arena;
	struct tip_text *ids;
	size_t count;
	bool has_more;
};

static enum error take(struct lib_call *call, const struct tip_search *given, struct tip_search *ret_known)
{
	*ret_known = (struct tip_search){.size = sizeof(*ret_known)};
	if (!given)
		return E_OK;
	if (!lib_take(ret_known, sizeof(*ret_known), given, LIB_SEARCH_BYTES))
		return FAIL(&call->why, E_USAGE, "size of tip_search is %zu", given->size);
	if (ret_known->candidate_count && !ret_known->candidates)
		return FAIL(&call->why, E_USAGE, "the candidates are NULL with a length");
	if (ret_known->candidate_count > CEDAR_ENTITIES_MAX)
		return FAIL(&call->why, E_LIMIT, "more than %u candidates", CEDAR_ENTITIES_MAX);
	return lib_text_check(call, ret_known->after, "the id to go on from");
}

/* The one of the three that is unknown and has a type. */
static const struct cedar_uid *unknown_of(const struct cedar_request *request)
{
	return request->principal_unknown ? request->principal
	       : request->action_unknown  ? request->action
	       : request->resource_unknown ? request->resource
					   : NULL;
}

static enum error read_candidates(struct lib_call *call, const struct tip_search *known, const struct cedar_uid *unknown,
				  struct arena *arena, struct cedar_search *search)
{
	size_t count = known->candidate_count;
	if (!known->candidates || !unknown)
		return E_OK;
	struct cedar_uid *uids = ARENA_ARRAY(arena, count + 1, struct cedar_uid);
	const struct cedar_uid **list = arena_alloc_array(arena, count + 1, sizeof(*list));
	if (!uids || !list)
		return FAIL(&call->why, E_MEMORY, "no memory for candidates");
	for (size_t i = 0; i < count; i++) {
		TRY(lib_uid_make(call, lib_text(unknown->type), known->candidates[i], "candidate", &uids[i]));
		list[i] = &uids[i];
	}
	search->candidates = list;
	search->candidate_count = count;
	return E_OK;
}

static enum error keep(struct lib_call *call, const struct cedar_found *result, struct tip_found *found)
{
	found->ids = ARENA_ARRAY(&found->arena, result->count + 1, struct tip_text);
	if (!found->ids)
		return FAIL(&call->why, E_MEMORY, "no memory for what was found");
	for (size_t i = 0; i < result->count; i++)
		TRY(lib_keep(call, &found->arena, result->uids[i]->id, &found->ids[i]));
	found->count = result->count;
	found->has_more = result->has_more;
	return E_OK;
}

static enum error run(struct lib_call *call, const struct tip_world *given, const struct tip_request *request,
		      const struct tip_search *wanted, struct tip_found *found)
{
	struct lib_request read;
	struct lib_world world;
	struct tip_search known;
	struct cedar_found result;
	TRY(lib_request_read(call, request, TIP_UNKNOWN_PRINCIPAL | TIP_UNKNOWN_ACTION | TIP_UNKNOWN_RESOURCE, &found->arena,
			     &read));
	TRY(lib_world_read(call, given, read.schema, &world));
	TRY(take(call, wanted, &known));
	struct cedar_search search = {.request = &read.request, .world = &world.world, .after = lib_slice(known.after),
				      .limit = known.limit};
	TRY(read_candidates(call, &known, unknown_of(&read.request), &found->arena, &search));
	TRY(cedar_search(&search, &found->arena, &result, &call->why));
	return keep(call, &result, found);
}

static enum error answer(struct lib_call *call, const struct tip_world *world, const struct tip_request *request,
			 const struct tip_search *search, struct tip_found **ret_found)
{
	if (!ret_found)
		return FAIL(&call->why, E_USAGE, "there is no place for what is found");
	struct tip_found *found = memory_alloc(sizeof(*found));
	if (!found)
		return FAIL(&call->why, E_MEMORY, "no memory for a search");
	arena_init(&found->arena, SEARCH_BYTES_MAX);
	found->count = 0;
	enum error code = run(call, world, request, search, found);
	if (code == E_OK)
		*ret_found = found;
	else
		tip_found_free(found);
	return code;
}

int tip_search(const struct tip_world *world, const struct tip_request *request, const struct tip_search *search,
	       struct tip_found **ret_found, struct tip_error *error)
{
	struct lib_call call;
	if (ret_found)
		*ret_found = NULL;
	enum error code = lib_call_start(&call);
	if (code == E_OK)
		code = answer(&call, world, request, search, ret_found);
	return lib_call_end(&call, code, error);
}

void tip_found_free(struct tip_found *found)
{
	if (!found)
		return;
	arena_free(&found->arena);
	memory_free(found);
}

size_t tip_found_count(const struct tip_found *found)
{
	return found ? found->count : 0;
}

struct tip_text tip_found_id(const struct tip_found *found, size_t nth)
{
	return nth < tip_found_count(found) ? found->ids[nth] : (struct tip_text){NULL, 0};
}

int tip_found_has_more(const struct tip_found *found)
{
	return found && found->has_more;
}
