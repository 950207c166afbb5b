/*
 * Everything that a decision reads, as it was at one revision of the registry: immutable, shared by all threads.
 *
 * A builder follows the changes of the registry; publishing gives a new snapshot that shares with the former one
 * all that did not change (base/trie.h). What former snapshots alone still hold is collected in a retire_list, which
 * the shell releases after a grace period of its readers.
 */
#ifndef TIPSTAFF_DECISION_SNAPSHOT_H
#define TIPSTAFF_DECISION_SNAPSHOT_H

#include "base/arena.h"
#include "base/retire.h"
#include "base/trie.h"
#include "cedar/cedar.h"
#include "token/jwk.h"

/* Objects of one kind. One worker holds them in memory; 1 M rows of 4 KB are what a large machine can take. */
#define SNAPSHOT_ROWS_MAX (1000u * 1000u)
/* Bytes that one row may take: the object and what is compiled from it. */
#define SNAPSHOT_ROW_BYTES_MAX (4u * 1024u * 1024u)
#define SNAPSHOT_DIGEST_BYTES 32u

/*
 * Rows are immutable once in a snapshot. Their texts live in their own arena. Zeroed, a row allows nothing: states
 * are named so that false is the harmless one.
 */
struct row {
	struct retired retired;
	struct arena arena;
	slice id;
	uint64_t revision;
	slice object; /* the registry's JSON */
};

struct agent_row {
	struct row row;
	slice name;
	slice owner;
	slice deputy;
	slice purpose;
	slice environment;
	slice model;
	slice class;
	slice state;        /* registered, approved, suspended, quarantined, decommissioned */
	slice team;
	slice domain;
	bool may_act;       /* the state is approved */
	bool observed_only; /* denials are recorded, not enforced */
	int64_t cutoff_ms;  /* tokens that go back to this moment or before are refused; never goes down */
	slice jwks;         /* JSON; empty: none */
	struct jwk_set keys;
	struct cedar_uid uid;
	struct cedar_entities *layer; /* the agent and its parents */
};

/* What an agent may do by its grants; changes with each grant, not with the agent. */
struct authority_row {
	struct row row;               /* id: the agent's */
	const struct grant_row *const *grants;
	size_t grant_count;
	struct cedar_policyset *policies; /* one permit for each active grant; NULL: none */
	bool broken;                      /* they could not be compiled: DENY policy.error */
};

struct grant_row {
	struct row row;
	slice agent;
	slice purpose;
	const slice *tools;    /* `server.tool` or `server.*` */
	size_t tool_count;
	const slice *targets;  /* globs; none: any target */
	size_t target_count;
	int64_t expires_ms;    /* 0: never */
	bool active;
};

/* What the target argument of a tool names. */
enum tool_target { TOOL_TARGET_NONE = 0, TOOL_TARGET_PATH, TOOL_TARGET_URL, TOOL_TARGET_STRING };

struct tool_row {
	struct row row;
	slice server;
	slice name;
	slice effect;
	enum tool_target target_type;
	slice target_argument;
	slice definition;             /* JSON of the whole tool object */
	unsigned char definition_sha256[SNAPSHOT_DIGEST_BYTES];
	slice state;                  /* pinned, changed, gone */
	bool pinned;
	struct cedar_uid action;
	struct cedar_uid resource;    /* Tipstaff::Tool */
	uint64_t target_hash;         /* of the type of its targets, as cedar_uid_join takes it */
	struct cedar_entities *layer; /* action, tool and server with their parents */
};

struct server_row {
	struct row row;
	slice url;
	slice protocol_version; /* auto, 2025-11-25, 2026-07-28 */
	slice authorization;    /* sealed; empty: none */
	bool active;
};

struct purpose_row {
	struct row row;
	slice name;
	slice owner;
	bool active;
};

struct task_row {
	struct row row;
	slice agent;
	slice purpose;
	slice on_behalf_of;
	slice requester;
	slice description;
	const slice *tools;
	size_t tool_count;
	const slice *targets;
	size_t target_count;
	int64_t expires_ms; /* 0: never */
	bool open;
};

struct principal_row {
	struct row row;
	slice name;
	bool human;
	bool active;
};

struct policy_row {
	struct row row;
	slice source;
	slice text;
};

/* One set of the operator's entities. */
struct entities_row {
	struct row row;
	slice text;
};

/* An enforcement point outside. */
struct pep_row {
	struct row row;
	unsigned char key_sha256[SNAPSHOT_DIGEST_BYTES];
	const slice *asserts; /* `subject.role`, `resource.*`: properties that are believed */
	size_t assert_count;
	bool may_search;
	bool active;
};

/* A token (by its jti), a chain of tokens (by its txn) or a task that was revoked on its own; the id says which. */
struct revocation_row {
	struct row row;
};

/* Read the fields freely. */
struct snapshot {
	struct retired retired;
	uint64_t revision;
	struct hash_key key;      /* all Cedar names are hashed with it */
	struct trie agents;
	struct trie authorities;
	struct trie grants;
	struct trie tools;
	struct trie servers;
	struct trie purposes;
	struct trie tasks;
	struct trie principals;
	struct trie policies;
	struct trie entity_sets;
	struct trie peps;
	struct trie revocations;
	const struct cedar_policyset *policyset; /* NULL while broken, or where there is no policy */
	const struct cedar_entities *entities;    /* of the operator; NULL: none */
	const struct directory *directory;        /* decision/directory.h */
	unsigned char policy_digest[SNAPSHOT_DIGEST_BYTES];
	bool broken;              /* policies or entities could not be loaded: every decision is a DENY policy.error */
	char broken_sentence[400]; /* NUL-terminated */
};

const struct agent_row *snapshot_agent(const struct snapshot *snapshot, slice id);
const struct authority_row *snapshot_authority(const struct snapshot *snapshot, slice agent);
const struct grant_row *snapshot_grant(const struct snapshot *snapshot, slice id);
const struct tool_row *snapshot_tool(const struct snapshot *snapshot, slice id);
const struct server_row *snapshot_server(const struct snapshot *snapshot, slice id);
const struct purpose_row *snapshot_purpose(const struct snapshot *snapshot, slice id);
const struct task_row *snapshot_task(const struct snapshot *snapshot, slice id);
const struct principal_row *snapshot_principal(const struct snapshot *snapshot, slice id);
const struct pep_row *snapshot_pep(const struct snapshot *snapshot, slice id);
/* Was this token (jti), chain (txn) or task revoked on its own? */
bool snapshot_is_revoked(const struct snapshot *snapshot, slice id);
/* All agents, in byte order of their ids. E_MEMORY. */
MUST_USE enum error snapshot_agents(const struct snapshot *snapshot, struct arena *arena,
				    const struct agent_row *const **ret_agents, size_t *ret_count, struct fault *why);
/* All tools (of `server`, where that is not empty), in byte order of their ids. E_MEMORY. */
MUST_USE enum error snapshot_tools(const struct snapshot *snapshot, slice server, struct arena *arena,
				   const struct tool_row *const **ret_tools, size_t *ret_count, struct fault *why);

struct snapshot_builder;

/* `key` was drawn once for the process. NULL: no memory. */
struct snapshot_builder *snapshot_builder_new(const struct hash_key *key);
/* With all rows and the snapshot last published: call it when no reader is left. */
void snapshot_builder_free(struct snapshot_builder *builder);

/*
 * Takes in one change: `{"op":"put"|"delete","kind":...,"id":...,"revision":n,"object":{...},"time":...}`.
 * Nothing is visible before snapshot_publish. Kinds that no decision reads are skipped.
 * E_SYNTAX, E_INVALID: not such a change; nothing has changed.  E_LIMIT, E_MEMORY: the builder may have taken in a
 * part; the shell starts again from an empty builder.
 */
MUST_USE enum error snapshot_builder_apply(struct snapshot_builder *builder, slice change, struct fault *why);
/*
 * Makes the snapshot of all changes so far; it stays valid until `*retired` of the next publish is released.
 * What is only held by former snapshots is added to `*retired`. A policy that cannot be compiled makes a broken
 * snapshot, not an error. E_MEMORY: the former snapshot stays the current one.
 */
MUST_USE enum error snapshot_publish(struct snapshot_builder *builder, const struct snapshot **ret_snapshot,
				     struct retire_list *retired, struct fault *why);

#endif
