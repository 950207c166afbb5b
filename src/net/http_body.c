/* Where the bytes of a request go, and how many of them its body may be. */
#include "net/http_inside.h"

#include <string.h>

/* A body that does not fit beside its head is read in steps, whatever its length claims. */
#define BODY_STEP_BYTES  65536u
/* Less room than this behind a head is not worth a read of chunks. */
#define CHUNKS_ROOM_BYTES 4096u

/* Where the whole body lies behind its head already, it is used in place. */
static bool body_in_place(struct http_connection *connection, const struct http1_request *head)
{
	return head->framing != HTTP1_CHUNKED && head->length <= LOOP_SLAB_BYTES &&
	       connection->start + head->head_bytes + head->length <= LOOP_SLAB_BYTES;
}

void http_body_move_input(struct http_connection *connection)
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
	http_body_move_input(connection);
	return http1_request_read(head, slice_from(connection->slab, connection->filled), NULL) == E_OK;
}

bool http_body_begin(struct http_connection *connection)
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

bool http_body_continue(struct http_connection *connection)
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

char *http_body_room(struct http_connection *connection, size_t *ret_room)
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

void http_body_came(struct http_connection *connection, const char *at, size_t count)
{
	struct http_exchange *exchange = connection->exchange;
	if (exchange && exchange->body_buffer.ptr && at == exchange->body_buffer.ptr + exchange->body_buffer.len) {
		exchange->body_buffer.len += count;
		connection->body.left -= count;
		connection->body.done = connection->body.left == 0;
	} else {
		connection->filled += count;
	}
}
