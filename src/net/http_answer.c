#include "net/http_inside.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

#define FIELD(field_name, field_value) {SLICE_INIT(field_name), SLICE_INIT(field_value)}

static slice head_slice(struct http_server *server)
{
	return buffer_slice(&server->head);
}

static enum error head_write(struct http_server *server, int status, enum http1_framing framing, size_t length,
			     bool close, const struct http1_field *fields, size_t count, struct fault *why)
{
	buffer_clear(&server->head);
	return http1_response_write(&server->head, status, loop_date(server->loop), framing, length, close, fields,
				    count, why);
}

static bool has_no_content(int status)
{
	return status == 204 || status == 304;
}

/* Our sentences hold header names at most; whatever else they might hold does not end a JSON string. */
static void put_sentence(struct buffer *out, const char *sentence)
{
	for (; *sentence; sentence++) {
		bool plain = *sentence >= ' ' && *sentence < 0x7f && *sentence != '"' && *sentence != '\\';
		buffer_add_byte(out, plain ? *sentence : '?');
	}
}

void http_refuse(struct http_connection *connection, int status, const char *sentence)
{
	static const struct http1_field fields[] = {
		FIELD("Content-Type", "application/problem+json"),
		FIELD("Cache-Control", "no-store"),
	};
	struct http_server *server = connection->server;
	char memory[512];
	struct buffer body = {.ptr = memory, .size = sizeof(memory), .bytes_max = sizeof(memory)};
	slice title = http1_reason(status);
	buffer_print(&body, "{\"type\":\"about:blank\",\"title\":\"%.*s\",\"status\":%d,\"detail\":\"",
		     SLICE_ARG(title), status);
	put_sentence(&body, sentence);
	buffer_add_text(&body, "\"}\n");

	server->counters.refused++;
	if (connection->exchange) {
		http_exchange_give(server, connection->exchange);
		connection->exchange = NULL;
	}
	bool sent = head_write(server, status, HTTP1_LENGTH, body.len, true, fields, 2, NULL) == E_OK;
	if (sent) {
		slice parts[] = {head_slice(server), buffer_slice(&body)};
		sent = socket_write(&connection->socket, parts, 2, false, NULL) == E_OK;
	}
	if (!sent) {
		connection->phase = HTTP_LAST;
		http_connection_close(connection);
		return;
	}
	connection->next = connection->filled;
	http_connection_answered(connection, false);
}

/* The exchange is done with; then the connection goes on or, where it is broken, goes. */
static void finish(struct http_exchange *exchange, bool broken, bool keep_alive)
{
	struct http_server *server = exchange->server;
	struct http_connection *connection = exchange->connection;
	if (connection)
		connection->exchange = NULL;
	exchange->connection = NULL;
	http_exchange_give(server, exchange);
	if (!connection)
		http_server_settle(server);
	else if (broken)
		http_connection_close(connection);
	else
		http_connection_answered(connection, keep_alive);
}

void http_respond(struct http_exchange *exchange, int status, const struct http1_field *fields, size_t count,
		  slice body)
{
	struct http_server *server = exchange->server;
	struct http_connection *connection = exchange->connection;
	if (!connection) {
		finish(exchange, false, false);
		return;
	}
	assert(connection->phase == HTTP_ANSWER);
	bool keep_alive = exchange->head.keep_alive && !server->stopping;
	bool bare = has_no_content(status);
	enum error code = head_write(server, status, bare ? HTTP1_NO_BODY : HTTP1_LENGTH, body.len, !keep_alive, fields,
				     count, NULL);
	if (code != E_OK) {
		bare = true;
		code = head_write(server, 500, HTTP1_LENGTH, 0, !keep_alive, NULL, 0, NULL);
	}
	if (code == E_OK) {
		bool hold = connection->processing && connection->filled > connection->next;
		slice parts[] = {head_slice(server), body};
		size_t used = bare || exchange->head.method == HTTP1_HEAD ? 1 : 2;
		code = socket_write(&connection->socket, parts, used, hold, NULL);
	}
	finish(exchange, code != E_OK, keep_alive);
}

/* The client is cut off inside a call of the owner, who learns it from the result and not from on_close. */
static void cut(struct http_exchange *exchange)
{
	struct http_connection *connection = exchange->connection;
	exchange->connection = NULL;
	exchange->slab = connection->slab;
	connection->slab = NULL;
	connection->exchange = NULL;
	http_connection_close(connection);
}

/* Sends parts of a stream. E_CLOSED, E_LIMIT: the client was cut off. */
static enum error stream_send(struct http_exchange *exchange, const slice *parts, size_t count, struct fault *why)
{
	struct http_connection *connection = exchange->connection;
	size_t waiting = socket_queued(&connection->socket), more = 0;
	for (size_t i = 0; i < count; i++)
		more += parts[i].len;
	/* What is sent at once does not wait; only a client that lags behind is measured. */
	if (waiting > 0 && waiting + more > HTTP_QUEUE_BYTES_MAX) {
		cut(exchange);
		return FAIL(why, E_LIMIT, "more than %u bytes wait for the client", HTTP_QUEUE_BYTES_MAX);
	}
	if (socket_write(&connection->socket, parts, count, false, why) != E_OK) {
		cut(exchange);
		return FAIL(why, E_CLOSED, "the client has gone");
	}
	size_t queued = socket_queued(&connection->socket);
	if (waiting == 0 && queued > 0)
		http_connection_deadline(connection);
	if (queued > HTTP_QUEUE_LOW_BYTES)
		connection->stream_over = true;
	return E_OK;
}

enum error http_stream_begin(struct http_exchange *exchange, int status, const struct http1_field *fields,
			     size_t count, struct fault *why)
{
	struct http_server *server = exchange->server;
	struct http_connection *connection = exchange->connection;
	if (!connection)
		return FAIL(why, E_CLOSED, "the client has gone");
	assert(connection->phase == HTTP_ANSWER);
	if (has_no_content(status))
		return FAIL(why, E_INVALID, "an answer without content cannot be streamed");
	bool chunked = exchange->head.minor == 1;
	bool keep_alive = chunked && exchange->head.keep_alive && !server->stopping;
	enum http1_framing framing = chunked ? HTTP1_CHUNKED : HTTP1_UNTIL_CLOSE;
	TRY(head_write(server, status, framing, 0, !keep_alive, fields, count, why));
	/* What the head has promised is kept, also when the server stops meanwhile. */
	exchange->head.keep_alive = keep_alive;
	connection->phase = HTTP_STREAM;
	slice head = head_slice(server);
	return stream_send(exchange, &head, 1, why);
}

enum error http_stream_write(struct http_exchange *exchange, slice piece, struct fault *why)
{
	struct http_connection *connection = exchange->connection;
	if (!connection)
		return FAIL(why, E_CLOSED, "the client has gone");
	assert(connection->phase == HTTP_STREAM);
	if (piece.len == 0 || exchange->head.method == HTTP1_HEAD)
		return E_OK;
	if (exchange->head.minor == 0)
		return stream_send(exchange, &piece, 1, why);
	char size[18];
	slice parts[] = {slice_from(size, http1_chunk_head(size, piece.len)), piece, HTTP1_CHUNK_TAIL};
	return stream_send(exchange, parts, 3, why);
}

size_t http_stream_queued_bytes(const struct http_exchange *exchange)
{
	return exchange->connection ? socket_queued(&exchange->connection->socket) : 0;
}

void http_stream_end(struct http_exchange *exchange)
{
	struct http_connection *connection = exchange->connection;
	enum error code = E_OK;
	if (connection && exchange->head.minor == 1 && exchange->head.method != HTTP1_HEAD) {
		slice last = HTTP1_LAST_CHUNK;
		code = socket_write(&connection->socket, &last, 1, false, NULL);
	}
	assert(!connection || connection->phase == HTTP_STREAM);
	finish(exchange, code != E_OK, exchange->head.keep_alive);
}

void http_abort(struct http_exchange *exchange)
{
	finish(exchange, true, false);
}

bool http_client_is_gone(const struct http_exchange *exchange)
{
	return exchange->connection == NULL;
}

slice http_peer(struct http_exchange *exchange)
{
	char text[INET6_ADDRSTRLEN] = "";
	if (!exchange->connection)
		return SLICE("");
	const union http_peer *peer = &exchange->connection->peer;
	bool is_v6 = peer->any.sa_family == AF_INET6;
	if (is_v6)
		inet_ntop(AF_INET6, &peer->v6.sin6_addr, text, sizeof(text));
	else
		inet_ntop(AF_INET, &peer->v4.sin_addr, text, sizeof(text));
	unsigned port = ntohs(is_v6 ? peer->v6.sin6_port : peer->v4.sin_port);
	return arena_print(&exchange->arena, is_v6 ? "[%s]:%u" : "%s:%u", text, port);
}
