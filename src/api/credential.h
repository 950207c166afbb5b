/* Who asks an endpoint: the operator with the admin key, an agent with its task token, or nobody. */
#ifndef TIPSTAFF_API_CREDENTIAL_H
#define TIPSTAFF_API_CREDENTIAL_H

#include "gateway/services.h"
#include "identity/caller.h"
#include "net/http_server.h"

/* Does the request carry the admin key as its bearer token? Takes the same time for every wrong key. */
bool credential_is_admin(const struct services *services, const struct http1_request *request);
/* The bearer token; empty where there is none. */
slice credential_bearer(const struct http1_request *request);
/* Is it the token with this SHA-256? Takes the same time for every wrong one; an empty token never is. */
bool credential_matches(slice token, const unsigned char *digest);

#endif
