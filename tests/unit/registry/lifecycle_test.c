#include "registry/lifecycle.h"

#include "check.h"

TEST(the_monitor_can_only_take_authority_away)
{
	for (enum lifecycle from = 0; from < LIFECYCLE_COUNT; from++)
		for (enum lifecycle next = 0; next < LIFECYCLE_COUNT; next++) {
			enum lifecycle state = from;
			if (lifecycle_move(&state, next, MOVER_MONITOR, NULL) == E_OK)
				CHECK(!lifecycle_may_act(state));
		}
}

TEST(a_zeroed_agent_may_do_nothing)
{
	enum lifecycle state = 0;
	CHECK(!lifecycle_may_act(state));
	CHECK_INT(mover_of_actor(SLICE("")), MOVER_MONITOR);
}

TEST(nobody_leaves_decommissioned)
{
	for (enum lifecycle next = 0; next < LIFECYCLE_COUNT; next++) {
		enum lifecycle state = LIFECYCLE_DECOMMISSIONED;
		CHECK_ERROR(lifecycle_move(&state, next, MOVER_GOVERNOR, NULL), E_CONFLICT);
		CHECK_INT(state, LIFECYCLE_DECOMMISSIONED);
	}
}

TEST(an_owner_approves_neither_the_new_nor_the_quarantined)
{
	struct fault why;
	enum lifecycle state = LIFECYCLE_REGISTERED;
	CHECK_ERROR(lifecycle_move(&state, LIFECYCLE_APPROVED, MOVER_OWNER, &why), E_FORBIDDEN);
	CHECK_INT(state, LIFECYCLE_REGISTERED);
	state = LIFECYCLE_QUARANTINED;
	CHECK_ERROR(lifecycle_move(&state, LIFECYCLE_APPROVED, MOVER_OWNER, &why), E_FORBIDDEN);
	CHECK_OK(lifecycle_move(&state, LIFECYCLE_APPROVED, MOVER_GOVERNOR, &why), why);
	CHECK(lifecycle_may_act(state));
}

TEST(a_name_is_read_as_it_is_written)
{
	for (enum lifecycle state = 0; state < LIFECYCLE_COUNT; state++) {
		enum lifecycle read = LIFECYCLE_COUNT;
		CHECK(lifecycle_of_name(slice_of(lifecycle_name(state)), &read));
		CHECK_INT(read, state);
	}
	enum lifecycle read = LIFECYCLE_SUSPENDED;
	CHECK(!lifecycle_of_name(SLICE("Approved"), &read));
	CHECK_INT(read, LIFECYCLE_SUSPENDED);
}

TEST(an_actor_has_the_authority_of_its_prefix)
{
	CHECK_INT(mover_of_actor(SLICE("operator:admin")), MOVER_GOVERNOR);
	CHECK_INT(mover_of_actor(SLICE("owner:alice")), MOVER_OWNER);
	CHECK_INT(mover_of_actor(SLICE("monitor:drift")), MOVER_MONITOR);
	CHECK_INT(mover_of_actor(SLICE("operator")), MOVER_MONITOR);
}
