#include "cedar/search.h"

#include "cedar/evaluate.h"
#include "cedar/limits.h"
#include "cedar/policies.h"
#include "cedar/residual.h"
#include "cedar/sort.h"
#include "cedar/store.h"

/* Entities, growing in the arena. */
struct uid_list {
	const struct cedar_uid **items;
	size_t count;
	size_t size;
};

static enum error add(struct uid_list *list, const struct cedar_uid *uid, struct arena *arena, struct fault *why)
{
	if (list->count == CEDAR_ENTITIES_MAX)
		return FAIL(why, E_LIMIT, "a search among more than %u entities", CEDAR_ENTITIES_MAX);
	if (list->count == list->size) {
		size_t size = list->size ? 2 * list->size : 64;
		const struct cedar_uid **bigger = ARENA_ARRAY(arena, size, const struct cedar_uid *);
		if (!bigger)
			return FAIL(why, E_MEMORY, "no memory for %zu candidates", size);
		for (size_t i = 0; i < list->count; i++)
			bigger[i] = list->items[i];
		list->items = bigger;
		list->size = size;
	}
	list->items[list->count++] = uid;
	return E_OK;
}

/* The unknown's place in a copy of the request, where each candidate is put. */
static enum error open_place(struct cedar_request *request, enum variable *ret_variable,
			     const struct cedar_uid ***ret_place, struct fault *why)
{
	struct {
		bool *unknown;
		const struct cedar_uid **uid;
	} places[] = {[VARIABLE_PRINCIPAL] = {&request->principal_unknown, &request->principal},
		      [VARIABLE_ACTION] = {&request->action_unknown, &request->action},
		      [VARIABLE_RESOURCE] = {&request->resource_unknown, &request->resource}};
	*ret_place = NULL;
	*ret_variable = VARIABLE_COUNT;
	for (size_t i = 0; i < 3; i++) {
		if (!*places[i].unknown)
			continue;
		if (*ret_place)
			return FAIL(why, E_INVALID, "a search is for one unknown only");
		*places[i].unknown = false;
		*ret_place = places[i].uid;
		*ret_variable = (enum variable)i;
	}
	if (!*ret_place || !**ret_place)
		return FAIL(why, E_INVALID, "a search needs an unknown whose type is given");
	return E_OK;
}

static bool is_wanted(const struct cedar_search *search, const struct cedar_uid *uid, slice type)
{
	return slice_equal(uid->type, type) && (!search->after.ptr || slice_compare(uid->id, search->after) > 0);
}

struct collecting {
	const struct cedar_search *search;
	slice type;
	struct uid_list *list;
	struct arena *arena;
	struct fault *why;
	enum error error;
};

static bool collect_entity(void *context, const struct cedar_entity_info *entity)
{
	struct collecting *collecting = context;
	if (is_wanted(collecting->search, entity->uid, collecting->type))
		collecting->error = add(collecting->list, entity->uid, collecting->arena, collecting->why);
	return collecting->error == E_OK;
}

static enum error collect_stored(const struct cedar_search *search, slice type, struct uid_list *list,
				 struct arena *arena, struct fault *why)
{
	struct collecting collecting = {search, type, list, arena, why, E_OK};
	for (size_t i = 0; i < search->world->layer_count && collecting.error == E_OK; i++)
		cedar_entities_each(search->world->layers[i], collect_entity, &collecting);
	return collecting.error;
}

static enum error collect_named(const struct cedar_search *search, slice type, struct uid_list *list,
				struct arena *arena, struct fault *why)
{
	for (size_t i = 0; i < search->candidate_count; i++)
		if (is_wanted(search, search->candidates[i], type))
			TRY(add(list, search->candidates[i], arena, why));
	return E_OK;
}

static int compare_ids(const void *a, const void *b)
{
	return slice_compare((*(const struct cedar_uid *const *)a)->id, (*(const struct cedar_uid *const *)b)->id);
}

static void put_in_order(struct uid_list *list)
{
	size_t kept = 0;
	sort_items(list->items, list->count, sizeof(*list->items), compare_ids);
	for (size_t i = 0; i < list->count; i++)
		if (kept == 0 || !slice_equal(list->items[kept - 1]->id, list->items[i]->id))
			list->items[kept++] = list->items[i];
	list->count = kept;
}

/* Among no more entities than these, deciding each costs less than finding out what is left of the policies. */
#define FEW_MAX 1000u

/* What decides a candidate: what is left of the policies, as a set of its own, or all of them. */
struct sieve {
	struct cedar_policyset set;
	const struct cedar_policyset *sets[1];
	struct cedar_world world;
	struct arena *arena;
	bool always_permits; /* unless one of the set forbids */
	bool is_empty;       /* nothing is left */
};

static enum error sieve_make(struct sieve *sieve, const struct cedar_world *world, const struct cedar_partial *partial,
			     struct arena *arena, struct fault *why)
{
	struct cedar_policyset *set = &sieve->set;
	sieve->always_permits = partial->permit_count > 0;
	sieve->sets[0] = set;
	sieve->world = (struct cedar_world){world->layers, world->layer_count, sieve->sets, 1};
	set->key = world->sets[0]->key;
	set->policies = ARENA_ARRAY(arena, partial->residual_count, const struct policy *);
	if (!set->policies)
		return FAIL(why, E_MEMORY, "no memory for %zu policies", partial->residual_count);
	for (size_t i = 0; i < partial->residual_count; i++)
		if (partial->residuals[i].may_hold)
			set->policies[set->count++] = partial->residuals[i].left;
	sieve->is_empty = set->count == 0;
	return index_build(&set->index, set->policies, set->count, arena, why);
}

/* What one candidate took from the arena is given back. */
static enum error sieve_ask(const struct sieve *sieve, const struct cedar_request *request, bool *ret_permitted,
			    struct fault *why)
{
	struct arena_chunk *chunk = sieve->arena->chunk;
	size_t used_bytes = sieve->arena->used_bytes;
	struct cedar_result result;
	*ret_permitted = cedar_authorize(request, &sieve->world, sieve->arena, &result) == CEDAR_ALLOW;
	if (result.failure)
		return FAIL(why, result.failure, "%s", result.failure_sentence);
	/* A denial without a reason: nothing that is left forbids. */
	*ret_permitted = *ret_permitted || (sieve->always_permits && result.reason_count == 0);
	if (sieve->arena->chunk == chunk)
		sieve->arena->used_bytes = used_bytes;
	return E_OK;
}

/* Whom alone some permit names, where each permit that is left names one: nobody else needs to be looked for. */
static enum error collect_permitted(const struct cedar_search *search, const struct cedar_partial *partial,
				    enum variable variable, slice type, struct uid_list *list, struct arena *arena,
				    bool *ret_done, struct fault *why)
{
	*ret_done = false;
	for (size_t i = 0; i < partial->residual_count; i++) {
		const struct cedar_residual *residual = &partial->residuals[i];
		if (residual->may_hold && residual->effect == CEDAR_PERMIT &&
		    residual->left->scopes[variable].kind != SCOPE_EQUAL)
			return E_OK;
	}
	*ret_done = partial->permit_count == 0;
	for (size_t i = 0; i < partial->residual_count && *ret_done; i++) {
		const struct cedar_residual *residual = &partial->residuals[i];
		const struct cedar_uid *uid = residual->left->scopes[variable].entity;
		if (residual->may_hold && residual->effect == CEDAR_PERMIT && is_wanted(search, uid, type) &&
		    world_find(search->world, uid))
			TRY(add(list, uid, arena, why));
	}
	return E_OK;
}

static enum error collect(const struct cedar_search *search, const struct cedar_partial *partial, enum variable variable,
			  slice type, struct uid_list *list, struct arena *arena, struct fault *why)
{
	bool done = true;
	if (search->candidates)
		TRY(collect_named(search, type, list, arena, why));
	else
		TRY(collect_permitted(search, partial, variable, type, list, arena, &done, why));
	if (!done)
		TRY(collect_stored(search, type, list, arena, why));
	put_in_order(list);
	return E_OK;
}

/* Those of the list that are permitted come to its front. */
static enum error sift(const struct cedar_search *search, const struct sieve *sieve, struct cedar_request *request,
		       const struct cedar_uid **place, const struct uid_list *list, struct cedar_found *ret_found,
		       struct fault *why)
{
	for (size_t i = 0; i < list->count && !ret_found->has_more; i++) {
		bool permitted = sieve->always_permits;
		*place = list->items[i];
		if (!sieve->is_empty)
			TRY(sieve_ask(sieve, request, &permitted, why));
		if (permitted && search->limit && ret_found->count == search->limit)
			ret_found->has_more = true;
		else if (permitted)
			list->items[ret_found->count++] = list->items[i];
	}
	ret_found->uids = list->items;
	return E_OK;
}

/* There are no more candidates than these. */
static size_t bound_of(const struct cedar_search *search)
{
	size_t bound = search->candidates ? search->candidate_count : 0;
	for (size_t i = 0; i < search->world->layer_count && !search->candidates; i++)
		bound += cedar_entities_count(search->world->layers[i]);
	return bound;
}

/* The candidates, and what decides them. None: nothing would be permitted. */
static enum error prepare(const struct cedar_search *search, enum variable variable, slice type, struct uid_list *list,
			  struct sieve *sieve, struct fault *why)
{
	struct cedar_partial partial;
	if (bound_of(search) <= FEW_MAX) {
		TRY(search->candidates ? collect_named(search, type, list, sieve->arena, why)
				       : collect_stored(search, type, list, sieve->arena, why));
		put_in_order(list);
		return E_OK;
	}
	TRY(cedar_partial_make(search->request, search->world, NULL, sieve->arena, &partial, why));
	if (partial.possibility == CEDAR_NEVER)
		return E_OK;
	TRY(collect(search, &partial, variable, type, list, sieve->arena, why));
	return sieve_make(sieve, search->world, &partial, sieve->arena, why);
}

enum error cedar_search(const struct cedar_search *search, struct arena *arena, struct cedar_found *ret_found,
			struct fault *why)
{
	struct cedar_request request = *search->request;
	struct sieve sieve = {.world = *search->world, .arena = arena};
	struct uid_list list = {0};
	enum variable variable;
	const struct cedar_uid **place;
	*ret_found = (struct cedar_found){0};
	TRY(open_place(&request, &variable, &place, why));
	if (request.context.has_unknown)
		return FAIL(why, E_INVALID, "a search is for one unknown only");
	request.with_facts = false;
	enum error error = prepare(search, variable, (*place)->type, &list, &sieve, why);
	if (error == E_OK)
		error = sift(search, &sieve, &request, place, &list, ret_found, why);
	program_free(&sieve.set.index.program);
	if (error != E_OK)
		*ret_found = (struct cedar_found){0};
	return error;
}
