/*
 * The Model Context Protocol as the gateway sees it: revisions, the table of methods and who may send them, and what
 * a message must look like. Both eras: sessions opened by `initialize` (up to 2025-11-25) and the stateless one
 * (2026-07-28), where every request says in `_meta` what it is.
 */
#ifndef TIPSTAFF_PROTOCOL_MCP_H
#define TIPSTAFF_PROTOCOL_MCP_H

#include "protocol/jsonrpc.h"

enum mcp_revision {
	MCP_REVISION_NONE = 0, /* unknown to us */
	MCP_2025_03_26,
	MCP_2025_06_18,
	MCP_2025_11_25,
	MCP_2026_07_28,
	MCP_REVISION_COUNT
};
#define MCP_REVISION_LEGACY_LATEST MCP_2025_11_25
#define MCP_REVISION_MODERN_LATEST MCP_2026_07_28

enum mcp_era { MCP_ERA_NONE = 0, MCP_ERA_LEGACY, MCP_ERA_MODERN };

slice mcp_revision_name(enum mcp_revision revision);
/* MCP_REVISION_NONE where the name is not known. */
enum mcp_revision mcp_revision_of(slice name);
enum mcp_era mcp_revision_era(enum mcp_revision revision);

/* Errors that MCP defines (2026-07-28 basic/index, "Error Codes"). Refusals of our own lie outside -32768..-32000. */
#define MCP_ERROR_HEADER_MISMATCH (-32020)
#define MCP_ERROR_MISSING_CAPABILITY (-32021)
#define MCP_ERROR_UNSUPPORTED_VERSION (-32022)

/* How a message is let through. Zero is denied, so a method that is in no table never passes. */
enum mcp_rule {
	MCP_DENIED = 0,
	MCP_HANDSHAKE,    /* initialize, server/discover */
	MCP_PASS,         /* says nothing and asks for nothing */
	MCP_LIST,         /* passes; the answer is filtered */
	MCP_CALL,         /* tools/call: decided with its arguments */
	MCP_DECIDED,      /* decided by the action `mcp:<method>` */
	MCP_LISTEN,       /* subscriptions/listen: its resource subscriptions are decided */
	MCP_NOTIFICATION, /* known, passes without an answer */
	MCP_RULE_COUNT
};

enum mcp_method_id {
	MCP_METHOD_UNKNOWN = 0,
	MCP_INITIALIZE,
	MCP_DISCOVER,
	MCP_PING,
	MCP_TOOLS_LIST,
	MCP_TOOLS_CALL,
	MCP_RESOURCES_LIST,
	MCP_RESOURCES_TEMPLATES_LIST,
	MCP_RESOURCES_READ,
	MCP_RESOURCES_SUBSCRIBE,
	MCP_RESOURCES_UNSUBSCRIBE,
	MCP_PROMPTS_LIST,
	MCP_PROMPTS_GET,
	MCP_COMPLETE,
	MCP_SET_LEVEL,
	MCP_SUBSCRIPTIONS_LISTEN,
	MCP_SAMPLING,
	MCP_ELICITATION,
	MCP_ROOTS_LIST,
	MCP_INITIALIZED,
	MCP_CANCELLED,
	MCP_PROGRESS,
	MCP_ROOTS_CHANGED,
	MCP_LOG_MESSAGE,
	MCP_TOOLS_CHANGED,
	MCP_RESOURCES_CHANGED,
	MCP_PROMPTS_CHANGED,
	MCP_RESOURCE_UPDATED,
	MCP_ELICITATION_COMPLETE,
	MCP_SUBSCRIPTIONS_ACKNOWLEDGED,
	MCP_METHOD_COUNT
};

enum mcp_sender { MCP_CLIENT = 1, MCP_SERVER = 2 };

struct mcp_method {
	enum mcp_method_id id;
	slice name;
	enum mcp_rule rule;       /* when the client sends it */
	unsigned char legacy;     /* bits of enum mcp_sender: who may send it in that era; 0: not part of it */
	unsigned char modern;
	bool notification;
	slice object_param;       /* the parameter that Mcp-Name mirrors and that a decision is about; empty: none */
	slice list_key;           /* of lists: the member of the result that holds the items */
};

/* NULL where the method is unknown. */
const struct mcp_method *mcp_method_of(slice name);
/* The row of a known id. */
const struct mcp_method *mcp_method_row(enum mcp_method_id id);
/* May `sender` send this message in this era? Unknown methods: never. */
bool mcp_may_send(const struct mcp_method *method, enum mcp_sender sender, enum mcp_era era, enum jsonrpc_kind kind);

/* 1 to 128 of A-Z a-z 0-9 _ - . (2025-11-25 server/tools, "Tool Names"). */
bool mcp_tool_name_valid(slice name);
#define MCP_TOOL_NAME_BYTES_MAX 128u

/* What a multiplexed name is made of: `<server>__<tool>`. A server id has no underscore, so the cut is unambiguous. */
#define MCP_NAME_SEPARATOR "__"
/* False where there is no separator or a part is empty. */
bool mcp_name_split(slice name, slice *ret_server, slice *ret_tool);

/* What a client's message says about itself. */
struct mcp_request {
	struct jsonrpc_message message;
	const struct mcp_method *method;        /* NULL: unknown, or an answer */
	enum mcp_era era;                       /* of `_meta`: modern where it names a protocol version */
	slice version;                          /* as named in `_meta`, or empty */
	const struct json_node *meta;           /* params._meta, or NULL */
	const struct json_node *arguments;      /* of tools/call, or NULL */
	slice object;                           /* the value of the method's object_param; empty where it has none */
	bool has_object;
};

/*
 * Reads a client's message further than jsonrpc_read: members of `params` and `_meta` that only look like protocol
 * ones are refused, the object (tool name, resource uri, prompt name) must be a string where the method needs it,
 * arguments must be an object.
 * E_REQUEST, E_LIMIT: as jsonrpc_read.  E_INVALID: a parameter is missing or of the wrong type (-32602).
 */
MUST_USE enum error mcp_read_request(const struct json_doc *doc, struct mcp_request *ret_request, struct fault *why);

/* The session id of the legacy era: 1 to 256 visible ASCII characters (2025-11-25 basic/transports). */
bool mcp_session_id_valid(slice id);

#endif
