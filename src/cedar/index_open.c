/* The scope index for requests whose principal or resource is unknown. */
#include "cedar/index.h"

/*
 * What a policy that hangs under an entity says of the other side. NO_PRINCIPAL: it hangs under a resource and names
 * no entity as principal, so any principal may match.
 */
enum side { OF_PRINCIPAL = 0, OF_RESOURCE, NO_PRINCIPAL, NO_RESOURCE };

static uint64_t key_of(enum side side, uint64_t hash, uint32_t action)
{
	uint64_t key = (hash ^ ((uint64_t)side + 1) * 0xff51afd7ed558ccdu ^ (uint64_t)action << 17) * 0x9e3779b97f4a7c15u;
	return (key ^ key >> 32) | 1;
}

/* 0: the policy hangs under no entity. */
static uint64_t key_of_policy(const struct policy *policy, enum dimension dimension)
{
	if (dimension != BY_RESOURCE && dimension != BY_PRINCIPAL)
		return 0;
	const struct scope *other =
		&policy->scopes[dimension == BY_RESOURCE ? VARIABLE_PRINCIPAL : VARIABLE_RESOURCE];
	const struct scope *scope = &policy->scopes[VARIABLE_ACTION];
	uint32_t action = scope->kind == SCOPE_ALL || scope->is_list ? 0 : index_action(scope->entity);
	if (other->kind == SCOPE_ALL || other->kind == SCOPE_IS)
		return key_of(dimension == BY_RESOURCE ? NO_PRINCIPAL : NO_RESOURCE, 0, action);
	return key_of(dimension == BY_RESOURCE ? OF_PRINCIPAL : OF_RESOURCE, other->entity->hash, action);
}

static struct bucket *slot_of(const struct open_index *open, uint64_t key)
{
	size_t mask = open->slots - 1;
	for (size_t i = key >> 7 & mask;; i = (i + 1) & mask)
		if (!open->buckets[i].key || open->buckets[i].key == key)
			return &open->buckets[i];
}

static enum error grow(struct open_index *open, struct arena *arena, struct fault *why)
{
	struct open_index bigger = {.slots = open->slots ? open->slots * 2 : 16, .bucket_count = open->bucket_count};
	bigger.buckets = ARENA_ARRAY(arena, bigger.slots, struct bucket);
	if (!bigger.buckets)
		return FAIL(why, E_MEMORY, "no memory for an index of %zu keys", bigger.slots);
	for (size_t i = 0; i < open->slots; i++)
		if (open->buckets[i].key)
			*slot_of(&bigger, open->buckets[i].key) = open->buckets[i];
	*open = bigger;
	return E_OK;
}

static enum error count_keys(const struct policy_index *index, struct open_index *open,
			     const struct policy *const *policies, struct arena *arena, struct fault *why)
{
	for (size_t i = 0; i < index->count; i++) {
		uint64_t key = key_of_policy(policies[i], (enum dimension)index->dimensions[i]);
		if (!key)
			continue;
		if (open->bucket_count * 2 >= open->slots)
			TRY(grow(open, arena, why));
		struct bucket *bucket = slot_of(open, key);
		open->bucket_count += bucket->key == 0;
		bucket->key = key;
		bucket->count++;
	}
	return E_OK;
}

enum error open_index_build(struct policy_index *index, const struct policy *const *policies, struct arena *arena,
			    struct fault *why)
{
	struct open_index *open = &index->open;
	uint32_t total = 0;
	TRY(count_keys(index, open, policies, arena, why));
	for (size_t i = 0; i < open->slots; i++) {
		open->buckets[i].first = total;
		total += open->buckets[i].count;
		open->buckets[i].count = 0;
	}
	open->policies = ARENA_ARRAY(arena, total, uint32_t);
	if (!open->policies)
		return FAIL(why, E_MEMORY, "no memory for an index of %u policies", total);
	for (size_t i = 0; i < index->count; i++) {
		uint64_t key = key_of_policy(policies[i], (enum dimension)index->dimensions[i]);
		if (!key)
			continue;
		struct bucket *bucket = slot_of(open, key);
		open->policies[bucket->first + bucket->count++] = (uint32_t)i;
	}
	return E_OK;
}

struct visit {
	const struct open_index *open;
	const struct closure *action;
	bool (*visit)(void *context, uint32_t policy);
	void *context;
};

static bool visit_key(const struct visit *visit, uint64_t key)
{
	const struct bucket *bucket = slot_of(visit->open, key);
	for (uint32_t i = 0; bucket->key && i < bucket->count; i++)
		if (!visit->visit(visit->context, visit->open->policies[bucket->first + i]))
			return false;
	return true;
}

/* Policies for any action, for this one, and for the groups it is in. */
static bool visit_actions(const struct visit *visit, enum side side, uint64_t hash)
{
	const struct closure *action = visit->action;
	if (!visit_key(visit, key_of(side, hash, 0)) || !visit_key(visit, key_of(side, hash, index_action(action->uid))))
		return false;
	for (size_t i = 0; i < action->count; i++)
		if (!visit_key(visit, key_of(side, hash, index_action(action->ancestors[i]))))
			return false;
	return true;
}

static bool visit_side(const struct visit *visit, enum side side, const struct closure *known)
{
	if (!visit_actions(visit, side, known->uid->hash))
		return false;
	for (size_t i = 0; i < known->count; i++)
		if (!visit_actions(visit, side, known->ancestors[i]->hash))
			return false;
	return true;
}

/* One bit for each action that the request is or is in; all where the action is unknown. */
static uint64_t actions_of(const struct closure *action)
{
	uint64_t bits = 0;
	if (!action->uid)
		return UINT64_MAX;
	for (size_t i = 0; i < action->count; i++)
		bits |= (uint64_t)1 << (index_action(action->ancestors[i]) & 63);
	return bits | (uint64_t)1 << (index_action(action->uid) & 63);
}

/* Where too little is known: most are told by their action without a look at them. */
static bool visit_all(const struct policy_index *index, const struct visit *visit)
{
	uint64_t actions = actions_of(visit->action);
	for (size_t i = 0; i < index->count; i++) {
		struct candidate candidate = index->candidates[i];
		if (candidate.action && !(actions & (uint64_t)1 << (candidate.action & 63)))
			continue;
		if (!visit->visit(visit->context, candidate.policy))
			return false;
	}
	return true;
}

bool index_visit_open(const struct policy_index *index, const struct evaluation *evaluation,
		      bool (*visit)(void *context, uint32_t policy), void *context)
{
	const struct closure *principal = &evaluation->subjects[VARIABLE_PRINCIPAL];
	const struct closure *action = &evaluation->subjects[VARIABLE_ACTION];
	const struct closure *resource = &evaluation->subjects[VARIABLE_RESOURCE];
	struct visit open = {&index->open, action, visit, context};
	bool has_types = evaluation->variables[VARIABLE_PRINCIPAL].as.uid && evaluation->variables[VARIABLE_RESOURCE].as.uid;
	if (!has_types || (!principal->uid && !resource->uid) || (!action->uid && !(principal->uid && resource->uid)))
		return visit_all(index, &open);
	if (!index_visit_known(index, evaluation, visit, context))
		return false;
	if ((principal->uid && resource->uid) || !index->open.slots)
		return true;
	if (principal->uid)
		return visit_actions(&open, NO_PRINCIPAL, 0) && visit_side(&open, OF_PRINCIPAL, principal);
	return visit_actions(&open, NO_RESOURCE, 0) && visit_side(&open, OF_RESOURCE, resource);
}
