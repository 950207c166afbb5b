/*
 * Recorded decisions, decided again under another policy set: what would have come out. Exact or UNKNOWN, never a guess.
 *
 * A record holds what was read, not all that could have been: of the arguments only a digest and the facts that policies
 * looked at, of the agent and the tool their names. So the candidate set is asked with unknowns wherever it looks at
 * something that the record does not tell, and where these matter, or where agent, tool or entities have changed since,
 * the answer is UNKNOWN. Grants are as they were: the record tells whether one of them permitted.
 */
#ifndef TIPSTAFF_DECISION_REPLAY_H
#define TIPSTAFF_DECISION_REPLAY_H

#include "decision/snapshot.h"
#include "evidence/record.h"

/* Attributes of the arguments that a candidate set may look at; beyond, all arguments are unknown. */
#define REPLAY_INPUTS_MAX 256u

enum replay_verdict { REPLAY_UNKNOWN = 0, REPLAY_DENY, REPLAY_PERMIT };

struct replay_result {
	enum replay_verdict verdict;
	bool by_policies; /* else it was denied before policies were asked, and would be again */
	/* The first policy of the candidate that holds and decides, plus one; 0: none does, or which one is not known. */
	uint32_t policy;
	const char *why;  /* of UNKNOWN: what is not known */
};

struct replay_settings {
	const struct snapshot *snapshot;      /* agents and tools as they are now, each with its last revision */
	const struct cedar_policyset *set;    /* the candidate, read with the snapshot's key; NULL: no policy */
	uint64_t entities_revision;           /* last change of the operator's entities, removals included; 0: never */
};

struct replay;

/* Everything in the settings is lent. E_MEMORY, E_LIMIT. */
MUST_USE enum error replay_make(struct replay **ret_replay, const struct replay_settings *settings, struct fault *why);
/* NULL is fine. */
void replay_free(struct replay *replay);
/* One record of kind RECORD_DECISION. Takes nothing from the heap once it is warm; a failure is UNKNOWN. */
struct replay_result replay_decide(struct replay *replay, const struct record *record);

/* Would the decision have been another one? Only where it is known. */
static inline bool replay_flips(const struct record *record, const struct replay_result *result)
{
	bool was_permitted = record->decision == RECORD_PERMIT;
	return result->verdict != REPLAY_UNKNOWN && was_permitted != (result->verdict == REPLAY_PERMIT);
}

#endif
