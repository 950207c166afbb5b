/*
 * Every entity that a snapshot knows by name: those of the operator's data and those that policies name. Whoever asks
 * "which?" is answered from here.
 */
#ifndef TIPSTAFF_DECISION_DIRECTORY_H
#define TIPSTAFF_DECISION_DIRECTORY_H

#include "decision/snapshot.h"

/* Immutable. Borrows the names from the entities and policies that it was made of. */
struct directory {
	struct retired retired;
	const struct cedar_uid **names; /* by type, then by id, in byte order, without duplicates */
	size_t count;
};

/* `entities` and `policies` may be NULL. E_MEMORY. */
MUST_USE enum error directory_make(const struct cedar_entities *entities, const struct cedar_policyset *policies,
				   struct directory **ret_directory, struct fault *why);
void directory_release(struct retired *item);

/* The names of one type, in byte order of their ids: `*ret_count` from the place that is returned. */
const struct cedar_uid *const *directory_of_type(const struct directory *directory, slice type, size_t *ret_count);

#endif
