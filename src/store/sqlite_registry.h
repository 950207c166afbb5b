/* The registry on disk: an SQLite database that is a view of the log, with the index up to which it has followed. */
#ifndef TIPSTAFF_STORE_SQLITE_REGISTRY_H
#define TIPSTAFF_STORE_SQLITE_REGISTRY_H

#include "base/arena.h"
#include "base/buffer.h"
#include "registry/plan.h"
#include "registry/registry.h"

/*
 * One connection with exclusive locking, write-ahead log, synchronous=NORMAL, no memory map: Debian's 3.40 has a bug
 * with two connections in WAL mode (evidence.md 3.1), so a second opener is refused. What a crash loses here is
 * replayed from the log. One thread at a time.
 *
 * After the first failed write the database is faulty: every further call fails with that fault until it is reopened,
 * and the recorder stops permits.
 */
struct sqlite_registry;

#define SQLITE_REGISTRY_SCHEMA 2 /* 2: former policies and suites are kept */
#define LIST_LIMIT_MAX 500u
#define LIST_LIMIT_USUAL 100u
#define IDEMPOTENCY_TTL_MS (24 * 3600 * 1000LL)
/* Unknown callers are strangers: only so many are kept, the one seen longest ago goes first. */
#define CALLERS_MAX 1000u

/*
 * Opens or makes the database. `log_id` names the log that it is a view of.
 * E_IO: cannot be opened or written.  E_CORRUPT: damaged, or the view of another log.  E_CONFLICT: opened elsewhere.
 * E_UNSUPPORTED: made by a later version.  E_MEMORY.
 */
MUST_USE enum error sqlite_registry_open(const char *path, slice log_id, struct sqlite_registry **ret_store,
					 struct fault *why);
/* NULL is fine. */
void sqlite_registry_close(struct sqlite_registry *store);
/* E_OK, or the fault that stopped it. */
MUST_USE enum error sqlite_registry_health(const struct sqlite_registry *store, struct fault *why);

/* Log records before this index have been applied. */
uint64_t sqlite_registry_applied(const struct sqlite_registry *store);
/* Puts every stored object into `registry`, in the order of kinds. E_CORRUPT, E_IO, E_MEMORY. */
MUST_USE enum error sqlite_registry_load(struct sqlite_registry *store, struct registry *registry, struct fault *why);

/* An answer that is given again to the same request. */
struct kept_reply {
	slice key;         /* Idempotency-Key */
	slice body_sha256; /* of the request */
	int status;
	slice body;
};

/*
 * Applies changes, the idempotent reply (NULL: none) and `applied`, the index after the last record, in one
 * transaction. E_IO, E_CORRUPT: the store is faulty from now on.
 */
MUST_USE enum error sqlite_registry_apply(struct sqlite_registry *store, const struct change *changes, size_t count,
					  uint64_t applied, const struct kept_reply *reply, int64_t now_ms,
					  struct fault *why);
/*
 * Applies one change that the log holds at `index`, where it was missed; older ones are passed over. Between
 * sqlite_registry_replay_begin and _end everything is one transaction.
 */
MUST_USE enum error sqlite_registry_replay_begin(struct sqlite_registry *store, struct fault *why);
MUST_USE enum error sqlite_registry_replay(struct sqlite_registry *store, const struct change *change, uint64_t index,
					   struct fault *why);
MUST_USE enum error sqlite_registry_replay_end(struct sqlite_registry *store, uint64_t applied, struct fault *why);

/* Copied into the arena. `*ret_found` false: no such key, or older than IDEMPOTENCY_TTL_MS. */
MUST_USE enum error sqlite_registry_kept_reply(struct sqlite_registry *store, slice key, int64_t now_ms,
					       struct arena *arena, struct kept_reply *ret_reply, bool *ret_found,
					       struct fault *why);

struct list_filter {
	slice field; /* must have FIELD_FILTER */
	slice value;
};

#define LIST_FILTERS_MAX 8u

struct list_query {
	enum kind kind;
	struct list_filter filters[LIST_FILTERS_MAX];
	size_t filter_count;
	unsigned limit;   /* 0: LIST_LIMIT_USUAL */
	slice page_token; /* of the page before; empty: the first */
};

/*
 * Writes {"items":[...],"next_page_token":"..."}: objects as shown, ordered by id; the token is empty on the last page.
 * E_INVALID (field named): no such filter, limit or token.  E_IO, E_CORRUPT, E_MEMORY, E_LIMIT.
 */
MUST_USE enum error sqlite_registry_list(struct sqlite_registry *store, const struct list_query *query,
					 struct arena *arena, struct buffer *out, struct fault *why);

/*
 * Policies and suites as they were at a revision, in order of kind and id; stops at the first error of `visit`.
 * E_IO, E_CORRUPT.
 */
MUST_USE enum error sqlite_registry_policies_at(struct sqlite_registry *store, uint64_t revision, plan_visit *visit,
						void *visitor, struct fault *why);
/*
 * Writes "items":[...],"next_page_token":"..." of them, as shown. E_INVALID: no such token.  E_IO, E_CORRUPT, E_MEMORY,
 * E_LIMIT.
 */
MUST_USE enum error sqlite_registry_policy_page(struct sqlite_registry *store, uint64_t revision, slice page_token,
						struct arena *arena, struct buffer *out, struct fault *why);

/* Somebody unregistered knocked (IDN-5). */
struct caller_sighting {
	slice client_id;
	slice thumbprint; /* of the key that was shown; empty: none */
	slice address;
	slice jwk;        /* the public key that was shown, JSON; empty: none */
	int64_t time_ms;
};

/* Counts it; `*ret_attempts` is 1 at the first sighting of this pair of client and key. E_IO, E_CORRUPT. */
MUST_USE enum error sqlite_registry_saw_caller(struct sqlite_registry *store, const struct caller_sighting *sighting,
					       uint64_t *ret_attempts, struct fault *why);
/* Writes {"items":[{"client_id","thumbprint","address","jwk","first_seen","last_seen","attempts"}]}, latest first. */
MUST_USE enum error sqlite_registry_callers(struct sqlite_registry *store, struct buffer *out, struct fault *why);
/* Forgets all sightings of a client, since it is registered now. */
MUST_USE enum error sqlite_registry_forget_caller(struct sqlite_registry *store, slice client_id, struct fault *why);

#endif
