/* What a command would do: checked against everything that exists, told as a list of changes, with nothing done yet. */
#ifndef TIPSTAFF_REGISTRY_PLAN_H
#define TIPSTAFF_REGISTRY_PLAN_H

#include "registry/registry.h"

/* Changes of one command: all tools of a server, all grants and tasks of an agent that is retired, a folder of policies. */
#define PLAN_CHANGES_MAX 8192u
#define PLAN_RANDOM_BYTES 10u
#define REASON_BYTES_MAX 256u
/* A discovered server's tools come in one command. */
#define COMMAND_BYTES_MAX (500u * 1024u)
/* The recorder's own commands (its policy folder) pass no ring. */
#define COMMAND_OWN_BYTES_MAX (16u * 1024u * 1024u)

enum command_op {
	COMMAND_NONE = 0,
	COMMAND_CREATE,   /* E_CONFLICT where it exists */
	COMMAND_PUT,      /* create or replace */
	COMMAND_PATCH,    /* merge (RFC 7396) */
	COMMAND_DELETE,
	COMMAND_MOVE,     /* a verb: approve, suspend, retire, ... */
	COMMAND_DISCOVER, /* the tools that a server offers now */
	COMMAND_POLICIES, /* many policies and suites in one step, or none of them */
	COMMAND_OP_COUNT
};

/*
 * As JSON: {"op":"create|put|patch|delete|move|discover|policies","kind","id","object":{..},"actor","dry_run",
 * "if_match":n,"verb":"approve","reason","idempotency_key","body_sha256"}. `discover` has the kind "server" and the
 * object {"tools":[..]}: the tool objects as the server published them. `policies` has the kind "policy" and the object
 * {"policies":[..],"suites":[..],"delete_policies":[ids],"delete_suites":[ids]}.
 *
 * Whatever changes policies or suites is refused where a suite that it concerns does not hold afterwards, and makes a
 * policy_version where the set has another digest than before, or a suite differs.
 */
struct command {
	enum command_op op;
	enum kind kind;
	slice id; /* empty: from the object, or generated */
	const struct json_doc *doc;
	const struct json_node *object; /* NULL where there is none */
	slice actor;
	slice verb;   /* of COMMAND_MOVE */
	slice reason;
	slice idempotency_key;
	slice body_sha256;
	uint64_t if_match; /* the revision that the object must have; 0: any */
	bool dry_run;
};

/* `*command` borrows from `text` and `arena`. E_SYNTAX, E_INVALID: not a command (field named).  E_MEMORY. */
MUST_USE enum error command_read(struct command *command, slice text, struct arena *arena, struct fault *why);

/* A stored object: its JSON. */
typedef enum error plan_visit(void *visitor, enum kind kind, slice id, slice json, struct fault *why);

/* One object that is checked together with the others of its kind. */
struct plan_source {
	slice id;
	slice text;
};

struct plan_context {
	int64_t now_ms;
	unsigned char random[PLAN_RANDOM_BYTES]; /* for generated ids */
	/* Refuses policy text that cannot be loaded; NULL: any text is taken. */
	enum error (*check_policy)(void *context, slice id, slice text, struct fault *why);
	/* Refuses sets of entities that cannot be loaded together; NULL: any are taken. */
	enum error (*check_entities)(void *context, const struct plan_source *sources, size_t count, struct fault *why);
	/* Refuses a key set that cannot be used; NULL: its shape is checked only. */
	enum error (*check_jwks)(void *context, slice jwks, struct fault *why);
	/*
	 * Calls `visit` for each policy and suite as it was at that revision; stops at an error of `visit`. NULL: no version
	 * can be brought back. Called with `service`.
	 */
	enum error (*policies_at)(void *service, uint64_t revision, plan_visit *visit, void *visitor, struct fault *why);
	void *service;
	void *context;
};

struct plan {
	struct change *changes; /* in order; revisions follow on that of the registry */
	size_t count;           /* 0: nothing to do */
	int status;             /* of the answer once the changes are made (or, in a dry run, at once) */
	slice body;             /* of the answer, JSON; empty with status 204 */
	slice id;               /* of the object that the command is about */
	uint64_t revision;      /* of the registry afterwards */
	slice failed_tests;     /* also on failure: JSON list (suite_report_write); empty: no test failed */
};

/*
 * Everything in `*ret_plan` lies in `arena`, in the registry or in the command. Nothing is changed.
 * E_INVALID, E_LIMIT (field named): a value is not acceptable, names something that does not exist, or a suite fails.
 * E_NOT_FOUND: no such object or verb.  E_CONFLICT: exists already, is still referred to, or no such move from here.
 * E_FORBIDDEN: the actor may not.  E_PRECONDITION: if_match.  E_MEMORY.
 */
MUST_USE enum error registry_plan(const struct registry *registry, const struct command *command,
				  const struct plan_context *context, struct arena *arena, struct plan *ret_plan,
				  struct fault *why);

/* The verbs of a kind: `POST /v1/<plural>/{id}/<verb>`. Walk with `index` from 0; NULL at the end. */
const char *plan_verb(enum kind kind, size_t index, const char **ret_says);

#endif
