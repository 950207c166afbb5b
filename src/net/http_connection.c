#include "net/http_inside.h"

#include "base/memory.h"

#include <unistd.h>

static void deadline_passed(void *context);
static void socket_ready(struct socket *socket, enum socket_event event);

void http_connection_open(struct http_server *server, int fd, const union http_peer *peer)
{
	struct http_connection *connection = memory_alloc(sizeof(*connection));
	if (!connection) {
		close(fd);
		return;
	}
	if (socket_open(&connection->socket, server->loop, fd, HTTP_ANSWER_BYTES_MAX, false, NULL) != E_OK) {
		memory_free(connection);
		return;
	}
	if (server->config.tls &&
	    socket_secure(&connection->socket, server->config.tls, SLICE(""), NULL) != E_OK) {
		socket_close(&connection->socket);
		memory_free(connection);
		return;
	}
	connection->socket.on_event = socket_ready;
	connection->server = server;
	connection->peer = *peer;
	connection->deadline = (struct loop_timer){.run = deadline_passed, .context = connection};
	connection->next_all = server->connections;
	connection->back_all = &server->connections;
	if (server->connections)
		server->connections->back_all = &connection->next_all;
	server->connections = connection;
	server->counters.connections++;
	server->counters.connections_open++;
	/* A handshake is part of the first head. */
	loop_timer_start(server->loop, &connection->deadline,
			 server->config.tls ? server->config.head_ms : server->config.idle_ms);
}

static void input_forget(struct http_connection *connection)
{
	loop_slab_give(connection->server->loop, connection->slab);
	connection->slab = NULL;
	connection->start = connection->filled = connection->next = 0;
}

/* The exchange goes with the connection, or stays with its owner, who is told. */
static void exchange_part(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	struct http_exchange *exchange = connection->exchange;
	enum http_phase phase = connection->phase;
	connection->exchange = NULL;
	connection->phase = HTTP_CLOSED;
	if (!exchange)
		return;
	exchange->connection = NULL;
	if (phase == HTTP_ANSWER || phase == HTTP_STREAM) {
		exchange->slab = connection->slab;
		connection->slab = NULL;
		if (exchange->on_close)
			exchange->on_close(exchange);
	} else {
		http_exchange_give(server, exchange);
	}
}

/* Runs when nobody on the stack can use the connection any more. */
static void connection_free(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	input_forget(connection);
	http_server_forget(server, connection);
	memory_free(connection);
}

void http_connection_close(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	if (connection->phase == HTTP_CLOSED)
		return;
	server->counters.bytes_in += connection->socket.bytes_in;
	server->counters.bytes_out += connection->socket.bytes_out;
	loop_timer_stop(server->loop, &connection->deadline);
	socket_close(&connection->socket);
	bool processing = connection->processing;
	/* on_close may finish the exchange, but nothing it calls can reach the connection any more. */
	connection->processing = true;
	exchange_part(connection);
	connection->processing = processing;
	if (!processing)
		connection_free(connection);
}

void http_connection_deadline(struct http_connection *connection)
{
	const struct http_server_config *config = &connection->server->config;
	unsigned delay_ms;
	switch (connection->phase) {
	case HTTP_IDLE:
		delay_ms = config->idle_ms;
		break;
	case HTTP_HEAD:
		delay_ms = config->head_ms;
		break;
	case HTTP_BODY:
		delay_ms = config->body_ms;
		break;
	case HTTP_LINGER:
		delay_ms = HTTP_LINGER_MS;
		break;
	case HTTP_ANSWER:
	case HTTP_STREAM:
	case HTTP_LAST:
		delay_ms = config->write_ms;
		break;
	case HTTP_CLOSED:
	default:
		return;
	}
	if (delay_ms > config->write_ms && socket_queued(&connection->socket) > 0)
		delay_ms = config->write_ms;
	loop_timer_start(connection->server->loop, &connection->deadline, delay_ms);
}

static void deadline_passed(void *context)
{
	struct http_connection *connection = context;
	struct http_server *server = connection->server;
	bool stuck = socket_queued(&connection->socket) > 0;
	switch (connection->phase) {
	case HTTP_ANSWER:
	case HTTP_STREAM:
		/* The handler takes its time; only a client that does not read is cut. */
		if (!stuck)
			return;
		break;
	case HTTP_HEAD:
	case HTTP_BODY:
		server->counters.timeouts++;
		if (!stuck) {
			http_refuse(connection, 408, "the request did not come in time");
			return;
		}
		break;
	case HTTP_IDLE:
	case HTTP_LAST:
	case HTTP_LINGER:
	case HTTP_CLOSED:
	default:
		break;
	}
	http_connection_close(connection);
}

static void phase_enter(struct http_connection *connection, enum http_phase phase)
{
	if (connection->phase == phase)
		return;
	connection->phase = phase;
	if (phase != HTTP_ANSWER && phase != HTTP_STREAM)
		http_connection_deadline(connection);
}

static void handler_call(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	struct http_exchange *exchange = connection->exchange;
	connection->phase = HTTP_ANSWER;
	connection->stream_over = false;
	server->counters.requests++;
	server->config.handler(exchange, server->config.context);
}

/* True once a complete request stands there; false: more input is needed, or the connection is over. */
static bool head_continue(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	struct fault why = {0};
	if (connection->filled == connection->start) {
		input_forget(connection);
		phase_enter(connection, HTTP_IDLE);
		return false;
	}
	if (!connection->exchange) {
		connection->exchange = http_exchange_take(server);
		if (!connection->exchange) {
			http_connection_close(connection);
			return false;
		}
		connection->exchange->connection = connection;
		http1_request_init(&connection->exchange->head);
	}
	slice input = {connection->slab + connection->start, connection->filled - connection->start};
	struct http1_request *head = &connection->exchange->head;
	enum error code = http1_request_read(head, input, &why);
	if (code == E_AGAIN) {
		if (connection->start > 0 && connection->filled + HTTP1_HEAD_BYTES_MAX > LOOP_SLAB_BYTES)
			http_body_move_input(connection);
		phase_enter(connection, HTTP_HEAD);
		return false;
	}
	if (code != E_OK) {
		http_refuse(connection, head->refusal_status, fault_sentence(&why));
		return false;
	}
	return http_body_begin(connection);
}

/* One step towards the handler; false where nothing more can be done now. */
static bool step(struct http_connection *connection)
{
	if (connection->server->stopping && connection->phase == HTTP_IDLE) {
		http_connection_close(connection);
		return false;
	}
	bool begins = connection->phase == HTTP_IDLE || connection->phase == HTTP_HEAD;
	if (begins && !head_continue(connection))
		return false;
	if (!begins && connection->phase != HTTP_BODY)
		return false;
	if (http_body_continue(connection)) {
		handler_call(connection);
		return connection->phase == HTTP_IDLE;
	}
	if (connection->phase == HTTP_IDLE || connection->phase == HTTP_HEAD)
		phase_enter(connection, HTTP_BODY);
	return false;
}

/* Reads go on while there is room for what comes. */
static void watch_update(struct http_connection *connection)
{
	bool answering = connection->phase == HTTP_ANSWER || connection->phase == HTTP_STREAM;
	bool full = connection->slab && connection->filled == LOOP_SLAB_BYTES;
	bool crowded = socket_queued(&connection->socket) > HTTP_CROWDED_BYTES;
	bool reads = connection->phase != HTTP_LAST && !(full && (answering || crowded));
	if (reads != connection->socket.reads)
		socket_watch(&connection->socket, reads);
}

bool http_connection_process(struct http_connection *connection)
{
	if (connection->processing)
		return true;
	connection->processing = true;
	/* A client that sends and does not read waits until it has read. */
	while (connection->phase != HTTP_CLOSED && socket_queued(&connection->socket) <= HTTP_CROWDED_BYTES &&
	       step(connection))
		;
	if (connection->phase != HTTP_CLOSED && socket_queued(&connection->socket) > 0 &&
	    socket_flush(&connection->socket, NULL) != E_OK)
		http_connection_close(connection);
	connection->processing = false;
	if (connection->phase == HTTP_CLOSED) {
		connection_free(connection);
		return false;
	}
	if (connection->phase == HTTP_LAST && socket_queued(&connection->socket) == 0)
		http_connection_linger(connection);
	watch_update(connection);
	return true;
}

void http_connection_linger(struct http_connection *connection)
{
	input_forget(connection);
	socket_finish_writing(&connection->socket);
	phase_enter(connection, HTTP_LINGER);
	watch_update(connection);
}

/* What TLS holds already brings no event. */
static void carry_on(struct http_connection *connection)
{
	if (http_connection_process(connection) && socket_has_pending(&connection->socket))
		socket_ready(&connection->socket, SOCKET_READABLE);
}

void http_connection_answered(struct http_connection *connection, bool keep_alive)
{
	connection->start = connection->next;
	if (keep_alive) {
		connection->phase = HTTP_IDLE;
		http_connection_deadline(connection);
	} else {
		phase_enter(connection, HTTP_LAST);
	}
	if (!connection->processing)
		carry_on(connection);
}

/* `count` bytes came to where http_body_room said. False: the connection is gone. */
static bool input_take(struct http_connection *connection, const char *at, size_t count)
{
	if (connection->phase == HTTP_LINGER) {
		connection->filled = 0;
		connection->lingered_bytes += count;
		if (connection->lingered_bytes <= HTTP_LINGER_BYTES_MAX)
			return true;
		http_connection_close(connection);
		return false;
	}
	http_body_came(connection, at, count);
	return http_connection_process(connection);
}

static void input_read(struct http_connection *connection)
{
	do {
		size_t room, count;
		char *to = http_body_room(connection, &room);
		if (!to && connection->phase == HTTP_BODY) {
			http_refuse(connection, 503, "too many large bodies are on their way");
			return;
		}
		if (!to) {
			http_connection_close(connection);
			return;
		}
		if (room == 0) {
			watch_update(connection);
			return;
		}
		enum error code = socket_read(&connection->socket, to, room, &count, NULL);
		if (code == E_AGAIN) {
			if (connection->phase == HTTP_IDLE && connection->filled == 0)
				input_forget(connection);
			return;
		}
		if (code != E_OK) {
			http_connection_close(connection);
			return;
		}
		if (!input_take(connection, to, count))
			return;
	} while (socket_has_pending(&connection->socket));
}

static void output_left(struct http_connection *connection)
{
	struct http_exchange *exchange = connection->exchange;
	size_t queued = socket_queued(&connection->socket);
	if (queued > 0)
		http_connection_deadline(connection);
	if (connection->phase == HTTP_LAST) {
		if (queued == 0)
			http_connection_linger(connection);
	} else if (connection->phase == HTTP_STREAM) {
		if (connection->stream_over && queued <= HTTP_QUEUE_LOW_BYTES) {
			connection->stream_over = false;
			if (exchange->on_drain)
				exchange->on_drain(exchange);
		}
	} else if (connection->phase != HTTP_LINGER) {
		carry_on(connection);
	}
}

static void socket_ready(struct socket *socket, enum socket_event event)
{
	struct http_connection *connection =
		(struct http_connection *)(void *)((char *)socket - offsetof(struct http_connection, socket));
	switch (event) {
	case SOCKET_READABLE:
		input_read(connection);
		break;
	case SOCKET_WRITABLE:
		output_left(connection);
		break;
	case SOCKET_GONE:
		http_connection_close(connection);
		break;
	}
}
