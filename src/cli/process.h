/* Other programs, started by the demo: run to their end, or kept running behind it. */
#ifndef TIPSTAFF_CLI_PROCESS_H
#define TIPSTAFF_CLI_PROCESS_H

#include "base/buffer.h"

#include <sys/types.h>

#define PROCESS_OUTPUT_BYTES_MAX (1u << 20)

/* Where a program's output goes and how it starts. `words` ends with NULL; words[0] is the path or a name in PATH. */
struct process_plan {
	char *const *words;
	const char *folder;     /* working folder; NULL: ours */
	const char *error_path; /* standard error is appended to this file; NULL: it goes with the output */
};

/* A program that runs. Zeroed: none. It gets SIGTERM when we end, however we end. */
struct process {
	pid_t pid;
	int output; /* its standard output; -1: closed */
};

/*
 * Runs a program to its end. The output is cut at PROCESS_OUTPUT_BYTES_MAX.
 * E_IO: it cannot be started.  E_TIMEOUT: it took longer than `timeout_s` and was killed.
 */
MUST_USE enum error process_run(const struct process_plan *plan, int timeout_s, struct buffer *ret_output,
				int *ret_exit_code, struct fault *why);
/* Starts a program that goes on running. E_IO. */
MUST_USE enum error process_start(const struct process_plan *plan, struct process *ret_process, struct fault *why);
/*
 * Reads lines of its output until one begins with `prefix`; that line, without its end, goes into `ret_line`.
 * E_CLOSED: it ended before.  E_TIMEOUT.
 */
MUST_USE enum error process_wait_line(struct process *process, slice prefix, int timeout_s, struct buffer *ret_line,
				      struct fault *why);
/* SIGTERM, and SIGKILL where that does not help within 5 s. A zeroed process is fine. */
void process_stop(struct process *process);

#endif
