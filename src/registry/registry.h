/* All objects that exist now, in memory: what commands are checked against. */
#ifndef TIPSTAFF_REGISTRY_REGISTRY_H
#define TIPSTAFF_REGISTRY_REGISTRY_H

#include "base/hash.h"
#include "registry/change.h"
#include "registry/object.h"

/* Agents of a large company with all their grants and tools; about 2 GB of memory at the mean size of 1 KB. */
#define REGISTRY_OBJECTS_MAX 1000000u

struct registry;

/* One stored object. Valid until the next registry_apply that concerns it. */
struct registry_entry {
	enum kind kind;
	slice id;
	uint64_t revision;
	slice json;           /* as stored */
	struct object object; /* its fields */
};

/* E_MEMORY. */
MUST_USE enum error registry_make(struct registry **ret_registry, const struct hash_key *key, struct fault *why);
/* NULL is fine. */
void registry_free(struct registry *registry);

/* Revision of the last change; 0 while nothing ever changed. */
uint64_t registry_revision(const struct registry *registry);
/* The last change was a later one, whose object is gone: after loading. Never goes back. */
void registry_advance(struct registry *registry, uint64_t revision);
size_t registry_count(const struct registry *registry, enum kind kind);
/* NULL where there is none. */
const struct registry_entry *registry_get(const struct registry *registry, enum kind kind, slice id);
/* Calls `visit` for every object of `kind` in no order until it returns false. */
void registry_each(const struct registry *registry, enum kind kind,
		   bool (*visit)(void *context, const struct registry_entry *entry), void *context);

/*
 * Does what the change says; checks its form only, not whether it is allowed. Copies what it keeps.
 * E_INVALID, E_SYNTAX: no such change.  E_LIMIT: REGISTRY_OBJECTS_MAX.  E_MEMORY. On failure nothing has changed.
 */
MUST_USE enum error registry_apply(struct registry *registry, const struct change *change, struct fault *why);

#endif
