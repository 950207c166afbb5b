#include "registry/registry.h"

#include "base/map.h"
#include "base/memory.h"

#include <assert.h>
#include <string.h>

struct registry {
	struct map entries[KIND_COUNT]; /* id -> struct held */
	uint64_t revision;
};

/* One object with all its text in one block. */
struct held {
	struct registry_entry entry;
	char bytes[];
};

/* Parsing a stored object: its tree is short-lived. */
#define PARSE_BYTES_MAX (16u * 1024u * 1024u)

enum error registry_make(struct registry **ret_registry, const struct hash_key *key, struct fault *why)
{
	*ret_registry = memory_alloc(sizeof(**ret_registry));
	if (!*ret_registry)
		return FAIL(why, E_MEMORY, "no memory for the registry");
	for (int kind = 0; kind < KIND_COUNT; kind++)
		map_init(&(*ret_registry)->entries[kind], key, REGISTRY_OBJECTS_MAX);
	return E_OK;
}

void registry_free(struct registry *registry)
{
	if (!registry)
		return;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		size_t position = 0;
		for (const struct map_entry *entry; (entry = map_next(&registry->entries[kind], &position));)
			memory_free(entry->value);
		map_free(&registry->entries[kind]);
	}
	memory_free(registry);
}

uint64_t registry_revision(const struct registry *registry)
{
	return registry->revision;
}

size_t registry_count(const struct registry *registry, enum kind kind)
{
	return registry->entries[kind].count;
}

const struct registry_entry *registry_get(const struct registry *registry, enum kind kind, slice id)
{
	const struct held *held = map_get(&registry->entries[kind], id);
	return held ? &held->entry : NULL;
}

void registry_each(const struct registry *registry, enum kind kind,
		   bool (*visit)(void *context, const struct registry_entry *entry), void *context)
{
	size_t position = 0;
	for (const struct map_entry *entry; (entry = map_next(&registry->entries[kind], &position));)
		if (!visit(context, &((const struct held *)entry->value)->entry))
			return;
}

/* The values of the object lie in the held text, except times of another spelling; stored objects have none. */
static enum error held_make(const struct change *change, struct held **ret_held, struct fault *why)
{
	struct arena arena;
	arena_init(&arena, PARSE_BYTES_MAX);
	struct held *held = memory_alloc(sizeof(*held) + change->id.len + change->object.len);
	if (!held)
		return FAIL(why, E_MEMORY, "no memory for an object");
	memcpy(held->bytes, change->id.ptr, change->id.len);
	memcpy(held->bytes + change->id.len, change->object.ptr, change->object.len);
	held->entry.kind = change->kind;
	held->entry.revision = change->revision;
	held->entry.id = slice_from(held->bytes, change->id.len);
	held->entry.json = slice_from(held->bytes + change->id.len, change->object.len);
	enum error code = object_parse(&held->entry.object, kind_row(change->kind), held->entry.json, OBJECT_STORED,
				       &arena, why);
	arena_free(&arena);
	if (code != E_OK)
		memory_free(held);
	else
		*ret_held = held;
	return code;
}

enum error registry_apply(struct registry *registry, const struct change *change, struct fault *why)
{
	if (change->kind <= KIND_UNKNOWN || change->kind >= KIND_COUNT || change->op == CHANGE_NONE || !change->id.len)
		return FAIL(why, E_INVALID, "not a change of the registry");
	struct map *map = &registry->entries[change->kind];
	void *old = NULL;
	if (change->op == CHANGE_DELETE) {
		old = map_remove(map, change->id);
	} else {
		struct held *held = NULL;
		TRY(held_make(change, &held, why));
		assert(held);
		enum error code = map_put(map, held->entry.id, held, &old, why);
		if (code != E_OK) {
			memory_free(held);
			return code;
		}
	}
	memory_free(old);
	if (change->revision > registry->revision)
		registry->revision = change->revision;
	return E_OK;
}

void registry_advance(struct registry *registry, uint64_t revision)
{
	if (revision > registry->revision)
		registry->revision = revision;
}
