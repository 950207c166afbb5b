/*
 * The history of one session: what was asked and decided, and what came of it, as far as history conditions can look.
 *
 * Bounded in events and bytes (limits.h); what is dropped is remembered as not known, and what depends on it is then
 * neither true nor false, so that a lost past never widens anything. Not for two threads at once: whoever decides
 * holds the session from the decision to cedar_history_add, so that two requests at the same time see each other.
 */
#ifndef TIPSTAFF_CEDAR_HISTORY_H
#define TIPSTAFF_CEDAR_HISTORY_H

#include "cedar/limits.h"
#include "cedar/value.h"

struct cedar_history;
struct cedar_policyset;

/* `Action::"x"::request` and `::response` */
enum cedar_event_kind { CEDAR_EVENT_REQUEST = 0, CEDAR_EVENT_RESPONSE };

/* Borrowed; what a history keeps are copies. */
struct cedar_event {
	int64_t time_ms;              /* since 1970; a history never goes back: an earlier time counts as the last one */
	enum cedar_event_kind kind;
	const struct cedar_uid *principal;
	const struct cedar_uid *action;
	const struct cedar_uid *resource;
	slice request_id;             /* names the request and its response */
	slice decision;               /* `permit` or `deny` */
	slice outcome;                /* of a response: `ok`, `error`, `unknown` */
	struct cedar_value input;     /* of the request's context; CEDAR_NONE: it has none */
	struct cedar_value output;    /* of a response; CEDAR_NONE: none */
	bool is_cut;                  /* fields too large to be kept are missing */
};

/* The history is known from its first event on. */
#define CEDAR_HISTORY_WHOLE INT64_MIN

/*
 * Empty. Whatever happened up to `unknown_until_ms` is not known (CEDAR_HISTORY_WHOLE: nothing happened before).
 * `key` is the one of the policies and requests. NULL: no memory.
 */
struct cedar_history *cedar_history_new(const struct hash_key *key, int64_t unknown_until_ms);
/* NULL is fine. */
void cedar_history_free(struct cedar_history *history);

/*
 * Takes in an event. `set` (may be NULL) is the policy set of now: monitors that it began are kept up to date, those
 * of any other are dropped. E_MEMORY, E_LIMIT: the event is lost, and the past up to it is not known any more.
 */
MUST_USE enum error cedar_history_add(struct cedar_history *history, const struct cedar_event *event,
				      const struct cedar_policyset *set, struct fault *why);
/*
 * The response to a request that is in the history: of `*outcome` count request_id, outcome, output, is_cut and time_ms,
 * all else is as it was in the request. E_NOT_FOUND: no such request is kept any more; the past is not known then.
 * Else as cedar_history_add.
 */
MUST_USE enum error cedar_history_finish(struct cedar_history *history, const struct cedar_event *outcome,
					 const struct cedar_policyset *set, struct fault *why);
/* From now on nothing up to `time_ms` is known. */
void cedar_history_forget(struct cedar_history *history, int64_t time_ms);

/* Time of the last event; INT64_MIN where there is none. */
int64_t cedar_history_last_ms(const struct cedar_history *history);
size_t cedar_history_count(const struct cedar_history *history);
/* Bytes of memory that it takes now. */
size_t cedar_history_bytes(const struct cedar_history *history);
/* Where nothing of it is kept any more, what happened up to here is missing; INT64_MIN: nothing did. */
int64_t cedar_history_lost_ms(const struct cedar_history *history);

struct cbor_writer;
struct cbor_reader;

/*
 * The history as one CBOR item, for a later process (history_write.c tells its form). Monitors are not in it: policies
 * begin from the events that are kept, as those of a new set do. What cannot be written marks the buffer as failed.
 */
void cedar_history_write(const struct cedar_history *history, struct cbor_writer *writer);
/*
 * The history of such an item; `scratch` is used meanwhile, and may be reset afterwards. Strict: what
 * cedar_history_write would not have written is refused. E_SYNTAX, E_TYPE, E_OVERFLOW: as cbor_next.  E_INVALID: not a
 * history.  E_LIMIT: larger than one can be.  E_MEMORY.
 */
MUST_USE enum error cedar_history_read(struct cbor_reader *reader, const struct hash_key *key, struct arena *scratch,
				       struct cedar_history **ret_history, struct fault *why);

#endif
