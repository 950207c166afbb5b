#include "cedar/search.h"

#include "cedar/limits.h"
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
static enum error open_place(struct cedar_request *request, const struct cedar_uid ***ret_place, struct fault *why)
{
	struct {
		bool *unknown;
		const struct cedar_uid **uid;
	} places[] = {{&request->principal_unknown, &request->principal},
		      {&request->action_unknown, &request->action},
		      {&request->resource_unknown, &request->resource}};
	*ret_place = NULL;
	for (size_t i = 0; i < 3; i++) {
		if (!*places[i].unknown)
			continue;
		if (*ret_place)
			return FAIL(why, E_INVALID, "a search is for one unknown only");
		*places[i].unknown = false;
		*ret_place = places[i].uid;
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

/* What one decision took from the arena is given back. */
static enum error decide_one(const struct cedar_search *search, const struct cedar_request *request,
			     struct arena *arena, bool *ret_permitted, struct fault *why)
{
	struct cedar_result result;
	struct arena_chunk *chunk = arena->chunk;
	size_t used_bytes = arena->used_bytes;
	*ret_permitted = cedar_authorize(request, search->world, arena, &result) == CEDAR_ALLOW;
	if (result.failure)
		return FAIL(why, result.failure, "%s", result.failure_sentence);
	if (arena->chunk == chunk)
		arena->used_bytes = used_bytes;
	return E_OK;
}

enum error cedar_search(const struct cedar_search *search, struct arena *arena, struct cedar_found *ret_found,
			struct fault *why)
{
	struct cedar_request request = *search->request;
	const struct cedar_uid **place;
	struct uid_list list = {0};
	size_t found = 0;
	*ret_found = (struct cedar_found){0};
	TRY(open_place(&request, &place, why));
	request.with_facts = false;
	if (search->candidates)
		TRY(collect_named(search, (*place)->type, &list, arena, why));
	else
		TRY(collect_stored(search, (*place)->type, &list, arena, why));
	put_in_order(&list);
	for (size_t i = 0; i < list.count && !ret_found->has_more; i++) {
		bool permitted;
		*place = list.items[i];
		TRY(decide_one(search, &request, arena, &permitted, why));
		if (!permitted)
			continue;
		if (search->limit && found == search->limit)
			ret_found->has_more = true;
		else
			list.items[found++] = list.items[i];
	}
	ret_found->uids = list.items;
	ret_found->count = found;
	return E_OK;
}
