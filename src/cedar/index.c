#include "cedar/index_query.h"

static bool make_room(struct names *names, struct evaluation *evaluation, size_t count)
{
	names->list = names->few;
	if (count <= NAMES_FEW)
		return true;
	names->list = ARENA_ARRAY(evaluation->arena, count, uint32_t);
	return names->list || evaluation_fail(evaluation, E_MEMORY);
}

/* Numbers of a subject and its ancestors. */
static inline bool find_names(struct names *names, const struct policy_index *index, struct evaluation *evaluation,
			      enum variable variable)
{
	const struct closure *closure = &evaluation->subjects[variable];
	const struct symbols *symbols = &index->entities;
	names->is_unknown = !closure->uid;
	names->count = 0;
	names->self = 0;
	if (names->is_unknown || !index->names_entities[variable])
		return true;
	if (!make_room(names, evaluation, closure->count + 1))
		return false;
	uint32_t *list = names->list, found = symbols_find(symbols, closure->uid);
	names->self = found;
	if (found)
		*list++ = found;
	for (size_t i = 0; i < closure->count; i++) {
		found = symbols_find(symbols, closure->ancestors[i]);
		if (found)
			*list++ = found;
	}
	names->count = (uint32_t)(list - names->list);
	return true;
}

/* An unknown subject may still have a type. */
static inline void find_type(struct names *names, const struct policy_index *index, const struct cedar_uid *uid,
			     enum dimension dimension)
{
	names->type = 0;
	names->has_type = uid != NULL;
	if (!uid || !index->names_types[dimension])
		return;
	struct cedar_uid type = symbol_type(uid);
	names->type = symbols_find(&index->types, &type);
}

bool query_start(struct query *query, const struct policy_index *index, struct evaluation *evaluation)
{
	query->index = index;
	query->evaluation = evaluation;
	if (!find_names(&query->action, index, evaluation, VARIABLE_ACTION) ||
	    !find_names(&query->subjects[BY_PRINCIPAL], index, evaluation, VARIABLE_PRINCIPAL) ||
	    !find_names(&query->subjects[BY_RESOURCE], index, evaluation, VARIABLE_RESOURCE))
		return false;
	const struct cedar_value *variables = evaluation->variables;
	find_type(&query->subjects[BY_PRINCIPAL], index, variables[VARIABLE_PRINCIPAL].as.uid, BY_PRINCIPAL);
	find_type(&query->subjects[BY_RESOURCE], index, variables[VARIABLE_RESOURCE].as.uid, BY_RESOURCE);
	return true;
}

/* The first head below `end` whose action and entity come no earlier; `other` BY_NOTHING: the action alone counts. */
static uint32_t lower_bound(const struct head *heads, uint32_t first, uint32_t end, enum dimension other, uint64_t key)
{
	while (first < end) {
		uint32_t middle = first + (end - first) / 2;
		uint64_t found = (uint64_t)heads[middle].action << 32;
		if (other != BY_NOTHING)
			found |= heads[middle].entity[other];
		if (found < key)
			first = middle + 1;
		else
			end = middle;
	}
	return first;
}

/* Heads of one action, sorted by the entity of the other variable. */
static bool search_entities(const struct query *query, uint32_t first, uint32_t end, enum dimension other,
			    head_visit *visit, void *context)
{
	const struct head *heads = query->index->heads;
	if (end - first <= QUERY_SCAN_MAX || other == BY_NOTHING || query->subjects[other].is_unknown)
		return query_scan(query, first, end - first, true, visit, context);
	const struct names *names = &query->subjects[other];
	uint64_t action = (uint64_t)heads[first].action << 32;
	for (uint32_t i = 0; i <= names->count; i++) {
		uint64_t key = action | (i ? names->list[i - 1] : 0);
		uint32_t from = lower_bound(heads, first, end, other, key);
		uint32_t to = lower_bound(heads, from, end, other, key + 1);
		if (!query_scan(query, from, to - from, true, visit, context))
			return false;
	}
	return true;
}

bool query_search(const struct query *query, uint32_t first, uint32_t count, enum dimension other, head_visit *visit,
		  void *context)
{
	const struct head *heads = query->index->heads;
	const struct names *names = &query->action;
	if (names->is_unknown)
		return query_scan(query, first, count, true, visit, context);
	for (uint32_t i = 0; i <= names->count; i++) {
		uint64_t action = i ? names->list[i - 1] : 0;
		uint32_t from = lower_bound(heads, first, first + count, BY_NOTHING, action << 32);
		uint32_t to = lower_bound(heads, from, first + count, BY_NOTHING, (action + 1) << 32);
		if (!search_entities(query, from, to, other, visit, context))
			return false;
	}
	return true;
}
