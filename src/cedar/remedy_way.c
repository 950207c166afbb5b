#include "cedar/remedy_way.h"

#include "cedar/extension.h"

void ways_start(struct ways *ways)
{
	ways->count = 1;
	ways->items[0].count = 0;
}

uint32_t way_facts(const struct way *way)
{
	uint32_t count = 0;
	for (uint32_t i = 0; i < way->count; i++) {
		bool is_first = !way->needs[i]->is_guard;
		for (uint32_t j = 0; j < i && is_first; j++)
			is_first = way->needs[j]->is_guard ||
				   !slice_equal(way->needs[j]->fact->text, way->needs[i]->fact->text);
		count += is_first;
	}
	return count;
}

/* Where there is no room, the way with the most facts makes it. */
static void add_way(struct ways *ways, const struct way *way)
{
	size_t most = 0;
	if (ways->count < CEDAR_REMEDY_WAYS_MAX) {
		ways->items[ways->count++] = *way;
		return;
	}
	for (size_t i = 1; i < ways->count; i++)
		if (way_facts(&ways->items[i]) >= way_facts(&ways->items[most]))
			most = i;
	if (way_facts(way) < way_facts(&ways->items[most]))
		ways->items[most] = *way;
}

/* False: too many needs. */
static bool join(const struct way *a, const struct way *b, struct way *ret_way)
{
	*ret_way = *a;
	for (uint32_t i = 0; i < b->count; i++) {
		bool is_there = false;
		for (uint32_t j = 0; j < a->count && !is_there; j++)
			is_there = a->needs[j]->atom == b->needs[i]->atom && a->needs[j]->want == b->needs[i]->want;
		if (is_there)
			continue;
		/* What guards is of use, and may be left out. */
		if (ret_way->count == CEDAR_REMEDY_NEEDS_MAX && b->needs[i]->is_guard)
			continue;
		if (ret_way->count == CEDAR_REMEDY_NEEDS_MAX)
			return false;
		ret_way->needs[ret_way->count++] = b->needs[i];
	}
	return true;
}

void ways_join(struct ways *ways, const struct ways *more)
{
	struct ways joined;
	struct way way;
	joined.count = 0;
	for (size_t i = 0; i < ways->count; i++)
		for (size_t j = 0; j < more->count; j++)
			if (join(&ways->items[i], &more->items[j], &way))
				add_way(&joined, &way);
	*ways = joined;
}

void ways_add(struct ways *ways, const struct ways *more)
{
	for (size_t i = 0; i < more->count; i++)
		add_way(ways, &more->items[i]);
}

bool ways_of_chain(struct remedy_search *search, const struct link *links, uint32_t count, bool passes,
		   struct ways *ret_ways)
{
	struct ways before, item, fails;
	ways_start(&before);
	fails.count = 0;
	for (uint32_t i = 0; i < count && before.count > 0; i++) {
		if (!passes) {
			if (!ways_find(search, links[i].node, !links[i].passes, &item))
				return false;
			ways_join(&item, &before);
			ways_add(&fails, &item);
		}
		if (!ways_find(search, links[i].node, links[i].passes, &item))
			return false;
		ways_join(&before, &item);
	}
	*ret_ways = passes ? before : fails;
	return true;
}

static bool find_chain(struct remedy_search *search, const struct node *node, bool want, struct ways *ret_ways)
{
	struct link *links = ARENA_ARRAY(search->evaluation.arena, node->count, struct link);
	if (!links)
		return evaluation_fail(&search->evaluation, E_MEMORY);
	for (uint32_t i = 0; i < node->count; i++)
		links[i] = (struct link){node->items[i], node->kind == NODE_AND};
	return ways_of_chain(search, links, node->count, want == (node->kind == NODE_AND), ret_ways);
}

static bool find_if(struct remedy_search *search, const struct node *node, bool want, struct ways *ret_ways)
{
	for (unsigned i = 0; i < 2; i++) {
		struct ways guard, branch;
		if (!ways_find(search, node->left, i == 0, &guard) ||
		    !ways_find(search, i == 0 ? node->right : node->third, want, &branch))
			return false;
		ways_join(&guard, &branch);
		ways_add(ret_ways, &guard);
	}
	return true;
}

/* What an atom compares a fact with. */
struct comparison {
	const struct fact *fact;
	bool is_left;              /* the fact */
	struct cedar_value other;  /* CEDAR_NONE: there is nothing else, as in `context.approval` */
	struct cedar_value now;    /* the fact; CEDAR_NONE: not there */
};

static struct cedar_value known_or_none(struct remedy_search *search, const struct node *node)
{
	struct cedar_value value;
	return evaluate(&search->evaluation, node, &value) ? value : (struct cedar_value){0};
}

/* False: not a comparison of a fact with something that is known. */
static bool read_comparison(struct remedy_search *search, const struct node *node, struct comparison *ret)
{
	const struct node *left = node->kind == NODE_ATTRIBUTE ? node : node_child(node, 0);
	const struct node *right = node->kind == NODE_ATTRIBUTE ? NULL : node_child(node, 1);
	*ret = (struct comparison){.is_left = true};
	if (node_child(node, 2) || !left)
		return false;
	if (fact_reach(search->facts, left, &ret->fact) != REACH_IS_FACT || left->kind != NODE_ATTRIBUTE) {
		const struct node *swap = left;
		left = right;
		right = swap;
		ret->is_left = false;
		if (!left || left->kind != NODE_ATTRIBUTE ||
		    fact_reach(search->facts, left, &ret->fact) != REACH_IS_FACT)
			return false;
	}
	const struct fact *none;
	ret->now = known_or_none(search, left);
	if (!right)
		return true;
	if (fact_reach(search->facts, right, &none) != REACH_NONE)
		return false;
	ret->other = known_or_none(search, right);
	return ret->other.kind != CEDAR_NONE;
}

/* The comparison as `fact kind other` that must hold. */
static enum node_kind turned(enum node_kind kind, bool want, bool is_left)
{
	static const enum node_kind negated[] = {NODE_GREATER_EQUAL, NODE_GREATER, NODE_LESS_EQUAL, NODE_LESS};
	static const enum node_kind mirrored[] = {NODE_GREATER, NODE_GREATER_EQUAL, NODE_LESS, NODE_LESS_EQUAL};
	if (!want)
		kind = negated[kind - NODE_LESS];
	return is_left ? kind : mirrored[kind - NODE_LESS];
}

static struct cedar_value changed_set(struct remedy_search *search, const struct comparison *it,
				      struct cedar_value more, bool want)
{
	struct arena *arena = search->evaluation.arena;
	struct cedar_value now = it->now, set = {0};
	size_t count = 0, total = (now.kind == CEDAR_SET ? now.length : 0) + more.length;
	struct cedar_value *items = ARENA_ARRAY(arena, total, struct cedar_value);
	for (uint32_t i = 0; items && now.kind == CEDAR_SET && i < now.length; i++)
		if (want || !cedar_set_contains(more, now.as.items[i]))
			items[count++] = now.as.items[i];
	for (uint32_t i = 0; items && want && i < more.length; i++)
		items[count++] = more.as.items[i];
	if (!items || cedar_set(arena, items, count, &set, NULL) != E_OK)
		return (struct cedar_value){0};
	return set;
}

/* The fact is a set that must contain something or not, or must be contained. */
static struct cedar_value value_for_set(struct remedy_search *search, const struct node *node,
					const struct comparison *it, bool want)
{
	struct cedar_value more = it->other;
	if (!it->is_left)
		return node->kind != NODE_CONTAINS || it->other.kind != CEDAR_SET || !want || it->other.length == 0
			       ? (struct cedar_value){0}
			       : it->other.as.items[0];
	if (node->kind == NODE_CONTAINS && cedar_set(search->evaluation.arena, &it->other, 1, &more, NULL) != E_OK)
		return (struct cedar_value){0};
	return more.kind == CEDAR_SET ? changed_set(search, it, more, want) : (struct cedar_value){0};
}

/* A text that the pattern matches: its literals. */
static struct cedar_value value_for_pattern(struct arena *arena, const struct pattern *pattern, bool want)
{
	slice text = SLICE("");
	for (size_t i = 0; want && i < pattern->count; i++)
		if (!pattern->parts[i].is_wildcard)
			text = arena_print(arena, "%.*s%.*s", SLICE_ARG(text), SLICE_ARG(pattern->parts[i].literal));
	return text.ptr ? cedar_string(text) : (struct cedar_value){0};
}

static struct cedar_value value_for_call(const struct node *node, const struct comparison *it, bool want)
{
	static const enum node_kind kinds[] = {NODE_LESS, NODE_LESS_EQUAL, NODE_GREATER, NODE_GREATER_EQUAL};
	if (node->detail >= FUNCTION_LESS_THAN && node->detail <= FUNCTION_GREATER_THAN_OR_EQUAL)
		return need_bound(it->other, turned(kinds[node->detail - FUNCTION_LESS_THAN], want, it->is_left));
	if (node->detail == FUNCTION_IS_IN_RANGE && it->is_left && want)
		return it->other;
	return (struct cedar_value){0};
}

/* A value for the fact with which the atom is as wanted; CEDAR_NONE: nobody knows one. */
static struct cedar_value value_for(struct remedy_search *search, const struct node *node, const struct comparison *it,
				    bool want)
{
	struct cedar_value other = it->other;
	switch ((int)node->kind) {
	case NODE_ATTRIBUTE:
		return cedar_bool(want);
	case NODE_EQUAL:
	case NODE_NOT_EQUAL:
		return (node->kind == NODE_EQUAL) == want ? other : need_other(&search->evaluation, other, false);
	case NODE_LESS:
	case NODE_LESS_EQUAL:
	case NODE_GREATER:
	case NODE_GREATER_EQUAL:
		return need_bound(other, turned((enum node_kind)node->kind, want, it->is_left));
	case NODE_IN:
		/* Every group is in itself: who else is in it is not told. */
		if (want && it->is_left)
			return other.kind == CEDAR_SET && other.length > 0 ? other.as.items[0] : other;
		return (struct cedar_value){0};
	case NODE_CONTAINS:
	case NODE_CONTAINS_ALL:
	case NODE_CONTAINS_ANY:
		return value_for_set(search, node, it, want);
	case NODE_IS_EMPTY:
		return want ? (struct cedar_value){.kind = CEDAR_SET, .mask = 1} : (struct cedar_value){0};
	case NODE_LIKE:
		return value_for_pattern(search->evaluation.arena, node->pattern, want);
	case NODE_CALL:
		return value_for_call(node, it, want);
	default:
		return (struct cedar_value){0};
	}
}

static bool add_need(struct remedy_search *search, struct need need, struct ways *ret_ways)
{
	struct need *made = ARENA_NEW(search->evaluation.arena, struct need);
	if (!made)
		return evaluation_fail(&search->evaluation, E_MEMORY);
	*made = need;
	add_way(ret_ways, &(struct way){.needs = {made}, .count = 1});
	return true;
}

static bool find_has(struct remedy_search *search, struct need need, struct ways *ret_ways)
{
	enum reach reach = fact_reach(search->facts, need.atom, &need.fact);
	if (need.want ? reach == REACH_NONE : reach != REACH_IS_FACT)
		return true;
	need.is_weak = need.want;
	if (!need.want)
		return add_need(search, need, ret_ways);
	need.value = cedar_bool(true);
	need.second = cedar_bool(false);
	return add_need(search, need, ret_ways);
}

/* An atom that hangs on a fact. One that is as wanted must stay so, whatever else changes. */
static bool find_atom(struct remedy_search *search, const struct node *node, bool want, bool is_wanted,
		      struct ways *ret_ways)
{
	struct need need = {.atom = node, .want = want, .is_guard = is_wanted};
	struct comparison it;
	if (node->kind == NODE_HAS)
		return find_has(search, need, ret_ways);
	if (!read_comparison(search, node, &it))
		return true;
	need.fact = it.fact;
	need.value = value_for(search, node, &it, want);
	if (node->kind == (want ? NODE_NOT_EQUAL : NODE_EQUAL))
		need.second = need_other(&search->evaluation, it.other, true);
	return need.value.kind == CEDAR_NONE || add_need(search, need, ret_ways);
}

static bool find_inside(struct remedy_search *search, const struct node *node, bool want, bool is_wanted,
			struct ways *ret_ways)
{
	switch ((int)node->kind) {
	case NODE_AND:
	case NODE_OR:
		return find_chain(search, node, want, ret_ways);
	case NODE_NOT:
		return ways_find(search, node->left, !want, ret_ways);
	case NODE_IF:
		return find_if(search, node, want, ret_ways);
	default:
		return find_atom(search, node, want, is_wanted, ret_ways);
	}
}

bool ways_find(struct remedy_search *search, const struct node *node, bool want, struct ways *ret_ways)
{
	struct evaluation *evaluation = &search->evaluation;
	const struct fact *fact;
	struct cedar_value value;
	bool done = true;
	ret_ways->count = 0;
	bool is_wanted = evaluate(evaluation, node, &value) && value.kind == CEDAR_BOOL && value.as.boolean == want;
	if (evaluation->failure)
		return false;
	if (fact_reach(search->facts, node, &fact) != REACH_NONE && search->depth < CEDAR_REMEDY_DEPTH_MAX &&
	    search->calls++ < CEDAR_REMEDY_CALLS_MAX) {
		search->depth++;
		done = find_inside(search, node, want, is_wanted, ret_ways);
		search->depth--;
	}
	if (is_wanted && ret_ways->count == 0)
		ways_start(ret_ways);
	return done;
}
