/* Building the scope index: names are numbered, each policy finds its place, those with equal heads come together. */
#include "cedar/index.h"
#include "cedar/limits.h"
#include "cedar/sort.h"

#include <string.h>

static const enum variable variables[BY_NOTHING] = {VARIABLE_PRINCIPAL, VARIABLE_RESOURCE};

/* Where a policy hangs. */
struct place {
	unsigned char dimension; /* enum dimension */
	bool is_type;
	uint32_t symbol;
};

struct building {
	struct policy_index *index;
	const struct policy *const *policies;
	size_t count;
	struct arena *arena;
	struct arena *scratch;
	struct program_builder *builder;
	struct head *asked;   /* of each policy what its head asks; the action is filled in later */
	struct place *places; /* of each policy */
	struct head *drafts;  /* one for each policy and action, by place; `code` is the number of the policy */
	uint32_t draft_count;
	uint32_t actions_max; /* a list with more is asked as a whole */
};

static bool names_entity(const struct scope *scope)
{
	return scope->kind == SCOPE_EQUAL || scope->kind == SCOPE_IN || scope->kind == SCOPE_IS_IN;
}

static bool is_long_list(const struct building *building, const struct scope *action)
{
	return action->is_list && action->entity_count > building->actions_max;
}

/* How many entries the policy has in the index: one for each action that it lists. */
static uint32_t entries_of(const struct building *building, const struct scope *action)
{
	return action->is_list && !is_long_list(building, action) ? action->entity_count : 1;
}

static void limit_lists(struct building *building)
{
	uint64_t total = 0;
	building->actions_max = CEDAR_ACTIONS_INDEXED_MAX;
	for (size_t i = 0; i < building->count; i++)
		total += entries_of(building, &building->policies[i]->scopes[VARIABLE_ACTION]);
	if (total > CEDAR_INDEX_ENTRIES_MAX)
		building->actions_max = 1;
}

/* Numbers the names of principal and resource, and counts who shares them. */
static enum error read_head(struct building *building, uint32_t number, struct fault *why)
{
	struct policy_index *index = building->index;
	struct head *head = &building->asked[number];
	for (unsigned i = 0; i < BY_NOTHING; i++) {
		const struct scope *scope = &building->policies[number]->scopes[variables[i]];
		if (names_entity(scope)) {
			TRY(symbols_add(&index->entities, building->scratch, scope->entity, &head->entity[i], why));
			index->entities.list[head->entity[i]].count[i]++;
			index->names_entities[variables[i]] = true;
		}
		if (scope->kind == SCOPE_EQUAL)
			head->flags |= 1u << i;
		if (scope->kind != SCOPE_IS && scope->kind != SCOPE_IS_IN)
			continue;
		struct cedar_uid type = symbol_type(scope->type);
		TRY(symbols_add(&index->types, building->scratch, &type, &head->type[i], why));
		index->types.list[head->type[i]].count[i]++;
	}
	const struct scope *action = &building->policies[number]->scopes[VARIABLE_ACTION];
	if (action->kind == SCOPE_EQUAL)
		head->flags |= HEAD_IS_ACTION;
	if (is_long_list(building, action))
		head->flags |= HEAD_LISTS_ACTIONS;
	return E_OK;
}

/* The name that fewest policies share; of one variable the entity rather than the type. */
static struct place choose_place(const struct building *building, const struct head *head)
{
	const struct policy_index *index = building->index;
	struct place best = {.dimension = BY_NOTHING};
	uint32_t fewest = UINT32_MAX;
	for (unsigned i = 0; i < BY_NOTHING; i++) {
		bool is_type = !head->entity[i];
		struct place place = {(unsigned char)i, is_type, is_type ? head->type[i] : head->entity[i]};
		const struct symbols *symbols = place.is_type ? &index->types : &index->entities;
		if (!place.symbol || symbols->list[place.symbol].count[i] >= fewest)
			continue;
		fewest = symbols->list[place.symbol].count[i];
		best = place;
	}
	return best;
}

static struct symbol *symbol_of(const struct building *building, struct place place)
{
	const struct symbols *symbols = place.is_type ? &building->index->types : &building->index->entities;
	return &symbols->list[place.symbol];
}

static uint32_t share_out(struct symbols *symbols, enum dimension dimension, uint32_t first)
{
	for (uint32_t i = 1; i < symbols->count; i++) {
		symbols->list[i].first[dimension] = first;
		first += symbols->list[i].count[dimension];
		symbols->list[i].count[dimension] = 0;
	}
	return first;
}

static void clear_counts(struct symbols *symbols)
{
	for (uint32_t i = 1; i < symbols->count; i++)
		memset(symbols->list[i].count, 0, sizeof(symbols->list[i].count));
}

/* Chooses a place for each policy, and how much room each place needs. */
static void plan(struct building *building)
{
	struct policy_index *index = building->index;
	for (size_t i = 0; i < building->count; i++)
		building->places[i] = choose_place(building, &building->asked[i]);
	clear_counts(&index->entities);
	clear_counts(&index->types);
	for (size_t i = 0; i < building->count; i++) {
		struct place place = building->places[i];
		uint32_t entries = entries_of(building, &building->policies[i]->scopes[VARIABLE_ACTION]);
		building->draft_count += entries;
		if (place.dimension != BY_NOTHING)
			symbol_of(building, place)->count[place.dimension] += entries;
	}
	uint32_t next = 0;
	for (unsigned i = 0; i < BY_NOTHING; i++) {
		index->first[i] = next;
		next = share_out(&index->entities, (enum dimension)i, next);
		next = share_out(&index->types, (enum dimension)i, next);
	}
	index->first[BY_NOTHING] = next;
}

/* Lays one draft for each policy and action at its place. */
static enum error lay(struct building *building, struct fault *why)
{
	struct policy_index *index = building->index;
	uint32_t rest = index->first[BY_NOTHING];
	for (uint32_t i = 0; i < building->count; i++) {
		const struct scope *action = &building->policies[i]->scopes[VARIABLE_ACTION];
		struct place place = building->places[i];
		for (uint32_t j = 0; j < entries_of(building, action); j++) {
			const struct cedar_uid *uid = action->is_list ? action->entities[j] : action->entity;
			uint32_t at = rest;
			if (place.dimension == BY_NOTHING)
				rest++;
			else
				at = symbol_of(building, place)->first[place.dimension] +
				     symbol_of(building, place)->count[place.dimension]++;
			struct head *draft = &building->drafts[at];
			*draft = building->asked[i];
			draft->code = i;
			if (action->kind == SCOPE_ALL || is_long_list(building, action))
				continue;
			TRY(symbols_add(&index->entities, building->scratch, uid, &draft->action, why));
			index->names_entities[VARIABLE_ACTION] = true;
		}
	}
	return E_OK;
}

static int compare_asked(const struct head *x, const struct head *y)
{
	const uint32_t a[] = {x->action, x->entity[0], x->entity[1], x->type[0], x->type[1], x->flags};
	const uint32_t b[] = {y->action, y->entity[0], y->entity[1], y->type[0], y->type[1], y->flags};
	for (unsigned i = 0; i < sizeof(a) / sizeof(a[0]); i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

static int compare_drafts(const void *a, const void *b)
{
	const struct head *x = a, *y = b;
	int order = compare_asked(x, y);
	return order ? order : (x->code > y->code) - (x->code < y->code);
}

/* Drafts that ask the same become one head. `at` is where the next head goes: never behind the draft that is read. */
static enum error merge(struct building *building, uint32_t first, uint32_t count, struct fault *why)
{
	struct policy_index *index = building->index;
	struct head *drafts = building->drafts;
	sort_items(drafts + first, count, sizeof(*drafts), compare_drafts);
	for (uint32_t i = first, end; i < first + count; i = end) {
		struct head head = drafts[i];
		for (end = i; end < first + count && compare_asked(&head, &drafts[end]) == 0; end++) {
			if (end > i && head.flags & HEAD_LISTS_ACTIONS)
				break;
			index->order[end] = drafts[end].code;
		}
		head.first = i;
		if (end - i == 1 && !building->policies[head.code]->clause_count)
			head.flags |= HEAD_IS_ONE;
		else
			TRY(program_add(building->builder, building->policies, index->order + i, end - i, &head.code, why));
		drafts[index->head_count++] = head;
	}
	return E_OK;
}

static enum error merge_symbols(struct building *building, struct symbols *symbols, enum dimension dimension,
				struct fault *why)
{
	for (uint32_t i = 1; i < symbols->count; i++) {
		struct symbol *symbol = &symbols->list[i];
		uint32_t head = building->index->head_count;
		if (symbol->count[dimension])
			TRY(merge(building, symbol->first[dimension], symbol->count[dimension], why));
		symbol->first[dimension] = head;
		symbol->count[dimension] = building->index->head_count - head;
	}
	return E_OK;
}

static enum error merge_all(struct building *building, struct fault *why)
{
	struct policy_index *index = building->index;
	for (unsigned i = 0; i < BY_NOTHING; i++) {
		index->first[i] = index->head_count;
		TRY(merge_symbols(building, &index->entities, (enum dimension)i, why));
		TRY(merge_symbols(building, &index->types, (enum dimension)i, why));
	}
	uint32_t rest = index->first[BY_NOTHING];
	index->first[BY_NOTHING] = index->head_count;
	TRY(merge(building, rest, building->draft_count - rest, why));
	return program_finish(building->builder, &index->program, why);
}

static enum error keep(struct building *building, struct fault *why)
{
	struct policy_index *index = building->index;
	struct head end = {.first = building->draft_count};
	struct head *heads = ARENA_ARRAY(building->arena, index->head_count + 1u, struct head);
	if (!heads)
		return FAIL(why, E_MEMORY, "no memory for an index of %u heads", index->head_count);
	memcpy(heads, building->drafts, index->head_count * sizeof(*heads));
	heads[index->head_count] = end;
	index->heads = heads;
	TRY(symbols_keep(&index->entities, building->arena, why));
	TRY(symbols_keep(&index->types, building->arena, why));
	index->mark = index_mark(index);
	TRY(open_index_build(index, BY_PRINCIPAL, building->arena, building->scratch, why));
	return open_index_build(index, BY_RESOURCE, building->arena, building->scratch, why);
}

static enum error build(struct building *building, struct fault *why)
{
	struct policy_index *index = building->index;
	/* Most often each policy names one entity that few others name. */
	TRY(symbols_init(&index->entities, building->count + building->count / 8, building->scratch, why));
	TRY(symbols_init(&index->types, 0, building->scratch, why));
	building->asked = ARENA_ARRAY(building->scratch, building->count, struct head);
	building->places = ARENA_ARRAY(building->scratch, building->count, struct place);
	building->builder = program_builder_new(building->arena, building->scratch);
	if (!building->asked || !building->places || !building->builder)
		return FAIL(why, E_MEMORY, "no memory for an index of %zu policies", building->count);
	limit_lists(building);
	for (uint32_t i = 0; i < building->count; i++)
		TRY(read_head(building, i, why));
	plan(building);
	building->drafts = ARENA_ARRAY(building->scratch, building->draft_count, struct head);
	index->order = ARENA_ARRAY(building->arena, building->draft_count, uint32_t);
	if (!building->drafts || !index->order)
		return FAIL(why, E_MEMORY, "no memory for an index of %u entries", building->draft_count);
	TRY(lay(building, why));
	TRY(merge_all(building, why));
	return keep(building, why);
}

enum error index_build(struct policy_index *index, const struct policy *const *policies, size_t count,
		       struct arena *arena, struct fault *why)
{
	struct arena scratch;
	struct building building = {.index = index, .policies = policies, .count = count, .arena = arena,
				    .scratch = &scratch};
	*index = (struct policy_index){.policies = policies};
	arena_init(&scratch, CEDAR_STORE_BYTES_MAX);
	enum error error = build(&building, why);
	program_builder_free(building.builder);
	arena_free(&scratch);
	return error;
}
