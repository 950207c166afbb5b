#include "net/upstream_inside.h"

#include "base/memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

void upstream_route_free(struct upstream_connection *connection)
{
	struct upstream_route *route = connection->route;
	connection->route = NULL;
	if (!route)
		return;
	/* While libuv looks a name up, the memory is its. */
	route->connection = NULL;
	if (route->looking_up)
		uv_cancel((uv_req_t *)&route->lookup);
	else
		memory_free(route);
}

static void idle_remove(struct upstream_connection *connection)
{
	if (!connection->back_idle)
		return;
	*connection->back_idle = connection->next_idle;
	if (connection->next_idle)
		connection->next_idle->back_idle = connection->back_idle;
	connection->back_idle = NULL;
	connection->next_idle = NULL;
	loop_timer_stop(connection->target->pool->loop, &connection->idle_timer);
}

void upstream_connection_close(struct upstream_connection *connection, bool quiet)
{
	struct upstream_target *target = connection->target;
	idle_remove(connection);
	upstream_route_free(connection);
	socket_close(&connection->socket);
	loop_slab_give(target->pool->loop, connection->slab);
	target->connections--;
	memory_free(connection);
	if (!quiet)
		upstream_target_serve(target);
}

static void idle_passed(void *context)
{
	upstream_connection_close(context, false);
}

void upstream_connection_keep(struct upstream_connection *connection)
{
	struct upstream_target *target = connection->target;
	struct loop *loop = target->pool->loop;
	connection->call = NULL;
	connection->used = true;
	connection->filled = connection->at = 0;
	connection->idle_since_ms = loop_now_ms(loop);
	connection->next_idle = target->idle;
	connection->back_idle = &target->idle;
	if (target->idle)
		target->idle->back_idle = &connection->next_idle;
	target->idle = connection;
	loop_timer_start(loop, &connection->idle_timer, target->pool->config.idle_ms);
	upstream_target_serve(target);
}

/* A kept connection must be silent: an end or bytes nobody asked for make it useless. */
static bool is_alive(struct upstream_connection *connection)
{
	char byte;
	if (loop_now_ms(connection->target->pool->loop) - connection->idle_since_ms < UPSTREAM_PEEK_AFTER_MS)
		return true;
	return recv(connection->socket.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

struct upstream_connection *upstream_connection_take(struct upstream_target *target)
{
	while (target->idle) {
		struct upstream_connection *connection = target->idle;
		if (is_alive(connection)) {
			idle_remove(connection);
			return connection;
		}
		upstream_connection_close(connection, true);
	}
	return NULL;
}

void upstream_connection_broke(struct upstream_connection *connection, enum error code, const struct fault *why)
{
	struct upstream_call *call = connection->call;
	struct fault told = *why;
	bool sent = upstream_was_sent(call);
	bool silent = call->state == UPSTREAM_SENT && connection->filled == 0;
	bool repeat = connection->used && !call->repeated && silent && (!sent || call->may_repeat);
	call->connection = NULL;
	connection->call = NULL;
	upstream_connection_close(connection, repeat);
	if (repeat) {
		call->repeated = true;
		upstream_connect(call);
		return;
	}
	call->was_sent = sent;
	if (code == E_CLOSED || code == E_IO || (code == E_CRYPTO && sent))
		code = FAIL(&told, E_UPSTREAM, "the target broke off %s",
			    silent ? "before it answered; the outcome is unknown" : "inside its answer");
	/* The caller of upstream_start must not be called back from inside it. */
	upstream_call_end_later(call, code, &told);
}

void upstream_send(struct upstream_call *call, struct upstream_connection *connection)
{
	struct loop *loop = call->pool->loop;
	slice parts[] = {buffer_slice(&call->head), call->body};
	call->connection = connection;
	connection->call = call;
	call->state = UPSTREAM_SENT;
	call->sent_start = connection->socket.bytes_out;
	http1_response_init(&call->response, call->to_head);
	loop_timer_start(loop, &call->phase_timer, call->first_ms);
	enum error code = socket_write(&connection->socket, parts, 2, false, &connection->why);
	if (code != E_OK)
		upstream_connection_broke(connection, code, &connection->why);
}

/* The connection never stood, so the target has seen nothing. */
static void connect_failed(struct upstream_connection *connection, enum error code, const struct fault *why)
{
	struct upstream_call *call = connection->call;
	struct fault told = *why;
	call->connection = NULL;
	upstream_connection_close(connection, false);
	upstream_call_end_later(call, code, &told);
}

static socklen_t address_bytes(const union upstream_address *address)
{
	switch (address->any.sa_family) {
	case AF_INET:
		return sizeof(address->v4);
	case AF_INET6:
		return sizeof(address->v6);
	default:
		return sizeof(address->local);
	}
}

static enum error address_try(struct upstream_connection *connection, const union upstream_address *address,
			      struct fault *why)
{
	struct upstream_pool *pool = connection->target->pool;
	if (pool->config.address_allowed && !pool->config.address_allowed(&address->any, pool->config.context))
		return FAIL(why, E_FORBIDDEN, "the address of the target is not allowed");
	int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
	if (fd < 0)
		return FAIL(why, E_UNAVAILABLE, "no socket: %s", uv_strerror(-errno));
	if (address->any.sa_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	if (connect(fd, &address->any, address_bytes(address)) != 0 && errno != EINPROGRESS) {
		int failed = errno;
		close(fd);
		return FAIL(why, E_UNAVAILABLE, "the target is not reached: %s", uv_strerror(-failed));
	}
	TRY(socket_open(&connection->socket, pool->loop, fd, UPSTREAM_QUEUE_BYTES_MAX, true, why));
	connection->socket.on_event = upstream_socket_ready;
	connection->socket.why_gone = &connection->why;
	connection->socket.patient = true;
	return E_OK;
}

void upstream_connect_next(struct upstream_connection *connection)
{
	struct upstream_route *route = connection->route;
	enum error code = connection->why.code ? connection->why.code
					       : FAIL(&connection->why, E_UNAVAILABLE, "the target has no address");
	while (route->next < route->count) {
		code = address_try(connection, &route->addresses[route->next++], &connection->why);
		if (code == E_OK)
			return;
	}
	connect_failed(connection, code == E_IO ? E_UNAVAILABLE : code, &connection->why);
}

static void route_add(struct upstream_route *route, const struct sockaddr *address, socklen_t bytes, uint16_t port)
{
	if (route->count == UPSTREAM_ADDRESSES_MAX || bytes > sizeof(route->addresses[0]))
		return;
	union upstream_address *to = &route->addresses[route->count];
	memcpy(to, address, bytes);
	if (address->sa_family == AF_INET)
		to->v4.sin_port = htons(port);
	else if (address->sa_family == AF_INET6)
		to->v6.sin6_port = htons(port);
	else if (address->sa_family != AF_UNIX)
		return;
	route->count++;
}

/* Addresses that need no look-up: numeric ones, "unix:/path", and localhost (RFC 6761 6.3). */
static bool route_known(struct upstream_route *route, const struct upstream_target *target)
{
	union upstream_address address = {0};
	slice host = {target->host, target->host_bytes};
	if (slice_starts_with(host, SLICE("unix:"))) {
		slice path = slice_from_offset(host, 5);
		if (path.len >= sizeof(address.local.sun_path))
			return true;
		address.local.sun_family = AF_UNIX;
		memcpy(address.local.sun_path, path.ptr, path.len);
		route_add(route, &address.any, sizeof(address.local), 0);
		return true;
	}
	bool local = slice_equal_fold(host, SLICE("localhost"));
	if (inet_pton(AF_INET, local ? "127.0.0.1" : target->host, &address.v4.sin_addr) == 1) {
		address.v4.sin_family = AF_INET;
		route_add(route, &address.any, sizeof(address.v4), target->port);
	}
	address = (union upstream_address){0};
	if (inet_pton(AF_INET6, local ? "::1" : target->host, &address.v6.sin6_addr) == 1) {
		address.v6.sin6_family = AF_INET6;
		route_add(route, &address.any, sizeof(address.v6), target->port);
	}
	return route->count > 0;
}

static void looked_up(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
	struct upstream_route *route = lookup->data;
	struct upstream_connection *connection = route->connection;
	route->looking_up = false;
	if (!connection) {
		uv_freeaddrinfo(found);
		memory_free(route);
		return;
	}
	for (struct addrinfo *at = found; at && status == 0; at = at->ai_next)
		route_add(route, at->ai_addr, at->ai_addrlen, connection->target->port);
	uv_freeaddrinfo(found);
	if (status != 0) {
		enum error code = FAIL(&connection->why, E_UNAVAILABLE, "the name of the target is not found: %s",
				       uv_strerror(status));
		connect_failed(connection, code, &connection->why);
		return;
	}
	upstream_connect_next(connection);
}

static void route_start(struct upstream_connection *connection)
{
	struct upstream_target *target = connection->target;
	struct upstream_route *route = connection->route;
	static const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG};
	if (route_known(route, target)) {
		upstream_connect_next(connection);
		return;
	}
	route->lookup.data = route;
	int failed = uv_getaddrinfo(loop_uv(target->pool->loop), &route->lookup, looked_up, target->host, NULL, &hints);
	if (failed) {
		enum error code = FAIL(&connection->why, E_UNAVAILABLE, "no name can be looked up: %s",
				       uv_strerror(failed));
		connect_failed(connection, code, &connection->why);
		return;
	}
	route->looking_up = true;
}

void upstream_connect(struct upstream_call *call)
{
	struct upstream_target *target = call->target;
	struct upstream_connection *connection = memory_alloc(sizeof(*connection));
	struct upstream_route *route = memory_alloc(sizeof(*route));
	call->state = UPSTREAM_CONNECTING;
	if (!connection || !route) {
		struct fault why = {0};
		enum error code = FAIL(&why, E_MEMORY, "no memory for a connection");
		memory_free(connection);
		memory_free(route);
		upstream_call_end_later(call, code, &why);
		return;
	}
	connection->socket.fd = -1;
	connection->target = target;
	connection->route = route;
	connection->call = call;
	connection->idle_timer = (struct loop_timer){.run = idle_passed, .context = connection};
	route->connection = connection;
	target->connections++;
	call->connection = connection;
	loop_timer_start(target->pool->loop, &call->phase_timer, call->connect_ms);
	route_start(connection);
}
