#include "api/oauth_metadata.h"

#include "api/reply.h"
#include "protocol/oauth.h"

#define RESOURCE_METADATA SLICE("/.well-known/oauth-protected-resource")

/* What follows the prefix is the path of the resource (RFC 9728 3.1). */
static bool names_a_resource(slice path, slice *ret_resource)
{
	if (!slice_starts_with(path, RESOURCE_METADATA))
		return false;
	slice rest = slice_from_offset(path, RESOURCE_METADATA.len);
	*ret_resource = rest.len ? rest : SLICE("/mcp");
	if (rest.len == 0 || slice_equal(rest, SLICE("/mcp")))
		return true;
	return slice_starts_with(rest, SLICE("/mcp/")) && rest.len > 5 && slice_find_byte(rest, '/', 5) == SIZE_MAX;
}

bool oauth_metadata_serves(slice path)
{
	slice resource;
	return slice_equal(path, SLICE("/jwks")) ||
	       slice_equal(path, SLICE("/.well-known/oauth-authorization-server")) || names_a_resource(path, &resource);
}

void oauth_metadata_handle(struct services *services, struct http_exchange *exchange)
{
	slice path = exchange->request->path, issuer = services->config->issuer, resource;
	struct buffer body;
	buffer_init(&body, REPLY_BYTES_MAX);
	if (slice_equal(path, SLICE("/jwks")))
		buffer_add(&body, signer_jwks(services->signer));
	else if (slice_equal(path, SLICE("/.well-known/oauth-authorization-server")))
		oauth_server_metadata_write(&body, issuer);
	else if (names_a_resource(path, &resource))
		oauth_resource_metadata_write(&body, issuer, resource);
	if (body.len || body.failed) {
		reply_buffer(exchange, 200, &body);
		return;
	}
	buffer_free(&body);
	/* Only the keys can be empty: the signer has not told them yet. */
	reply_problem(exchange, oauth_metadata_serves(path) ? E_UNAVAILABLE : E_NOT_FOUND, NULL);
}
