#include "cedar/index_query.h"

static bool names_find(struct names *names, const struct policy_index *index, struct evaluation *evaluation,
		       enum variable variable)
{
	const struct closure *closure = &evaluation->subjects[variable];
	names->is_unknown = !closure->uid;
	names->count = 0;
	names->self = 0;
	names->list = names->few;
	if (names->is_unknown || !index->names_entities[variable])
		return true;
	if (closure->count >= NAMES_FEW) {
		names->list = ARENA_ARRAY(evaluation->arena, closure->count + 1, uint32_t);
		if (!names->list)
			return evaluation_fail(evaluation, E_MEMORY);
	}
	names->self = symbols_find(&index->entities, closure->uid);
	if (names->self)
		names->list[names->count++] = names->self;
	for (size_t i = 0; i < closure->count; i++) {
		uint32_t symbol = symbols_find(&index->entities, closure->ancestors[i]);
		if (symbol)
			names->list[names->count++] = symbol;
	}
	return true;
}

/* An unknown subject may still have a type. */
static void names_find_type(struct names *names, const struct policy_index *index, const struct cedar_uid *uid,
			    enum dimension dimension)
{
	names->type = 0;
	names->has_type = uid != NULL;
	if (!uid || !index->names_types[dimension])
		return;
	struct cedar_uid type = symbol_type(uid);
	names->type = symbols_find(&index->types, &type);
}

static bool names_have(const struct names *names, uint32_t symbol)
{
	for (uint32_t i = 0; i < names->count; i++)
		if (names->list[i] == symbol)
			return true;
	return false;
}

static bool fits(const struct names *names, uint32_t symbol, bool is_self)
{
	if (!symbol || names->is_unknown)
		return true;
	return is_self ? names->self == symbol : names_have(names, symbol);
}

static bool head_matches(const struct query *query, const struct head *head)
{
	if (!fits(&query->action, head->action, head->flags & HEAD_IS_ACTION))
		return false;
	for (unsigned i = 0; i < BY_NOTHING; i++) {
		const struct names *names = &query->subjects[i];
		if (!fits(names, head->entity[i], head->flags & 1u << i))
			return false;
		if (head->type[i] && head->type[i] != names->type && names->has_type)
			return false;
	}
	if (head->flags & HEAD_LISTS_ACTIONS && !query->action.is_unknown)
		return scope_matches(&query->evaluation->subjects[VARIABLE_ACTION],
				     &query->index->policies[query->index->order[head->first]]->scopes[VARIABLE_ACTION]);
	return true;
}

bool query_scan(const struct query *query, uint32_t first, uint32_t end)
{
	const struct head *heads = query->index->heads;
	for (; first < end; first++)
		if (head_matches(query, &heads[first]) && !query->visit(query->context, &heads[first]))
			return false;
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
static bool visit_entities(const struct query *query, uint32_t first, uint32_t end, enum dimension other)
{
	const struct head *heads = query->index->heads;
	if (end - first <= SCAN_MAX || other == BY_NOTHING || query->subjects[other].is_unknown)
		return query_scan(query, first, end);
	const struct names *names = &query->subjects[other];
	uint64_t action = (uint64_t)heads[first].action << 32;
	for (uint32_t i = 0; i <= names->count; i++) {
		uint64_t key = action | (i ? names->list[i - 1] : 0);
		uint32_t from = lower_bound(heads, first, end, other, key);
		uint32_t to = from;
		while (to < end && heads[to].entity[other] == (uint32_t)key)
			to++;
		if (!query_scan(query, from, to))
			return false;
	}
	return true;
}

/* Heads below one name, or below none. */
static bool visit_heads(const struct query *query, uint32_t first, uint32_t count, enum dimension other)
{
	const struct head *heads = query->index->heads;
	const struct names *names = &query->action;
	if (count <= SCAN_MAX || names->is_unknown)
		return query_scan(query, first, first + count);
	for (uint32_t i = 0; i <= names->count; i++) {
		uint64_t action = i ? names->list[i - 1] : 0;
		uint32_t from = lower_bound(heads, first, first + count, BY_NOTHING, action << 32);
		uint32_t to = lower_bound(heads, from, first + count, BY_NOTHING, (action + 1) << 32);
		if (!visit_entities(query, from, to, other))
			return false;
	}
	return true;
}

static bool visit_symbol(const struct query *query, const struct symbol *symbol, enum dimension dimension)
{
	return !symbol->count[dimension] ||
	       visit_heads(query, symbol->first[dimension], symbol->count[dimension],
			   dimension == BY_PRINCIPAL ? BY_RESOURCE : BY_PRINCIPAL);
}

static bool visit_dimension(const struct query *query, enum dimension dimension)
{
	const struct policy_index *index = query->index;
	const struct names *names = &query->subjects[dimension];
	if (names->is_unknown)
		return query_open(query, dimension);
	for (uint32_t i = 0; i < names->count; i++)
		if (!visit_symbol(query, &index->entities.list[names->list[i]], dimension))
			return false;
	return !names->type || visit_symbol(query, &index->types.list[names->type], dimension);
}

bool index_visit(const struct policy_index *index, struct evaluation *evaluation,
		 bool (*visit)(void *context, const struct head *head), void *context)
{
	static const enum variable variables[BY_NOTHING] = {VARIABLE_PRINCIPAL, VARIABLE_RESOURCE};
	struct query query UNINITIALIZED;
	query.index = index;
	query.evaluation = evaluation;
	query.visit = visit;
	query.context = context;
	if (!names_find(&query.action, index, evaluation, VARIABLE_ACTION))
		return false;
	for (unsigned i = 0; i < BY_NOTHING; i++) {
		if (!names_find(&query.subjects[i], index, evaluation, variables[i]))
			return false;
		names_find_type(&query.subjects[i], index, evaluation->variables[variables[i]].as.uid, (enum dimension)i);
	}
	for (unsigned i = 0; i < BY_NOTHING; i++)
		if (!visit_dimension(&query, (enum dimension)i))
			return false;
	uint32_t rest = index->first[BY_NOTHING];
	return visit_heads(&query, rest, index->head_count - rest, BY_NOTHING);
}
