/* The server: one supervisor and the processes it keeps (DESIGN D1). */
#ifndef TIPSTAFF_DAEMON_DAEMON_H
#define TIPSTAFF_DAEMON_DAEMON_H

#include "base/arena.h"
#include "base/error.h"
#include "channel/layout.h"
#include "gateway/config.h"

#include <signal.h>

/*
 * The supervisor's order to end. Not SIGTERM, which service managers and shells send to the whole group at once: the
 * worker's last records would then find no recorder.
 */
#define DAEMON_STOP_SIGNAL SIGUSR2

/* What every process of one server knows; made by the supervisor before the fork, constant afterwards. */
struct daemon {
	struct config config;
	struct layout layout;
	int listeners[LAYOUT_LOOPS_MAX]; /* one listening socket per loop; -1 in the processes without network */
	int ready_fd;                    /* the worker writes one byte when it serves */
	bool fresh;                      /* the data folder is new: keys may be made */
	unsigned starts;                 /* how often the processes were started by this supervisor */
};

/*
 * `tipstaff up [--data DIR] [--listen ADDR:PORT]`: one node, no questions, loopback only.
 * `tipstaff serve --config FILE [--check]`: production.
 * Both return an exit code.
 */
int daemon_up(int count, char **arguments);
int daemon_serve(int count, char **arguments);

/* Runs until SIGTERM or SIGINT; an exit code. `announce` is called each time the server has become ready. */
int supervisor_run(struct daemon *daemon, void (*announce)(const struct daemon *daemon));

/* The bodies of the processes. Return an exit code. */
int signer_main(const struct daemon *daemon);
int recorder_main(const struct daemon *daemon);
int worker_main(const struct daemon *daemon);

#endif
