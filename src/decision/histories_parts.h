/* The inside of the histories, shared by histories.c and histories_kept.c only. */
#ifndef TIPSTAFF_DECISION_HISTORIES_PARTS_H
#define TIPSTAFF_DECISION_HISTORIES_PARTS_H

#include "base/map.h"
#include "decision/histories.h"

#include <pthread.h>

/* Sessions are spread over these, so that loops seldom wait for each other. */
#define HISTORIES_SHARDS 64u

struct session_history {
	char *name;
	size_t name_length;
	struct cedar_history *history;
	size_t bytes; /* when it was given back last */
	struct session_history *older;
	struct session_history *newer;
};

struct shard {
	pthread_mutex_t lock;
	struct map by_name;
	struct session_history *newest; /* used last */
	struct session_history *oldest;
	size_t bytes;
	int64_t lost_ms; /* sessions that began by then may have had events up to then */
};

struct histories {
	struct hash_key key;
	struct shard shards[HISTORIES_SHARDS];
};

static inline slice session_name(const struct session_history *session)
{
	return (slice){session->name, session->name_length};
}

struct shard *histories_shard(struct histories *histories, slice name);
/*
 * Takes over the history (NULL: there was no memory for it), also on failure; the session is in no list yet. NULL: no
 * memory, or the shard has no place.
 */
struct session_history *histories_session_new(struct shard *shard, slice name, struct cedar_history *history);
void histories_session_free(struct session_history *session);
/* Frees all sessions. */
void histories_shard_clear(struct shard *shard);

#endif
