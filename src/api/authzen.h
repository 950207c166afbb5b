/* AuthZEN Authorization API 1.0: decisions for enforcement points (AUT-9). */
#ifndef TIPSTAFF_API_AUTHZEN_H
#define TIPSTAFF_API_AUTHZEN_H

#include "gateway/services.h"
#include "net/http_server.h"

/* Each takes the exchange and finishes it; the path was matched by the router. */
void authzen_evaluation_handle(struct services *services, struct http_exchange *exchange);  /* /access/v1/evaluation */
void authzen_evaluations_handle(struct services *services, struct http_exchange *exchange); /* /access/v1/evaluations */

#endif
