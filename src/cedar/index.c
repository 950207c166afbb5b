#include "cedar/index.h"

#include "cedar/sort.h"

/* Two keys that collide share a bucket, which costs time and no truth: heads are checked in full. */
static uint64_t key_of(enum dimension dimension, uint64_t hash)
{
	uint64_t key = (hash + (uint64_t)dimension + 1) * 0x9e3779b97f4a7c15u;
	return (key ^ key >> 32) | 1;
}

static struct bucket *slot_of(const struct policy_index *index, uint64_t key)
{
	size_t mask = index->slots - 1;
	for (size_t i = key >> 7 & mask;; i = (i + 1) & mask)
		if (!index->buckets[i].key || index->buckets[i].key == key)
			return &index->buckets[i];
}

static bool names_entity(const struct scope *scope)
{
	return scope->kind == SCOPE_EQUAL || scope->kind == SCOPE_IN || scope->kind == SCOPE_IS_IN;
}

/* The keys under which a policy could hang, best kind first; at most two of one kind. */
static size_t keys_of(const struct policy *policy, enum dimension dimensions[2], uint64_t keys[2])
{
	const struct scope *resource = &policy->scopes[VARIABLE_RESOURCE];
	const struct scope *principal = &policy->scopes[VARIABLE_PRINCIPAL];
	size_t count = 0;
	if (names_entity(resource)) {
		dimensions[count] = BY_RESOURCE;
		keys[count++] = key_of(BY_RESOURCE, resource->entity->hash);
	}
	if (names_entity(principal)) {
		dimensions[count] = BY_PRINCIPAL;
		keys[count++] = key_of(BY_PRINCIPAL, principal->entity->hash);
	}
	if (count)
		return count;
	if (resource->kind == SCOPE_IS) {
		dimensions[count] = BY_RESOURCE_TYPE;
		keys[count++] = key_of(BY_RESOURCE_TYPE, resource->type->type_hash);
	}
	if (principal->kind == SCOPE_IS) {
		dimensions[count] = BY_PRINCIPAL_TYPE;
		keys[count++] = key_of(BY_PRINCIPAL_TYPE, principal->type->type_hash);
	}
	if (count)
		return count;
	dimensions[0] = BY_NOTHING;
	keys[0] = key_of(BY_NOTHING, 0);
	return 1;
}

uint32_t index_action(const struct cedar_uid *action)
{
	uint32_t half = (uint32_t)action->hash;
	return half ? half : 1;
}

static uint32_t action_of(const struct policy *policy)
{
	const struct scope *action = &policy->scopes[VARIABLE_ACTION];
	return action->kind == SCOPE_ALL || action->is_list ? 0 : index_action(action->entity);
}

static int compare_candidates(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	if (x->action != y->action)
		return x->action < y->action ? -1 : 1;
	return (x->policy > y->policy) - (x->policy < y->policy);
}

/* The key that fewer policies share. */
static uint64_t choose(const struct policy_index *counts, const struct policy *policy, enum dimension *ret_dimension)
{
	enum dimension dimensions[2];
	uint64_t keys[2];
	size_t count = keys_of(policy, dimensions, keys), best = 0;
	if (count == 2 && slot_of(counts, keys[1])->count < slot_of(counts, keys[0])->count)
		best = 1;
	*ret_dimension = dimensions[best];
	return keys[best];
}

static enum error make_buckets(struct policy_index *index, size_t keys, struct arena *arena, struct fault *why)
{
	index->slots = 16;
	while (index->slots < keys * 2)
		index->slots *= 2;
	index->buckets = ARENA_ARRAY(arena, index->slots, struct bucket);
	return index->buckets ? E_OK : FAIL(why, E_MEMORY, "no memory for an index of %zu keys", keys);
}

static void count_keys(struct policy_index *counts, const struct policy *const *policies, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		enum dimension dimensions[2];
		uint64_t keys[2];
		size_t found = keys_of(policies[i], dimensions, keys);
		for (size_t j = 0; j < found; j++) {
			struct bucket *bucket = slot_of(counts, keys[j]);
			bucket->key = keys[j];
			bucket->count++;
		}
	}
}

static void fill(struct policy_index *index, const struct policy_index *counts, const struct policy *const *policies,
		 size_t count)
{
	enum dimension dimension;
	uint32_t first = 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t key = choose(counts, policies[i], &dimension);
		struct bucket *bucket = slot_of(index, key);
		bucket->key = key;
		bucket->count++;
		index->has_dimension[dimension] = true;
		index->dimensions[i] = (unsigned char)dimension;
	}
	for (size_t i = 0; i < index->slots; i++) {
		index->buckets[i].first = first;
		first += index->buckets[i].count;
		index->buckets[i].count = 0;
	}
	for (size_t i = 0; i < count; i++) {
		struct bucket *bucket = slot_of(index, choose(counts, policies[i], &dimension));
		uint32_t action = action_of(policies[i]);
		index->candidates[bucket->first + bucket->count++] = (struct candidate){(uint32_t)i, action};
		bucket->any_count += action == 0;
	}
	for (size_t i = 0; i < index->slots; i++)
		sort_items(index->candidates + index->buckets[i].first, index->buckets[i].count,
			   sizeof(struct candidate), compare_candidates);
}

enum error index_build(struct policy_index *index, const struct policy *const *policies, size_t count,
		       struct arena *arena, struct fault *why)
{
	struct policy_index counts = {0};
	*index = (struct policy_index){.count = count};
	TRY(make_buckets(&counts, count * 2, arena, why));
	TRY(make_buckets(index, count, arena, why));
	index->candidates = ARENA_ARRAY(arena, count, struct candidate);
	index->dimensions = ARENA_ARRAY(arena, count, unsigned char);
	if (!index->candidates || !index->dimensions)
		return FAIL(why, E_MEMORY, "no memory for an index of %zu policies", count);
	count_keys(&counts, policies, count);
	fill(index, &counts, policies, count);
	return open_index_build(index, policies, arena, why);
}

struct visit {
	const struct policy_index *index;
	const struct closure *action;
	bool (*visit)(void *context, uint32_t policy);
	void *context;
};

/* Below this, looking at all is cheaper than searching for each action. */
#define SCAN_MAX 8u

static bool visit_all(const struct visit *visit, const struct candidate *candidates, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (!visit->visit(visit->context, candidates[i].policy))
			return false;
	return true;
}

static bool visit_action(const struct visit *visit, const struct candidate *candidates, uint32_t count,
			 const struct cedar_uid *uid)
{
	uint32_t action = index_action(uid), low = 0, high = count;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (candidates[middle].action < action)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < count && candidates[low].action == action; low++)
		if (!visit->visit(visit->context, candidates[low].policy))
			return false;
	return true;
}

static bool visit_bucket(const struct visit *visit, uint64_t key)
{
	const struct bucket *bucket = slot_of(visit->index, key);
	if (!bucket->key)
		return true;
	const struct candidate *candidates = visit->index->candidates + bucket->first;
	if (bucket->count - bucket->any_count <= SCAN_MAX || !visit->action->uid)
		return visit_all(visit, candidates, bucket->count);
	if (!visit_all(visit, candidates, bucket->any_count))
		return false;
	candidates += bucket->any_count;
	uint32_t count = bucket->count - bucket->any_count;
	if (!visit_action(visit, candidates, count, visit->action->uid))
		return false;
	for (size_t i = 0; i < visit->action->count; i++)
		if (!visit_action(visit, candidates, count, visit->action->ancestors[i]))
			return false;
	return true;
}

static bool visit_entity(const struct visit *visit, enum dimension dimension, const struct closure *subject)
{
	if (!visit->index->has_dimension[dimension])
		return true;
	if (!visit_bucket(visit, key_of(dimension, subject->uid->hash)))
		return false;
	for (size_t i = 0; i < subject->count; i++)
		if (!visit_bucket(visit, key_of(dimension, subject->ancestors[i]->hash)))
			return false;
	return true;
}

bool index_visit(const struct policy_index *index, const struct evaluation *evaluation,
		 bool (*visit)(void *context, uint32_t policy), void *context)
{
	const struct closure *principal = &evaluation->subjects[VARIABLE_PRINCIPAL];
	const struct closure *resource = &evaluation->subjects[VARIABLE_RESOURCE];
	struct visit all = {index, &evaluation->subjects[VARIABLE_ACTION], visit, context};
	if (!visit_entity(&all, BY_RESOURCE, resource) || !visit_entity(&all, BY_PRINCIPAL, principal))
		return false;
	if (index->has_dimension[BY_RESOURCE_TYPE] &&
	    !visit_bucket(&all, key_of(BY_RESOURCE_TYPE, resource->uid->type_hash)))
		return false;
	if (index->has_dimension[BY_PRINCIPAL_TYPE] &&
	    !visit_bucket(&all, key_of(BY_PRINCIPAL_TYPE, principal->uid->type_hash)))
		return false;
	return !index->has_dimension[BY_NOTHING] || visit_bucket(&all, key_of(BY_NOTHING, 0));
}

bool index_visit_known(const struct policy_index *index, const struct evaluation *evaluation,
		       bool (*visit)(void *context, uint32_t policy), void *context)
{
	const struct closure *principal = &evaluation->subjects[VARIABLE_PRINCIPAL];
	const struct closure *resource = &evaluation->subjects[VARIABLE_RESOURCE];
	const struct cedar_uid *resource_type = evaluation->variables[VARIABLE_RESOURCE].as.uid;
	const struct cedar_uid *principal_type = evaluation->variables[VARIABLE_PRINCIPAL].as.uid;
	struct visit all = {index, &evaluation->subjects[VARIABLE_ACTION], visit, context};
	if (resource->uid && !visit_entity(&all, BY_RESOURCE, resource))
		return false;
	if (principal->uid && !visit_entity(&all, BY_PRINCIPAL, principal))
		return false;
	if (!visit_bucket(&all, key_of(BY_RESOURCE_TYPE, resource_type->type_hash)) ||
	    !visit_bucket(&all, key_of(BY_PRINCIPAL_TYPE, principal_type->type_hash)))
		return false;
	return visit_bucket(&all, key_of(BY_NOTHING, 0));
}
