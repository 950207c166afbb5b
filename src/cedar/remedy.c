#include "cedar/remedy.h"

#include "cedar/policies.h"
#include "cedar/remedy_way.h"
#include "cedar/sort.h"

/* A policy whose head matches, and that can matter. */
struct party {
	uint32_t set;
	uint32_t policy;
	bool holds;
	bool is_permit;
	const struct policy *at;
	const struct fact_set *facts; /* may be empty */
};

struct finder {
	struct remedy_search search;
	uint32_t set;
	struct party parties[CEDAR_REMEDY_POLICIES_MAX];
	size_t count;
	struct fact_set facts; /* of all parties */
	struct ways forbids;   /* in which no forbid that holds now does, and others need not begin to */
};

/* One way of one permit, joined with those of the forbids. */
struct plan {
	struct way way;
	const struct party *permit;
	size_t order;
	uint32_t facts;
	uint32_t taken_out; /* of these facts; a value is better advice */
};

static bool holds(struct evaluation *evaluation, const struct policy *policy)
{
	for (uint32_t i = 0; i < policy->clause_count; i++) {
		struct cedar_value value;
		if (!evaluate(evaluation, policy->clauses[i].body, &value) || value.kind != CEDAR_BOOL ||
		    value.as.boolean == policy->clauses[i].is_unless)
			return false;
	}
	return true;
}

static bool visit_policy(void *context, uint32_t index)
{
	struct finder *finder = context;
	struct evaluation *evaluation = &finder->search.evaluation;
	const struct policy *policy = evaluation->world->sets[finder->set]->policies[index];
	struct party party = {.set = finder->set, .policy = index, .is_permit = policy->effect == CEDAR_PERMIT, .at = policy};
	static const struct fact_set none;
	slice declared = policy_annotation(policy, SLICE("remedy"));
	if (!evaluate_scope(evaluation, policy))
		return true;
	party.holds = holds(evaluation, policy);
	if (evaluation->failure)
		return false;
	if (!party.holds && party.is_permit && !declared.ptr)
		return true;
	party.facts = &none;
	if (declared.ptr) {
		struct fact_set *facts = ARENA_NEW(evaluation->arena, struct fact_set);
		if (!facts)
			return evaluation_fail(evaluation, E_MEMORY);
		/* A declaration that cannot be read declares nothing. */
		party.facts = fact_set_read(declared, facts, NULL) == E_OK ? facts : &none;
	}
	for (size_t i = 0; i < party.facts->count && finder->facts.count < CEDAR_REMEDY_FACTS_MAX; i++)
		finder->facts.items[finder->facts.count++] = party.facts->items[i];
	if (finder->count < CEDAR_REMEDY_POLICIES_MAX)
		finder->parties[finder->count++] = party;
	return true;
}

/* Ways in which the policy holds, or does not. */
static bool find_ways(struct finder *finder, const struct party *party, const struct fact_set *facts, bool want,
		      struct ways *ret_ways)
{
	const struct policy *policy = party->at;
	struct link *links = ARENA_ARRAY(finder->search.evaluation.arena, policy->clause_count, struct link);
	if (!links)
		return evaluation_fail(&finder->search.evaluation, E_MEMORY);
	for (uint32_t i = 0; i < policy->clause_count; i++)
		links[i] = (struct link){policy->clauses[i].body, !policy->clauses[i].is_unless};
	finder->search.facts = facts;
	return ways_of_chain(&finder->search, links, policy->clause_count, want, ret_ways);
}

/*
 * Every forbid that holds must cease to, by its own facts. One that does not hold must stay out of the way of changes that
 * are made for others; it may do so by chance, because it errs, or because nothing it reads changes.
 */
static bool find_forbids(struct finder *finder)
{
	ways_start(&finder->forbids);
	for (size_t i = 0; i < finder->count; i++) {
		const struct party *party = &finder->parties[i];
		struct ways ways, as_it_is;
		if (party->is_permit)
			continue;
		if (!find_ways(finder, party, party->holds ? party->facts : &finder->facts, false, &ways))
			return false;
		if (!party->holds) {
			ways_start(&as_it_is);
			ways_add(&as_it_is, &ways);
			ways = as_it_is;
		}
		ways_join(&finder->forbids, &ways);
	}
	return true;
}

static int compare_plans(const void *a, const void *b)
{
	const struct plan *x = *(const struct plan *const *)a, *y = *(const struct plan *const *)b;
	if (x->facts != y->facts)
		return x->facts < y->facts ? -1 : 1;
	if (x->taken_out != y->taken_out)
		return x->taken_out < y->taken_out ? -1 : 1;
	return (x->order > y->order) - (x->order < y->order);
}

struct plan_list {
	struct plan **items;
	size_t count;
	size_t size;
};

static bool add_plan(struct evaluation *evaluation, struct plan_list *plans, const struct plan *plan)
{
	struct plan *made = ARENA_NEW(evaluation->arena, struct plan);
	if (plans->count == plans->size) {
		size_t size = plans->size ? plans->size * 2 : 32;
		struct plan **bigger = ARENA_ARRAY(evaluation->arena, size, struct plan *);
		for (size_t i = 0; bigger && i < plans->count; i++)
			bigger[i] = plans->items[i];
		plans->items = bigger;
		plans->size = size;
	}
	if (!made || !plans->items)
		return evaluation_fail(evaluation, E_MEMORY);
	*made = *plan;
	made->order = plans->count;
	made->facts = way_facts(&plan->way);
	for (uint32_t i = 0; i < plan->way.count; i++)
		made->taken_out += plan->way.needs[i]->value.kind == CEDAR_NONE && !plan->way.needs[i]->is_guard;
	plans->items[plans->count++] = made;
	return true;
}

/* By permits in the order of the sets. */
static int compare_parties(const void *a, const void *b)
{
	const struct party *x = *(const struct party *const *)a, *y = *(const struct party *const *)b;
	if (x->set != y->set)
		return x->set < y->set ? -1 : 1;
	return (x->policy > y->policy) - (x->policy < y->policy);
}

static bool make_plans(struct finder *finder, struct plan_list *plans)
{
	const struct party *order[CEDAR_REMEDY_POLICIES_MAX];
	for (size_t i = 0; i < finder->count; i++)
		order[i] = &finder->parties[i];
	sort_items(order, finder->count, sizeof(*order), compare_parties);
	for (size_t i = 0; i < finder->count; i++) {
		struct ways ways;
		if (!order[i]->is_permit)
			continue;
		if (!find_ways(finder, order[i], order[i]->facts, true, &ways))
			return false;
		ways_join(&ways, &finder->forbids);
		for (size_t j = 0; j < ways.count; j++)
			if (way_facts(&ways.items[j]) > 0 &&
			    !add_plan(&finder->search.evaluation, plans, &(struct plan){.way = ways.items[j], .permit = order[i]}))
				return false;
	}
	sort_items(plans->items, plans->count, sizeof(*plans->items), compare_plans);
	return true;
}

/* Is the need met with this context? */
static bool is_met(const struct finder *finder, struct cedar_value context, const struct need *need)
{
	struct evaluation trial = finder->search.evaluation;
	struct cedar_value value;
	trial.variables[VARIABLE_CONTEXT] = context;
	return evaluate(&trial, need->atom, &value) && value.kind == CEDAR_BOOL && value.as.boolean == need->want;
}

/* Does something that was met cease to be? */
static bool breaks(const struct finder *finder, const struct way *way, struct cedar_value before,
		   struct cedar_value after)
{
	for (uint32_t i = 0; i < way->count; i++)
		if (is_met(finder, before, way->needs[i]) && !is_met(finder, after, way->needs[i]))
			return true;
	return false;
}

static enum error meet(struct finder *finder, const struct way *way, const struct need *need,
		       struct cedar_value *context)
{
	struct arena *arena = finder->search.evaluation.arena;
	struct cedar_value before = *context;
	TRY(fact_change(arena, before, need->fact, 0, need->value, context));
	if (need->second.kind != CEDAR_NONE && breaks(finder, way, before, *context))
		return fact_change(arena, before, need->fact, 0, need->second, context);
	return E_OK;
}

/* What meets one need may break another, which then has its turn again. */
#define ROUNDS 3u

/*
 * Needs that any value meets come last: mostly another one has brought it. E_CONFLICT: the needs contradict each other.
 */
static enum error apply(struct finder *finder, const struct plan *plan, struct cedar_remedy *remedy)
{
	struct arena *arena = finder->search.evaluation.arena;
	const struct way *way = &plan->way;
	bool told[CEDAR_REMEDY_NEEDS_MAX] = {false};
	struct cedar_change *changes = ARENA_ARRAY(arena, way->count, struct cedar_change);
	if (!changes)
		return E_MEMORY;
	*remedy = (struct cedar_remedy){.changes = changes,
					.context = finder->search.evaluation.variables[VARIABLE_CONTEXT]};
	for (uint32_t turn = 0; turn < ROUNDS * 2 * way->count; turn++) {
		uint32_t i = turn % way->count;
		const struct need *need = way->needs[i];
		if (need->is_weak != (turn / way->count) % 2 || is_met(finder, remedy->context, need))
			continue;
		TRY(meet(finder, way, need, &remedy->context));
		if (told[i])
			continue;
		told[i] = true;
		slice must = need_text(arena, need);
		if (!must.ptr)
			return E_MEMORY;
		changes[remedy->count++] = (struct cedar_change){need->fact->text, must};
	}
	for (uint32_t i = 0; i < way->count; i++)
		if (!is_met(finder, remedy->context, way->needs[i]))
			return E_CONFLICT;
	remedy->permit = (struct cedar_reason){plan->permit->at->id, plan->permit->set, plan->permit->policy,
							{NULL, 0}};
	return E_OK;
}

/* How many facts are changed. */
static size_t count_facts(const struct cedar_remedy *remedy)
{
	size_t count = 0;
	for (size_t i = 0; i < remedy->count; i++) {
		bool is_first = true;
		for (size_t j = 0; j < i && is_first; j++)
			is_first = !slice_equal(remedy->changes[j].fact, remedy->changes[i].fact);
		count += is_first;
	}
	return count;
}

/* The best of the plans that permit, if any does. Plans promise no more than they can keep: the rest cannot be better. */
static enum error try_plans(struct finder *finder, const struct plan_list *plans, struct cedar_remedy *ret_remedy,
			    struct fault *why)
{
	struct evaluation *evaluation = &finder->search.evaluation;
	struct cedar_request request = *evaluation->request;
	size_t best = SIZE_MAX;
	request.with_facts = false;
	for (size_t i = 0; i < plans->count && i < CEDAR_REMEDY_TRIES_MAX && plans->items[i]->facts < best; i++) {
		struct cedar_remedy remedy;
		struct cedar_result result;
		enum error error = apply(finder, plans->items[i], &remedy);
		if (error == E_MEMORY)
			return FAIL(why, error, "no memory for a remedy");
		if (error != E_OK || count_facts(&remedy) >= best)
			continue;
		request.context = remedy.context;
		if (cedar_authorize(&request, evaluation->world, evaluation->arena, &result) != CEDAR_ALLOW)
			continue;
		*ret_remedy = remedy;
		best = count_facts(&remedy);
	}
	return E_OK;
}

/* Is it denied, and is anything declared changeable that matters? */
static bool may_help(const struct finder *finder)
{
	bool permits = false, forbids = false, has_facts = false;
	for (size_t i = 0; i < finder->count; i++) {
		const struct party *party = &finder->parties[i];
		permits = permits || (party->holds && party->is_permit);
		forbids = forbids || (party->holds && !party->is_permit);
		has_facts = has_facts || party->facts->count > 0;
	}
	return has_facts && (forbids || !permits);
}

static bool has_remedies(const struct cedar_world *world)
{
	for (size_t i = 0; i < world->set_count; i++)
		if (world->sets[i]->has_remedies)
			return true;
	return false;
}

enum error cedar_remedy_find(const struct cedar_request *request, const struct cedar_world *world, struct arena *arena,
			     struct cedar_remedy *ret_remedy, struct fault *why)
{
	struct plan_list plans = {0};
	*ret_remedy = (struct cedar_remedy){0};
	if (!has_remedies(world))
		return E_OK;
	struct finder *finder = ARENA_NEW(arena, struct finder);
	if (!finder)
		return FAIL(why, E_MEMORY, "no memory for a remedy");
	struct evaluation *evaluation = &finder->search.evaluation;
	TRY(evaluation_start(evaluation, request, world, arena, why));
	for (finder->set = 0; finder->set < world->set_count; finder->set++)
		if (!index_visit_open(&world->sets[finder->set]->index, evaluation, visit_policy, finder))
			break;
	if (!evaluation->failure && may_help(finder) && find_forbids(finder) && make_plans(finder, &plans))
		return try_plans(finder, &plans, ret_remedy, why);
	return evaluation->failure ? FAIL(why, evaluation->failure, "the search for a remedy was given up") : E_OK;
}

enum error cedar_remedy_check(slice annotation, struct fault *why)
{
	struct fact_set facts;
	return fact_set_read(annotation, &facts, why);
}
