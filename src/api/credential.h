/* Who asks an endpoint: the operator with the admin key, an agent with its task token, or nobody. */
#ifndef TIPSTAFF_API_CREDENTIAL_H
#define TIPSTAFF_API_CREDENTIAL_H

#include "gateway/services.h"
#include "identity/caller.h"
#include "net/http_server.h"

/* Does the request carry the admin key as its bearer token? Takes the same time for every wrong key. */
bool credential_is_admin(const struct services *services, const struct http1_request *request);

#endif
