/* The inside of a session's history: events in segments, and the monitors of one policy set. */
#ifndef TIPSTAFF_CEDAR_HISTORY_DATA_H
#define TIPSTAFF_CEDAR_HISTORY_DATA_H

#include "cedar/history.h"
#include "cedar/temporal.h"

struct monitors;

struct history_segment {
	struct arena arena;
	size_t first; /* number of its first event */
	size_t count;
	size_t size;  /* events that there is room for: most sessions are short */
	struct cedar_event *events; /* they move when it grows; their texts do not */
};

struct cedar_history {
	struct hash_key key;
	int64_t last_ms;          /* of the last event; INT64_MIN: none */
	int64_t unknown_until_ms; /* what happened up to here may be missing; CEDAR_HISTORY_WHOLE: nothing is */
	int64_t dropped_ms;       /* time of the last event that is not kept any more; INT64_MIN: none */
	size_t first;             /* number of the oldest event that is kept */
	size_t next;              /* number that the next one gets */
	struct history_segment *segments[CEDAR_HISTORY_SEGMENTS_MAX]; /* oldest first */
	size_t segment_count;
	struct monitors *monitors; /* NULL: none have been asked for */
	uint64_t decisions;        /* that have asked monitors */
	int64_t asked_ms;          /* the latest time that was asked about; INT64_MIN: none */
};

/* `number` is kept. Valid until the next event comes. */
const struct cedar_event *history_event(const struct cedar_history *history, size_t number);
/* Events up to this time are not all kept; INT64_MIN: all are. */
int64_t history_kept_since(const struct cedar_history *history);
/* Takes a copy of the event, as of `time_ms`, at its end; monitors do not see it. E_MEMORY, E_LIMIT: it is not there. */
MUST_USE enum error history_keep(struct cedar_history *history, const struct cedar_event *event, int64_t time_ms,
				 struct fault *why);
/* Does a look back over `reach_ms` meet what is not known? */
static inline bool history_is_unknown(int64_t unknown_until_ms, int64_t now_ms, int64_t reach_ms)
{
	return reach_ms > 0 && unknown_until_ms != INT64_MIN && unknown_until_ms >= now_ms - reach_ms;
}
const char *history_unknown_sentence(void);
/* The time of a question: a session does not go back, neither behind its events nor behind what was asked before. */
static inline int64_t history_now(const struct cedar_history *history, int64_t time_ms)
{
	if (time_ms < history->last_ms)
		time_ms = history->last_ms;
	return time_ms < history->asked_ms ? history->asked_ms : time_ms;
}
/* Equal values give equal hashes. */
uint64_t history_hash(const struct hash_key *key, uint64_t seed, struct cedar_value value);

/* Takes the event, which is in the history already, into the monitors; those of another set are dropped. */
void monitors_add(struct cedar_history *history, const struct cedar_policyset *set, size_t number);
/* More of the past is not known than was before. */
void monitors_forget(struct monitors *monitors);
void monitors_free(struct monitors *monitors);
size_t monitors_bytes(const struct monitors *monitors);

#endif
