/* The kinds of objects as structs, for those who decide on them. */
#ifndef TIPSTAFF_REGISTRY_ENTITY_H
#define TIPSTAFF_REGISTRY_ENTITY_H

#include "base/arena.h"
#include "registry/kind.h"
#include "registry/lifecycle.h"

/* Zero carries no authority in any of them. Times are nanoseconds since 1970; 0: none. */
enum principal_type { PRINCIPAL_UNKNOWN = 0, PRINCIPAL_HUMAN, PRINCIPAL_SERVICE };
enum agent_class {
	AGENT_GENERATIVE = 0,
	AGENT_CAUSAL,
	AGENT_PREDICTIVE,
	AGENT_AUTOMATION,
	AGENT_COPILOT,
	AGENT_AGENTIC,
	AGENT_CLASS_COUNT
};
enum tool_state { TOOL_GONE = 0, TOOL_CHANGED, TOOL_PINNED };
enum target_type { TARGET_STRING = 0, TARGET_PATH, TARGET_URL };
enum task_state { TASK_CANCELLED = 0, TASK_COMPLETE, TASK_OPEN };

struct entity_texts {
	slice *items;
	size_t count;
};

struct principal {
	slice id, name, email;
	enum principal_type type;
	bool active;
};

struct purpose {
	slice id, name, owner;
	bool active;
};

struct agent {
	slice id, name, owner, deputy, purpose, environment, model, team, domain;
	slice state_reason;
	slice jwks; /* JSON text; empty where it has no keys */
	int64_t cutoff_ns; /* tokens that go back to this moment or before are refused */
	enum lifecycle state;
	enum agent_class class;
	bool enforced; /* false: observed only, because an operator said so */
};

struct server {
	slice id, url, protocol_version;
	slice authorization; /* sealed; empty where there is none */
	bool active;
};

struct tool {
	slice id, server, name, effect;
	slice target_argument; /* empty where it has no target */
	enum target_type target_type;
	slice definition;      /* JSON text; empty where nothing is pinned */
	slice definition_sha256; /* hex */
	enum tool_state state;
};

struct grant {
	slice id, agent, purpose_id;
	struct entity_texts tools, targets;
	int64_t expires_ns;
	bool active;
};

struct task {
	slice id, agent, purpose, on_behalf_of, requester, description;
	struct entity_texts tools, targets;
	int64_t expires_ns;
	enum task_state state;
};

struct policy {
	slice id, text, source;
};

/* A set of entities of the operator's. */
struct entities {
	slice id, text, source;
};

struct pep {
	slice id;
	slice key_sha256; /* hex */
	struct entity_texts asserts;
	bool may_search;
	bool active;
};

/*
 * Each reads a stored object (`object` is its JSON). Slices lie in `object` or in `arena`.
 * E_SYNTAX, E_INVALID: not such an object; `*ret` is zeroed then.  E_MEMORY.
 */
MUST_USE enum error principal_read(struct principal *ret, slice object, struct arena *arena, struct fault *why);
MUST_USE enum error purpose_read(struct purpose *ret, slice object, struct arena *arena, struct fault *why);
MUST_USE enum error agent_read(struct agent *ret, slice object, struct arena *arena, struct fault *why);
MUST_USE enum error server_read(struct server *ret, slice object, struct arena *arena, struct fault *why);
MUST_USE enum error tool_read(struct tool *ret, slice object, struct arena *arena, struct fault *why);
MUST_USE enum error grant_read(struct grant *ret, slice object, struct arena *arena, struct fault *why);
MUST_USE enum error task_read(struct task *ret, slice object, struct arena *arena, struct fault *why);
MUST_USE enum error entities_read(struct entities *ret, slice object, struct arena *arena, struct fault *why);
MUST_USE enum error pep_read(struct pep *ret, slice object, struct arena *arena, struct fault *why);
MUST_USE enum error policy_read(struct policy *ret, slice object, struct arena *arena, struct fault *why);

const char *agent_class_name(enum agent_class class);

/* Does a pattern of a grant or task (`server.tool` or `server.*`) cover this tool? */
bool tool_pattern_covers(slice pattern, slice tool_id);

#endif
