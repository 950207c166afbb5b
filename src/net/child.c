#include "net/child.h"

#include "base/buffer.h"
#include "base/memory.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <uv.h>

#define CHUNK_BYTES      65536u
#define LAST_WORDS_MS    1000u /* after its exit: a grandchild may hold the pipes open, but not for ever */

/* One of its outputs, cut into lines. */
struct child_output {
	struct child *child;
	uv_pipe_t pipe;
	struct buffer line; /* the beginning of a line whose end has not come */
	bool cuts;          /* long lines are cut into pieces instead of refused */
	bool ended;
	void (*on_line)(struct child *child, slice line, void *context);
	char chunk[CHUNK_BYTES];
};

struct child {
	struct loop *loop;
	uv_process_t process;
	uv_pipe_t input;
	struct child_output output;
	struct child_output errors;
	struct buffer waiting; /* to be written next */
	struct buffer flying;  /* being written by libuv */
	uv_write_t write;
	bool is_flying;
	bool input_closed;
	bool wants_close;
	bool over_low;
	bool exited;
	bool told;
	int status;
	int signal;
	enum error why;
	unsigned open_handles;
	struct loop_timer timer; /* to SIGKILL, then to the end of the last words */
	void (*on_drain)(struct child *child, void *context);
	void (*on_exit)(struct child *child, int status, int signal, enum error why, void *context);
	void *context;
};

static void handle_closed(uv_handle_t *handle)
{
	struct child *child = handle->data;
	if (--child->open_handles > 0)
		return;
	buffer_free(&child->output.line);
	buffer_free(&child->errors.line);
	buffer_free(&child->waiting);
	buffer_free(&child->flying);
	memory_free(child);
}

static void handle_close(struct child *child, uv_handle_t *handle)
{
	handle->data = child;
	uv_close(handle, handle_closed);
}

static void input_close(struct child *child)
{
	child->wants_close = true;
	if (child->input_closed || child->is_flying)
		return;
	child->input_closed = true;
	handle_close(child, (uv_handle_t *)&child->input);
}

/* Everything was said: the owner is told, and the memory goes once libuv lets go of it. */
static void child_finish(struct child *child)
{
	if (child->told)
		return;
	child->told = true;
	loop_timer_stop(child->loop, &child->timer);
	child->on_exit(child, child->status, child->signal, child->why, child->context);
	if (!child->input_closed) {
		child->input_closed = true;
		handle_close(child, (uv_handle_t *)&child->input);
	}
	handle_close(child, (uv_handle_t *)&child->output.pipe);
	handle_close(child, (uv_handle_t *)&child->errors.pipe);
	handle_close(child, (uv_handle_t *)&child->process);
}

static void finish_if_over(struct child *child)
{
	if (child->exited && child->output.ended && child->errors.ended)
		child_finish(child);
}

/* The whole group: what a package runner started goes with it. */
static void group_signal(struct child *child, int number)
{
	if (!child->exited && uv_kill(-child->process.pid, number) != 0)
		uv_process_kill(&child->process, number);
}

static void timer_passed(void *context)
{
	struct child *child = context;
	if (child->exited)
		child_finish(child);
	else
		group_signal(child, SIGKILL);
}

void child_kill(struct child *child, unsigned grace_ms)
{
	if (child->exited)
		return;
	group_signal(child, SIGTERM);
	loop_timer_start(child->loop, &child->timer, grace_ms);
}

static void exited(uv_process_t *process, int64_t status, int number)
{
	struct child *child = process->data;
	child->exited = true;
	child->status = (int)status;
	child->signal = number;
	loop_timer_stop(child->loop, &child->timer);
	loop_timer_start(child->loop, &child->timer, LAST_WORDS_MS);
	finish_if_over(child);
}

static void line_tell(struct child_output *output, slice line)
{
	if (line.len > 0 && line.ptr[line.len - 1] == '\r')
		line.len--;
	if (line.len > 0 && output->on_line && !output->child->told)
		output->on_line(output->child, line, output->child->context);
}

/* False: the line is longer than it may be. */
static bool line_keep(struct child_output *output, slice part)
{
	while (part.len > 0) {
		size_t room = output->line.bytes_max - output->line.len;
		slice fits = slice_sub(part, 0, room);
		if (fits.len < part.len && !output->cuts)
			return false;
		buffer_add(&output->line, fits);
		if (output->line.failed)
			return false;
		part = slice_from_offset(part, fits.len);
		if (part.len > 0) {
			line_tell(output, buffer_slice(&output->line));
			buffer_clear(&output->line);
		}
	}
	return true;
}

static bool chunk_take(struct child_output *output, slice chunk)
{
	while (chunk.len > 0) {
		size_t end = slice_find_byte(chunk, '\n', 0);
		slice part = slice_sub(chunk, 0, end);
		if (end == SIZE_MAX)
			return line_keep(output, part);
		chunk = slice_from_offset(chunk, end + 1);
		if (output->line.len == 0 && part.len <= output->line.bytes_max) {
			line_tell(output, part);
			continue;
		}
		if (!line_keep(output, part))
			return false;
		line_tell(output, buffer_slice(&output->line));
		buffer_clear(&output->line);
	}
	return true;
}

static void chunk_room(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_room)
{
	struct child_output *output = handle->data;
	(void)suggested;
	*ret_room = uv_buf_init(output->chunk, sizeof(output->chunk));
}

static void chunk_came(uv_stream_t *stream, ssize_t count, const uv_buf_t *room)
{
	struct child_output *output = stream->data;
	struct child *child = output->child;
	if (count == 0)
		return;
	if (count < 0) {
		uv_read_stop(stream);
		if (output->cuts)
			line_tell(output, buffer_slice(&output->line));
		output->ended = true;
		finish_if_over(child);
		return;
	}
	if (!chunk_take(output, slice_from(room->base, (size_t)count)) && child->why == E_OK) {
		child->why = E_LIMIT;
		uv_read_stop(stream);
		output->ended = true;
		child_kill(child, 0);
	}
}

static void queue_write(struct child *child);

static void written(uv_write_t *write, int status)
{
	struct child *child = write->data;
	child->is_flying = false;
	buffer_clear(&child->flying);
	if (status != 0 || child->told) {
		buffer_clear(&child->waiting);
		if (!child->told)
			input_close(child);
		return;
	}
	if (child->over_low && child_queued_bytes(child) <= CHILD_QUEUE_LOW_BYTES) {
		child->over_low = false;
		if (child->on_drain)
			child->on_drain(child, child->context);
	}
	queue_write(child);
}

static void queue_write(struct child *child)
{
	if (child->is_flying || child->input_closed)
		return;
	if (child->waiting.len == 0) {
		if (child->wants_close)
			input_close(child);
		return;
	}
	struct buffer filled = child->waiting;
	child->waiting = child->flying;
	child->flying = filled;
	uv_buf_t bytes = uv_buf_init(child->flying.ptr, (unsigned)child->flying.len);
	child->write.data = child;
	child->is_flying = uv_write(&child->write, (uv_stream_t *)&child->input, &bytes, 1, written) == 0;
	if (!child->is_flying)
		input_close(child);
}

enum error child_write_line(struct child *child, slice line, struct fault *why)
{
	if (child->wants_close || child->input_closed || child->exited)
		return FAIL(why, E_CLOSED, "the child takes no more input");
	if (slice_find_byte(line, '\n', 0) != SIZE_MAX || slice_find_byte(line, '\r', 0) != SIZE_MAX)
		return FAIL(why, E_INVALID, "a line holds a line end");
	if (line.len >= CHILD_QUEUE_BYTES_MAX - child_queued_bytes(child))
		return FAIL(why, E_LIMIT, "more than %u bytes wait for the child", CHILD_QUEUE_BYTES_MAX);
	TRY(buffer_reserve(&child->waiting, line.len + 1, why));
	buffer_add(&child->waiting, line);
	buffer_add_byte(&child->waiting, '\n');
	queue_write(child);
	if (child_queued_bytes(child) > CHILD_QUEUE_LOW_BYTES)
		child->over_low = true;
	return E_OK;
}

size_t child_queued_bytes(const struct child *child)
{
	return child->waiting.len + child->flying.len;
}

void child_pause(struct child *child)
{
	if (!child->output.ended)
		uv_read_stop((uv_stream_t *)&child->output.pipe);
}

void child_resume(struct child *child)
{
	if (!child->output.ended && !child->told)
		uv_read_start((uv_stream_t *)&child->output.pipe, chunk_room, chunk_came);
}

void child_close_input(struct child *child)
{
	input_close(child);
}

int child_pid(const struct child *child)
{
	return child->process.pid;
}

static void output_init(struct child *child, struct child_output *output, size_t line_bytes_max)
{
	output->child = child;
	buffer_init(&output->line, line_bytes_max);
	uv_pipe_init(loop_uv(child->loop), &output->pipe, 0);
	output->pipe.data = output;
}

static enum error child_spawn(struct child *child, const struct child_config *config, struct fault *why)
{
	uv_stdio_container_t stdio[3] = {
		{.flags = UV_CREATE_PIPE | UV_READABLE_PIPE, .data.stream = (uv_stream_t *)&child->input},
		{.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&child->output.pipe},
		{.flags = UV_CREATE_PIPE | UV_WRITABLE_PIPE, .data.stream = (uv_stream_t *)&child->errors.pipe},
	};
	uv_process_options_t options = {
		.exit_cb = exited,
		.file = config->arguments[0],
		.args = (char **)(uintptr_t)config->arguments,
		.env = (char **)(uintptr_t)config->environment,
		.cwd = config->folder,
		.flags = UV_PROCESS_DETACHED,
		.stdio_count = 3,
		.stdio = stdio,
	};
	int failed = uv_spawn(loop_uv(child->loop), &child->process, &options);
	if (failed == UV_ENOENT)
		return FAIL(why, E_NOT_FOUND, "no such program or folder: %s", config->arguments[0]);
	if (failed)
		return FAIL(why, E_IO, "cannot start %s: %s", config->arguments[0], uv_strerror(failed));
	return E_OK;
}

enum error child_start(struct loop *loop, const struct child_config *config, struct child **ret_child,
		       struct fault *why)
{
	if (!config->arguments || !config->arguments[0] || !config->on_line || !config->on_exit)
		return FAIL(why, E_INVALID, "a child needs a program and callbacks");
	struct child *child = memory_alloc(sizeof(*child));
	if (!child)
		return FAIL(why, E_MEMORY, "no memory for a child");
	child->loop = loop;
	child->on_drain = config->on_drain;
	child->on_exit = config->on_exit;
	child->context = config->context;
	child->timer = (struct loop_timer){.run = timer_passed, .context = child};
	child->open_handles = 4;
	buffer_init(&child->waiting, CHILD_QUEUE_BYTES_MAX);
	buffer_init(&child->flying, CHILD_QUEUE_BYTES_MAX);
	uv_pipe_init(loop_uv(loop), &child->input, 0);
	output_init(child, &child->output, config->line_bytes_max ? config->line_bytes_max : CHILD_LINE_BYTES_USUAL);
	output_init(child, &child->errors, CHILD_ERROR_LINE_BYTES);
	child->output.on_line = config->on_line;
	child->errors.on_line = config->on_error_line;
	child->errors.cuts = true;
	child->process.data = child;
	enum error code = child_spawn(child, config, why);
	if (code != E_OK) {
		handle_close(child, (uv_handle_t *)&child->input);
		handle_close(child, (uv_handle_t *)&child->output.pipe);
		handle_close(child, (uv_handle_t *)&child->errors.pipe);
		handle_close(child, (uv_handle_t *)&child->process);
		return code;
	}
	child_resume(child);
	uv_read_start((uv_stream_t *)&child->errors.pipe, chunk_room, chunk_came);
	*ret_child = child;
	return E_OK;
}
