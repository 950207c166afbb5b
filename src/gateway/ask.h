/* One message of the gateway itself to a target, and its one answer, whole: opening sessions, lists, ending them. */
#ifndef TIPSTAFF_GATEWAY_ASK_H
#define TIPSTAFF_GATEWAY_ASK_H

#include "gateway/target.h"

#define ASK_DEADLINE_MS 30000u

/* Everything is copied. */
struct ask {
	const struct target *target;
	enum http1_method http;     /* POST or DELETE */
	slice session;              /* the target's session id; empty: none */
	enum mcp_revision revision; /* written as MCP-Protocol-Version; none: not written */
	slice method;               /* JSON-RPC method; mirrored where the revision is modern */
	slice body;
	bool answered;              /* a request: its answer (any id) is waited for; else the status is all */
};

/* Valid during the callback only. */
struct ask_answer {
	enum error outcome;         /* E_OK: the target answered, whatever it said */
	int status;                 /* HTTP; 0: none came */
	slice session;              /* Mcp-Session-Id of the answer */
	slice message;              /* the JSON-RPC answer as it came; empty: none */
	const struct fault *why;
};

typedef void ask_done(void *context, const struct ask_answer *answer);

/* `done` may be NULL; it is never called from inside. */
void ask_start(struct services *services, const struct ask *ask, ask_done *done, void *context);

#endif
