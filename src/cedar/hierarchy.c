/* The hierarchy of a store, closed: each entity knows all its ancestors. */
#include "cedar/limits.h"
#include "cedar/sort.h"
#include "cedar/store.h"

#include <string.h>

enum { STATE_NEW = 0, STATE_OPEN, STATE_CLOSED };

static int compare_hashes(const void *a, const void *b)
{
	const struct cedar_uid *x = *(const struct cedar_uid *const *)a, *y = *(const struct cedar_uid *const *)b;
	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	int order = slice_compare(x->type, y->type);
	return order ? order : slice_compare(x->id, y->id);
}

size_t ancestors_sort(const struct cedar_uid **ancestors, size_t count)
{
	size_t kept = 0;
	sort_items(ancestors, count, sizeof(*ancestors), compare_hashes);
	for (size_t i = 0; i < count; i++)
		if (kept == 0 || !cedar_uid_equal(ancestors[kept - 1], ancestors[i]))
			ancestors[kept++] = ancestors[i];
	return kept;
}

bool ancestors_have(const struct cedar_uid *const *ancestors, size_t count, uint64_t signature,
		    const struct cedar_uid *uid)
{
	if (!(signature & signature_bit(uid)))
		return false;
	size_t low = 0, high = count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (ancestors[middle]->hash < uid->hash)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < count && ancestors[low]->hash == uid->hash; low++)
		if (cedar_uid_equal(ancestors[low], uid))
			return true;
	return false;
}

/* All parents are closed: their ancestors and they themselves are the vertex's ancestors. */
static enum error collect(struct cedar_entities *entities, struct vertex *vertex, struct fault *why)
{
	size_t most = vertex->parent_count;
	for (uint32_t i = 0; i < vertex->parent_count; i++)
		most += vertex->parents[i]->ancestor_count;
	const struct vertex **ancestors = ARENA_ARRAY(entities->arena, most, const struct vertex *);
	if (!ancestors)
		return FAIL(why, E_MEMORY, "no memory for ancestors");
	size_t count = 0;
	for (uint32_t i = 0; i < vertex->parent_count; i++) {
		const struct vertex *parent = vertex->parents[i];
		ancestors[count++] = parent;
		if (parent->ancestor_count)
			memcpy(ancestors + count, parent->ancestors, parent->ancestor_count * sizeof(*ancestors));
		count += parent->ancestor_count;
	}
	if (count > 1)
		count = ancestors_sort((const struct cedar_uid **)ancestors, count);
	if (count > CEDAR_ANCESTORS_MAX)
		return FAIL(why, E_LIMIT, "`%.*s::\"%.*s\"` has more than %u ancestors", SLICE_ARG(vertex->uid.type),
			    SLICE_ARG(vertex->uid.id), CEDAR_ANCESTORS_MAX);
	for (size_t i = 0; i < count; i++)
		vertex->signature |= signature_bit(&ancestors[i]->uid);
	vertex->ancestors = ancestors;
	vertex->ancestor_count = (uint32_t)count;
	return E_OK;
}

/*
 * Parents are closed before their children; an explicit stack, because chains may be as long as the store is large.
 * A vertex that is reached again while it is open lies on a cycle.
 */
static enum error visit(struct cedar_entities *entities, struct vertex *start, struct vertex **stack,
			uint32_t *positions, struct fault *why)
{
	size_t depth = 0;
	stack[0] = start;
	positions[0] = 0;
	start->state = STATE_OPEN;
	for (;;) {
		struct vertex *vertex = stack[depth];
		if (positions[depth] == vertex->parent_count) {
			TRY(collect(entities, vertex, why));
			vertex->state = STATE_CLOSED;
			if (depth-- == 0)
				return E_OK;
			continue;
		}
		/* The store owns all its vertices and has not been published yet. */
		struct vertex *parent;
		memcpy(&parent, &vertex->parents[positions[depth]++], sizeof(parent));
		if (parent->state == STATE_OPEN)
			return FAIL(why, E_CONFLICT, "the hierarchy has a cycle containing `%.*s::\"%.*s\"`",
				    SLICE_ARG(parent->uid.type), SLICE_ARG(parent->uid.id));
		if (parent->state == STATE_NEW) {
			parent->state = STATE_OPEN;
			depth++;
			stack[depth] = parent;
			positions[depth] = 0;
		}
	}
}

enum error hierarchy_close(struct cedar_entities *entities, struct fault *why)
{
	bool any_parents = false;
	for (size_t i = 0; i < entities->count && !any_parents; i++)
		any_parents = entities->entities[i]->parent_count > 0;
	if (!any_parents)
		return E_OK;
	struct vertex **stack = ARENA_ARRAY(entities->arena, entities->vertex_count, struct vertex *);
	uint32_t *positions = ARENA_ARRAY(entities->arena, entities->vertex_count, uint32_t);
	if (!stack || !positions)
		return FAIL(why, E_MEMORY, "no memory for closing the hierarchy");
	for (size_t i = 0; i < entities->count; i++)
		if (entities->entities[i]->state == STATE_NEW)
			TRY(visit(entities, entities->entities[i], stack, positions, why));
	return E_OK;
}
