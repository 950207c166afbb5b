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
