/*
 * The histories of all sessions of this worker, for history conditions in policies (cedar/history.h).
 *
 * A session is a declared task, whatever token it is worked on with; work that was not declared belongs to its agent and
 * the human it acts for, so that a new token does not make a new past. Shared by all loops: a session is held by one of
 * them from before its decision until the decision is in the history, so that two calls at once see each other.
 *
 * Kept in memory, and bounded; what was lost (a crash of the worker, a session that was pushed out) is known to be
 * lost: a session that may have begun before is not known up to that moment. An orderly restart writes them and reads
 * them back.
 */
#ifndef TIPSTAFF_DECISION_HISTORIES_H
#define TIPSTAFF_DECISION_HISTORIES_H

#include "decision/decide.h"

struct histories;
struct session_history;

/* Sessions at a time, and their memory: the one that was used longest ago goes first. */
#define HISTORIES_MAX 65536u
#define HISTORIES_BYTES_MAX (512ull * 1024u * 1024u)

/* A session that is held. Zeroed, none is. */
struct history_hold {
	struct histories *histories;
	struct session_history *session;
	struct cedar_history *history; /* NULL: none is held */
};

/* Nothing up to `now_ms` is known of sessions that began before. NULL: no memory. */
struct histories *histories_new(const struct hash_key *key, int64_t now_ms);
void histories_free(struct histories *histories);
size_t histories_count(struct histories *histories);

/* The name of the caller's session, in the arena; ptr NULL where there is no memory. */
slice history_name(const struct snapshot *snapshot, const struct caller *caller, struct arena *arena);
/* When it may have begun: its task, or its agent, was registered then. INT64_MIN: nobody knows. */
int64_t history_begun_ms(const struct snapshot *snapshot, const struct caller *caller, struct arena *arena);

/*
 * Holds the session of that name; where it is new, it began at `begun_ms`. E_MEMORY: what happens now will be missing,
 * and is not known from now on.
 */
MUST_USE enum error histories_hold(struct histories *histories, slice name, int64_t begun_ms, int64_t now_ms,
				   struct history_hold *ret_hold, struct fault *why);
/* Is there a session of that name? Then nobody has to find out when it began. */
bool histories_has(struct histories *histories, slice name);
/* Gives it back. A hold of nothing is fine. */
void histories_let_go(struct history_hold *hold);

/*
 * Takes what was decided into the held session: `input` and `decision` as decide() left them, `lets_through` as it
 * ended. What fails is not known any more, which is as safe.
 */
void history_add_decision(const struct history_hold *hold, const struct decision_input *input,
			  const struct decision *decision, bool lets_through);
/* What came of an earlier decision: see cedar_history_finish. */
void histories_add_outcome(struct histories *histories, const struct snapshot *snapshot, slice name,
			   const struct cedar_event *outcome);

/* --- over a restart --- */

/*
 * Bytes that are written of all sessions: a stop has seconds left for it, and a start reads them before it decides; either
 * takes less than a second. They are about a million events.
 */
#define HISTORIES_KEPT_BYTES_MAX (128u * 1024u * 1024u)

struct histories_kept {
	size_t sessions;
	size_t left_out; /* sessions that had no place, or could not be written: they are lost, and known to be */
};

/* Takes the bytes that come next. A failure ends the writing. */
typedef enum error histories_sink(void *context, slice bytes, struct fault *why);

/*
 * Writes the sessions, the one used last first, until `bytes_max` is reached, and then what is lost. For the end: nobody may
 * use the histories meanwhile, and what happens afterwards is not in what was written.
 * E_MEMORY, or what the sink says: what was written is of no use.
 */
MUST_USE enum error histories_write(struct histories *histories, size_t bytes_max, histories_sink *sink, void *context,
				    struct histories_kept *ret_kept, struct fault *why);
/*
 * Takes in what histories_write wrote: from now on these histories know what those knew. They must be new, and `bytes` those
 * that were written, with nothing decided since: whoever calls this has to make sure of both.
 * E_UNSUPPORTED: of another version.  E_INVALID and others of cedar_history_read: not what was written.  E_MEMORY. Then
 * nothing was taken in.
 */
MUST_USE enum error histories_read(struct histories *histories, slice bytes, struct histories_kept *ret_kept,
				   struct fault *why);

#endif
