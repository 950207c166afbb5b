/*
 * The HTTP interface beside the gateway: objects under /v1, records, OAuth, AuthZEN, health. One function takes every
 * request that the gateway does not.
 *
 * A page of another origin is refused everywhere; what is below /v1 needs the admin key. An error is a problem
 * (RFC 9457), except on the endpoints whose standards say otherwise.
 */
#ifndef TIPSTAFF_API_API_H
#define TIPSTAFF_API_API_H

#include "gateway/services.h"
#include "net/http_server.h"

/* Takes the exchange and finishes it, now or later. */
void api_handle(struct services *services, struct http_exchange *exchange);

#endif
