/* Policies that look the same: found by hash and comparison. */
#include "analysis/analysis.h"

#include "cedar/policies.h"
#include "cedar/typecheck.h"

static uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static uint64_t hash_text(const struct cedar_policyset *set, slice text)
{
	return text.len ? hash_slice(&set->key, text) : 0;
}

static uint64_t hash_value(const struct cedar_policyset *set, struct cedar_value value)
{
	if (value.kind == CEDAR_STRING)
		return hash_text(set, cedar_text(value));
	if (value.kind == CEDAR_ENTITY)
		return value.as.uid->hash;
	return value.kind == CEDAR_BOOL ? value.as.boolean : (uint64_t)value.as.integer;
}

static uint64_t hash_node(const struct cedar_policyset *set, const struct node *node)
{
	uint64_t hash = mix(node->kind, (uint64_t)node->detail << 32 | node->count);
	const struct node *child;
	if (node->kind == NODE_LITERAL)
		hash = mix(hash, hash_value(set, node->value));
	if (node->kind == NODE_ATTRIBUTE)
		hash = mix(hash, hash_text(set, node->name));
	for (uint32_t i = 0; (node->kind == NODE_HAS || node->kind == NODE_RECORD) && i < node->count; i++)
		hash = mix(hash, hash_text(set, node->names[i]));
	for (size_t i = 0; node->kind == NODE_LIKE && i < node->pattern->count; i++)
		hash = mix(hash, hash_text(set, node->pattern->parts[i].literal));
	for (size_t i = 0; (child = node_child(node, i)) != NULL; i++)
		hash = mix(hash, hash_node(set, child));
	return hash;
}

static uint64_t hash_scope(const struct scope *scope)
{
	uint64_t hash = mix(scope->kind, scope->entity_count);
	if (scope->entity)
		hash = mix(hash, scope->entity->hash);
	if (scope->type)
		hash = mix(hash, scope->type->type_hash);
	for (uint32_t i = 0; i < scope->entity_count; i++)
		hash = mix(hash, scope->entities[i]->hash);
	return hash;
}

static uint64_t hash_policy(const struct cedar_policyset *set, const struct policy *policy)
{
	uint64_t hash = mix(policy->effect, policy->clause_count);
	for (unsigned i = 0; i < 3; i++)
		hash = mix(hash, hash_scope(&policy->scopes[i]));
	for (uint32_t i = 0; i < policy->clause_count; i++)
		hash = mix(hash, hash_node(set, policy->clauses[i].body) + policy->clauses[i].is_unless);
	return hash;
}

static bool same_uid(const struct cedar_uid *a, const struct cedar_uid *b)
{
	return a == b || (a && b && cedar_uid_equal(a, b));
}

static bool same_scope(const struct scope *a, const struct scope *b)
{
	if (a->kind != b->kind || a->is_list != b->is_list || a->entity_count != b->entity_count ||
	    !same_uid(a->entity, b->entity) || !same_uid(a->type, b->type))
		return false;
	for (uint32_t i = 0; i < a->entity_count; i++)
		if (!same_uid(a->entities[i], b->entities[i]))
			return false;
	return true;
}

static bool same_policy(const struct policy *a, const struct policy *b)
{
	if (a->effect != b->effect || a->clause_count != b->clause_count)
		return false;
	for (unsigned i = 0; i < 3; i++)
		if (!same_scope(&a->scopes[i], &b->scopes[i]))
			return false;
	for (uint32_t i = 0; i < a->clause_count; i++)
		if (a->clauses[i].is_unless != b->clauses[i].is_unless ||
		    (a->clauses[i].code != b->clauses[i].code && !node_equal(a->clauses[i].body, b->clauses[i].body)))
			return false;
	return true;
}

enum error analysis_twins(const struct cedar_policyset *set, const struct cedar_policyset *among, struct arena *arena,
		      const uint32_t **ret_twins, struct fault *why)
{
	size_t slot_count = 64;
	while (slot_count < 2 * among->count)
		slot_count *= 2;
	uint32_t *twins = ARENA_ARRAY(arena, set->count + 1, uint32_t);
	uint32_t *slots = ARENA_ARRAY(arena, slot_count, uint32_t);
	uint64_t *hashes = ARENA_ARRAY(arena, slot_count, uint64_t);
	if (!twins || !slots || !hashes)
		return FAIL(why, E_MEMORY, "no memory for comparing policies");
	for (size_t i = 0; i < among->count; i++) {
		uint64_t hash = hash_policy(among, among->policies[i]);
		size_t at = hash & (slot_count - 1);
		while (slots[at] && !(hashes[at] == hash && same_policy(among->policies[slots[at] - 1], among->policies[i])))
			at = (at + 1) & (slot_count - 1);
		if (slots[at])
			continue;
		slots[at] = (uint32_t)i + 1;
		hashes[at] = hash;
	}
	for (size_t i = 0; i < set->count; i++) {
		uint64_t hash = hash_policy(set, set->policies[i]);
		size_t at = hash & (slot_count - 1);
		while (slots[at] && !(hashes[at] == hash && same_policy(among->policies[slots[at] - 1], set->policies[i])))
			at = (at + 1) & (slot_count - 1);
		twins[i] = slots[at] ? slots[at] - 1 : ANALYSIS_NO_TWIN;
	}
	*ret_twins = twins;
	return E_OK;
}
