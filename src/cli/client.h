/*
 * A small blocking HTTP/1.1 client for the command line: one connection to one server, kept open between calls.
 *
 * Plain text only towards loopback: the admin key travels in a header.
 */
#ifndef TIPSTAFF_CLI_CLIENT_H
#define TIPSTAFF_CLI_CLIENT_H

#include "base/buffer.h"
#include "protocol/sse.h"

#define CLIENT_BODY_BYTES_MAX (64u << 20) /* the largest answer that is taken */
#define CLIENT_TIMEOUT_S 60               /* of each read and write; registration of a server asks that server */

struct client;

struct client_request {
	slice method;
	slice path;          /* with its query, below the base URL */
	slice authorization; /* whole header value; empty: none */
	slice content_type;  /* of body */
	slice body;          /* ptr NULL: none */
	slice idempotency_key;
	slice if_match;
	slice last_event_id;
	slice accept;        /* empty: application/json */
};

/* Zeroed, then freed by client_reply_free. */
struct client_reply {
	int status;
	struct buffer body;
	char media_type[96];
	char location[512];
};

/*
 * Reads the URL; nothing is sent yet. E_USAGE: not http(s)://host[:port][/path], or plain http to another machine.
 * E_MEMORY.
 */
MUST_USE enum error client_open(slice url, struct client **ret_client, struct fault *why);
/* "http://127.0.0.1:7475", as it was given without a slash at the end. */
slice client_url(const struct client *client);
/*
 * Sends a request and takes the whole answer, whatever its status.
 * E_UPSTREAM: nobody listens there, or no HTTP is spoken.  E_TIMEOUT.  E_LIMIT: the answer is too large.
 * E_INVALID: a header value with control bytes.  E_MEMORY.
 */
MUST_USE enum error client_call(struct client *client, const struct client_request *request,
				struct client_reply *ret_reply, struct fault *why);

/* Gets each event (never a comment); false ends the stream. */
typedef bool client_event(void *context, const struct sse_event *event);
/*
 * As client_call for text/event-stream: `on_event` gets what comes until it says no (E_OK) or the server ends the
 * stream (E_CLOSED). Where the status is not 200, `*ret_reply` holds the answer and the result is E_OK.
 */
MUST_USE enum error client_stream(struct client *client, const struct client_request *request, client_event *on_event,
				  void *context, struct client_reply *ret_reply, struct fault *why);

void client_reply_free(struct client_reply *reply);
void client_free(struct client *client);

#endif
