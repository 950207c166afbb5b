#include "gateway/session_parts.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

#define NOT_FOUND(why) FAIL((why), E_NOT_FOUND, "no such session; initialize again")

/* Each function below does its work under the lock and has one way out. */
static struct session *enter(struct mcp_sessions *sessions, const struct session_key *key)
{
	pthread_mutex_lock(&sessions->lock);
	return session_locked(sessions, key);
}

static enum error leave(struct mcp_sessions *sessions, enum error error)
{
	pthread_mutex_unlock(&sessions->lock);
	return error;
}

static enum error copy_out(struct arena *arena, slice text, slice *ret_text, struct fault *why)
{
	*ret_text = text.len > 0 ? arena_copy(arena, text) : SLICE("");
	return ret_text->ptr ? E_OK : FAIL(why, E_MEMORY, "no memory for a session");
}

static struct session_server *server_of(struct session *session, slice server)
{
	for (size_t i = 0; i < session->server_count; i++)
		if (slice_equal(session->servers[i].server, server))
			return &session->servers[i];
	return NULL;
}

enum error session_upstream(struct mcp_sessions *sessions, const struct session_key *key, slice server,
			    struct arena *arena, bool *ret_opened, slice *ret_upstream, struct fault *why)
{
	struct session *session = enter(sessions, key);
	if (!session)
		return leave(sessions, NOT_FOUND(why));
	struct session_server *row = server_of(session, server);
	*ret_opened = row && row->opened;
	return leave(sessions, copy_out(arena, row ? row->upstream : SLICE(""), ret_upstream, why));
}

static enum error server_add(struct session *session, slice server, struct session_server **ret_row, struct fault *why)
{
	void *array = session->servers;
	enum error error = array_grow(&array, session->server_count, SESSION_SERVERS_MAX, sizeof(*session->servers), why);
	session->servers = array;
	TRY(error);
	struct session_server *row = &session->servers[session->server_count];
	if (!text_keep(&row->server, server))
		return FAIL(why, E_MEMORY, "no memory for a session");
	session->server_count++;
	*ret_row = row;
	return E_OK;
}

static enum error set_locked(struct session *session, slice server, bool opened, slice upstream, struct fault *why)
{
	struct session_server *row = server_of(session, server);
	slice kept;
	if (!row)
		TRY(server_add(session, server, &row, why));
	if (!text_keep(&kept, upstream))
		return FAIL(why, E_MEMORY, "no memory for a session");
	text_drop(&row->upstream);
	row->upstream = kept;
	row->opened = opened;
	return E_OK;
}

enum error session_set_upstream(struct mcp_sessions *sessions, const struct session_key *key, slice server, bool opened,
				slice upstream, struct fault *why)
{
	struct session *session = enter(sessions, key);
	if (!session)
		return leave(sessions, NOT_FOUND(why));
	return leave(sessions, set_locked(session, server, opened, upstream, why));
}

enum error session_nth_upstream(struct mcp_sessions *sessions, const struct session_key *key, size_t n,
				struct arena *arena, slice *ret_server, slice *ret_upstream, struct fault *why)
{
	struct session *session = enter(sessions, key);
	if (!session || n >= session->server_count)
		return leave(sessions, FAIL(why, E_NOT_FOUND, "no further upstream session"));
	enum error error = copy_out(arena, session->servers[n].server, ret_server, why);
	if (error == E_OK)
		error = copy_out(arena, session->servers[n].upstream, ret_upstream, why);
	return leave(sessions, error);
}

static struct session_pending *pending_of(struct session *session, slice id)
{
	for (size_t i = 0; i < session->pending_count; i++)
		if (slice_equal(session->pending[i].id, id))
			return &session->pending[i];
	return NULL;
}

static void pending_remove(struct session *session, struct session_pending *pending)
{
	text_drop(&pending->id);
	text_drop(&pending->server);
	text_drop(&pending->decision_id);
	text_drop(&pending->history);
	*pending = session->pending[--session->pending_count];
}

/* The oldest gives way: whoever never answers must not make a session useless. */
static void pending_make_room(struct session *session)
{
	struct session_pending *oldest = session->pending;
	if (session->pending_count < SESSION_PENDING_MAX)
		return;
	for (size_t i = 1; i < session->pending_count; i++)
		if (session->pending[i].started_ns < oldest->started_ns)
			oldest = &session->pending[i];
	pending_remove(session, oldest);
}

static enum error expect_locked(struct session *session, const struct session_pending *pending, struct fault *why)
{
	if (pending_of(session, pending->id))
		return FAIL(why, E_CONFLICT, "a request with this id is under way");
	pending_make_room(session);
	void *array = session->pending;
	enum error error = array_grow(&array, session->pending_count, SESSION_PENDING_MAX, sizeof(*pending), why);
	session->pending = array;
	TRY(error);
	struct session_pending *row = &session->pending[session->pending_count++];
	*row = *pending;
	bool kept = text_keep(&row->id, pending->id);
	kept = text_keep(&row->server, pending->server) && kept;
	kept = text_keep(&row->decision_id, pending->decision_id) && kept;
	kept = text_keep(&row->history, pending->history) && kept;
	if (kept)
		return E_OK;
	pending_remove(session, row);
	return FAIL(why, E_MEMORY, "no memory for a session");
}

enum error session_expect(struct mcp_sessions *sessions, const struct session_key *key,
			  const struct session_pending *pending, struct fault *why)
{
	struct session *session = enter(sessions, key);
	if (!session)
		return leave(sessions, NOT_FOUND(why));
	return leave(sessions, expect_locked(session, pending, why));
}

enum error session_expected(struct mcp_sessions *sessions, const struct session_key *key, slice id, bool take,
			    struct arena *arena, struct session_pending *ret_pending, struct fault *why)
{
	struct session *session = enter(sessions, key);
	struct session_pending *row = session ? pending_of(session, id) : NULL;
	if (!row)
		return leave(sessions, FAIL(why, E_NOT_FOUND, "no request with this id is under way"));
	*ret_pending = *row;
	enum error error = copy_out(arena, row->id, &ret_pending->id, why);
	if (error == E_OK)
		error = copy_out(arena, row->server, &ret_pending->server, why);
	if (error == E_OK)
		error = copy_out(arena, row->decision_id, &ret_pending->decision_id, why);
	if (error == E_OK)
		error = copy_out(arena, row->history, &ret_pending->history, why);
	if (error == E_OK && take)
		pending_remove(session, row);
	return leave(sessions, error);
}

static void asked_remove(struct session *session, size_t i)
{
	struct session_asked *row = &session->asked[i];
	text_drop(&row->shown_id);
	text_drop(&row->id);
	text_drop(&row->server);
	memmove(row, row + 1, (session->asked_count - i - 1) * sizeof(*row));
	session->asked_count--;
}

static enum error ask_locked(struct session *session, slice server, slice id, struct arena *arena, slice *ret_id,
			     struct fault *why)
{
	char own[32];
	slice shown = id;
	if (session->server.len == 0) {
		unsigned long long number = (unsigned long long)++session->asked_ever;
		shown = slice_from(own, (size_t)snprintf(own, sizeof(own), "\"tipstaff-%llu\"", number));
	}
	if (session->asked_count == SESSION_PENDING_MAX)
		asked_remove(session, 0);
	void *array = session->asked;
	enum error error =
		array_grow(&array, session->asked_count, SESSION_PENDING_MAX, sizeof(*session->asked), why);
	session->asked = array;
	TRY(error);
	struct session_asked *row = &session->asked[session->asked_count++];
	bool kept = text_keep(&row->shown_id, shown);
	kept = text_keep(&row->id, id) && kept;
	kept = text_keep(&row->server, server) && kept;
	if (kept)
		return copy_out(arena, shown, ret_id, why);
	asked_remove(session, session->asked_count - 1);
	return FAIL(why, E_MEMORY, "no memory for a session");
}

enum error session_ask(struct mcp_sessions *sessions, const struct session_key *key, slice server, slice id,
		       struct arena *arena, slice *ret_id, struct fault *why)
{
	struct session *session = enter(sessions, key);
	if (!session)
		return leave(sessions, NOT_FOUND(why));
	return leave(sessions, ask_locked(session, server, id, arena, ret_id, why));
}

static enum error answer_locked(struct session *session, slice id, struct arena *arena, slice *ret_server,
				slice *ret_id, struct fault *why)
{
	for (size_t i = 0; i < session->asked_count; i++) {
		if (!slice_equal(session->asked[i].shown_id, id))
			continue;
		TRY(copy_out(arena, session->asked[i].server, ret_server, why));
		TRY(copy_out(arena, session->asked[i].id, ret_id, why));
		asked_remove(session, i);
		return E_OK;
	}
	return FAIL(why, E_NOT_FOUND, "nobody asked what this answers");
}

enum error session_answer(struct mcp_sessions *sessions, const struct session_key *key, slice id, struct arena *arena,
			  slice *ret_server, slice *ret_id, struct fault *why)
{
	struct session *session = enter(sessions, key);
	if (!session)
		return leave(sessions, NOT_FOUND(why));
	return leave(sessions, answer_locked(session, id, arena, ret_server, ret_id, why));
}

static struct known_server *known_locked(struct mcp_sessions *sessions, slice server)
{
	for (size_t i = 0; i < sessions->known_count; i++)
		if (slice_equal(slice_from(sessions->known[i].id, sessions->known[i].length), server))
			return &sessions->known[i];
	return NULL;
}

void mcp_sessions_note_server(struct mcp_sessions *sessions, slice server, bool sessions_only)
{
	pthread_mutex_lock(&sessions->lock);
	struct known_server *known = known_locked(sessions, server);
	if (!known && sessions->known_count < SESSION_SERVERS_KNOWN_MAX && server.len <= SERVER_ID_BYTES_MAX) {
		known = &sessions->known[sessions->known_count++];
		memcpy(known->id, server.ptr, server.len);
		known->length = server.len;
	}
	if (known)
		known->sessions_only = sessions_only;
	pthread_mutex_unlock(&sessions->lock);
}

bool mcp_sessions_only(struct mcp_sessions *sessions, slice server)
{
	pthread_mutex_lock(&sessions->lock);
	const struct known_server *known = known_locked(sessions, server);
	bool only = known && known->sessions_only;
	pthread_mutex_unlock(&sessions->lock);
	return only;
}
