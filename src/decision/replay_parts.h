/* What the files of replay share: what the candidate reads, and the context that a record gives it. */
#ifndef TIPSTAFF_DECISION_REPLAY_PARTS_H
#define TIPSTAFF_DECISION_REPLAY_PARTS_H

#include "base/map.h"
#include "decision/replay.h"

/* Fields of the context that the gateway makes (decision/context.c), in byte order of their names. */
enum replay_field {
	REPLAY_DELEGATION = 0,
	REPLAY_INPUT,
	REPLAY_MODE,
	REPLAY_PURPOSE,
	REPLAY_RISK,
	REPLAY_SERVER,
	REPLAY_SESSION,
	REPLAY_SYSTEM,
	REPLAY_TASK,
	REPLAY_TOOL,
	REPLAY_TRUST,
	REPLAY_FIELD_COUNT
};

/* What the candidate set can look at. */
struct replay_reads {
	bool fields[REPLAY_FIELD_COUNT];
	bool whole_input;                /* the arguments as a whole, or more of them than are kept here */
	slice inputs[REPLAY_INPUTS_MAX]; /* attributes of the arguments, in byte order; borrowed from the set */
	size_t input_count;
	bool whole_context;
};

void replay_reads_find(struct replay_reads *reads, const struct cedar_policyset *set);
/*
 * The fields that are read, as far as the record tells them; `*ret_open` says that something in it is unknown.
 * E_LIMIT, E_MEMORY.
 */
MUST_USE enum error replay_context(const struct replay_reads *reads, const struct record *record, struct arena *arena,
				   struct cedar_value *ret_context, bool *ret_open, struct fault *why);

#define REPLAY_KEY_BYTES_MAX 2048u /* a request that takes more is decided each time */

/* Answers by all that the candidate can see of a request. */
struct replay_memo {
	struct map entries;
	struct arena arena;
	char key[REPLAY_KEY_BYTES_MAX]; /* of the request that is being decided */
	size_t length;
};

void replay_memo_init(struct replay_memo *memo, const struct hash_key *key);
void replay_memo_free(struct replay_memo *memo);
/* Is there an answer to this request, from rows that have not changed since the record? `grants` is part of it. */
bool replay_memo_find(struct replay_memo *memo, const struct replay_reads *reads, const struct record *record,
		      unsigned grants, struct replay_result *ret_result);
/* Keeps the answer to the request that was looked for last; `revision`: of the youngest row that it was read from. */
void replay_memo_keep(struct replay_memo *memo, const struct replay_result *result, uint64_t revision);

#endif
