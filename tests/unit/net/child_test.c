#include "net/child.h"

#include "base/buffer.h"
#include "base/memory.h"
#include "bench.h"

#include <signal.h>

struct told {
	struct child *child;
	struct buffer lines;
	struct buffer errors;
	int exits;
	int status;
	int signal;
	int drained;
	enum error why;
};

static void told_line(struct child *child, slice line, void *context)
{
	(void)child;
	buffer_print(&((struct told *)context)->lines, "%.*s|", SLICE_ARG(line));
}

static void told_error(struct child *child, slice line, void *context)
{
	(void)child;
	buffer_print(&((struct told *)context)->errors, "%.*s|", SLICE_ARG(line));
}

static void told_drain(struct child *child, void *context)
{
	(void)child;
	((struct told *)context)->drained++;
}

static void told_exit(struct child *child, int status, int number, enum error why, void *context)
{
	struct told *told = context;
	(void)child;
	told->exits++;
	told->status = status;
	told->signal = number;
	told->why = why;
}

static void start(struct loop *loop, const char *script, size_t line_bytes_max, struct told *told)
{
	const char *arguments[] = {"sh", "-c", script, NULL};
	struct child_config config = {
		.arguments = arguments,
		.line_bytes_max = line_bytes_max,
		.on_line = told_line,
		.on_error_line = told_error,
		.on_drain = told_drain,
		.on_exit = told_exit,
		.context = told,
	};
	struct fault why = {0};
	memset(told, 0, sizeof(*told));
	buffer_init(&told->lines, 10000000);
	buffer_init(&told->errors, 1000000);
	CHECK_OK(child_start(loop, &config, &told->child, &why), why);
	CHECK(child_pid(told->child) > 0);
}

static void wait_exit(struct loop *loop, struct told *told)
{
	for (uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS; !told->exits && bench_now_ms() < until;)
		loop_turn(loop, false);
	CHECK_INT(told->exits, 1);
}

static void finish(struct loop *loop, struct told *told)
{
	buffer_free(&told->lines);
	buffer_free(&told->errors);
	loop_free(loop);
}

TEST(lines_go_in_and_come_out)
{
	struct loop *loop = bench_loop();
	struct told told;
	struct fault why = {0};
	start(loop, "while read -r line; do echo \"got $line\"; echo oops >&2; done; printf 'cut off'; exit 3", 0,
	      &told);
	CHECK_OK(child_write_line(told.child, SLICE("{\"a\":1}"), &why), why);
	CHECK_OK(child_write_line(told.child, SLICE("two words"), &why), why);
	child_close_input(told.child);
	CHECK_ERROR(child_write_line(told.child, SLICE("late"), NULL), E_CLOSED);
	wait_exit(loop, &told);
	CHECK_SLICE(buffer_slice(&told.lines), SLICE("got {\"a\":1}|got two words|"));
	CHECK_SLICE(buffer_slice(&told.errors), SLICE("oops|oops|"));
	CHECK(told.status == 3 && told.signal == 0 && told.why == E_OK);
	finish(loop, &told);
}

TEST(a_line_that_is_too_long_ends_the_child)
{
	struct loop *loop = bench_loop();
	struct told told;
	start(loop, "echo short; head -c 5000 /dev/zero | tr '\\0' x; sleep 100", 4096, &told);
	wait_exit(loop, &told);
	CHECK_SLICE(buffer_slice(&told.lines), SLICE("short|"));
	CHECK_INT(told.why, E_LIMIT);
	CHECK(told.signal != 0);
	finish(loop, &told);
}

TEST(a_child_that_ignores_the_request_to_end_is_killed)
{
	struct loop *loop = bench_loop();
	struct told told;
	start(loop, "trap '' TERM; echo ready; while :; do sleep 0.05; done", 0, &told);
	while (told.lines.len == 0)
		loop_turn(loop, false);
	child_kill(told.child, 50);
	wait_exit(loop, &told);
	CHECK_INT(told.signal, SIGKILL);
	finish(loop, &told);
}

TEST(what_a_child_does_not_read_is_limited_and_drains)
{
	static char line[1000000];
	struct loop *loop = bench_loop();
	struct told told;
	memset(line, 'x', sizeof(line));
	start(loop, "read -r go < /dev/null; sleep 0.1; cat > /dev/null", 0, &told);
	enum error code = E_OK;
	for (int i = 0; i < 100 && code == E_OK; i++)
		code = child_write_line(told.child, slice_from(line, sizeof(line)), NULL);
	CHECK_INT(code, E_LIMIT);
	CHECK(child_queued_bytes(told.child) > CHILD_QUEUE_LOW_BYTES);
	for (uint64_t until = bench_now_ms() + BENCH_PATIENCE_MS; !told.drained && bench_now_ms() < until;)
		loop_turn(loop, false);
	CHECK_INT(told.drained, 1);
	child_close_input(told.child);
	wait_exit(loop, &told);
	CHECK_INT(told.status, 0);
	finish(loop, &told);
}

TEST(a_paused_child_waits)
{
	struct loop *loop = bench_loop();
	struct told told;
	start(loop, "sleep 0.05; echo one", 0, &told);
	child_pause(told.child);
	for (uint64_t until = bench_now_ms() + 150; bench_now_ms() < until;)
		loop_turn(loop, false);
	CHECK_INT(told.lines.len, 0);
	child_resume(told.child);
	wait_exit(loop, &told);
	CHECK_SLICE(buffer_slice(&told.lines), SLICE("one|"));
	finish(loop, &told);
}

TEST(what_cannot_be_started_or_written_is_told)
{
	struct loop *loop = bench_loop();
	struct told told;
	struct child *child;
	const char *arguments[] = {"/nonexistent/program", NULL};
	const char *folder[] = {"/", NULL};
	struct child_config config = {.arguments = arguments, .on_line = told_line, .on_exit = told_exit};
	CHECK_ERROR(child_start(loop, &config, &child, NULL), E_NOT_FOUND);
	config.arguments = folder;
	CHECK_ERROR(child_start(loop, &config, &child, NULL), E_IO);
	config.on_exit = NULL;
	CHECK_ERROR(child_start(loop, &config, &child, NULL), E_INVALID);
	config.on_exit = told_exit;
	memory_fail_at(1);
	CHECK_ERROR(child_start(loop, &config, &child, NULL), E_MEMORY);
	start(loop, "cat", 0, &told);
	CHECK_ERROR(child_write_line(told.child, SLICE("a\nb"), NULL), E_INVALID);
	child_kill(told.child, 1000);
	wait_exit(loop, &told);
	CHECK_INT(told.signal, SIGTERM);
	finish(loop, &told);
}
