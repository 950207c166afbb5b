/*
 * An HTTP/1.1 server on one loop: it reads strictly, hands each complete request to one handler, and sends what the
 * handler answers, at once or later, whole or as a stream.
 *
 * The one rule for handlers: **every exchange is finished exactly once by its owner**, by http_respond,
 * http_stream_end or http_abort, also when the client has gone meanwhile. Until then the exchange and all it points
 * to (head, body, arena) stay valid; afterwards nothing of it does. Where the client goes, `on_close` is told (so that
 * work for it can be cancelled) and what is sent later is thrown away. A client that ends its sending side while it
 * waits for an answer counts as gone: the two cannot be told apart.
 *
 * Requests that come pipelined on one connection are handed out one after another, each after the answer to the one
 * before. Everything runs on the loop's thread.
 */
#ifndef TIPSTAFF_NET_HTTP_SERVER_H
#define TIPSTAFF_NET_HTTP_SERVER_H

#include "base/arena.h"
#include "net/loop.h"
#include "protocol/http1.h"

#include <sys/socket.h>

struct http_server;
struct tls_context;

/* Limits of a server and their usual values (http_server_config_default). */
#define HTTP_CONNECTIONS_USUAL     8192u             /* per loop; beyond, the kernel's backlog waits */
#define HTTP_IDLE_MS_USUAL         75000u            /* keep-alive without a request */
#define HTTP_HEAD_MS_USUAL         10000u            /* first byte to complete head */
#define HTTP_BODY_MS_USUAL         30000u            /* complete head to complete body */
#define HTTP_WRITE_MS_USUAL        30000u            /* bytes wait and the client takes none */
#define HTTP_BODIES_BYTES_USUAL    (256u * 1048576u) /* of all bodies being received on one loop */
#define HTTP_QUEUE_BYTES_MAX       (8u * 1048576u)   /* unsent bytes of a stream that grows further; it is cut */
#define HTTP_QUEUE_LOW_BYTES       65536u            /* on_drain is called when the queue falls to this */
#define HTTP_ARENA_BYTES_MAX       (64u * 1048576u)  /* of one exchange */

/* One request and its answer. Members down to the line are for the handler to read; the hooks for it to set. */
struct http_exchange {
	const struct http1_request *request; /* head: method, path, query, headers */
	slice body;                          /* whole, decoded; empty where there is none */
	struct arena arena;                  /* for whatever the handler needs as long as the exchange lives */
	struct loop *loop;
	void *user;                          /* the handler's own; passed to nothing */
	bool secure;                         /* came over TLS */

	/* The client went away before the answer was complete. The exchange must still be finished. */
	void (*on_close)(struct http_exchange *exchange);
	/* A stream's queue fell to HTTP_QUEUE_LOW_BYTES after http_stream_write had seen it beyond. */
	void (*on_drain)(struct http_exchange *exchange);

	/* --- private --- */
	struct http_server *server;
	struct http_connection *connection; /* NULL: the client has gone */
	void *slab;                         /* holds the head and often the body */
	struct buffer body_buffer;
	size_t body_counted;
	int state;
	struct http_exchange *next_free;
	struct http1_request head;
};

struct http_server_config {
	/* A complete request. Required. */
	void (*handler)(struct http_exchange *exchange, void *context);
	/* How large the body of this request may be; NULL: body_bytes_max for all. Called once the head is complete. */
	size_t (*body_limit)(const struct http1_request *request, void *context);
	void *context;
	struct tls_context *tls; /* NULL: plain. Must outlive the server. */
	size_t body_bytes_max;
	size_t bodies_bytes_max;
	unsigned connections_max;
	unsigned idle_ms;
	unsigned head_ms;
	unsigned body_ms;
	unsigned write_ms;
};

/* Counted since start; for metrics. */
struct http_server_counters {
	uint64_t connections;      /* accepted */
	uint64_t connections_open; /* now */
	uint64_t requests;         /* handed to the handler */
	uint64_t refused;          /* answered by the server itself: 4xx, 5xx of the reader */
	uint64_t timeouts;         /* deadlines of idle connections not counted */
	uint64_t bytes_in;
	uint64_t bytes_out;
};

void http_server_config_default(struct http_server_config *config);
/*
 * Serves on an open listening descriptor (listener_open), which becomes the server's.
 * E_INVALID: no handler.  E_MEMORY, E_IO.
 */
MUST_USE enum error http_server_start(struct loop *loop, int listening_fd, const struct http_server_config *config,
				      struct http_server **ret_server, struct fault *why);
/*
 * Takes no further connection or request; answers in flight are finished with "Connection: close". What is left
 * after `grace_ms` is cut. Then calls `stopped` (may be NULL), after which the server is gone. Exchanges that their
 * owner still holds then stay valid until it finishes them.
 */
void http_server_stop(struct http_server *server, unsigned grace_ms, void (*stopped)(void *context), void *context);
const struct http_server_counters *http_server_counters(const struct http_server *server);

/*
 * Answers and finishes the exchange. The slices are needed only during the call. A HEAD request gets the head only.
 * Where a field cannot be written safely (E_INVALID of http1_response_write), a bare 500 is sent instead.
 */
void http_respond(struct http_exchange *exchange, int status, const struct http1_field *fields, size_t count,
		  slice body);

/*
 * Starts a streamed answer (chunked; until close for HTTP/1.0).
 * E_INVALID: a field or status cannot be written; nothing was sent, any other answer is still possible.
 * E_CLOSED: the client has gone.
 */
MUST_USE enum error http_stream_begin(struct http_exchange *exchange, int status, const struct http1_field *fields,
				      size_t count, struct fault *why);
/*
 * Sends a piece (empty: nothing). E_CLOSED: the client has gone.  E_LIMIT: more than HTTP_QUEUE_BYTES_MAX would wait;
 * the client was cut off (on_close is not called, the caller knows). The exchange must be finished in any case.
 */
MUST_USE enum error http_stream_write(struct http_exchange *exchange, slice piece, struct fault *why);
/* Bytes that the client has not taken yet. Beyond HTTP_QUEUE_LOW_BYTES stop writing until on_drain. */
size_t http_stream_queued_bytes(const struct http_exchange *exchange);
/* The stream is complete; finishes the exchange. */
void http_stream_end(struct http_exchange *exchange);

/* Finishes the exchange by cutting the connection, so that the client sees that the answer is not complete. */
void http_abort(struct http_exchange *exchange);

bool http_client_is_gone(const struct http_exchange *exchange);
/* "127.0.0.1:50412", in the exchange's arena; empty where the client has gone. */
slice http_peer(struct http_exchange *exchange);

#endif
