#include "gateway/watch.h"

#include "check.h"

static const struct hash_key key = {1, 2};

TEST(a_route_without_traffic_is_not_in_the_path)
{
	struct traffic *traffic = traffic_new(&key);
	CHECK_INT(traffic_mode(traffic, SLICE("bot"), SLICE("fs"), 1000, NULL), ROUTE_NOT_IN_PATH);
	traffic_free(traffic);
}

TEST(the_last_decision_tells_the_mode)
{
	struct traffic *traffic = traffic_new(&key);
	struct traffic_row row;
	traffic_count(traffic, SLICE("bot"), SLICE("fs"), TRAFFIC_OBSERVED, false, 1000);
	CHECK_INT(traffic_mode(traffic, SLICE("bot"), SLICE("fs"), 1001, NULL), ROUTE_OBSERVING);
	traffic_count(traffic, SLICE("bot"), SLICE("fs"), TRAFFIC_DENIED, true, 1002);
	traffic_count(traffic, SLICE("bot"), SLICE("fs"), TRAFFIC_DENIED, true, 1003);
	CHECK_INT(traffic_mode(traffic, SLICE("bot"), SLICE("fs"), 1004, &row), ROUTE_ENFORCING);
	CHECK_INT(row.counts[TRAFFIC_DENIED], 2);
	CHECK_INT(row.counts[TRAFFIC_OBSERVED], 1);
	CHECK_INT(row.last_ns, 1003);
	CHECK_INT(traffic_mode(traffic, SLICE("bot"), SLICE("other"), 1004, NULL), ROUTE_NOT_IN_PATH);
	traffic_free(traffic);
}

TEST(what_was_seen_long_ago_is_no_claim)
{
	struct traffic *traffic = traffic_new(&key);
	traffic_count(traffic, SLICE("bot"), SLICE("fs"), TRAFFIC_PERMITTED, true, 1000);
	CHECK_INT(traffic_mode(traffic, SLICE("bot"), SLICE("fs"), 1001 + TRAFFIC_WINDOW_NS, NULL), ROUTE_NOT_IN_PATH);
	traffic_free(traffic);
}

static bool count_rows(void *context, const struct traffic_row *row)
{
	CHECK(row->agent.len > 0);
	(*(unsigned *)context)++;
	return true;
}

TEST(every_route_is_visited_once)
{
	struct traffic *traffic = traffic_new(&key);
	unsigned count = 0;
	traffic_count(traffic, SLICE("a"), SLICE("x"), TRAFFIC_DENIED, true, 1);
	traffic_count(traffic, SLICE("a"), SLICE("y"), TRAFFIC_DENIED, true, 1);
	traffic_count(traffic, SLICE("a"), SLICE("x"), TRAFFIC_DENIED, true, 1);
	traffic_each(traffic, count_rows, &count);
	CHECK_INT(count, 2);
	traffic_free(traffic);
}
