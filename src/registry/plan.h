/* What a command would do: checked against everything that exists, told as a list of changes, with nothing done yet. */
#ifndef TIPSTAFF_REGISTRY_PLAN_H
#define TIPSTAFF_REGISTRY_PLAN_H

#include "registry/registry.h"

/* Changes of one command: all tools of a server, or all grants and tasks of an agent that is retired. */
#define PLAN_CHANGES_MAX 2048u
#define PLAN_RANDOM_BYTES 10u
#define REASON_BYTES_MAX 256u
/* A discovered server's tools come in one command. */
#define COMMAND_BYTES_MAX (500u * 1024u)

enum command_op {
	COMMAND_NONE = 0,
	COMMAND_CREATE,   /* E_CONFLICT where it exists */
	COMMAND_PUT,      /* create or replace */
	COMMAND_PATCH,    /* merge (RFC 7396) */
	COMMAND_DELETE,
	COMMAND_MOVE,     /* a verb: approve, suspend, retire, ... */
	COMMAND_DISCOVER, /* the tools that a server offers now */
	COMMAND_OP_COUNT
};

/*
 * As JSON: {"op":"create|put|patch|delete|move|discover","kind","id","object":{..},"actor","dry_run",
 * "if_match":n,"verb":"approve","reason","idempotency_key","body_sha256"}. `discover` has the kind "server" and the
 * object {"tools":[..]}: the tool objects as the server published them.
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

struct plan_context {
	int64_t now_ms;
	unsigned char random[PLAN_RANDOM_BYTES]; /* for generated ids */
	/* Refuses policy text that cannot be loaded; NULL: any text is taken. */
	enum error (*check_policy)(void *context, slice id, slice text, struct fault *why);
	/* Refuses a key set that cannot be used; NULL: its shape is checked only. */
	enum error (*check_jwks)(void *context, slice jwks, struct fault *why);
	void *context;
};

struct plan {
	struct change *changes; /* in order; revisions follow on that of the registry */
	size_t count;           /* 0: nothing to do */
	int status;             /* of the answer once the changes are made (or, in a dry run, at once) */
	slice body;             /* of the answer, JSON; empty with status 204 */
	slice id;               /* of the object that the command is about */
	uint64_t revision;      /* of the registry afterwards */
};

/*
 * Everything in `*ret_plan` lies in `arena`, in the registry or in the command. Nothing is changed.
 * E_INVALID, E_LIMIT (field named): a value is not acceptable, or names something that does not exist.
 * E_NOT_FOUND: no such object or verb.  E_CONFLICT: exists already, is still referred to, or no such move from here.
 * E_FORBIDDEN: the actor may not.  E_PRECONDITION: if_match.  E_MEMORY.
 */
MUST_USE enum error registry_plan(const struct registry *registry, const struct command *command,
				  const struct plan_context *context, struct arena *arena, struct plan *ret_plan,
				  struct fault *why);

/* The verbs of a kind: `POST /v1/<plural>/{id}/<verb>`. Walk with `index` from 0; NULL at the end. */
const char *plan_verb(enum kind kind, size_t index, const char **ret_says);

#endif
