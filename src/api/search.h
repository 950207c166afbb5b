/*
 * Which? Everything that the snapshot knows by name is decided as /access/v1/evaluation would, and what is permitted is
 * the result; so a result evaluates to true, and nothing known that does is missing. Pure.
 *
 * Known by name are: of the type `agent` all registered agents; of the type `tool` (where the subject is an agent) all
 * registered tools; of every other type the entities of the operator's data and those that policies name. Actions of an
 * agent are its tools, of others the entities of the type Action.
 */
#ifndef TIPSTAFF_API_SEARCH_H
#define TIPSTAFF_API_SEARCH_H

#include "api/evaluate.h"
#include "api/limits.h"
#include "protocol/authzen_page.h"

struct search_setting {
	struct evaluate_setting evaluate;
	/* Has it taken long enough? Asked every SEARCH_DECISIONS_STEP candidates; NULL: never. */
	bool (*is_enough)(void *context);
	void *context;
};

struct search_results {
	const slice *ids; /* in byte order; borrowed from the snapshot and the request */
	size_t count;
	bool has_more;            /* there may be further ones: `next` says where */
	struct authzen_page next;
	uint64_t total;           /* AUTHZEN_TOTAL_UNKNOWN where not all candidates were decided */
	size_t decided;
	struct asserted_left_out left_out; /* properties of the question that were not believed */
};

/*
 * `page` says where to begin, and how many are wanted. A candidate about which cannot be asked is none.
 * E_FORBIDDEN: not for this asker.  E_MEMORY.
 */
MUST_USE enum error search_run(const struct search_setting *setting, const struct authzen_search *search,
			       const struct authzen_page *page, struct arena *arena, struct search_results *ret,
			       struct fault *why);

#endif
