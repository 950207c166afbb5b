/*
 * An HTTP/1.1 client on one loop: connections are kept and used again per target, answers are read strictly and
 * streamed to the caller. No redirects, no proxies, no cookies: a gateway forwards to exactly what it decided on.
 */
#ifndef TIPSTAFF_NET_UPSTREAM_H
#define TIPSTAFF_NET_UPSTREAM_H

#include "net/loop.h"
#include "protocol/http1.h"

#include <sys/socket.h>

struct upstream_pool;
struct upstream_call;
struct tls_context;

#define UPSTREAM_CONNECTIONS_USUAL 256u   /* to one target, per loop */
#define UPSTREAM_WAITING_MAX       4096u  /* calls that wait for a connection to one target */
#define UPSTREAM_IDLE_MS_USUAL     30000u /* a connection that the target closed earlier is noticed */
#define UPSTREAM_CONNECT_MS_USUAL  5000u
#define UPSTREAM_FIRST_MS_USUAL    60000u
#define UPSTREAM_TARGETS_MAX       1024u
#define UPSTREAM_ADDRESSES_MAX     8u     /* tried one after another */

struct upstream_config {
	struct tls_context *tls;       /* for `secure` targets; NULL: such calls fail with E_UNSUPPORTED */
	unsigned connections_max;      /* per target */
	unsigned idle_ms;
	/* May this address be connected to? NULL: all. Guards against targets that resolve to inside addresses. */
	bool (*address_allowed)(const struct sockaddr *address, void *context);
	void *context;
};

/* What to send. Slices are copied or sent during upstream_start but `body`, which must live until on_end. */
struct upstream_request {
	slice host;          /* name, IPv4, IPv6 (without brackets), or "unix:/path" */
	uint16_t port;
	bool secure;
	bool may_repeat;     /* safe to send twice (GET); lets a call be repeated where its outcome is unknown */
	slice method;
	slice target;        /* "/mcp?x=1" */
	slice host_header;   /* empty: made of host and port */
	const struct http1_field *fields;
	size_t field_count;
	slice body;
	bool has_body;       /* writes Content-Length even where the body is empty */
	unsigned connect_ms; /* 0: the usual */
	unsigned first_ms;   /* until the head of the answer; 0: the usual */
	unsigned idle_ms;    /* between pieces of the answer; 0: no limit */
	unsigned total_ms;   /* until the end; 0: no limit (streams) */
};

/* Any may be NULL but on_end. None is called from inside upstream_start, upstream_cancel or upstream_resume. */
struct upstream_handler {
	/* The head, valid until on_end. */
	void (*on_head)(struct upstream_call *call, const struct http1_response *response, void *context);
	/* A piece of the decoded body, valid during the call. */
	void (*on_body)(struct upstream_call *call, slice piece, void *context);
	/*
	 * The last callback, exactly once unless cancelled. E_OK: the answer was complete.
	 * E_UNAVAILABLE: no connection (name, refused, limit of waiting calls).  E_TIMEOUT.
	 * E_UPSTREAM: closed early or not HTTP.  E_LIMIT: head too long.  E_FORBIDDEN: address_allowed refused.
	 * E_CRYPTO: the certificate is not trusted.  E_MEMORY.
	 * Ask upstream_was_sent inside to know whether the target may have acted on it.
	 */
	void (*on_end)(struct upstream_call *call, enum error outcome, const struct fault *why, void *context);
	void *context;
};

void upstream_config_default(struct upstream_config *config);
/* E_MEMORY. */
MUST_USE enum error upstream_pool_make(struct loop *loop, const struct upstream_config *config,
				       struct upstream_pool **ret_pool, struct fault *why);
/* Closes everything; calls in flight end without callbacks. Not from inside a callback. NULL is fine. */
void upstream_pool_free(struct upstream_pool *pool);

/*
 * Sends a request. On E_OK the call lives until on_end returns or it is cancelled.
 * E_INVALID: something cannot be written safely, or the host is not one.  E_LIMIT: targets.  E_MEMORY.
 * E_UNSUPPORTED: secure without TLS.
 *
 * A connection that was kept and turns out to be closed before any byte of the request was taken is replaced once.
 * Where the request was sent and the connection broke before an answer, the call ends with E_UPSTREAM ("unknown")
 * unless `may_repeat`.
 */
MUST_USE enum error upstream_start(struct upstream_pool *pool, const struct upstream_request *request,
				   const struct upstream_handler *handler, struct upstream_call **ret_call,
				   struct fault *why);
/* No callback follows; the connection is closed, which tells the target. */
void upstream_cancel(struct upstream_call *call);
/* No more on_body until resumed (at most the piece that is being delivered). */
void upstream_pause(struct upstream_call *call);
void upstream_resume(struct upstream_call *call);
/* Did any byte of the request leave? False: the target has certainly not acted on it. */
bool upstream_was_sent(const struct upstream_call *call);

#endif
