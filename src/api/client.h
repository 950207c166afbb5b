/* Which agent asks an OAuth endpoint: client authentication with all that it costs, replay and registration included. */
#ifndef TIPSTAFF_API_CLIENT_H
#define TIPSTAFF_API_CLIENT_H

#include "decision/snapshot.h"
#include "gateway/services.h"
#include "identity/assertion.h"
#include "identity/caller.h"
#include "net/http_server.h"
#include "text/form.h"

/*
 * Checks an assertion and takes its jti, so that it works once. `*ret_assertion` is filled as far as it could be read.
 * E_NOT_FOUND: well-formed, but nobody of this name is registered (and where it shows a key, that key signed it).
 * E_UNAUTHENTICATED, E_SIGNATURE, E_EXPIRED, E_SYNTAX, E_LIMIT: see assertion.h.  E_CONFLICT: used before.
 * E_RATE, E_UNAVAILABLE: no snapshot.  E_MEMORY.
 */
MUST_USE enum error client_authenticate(struct services *services, slice assertion, struct arena *arena,
					struct assertion *ret_assertion, const struct agent_row **ret_agent,
					struct fault *why);
/*
 * A token of ours that came as a parameter: verified, and not stood against by agent, task, purpose or revocation.
 * Errors as caller_verify; E_GRANT: something stands against it, the sentence is its reason.  E_UNAVAILABLE.
 */
MUST_USE enum error client_token_read(struct services *services, slice token, struct arena *arena,
				      struct caller *ret_caller, struct fault *why);

/*
 * For endpoints that serve the operator (admin key as bearer token) and agents (client assertion in the form): the id
 * of the agent that asks, empty for the operator. E_UNAUTHENTICATED: neither.  E_INVALID, E_RATE, E_UNAVAILABLE,
 * E_MEMORY.
 */
MUST_USE enum error client_or_admin(struct services *services, struct http_exchange *exchange, const struct form *form,
				    slice *ret_client, struct fault *why);

#endif
