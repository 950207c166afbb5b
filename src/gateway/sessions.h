/*
 * Sessions of the legacy era: an id of ours, bound to one agent and subject, and behind it the upstream sessions, the
 * requests whose answers are still to come, and the requests of servers that the client has to answer.
 */
#ifndef TIPSTAFF_GATEWAY_SESSIONS_H
#define TIPSTAFF_GATEWAY_SESSIONS_H

#include "base/arena.h"
#include "base/error.h"
#include "base/hash.h"
#include "protocol/mcp.h"

/* Shared by all loops, guarded by itself; what is given out is copied into the caller's arena. */
struct mcp_sessions;

#define SESSIONS_MAX 16384u
#define SESSIONS_OF_AGENT_MAX 1024u     /* one agent must not crowd out the others */
#define SESSION_IDLE_NS (INT64_C(3600) * 1000000000)
#define SESSION_SERVERS_MAX 64u         /* upstream sessions behind one of ours */
#define SESSION_PENDING_MAX 256u        /* requests under way, each direction */
#define SESSION_ID_BYTES 64u
#define SESSION_HELLO_BYTES_MAX 16384u  /* params of initialize that are kept for opening upstream sessions */

/* What identifies a session to its owner. A session of someone else is not found. */
struct session_key {
	slice id;
	slice agent;
	slice subject;
	slice server; /* the endpoint: a server's id, or empty for /mcp */
};

struct session_new {
	struct session_key key;
	enum mcp_revision revision;
	slice upstream;  /* the server's session id; may be empty */
	bool opened;     /* the server behind `key.server` was initialised */
	slice hello;     /* params of initialize, JSON */
	int64_t now_ns;
};

struct session_view {
	enum mcp_revision revision;
	slice hello;
};

/* A request of the client whose answer is still to come: needed where it comes on another stream than its own. */
struct session_pending {
	slice id;          /* JSON text */
	slice server;
	enum mcp_method_id method;
	slice decision_id; /* empty: no record belongs to it */
	int64_t started_ns;
	slice history;     /* where its outcome belongs; may be empty */
};

/* NULL: no memory. */
struct mcp_sessions *mcp_sessions_new(const struct hash_key *key);
void mcp_sessions_free(struct mcp_sessions *sessions);
size_t mcp_sessions_count(struct mcp_sessions *sessions);

/*
 * What discovery found out about a server that is registered without a revision: it speaks in sessions only. Kept
 * here because all loops have to know. Beyond SESSION_SERVERS_KNOWN_MAX nothing is noted.
 */
#define SESSION_SERVERS_KNOWN_MAX 1024u
void mcp_sessions_note_server(struct mcp_sessions *sessions, slice server, bool sessions_only);
bool mcp_sessions_only(struct mcp_sessions *sessions, slice server);

/* E_RATE: SESSIONS_OF_AGENT_MAX, or all places are taken by sessions in use.  E_LIMIT: a text is too long.  E_MEMORY. */
MUST_USE enum error session_open(struct mcp_sessions *sessions, const struct session_new *session, struct fault *why);
/* Marks it as used. E_NOT_FOUND: none of that key.  E_MEMORY. */
MUST_USE enum error session_find(struct mcp_sessions *sessions, const struct session_key *key, int64_t now_ns,
				 struct arena *arena, struct session_view *ret_view, struct fault *why);
/* Ends it. E_NOT_FOUND. */
MUST_USE enum error session_close(struct mcp_sessions *sessions, const struct session_key *key, struct fault *why);

/*
 * The session at `server` behind this one. `*ret_opened` false: none was opened yet. E_NOT_FOUND, E_MEMORY.
 */
MUST_USE enum error session_upstream(struct mcp_sessions *sessions, const struct session_key *key, slice server,
				     struct arena *arena, bool *ret_opened, slice *ret_upstream, struct fault *why);
/* Puts or replaces it; `opened` false forgets it. E_NOT_FOUND, E_LIMIT: SESSION_SERVERS_MAX.  E_MEMORY. */
MUST_USE enum error session_set_upstream(struct mcp_sessions *sessions, const struct session_key *key, slice server,
					 bool opened, slice upstream, struct fault *why);
/* The n-th upstream session, for ending them all. E_NOT_FOUND: there is no n-th. */
MUST_USE enum error session_nth_upstream(struct mcp_sessions *sessions, const struct session_key *key, size_t n,
					 struct arena *arena, slice *ret_server, slice *ret_upstream,
					 struct fault *why);

/* E_CONFLICT: a request with that id is under way (the answer could not be told apart).  E_NOT_FOUND, E_LIMIT, E_MEMORY. */
MUST_USE enum error session_expect(struct mcp_sessions *sessions, const struct session_key *key,
				   const struct session_pending *pending, struct fault *why);
/* Looks, and with `take` takes it out. E_NOT_FOUND: no request of ours, so whatever answers it is dropped. */
MUST_USE enum error session_expected(struct mcp_sessions *sessions, const struct session_key *key, slice id, bool take,
				     struct arena *arena, struct session_pending *ret_pending, struct fault *why);

/*
 * A request that `server` sent to the client. `*ret_id` is the id to show the client: the server's own, or, behind
 * /mcp, one of ours, since two servers may use the same. E_NOT_FOUND, E_LIMIT, E_MEMORY.
 */
MUST_USE enum error session_ask(struct mcp_sessions *sessions, const struct session_key *key, slice server, slice id,
				struct arena *arena, slice *ret_id, struct fault *why);
/* The client answers. E_NOT_FOUND: nobody asked. */
MUST_USE enum error session_answer(struct mcp_sessions *sessions, const struct session_key *key, slice id,
				   struct arena *arena, slice *ret_server, slice *ret_id, struct fault *why);

#endif
