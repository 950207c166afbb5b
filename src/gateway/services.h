/* What the handlers of one worker loop may reach: its loop, its way to recorder and signer, the snapshot, the settings. */
#ifndef TIPSTAFF_GATEWAY_SERVICES_H
#define TIPSTAFF_GATEWAY_SERVICES_H

#include "channel/recorder_client.h"
#include "channel/signer_client.h"
#include "gateway/config.h"
#include "gateway/metrics.h"

#include <stdbool.h>

struct clock_entropy_pool;
struct loop;
struct snapshot;
struct upstream_pool;
struct token_cache;   /* identity/: verified tokens of this loop */
struct jti_set;       /* identity/: assertions seen, shared by all loops */
struct mcp_sessions;  /* gateway/: sessions, shared by all loops */
struct histories;     /* decision/: what happened in the sessions of agents, shared by all loops */
struct traffic;       /* gateway/watch.h: live counters per agent and server, shared by all loops */
struct gateway;       /* gateway/gateway.h: what one loop keeps for its calls */

/* The signed metadata of AuthZEN as it was last made: anybody may ask for it, and signing takes time. */
struct signed_metadata {
	int64_t made_s;
	size_t length; /* 0: none */
	char token[4096];
};

/*
 * One per worker loop; every pointer is set before the first request and lives as long as the loop. Made by
 * daemon/worker.c. Members that say "shared" are guarded by their own module.
 */
struct services {
	struct loop *loop;
	struct recorder_client *recorder;
	struct signer_client *signer;
	struct upstream_pool *upstreams;
	struct token_cache *tokens;
	struct jti_set *jtis;
	struct mcp_sessions *sessions;
	struct histories *histories;
	struct traffic *traffic;
	struct gateway *gateway; /* set by gateway_make, last of all */
	struct metrics *metrics;
	struct clock_entropy_pool *entropy; /* net/clock.h; NULL: drawn from the kernel each time */
	const struct config *config;
	const struct snapshot *const *current; /* where the snapshot of now stands; read by services_snapshot */
	struct signed_metadata metadata;
	bool reading;                          /* this round has taken a snapshot */
	unsigned loop_index;
};

/* Wall clock, nanoseconds since 1970. */
int64_t services_now_ns(const struct services *services);
/* Monotonic clock, nanoseconds; for durations and deadlines. */
int64_t services_monotonic_ns(const struct services *services);
/* Unpredictable bytes. */
void services_random(const struct services *services, void *bytes, size_t count);
/*
 * The snapshot of now: immutable, valid until this thread's loop iteration ends (it is reclaimed after a quiescent
 * point). Take it again after every wait. NULL while the registry has not been received: deny `not_ready`.
 */
const struct snapshot *services_snapshot(struct services *services);
/* The round ends: what it took of snapshots is given back. For the loop's owner, before the loop sleeps. */
void services_quiescent(struct services *services);
/* A log line for operators: fixed event name, then name and value in turn, NULL last. Never secrets. */
void services_log(const struct services *services, const char *event, ...) __attribute__((sentinel));

#endif
