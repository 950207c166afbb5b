/* The grants of each agent, and whose have changed; for the builder of snapshots. */
#ifndef TIPSTAFF_DECISION_HOLDERS_H
#define TIPSTAFF_DECISION_HOLDERS_H

#include "base/map.h"
#include "decision/snapshot.h"

/* The grants of one agent, in no order. */
struct holder {
	char *agent;
	size_t agent_len;
	const struct grant_row **grants;
	size_t count;
	size_t size;
	bool dirty;
	struct holder *next_dirty;
};

struct holders {
	struct map agents;    /* id -> struct holder */
	struct holder *dirty; /* their grants have changed; whoever has seen to one takes it off */
};

void holders_init(struct holders *holders, const struct hash_key *key);
void holders_free(struct holders *holders);
/* The row is borrowed. E_LIMIT: too many grants of one agent.  E_MEMORY. */
MUST_USE enum error holders_add(struct holders *holders, const struct grant_row *grant, struct fault *why);
/* Nothing where it was not added. */
void holders_drop(struct holders *holders, const struct grant_row *grant);

#endif
