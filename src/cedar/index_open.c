/* The scope index for requests whose principal or resource is unknown. */
#include "cedar/index_query.h"

/* What was counted of each of so many things becomes where the first of them goes. */
static void share_out(uint32_t *counts, uint32_t things)
{
	uint32_t total = 0;
	for (uint32_t i = 0; i < things; i++) {
		uint32_t count = counts[i];
		counts[i] = total;
		total += count;
	}
}

/*
 * Counting sort by action and then by the entity of the other variable, each of which keeps the order of what it cannot
 * tell apart. `places` is zeroed, with one more than there are symbols.
 */
static void fill_entries(const struct policy_index *index, uint32_t first, uint32_t end, enum dimension other,
			 uint32_t *places, struct open_entry *by_action, struct open_index *open)
{
	uint32_t symbols = index->entities.count, count = end - first;
	for (uint32_t i = first; i < end; i++)
		places[index->heads[i].action]++;
	share_out(places, symbols);
	for (uint32_t i = first; i < end; i++)
		by_action[places[index->heads[i].action]++] = (struct open_entry){index->heads[i].action, i};
	/* Counted one place too far: once it is filled, where a symbol starts has become where the next one does. */
	for (uint32_t i = first; i < end; i++)
		open->starts[index->heads[i].entity[other] + 1]++;
	share_out(open->starts + 1, symbols + 1);
	for (uint32_t i = 0; i < count; i++)
		open->entries[open->starts[index->heads[by_action[i].head].entity[other] + 1]++] = by_action[i];
}

enum error open_index_build(struct policy_index *index, enum dimension dimension, struct arena *arena,
			    struct arena *scratch, struct fault *why)
{
	enum dimension other = dimension == BY_PRINCIPAL ? BY_RESOURCE : BY_PRINCIPAL;
	uint32_t first = index->first[dimension], end = index->first[dimension + 1];
	struct open_index *open = &index->open[dimension];
	if (first == end)
		return E_OK;
	uint32_t *places = ARENA_ARRAY(scratch, index->entities.count, uint32_t);
	struct open_entry *by_action = ARENA_ARRAY(scratch, end - first, struct open_entry);
	uint32_t *starts = ARENA_ARRAY(arena, index->entities.count + 2u, uint32_t);
	open->entries = ARENA_ARRAY(arena, end - first, struct open_entry);
	if (!places || !by_action || !starts || !open->entries)
		return FAIL(why, E_MEMORY, "no memory for an index of %u heads", end - first);
	open->starts = starts;
	fill_entries(index, first, end, other, places, by_action, open);
	return E_OK;
}

/* Visits policies instead of heads. */
struct visit {
	const struct policy_index *index;
	const struct closure *action;
	bool (*visit)(void *context, uint32_t policy);
	void *context;
};

/* The one entry of the policy by which it is visited, of all that match: that of the first action it lists of these. */
static bool is_its_entry(const struct visit *visit, const struct policy *policy, const struct head *head)
{
	const struct scope *action = &policy->scopes[VARIABLE_ACTION];
	if (!action->is_list || !head->action)
		return true;
	uint32_t i = 0;
	while (visit->action->uid && i < action->entity_count && !closure_has(visit->action, action->entities[i]))
		i++;
	return i < action->entity_count &&
	       cedar_uid_equal(&visit->index->entities.list[head->action].uid, action->entities[i]);
}

static bool visit_head(void *context, const struct head *head)
{
	const struct visit *visit = context;
	const uint32_t *order = visit->index->order;
	for (uint32_t i = head[0].first; i < head[1].first; i++) {
		/* A list may have an action twice. */
		if (i > head[0].first && order[i] == order[i - 1])
			continue;
		if (is_its_entry(visit, visit->index->policies[order[i]], head) && !visit->visit(visit->context, order[i]))
			return false;
	}
	return true;
}

static bool visit_entries(const struct query *query, const struct open_entry *entries, uint32_t count, void *context)
{
	for (uint32_t i = 0; i < count; i++)
		if (!query_scan(query, entries[i].head, 1, true, visit_head, context))
			return false;
	return true;
}

static bool visit_action(const struct query *query, const struct open_entry *entries, uint32_t count,
			 uint32_t action, void *context)
{
	uint32_t low = 0, high = count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (entries[middle].action < action)
			low = middle + 1;
		else
			high = middle;
	}
	for (high = low; high < count && entries[high].action == action;)
		high++;
	return visit_entries(query, entries + low, high - low, context);
}

/* What hangs in a dimension whose subject is unknown. */
static bool visit_unknown(const struct query *query, enum dimension unknown, void *context)
{
	const struct policy_index *index = query->index;
	const struct open_index *open = &index->open[unknown];
	const struct names *other = &query->subjects[unknown == BY_PRINCIPAL ? BY_RESOURCE : BY_PRINCIPAL];
	if (!open->starts)
		return true;
	if (other->is_unknown)
		return query_scan(query, index->first[unknown], index->first[unknown + 1] - index->first[unknown], true,
				  visit_head, context);
	for (uint32_t i = 0; i <= other->count; i++) {
		uint32_t symbol = i ? other->list[i - 1] : 0;
		const struct open_entry *entries = open->entries + open->starts[symbol];
		uint32_t count = open->starts[symbol + 1] - open->starts[symbol];
		if (count <= QUERY_SCAN_MAX || query->action.is_unknown) {
			if (!visit_entries(query, entries, count, context))
				return false;
			continue;
		}
		for (uint32_t j = 0; j <= query->action.count; j++)
			if (!visit_action(query, entries, count, j ? query->action.list[j - 1] : 0, context))
				return false;
	}
	return true;
}

bool index_visit_open(const struct policy_index *index, struct evaluation *evaluation,
		      bool (*visit)(void *context, uint32_t policy), void *context)
{
	struct visit all = {index, &evaluation->subjects[VARIABLE_ACTION], visit, context};
	struct query query UNINITIALIZED;
	if (!query_start_open(&query, index, evaluation))
		return false;
	for (unsigned i = 0; i < BY_NOTHING; i++) {
		enum dimension dimension = (enum dimension)i;
		if (query.subjects[i].is_unknown ? !visit_unknown(&query, dimension, &all)
						 : !query_dimension(&query, dimension, true, visit_head, &all))
			return false;
	}
	return query_rest(&query, true, visit_head, &all);
}
