/* The ancestors of an entity over all layers. */
#include "cedar/evaluate.h"
#include "cedar/limits.h"
#include "cedar/uid.h"

/*
 * Does another layer know ancestors of an ancestor that the entity's own layer does not? Nearly always no, and mostly
 * the signatures say so at once.
 */
static bool is_extended(const struct closure *closure, const struct cedar_world *world)
{
	for (size_t i = 0; i < world->layer_count; i++) {
		const struct cedar_entities *layer = world->layers[i];
		if (!(closure->signature & layer->lines) || store_find(layer, closure->uid) == closure->vertex)
			continue;
		for (size_t j = 0; j < closure->count; j++) {
			const struct vertex *vertex = NULL;
			if (layer->lines & signature_bit(closure->ancestors[j]))
				vertex = store_find(layer, closure->ancestors[j]);
			if (vertex && vertex->ancestor_count)
				return true;
		}
	}
	return false;
}

/* Names in the order they came, each once: open addressing over positions in the list, plus one. */
struct collection {
	const struct cedar_uid *self; /* never its own ancestor, although layers together may have a cycle */
	const struct cedar_uid **list;
	uint32_t *slots;
	size_t count;
	size_t size; /* of the list; there are twice as many slots */
	uint64_t signature;
};

static size_t collection_slot(const struct collection *all, const struct cedar_uid *uid)
{
	size_t mask = all->size * 2 - 1, slot = uid->hash & mask;
	while (all->slots[slot] && !uid_equal(all->list[all->slots[slot] - 1], uid))
		slot = (slot + 1) & mask;
	return slot;
}

static enum error grow(struct collection *all, struct arena *arena, struct fault *why)
{
	struct collection bigger = *all;
	bigger.size = all->size ? all->size * 2 : 32;
	bigger.list = ARENA_ARRAY(arena, bigger.size, const struct cedar_uid *);
	bigger.slots = ARENA_ARRAY(arena, bigger.size * 2, uint32_t);
	if (!bigger.list || !bigger.slots)
		return FAIL(why, E_MEMORY, "no memory for ancestors");
	for (size_t i = 0; i < all->count; i++) {
		bigger.list[i] = all->list[i];
		bigger.slots[collection_slot(&bigger, all->list[i])] = (uint32_t)i + 1;
	}
	*all = bigger;
	return E_OK;
}

static enum error collect(struct collection *all, const struct vertex *vertex, struct arena *arena, struct fault *why)
{
	for (uint32_t i = 0; i < vertex->ancestor_count; i++) {
		const struct cedar_uid *uid = vertex->ancestors[i];
		if (all->count == all->size)
			TRY(grow(all, arena, why));
		size_t slot = collection_slot(all, uid);
		if (all->slots[slot] || uid_equal(all->self, uid))
			continue;
		if (all->count >= CEDAR_ANCESTORS_MAX)
			return FAIL(why, E_LIMIT, "an entity has more than %u ancestors", CEDAR_ANCESTORS_MAX);
		all->list[all->count++] = uid;
		all->slots[slot] = (uint32_t)all->count;
		all->signature |= signature_bit(uid);
	}
	return E_OK;
}

enum error closure_collect(struct closure *closure, const struct cedar_world *world, struct arena *arena,
			   struct fault *why)
{
	struct collection all = {.self = closure->uid};
	if (!is_extended(closure, world))
		return E_OK;
	TRY(collect(&all, closure->vertex, arena, why));
	/* The list grows while it is walked: ancestors of ancestors, from whichever layer knows them first. */
	for (size_t i = 0; i < all.count; i++) {
		const struct vertex *ancestor = world_find(world, all.list[i]);
		if (ancestor)
			TRY(collect(&all, ancestor, arena, why));
	}
	closure->count = ancestors_sort(all.list, all.count);
	closure->ancestors = all.list;
	closure->signature = all.signature;
	return E_OK;
}

enum error closure_make(struct closure *closure, const struct cedar_uid *uid, const struct cedar_world *world,
			struct arena *arena, struct fault *why)
{
	closure_fill(closure, uid, world_find(world, uid));
	return closure->count && world->layer_count > 1 ? closure_collect(closure, world, arena, why) : E_OK;
}

bool closure_has(const struct closure *closure, const struct cedar_uid *uid)
{
	if (closure->uid && uid_equal(closure->uid, uid))
		return true;
	return ancestors_have(closure->ancestors, closure->count, closure->signature, uid);
}

const struct closure *evaluation_closure(struct evaluation *evaluation, const struct cedar_uid *uid)
{
	for (unsigned i = 0; i < 3; i++)
		if (evaluation->subjects[i].uid && uid_equal(evaluation->subjects[i].uid, uid))
			return &evaluation->subjects[i];
	for (const struct closure *other = evaluation->others; other; other = other->next)
		if (uid_equal(other->uid, uid))
			return other;
	struct closure *made = ARENA_NEW(evaluation->arena, struct closure);
	enum error error = E_MEMORY;
	if (made)
		error = closure_make(made, uid, evaluation->world, evaluation->arena, &evaluation->fault);
	if (error != E_OK) {
		evaluation_fail(evaluation, error);
		return NULL;
	}
	made->next = evaluation->others;
	evaluation->others = made;
	return made;
}
