/* The ancestors of an entity over all layers. */
#include "cedar/evaluate.h"
#include "cedar/limits.h"
#include "cedar/uid.h"

/* Layers that have entities with parents: only these can add ancestors. */
static bool has_one_layer(const struct cedar_world *world)
{
	size_t count = 0;
	for (size_t i = 0; i < world->layer_count; i++)
		count += world->layers[i]->count > 0;
	return count <= 1;
}

struct collection {
	const struct cedar_uid *self; /* never its own ancestor, although layers together may have a cycle */
	const struct cedar_uid **list;
	size_t count;
	size_t size;
	uint64_t signature;
};

static bool collection_has(const struct collection *all, const struct cedar_uid *uid)
{
	if (!(all->signature & signature_bit(uid)))
		return false;
	for (size_t i = 0; i < all->count; i++)
		if (uid_equal(all->list[i], uid))
			return true;
	return false;
}

static enum error collect(struct collection *all, const struct vertex *vertex, struct arena *arena, struct fault *why)
{
	for (uint32_t i = 0; i < vertex->ancestor_count; i++) {
		const struct cedar_uid *uid = vertex->ancestors[i];
		if (uid_equal(all->self, uid) || collection_has(all, uid))
			continue;
		if (all->count >= CEDAR_ANCESTORS_MAX)
			return FAIL(why, E_LIMIT, "an entity has more than %u ancestors", CEDAR_ANCESTORS_MAX);
		if (all->count == all->size) {
			size_t size = all->size ? all->size * 2 : 32;
			const struct cedar_uid **bigger = ARENA_ARRAY(arena, size, const struct cedar_uid *);
			if (!bigger)
				return FAIL(why, E_MEMORY, "no memory for ancestors");
			for (size_t j = 0; j < all->count; j++)
				bigger[j] = all->list[j];
			all->list = bigger;
			all->size = size;
		}
		all->list[all->count++] = uid;
		all->signature |= signature_bit(uid);
	}
	return E_OK;
}

enum error closure_collect(struct closure *closure, const struct cedar_world *world, struct arena *arena,
			   struct fault *why)
{
	struct collection all = {.self = closure->uid};
	if (has_one_layer(world))
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
