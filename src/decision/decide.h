/* The decision: may this caller do this now? Pure, without heap, and denied unless everything says otherwise. */
#ifndef TIPSTAFF_DECISION_DECIDE_H
#define TIPSTAFF_DECISION_DECIDE_H

#include "decision/reason.h"
#include "decision/snapshot.h"
#include "identity/caller.h"
#include "text/json.h"

/* What kind of call it is. Zero is a method that nobody knows. */
enum decision_call {
	CALL_UNKNOWN = 0,
	CALL_TOOL,   /* tools/call */
	CALL_METHOD  /* a known method that is decided by `mcp:<method>` on its server */
};

/* What is asked. Zeroed, it is denied. Everything is borrowed. */
struct decision_input {
	enum decision_call call;
	const struct snapshot *snapshot; /* NULL: not_ready */
	const struct caller *caller;     /* NULL: agent.unregistered */
	slice method;                    /* tools/call, resources/read, ...; for the record too */
	slice server;                    /* id; of CALL_TOOL it may be empty */
	slice tool;                      /* of CALL_TOOL: `server.tool`, known or not */
	const struct json_doc *doc;      /* where `arguments` stands */
	const struct json_node *arguments; /* of the tool; of a method its params. NULL: none */
	slice session;
	int64_t now_ms;                  /* since 1970 */
	bool evidence_ready;             /* a permit could be recorded */
	struct cedar_history *history;   /* of the caller's session, held (decision/histories.h); NULL: none is known */
	slice decision_id;               /* what earlier events of the history are named by later on */
};

/* A policy that made the decision. */
struct decision_policy {
	slice id;
	slice source;   /* file name, or `grant` */
	uint32_t line;
	bool forbids;
	slice sentence; /* its @reason, else its @id, else empty */
	slice witness;  /* the earlier decision that its history condition rests on; empty: none alone */
};

/* What was decided, with all that `tipstaff why` shows. Lives in the arena, the snapshot and the input. */
struct decision {
	enum verdict verdict;
	enum reason reason;
	slice reason_text;     /* the code; with detail where it has one: agent.state=suspended */
	bool observed;         /* not permitted, and let through because the agent is only observed */
	slice missing;         /* what would change it; empty where nothing simple would */
	slice detail;          /* what was wrong with arguments, target or policies; for a person */
	/* For the agent: nothing secret, and the same whether or not the tool exists, unless it is listed anyway. */
	slice public_reason;
	slice public_sentence;
	slice public_missing;

	const struct decision_policy *policies;
	size_t policy_count;
	const struct cedar_fact *facts;
	size_t fact_count;
	size_t facts_left_out;
	const struct cedar_change *remedy; /* conditions on facts declared changeable that would permit; for operators */
	size_t remedy_count;
	slice remedy_policy;   /* what would permit then */
	const slice *errors;   /* `policy: sentence`, policies that could not be evaluated */
	size_t error_count;
	/* What policies were asked about, one for each target: to be added to the session's history with the verdict. */
	const struct cedar_event *events;
	size_t event_count;

	const struct agent_row *agent;   /* NULL where unknown; so are the others */
	const struct tool_row *tool;
	const struct server_row *server;
	const struct task_row *task;     /* a registered one */
	slice server_id;
	slice tool_id;         /* as asked */
	slice action;          /* `fs.read_file`, `mcp:resources/read` */
	slice target;          /* normalised; of several: separated by ", "; empty where the tool has no target */
	slice effect;
	uint64_t revision;     /* of the registry */
	const unsigned char *policy_digest; /* SNAPSHOT_DIGEST_BYTES, or NULL */
};

/* May the call go on to its target? Ask only after the record of the decision is durable. */
static inline bool decision_lets_through(const struct decision *decision)
{
	return decision->verdict == PERMIT || decision->observed;
}

/* Always fills `*ret`; any failure inside is a DENY. */
void decide(const struct decision_input *input, struct decision *ret, struct arena *arena);

/*
 * Could this caller do anything at all now? REASON_PERMITTED, or why not: agent, token, task or purpose stand against
 * it (not_ready, agent.*, token.revoked, task.closed, purpose.*).
 */
enum reason decide_caller(const struct snapshot *snapshot, const struct caller *caller, int64_t now_ms);

/*
 * Is the tool shown to this caller: could some call of it be permitted now? `input->tool` names it; arguments are not
 * read. An agent that is only observed sees every pinned tool. As well for a method of a server (CALL_METHOD).
 */
bool decide_is_listed(const struct decision_input *input, struct arena *arena);

/* A request in Cedar's own terms, of an enforcement point that asks for something else than an agent. */
struct decision_direct {
	const struct snapshot *snapshot;
	const struct cedar_uid *principal;
	const struct cedar_uid *action;
	const struct cedar_uid *resource;
	/* Of this request, before those of the snapshot; may be NULL. */
	const struct cedar_entities *entities;
	struct cedar_value context;            /* a record, or zeroed */
	bool without_facts;                    /* what was read need not be told */
	int64_t now_ms;
	bool evidence_ready;
};

/* As decide, by operator policies alone. `action`, `target` and `tool_id` of `*ret` are the names asked for. */
void decide_direct(const struct decision_direct *input, struct decision *ret, struct arena *arena);

enum decision_place { DECISION_PRINCIPAL = 0, DECISION_ACTION, DECISION_RESOURCE };

/*
 * Which of the candidates, put in this place of the question, are permitted? What stands there gives the type only.
 * `permitted` has `count` items. A candidate whose decision had to be given up is not permitted, as decide_direct would
 * say. The snapshot is there and not broken. E_INVALID, E_MEMORY: none are permitted.
 */
MUST_USE enum error decide_direct_each(const struct decision_direct *input, enum decision_place place,
				       const struct cedar_uid *const *candidates, size_t count, bool *permitted,
				       struct arena *arena, struct fault *why);

#endif
