#include "decision/directory.h"

#include "base/memory.h"
#include "cedar/mentions.h"

#include <stdlib.h>

struct collection {
	const struct cedar_uid **names;
	size_t count;
	size_t size;
	bool failed;
};

static bool make_room(struct collection *all)
{
	size_t size = all->size ? 2 * all->size : 64;
	const struct cedar_uid **bigger;
	if (all->count < all->size)
		return true;
	bigger = memory_resize(all->names, size * sizeof(*bigger));
	if (!bigger)
		return false;
	all->names = bigger;
	all->size = size;
	return true;
}

static bool add(void *context, const struct cedar_uid *uid)
{
	struct collection *all = context;
	if (!make_room(all))
		all->failed = true;
	else
		all->names[all->count++] = uid;
	return !all->failed;
}

static bool add_stored(void *context, const struct cedar_entity_info *entity)
{
	return add(context, entity->uid);
}

static int by_name(const void *a, const void *b)
{
	const struct cedar_uid *x = *(const struct cedar_uid *const *)a, *y = *(const struct cedar_uid *const *)b;
	int order = slice_compare(x->type, y->type);
	return order ? order : slice_compare(x->id, y->id);
}

static void sort(struct collection *all)
{
	size_t kept = 0;
	if (all->count)
		qsort(all->names, all->count, sizeof(*all->names), by_name);
	for (size_t i = 0; i < all->count; i++)
		if (kept == 0 || !cedar_uid_equal(all->names[kept - 1], all->names[i]))
			all->names[kept++] = all->names[i];
	all->count = kept;
}

static bool collect(struct collection *all, const struct cedar_entities *entities,
		    const struct cedar_policyset *policies)
{
	if (entities)
		cedar_entities_each(entities, add_stored, all);
	return !all->failed && (!policies || cedar_policyset_names(policies, add, all));
}

enum error directory_make(const struct cedar_entities *entities, const struct cedar_policyset *policies,
			  struct directory **ret_directory, struct fault *why)
{
	struct collection all = {.names = NULL};
	struct directory *directory = memory_alloc(sizeof(*directory));
	if (!directory || !collect(&all, entities, policies)) {
		memory_free(all.names);
		memory_free(directory);
		return FAIL(why, E_MEMORY, "no memory for a directory of entities");
	}
	sort(&all);
	directory->names = all.names;
	directory->count = all.count;
	*ret_directory = directory;
	return E_OK;
}

void directory_release(struct retired *item)
{
	struct directory *directory = (struct directory *)(void *)item;
	memory_free(directory->names);
	memory_free(directory);
}

/* The first place whose type is not below `type`; with `after`, not at or below it. */
static size_t bound(const struct directory *directory, slice type, bool after)
{
	size_t low = 0, high = directory->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = slice_compare(directory->names[middle]->type, type);
		if (order < 0 || (after && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct cedar_uid *const *directory_of_type(const struct directory *directory, slice type, size_t *ret_count)
{
	size_t begin = bound(directory, type, false);
	*ret_count = bound(directory, type, true) - begin;
	return directory->names + begin;
}
