/* Small answers in JSON: what endpoints of protocols say, with the headers these protocols want. */
#ifndef TIPSTAFF_API_REPLY_H
#define TIPSTAFF_API_REPLY_H

#include "base/buffer.h"
#include "net/http_server.h"

/* What one answer holds: metadata, a token, decisions of a batch. */
#define REPLY_BYTES_MAX (4u * 1024u * 1024u)

/* The X-Request-ID of the request, which every answer carries too; empty where there is none, or it is too long. */
slice reply_request_id(const struct http_exchange *exchange);
/* Finishes the exchange with this JSON, not to be cached; X-Request-ID is sent back where it came. */
void reply_json(struct http_exchange *exchange, int status, slice json);
/* As above from a buffer, which is freed; where it has failed, a 500 is sent instead. */
void reply_buffer(struct http_exchange *exchange, int status, struct buffer *json);
/* Problem details (RFC 9457) of the fault. */
void reply_problem(struct http_exchange *exchange, enum error code, const struct fault *why);
/* An OAuth error (RFC 6749 5.2); 401 with `invalid_client`. */
void reply_oauth_error(struct http_exchange *exchange, int status, const char *code, slice description);
/* As above from a fault: status and code as its row of ERROR_ROWS says. */
void reply_oauth_fault(struct http_exchange *exchange, enum error code, const struct fault *why);
/* 401 with a challenge, for endpoints that take a bearer token. */
void reply_unauthenticated(struct http_exchange *exchange, slice issuer, const char *sentence);

#endif
