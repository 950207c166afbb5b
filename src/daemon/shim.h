/*
 * `tipstaff shim`: a stdio MCP server as Streamable HTTP on loopback. Only whoever holds the bearer token may use it,
 * so that agents on the machine cannot go round the gateway.
 *
 * Each session of the older era has a process of its own; all stateless requests share one.
 */
#ifndef TIPSTAFF_DAEMON_SHIM_H
#define TIPSTAFF_DAEMON_SHIM_H

#include "net/child.h"
#include "net/http_server.h"
#include "protocol/mcp.h"

/* `tipstaff shim [--listen ADDR:PORT] [--token-file FILE] -- COMMAND ARGS...`; an exit code. */
int daemon_shim(int count, char **arguments);

#define SHIM_PEERS_MAX 128u          /* processes at a time */
#define SHIM_IDLE_MS (3600u * 1000u) /* a session unused for so long is ended */
#define SHIM_ID_BYTES 32u
#define SHIM_WAITS_MAX 1024u         /* requests under way in one process */

struct shim_peer;

struct shim {
	struct loop *loop;
	const char *const *command;  /* NULL at the end */
	slice token;
	struct http_server *server;
	struct shim_peer *peers;     /* of sessions */
	struct shim_peer *stateless; /* NULL until it is needed */
	unsigned peer_count;
	struct loop_timer sweep;     /* ends idle sessions */
	bool stopping;
};

/* A request that a process has not answered yet. Lives in the arena of its exchange. */
struct shim_wait {
	struct shim_peer *peer;
	struct http_exchange *exchange;
	uint64_t number;   /* its id towards the process */
	slice id;          /* its id towards the client, JSON text */
	slice progress;    /* the client's progress token, JSON text; empty: none */
	bool modern;
	bool opens;        /* initialize: the answer carries the session id */
	bool streaming;
	struct shim_wait *next;
};

/* One process and who talks to it. */
struct shim_peer {
	struct shim *shim;
	struct child *child;         /* NULL once it has ended */
	char id[SHIM_ID_BYTES];      /* of the session */
	bool stateless;
	struct shim_wait *waits;     /* the newest first */
	unsigned wait_count;
	struct http_exchange *stream; /* the client's GET, or NULL */
	uint64_t numbers;
	uint64_t used_ms;
	struct shim_peer *next;
};

/* --- shim_http.c --- */
void shim_handle(struct http_exchange *exchange, void *context);
/* Answers with a JSON-RPC error and finishes the exchange. */
void shim_refuse(struct http_exchange *exchange, int status, slice id, int64_t code, const char *sentence);

/* --- shim_peer.c --- */
/* E_RATE: SHIM_PEERS_MAX.  E_MEMORY, and all that child_start says. */
MUST_USE enum error shim_peer_start(struct shim *shim, bool stateless, struct shim_peer **ret_peer, struct fault *why);
struct shim_peer *shim_peer_find(struct shim *shim, slice id);
/* Asks the process to end; what waits is answered then. */
void shim_peer_end(struct shim_peer *peer);
/* The client's request; the exchange is finished later. */
void shim_peer_ask(struct shim_peer *peer, struct http_exchange *exchange, const struct json_doc *doc,
		   const struct mcp_request *request);
/* A notification or an answer of the client. E_LIMIT, E_CLOSED: as child_write_line. */
MUST_USE enum error shim_peer_tell(struct shim_peer *peer, const struct json_doc *doc, const struct mcp_request *request,
				   struct fault *why);
/* The client listens; a former stream of it ends. */
void shim_peer_listen(struct shim_peer *peer, struct http_exchange *exchange);

/* --- shim_message.c --- */
/* What is written otherwise than it came; each JSON text, empty: left as it is. */
struct shim_rewrite {
	slice id;
	slice progress;     /* progressToken, in params or in its _meta */
	slice subscription; /* _meta io.modelcontextprotocol/subscriptionId */
	slice request;      /* requestId of a cancellation */
};
MUST_USE enum error shim_write(const struct json_doc *doc, const struct shim_rewrite *rewrite, struct buffer *to,
			       struct fault *why);
/* A member below params or params._meta; NULL where there is none. */
const struct json_node *shim_param(const struct json_doc *doc, slice name);
const struct json_node *shim_meta(const struct json_doc *doc, slice name);
#define SHIM_SUBSCRIPTION SLICE("io.modelcontextprotocol/subscriptionId")

#endif
