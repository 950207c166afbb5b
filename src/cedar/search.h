/*
 * Search: which entities, put in the place of the one unknown of a request, are permitted.
 *
 * The answer for each candidate is what cedar_authorize says of the request with it; an error of the search gives no
 * answer at all. A candidate is a present entity of a layer, or one that the caller names. Among many entities only what
 * is left of the policies with all else known is asked, and only those are looked at that a permit can name.
 */
#ifndef TIPSTAFF_CEDAR_SEARCH_H
#define TIPSTAFF_CEDAR_SEARCH_H

#include "cedar/authorize.h"

struct cedar_search {
	/* Exactly one of principal, action and resource is unknown; its uid gives the type, its id does not count. */
	const struct cedar_request *request;
	const struct cedar_world *world;
	/* Of the type of the unknown; others are passed over. NULL: all entities of that type in the layers. */
	const struct cedar_uid *const *candidates;
	size_t candidate_count;
	/* For pages: only entities behind this id, in byte order. ptr NULL: from the first. */
	slice after;
	size_t limit; /* of entities found; 0: all */
};

struct cedar_found {
	const struct cedar_uid *const *uids; /* by id in byte order, each once; borrowed from layers or candidates */
	size_t count;
	bool has_more; /* beyond the limit at least one more is permitted */
};

/*
 * E_INVALID: not exactly one unknown, or no type, or something else in the context is unknown.  E_LIMIT:
 * CEDAR_ENTITIES_MAX candidates, or one candidate's decision was given up.  E_MEMORY.
 */
MUST_USE enum error cedar_search(const struct cedar_search *search, struct arena *arena, struct cedar_found *ret_found,
				 struct fault *why);

#endif
