/* The worker: all loops of the network, one thread each, over one immutable snapshot. No keys, no files but one. */
#ifndef TIPSTAFF_DAEMON_WORKER_H
#define TIPSTAFF_DAEMON_WORKER_H

#include "channel/recorder_link.h"
#include "channel/signer_link.h"
#include "daemon/daemon.h"
#include "decision/snapshot.h"
#include "gateway/services.h"
#include "net/clock.h"
#include "net/http_server.h"
#include "net/loop.h"

#include <pthread.h>

struct worker;

/* One loop and what belongs to it. */
struct worker_loop {
	struct services services;
	struct clock_entropy_pool entropy;
	struct worker *worker;
	pthread_t thread;
	struct http_server *server;
	struct loop_hook hook;
	struct loop_bell *bell;
	struct loop_task stop;
};

struct worker {
	const struct daemon *daemon;
	struct hash_key key;
	struct metrics metrics;
	struct snapshot_builder *builder;       /* of loop 0 */
	const struct snapshot *current;         /* published by loop 0, read by all (RCU) */
	bool dirty;                             /* changes wait to be published */
	bool synced;                            /* all objects have arrived */
	bool announced;
	int past;                               /* the histories over a restart (past.h) */
	struct tls_context *server_tls;
	struct tls_context *client_tls;
	struct worker_loop loops[LAYOUT_LOOPS_MAX];
};

/* The snapshot's side of loop 0 (worker_snapshot.c). */
void worker_take_change(struct worker *worker, slice change);
/* Publishes what has changed; true where it did. */
bool worker_publish(struct worker *worker);

#endif
