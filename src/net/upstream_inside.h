/* The inside of the HTTP client, for the files upstream*.c only. */
#ifndef TIPSTAFF_NET_UPSTREAM_INSIDE_H
#define TIPSTAFF_NET_UPSTREAM_INSIDE_H

#include "net/socket.h"
#include "net/upstream.h"

#include <netinet/in.h>
#include <sys/un.h>

#define UPSTREAM_HOST_BYTES_MAX  255u
#define UPSTREAM_HEAD_BYTES_MAX  32768u
#define UPSTREAM_QUEUE_BYTES_MAX (64u * 1048576u) /* the part of a request's body that has not left yet */
#define UPSTREAM_PEEK_AFTER_MS   10u  /* a connection kept longer is asked whether it still lives */
#define UPSTREAM_CALLS_KEPT      256u

union upstream_address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
	struct sockaddr_un local;
};

/* Where a new connection may go; freed once it stands. */
struct upstream_route {
	struct upstream_connection *connection; /* NULL: nobody waits for the name any more */
	uv_getaddrinfo_t lookup;
	bool looking_up;
	unsigned count;
	unsigned next;
	union upstream_address addresses[UPSTREAM_ADDRESSES_MAX];
};

struct upstream_target {
	struct upstream_pool *pool;
	struct upstream_target *next;
	char host[UPSTREAM_HOST_BYTES_MAX + 1];
	size_t host_bytes;
	uint16_t port;
	bool secure;
	unsigned connections; /* all, idle ones included */
	struct upstream_connection *idle; /* the one used last first */
	unsigned waiting;
	struct upstream_call *first_waiting;
	struct upstream_call *last_waiting;
};

/* Input: slab[0, filled); the head lies in front, the body is read behind it again and again. */
struct upstream_connection {
	struct socket socket;
	struct upstream_target *target;
	struct upstream_call *call; /* NULL: idle */
	struct upstream_connection *next_idle;
	struct upstream_connection **back_idle;
	struct upstream_route *route;
	struct loop_timer idle_timer;
	uint64_t idle_since_ms;
	char *slab;
	size_t filled;
	size_t at; /* what lies before has been delivered */
	bool used; /* carried a call before */
	struct fault why;
};

enum upstream_state {
	UPSTREAM_WAITING = 0, /* for one of its target's connections */
	UPSTREAM_CONNECTING,
	UPSTREAM_SENT,        /* written, maybe not all has left; no head yet */
	UPSTREAM_BODY,
	UPSTREAM_ENDED,
};

struct upstream_call {
	struct upstream_pool *pool;
	struct upstream_target *target;
	struct upstream_connection *connection;
	struct upstream_handler handler;
	enum upstream_state state;
	bool paused;
	bool in_callback;
	bool cancelled;
	bool repeated;
	bool may_repeat;
	bool to_head;
	bool was_sent;       /* what upstream_was_sent says once the connection is gone */
	uint64_t sent_start; /* bytes that the connection had sent before this call */
	struct buffer head;
	slice body;
	unsigned connect_ms;
	unsigned first_ms;
	unsigned idle_ms;
	struct loop_timer phase_timer;
	struct loop_timer total_timer;
	struct upstream_call *next_waiting;
	/* Calls that go on from the loop's hook: resumed, or failed inside upstream_start. */
	bool ready;
	enum error ready_code;
	struct upstream_call *next_ready;
	struct fault why;
	struct upstream_call *next_all;
	struct upstream_call **back_all;
	struct http1_body decoder;
	struct http1_response response;
};

struct upstream_pool {
	struct loop *loop;
	struct upstream_config config;
	struct upstream_target *targets;
	unsigned target_count;
	struct upstream_call *calls;
	struct upstream_call *free_calls;
	unsigned free_call_count;
	struct upstream_call *ready;
	struct loop_hook hook;
};

/* upstream.c */
/* The last thing that happens to a call; nothing of it may be used afterwards. */
void upstream_call_end(struct upstream_call *call, enum error outcome, const struct fault *why);
/* As upstream_call_end, but from the loop's hook. */
void upstream_call_end_later(struct upstream_call *call, enum error outcome, const struct fault *why);
void upstream_call_free(struct upstream_call *call);
/* A connection of the target has gone or become idle: whoever waits goes on. */
void upstream_target_serve(struct upstream_target *target);

/* upstream_target.c */
/* The target of a request, known or new. E_INVALID: its host is no name.  E_LIMIT, E_MEMORY. */
MUST_USE enum error upstream_target_of(struct upstream_pool *pool, const struct upstream_request *request,
				       struct upstream_target **ret_target, struct fault *why);
/* With its idle connections; nobody may use it any more. */
void upstream_target_free(struct upstream_target *target);
/* The call goes to the end of its target's queue; out of the queue, where it stands in it. */
void upstream_waiting_add(struct upstream_call *call);
void upstream_waiting_remove(struct upstream_call *call);

/* upstream_connect.c */
/* Opens a connection for the call. Errors are told by upstream_call_end_later. */
void upstream_connect(struct upstream_call *call);
/* Names are no longer needed. */
void upstream_route_free(struct upstream_connection *connection);
/* The next address of the route, or the end of the call. */
void upstream_connect_next(struct upstream_connection *connection);
/* The call's request leaves on this connection. */
void upstream_send(struct upstream_call *call, struct upstream_connection *connection);
/* Frees it and, unless `quiet`, lets the next waiting call take its place. */
void upstream_connection_close(struct upstream_connection *connection, bool quiet);
/* An idle connection of the target that still lives; NULL where there is none. */
struct upstream_connection *upstream_connection_take(struct upstream_target *target);
/* The call is done with a connection that can carry another. */
void upstream_connection_keep(struct upstream_connection *connection);
/* The connection broke under its call: repeated where that is safe, else ended. */
void upstream_connection_broke(struct upstream_connection *connection, enum error code, const struct fault *why);

/* upstream_answer.c */
void upstream_socket_ready(struct socket *socket, enum socket_event event);
/* Delivers what has been read. */
void upstream_answer_deliver(struct upstream_call *call);

#endif
