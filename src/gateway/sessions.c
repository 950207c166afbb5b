#include "gateway/sessions.h"

#include "base/memory.h"
#include "gateway/session_parts.h"

#include <assert.h>
#include <string.h>

bool text_keep(slice *to, slice text)
{
	*to = (slice){NULL, 0};
	if (text.len == 0)
		return true;
	char *copy = memory_alloc(text.len);
	if (!copy)
		return false;
	memcpy(copy, text.ptr, text.len);
	*to = (slice){copy, text.len};
	return true;
}

void text_drop(slice *text)
{
	memory_free((void *)(uintptr_t)text->ptr);
	*text = (slice){NULL, 0};
}

enum error array_grow(void **array, size_t count, size_t max, size_t item_bytes, struct fault *why)
{
	if (count >= max)
		return FAIL(why, E_LIMIT, "a session holds at most %zu of these", max);
	void *grown = memory_resize(*array, (count + 1) * item_bytes);
	if (!grown)
		return FAIL(why, E_MEMORY, "no memory for a session");
	memset((char *)grown + count * item_bytes, 0, item_bytes);
	*array = grown;
	return E_OK;
}

struct mcp_sessions *mcp_sessions_new(const struct hash_key *key)
{
	struct mcp_sessions *sessions = memory_alloc(sizeof(*sessions));
	if (!sessions)
		return NULL;
	pthread_mutex_init(&sessions->lock, NULL);
	map_init(&sessions->by_id, key, SESSIONS_MAX);
	return sessions;
}

static void session_free(struct session *session)
{
	for (size_t i = 0; i < session->server_count; i++) {
		text_drop(&session->servers[i].server);
		text_drop(&session->servers[i].upstream);
	}
	for (size_t i = 0; i < session->pending_count; i++) {
		text_drop(&session->pending[i].id);
		text_drop(&session->pending[i].server);
		text_drop(&session->pending[i].decision_id);
		text_drop(&session->pending[i].history);
	}
	for (size_t i = 0; i < session->asked_count; i++) {
		text_drop(&session->asked[i].shown_id);
		text_drop(&session->asked[i].id);
		text_drop(&session->asked[i].server);
	}
	memory_free(session->servers);
	memory_free(session->pending);
	memory_free(session->asked);
	text_drop(&session->id);
	text_drop(&session->agent);
	text_drop(&session->subject);
	text_drop(&session->server);
	text_drop(&session->hello);
	memory_free(session);
}

void mcp_sessions_free(struct mcp_sessions *sessions)
{
	if (!sessions)
		return;
	size_t position = 0;
	const struct map_entry *entry;
	while ((entry = map_next(&sessions->by_id, &position)))
		session_free(entry->value);
	map_free(&sessions->by_id);
	pthread_mutex_destroy(&sessions->lock);
	memory_free(sessions);
}

size_t mcp_sessions_count(struct mcp_sessions *sessions)
{
	pthread_mutex_lock(&sessions->lock);
	size_t count = sessions->by_id.count;
	pthread_mutex_unlock(&sessions->lock);
	return count;
}

struct session *session_locked(struct mcp_sessions *sessions, const struct session_key *key)
{
	struct session *session = map_get(&sessions->by_id, key->id);
	bool own = session && slice_equal(session->agent, key->agent) && slice_equal(session->subject, key->subject) &&
		   slice_equal(session->server, key->server);
	return own ? session : NULL;
}

/* The session of `agent` (empty: of anyone) that was used longest ago; how many it has is given too. */
static struct session *stalest(struct mcp_sessions *sessions, slice agent, size_t *ret_count)
{
	struct session *oldest = NULL;
	size_t position = 0;
	const struct map_entry *entry;
	*ret_count = 0;
	while ((entry = map_next(&sessions->by_id, &position))) {
		struct session *session = entry->value;
		if (agent.len > 0 && !slice_equal(session->agent, agent))
			continue;
		(*ret_count)++;
		if (!oldest || session->used_ns < oldest->used_ns)
			oldest = session;
	}
	return oldest;
}

static bool drop_if_idle(struct mcp_sessions *sessions, struct session *session, int64_t now_ns)
{
	if (!session || now_ns - session->used_ns < SESSION_IDLE_NS)
		return false;
	map_remove(&sessions->by_id, session->id);
	session_free(session);
	return true;
}

/* Idle sessions give way; sessions in use do not. */
static enum error make_room(struct mcp_sessions *sessions, slice agent, int64_t now_ns, struct fault *why)
{
	size_t count;
	struct session *oldest = stalest(sessions, agent, &count);
	if (count >= SESSIONS_OF_AGENT_MAX && !drop_if_idle(sessions, oldest, now_ns))
		return FAIL(why, E_RATE, "an agent holds at most %u sessions", SESSIONS_OF_AGENT_MAX);
	if (sessions->by_id.count < SESSIONS_MAX)
		return E_OK;
	if (!drop_if_idle(sessions, stalest(sessions, SLICE(""), &count), now_ns))
		return FAIL(why, E_RATE, "all %u sessions are in use", SESSIONS_MAX);
	return E_OK;
}

static enum error session_make(const struct session_new *from, struct session **ret_session, struct fault *why)
{
	struct session *session = memory_alloc(sizeof(*session));
	if (!session)
		return FAIL(why, E_MEMORY, "no memory for a session");
	session->revision = from->revision;
	session->used_ns = from->now_ns;
	if (!text_keep(&session->id, from->key.id) || !text_keep(&session->agent, from->key.agent) ||
	    !text_keep(&session->subject, from->key.subject) || !text_keep(&session->server, from->key.server) ||
	    !text_keep(&session->hello, from->hello)) {
		session_free(session);
		return FAIL(why, E_MEMORY, "no memory for a session");
	}
	*ret_session = session;
	return E_OK;
}

static enum error put_locked(struct mcp_sessions *sessions, const struct session_new *from, struct fault *why)
{
	struct session *session = NULL;
	TRY(make_room(sessions, from->key.agent, from->now_ns, why));
	TRY(session_make(from, &session, why));
	assert(session);
	enum error error = map_put(&sessions->by_id, session->id, session, NULL, why);
	if (error != E_OK)
		session_free(session);
	return error;
}

enum error session_open(struct mcp_sessions *sessions, const struct session_new *session, struct fault *why)
{
	if (session->hello.len > SESSION_HELLO_BYTES_MAX || session->key.id.len > SESSION_ID_BYTES)
		return FAIL(why, E_LIMIT, "initialize with more than %u bytes of params", SESSION_HELLO_BYTES_MAX);
	pthread_mutex_lock(&sessions->lock);
	enum error error = put_locked(sessions, session, why);
	pthread_mutex_unlock(&sessions->lock);
	if (error == E_OK && session->opened)
		error = session_set_upstream(sessions, &session->key, session->key.server, true, session->upstream, why);
	return error;
}

enum error session_find(struct mcp_sessions *sessions, const struct session_key *key, int64_t now_ns,
			struct arena *arena, struct session_view *ret_view, struct fault *why)
{
	enum error error = E_OK;
	pthread_mutex_lock(&sessions->lock);
	struct session *session = session_locked(sessions, key);
	if (!session) {
		error = FAIL(why, E_NOT_FOUND, "no such session; initialize again");
	} else {
		session->used_ns = now_ns;
		*ret_view = (struct session_view){session->revision, arena_copy(arena, session->hello)};
		if (session->hello.len > 0 && !ret_view->hello.ptr)
			error = FAIL(why, E_MEMORY, "no memory for a session");
	}
	pthread_mutex_unlock(&sessions->lock);
	return error;
}

enum error session_close(struct mcp_sessions *sessions, const struct session_key *key, struct fault *why)
{
	pthread_mutex_lock(&sessions->lock);
	struct session *session = session_locked(sessions, key);
	if (session)
		map_remove(&sessions->by_id, session->id);
	pthread_mutex_unlock(&sessions->lock);
	if (!session)
		return FAIL(why, E_NOT_FOUND, "no such session");
	session_free(session);
	return E_OK;
}
