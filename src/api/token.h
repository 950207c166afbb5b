/* The OAuth endpoints: task tokens for agents (RFC 6749, 7523, 8693), introspection (RFC 7662), revocation (RFC 7009). */
#ifndef TIPSTAFF_API_TOKEN_H
#define TIPSTAFF_API_TOKEN_H

#include "gateway/services.h"
#include "net/http_server.h"

/* Each takes the exchange and finishes it, whatever its method; the path was matched by the router. */
void token_handle(struct services *services, struct http_exchange *exchange);      /* /token */
void introspect_handle(struct services *services, struct http_exchange *exchange); /* /introspect */
void revoke_handle(struct services *services, struct http_exchange *exchange);     /* /revoke */

#endif
