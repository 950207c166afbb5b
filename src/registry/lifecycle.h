/* The life of an agent: its states, the moves between them, and who may order each move. */
#ifndef TIPSTAFF_REGISTRY_LIFECYCLE_H
#define TIPSTAFF_REGISTRY_LIFECYCLE_H

#include "base/error.h"
#include "base/slice.h"

/* Zero carries no authority, so an agent that was only zeroed can do nothing. */
enum lifecycle {
	LIFECYCLE_REGISTERED = 0, /* known, not yet trusted */
	LIFECYCLE_APPROVED,       /* may act within its grants */
	LIFECYCLE_SUSPENDED,      /* stopped by a person; grants are kept */
	LIFECYCLE_QUARANTINED,    /* stopped by the monitor; credentials are revoked */
	LIFECYCLE_DECOMMISSIONED, /* final; the identity is never used again */
	LIFECYCLE_COUNT
};

/* Ordered by authority: a later mover may do all that an earlier one may. */
enum mover {
	MOVER_MONITOR = 0, /* can only take authority away */
	MOVER_OWNER,
	MOVER_GOVERNOR,
	MOVER_COUNT
};

/* May an agent in this state hold a credential and have calls allowed? */
bool lifecycle_may_act(enum lifecycle state);

/*
 * Moves `*state` to `next` by order of `who`. On failure `*state` is unchanged.
 * E_CONFLICT: no such move.  E_FORBIDDEN: the move exists, but not for `who`.
 */
MUST_USE enum error lifecycle_move(enum lifecycle *state, enum lifecycle next, enum mover who, struct fault *why);

const char *lifecycle_name(enum lifecycle state);
/* False leaves `*ret_state` as it was. */
bool lifecycle_of_name(slice name, enum lifecycle *ret_state);
/*
 * Who an actor is: `operator:...` governs, `owner:...` owns; everything else is a monitor, the least of the three.
 */
enum mover mover_of_actor(slice actor);

#endif
