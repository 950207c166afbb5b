#include "net/upstream.h"

#include "base/memory.h"
#include "net/upstream_inside.h"

#include <stdio.h>
#include <string.h>

void upstream_config_default(struct upstream_config *config)
{
	*config = (struct upstream_config){
		.connections_max = UPSTREAM_CONNECTIONS_USUAL,
		.idle_ms = UPSTREAM_IDLE_MS_USUAL,
	};
}

/* Calls that were resumed go on, those that failed at once are told so. */
static bool ready_run(void *context)
{
	struct upstream_pool *pool = context;
	while (pool->ready) {
		struct upstream_call *call = pool->ready;
		pool->ready = call->next_ready;
		call->ready = false;
		if (call->ready_code != E_OK)
			upstream_call_end(call, call->ready_code, &call->why);
		else
			upstream_answer_deliver(call);
	}
	return false;
}

enum error upstream_pool_make(struct loop *loop, const struct upstream_config *config, struct upstream_pool **ret_pool,
			      struct fault *why)
{
	struct upstream_pool *pool = memory_alloc(sizeof(*pool));
	if (!pool)
		return FAIL(why, E_MEMORY, "no memory for an upstream pool");
	pool->loop = loop;
	pool->config = *config;
	pool->hook = (struct loop_hook){.run = ready_run, .context = pool};
	loop_hook_add(loop, &pool->hook);
	*ret_pool = pool;
	return E_OK;
}

void upstream_pool_free(struct upstream_pool *pool)
{
	if (!pool)
		return;
	while (pool->calls)
		upstream_cancel(pool->calls);
	while (pool->targets) {
		struct upstream_target *target = pool->targets;
		pool->targets = target->next;
		upstream_target_free(target);
	}
	while (pool->free_calls) {
		struct upstream_call *call = pool->free_calls;
		pool->free_calls = call->next_all;
		buffer_free(&call->head);
		memory_free(call);
	}
	loop_hook_remove(pool->loop, &pool->hook);
	memory_free(pool);
}

static void phase_passed(void *context);
static void total_passed(void *context);

static struct upstream_call *call_take(struct upstream_pool *pool)
{
	struct upstream_call *call = pool->free_calls;
	struct buffer head;
	if (call) {
		pool->free_calls = call->next_all;
		pool->free_call_count--;
		head = call->head;
		buffer_clear(&head);
	} else {
		call = memory_alloc(sizeof(*call));
		buffer_init(&head, UPSTREAM_HEAD_BYTES_MAX);
	}
	if (!call)
		return NULL;
	/* The decoder and the head of the answer are made anew when they are needed. */
	memset(call, 0, offsetof(struct upstream_call, decoder));
	call->head = head;
	call->pool = pool;
	call->phase_timer = (struct loop_timer){.run = phase_passed, .context = call};
	call->total_timer = (struct loop_timer){.run = total_passed, .context = call};
	call->next_all = pool->calls;
	call->back_all = &pool->calls;
	if (pool->calls)
		pool->calls->back_all = &call->next_all;
	pool->calls = call;
	return call;
}

static void ready_remove(struct upstream_call *call)
{
	for (struct upstream_call **at = &call->pool->ready; call->ready && *at; at = &(*at)->next_ready)
		if (*at == call) {
			*at = call->next_ready;
			call->ready = false;
			return;
		}
}

void upstream_call_free(struct upstream_call *call)
{
	struct upstream_pool *pool = call->pool;
	ready_remove(call);
	loop_timer_stop(pool->loop, &call->phase_timer);
	loop_timer_stop(pool->loop, &call->total_timer);
	*call->back_all = call->next_all;
	if (call->next_all)
		call->next_all->back_all = call->back_all;
	if (pool->free_call_count >= UPSTREAM_CALLS_KEPT) {
		buffer_free(&call->head);
		memory_free(call);
		return;
	}
	call->next_all = pool->free_calls;
	pool->free_calls = call;
	pool->free_call_count++;
}

static void ready_add(struct upstream_call *call, enum error code)
{
	call->ready_code = code;
	if (call->ready)
		return;
	call->ready = true;
	call->next_ready = NULL;
	struct upstream_call **end = &call->pool->ready;
	while (*end)
		end = &(*end)->next_ready;
	*end = call;
	loop_again(call->pool->loop);
}

void upstream_call_end_later(struct upstream_call *call, enum error outcome, const struct fault *why)
{
	call->why = *why;
	call->state = UPSTREAM_ENDED;
	ready_add(call, outcome);
}

void upstream_call_end(struct upstream_call *call, enum error outcome, const struct fault *why)
{
	struct fault none = {0};
	loop_timer_stop(call->pool->loop, &call->phase_timer);
	loop_timer_stop(call->pool->loop, &call->total_timer);
	call->state = UPSTREAM_ENDED;
	call->in_callback = true;
	call->handler.on_end(call, outcome, why ? why : &none, call->handler.context);
	upstream_call_free(call);
}

/* On an idle connection, on a new one, or in the queue. */
static void call_place(struct upstream_call *call)
{
	struct upstream_target *target = call->target;
	struct upstream_connection *idle = upstream_connection_take(target);
	if (idle) {
		upstream_send(call, idle);
	} else if (target->connections < target->pool->config.connections_max) {
		upstream_connect(call);
	} else if (target->waiting < UPSTREAM_WAITING_MAX) {
		upstream_waiting_add(call);
	} else {
		struct fault why = {.code = E_UNAVAILABLE};
		snprintf(why.sentence, sizeof(why.sentence), "more than %u calls wait for the target",
			 UPSTREAM_WAITING_MAX);
		upstream_call_end_later(call, E_UNAVAILABLE, &why);
	}
}

void upstream_target_serve(struct upstream_target *target)
{
	while (target->first_waiting && (target->idle || target->connections < target->pool->config.connections_max)) {
		struct upstream_call *call = target->first_waiting;
		upstream_waiting_remove(call);
		call_place(call);
	}
}

static void timed_out(struct upstream_call *call, const char *sentence)
{
	struct fault why = {0};
	enum error code = FAIL(&why, E_TIMEOUT, "%s", sentence);
	call->was_sent = upstream_was_sent(call);
	if (call->state == UPSTREAM_WAITING)
		upstream_waiting_remove(call);
	struct upstream_connection *connection = call->connection;
	call->connection = NULL;
	if (connection) {
		connection->call = NULL;
		upstream_connection_close(connection, false);
	}
	upstream_call_end(call, code, &why);
}

static void phase_passed(void *context)
{
	struct upstream_call *call = context;
	switch (call->state) {
	case UPSTREAM_WAITING:
	case UPSTREAM_CONNECTING:
		timed_out(call, "the target was not reached in time");
		break;
	case UPSTREAM_SENT:
		timed_out(call, "the target did not answer in time");
		break;
	case UPSTREAM_BODY:
		if (!call->paused)
			timed_out(call, "the answer stopped coming");
		break;
	case UPSTREAM_ENDED:
		break;
	}
}

static void total_passed(void *context)
{
	struct upstream_call *call = context;
	if (call->state != UPSTREAM_ENDED)
		timed_out(call, "the answer was not complete in time");
}

/* "name", "name:8080", "[::1]:8080"; a local socket has no name of its own. */
static slice host_header_make(const struct upstream_request *request, char *memory, size_t room)
{
	if (request->host_header.len > 0)
		return request->host_header;
	if (slice_starts_with(request->host, SLICE("unix:")))
		return SLICE("localhost");
	bool v6 = slice_find_byte(request->host, ':', 0) != SIZE_MAX;
	char port[8] = "";
	if (request->port != (request->secure ? 443 : 80))
		snprintf(port, sizeof(port), ":%u", request->port);
	int length = snprintf(memory, room, "%s%.*s%s%s", v6 ? "[" : "", SLICE_ARG(request->host), v6 ? "]" : "", port);
	return length > 0 && (size_t)length < room ? slice_from(memory, (size_t)length) : SLICE("");
}

static enum error head_make(struct upstream_call *call, const struct upstream_request *request, struct fault *why)
{
	char memory[UPSTREAM_HOST_BYTES_MAX + 16];
	slice host = host_header_make(request, memory, sizeof(memory));
	bool has_body = request->has_body || request->body.len > 0;
	return http1_request_write(&call->head, request->method, request->target, host,
				   has_body ? HTTP1_LENGTH : HTTP1_NO_BODY, request->body.len, request->fields,
				   request->field_count, why);
}

enum error upstream_start(struct upstream_pool *pool, const struct upstream_request *request,
			  const struct upstream_handler *handler, struct upstream_call **ret_call, struct fault *why)
{
	struct upstream_target *target;
	if (request->secure && !pool->config.tls)
		return FAIL(why, E_UNSUPPORTED, "this pool has no TLS");
	TRY(upstream_target_of(pool, request, &target, why));
	struct upstream_call *call = call_take(pool);
	if (!call)
		return FAIL(why, E_MEMORY, "no memory for a call");
	enum error code = head_make(call, request, why);
	if (code != E_OK) {
		upstream_call_free(call);
		return code;
	}
	call->target = target;
	call->handler = *handler;
	call->body = request->body;
	call->may_repeat = request->may_repeat;
	call->to_head = slice_equal(request->method, SLICE("HEAD"));
	call->connect_ms = request->connect_ms ? request->connect_ms : UPSTREAM_CONNECT_MS_USUAL;
	call->first_ms = request->first_ms ? request->first_ms : UPSTREAM_FIRST_MS_USUAL;
	call->idle_ms = request->idle_ms;
	loop_timer_start(pool->loop, &call->phase_timer, call->connect_ms);
	if (request->total_ms)
		loop_timer_start(pool->loop, &call->total_timer, request->total_ms);
	*ret_call = call;
	call_place(call);
	return E_OK;
}

void upstream_cancel(struct upstream_call *call)
{
	if (call->cancelled)
		return;
	if (call->state == UPSTREAM_WAITING)
		upstream_waiting_remove(call);
	struct upstream_connection *connection = call->connection;
	call->connection = NULL;
	if (connection) {
		connection->call = NULL;
		upstream_connection_close(connection, false);
	}
	/* Inside one of its callbacks, whoever called that frees it. */
	call->cancelled = true;
	if (!call->in_callback)
		upstream_call_free(call);
}

void upstream_pause(struct upstream_call *call)
{
	call->paused = true;
	if (call->connection && call->state == UPSTREAM_BODY)
		socket_watch(&call->connection->socket, false);
}

void upstream_resume(struct upstream_call *call)
{
	if (!call->paused)
		return;
	call->paused = false;
	if (call->state != UPSTREAM_BODY || !call->connection)
		return;
	socket_watch(&call->connection->socket, true);
	if (call->idle_ms)
		loop_timer_start(call->pool->loop, &call->phase_timer, call->idle_ms);
	ready_add(call, E_OK);
}

bool upstream_was_sent(const struct upstream_call *call)
{
	if (call->connection && call->state >= UPSTREAM_SENT)
		return call->was_sent || call->connection->socket.bytes_out > call->sent_start;
	return call->was_sent;
}
