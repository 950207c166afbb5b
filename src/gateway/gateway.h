/*
 * The MCP endpoints `/mcp` (many servers behind one) and `/mcp/<server>`: every call walks through nine rooms, once, in
 * one direction (DESIGN 3). Both eras of MCP, the same on both sides.
 */
#ifndef TIPSTAFF_GATEWAY_GATEWAY_H
#define TIPSTAFF_GATEWAY_GATEWAY_H

#include "gateway/services.h"
#include "identity/caller.h"
#include "net/http_server.h"

/* What one loop keeps between calls: opened credentials of targets, the keys that tokens are checked with. */
struct gateway;

/* After all other members of `services` are set; puts itself there. E_MEMORY. */
MUST_USE enum error gateway_make(struct services *services, struct fault *why);
/* NULL is fine. No call may be in flight. */
void gateway_free(struct gateway *gateway);

/* Is this path (without query) one of the endpoints? */
bool gateway_serves(slice path);
/* Takes the exchange and finishes it. */
void gateway_handle(struct services *services, struct http_exchange *exchange);

/*
 * The caller behind `Authorization: Bearer`, for every endpoint that takes task tokens. `*ret_caller` is valid until
 * the next call on this loop. Revocation and the agent's state are looked at by decide.
 * E_UNAUTHENTICATED: no bearer token, or none of ours.  E_SIGNATURE, E_EXPIRED.  E_UNAVAILABLE: the signer has not told
 * its keys yet.  E_MEMORY, E_LIMIT.
 */
MUST_USE enum error gateway_bearer(struct services *services, const struct http1_request *request,
				   const struct caller **ret_caller, struct fault *why);
/* Origin absent, or our own? Everything else may be a page in a browser that was led here. */
bool gateway_origin_allowed(const struct services *services, const struct http1_request *request);

#endif
