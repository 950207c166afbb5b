/* POST /v1/check: one decision for an operator who asks "would this be permitted?", recorded as such. */
#ifndef TIPSTAFF_API_CHECK_H
#define TIPSTAFF_API_CHECK_H

#include "gateway/services.h"
#include "net/http_server.h"

/*
 * Body: {"agent":id, "tool":"server.name", "arguments":{}, "purpose":id, "task":id, "on_behalf_of":id}; agent and tool
 * are required, purpose defaults to that of the task or of the agent; without arguments the tool as a whole is meant. Answers 200 with the decision, also where it is
 * DENY: {"id","decision","reason","missing","enforcement","policies":[],"facts":[],"errors":[],"target",...}.
 * For the admin key only. Takes the exchange and finishes it.
 */
void check_handle(struct services *services, struct http_exchange *exchange);

#endif
