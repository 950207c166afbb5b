/*
 * A child process that speaks in lines: what is written goes to its standard input, what it prints on standard
 * output comes back line by line (MCP stdio framing), and so does its standard error.
 */
#ifndef TIPSTAFF_NET_CHILD_H
#define TIPSTAFF_NET_CHILD_H

#include "net/loop.h"

struct child;

#define CHILD_LINE_BYTES_USUAL  (4u * 1048576u) /* one JSON-RPC message */
#define CHILD_ERROR_LINE_BYTES  8192u           /* of standard error; longer lines are cut into pieces */
#define CHILD_QUEUE_BYTES_MAX   (16u * 1048576u)
#define CHILD_QUEUE_LOW_BYTES   65536u
#define CHILD_KILL_MS_USUAL     3000u

struct child_config {
	const char *const *arguments;   /* NULL at the end; the first is the program, found by PATH */
	const char *const *environment; /* NULL at the end; NULL: inherited */
	const char *folder;             /* NULL: inherited */
	size_t line_bytes_max;          /* 0: the usual */
	/* A line of standard output without its end; never empty. */
	void (*on_line)(struct child *child, slice line, void *context);
	/* A line of standard error; may be NULL. */
	void (*on_error_line)(struct child *child, slice line, void *context);
	/* The queue to its standard input fell to CHILD_QUEUE_LOW_BYTES; may be NULL. */
	void (*on_drain)(struct child *child, void *context);
	/*
	 * It has ended and all its output was delivered; the child is freed afterwards. `signal` 0: it exited.
	 * `why`: E_LIMIT where a line was too long (it was killed for that), else E_OK.
	 */
	void (*on_exit)(struct child *child, int status, int signal, enum error why, void *context);
	void *context;
};

/* E_NOT_FOUND: no such program.  E_IO: could not start.  E_INVALID: no program or callback.  E_MEMORY. */
MUST_USE enum error child_start(struct loop *loop, const struct child_config *config, struct child **ret_child,
				struct fault *why);
/*
 * Writes `line` and a line end. E_INVALID: a line end inside.  E_LIMIT: CHILD_QUEUE_BYTES_MAX would wait; nothing was
 * written.  E_CLOSED: its standard input is closed.
 */
MUST_USE enum error child_write_line(struct child *child, slice line, struct fault *why);
size_t child_queued_bytes(const struct child *child);
/* Stops and goes on reading its standard output (back-pressure). */
void child_pause(struct child *child);
void child_resume(struct child *child);
/* Ends its standard input, which asks a well-behaved server to exit. */
void child_close_input(struct child *child);
/* SIGTERM now, SIGKILL after `grace_ms`. on_exit follows. */
void child_kill(struct child *child, unsigned grace_ms);
int child_pid(const struct child *child);

#endif
