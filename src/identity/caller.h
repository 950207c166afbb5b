/*
 * Who calls: what a verified task token says of agent, mode, chain, task and purpose (DESIGN D8).
 *
 * A caller is proven, never claimed. Whether its agent may act, and whether the token was revoked, is told by the
 * snapshot of the moment and decided in decision/decide.h.
 */
#ifndef TIPSTAFF_IDENTITY_CALLER_H
#define TIPSTAFF_IDENTITY_CALLER_H

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

/* Zero claims no human. */
enum caller_mode { CALLER_AUTONOMOUS = 0, CALLER_DELEGATED };

/* Human, agent, agent, ...: a longer chain is a mistake. */
#define CALLER_CHAIN_MAX 16u
/* The scope of a token that names no tools: whatever is permitted for its purpose. */
#define CALLER_SCOPE_ALL "*"
/* Tools that one token may name. */
#define CALLER_SCOPE_MAX 256u
/* A task token is about 900 bytes; what is far longer is not ours. */
#define CALLER_TOKEN_BYTES_MAX 8192u

/* Zeroed, it is nobody and may do nothing. All texts are borrowed from where the caller was made. */
struct caller {
	slice agent;       /* the registered id: the outermost actor */
	slice instance;    /* the running copy: `<agent>#<n>` */
	slice subject;     /* the human in delegated mode, else the agent */
	enum caller_mode mode;
	slice chain[CALLER_CHAIN_MAX]; /* from the human or root agent to the acting agent */
	unsigned chain_count;
	unsigned depth;    /* hops of delegation */
	slice requester;
	slice purpose;
	slice task;
	const slice *scope; /* `server.tool`, `server.*`, or CALLER_SCOPE_ALL */
	unsigned scope_count;
	bool unscoped;     /* no token limits the tools: an operator asks on behalf of the agent */
	slice token;       /* jti, `t_<ulid>`; empty where an operator asks */
	slice transaction; /* txn, `txn_<ulid>`: the same over the whole chain */
	slice audience;
	slice issuer;
	int64_t issued_s;
	/* When the first token of the chain was issued, to the millisecond (the times inside jti and txn). */
	int64_t original_issue_ms;
	int64_t expires_s;
};

struct jwk_set;

/* What a token must match. `now_s` and the keys come from the shell. */
struct caller_check {
	const struct jwk_set *keys; /* of the own signer */
	slice issuer;
	slice audience;
	int64_t now_s;
	int64_t skew_s; /* 0 for tokens of this machine: they were issued by the same clock */
};

/*
 * Reads and verifies a task token. On success `*ret_caller` borrows from `arena`.
 * E_UNAUTHENTICATED: not a token of ours (form, type, algorithm, issuer, audience, claims).  E_SIGNATURE: its signature
 * does not verify.  E_EXPIRED.  E_LIMIT: CALLER_TOKEN_BYTES_MAX and others above.  E_MEMORY.
 */
MUST_USE enum error caller_verify(const struct caller_check *check, slice token, struct arena *arena,
				  struct caller *ret_caller, struct fault *why);

/* May the token be used for this tool (`server.tool`)? `server.*` and CALLER_SCOPE_ALL cover it too. */
bool caller_scope_covers(const struct caller *caller, slice tool);

#endif
