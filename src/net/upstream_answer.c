#include "net/upstream_inside.h"

#include <string.h>

/* Connected, or not: then the next address is tried. */
static void connected(struct upstream_connection *connection)
{
	struct upstream_call *call = connection->call;
	struct upstream_pool *pool = connection->target->pool;
	enum error code = socket_connected(&connection->socket, &connection->why);
	if (code != E_OK) {
		socket_close(&connection->socket);
		connection->why.code = E_UNAVAILABLE;
		upstream_connect_next(connection);
		return;
	}
	upstream_route_free(connection);
	connection->why = (struct fault){0};
	socket_watch(&connection->socket, true);
	if (connection->target->secure)
		code = socket_secure(&connection->socket, pool->config.tls,
				     slice_from(connection->target->host, connection->target->host_bytes),
				     &connection->why);
	if (code != E_OK) {
		upstream_connection_broke(connection, code, &connection->why);
		return;
	}
	upstream_send(call, connection);
}

/* The answer is whole. The connection goes on to the next call before the handler may start one. */
static void answer_complete(struct upstream_call *call)
{
	struct upstream_connection *connection = call->connection;
	struct loop *loop = call->pool->loop;
	bool clean = call->response.keep_alive && call->response.framing != HTTP1_UNTIL_CLOSE &&
		     connection->at == connection->filled && socket_queued(&connection->socket) == 0 &&
		     !socket_has_pending(&connection->socket);
	/* The head that the handler knows lies in the slab. */
	void *slab = connection->slab;
	connection->slab = NULL;
	call->was_sent = true;
	call->connection = NULL;
	call->state = UPSTREAM_ENDED;
	connection->call = NULL;
	if (clean)
		upstream_connection_keep(connection);
	else
		upstream_connection_close(connection, false);
	upstream_call_end(call, E_OK, NULL);
	loop_slab_give(loop, slab);
}

static void answer_broken(struct upstream_call *call, enum error code, const struct fault *why)
{
	struct fault told = *why;
	if (code == E_SYNTAX || code == E_UNSUPPORTED) {
		told.code = code = E_UPSTREAM;
	}
	upstream_connection_broke(call->connection, code, &told);
}

/* Calls back; false where the call was cancelled inside (and is gone). */
static bool told_head(struct upstream_call *call)
{
	call->in_callback = true;
	if (call->handler.on_head)
		call->handler.on_head(call, &call->response, call->handler.context);
	call->in_callback = false;
	if (call->cancelled)
		upstream_call_free(call);
	return !call->cancelled;
}

static bool told_body(struct upstream_call *call, slice piece)
{
	call->in_callback = true;
	if (call->handler.on_body)
		call->handler.on_body(call, piece, call->handler.context);
	call->in_callback = false;
	if (call->cancelled)
		upstream_call_free(call);
	return !call->cancelled;
}

void upstream_answer_deliver(struct upstream_call *call)
{
	struct upstream_connection *connection = call->connection;
	while (!call->paused && connection) {
		if (call->decoder.done) {
			answer_complete(call);
			return;
		}
		slice piece, input = {connection->slab + connection->at, connection->filled - connection->at};
		struct fault why = {0};
		enum error code = http1_body_read(&call->decoder, &input, &piece, &why);
		connection->at = connection->filled - input.len;
		if (code == E_AGAIN)
			break;
		if (code != E_OK) {
			answer_broken(call, code, &why);
			return;
		}
		if (piece.len > 0 && !told_body(call, piece))
			return;
	}
	if (connection && connection->at == connection->filled)
		connection->at = connection->filled = call->response.head_bytes;
	if (!call->paused && socket_has_pending(&connection->socket))
		upstream_socket_ready(&connection->socket, SOCKET_READABLE);
}

/* False: more is needed, or the call is over. */
static bool head_read(struct upstream_call *call)
{
	struct upstream_connection *connection = call->connection;
	struct fault why = {0};
	enum error code = http1_response_read(&call->response, slice_from(connection->slab, connection->filled), &why);
	if (code == E_AGAIN)
		return false;
	if (code != E_OK) {
		answer_broken(call, code, &why);
		return false;
	}
	connection->at = call->response.head_bytes;
	http1_body_init(&call->decoder, call->response.framing, call->response.length);
	call->state = UPSTREAM_BODY;
	loop_timer_stop(call->pool->loop, &call->phase_timer);
	return told_head(call);
}

static void input_came(struct upstream_call *call)
{
	if (call->state == UPSTREAM_SENT && !head_read(call))
		return;
	if (call->idle_ms)
		loop_timer_start(call->pool->loop, &call->phase_timer, call->idle_ms);
	upstream_answer_deliver(call);
}

/* The input ended: well where the body runs until then, badly everywhere else. */
static void input_ended(struct upstream_call *call, enum error code, const struct fault *why)
{
	if (code == E_CLOSED && call->state == UPSTREAM_BODY && http1_body_end(&call->decoder, NULL) == E_OK) {
		call->response.keep_alive = false;
		answer_complete(call);
		return;
	}
	upstream_connection_broke(call->connection, code, why);
}

static void input_read(struct upstream_connection *connection, bool gone)
{
	struct upstream_call *call = connection->call;
	struct loop *loop = connection->target->pool->loop;
	struct fault why = {0};
	if (!connection->slab)
		connection->slab = loop_slab_take(loop);
	size_t count, room = LOOP_SLAB_BYTES - connection->filled;
	if (!connection->slab || room == 0) {
		enum error code = FAIL(&why, E_MEMORY, "no memory for an answer");
		upstream_connection_broke(connection, code, &why);
		return;
	}
	enum error code = socket_read(&connection->socket, connection->slab + connection->filled, room, &count, &why);
	/* What broke the connection says more than what a read finds afterwards. */
	if (code != E_OK && gone && connection->why.code) {
		why = connection->why;
		code = why.code;
	} else if (code == E_AGAIN && gone) {
		code = FAIL(&why, E_IO, "the connection broke");
	}
	if (code == E_AGAIN)
		return;
	if (code != E_OK) {
		input_ended(call, code, &why);
		return;
	}
	connection->filled += count;
	input_came(call);
}

void upstream_socket_ready(struct socket *socket, enum socket_event event)
{
	struct upstream_connection *connection =
		(struct upstream_connection *)(void *)((char *)socket - offsetof(struct upstream_connection, socket));
	if (!connection->call) {
		/* A kept connection has nothing to say. */
		if (event != SOCKET_WRITABLE)
			upstream_connection_close(connection, false);
	} else if (event == SOCKET_WRITABLE) {
		if (connection->call->state == UPSTREAM_CONNECTING)
			connected(connection);
	} else {
		input_read(connection, event == SOCKET_GONE);
	}
}
