/* What the endpoints of AuthZEN take and answer, for the description of the interface. */
#ifndef TIPSTAFF_API_OPENAPI_AUTHZEN_H
#define TIPSTAFF_API_OPENAPI_AUTHZEN_H

#include "api/route.h"
#include "text/json_writer.h"

/* Names of schemas; NULL where the route is none of AuthZEN's. */
const char *openapi_authzen_request(enum route_action action);
const char *openapi_authzen_answer(enum route_action action);
/* Members of "schemas", which is open. */
void openapi_authzen_schemas(struct json_writer *writer);

#endif
