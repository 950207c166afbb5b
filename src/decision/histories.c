#include "decision/histories_parts.h"

#include "base/memory.h"
#include "text/json.h"
#include "text/time.h"

#include <string.h>

struct histories *histories_new(const struct hash_key *key, int64_t now_ms)
{
	struct histories *histories = memory_alloc(sizeof(*histories));
	if (!histories)
		return NULL;
	histories->key = *key;
	for (unsigned i = 0; i < HISTORIES_SHARDS; i++) {
		struct shard *shard = &histories->shards[i];
		pthread_mutex_init(&shard->lock, NULL);
		map_init(&shard->by_name, key, HISTORIES_MAX / HISTORIES_SHARDS + 1);
		shard->lost_ms = now_ms;
	}
	return histories;
}

void histories_session_free(struct session_history *session)
{
	cedar_history_free(session->history);
	memory_free(session->name);
	memory_free(session);
}

void histories_shard_clear(struct shard *shard)
{
	while (shard->newest) {
		struct session_history *session = shard->newest;
		shard->newest = session->older;
		histories_session_free(session);
	}
	shard->oldest = NULL;
	shard->bytes = 0;
	map_free(&shard->by_name);
}

void histories_free(struct histories *histories)
{
	if (!histories)
		return;
	for (unsigned i = 0; i < HISTORIES_SHARDS; i++) {
		histories_shard_clear(&histories->shards[i]);
		pthread_mutex_destroy(&histories->shards[i].lock);
	}
	memory_free(histories);
}

size_t histories_count(struct histories *histories)
{
	size_t count = 0;
	for (unsigned i = 0; i < HISTORIES_SHARDS; i++) {
		pthread_mutex_lock(&histories->shards[i].lock);
		count += histories->shards[i].by_name.count;
		pthread_mutex_unlock(&histories->shards[i].lock);
	}
	return count;
}

struct shard *histories_shard(struct histories *histories, slice name)
{
	return &histories->shards[hash_slice(&histories->key, name) >> 32 & (HISTORIES_SHARDS - 1)];
}

static void unlink_session(struct shard *shard, struct session_history *session)
{
	*(session->newer ? &session->newer->older : &shard->newest) = session->older;
	*(session->older ? &session->older->newer : &shard->oldest) = session->newer;
}

static void link_newest(struct shard *shard, struct session_history *session)
{
	session->newer = NULL;
	session->older = shard->newest;
	*(shard->newest ? &shard->newest->newer : &shard->oldest) = session;
	shard->newest = session;
}

/* What no window reaches any more is not lost. */
static void push_out(struct shard *shard, struct session_history *session, int64_t now_ms)
{
	int64_t lost_ms = cedar_history_lost_ms(session->history);
	if (lost_ms >= now_ms - CEDAR_WINDOW_MAX_MS && lost_ms > shard->lost_ms)
		shard->lost_ms = lost_ms;
	unlink_session(shard, session);
	map_remove(&shard->by_name, session_name(session));
	shard->bytes -= session->bytes;
	histories_session_free(session);
}

static void make_room(struct shard *shard, int64_t now_ms, const struct session_history *keep)
{
	while (shard->oldest && shard->oldest != keep &&
	       (shard->by_name.count > HISTORIES_MAX / HISTORIES_SHARDS || shard->bytes > HISTORIES_BYTES_MAX / HISTORIES_SHARDS ||
		cedar_history_last_ms(shard->oldest->history) < now_ms - CEDAR_WINDOW_MAX_MS))
		push_out(shard, shard->oldest, now_ms);
}

struct session_history *histories_session_new(struct shard *shard, slice name, struct cedar_history *history)
{
	struct session_history *session = memory_alloc(sizeof(*session));
	if (!session) {
		cedar_history_free(history);
		return NULL;
	}
	session->history = history;
	session->name = memory_alloc(name.len);
	if (session->name) {
		if (name.len)
			memcpy(session->name, name.ptr, name.len);
		session->name_length = name.len;
	}
	if (!history || !session->name || map_put(&shard->by_name, session_name(session), session, NULL, NULL) != E_OK) {
		histories_session_free(session);
		return NULL;
	}
	return session;
}

static enum error begin_session(struct histories *histories, struct shard *shard, slice name, int64_t begun_ms,
				struct session_history **ret_session, struct fault *why)
{
	int64_t unknown_until_ms = begun_ms > shard->lost_ms ? CEDAR_HISTORY_WHOLE : shard->lost_ms;
	struct session_history *session =
		histories_session_new(shard, name, cedar_history_new(&histories->key, unknown_until_ms));
	if (!session)
		return FAIL(why, E_MEMORY, "no memory for the history of a session");
	link_newest(shard, session);
	*ret_session = session;
	return E_OK;
}

bool histories_has(struct histories *histories, slice name)
{
	struct shard *shard = histories_shard(histories, name);
	pthread_mutex_lock(&shard->lock);
	bool found = map_get(&shard->by_name, name) != NULL;
	pthread_mutex_unlock(&shard->lock);
	return found;
}

enum error histories_hold(struct histories *histories, slice name, int64_t begun_ms, int64_t now_ms,
			  struct history_hold *ret_hold, struct fault *why)
{
	struct shard *shard = histories_shard(histories, name);
	enum error error = E_OK;
	*ret_hold = (struct history_hold){0};
	pthread_mutex_lock(&shard->lock);
	struct session_history *session = map_get(&shard->by_name, name);
	if (session) {
		unlink_session(shard, session);
		link_newest(shard, session);
	} else {
		error = begin_session(histories, shard, name, begun_ms, &session, why);
	}
	if (error != E_OK) {
		if (now_ms > shard->lost_ms)
			shard->lost_ms = now_ms;
		pthread_mutex_unlock(&shard->lock);
		return error;
	}
	make_room(shard, now_ms, session);
	*ret_hold = (struct history_hold){histories, session, session->history};
	return E_OK;
}

void histories_let_go(struct history_hold *hold)
{
	if (!hold->session)
		return;
	struct shard *shard = histories_shard(hold->histories, session_name(hold->session));
	size_t bytes = cedar_history_bytes(hold->history);
	shard->bytes += bytes - hold->session->bytes;
	hold->session->bytes = bytes;
	*hold = (struct history_hold){0};
	pthread_mutex_unlock(&shard->lock);
}

/* --- what belongs to a session --- */

slice history_name(const struct snapshot *snapshot, const struct caller *caller, struct arena *arena)
{
	if (caller->task.len && snapshot && snapshot_task(snapshot, caller->task))
		return arena_print(arena, "task %.*s", SLICE_ARG(caller->task));
	return arena_print(arena, "agent %.*s for %.*s", SLICE_ARG(caller->agent), SLICE_ARG(caller->subject));
}

int64_t history_begun_ms(const struct snapshot *snapshot, const struct caller *caller, struct arena *arena)
{
	const struct task_row *task = caller->task.len && snapshot ? snapshot_task(snapshot, caller->task) : NULL;
	const struct agent_row *agent = snapshot ? snapshot_agent(snapshot, caller->agent) : NULL;
	const struct row *row = task ? &task->row : agent ? &agent->row : NULL;
	struct json_doc doc;
	slice created;
	int64_t begun_ms;
	if (!row || json_parse(&doc, row->object, NULL, arena, NULL) != E_OK ||
	    !json_string(json_get(&doc, json_root(&doc), SLICE("created_at")), &created) ||
	    time_parse_ms(&begun_ms, created, NULL) != E_OK)
		return INT64_MIN;
	return begun_ms;
}

void history_add_decision(const struct history_hold *hold, const struct decision_input *input,
			  const struct decision *decision, bool lets_through)
{
	for (size_t i = 0; hold->history && i < decision->event_count; i++) {
		struct cedar_event event = decision->events[i];
		event.time_ms = input->now_ms;
		event.request_id = input->decision_id;
		event.decision = lets_through ? SLICE("permit") : SLICE("deny");
		/* On failure the history knows that it does not know. */
		(void)!cedar_history_add(hold->history, &event, input->snapshot->policyset, NULL);
	}
}

void histories_add_outcome(struct histories *histories, const struct snapshot *snapshot, slice name,
			   const struct cedar_event *outcome)
{
	struct shard *shard = histories_shard(histories, name);
	const struct cedar_policyset *set = snapshot ? snapshot->policyset : NULL;
	pthread_mutex_lock(&shard->lock);
	struct session_history *session = map_get(&shard->by_name, name);
	/* A session that was pushed out is known to be lost. */
	if (session)
		(void)!cedar_history_finish(session->history, outcome, set, NULL);
	pthread_mutex_unlock(&shard->lock);
}
