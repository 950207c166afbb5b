/* The inside of the HTTP server, for the files http_*.c only. */
#ifndef TIPSTAFF_NET_HTTP_INSIDE_H
#define TIPSTAFF_NET_HTTP_INSIDE_H

#include "net/http_server.h"
#include "net/socket.h"

#include <netinet/in.h>

#define HTTP_LINGER_MS         2000u    /* a refused client may take so long to read the answer */
#define HTTP_LINGER_BYTES_MAX  (16u * 1048576u) /* ... and send so much meanwhile, which is thrown away */
#define HTTP_CROWDED_BYTES     (HTTP_QUEUE_LOW_BYTES + LOOP_SLAB_BYTES) /* unsent answers beyond: no more requests */
#define HTTP_ACCEPTS_PER_EVENT 32u
#define HTTP_ACCEPT_RETRY_MS   100u     /* after the process ran out of descriptors */
#define HTTP_HEAD_ANSWER_MAX   65536u
#define HTTP_ANSWER_BYTES_MAX  (1024u * 1048576u) /* one whole answer; its maker has had it in memory, too */
#define HTTP_EXCHANGES_KEPT    256u

/* What a connection is doing. One exchange at a time. */
enum http_phase {
	HTTP_IDLE = 0, /* no byte of a request */
	HTTP_HEAD,
	HTTP_BODY,
	HTTP_ANSWER,   /* the handler owns the exchange */
	HTTP_STREAM,   /* as HTTP_ANSWER; the head of the answer has left */
	HTTP_LAST,     /* the last answer has been written; closes when it has left */
	HTTP_LINGER,   /* reads and throws away, so that the client sees the answer and not a reset */
	HTTP_CLOSED,
};

union http_peer {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

/*
 * Input: slab[start, filled). A request begins at `start`; once its head and body are read, `next` is where the
 * following one begins. The slab does not move while an exchange points into it.
 */
struct http_connection {
	struct socket socket;
	struct http_server *server;
	struct http_connection *next_all;
	struct http_connection **back_all;
	struct http_exchange *exchange;
	struct loop_timer deadline;
	enum http_phase phase;
	char *slab;
	size_t start;
	size_t filled;
	size_t next;
	struct http1_body body;
	size_t body_bytes_max;
	size_t lingered_bytes;
	bool processing; /* http_connection_process is on the stack */
	bool stream_over; /* the stream's queue was beyond HTTP_QUEUE_LOW_BYTES */
	union http_peer peer;
};

struct http_server {
	struct loop *loop;
	struct http_server_config config;
	int listening_fd;
	uv_poll_t *listener; /* NULL: closed */
	bool accepts;
	struct loop_timer accept_retry;
	struct loop_timer grace;
	struct http_connection *connections;
	struct http_exchange *free_exchanges;
	size_t free_exchange_count;
	size_t exchanges_open; /* with their owners, those without a connection included */
	size_t bodies_bytes;
	struct buffer head; /* of the answer being written */
	struct http_server_counters counters;
	bool stopping;
	bool told_stopped;
	void (*stopped)(void *context);
	void *stopped_context;
};

/* http_server.c */
struct http_exchange *http_exchange_take(struct http_server *server);
void http_exchange_give(struct http_server *server, struct http_exchange *exchange);
/* Takes the connection out of the server; may free the server, so nothing of either may be used afterwards. */
void http_server_forget(struct http_server *server, struct http_connection *connection);
/* Frees a stopped server that nothing refers to any more. */
void http_server_settle(struct http_server *server);

/* http_connection.c */
void http_connection_open(struct http_server *server, int fd, const union http_peer *peer);
void http_connection_close(struct http_connection *connection);
/* Reads requests and has them answered as far as the input goes. False: the connection is gone. */
bool http_connection_process(struct http_connection *connection);
void http_connection_deadline(struct http_connection *connection);
/* Everything was sent: waits until the client has seen it. */
void http_connection_linger(struct http_connection *connection);
/* After the answer, the exchange given back: the next request, or the end. */
void http_connection_answered(struct http_connection *connection, bool keep_alive);

/* http_body.c */
/* Where the next bytes of input go; `*ret_room` 0 where there is no room now. NULL: no memory. */
char *http_body_room(struct http_connection *connection, size_t *ret_room);
/* `count` bytes came to `at`, which is where http_body_room said. */
void http_body_came(struct http_connection *connection, const char *at, size_t count);
/* The unread input moves to the front of the slab; whatever pointed into it must be read again. */
void http_body_move_input(struct http_connection *connection);
/* The head is complete: what is the body allowed to be, and where does it go? False: refused. */
bool http_body_begin(struct http_connection *connection);
/* True once the whole body is there. False: more input is needed, or it was refused. */
bool http_body_continue(struct http_connection *connection);

/* http_answer.c */
/* A problem document (RFC 9457), then the connection ends. `sentence` is ours and holds no stranger's bytes. */
void http_refuse(struct http_connection *connection, int status, const char *sentence);

#endif
