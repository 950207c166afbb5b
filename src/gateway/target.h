/* Where a call is sent: a server's URL taken apart, and the headers that every request to it carries. */
#ifndef TIPSTAFF_GATEWAY_TARGET_H
#define TIPSTAFF_GATEWAY_TARGET_H

#include "base/hash.h"
#include "gateway/services.h"
#include "net/upstream.h"
#include "protocol/mcp.h"

struct server_row;

/* Copied out of the snapshot, so that it may be held over a wait. */
struct target {
	slice server;    /* id */
	slice host;      /* IPv6 without brackets */
	uint16_t port;
	bool secure;
	slice path;      /* with query; starts with '/' */
	slice sealed;    /* the sealed credential; empty: none */
	enum mcp_revision revision; /* what the registry says it speaks; MCP_REVISION_NONE: to be found out */
};

/* E_INVALID: not a URL that url_parse takes.  E_MEMORY. */
MUST_USE enum error target_parse(slice text, struct arena *arena, struct target *ret_target, struct fault *why);
/* E_UNAVAILABLE: no such server, or disabled.  E_INVALID, E_MEMORY. */
MUST_USE enum error target_of(const struct server_row *row, struct arena *arena, struct target *ret_target,
			      struct fault *why);

/* The fields of one request. Their texts are borrowed. */
#define TARGET_FIELDS_MAX 80u
struct target_fields {
	struct http1_field items[TARGET_FIELDS_MAX];
	size_t count;
};
/* Beyond TARGET_FIELDS_MAX nothing is added; an empty value is not either. */
void target_field(struct target_fields *fields, slice name, slice value);

/*
 * Opened credentials of one loop. The plain text is wiped when it is replaced or the loop ends.
 */
struct credentials;
struct credentials *credentials_new(const struct hash_key *key);
void credentials_free(struct credentials *credentials);
/* False: it has to be opened first. Without a sealed credential the plain one is empty. */
bool credentials_get(const struct credentials *credentials, const struct target *target, slice *ret_plain);
/* Asks the signer; `done` is called later, E_OK when credentials_get will succeed. */
typedef void credentials_done(void *context, enum error code);
void credentials_open(struct credentials *credentials, struct services *services, const struct target *target,
		      credentials_done *done, void *context);

#endif
