/* One request against the scope index of one policy set. */
#ifndef TIPSTAFF_CEDAR_INDEX_QUERY_H
#define TIPSTAFF_CEDAR_INDEX_QUERY_H

#include "cedar/index.h"

/* Up to so many heads, looking at all is cheaper than searching. */
#define SCAN_MAX 12u
#define NAMES_FEW 12u

/* What the heads call a subject and its ancestors. */
struct names {
	bool is_unknown;
	bool has_type; /* false: not even the type is known */
	uint32_t self;
	uint32_t type;
	uint32_t count;
	uint32_t *list; /* of the subject and its ancestors those that have a number */
	uint32_t few[NAMES_FEW];
};

struct query {
	const struct policy_index *index;
	struct evaluation *evaluation;
	bool (*visit)(void *context, const struct head *head);
	void *context;
	struct names action;
	struct names subjects[BY_NOTHING];
};

/* Visits those that match from `first` up to `end`. False: stop. */
bool query_scan(const struct query *query, uint32_t first, uint32_t end);
/* Visits what hangs in a dimension whose subject is unknown. False: stop. */
bool query_open(const struct query *query, enum dimension unknown);

#endif
