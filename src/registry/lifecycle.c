#include "registry/lifecycle.h"

#include <assert.h>

#define MOVE(from, to, by) [LIFECYCLE_##from][LIFECYCLE_##to] = MOVER_##by + 1

/* Least mover that may order each move, plus one; zero where there is no such move. */
static const unsigned char least_mover[LIFECYCLE_COUNT][LIFECYCLE_COUNT] = {
	MOVE(REGISTERED, APPROVED, GOVERNOR),
	MOVE(REGISTERED, DECOMMISSIONED, OWNER),

	MOVE(APPROVED, SUSPENDED, OWNER),
	MOVE(APPROVED, QUARANTINED, MONITOR),
	MOVE(APPROVED, DECOMMISSIONED, OWNER),

	MOVE(SUSPENDED, APPROVED, OWNER),
	MOVE(SUSPENDED, QUARANTINED, MONITOR),
	MOVE(SUSPENDED, DECOMMISSIONED, OWNER),

	/* Whoever is in quarantine is looked at by someone other than its owner. */
	MOVE(QUARANTINED, APPROVED, GOVERNOR),
	MOVE(QUARANTINED, DECOMMISSIONED, GOVERNOR),
};

static const char *const names[LIFECYCLE_COUNT] = {
	[LIFECYCLE_REGISTERED] = "registered",
	[LIFECYCLE_APPROVED] = "approved",
	[LIFECYCLE_SUSPENDED] = "suspended",
	[LIFECYCLE_QUARANTINED] = "quarantined",
	[LIFECYCLE_DECOMMISSIONED] = "decommissioned",
};

bool lifecycle_may_act(enum lifecycle state)
{
	return state == LIFECYCLE_APPROVED;
}

enum error lifecycle_move(enum lifecycle *state, enum lifecycle next, enum mover who, struct fault *why)
{
	assert(*state < LIFECYCLE_COUNT && next < LIFECYCLE_COUNT && who < MOVER_COUNT);

	unsigned least = least_mover[*state][next];
	if (least == 0)
		return FAIL(why, E_CONFLICT, "no move from %s to %s", lifecycle_name(*state), lifecycle_name(next));
	if (who + 1u < least)
		return FAIL(why, E_FORBIDDEN, "moving from %s to %s needs more authority", lifecycle_name(*state),
			    lifecycle_name(next));

	*state = next;
	return E_OK;
}

const char *lifecycle_name(enum lifecycle state)
{
	assert(state < LIFECYCLE_COUNT);
	return names[state];
}

bool lifecycle_of_name(slice name, enum lifecycle *ret_state)
{
	for (enum lifecycle state = LIFECYCLE_REGISTERED; state < LIFECYCLE_COUNT; state++)
		if (slice_equal(name, slice_of(names[state]))) {
			*ret_state = state;
			return true;
		}
	return false;
}

enum mover mover_of_actor(slice actor)
{
	if (slice_starts_with(actor, SLICE("operator:")))
		return MOVER_GOVERNOR;
	if (slice_starts_with(actor, SLICE("owner:")))
		return MOVER_OWNER;
	return MOVER_MONITOR;
}
