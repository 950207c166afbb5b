#include "cedar/index_query.h"

uint64_t index_mark(const struct policy_index *index)
{
	static _Atomic uint32_t marks;
	uint32_t mark = atomic_load_explicit(&marks, memory_order_relaxed);
	if (index->entities.count > NUMBER_ENTITIES_MAX || index->types.count > NUMBER_TYPES_MAX)
		return NUMBER_NO_MARK;
	do
		if (mark == NUMBER_MARKS_MAX)
			return NUMBER_NO_MARK;
	while (!atomic_compare_exchange_weak(&marks, &mark, mark + 1));
	return (uint64_t)mark << NUMBER_MARK_BIT | 1;
}

/* Parts of the word that stands behind a name: see index.h. */
static inline uint32_t entity_of(uint64_t word)
{
	return (uint32_t)(word >> NUMBER_ENTITY_BIT) & (NUMBER_ENTITIES_MAX - 1);
}

static inline uint32_t type_of(uint64_t word)
{
	return (uint32_t)(word >> NUMBER_TYPE_BIT) & (NUMBER_TYPES_MAX - 1);
}

static inline bool is_of(uint64_t word, const struct policy_index *index)
{
	return ((word ^ index->mark) & (NUMBER_NO_MARK | 1)) == 0;
}

/* What an index calls a name; 0: no head names it. */
struct numbers {
	uint32_t entity;
	uint32_t type;
	bool is_alone; /* no head names one of its ancestors; false: nobody has looked yet, or one does */
};

__attribute__((noinline)) static struct numbers search_numbers(const struct policy_index *index, const struct cedar_uid *uid)
{
	struct cedar_uid type = symbol_type(uid);
	return (struct numbers){symbols_find(&index->entities, uid), symbols_find(&index->types, &type), false};
}

/* The first time that this index, or a newer one, sees the name. Several threads may write the same word. */
__attribute__((noinline)) static struct numbers learn_numbers(const struct policy_index *index, const struct cedar_uid *uid, uint64_t word)
{
	struct numbers numbers = search_numbers(index, uid);
	bool is_older = !(word & 1) || word >> NUMBER_MARK_BIT < index->mark >> NUMBER_MARK_BIT;
	if (is_older && index->mark != NUMBER_NO_MARK)
		atomic_store_explicit(store_numbers(uid),
				      index->mark | (uint64_t)numbers.type << NUMBER_TYPE_BIT |
					      (uint64_t)numbers.entity << NUMBER_ENTITY_BIT,
				      memory_order_relaxed);
	return numbers;
}

/* Of a name in a store. */
static inline struct numbers find_numbers(const struct policy_index *index, const struct cedar_uid *uid)
{
	uint64_t word = atomic_load_explicit(store_numbers(uid), memory_order_relaxed);
	if (__builtin_expect(!is_of(word, index), 0))
		return learn_numbers(index, uid, word);
	return (struct numbers){entity_of(word), type_of(word), word >> NUMBER_ALONE_BIT & 1};
}

/* That no head names one of its ancestors: the next decision need not look at them. */
__attribute__((noinline)) static void learn_alone(const struct policy_index *index, const struct vertex *vertex)
{
	_Atomic uint64_t *place = store_numbers(&vertex->uid);
	uint64_t word = atomic_load_explicit(place, memory_order_relaxed);
	if (is_of(word, index))
		atomic_store_explicit(place, word | (uint64_t)1 << NUMBER_ALONE_BIT, memory_order_relaxed);
}

/* Room for all ancestors of a subject that has many, and the subject itself. */
__attribute__((noinline)) static bool make_room(struct names *names, struct evaluation *evaluation, size_t count)
{
	names->list = ARENA_ARRAY(evaluation->arena, count + 1, uint32_t);
	if (!names->list)
		return evaluation_fail(evaluation, E_MEMORY);
	names->list[0] = names->self;
	return true;
}

/* The list has the subject itself. */
static inline bool add_ancestors(struct names *names, const struct policy_index *index, struct evaluation *evaluation,
				 const struct closure *closure)
{
	if (closure->count >= NAMES_FEW && !make_room(names, evaluation, closure->count))
		return false;
	uint32_t *first = names->list + names->count, *list = first;
	for (size_t i = 0; i < closure->count; i++) {
		*list = find_numbers(index, closure->ancestors[i]).entity;
		list += *list != 0;
	}
	names->count += (uint32_t)(list - first);
	/* More layers may know of more ancestors than the vertex. */
	if (list == first && closure->vertex && closure->ancestors == closure->vertex->ancestors)
		learn_alone(index, closure->vertex);
	return true;
}

/* Numbers of a subject and its ancestors. An unknown subject may still have a type. */
static inline bool find_names(struct names *names, const struct policy_index *index, struct evaluation *evaluation,
			      enum variable variable, bool is_open)
{
	const struct closure *closure = &evaluation->subjects[variable];
	const struct cedar_uid *uid = closure->uid;
	struct numbers found = {0};
	if (is_open && !uid)
		uid = evaluation->variables[variable].as.uid;
	if (closure->vertex)
		found = find_numbers(index, &closure->vertex->uid);
	else if (!is_open || uid)
		found = search_numbers(index, uid);
	names->is_unknown = is_open && !closure->uid;
	names->has_type = !is_open || uid != NULL;
	names->type = found.type;
	names->list = names->few;
	bool is_named = index->names_entities[variable] && !names->is_unknown;
	names->self = names->few[0] = is_named ? found.entity : 0;
	names->count = names->self != 0;
	if (variable != VARIABLE_ACTION)
		__builtin_prefetch(&index->entities.list[names->self]);
	if (!is_named || !closure->count || (found.is_alone && closure->ancestors == closure->vertex->ancestors))
		return true;
	return add_ancestors(names, index, evaluation, closure);
}

static inline __attribute__((always_inline)) bool start(struct query *query, const struct policy_index *index,
							struct evaluation *evaluation, bool is_open)
{
	query->index = index;
	query->evaluation = evaluation;
	return find_names(&query->subjects[BY_PRINCIPAL], index, evaluation, VARIABLE_PRINCIPAL, is_open) &&
	       find_names(&query->subjects[BY_RESOURCE], index, evaluation, VARIABLE_RESOURCE, is_open) &&
	       find_names(&query->action, index, evaluation, VARIABLE_ACTION, is_open);
}

bool query_start(struct query *query, const struct policy_index *index, struct evaluation *evaluation)
{
	return start(query, index, evaluation, false);
}

bool query_start_open(struct query *query, const struct policy_index *index, struct evaluation *evaluation)
{
	return start(query, index, evaluation, true);
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
