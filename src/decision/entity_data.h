/* The operator's entities of one snapshot, loaded together: what policies read of users, records and all that is no agent. */
#ifndef TIPSTAFF_DECISION_ENTITY_DATA_H
#define TIPSTAFF_DECISION_ENTITY_DATA_H

#include "decision/snapshot.h"
#include "registry/plan.h"

/* Immutable. `store` NULL and not broken: there are no entities. */
struct entity_data {
	struct retired retired;
	struct cedar_entities *store;
	bool shares; /* an entity stands in more than one place: which text it goes with cannot be told */
	bool broken;
	char sentence[400]; /* why it is broken; NUL-terminated */
};

/*
 * Loads all rows of the trie, in byte order of their ids. Texts that cannot be loaded together give broken data, not an
 * error. E_MEMORY.
 */
MUST_USE enum error entity_data_make(const struct hash_key *key, const struct trie *rows, struct entity_data **ret_data,
				     struct fault *why);
/* The same for one text; empty: no entities. E_MEMORY. */
MUST_USE enum error entity_data_of_text(const struct hash_key *key, slice text, struct entity_data **ret_data,
					struct fault *why);
void entity_data_release(struct retired *item);
/*
 * The data after one text was put in the place of `old` (empty: there was none; `new` empty: it goes), as a version of
 * the store that `data` has: what other texts say is not read again. `*ret_data` is NULL where this cannot be told
 * from the two texts, or they are not acceptable: then everything has to be made anew. E_MEMORY.
 */
MUST_USE enum error entity_data_change(const struct hash_key *key, const struct entity_data *data, slice old, slice new,
				       struct entity_data **ret_data, struct fault *why);

/*
 * Can these be loaded together? E_SYNTAX, E_INVALID: not Cedar's entities JSON, or an entity of the type Tipstaff, which
 * is the registry's.  E_CONFLICT: an entity twice with different content, or its own ancestor.  E_LIMIT, E_MEMORY.
 */
MUST_USE enum error entity_data_check(const struct hash_key *key, const struct plan_source *sources, size_t count,
				      struct fault *why);

#endif
