/* Headers that mirror the body of an MCP request (2026-07-28 basic/transports/streamable-http): checked, and made. */
#ifndef TIPSTAFF_PROTOCOL_MCP_HEADERS_H
#define TIPSTAFF_PROTOCOL_MCP_HEADERS_H

#include "protocol/mcp.h"

/* A header as it came; ptr NULL where it did not. */
struct mcp_mirror {
	slice version; /* MCP-Protocol-Version */
	slice method;  /* Mcp-Method */
	slice name;    /* Mcp-Name */
};

/*
 * Does the mirror agree with the body of a modern request? The body decides; the headers must say the same. Requests
 * need all of them (Mcp-Name where the method has an object); notifications need none, but what is there must agree.
 * E_REQUEST: missing, malformed or another value (-32020).
 */
MUST_USE enum error mcp_check_mirror(const struct mcp_request *request, const struct mcp_mirror *mirror,
				     struct arena *arena, struct fault *why);
/* In the legacy era Mcp-Method and Mcp-Name mean nothing, so where they are present they must not lie. Same errors. */
MUST_USE enum error mcp_check_mirror_legacy(const struct mcp_request *request, const struct mcp_mirror *mirror,
					    struct arena *arena, struct fault *why);

/*
 * The value behind a header: `=?base64?...?=` is decoded, everything else is itself.
 * E_REQUEST: characters that no header value may have, or a broken sentinel.  E_MEMORY.
 */
MUST_USE enum error mcp_header_decode(slice header, struct arena *arena, slice *ret_value, struct fault *why);
/* The header for a value, in sentinel form where it needs it. ptr NULL: no memory. */
slice mcp_header_encode(slice value, struct arena *arena);

/* A header Mcp-Param-<name> that the arguments of a call demand. */
struct mcp_param {
	slice name;  /* as the schema's x-mcp-header says */
	slice value; /* decoded: text as it is, integers in decimal, true, false */
	bool integer;
};
#define MCP_PARAMS_MAX 64u /* annotated properties in one schema; more is refused */

/*
 * The headers that `arguments` (of `doc`; NULL is fine) demand under `schema` (a tool's inputSchema). `to` has room for
 * MCP_PARAMS_MAX. Arguments that are absent or null demand none.
 * E_INVALID: the schema's annotations break the rules of the specification (such a tool is not to be offered).
 * E_REQUEST: an annotated argument is not of a primitive type.  E_LIMIT: too many, or nested too deep.  E_MEMORY.
 */
MUST_USE enum error mcp_params_demanded(const struct json_node *schema, const struct json_doc *doc,
					const struct json_node *arguments, struct arena *arena, struct mcp_param *to,
					size_t *ret_count, struct fault *why);
/* E_INVALID: as above. For discovery. */
MUST_USE enum error mcp_schema_check(const struct json_node *schema, struct fault *why);
/* Does the header (as it came) carry `param`? Integers are compared as numbers. E_REQUEST: no.  E_MEMORY. */
MUST_USE enum error mcp_param_check(const struct mcp_param *param, slice header, struct arena *arena,
				    struct fault *why);

#endif
