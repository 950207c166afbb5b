/* What clients discover: the keys, and the metadata of issuer, gateway and decision point. Public, GET only. */
#ifndef TIPSTAFF_API_OAUTH_METADATA_H
#define TIPSTAFF_API_OAUTH_METADATA_H

#include "gateway/services.h"
#include "net/http_server.h"

/*
 * Is it one of /jwks, /.well-known/oauth-authorization-server, /.well-known/oauth-protected-resource[/mcp[/<server>]],
 * /.well-known/authzen-configuration?
 */
bool oauth_metadata_serves(slice path);
/* Takes the exchange and finishes it. */
void oauth_metadata_handle(struct services *services, struct http_exchange *exchange);

#endif
