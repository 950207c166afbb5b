/*
 * What the heads of a policy set name, entities or types, numbered from 1: a request is compared with each name once,
 * and with all heads by number.
 */
#ifndef TIPSTAFF_CEDAR_SYMBOLS_H
#define TIPSTAFF_CEDAR_SYMBOLS_H

#include "cedar/uid.h"

/* The two variables by which policies are found; each policy hangs below one of them or below none. */
enum dimension { BY_PRINCIPAL = 0, BY_RESOURCE, BY_NOTHING, DIMENSION_COUNT };

/* One line of the cache: the name, and the heads that hang below it. */
struct symbol {
	struct cedar_uid uid; /* a type: its id is empty, and `hash` is its type_hash */
	uint32_t first[BY_NOTHING];
	uint32_t count[BY_NOTHING];
};
_Static_assert(sizeof(struct symbol) == 64, "a symbol fills one line of the cache");

/* Entities and types have tables of their own, so that a type is never taken for the entity with an empty id. */
struct symbols {
	unsigned char *tags; /* open addressing: some bits of the hash, 0 where a slot is free, as most are */
	uint32_t *slots;     /* numbers */
	size_t mask;
	struct symbol *list; /* the first is no symbol */
	uint32_t count;      /* with the first */
	uint32_t size;
};

/* Nothing is in it; room is made for so many names. E_MEMORY. */
MUST_USE enum error symbols_init(struct symbols *symbols, size_t expected, struct arena *scratch, struct fault *why);
/* The number of the name, which is added where it is new. `scratch` as in symbols_init. E_MEMORY. */
MUST_USE enum error symbols_add(struct symbols *symbols, struct arena *scratch, const struct cedar_uid *uid,
				uint32_t *ret_symbol, struct fault *why);
/* Moves what is in it from the scratch to where it stays. E_MEMORY. */
MUST_USE enum error symbols_keep(struct symbols *symbols, struct arena *arena, struct fault *why);

/* As symbols_find, where the first slot is taken. */
uint32_t symbols_search(const struct symbols *symbols, const struct cedar_uid *uid);
/* 0: no head names it, as is usual. */
static inline uint32_t symbols_find(const struct symbols *symbols, const struct cedar_uid *uid)
{
	return symbols->tags[uid->hash & symbols->mask] ? symbols_search(symbols, uid) : 0;
}

/* The type of an entity as symbols name types. */
static inline struct cedar_uid symbol_type(const struct cedar_uid *uid)
{
	return (struct cedar_uid){.type = uid->type, .hash = uid->type_hash, .type_hash = uid->type_hash};
}

#endif
