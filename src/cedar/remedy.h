/*
 * Remedies: the least change that would permit a denied request, in facts of the context that its policies declare
 * changeable.
 *
 * A policy declares them with an annotation, paths separated by commas: @remedy("context.approval, context.order.amount").
 * For the sake of that policy, and of no other, they may change: a permit so that it holds, a forbid so that it does not.
 * Nothing else changes, and nothing else is told: what a remedy asks for is put in the words of the policy itself, so
 * that it gives away neither attributes nor memberships of entities. Every remedy has been tried: the request with the
 * change was decided, by all policies, and permitted.
 */
#ifndef TIPSTAFF_CEDAR_REMEDY_H
#define TIPSTAFF_CEDAR_REMEDY_H

#include "cedar/authorize.h"

/* One condition that does not hold and would have to. */
struct cedar_change {
	slice fact; /* `context.amount` */
	slice must; /* as Cedar says it: `context.amount <= 100`, `context.approval == true` */
};

struct cedar_remedy {
	/* All of them are needed; by policy and place. None: the request is permitted, or there is no remedy. */
	const struct cedar_change *changes;
	size_t count;
	struct cedar_reason permit; /* what would permit */
	/* The context with which that was tried. It may hold what entities say: never for strangers. */
	struct cedar_value context;
};

/*
 * Fewest facts change; of several such remedies one that takes no fact out, and then the first in the order of the
 * policies. Conditions that are no
 * comparison of a changeable fact with something known, or more ways than CEDAR_REMEDY_WAYS_MAX, may hide a remedy.
 * E_INVALID: the request is not usable, or has unknowns.  E_LIMIT, E_MEMORY.
 */
MUST_USE enum error cedar_remedy_find(const struct cedar_request *request, const struct cedar_world *world,
				      struct arena *arena, struct cedar_remedy *ret_remedy, struct fault *why);

/* Are the paths of a @remedy such as they must be? E_SYNTAX: not. */
MUST_USE enum error cedar_remedy_check(slice annotation, struct fault *why);

#endif
