/* The hierarchy of a store, closed: each entity knows all its ancestors. */
#include "cedar/limits.h"
#include "cedar/sort.h"
#include "cedar/store.h"

#include <string.h>

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

/* While a store is built, all names are vertices of its own, and nobody else has seen them. */
static struct vertex *vertex_of(const struct cedar_uid *uid)
{
	return (struct vertex *)(uintptr_t)uid;
}

void line_fill(const struct cedar_uid **uids, const struct cedar_uid *parent, const struct cedar_uid *const *ancestors,
	       size_t count)
{
	size_t at = count;
	for (; at > 0 && compare_hashes(&parent, &ancestors[at - 1]) < 0; at--)
		uids[at] = ancestors[at - 1];
	uids[at] = parent;
	if (at)
		memcpy(uids, ancestors, at * sizeof(*uids));
}

static enum error check_count(const struct vertex *vertex, size_t count, struct fault *why)
{
	if (count <= CEDAR_ANCESTORS_MAX)
		return E_OK;
	return FAIL(why, E_LIMIT, "`%.*s::\"%.*s\"` has more than %u ancestors", SLICE_ARG(vertex->uid.type),
		    SLICE_ARG(vertex->uid.id), CEDAR_ANCESTORS_MAX);
}

/* The line of a closed vertex, made once for all its children. */
static enum error line_of(struct cedar_entities *entities, struct vertex *vertex, const struct line **ret_line,
			  struct fault *why)
{
	if (!vertex->line) {
		size_t count = vertex->ancestor_count + (size_t)1;
		struct line *line = ARENA_NEW(entities->arena, struct line);
		const struct cedar_uid **uids = ARENA_ARRAY(entities->arena, count, const struct cedar_uid *);
		if (!line || !uids)
			return FAIL(why, E_MEMORY, "no memory for ancestors");
		line_fill(uids, &vertex->uid, vertex->ancestors, vertex->ancestor_count);
		*line = (struct line){uids, count, vertex->signature | signature_bit(&vertex->uid)};
		vertex->line = line;
	}
	*ret_line = vertex->line;
	return E_OK;
}

/* Most entities have one parent: they share its line. */
static enum error collect_one(struct cedar_entities *entities, struct vertex *vertex, struct fault *why)
{
	const struct line *line;
	TRY(line_of(entities, vertex_of(vertex->parents[0]), &line, why));
	TRY(check_count(vertex, line->count, why));
	vertex->ancestors = line->uids;
	vertex->ancestor_count = (uint32_t)line->count;
	vertex->signature = line->signature;
	return E_OK;
}

/* All parents are closed: their ancestors and they themselves are the vertex's ancestors. */
static enum error collect(struct cedar_entities *entities, struct vertex *vertex, struct fault *why)
{
	if (vertex->parent_count <= 1)
		return vertex->parent_count ? collect_one(entities, vertex, why) : E_OK;
	size_t most = vertex->parent_count;
	for (uint32_t i = 0; i < vertex->parent_count; i++)
		most += vertex_of(vertex->parents[i])->ancestor_count;
	const struct cedar_uid **ancestors = ARENA_ARRAY(entities->arena, most, const struct cedar_uid *);
	if (!ancestors)
		return FAIL(why, E_MEMORY, "no memory for ancestors");
	size_t count = 0;
	for (uint32_t i = 0; i < vertex->parent_count; i++) {
		const struct vertex *parent = vertex_of(vertex->parents[i]);
		ancestors[count++] = &parent->uid;
		for (uint32_t j = 0; j < parent->ancestor_count; j++)
			ancestors[count++] = parent->ancestors[j];
	}
	count = ancestors_sort(ancestors, count);
	TRY(check_count(vertex, count, why));
	for (size_t i = 0; i < count; i++)
		vertex->signature |= signature_bit(ancestors[i]);
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
	start->state = CLOSING_OPEN;
	for (;;) {
		struct vertex *vertex = stack[depth];
		if (positions[depth] == vertex->parent_count) {
			TRY(collect(entities, vertex, why));
			vertex->state = CLOSING_DONE;
			if (depth-- == 0)
				return E_OK;
			continue;
		}
		struct vertex *parent = vertex_of(vertex->parents[positions[depth]++]);
		if (parent->state == CLOSING_OPEN)
			return FAIL(why, E_CONFLICT, "the hierarchy has a cycle containing `%.*s::\"%.*s\"`",
				    SLICE_ARG(parent->uid.type), SLICE_ARG(parent->uid.id));
		if (parent->state == CLOSING_NEW) {
			parent->state = CLOSING_OPEN;
			depth++;
			stack[depth] = parent;
			positions[depth] = 0;
		}
	}
}

/* Whose parents need no visit of their own: none, or all closed. */
static bool is_ready(const struct vertex *vertex)
{
	for (uint32_t i = 0; i < vertex->parent_count; i++) {
		const struct vertex *parent = vertex_of(vertex->parents[i]);
		if (parent->is_present && parent->state != CLOSING_DONE)
			return false;
	}
	return true;
}

/* The stack is made for the first vertex that needs it. */
static enum error visit_deep(struct cedar_entities *entities, struct vertex *vertex, struct vertex ***stack,
			     uint32_t **positions, struct fault *why)
{
	if (!*stack)
		*stack = store_alloc(entities, entities->vertex_count, sizeof(**stack));
	if (!*positions)
		*positions = store_alloc(entities, entities->vertex_count, sizeof(**positions));
	if (!*stack || !*positions)
		return FAIL(why, E_MEMORY, "no memory for closing the hierarchy");
	return visit(entities, vertex, *stack, *positions, why);
}

enum error hierarchy_close(struct cedar_entities *entities, struct fault *why)
{
	struct vertex **stack = NULL;
	uint32_t *positions = NULL;
	enum error error = E_OK;
	for (size_t i = 0; i < entities->listed && error == E_OK; i++) {
		struct vertex *vertex = entities->list[i];
		if (vertex->state != CLOSING_NEW)
			continue;
		if (is_ready(vertex)) {
			error = collect(entities, vertex, why);
			vertex->state = CLOSING_DONE;
		} else {
			error = visit_deep(entities, vertex, &stack, &positions, why);
		}
	}
	for (size_t i = 0; i < entities->listed; i++)
		if (entities->list[i]->ancestor_count)
			entities->lines |= signature_bit(&entities->list[i]->uid);
	store_release(entities, stack);
	store_release(entities, positions);
	return error;
}
