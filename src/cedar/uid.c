#include "cedar/uid.h"

/* Fibonacci hashing constant; both inputs are already keyed hashes, this only keeps them apart. */
#define MIX 0x9e3779b97f4a7c15u

struct cedar_uid cedar_uid_make(const struct hash_key *key, slice type, slice id)
{
	return cedar_uid_join(key, type, hash_slice(key, type), id);
}

struct cedar_uid cedar_uid_join(const struct hash_key *key, slice type, uint64_t type_hash, slice id)
{
	uint64_t id_hash = hash_slice(key, id);
	uint64_t hash = (type_hash ^ (id_hash << 31 | id_hash >> 33)) * MIX;
	return (struct cedar_uid){.type = type, .id = id, .hash = hash ^ hash >> 29, .type_hash = type_hash};
}

bool cedar_uid_equal(const struct cedar_uid *a, const struct cedar_uid *b)
{
	return uid_equal(a, b);
}

const struct cedar_uid *cedar_uid_copy(struct arena *arena, const struct cedar_uid *uid)
{
	struct cedar_uid *copy = ARENA_NEW(arena, struct cedar_uid);
	if (!copy)
		return NULL;
	*copy = *uid;
	copy->type = arena_copy(arena, uid->type);
	copy->id = arena_copy(arena, uid->id);
	return copy->type.ptr && copy->id.ptr ? copy : NULL;
}

const struct cedar_uid *cedar_uid_new(struct arena *arena, const struct hash_key *key, slice type, slice id)
{
	struct cedar_uid uid = cedar_uid_make(key, type, id);
	return cedar_uid_copy(arena, &uid);
}
