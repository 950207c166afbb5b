/* What really passes: live counters for each agent and server, from which the mode of a route is told (DESIGN 2). */
#ifndef TIPSTAFF_GATEWAY_WATCH_H
#define TIPSTAFF_GATEWAY_WATCH_H

#include "base/error.h"
#include "base/hash.h"
#include "base/slice.h"

/* Shared by all loops, guarded by itself. */
struct traffic;

/* Routes that are told apart; beyond, calls are still decided and recorded, only not counted by route. */
#define TRAFFIC_ROUTES_MAX 65536u
/* Without a decision for so long nothing is claimed about a route. */
#define TRAFFIC_WINDOW_NS (INT64_C(24) * 3600 * 1000000000)

/* What became of one decision. Zero: it was not stopped. */
enum traffic_event {
	TRAFFIC_OBSERVED = 0, /* denied by the rules, let through because the agent is only observed */
	TRAFFIC_WATCHED,      /* permitted, of an agent that is only observed */
	TRAFFIC_PERMITTED,    /* permitted, of an agent that is held to it */
	TRAFFIC_DENIED,       /* stopped */
	TRAFFIC_EVENT_COUNT
};

/* From live traffic, never from configuration. Zero claims nothing. */
enum route_mode { ROUTE_NOT_IN_PATH = 0, ROUTE_OBSERVING, ROUTE_ENFORCING };

struct traffic_row {
	slice agent;
	slice server;
	uint64_t counts[TRAFFIC_EVENT_COUNT];
	bool enforced;   /* the last decision held */
	int64_t last_ns; /* wall clock */
};

/* NULL: no memory. */
struct traffic *traffic_new(const struct hash_key *key);
void traffic_free(struct traffic *traffic);
/* `enforced`: the agent is held to decisions. */
void traffic_count(struct traffic *traffic, slice agent, slice server, enum traffic_event event, bool enforced,
		   int64_t now_ns);
/* Each row in turn, in no order, under the lock: keep `visit` short. False ends the walk. */
void traffic_each(struct traffic *traffic, bool (*visit)(void *context, const struct traffic_row *row), void *context);
/* The mode of one route; ROUTE_NOT_IN_PATH where nothing was seen. `ret_row` may be NULL; its slices are the caller's. */
enum route_mode traffic_mode(struct traffic *traffic, slice agent, slice server, int64_t now_ns,
			     struct traffic_row *ret_row);
enum route_mode traffic_row_mode(const struct traffic_row *row, int64_t now_ns);
/* "NOT IN PATH", "OBSERVING", "ENFORCING". */
const char *route_mode_name(enum route_mode mode);

#endif
