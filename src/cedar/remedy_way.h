/* The inside of remedies: facts that may change, and the ways in which an expression becomes what is wanted. */
#ifndef TIPSTAFF_CEDAR_REMEDY_WAY_H
#define TIPSTAFF_CEDAR_REMEDY_WAY_H

#include "cedar/evaluate.h"
#include "cedar/limits.h"

/* A path below the context. */
struct fact {
	slice names[CEDAR_REMEDY_PATH_MAX];
	uint32_t count;
	slice text; /* `context.order.amount` */
};

struct fact_set {
	struct fact items[CEDAR_REMEDY_FACTS_MAX];
	size_t count;
};

/* E_SYNTAX: not paths.  E_LIMIT: too many, or too long. */
MUST_USE enum error fact_set_read(slice annotation, struct fact_set *ret_facts, struct fault *why);
/* How an expression hangs on the facts. */
enum reach { REACH_NONE = 0, REACH_INSIDE, REACH_IS_FACT };
/* Of REACH_IS_FACT, `*ret_fact` is which: the expression is just this path. */
enum reach fact_reach(const struct fact_set *facts, const struct node *node, const struct fact **ret_fact);
/* The record with the fact changed; `value` CEDAR_NONE: taken out. Records on the way are made. E_MEMORY, E_LIMIT. */
MUST_USE enum error fact_change(struct arena *arena, struct cedar_value record, const struct fact *fact, uint32_t depth,
				struct cedar_value value, struct cedar_value *ret_record);

/* That `atom` be `want`, for which `value` is put in the place of the fact. */
struct need {
	const struct fact *fact;
	const struct node *atom;
	bool want;
	bool is_weak;  /* any value will do: one that another need asks for, too */
	bool is_guard; /* met already, and must stay so */
	struct cedar_value value;  /* CEDAR_NONE: the fact is taken out */
	struct cedar_value second; /* where the first would break something else; CEDAR_NONE: there is none */
};

/* All of the needs together. */
struct way {
	const struct need *needs[CEDAR_REMEDY_NEEDS_MAX];
	uint32_t count;
};

/* Any one of the ways. */
struct ways {
	struct way items[CEDAR_REMEDY_WAYS_MAX];
	size_t count;
};

struct remedy_search {
	struct evaluation evaluation; /* of the request as it is */
	const struct fact_set *facts; /* of the policy that is looked at */
	unsigned depth;
	unsigned calls;
};

/* One of a chain of conditions: it goes on where the node is `passes`, and no further where it errs. */
struct link {
	const struct node *node;
	bool passes;
};

/* Ways in which the node gives `want`; none where it cannot, or nobody knows how. False: the search is void. */
MUST_USE bool ways_find(struct remedy_search *search, const struct node *node, bool want, struct ways *ret_ways);
/* Ways in which all links pass, or in which one does not, and none before it errs. */
MUST_USE bool ways_of_chain(struct remedy_search *search, const struct link *links, uint32_t count, bool passes,
			    struct ways *ret_ways);
/* The one way of changing nothing. */
void ways_start(struct ways *ways);
/* These ways, too. */
void ways_add(struct ways *ways, const struct ways *more);
/* Every way of `ways` with every way of `more`; those with the fewest needs where they are too many. */
void ways_join(struct ways *ways, const struct ways *more);
/* How many facts change, if no guard has to. */
uint32_t way_facts(const struct way *way);

/*
 * Another value of the kind: of two that are tried, the first or the second. Or one within a bound. CEDAR_NONE where there
 * is none.
 */
struct cedar_value need_other(const struct evaluation *evaluation, struct cedar_value than, bool is_second);
struct cedar_value need_bound(struct cedar_value bound, enum node_kind kind);
/* The condition as Cedar says it. ptr NULL: no memory. */
slice need_text(struct arena *arena, const struct need *need);

#endif
