#include "net/http_server.h"

#include "base/memory.h"
#include "net/http_inside.h"
#include "net/listener.h"

#include <errno.h>
#include <sys/socket.h>

void http_server_config_default(struct http_server_config *config)
{
	*config = (struct http_server_config){
		.body_bytes_max = HTTP1_BODY_BYTES_USUAL,
		.bodies_bytes_max = HTTP_BODIES_BYTES_USUAL,
		.connections_max = HTTP_CONNECTIONS_USUAL,
		.idle_ms = HTTP_IDLE_MS_USUAL,
		.head_ms = HTTP_HEAD_MS_USUAL,
		.body_ms = HTTP_BODY_MS_USUAL,
		.write_ms = HTTP_WRITE_MS_USUAL,
	};
}

struct http_exchange *http_exchange_take(struct http_server *server)
{
	struct http_exchange *exchange = server->free_exchanges;
	if (exchange) {
		server->free_exchanges = exchange->next_free;
		server->free_exchange_count--;
	} else {
		exchange = memory_alloc(sizeof(*exchange));
		if (!exchange)
			return NULL;
		exchange->request = &exchange->head;
		exchange->loop = server->loop;
		exchange->server = server;
		exchange->secure = server->config.tls != NULL;
	}
	exchange->body = (slice){NULL, 0};
	exchange->user = NULL;
	exchange->on_close = NULL;
	exchange->on_drain = NULL;
	exchange->body_counted = 0;
	exchange->slab = NULL;
	loop_arena_take(server->loop, &exchange->arena, HTTP_ARENA_BYTES_MAX);
	server->exchanges_open++;
	return exchange;
}

void http_exchange_give(struct http_server *server, struct http_exchange *exchange)
{
	loop_arena_give(server->loop, &exchange->arena);
	loop_slab_give(server->loop, exchange->slab);
	server->bodies_bytes -= exchange->body_counted;
	buffer_free(&exchange->body_buffer);
	server->exchanges_open--;
	if (server->free_exchange_count < HTTP_EXCHANGES_KEPT) {
		exchange->next_free = server->free_exchanges;
		server->free_exchanges = exchange;
		server->free_exchange_count++;
	} else {
		memory_free(exchange);
	}
}

void http_server_settle(struct http_server *server)
{
	if (!server->stopping || server->connections)
		return;
	if (!server->told_stopped) {
		server->told_stopped = true;
		loop_timer_stop(server->loop, &server->grace);
		if (server->stopped)
			server->stopped(server->stopped_context);
	}
	if (server->exchanges_open > 0)
		return;
	while (server->free_exchanges) {
		struct http_exchange *exchange = server->free_exchanges;
		server->free_exchanges = exchange->next_free;
		memory_free(exchange);
	}
	buffer_free(&server->head);
	memory_free(server);
}

static void accept_run(uv_poll_t *poll, int status, int events);

static void accepting(struct http_server *server, bool on)
{
	if (!server->listener || server->accepts == on)
		return;
	server->accepts = on;
	if (on)
		uv_poll_start(server->listener, UV_READABLE, accept_run);
	else
		uv_poll_stop(server->listener);
}

void http_server_forget(struct http_server *server, struct http_connection *connection)
{
	*connection->back_all = connection->next_all;
	if (connection->next_all)
		connection->next_all->back_all = connection->back_all;
	server->counters.connections_open--;
	if (!server->accept_retry.back)
		accepting(server, true);
	http_server_settle(server);
}

static void accept_again(void *context)
{
	accepting(context, true);
}

static void accept_run(uv_poll_t *poll, int status, int events)
{
	struct http_server *server = poll->data;
	(void)status, (void)events;
	for (unsigned i = 0; i < HTTP_ACCEPTS_PER_EVENT; i++) {
		if (server->counters.connections_open >= server->config.connections_max) {
			accepting(server, false);
			return;
		}
		union http_peer peer;
		socklen_t length = sizeof(peer);
		int fd = accept4(server->listening_fd, &peer.any, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			http_connection_open(server, fd, &peer);
			continue;
		}
		if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
			accepting(server, false);
			loop_timer_start(server->loop, &server->accept_retry, HTTP_ACCEPT_RETRY_MS);
		}
		if (errno != EINTR && errno != ECONNABORTED)
			return;
	}
}

static void grace_over(void *context)
{
	struct http_server *server = context;
	/* The server itself goes with its last connection. */
	for (struct http_connection *connection = server->connections, *next; connection; connection = next) {
		next = connection->next_all;
		http_connection_close(connection);
	}
}

static void listener_free(uv_handle_t *handle)
{
	memory_free(handle);
}

enum error http_server_start(struct loop *loop, int listening_fd, const struct http_server_config *config,
			     struct http_server **ret_server, struct fault *why)
{
	if (!config->handler)
		return FAIL(why, E_INVALID, "a server needs a handler");
	struct http_server *server = memory_alloc(sizeof(*server));
	uv_poll_t *listener = memory_alloc(sizeof(*listener));
	int failed = server && listener ? uv_poll_init(loop_uv(loop), listener, listening_fd) : 0;
	if (!server || !listener || failed) {
		bool memory = server && listener;
		memory_free(server);
		memory_free(listener);
		return memory ? FAIL(why, E_IO, "cannot watch a listening socket: %s", uv_strerror(failed))
			      : FAIL(why, E_MEMORY, "no memory for a server");
	}
	server->loop = loop;
	server->config = *config;
	server->listening_fd = listening_fd;
	server->listener = listener;
	server->accept_retry = (struct loop_timer){.run = accept_again, .context = server};
	server->grace = (struct loop_timer){.run = grace_over, .context = server};
	buffer_init(&server->head, HTTP_HEAD_ANSWER_MAX);
	listener->data = server;
	accepting(server, true);
	*ret_server = server;
	return E_OK;
}

void http_server_stop(struct http_server *server, unsigned grace_ms, void (*stopped)(void *context), void *context)
{
	if (server->stopping)
		return;
	server->stopping = true;
	server->stopped = stopped;
	server->stopped_context = context;
	loop_timer_stop(server->loop, &server->accept_retry);
	uv_close((uv_handle_t *)server->listener, listener_free);
	server->listener = NULL;
	listener_close(server->listening_fd);
	loop_timer_start(server->loop, &server->grace, grace_ms);
	/* Kept up by this pass: closing the last connection must not free the server under us. */
	server->exchanges_open++;
	for (struct http_connection *connection = server->connections, *next; connection; connection = next) {
		next = connection->next_all;
		if (connection->phase == HTTP_IDLE)
			http_connection_close(connection);
	}
	server->exchanges_open--;
	http_server_settle(server);
}

const struct http_server_counters *http_server_counters(const struct http_server *server)
{
	return &server->counters;
}
