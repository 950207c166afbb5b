#include "cli/process.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define STOP_WAIT_MS 5000
#define STOP_STEP_NS 20000000

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* In the child: becomes the program, or ends with 127. */
static void become(const struct process_plan *plan, int output, pid_t parent)
{
	/* Whoever started us may have gone already. */
	if (prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || getppid() != parent)
		_exit(127);
	signal(SIGPIPE, SIG_DFL);
	int nothing = open("/dev/null", O_RDONLY);
	int errors = plan->error_path ? open(plan->error_path, O_WRONLY | O_CREAT | O_APPEND, 0600) : output;
	if (nothing < 0 || errors < 0 || dup2(nothing, 0) < 0 || dup2(output, 1) < 0 || dup2(errors, 2) < 0)
		_exit(127);
	if (plan->folder && chdir(plan->folder) != 0)
		_exit(127);
	execvp(plan->words[0], plan->words);
	_exit(127);
}

enum error process_start(const struct process_plan *plan, struct process *ret_process, struct fault *why)
{
	int ends[2];
	pid_t parent = getpid();
	if (pipe2(ends, O_CLOEXEC) != 0)
		return FAIL(why, E_IO, "no pipe: %s", strerror(errno));
	pid_t pid = fork();
	if (pid == 0)
		become(plan, ends[1], parent);
	close(ends[1]);
	if (pid < 0) {
		close(ends[0]);
		return FAIL(why, E_IO, "cannot start %s: %s", plan->words[0], strerror(errno));
	}
	*ret_process = (struct process){.pid = pid, .output = ends[0]};
	return E_OK;
}

/* Waits until there is output. E_TIMEOUT. */
static enum error wait_readable(const struct process *process, int64_t until_ms, struct fault *why)
{
	for (;;) {
		int64_t left = until_ms - now_ms();
		struct pollfd file = {.fd = process->output, .events = POLLIN};
		int ready = left > 0 ? poll(&file, 1, (int)left) : 0;
		if (ready > 0)
			return E_OK;
		if (ready == 0)
			return FAIL(why, E_TIMEOUT, "it took too long");
	}
}

static void kill_and_reap(struct process *process)
{
	kill(process->pid, SIGKILL);
	waitpid(process->pid, NULL, 0);
	close(process->output);
	*process = (struct process){.pid = 0, .output = -1};
}

enum error process_run(const struct process_plan *plan, int timeout_s, struct buffer *ret_output, int *ret_exit_code,
		       struct fault *why)
{
	struct process process;
	int64_t until_ms = now_ms() + (int64_t)timeout_s * 1000;
	TRY(process_start(plan, &process, why));
	for (;;) {
		char bytes[4096];
		enum error code = wait_readable(&process, until_ms, why);
		if (code != E_OK) {
			kill_and_reap(&process);
			return FAIL(why, E_TIMEOUT, "%s took longer than %d s", plan->words[0], timeout_s);
		}
		ssize_t count = read(process.output, bytes, sizeof(bytes));
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			break;
		buffer_add(ret_output, slice_from(bytes, (size_t)count));
	}
	int status = 0;
	while (waitpid(process.pid, &status, 0) < 0 && errno == EINTR)
		;
	close(process.output);
	*ret_exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	if (*ret_exit_code == 127)
		return FAIL(why, E_IO, "cannot start %s", plan->words[0]);
	return E_OK;
}

enum error process_wait_line(struct process *process, slice prefix, int timeout_s, struct buffer *ret_line,
			     struct fault *why)
{
	int64_t until_ms = now_ms() + (int64_t)timeout_s * 1000;
	buffer_clear(ret_line);
	for (;;) {
		char byte;
		TRY(wait_readable(process, until_ms, why));
		ssize_t count = read(process->output, &byte, 1);
		if (count < 0 && errno == EINTR)
			continue;
		if (count <= 0)
			return FAIL(why, E_CLOSED, "it ended before it was ready");
		if (byte != '\n') {
			buffer_add_byte(ret_line, byte);
			continue;
		}
		if (slice_starts_with(buffer_slice(ret_line), prefix))
			return buffer_check(ret_line, why);
		buffer_clear(ret_line);
	}
}

void process_stop(struct process *process)
{
	if (process->pid <= 0)
		return;
	int64_t until_ms = now_ms() + STOP_WAIT_MS;
	kill(process->pid, SIGTERM);
	while (waitpid(process->pid, NULL, WNOHANG) == 0) {
		if (now_ms() > until_ms) {
			kill_and_reap(process);
			return;
		}
		nanosleep(&(struct timespec){.tv_nsec = STOP_STEP_NS}, NULL);
	}
	close(process->output);
	*process = (struct process){.pid = 0, .output = -1};
}
