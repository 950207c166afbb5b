#include "net/http_inside.h"

#include "base/memory.h"

#include <string.h>
#include <unistd.h>

/* A body that does not fit beside its head is read in steps, whatever its length claims. */
#define BODY_STEP_BYTES  65536u
/* Less room than this behind a head is not worth a read of chunks. */
#define CHUNKS_ROOM_BYTES 4096u

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

/* Where the whole body lies behind its head already, it is used in place. */
static bool body_in_place(struct http_connection *connection, const struct http1_request *head)
{
	return head->framing != HTTP1_CHUNKED && head->length <= LOOP_SLAB_BYTES &&
	       connection->start + head->head_bytes + head->length <= LOOP_SLAB_BYTES;
}

/* The unread input moves to the front of the slab; whatever pointed into it must be read again. */
static void input_move(struct http_connection *connection)
{
	size_t length = connection->filled - connection->start;
	memmove(connection->slab, connection->slab + connection->start, length);
	connection->start = 0;
	connection->filled = length;
	http1_request_init(&connection->exchange->head);
}

/* Chunks are decoded from the slab, so there must be room behind the head. False: refused. */
static bool chunks_make_room(struct http_connection *connection)
{
	struct http1_request *head = &connection->exchange->head;
	if (head->framing != HTTP1_CHUNKED || LOOP_SLAB_BYTES - connection->filled >= CHUNKS_ROOM_BYTES ||
	    connection->start == 0)
		return true;
	input_move(connection);
	return http1_request_read(head, slice_from(connection->slab, connection->filled), NULL) == E_OK;
}

/* The head is complete: what is the body allowed to be, and where does it go? False: refused. */
static bool body_begin(struct http_connection *connection)
{
	struct http_server *server = connection->server;
	struct http_exchange *exchange = connection->exchange;
	const struct http1_request *head = &exchange->head;
	if (!chunks_make_room(connection)) {
		http_connection_close(connection);
		return false;
	}
	connection->body_bytes_max = server->config.body_limit
					     ? server->config.body_limit(head, server->config.context)
					     : server->config.body_bytes_max;
	connection->next = connection->start + head->head_bytes;
	http1_body_init(&connection->body, head->framing, head->length);
	buffer_init(&exchange->body_buffer, connection->body_bytes_max);
	if (head->length > connection->body_bytes_max ||
	    (head->framing == HTTP1_CHUNKED && connection->body_bytes_max == 0)) {
		http_refuse(connection, 413, "the body is larger than is taken here");
		return false;
	}
	if (!head->expects_continue || connection->filled > connection->next)
		return true;
	slice go_on = SLICE("HTTP/1.1 100 Continue\r\n\r\n");
	if (socket_write(&connection->socket, &go_on, 1, false, NULL) == E_OK)
		return true;
	http_connection_close(connection);
	return false;
}

/* Memory for bodies is shared by all connections of the loop. */
static bool body_reserve(struct http_connection *connection, size_t more)
{
	struct http_server *server = connection->server;
	struct http_exchange *exchange = connection->exchange;
	if (buffer_reserve(&exchange->body_buffer, more, NULL) != E_OK)
		return false;
	server->bodies_bytes += exchange->body_buffer.size - exchange->body_counted;
	exchange->body_counted = exchange->body_buffer.size;
	return server->bodies_bytes <= server->config.bodies_bytes_max;
}

static bool body_add(struct http_connection *connection, slice piece)
{
	struct http_exchange *exchange = connection->exchange;
	if (piece.len > connection->body_bytes_max - exchange->body_buffer.len) {
		http_refuse(connection, 413, "the body is larger than is taken here");
		return false;
	}
	if (!body_reserve(connection, piece.len)) {
		http_refuse(connection, 503, "too many large bodies are on their way");
		return false;
	}
	buffer_add(&exchange->body_buffer, piece);
	return true;
}

/* Moves what lies behind the head into the body buffer, as far as it belongs there. False: more, or refused. */
static bool body_take(struct http_connection *connection)
{
	slice input = {connection->slab + connection->next, connection->filled - connection->next};
	struct fault why = {0};
	while (!connection->body.done) {
		slice piece;
		enum error code = http1_body_read(&connection->body, &input, &piece, &why);
		if (code == E_AGAIN)
			break;
		if (code != E_OK) {
			http_refuse(connection, code == E_LIMIT ? 431 : 400, fault_sentence(&why));
			return false;
		}
		if (!body_add(connection, piece))
			return false;
	}
	if (connection->body.done) {
		connection->next = connection->filled - input.len;
		return true;
	}
	connection->filled = connection->next;
	return false;
}

/* True once the whole body is there. */
static bool body_continue(struct http_connection *connection)
{
	struct http_exchange *exchange = connection->exchange;
	const struct http1_request *head = &exchange->head;
	if (head->framing == HTTP1_NO_BODY)
		return true;
	if (body_in_place(connection, head)) {
		if (connection->filled - connection->next < head->length)
			return false;
		exchange->body = slice_from(connection->slab + connection->next, (size_t)head->length);
		connection->next += (size_t)head->length;
		return true;
	}
	if (!body_take(connection))
		return false;
	exchange->body = buffer_slice(&exchange->body_buffer);
	return true;
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
			input_move(connection);
		phase_enter(connection, HTTP_HEAD);
		return false;
	}
	if (code != E_OK) {
		http_refuse(connection, head->refusal_status, fault_sentence(&why));
		return false;
	}
	return body_begin(connection);
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
	if (body_continue(connection)) {
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

/* Where the next bytes of input go; `*ret_room` 0 where there is no room now. NULL: no memory. */
static char *input_room(struct http_connection *connection, size_t *ret_room)
{
	struct http_exchange *exchange = connection->exchange;
	*ret_room = 0;
	if (connection->phase == HTTP_BODY && exchange->head.framing == HTTP1_LENGTH &&
	    !body_in_place(connection, &exchange->head)) {
		uint64_t left = connection->body.left;
		size_t step_bytes = left < BODY_STEP_BYTES ? (size_t)left : BODY_STEP_BYTES;
		if (!body_reserve(connection, step_bytes))
			return NULL;
		size_t spare = exchange->body_buffer.size - exchange->body_buffer.len;
		*ret_room = spare < left ? spare : (size_t)left;
		return exchange->body_buffer.ptr + exchange->body_buffer.len;
	}
	if (!connection->slab)
		connection->slab = loop_slab_take(connection->server->loop);
	if (!connection->slab)
		return NULL;
	*ret_room = LOOP_SLAB_BYTES - connection->filled;
	return connection->slab + connection->filled;
}

/* `count` bytes came to where input_room said. False: the connection is gone. */
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
	struct http_exchange *exchange = connection->exchange;
	if (exchange && exchange->body_buffer.ptr && at == exchange->body_buffer.ptr + exchange->body_buffer.len) {
		exchange->body_buffer.len += count;
		connection->body.left -= count;
		connection->body.done = connection->body.left == 0;
	} else {
		connection->filled += count;
	}
	return http_connection_process(connection);
}

static void input_read(struct http_connection *connection)
{
	do {
		size_t room, count;
		char *to = input_room(connection, &room);
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
