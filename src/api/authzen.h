/* AuthZEN Authorization API 1.0: decisions and searches for enforcement points (AUT-9). */
#ifndef TIPSTAFF_API_AUTHZEN_H
#define TIPSTAFF_API_AUTHZEN_H

#include "api/asker.h"
#include "gateway/services.h"
#include "net/http_server.h"

/* Each takes the exchange and finishes it; the path was matched by the router. */
void authzen_evaluation_handle(struct services *services, struct http_exchange *exchange);  /* /access/v1/evaluation */
void authzen_evaluations_handle(struct services *services, struct http_exchange *exchange); /* /access/v1/evaluations */
void authzen_search_subject_handle(struct services *services, struct http_exchange *exchange);  /* /access/v1/search/... */
void authzen_search_resource_handle(struct services *services, struct http_exchange *exchange);
void authzen_search_action_handle(struct services *services, struct http_exchange *exchange);
void authzen_metadata_handle(struct services *services, struct http_exchange *exchange); /* GET /.well-known/... */

/*
 * Who asks. What `*ret_asker` points to is valid until the loop iteration ends.
 * E_UNAUTHENTICATED and others of gateway_bearer: nobody that is known.
 */
MUST_USE enum error authzen_asker(struct services *services, const struct http1_request *request,
				  struct asker *ret_asker, struct fault *why);

#endif
