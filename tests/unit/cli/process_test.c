#include "cli/process.h"

#include "check.h"

#include <signal.h>
#include <string.h>

static struct fault why;
static struct buffer output;

static enum error run(const char *line, int timeout_s, int *ret_exit_code)
{
	static char copy[256];
	char *words[] = {(char[]){"/bin/sh"}, (char[]){"-c"}, copy, NULL};
	struct process_plan plan = {.words = words};
	strncpy(copy, line, sizeof(copy) - 1);
	buffer_free(&output);
	buffer_init(&output, PROCESS_OUTPUT_BYTES_MAX);
	return process_run(&plan, timeout_s, &output, ret_exit_code, &why);
}

TEST(a_program_is_run_to_its_end)
{
	int code = -1;
	CHECK_OK(run("echo out; echo err >&2; exit 10", 10, &code), why);
	CHECK_INT(code, 10);
	CHECK_SLICE(buffer_slice(&output), SLICE("out\nerr\n"));
	CHECK_OK(run("kill -9 $$", 10, &code), why);
	CHECK_INT(code, 128 + SIGKILL);
	CHECK_OK(run("cat", 10, &code), why); /* nobody types */
	CHECK_INT(code, 0);
	buffer_free(&output);
}

TEST(what_takes_too_long_is_killed_and_what_is_not_there_is_told)
{
	int code = -1;
	char *words[] = {(char[]){"/no/such/program"}, NULL};
	struct process_plan plan = {.words = words};
	CHECK_ERROR(run("sleep 30", 1, &code), E_TIMEOUT);
	CHECK_ERROR(process_run(&plan, 5, &output, &code, &why), E_IO);
	buffer_free(&output);
}

TEST(a_server_says_when_it_is_ready)
{
	char *words[] = {(char[]){"/bin/sh"}, (char[]){"-c"},
			 (char[]){"echo starting; echo 'ready  http://x'; exec sleep 30"}, NULL};
	struct process_plan plan = {.words = words};
	struct process process;
	buffer_init(&output, 4096);
	CHECK_OK(process_start(&plan, &process, &why), why);
	CHECK_OK(process_wait_line(&process, SLICE("ready"), 10, &output, &why), why);
	CHECK_SLICE(buffer_slice(&output), SLICE("ready  http://x"));
	CHECK_ERROR(process_wait_line(&process, SLICE("ready"), 1, &output, &why), E_TIMEOUT);
	process_stop(&process);
	CHECK(process.pid == 0);
	process_stop(&process);
	words[2] = (char[]){"echo failed"};
	CHECK_OK(process_start(&plan, &process, &why), why);
	CHECK_ERROR(process_wait_line(&process, SLICE("ready"), 10, &output, &why), E_CLOSED);
	process_stop(&process);
	buffer_free(&output);
}
