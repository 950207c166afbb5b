/* One JSON-RPC 2.0 message as MCP uses it: read strictly, classified, and the errors that answer it. */
#ifndef TIPSTAFF_PROTOCOL_JSONRPC_H
#define TIPSTAFF_PROTOCOL_JSONRPC_H

#include "base/buffer.h"
#include "text/json.h"

/* Zero is no message at all. */
enum jsonrpc_kind {
	JSONRPC_NONE = 0,
	JSONRPC_REQUEST,
	JSONRPC_NOTIFICATION,
	JSONRPC_RESULT,
	JSONRPC_ERROR,
	JSONRPC_KIND_COUNT
};

/* Nodes and slices lie in the document that was read. */
struct jsonrpc_message {
	enum jsonrpc_kind kind;
	slice method;                    /* of requests and notifications */
	const struct json_node *id;      /* string or integer; NULL in notifications and in errors without an id */
	const struct json_node *params;  /* object, or NULL */
	const struct json_node *result;  /* object, of JSONRPC_RESULT */
	const struct json_node *error;   /* object, of JSONRPC_ERROR */
	int64_t error_code;
	slice error_message;
};

#define JSONRPC_METHOD_BYTES_MAX 128u
#define JSONRPC_ID_BYTES_MAX 256u /* as written in JSON; it is kept for the life of a call */

/*
 * Classifies the message in `doc`. Refused, because two readers could disagree: a batch (MCP has had none since
 * 2025-06-18, and none is accepted in older sessions either), members that JSON-RPC does not know, members that differ
 * from its own only in case (`Method`), an id that is null, fractional or structured, both or neither of `result` and
 * `error`, params that are not an object (MCP knows no positional ones).
 * E_REQUEST: not one valid message.  E_LIMIT: id or method too long.
 */
MUST_USE enum error jsonrpc_read(const struct json_doc *doc, struct jsonrpc_message *ret_message, struct fault *why);

/*
 * Refuses a member of `object` (NULL is fine) whose name equals one of `names` only when case is ignored, also by the
 * foldings of Unicode that lead into ASCII (U+017F, U+212A): Go's reader would take it for the real one. E_REQUEST.
 */
MUST_USE enum error jsonrpc_refuse_lookalikes(const struct json_node *object, const slice *names, size_t count,
					      struct fault *why);
/* Are two names the same to a reader that ignores case? */
bool jsonrpc_names_alike(slice a, slice b);

/* The id as JSON text; `null` where there is none. */
slice jsonrpc_id_text(const struct json_doc *doc, const struct jsonrpc_message *message);

/* {"jsonrpc":"2.0","id":..,"error":{"code":..,"message":..[,"data":..]}}; `id` and `data` are JSON text, empty: absent,
 * where an absent id is written as null. */
void jsonrpc_write_error(struct buffer *to, slice id, int64_t code, slice message, slice data);
/* {"jsonrpc":"2.0","id":..,"result":..}; both are JSON text. */
void jsonrpc_write_result(struct buffer *to, slice id, slice result);

#endif
