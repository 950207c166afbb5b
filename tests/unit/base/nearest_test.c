#include "base/nearest.h"

#include "check.h"

#include <string.h>

static const char *const names[] = {"status", "agents", "watch", "why", "apply"};

TEST(a_slip_of_the_fingers_finds_the_name)
{
	CHECK(strcmp(nearest_name(SLICE("stauts"), names, 5), "status") == 0);
	CHECK(strcmp(nearest_name(SLICE("agent"), names, 5), "agents") == 0);
	CHECK(strcmp(nearest_name(SLICE("Wacth"), names, 5), "watch") == 0);
}

TEST(names_are_offered_one_after_the_other)
{
	char hint[NEAREST_HINT_BYTES];
	struct nearest nearest = nearest_of(SLICE("owner"));
	nearest_offer(&nearest, SLICE("other"));
	CHECK(strcmp(nearest_hint(&nearest, hint), "") == 0);
	/* Only the letters' case differs; the very same name would be no help. */
	nearest_offer(&nearest, SLICE("owner"));
	nearest_offer(&nearest, SLICE("Owner"));
	nearest_offer(&nearest, SLICE("owners"));
	CHECK(strcmp(nearest_hint(&nearest, hint), "; did you mean `Owner`?") == 0);
	for (size_t i = 0; i < NEAREST_NAMES_MAX; i++)
		nearest_offer(&nearest, SLICE("x"));
	CHECK_INT(nearest.distance, 0);
}

TEST(so_many_names_are_looked_at_and_no_more)
{
	struct nearest nearest = nearest_of(SLICE("owner"));
	for (size_t i = 0; i < NEAREST_NAMES_MAX; i++)
		nearest_offer(&nearest, SLICE("x"));
	nearest_offer(&nearest, SLICE("owners"));
	CHECK(nearest.name.ptr == NULL);
}

TEST(something_else_finds_nothing)
{
	CHECK(nearest_name(SLICE("quarantine"), names, 5) == NULL);
	CHECK(nearest_name(SLICE(""), names, 5) == NULL);
	CHECK(nearest_name(SLICE("status"), names, 0) == NULL);
}

TEST(distances_count_edits_and_swaps)
{
	CHECK_INT(nearest_distance(SLICE("abc"), SLICE("abc")), 0);
	CHECK_INT(nearest_distance(SLICE("abc"), SLICE("acb")), 1);
	CHECK_INT(nearest_distance(SLICE("abc"), SLICE("ABCD")), 1);
	CHECK_INT(nearest_distance(SLICE(""), SLICE("abc")), 3);
}

TEST(a_very_long_name_has_no_neighbours)
{
	char big[NEAREST_BYTES_MAX + 1];
	memset(big, 'a', sizeof(big));
	CHECK(nearest_distance(slice_from(big, sizeof(big)), SLICE("a")) == SIZE_MAX);
	CHECK(nearest_name(slice_from(big, sizeof(big)), names, 5) == NULL);
}
