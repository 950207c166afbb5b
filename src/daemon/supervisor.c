/* Keeps signer, recorder and worker running, and ends them in order. It reads no byte of a stranger. */
#include "daemon/daemon.h"

#include "net/clock.h"
#include "net/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* In the order of starting; they end in the opposite order, so that the last words of the worker are still recorded. */
enum part { PART_SIGNER, PART_RECORDER, PART_WORKER, PART_COUNT };

static const struct {
	const char *name;
	int (*run)(const struct daemon *daemon);
} parts[PART_COUNT] = {
	[PART_SIGNER] = {"signer", signer_main},
	[PART_RECORDER] = {"recorder", recorder_main},
	[PART_WORKER] = {"worker", worker_main},
};

/* How long a part may take to finish what it does after DAEMON_STOP_SIGNAL. */
static const int patience_ms[PART_COUNT] = {2000, 10000, 15000};

#define RESTARTS_MAX 5
#define RESTARTS_WINDOW_NS 30000000000

struct supervisor {
	struct daemon *daemon;
	pid_t children[PART_COUNT];
	int signals;
	int ready;
	int64_t restarts[RESTARTS_MAX];
	unsigned restart_count;
};

/* The child's part of the fork: nothing of the supervisor's is left in it. */
static void become(struct supervisor *supervisor, enum part part, pid_t parent, const sigset_t *unblocked)
{
	struct daemon *daemon = supervisor->daemon;
	close(supervisor->signals);
	close(supervisor->ready);
	/* If the supervisor dies, so does the server: nobody would restart what fails. */
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	sigprocmask(SIG_SETMASK, unblocked, NULL);
	if (part != PART_WORKER) {
		close(daemon->ready_fd);
		for (unsigned i = 0; i < daemon->layout.loops; i++) {
			close(daemon->listeners[i]);
			daemon->listeners[i] = -1;
		}
	}
	char name[16];
	snprintf(name, sizeof(name), "tipstaff-%.6s", parts[part].name);
	prctl(PR_SET_NAME, name);
	journal_init(parts[part].name, daemon->config.log_json);
	_exit(parts[part].run(daemon));
}

static enum error start_part(struct supervisor *supervisor, enum part part, struct fault *why)
{
	sigset_t unblocked;
	sigemptyset(&unblocked);
	pid_t parent = getpid();
	fflush(NULL);
	pid_t child = fork();
	if (child < 0)
		return FAIL(why, E_IO, "cannot start the %s: %s", parts[part].name, strerror(errno));
	if (child == 0)
		become(supervisor, part, parent, &unblocked);
	supervisor->children[part] = child;
	return E_OK;
}

static enum error start_all(struct supervisor *supervisor, struct fault *why)
{
	struct daemon *daemon = supervisor->daemon;
	int pipe_fds[2];
	TRY(layout_make(&daemon->layout, daemon->config.loops, why));
	if (pipe2(pipe_fds, O_CLOEXEC) != 0)
		return FAIL(why, E_IO, "cannot make a pipe: %s", strerror(errno));
	supervisor->ready = pipe_fds[0];
	daemon->ready_fd = pipe_fds[1];
	enum error code = E_OK;
	for (enum part part = 0; part < PART_COUNT && code == E_OK; part++)
		code = start_part(supervisor, part, why);
	close(pipe_fds[1]);
	daemon->starts++;
	return code;
}

static void close_ready(struct supervisor *supervisor)
{
	if (supervisor->ready >= 0)
		close(supervisor->ready);
	supervisor->ready = -1;
}

/* Waits until `child` is gone; false where it is still there after `timeout_ms`. */
static bool wait_gone(pid_t child, int timeout_ms, int *ret_status)
{
	for (int waited = 0;; waited += 5) {
		pid_t gone = waitpid(child, ret_status, WNOHANG);
		if (gone == child || (gone < 0 && errno == ECHILD))
			return true;
		if (waited >= timeout_ms)
			return false;
		struct timespec pause = {.tv_nsec = 5000000};
		nanosleep(&pause, NULL);
	}
}

/* Worker first, so that its last records still find the recorder. */
static void stop_all(struct supervisor *supervisor, bool at_once)
{
	for (int part = PART_COUNT - 1; part >= 0; part--) {
		pid_t child = supervisor->children[part];
		int status;
		if (child <= 0)
			continue;
		kill(child, at_once ? SIGKILL : DAEMON_STOP_SIGNAL);
		if (!wait_gone(child, at_once ? 2000 : patience_ms[part], &status)) {
			journal_event("process.killed", "process", parts[part].name, "reason", "did not end in time", NULL);
			kill(child, SIGKILL);
			wait_gone(child, 2000, &status);
		}
		supervisor->children[part] = 0;
	}
	close_ready(supervisor);
	layout_drop(&supervisor->daemon->layout);
}

static void say_end(enum part part, int status)
{
	char how[64];
	if (WIFSIGNALED(status))
		snprintf(how, sizeof(how), "signal %d (%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		snprintf(how, sizeof(how), "exit code %d", WEXITSTATUS(status));
	journal_event("process.ended", "process", parts[part].name, "how", how, NULL);
}

/* Which child ended? PART_COUNT: none of ours. */
static enum part reap(struct supervisor *supervisor, int *ret_status)
{
	pid_t gone = waitpid(-1, ret_status, WNOHANG);
	if (gone <= 0)
		return PART_COUNT;
	for (enum part part = 0; part < PART_COUNT; part++) {
		if (supervisor->children[part] == gone) {
			supervisor->children[part] = 0;
			return part;
		}
	}
	return PART_COUNT;
}

/* May it be tried again? Five starts within half a minute are no accident. */
static bool may_restart(struct supervisor *supervisor)
{
	int64_t now = clock_monotonic_ns();
	int64_t *oldest = &supervisor->restarts[supervisor->restart_count++ % RESTARTS_MAX];
	bool often = *oldest != 0 && now - *oldest < RESTARTS_WINDOW_NS;
	*oldest = now;
	return !often;
}

/*
 * One part alone cannot go on: the rings between them are in the middle of something. All start anew, with fresh
 * memory; what was acknowledged is in the log, what was not is denied.
 */
static int part_ended(struct supervisor *supervisor, enum part part, int status)
{
	say_end(part, status);
	/* An exit code of its own choice is a refusal to start (no keys, ...): it was told, and would be again. */
	bool refused = WIFEXITED(status) && WEXITSTATUS(status) >= 64;
	stop_all(supervisor, true);
	if (refused)
		return WEXITSTATUS(status);
	if (!may_restart(supervisor)) {
		journal_event("server.given_up", "reason", "processes ended too often", NULL);
		return error_exit(E_INTERNAL);
	}
	struct fault why;
	if (start_all(supervisor, &why) != E_OK) {
		journal_event("server.given_up", "reason", fault_sentence(&why), NULL);
		stop_all(supervisor, true);
		return error_exit(why.code);
	}
	journal_event("server.restarted", "after", parts[part].name, NULL);
	return -1;
}

/* -1: go on; else the exit code. */
static int take_signal(struct supervisor *supervisor, int number)
{
	int status;
	switch (number) {
	case SIGTERM:
	case SIGINT:
		stop_all(supervisor, false);
		return 0;
	case SIGHUP:
		kill(supervisor->children[PART_RECORDER], SIGHUP);
		return -1;
	case SIGCHLD:
		for (enum part part; (part = reap(supervisor, &status)) != PART_COUNT;) {
			int code = part_ended(supervisor, part, status);
			if (code >= 0)
				return code;
		}
		return -1;
	default:
		return -1;
	}
}

static int watch(struct supervisor *supervisor, void (*announce)(const struct daemon *daemon))
{
	for (;;) {
		struct pollfd polled[2] = {{.fd = supervisor->signals, .events = POLLIN},
					   {.fd = supervisor->ready, .events = POLLIN}};
		if (poll(polled, 2, -1) < 0 && errno != EINTR)
			return error_exit(E_IO);
		if (polled[1].revents) {
			char byte;
			if (read(supervisor->ready, &byte, 1) == 1)
				announce(supervisor->daemon);
			close_ready(supervisor);
		}
		struct signalfd_siginfo info;
		if (polled[0].revents && read(supervisor->signals, &info, sizeof(info)) == sizeof(info)) {
			int code = take_signal(supervisor, (int)info.ssi_signo);
			if (code >= 0)
				return code;
		}
	}
}

int supervisor_run(struct daemon *daemon, void (*announce)(const struct daemon *daemon))
{
	struct supervisor supervisor = {.daemon = daemon, .ready = -1};
	struct fault why;
	sigset_t handled;
	sigemptyset(&handled);
	const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&handled, numbers[i]);
	sigprocmask(SIG_BLOCK, &handled, NULL);
	signal(SIGPIPE, SIG_IGN);
	supervisor.signals = signalfd(-1, &handled, SFD_CLOEXEC);
	if (supervisor.signals < 0 || start_all(&supervisor, &why) != E_OK) {
		journal_event("server.not_started", "reason",
			      supervisor.signals < 0 ? strerror(errno) : fault_sentence(&why), NULL);
		stop_all(&supervisor, true);
		return error_exit(E_IO);
	}
	int code = watch(&supervisor, announce);
	close(supervisor.signals);
	return code;
}
