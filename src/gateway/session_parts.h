/* What a session is made of. Private to sessions.c and session_state.c. */
#ifndef TIPSTAFF_GATEWAY_SESSION_PARTS_H
#define TIPSTAFF_GATEWAY_SESSION_PARTS_H

#include "base/map.h"
#include "gateway/sessions.h"

#include <pthread.h>

struct session_server {
	slice server;
	slice upstream;
	bool opened;
};

struct session_asked {
	slice shown_id; /* what the client sees */
	slice id;       /* what the server said */
	slice server;
};

/* All slices are owned by the session; each has its own memory. */
struct session {
	slice id;
	slice agent;
	slice subject;
	slice server;
	slice hello;
	enum mcp_revision revision;
	int64_t used_ns;
	struct session_server *servers;
	size_t server_count;
	struct session_pending *pending;
	size_t pending_count;
	struct session_asked *asked;
	size_t asked_count;
	uint64_t asked_ever;
};

#define SERVER_ID_BYTES_MAX 32u

struct known_server {
	char id[SERVER_ID_BYTES_MAX];
	size_t length;
	bool sessions_only;
};

struct mcp_sessions {
	pthread_mutex_t lock;
	struct map by_id; /* of struct session */
	struct known_server known[SESSION_SERVERS_KNOWN_MAX];
	size_t known_count;
};

/* Under the lock. NULL: none of that key. */
struct session *session_locked(struct mcp_sessions *sessions, const struct session_key *key);

/* A copy on the heap; false: no memory. Empty stays empty. */
bool text_keep(slice *to, slice text);
void text_drop(slice *text);
/* Room for one more in an array of at most `max`. E_LIMIT, E_MEMORY. */
MUST_USE enum error array_grow(void **array, size_t count, size_t max, size_t item_bytes, struct fault *why);

#endif
