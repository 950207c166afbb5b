/* What the files of replay share: what the candidate reads, what a record tells of that, and answers that are kept. */
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
extern const slice replay_field_names[REPLAY_FIELD_COUNT];

/* What the candidate set can look at. */
struct replay_reads {
	bool fields[REPLAY_FIELD_COUNT];
	bool whole_input;                /* the arguments as a whole, or more of them than are kept here */
	slice inputs[REPLAY_INPUTS_MAX]; /* attributes of the arguments, in byte order; borrowed from the set */
	size_t input_count;
	bool whole_context;
	bool target;                     /* which target it is; else one of a tool is as good as another */
};

void replay_reads_find(struct replay_reads *reads, const struct cedar_policyset *set);

/* What a record tells of one argument. */
enum replay_told { TOLD_NOTHING = 0, TOLD_THERE, TOLD_ABSENT, TOLD_VALUE };

struct replay_input {
	enum replay_told told;
	slice text; /* of TOLD_VALUE: as it was written */
};

/* What a record tells of what the candidate reads, borrowed from it; beside fields of the record itself. */
struct replay_facts {
	bool no_input; /* nothing is known of the arguments, not even whether there were any */
	bool has_now;
	int64_t now_ms;
	struct replay_input inputs[REPLAY_INPUTS_MAX]; /* of reads->inputs, where there is input */
};

void replay_facts_find(struct replay_facts *facts, const struct replay_reads *reads, const struct record *record);
/*
 * The fields that are read, as far as the record tells them; `*ret_open` says that something in it is unknown.
 * E_LIMIT, E_MEMORY.
 */
MUST_USE enum error replay_context(const struct replay_reads *reads, const struct replay_facts *facts,
				   const struct record *record, struct arena *arena, struct cedar_value *ret_context,
				   bool *ret_open, struct fault *why);

#define REPLAY_RECENT_MAX 256u

/* A tool, and its layer with the target that was asked about last, or first where they are all alike. */
struct replay_tool {
	const struct tool_row *row;
	struct cedar_entities *layer; /* NULL: not made yet */
	struct cedar_uid target;      /* in it, where they are all alike */
};

/* Layers of tools that are kept, some hundred bytes each, are thrown away beyond this. */
#define REPLAY_LAYER_BYTES_MAX (1u << 20)

/* Records come in runs of the same few agents and tools: their rows without hashing their names. */
struct replay_rows {
	const struct snapshot *snapshot;
	const struct agent_row *agents[REPLAY_RECENT_MAX];
	struct replay_tool tools[REPLAY_RECENT_MAX];
	struct arena arena; /* layers of tools */
};

/* NULL: not there. */
const struct agent_row *replay_agent(struct replay_rows *rows, slice id);
/* Valid up to the next call. */
struct replay_tool *replay_tool(struct replay_rows *rows, slice id);
/*
 * The layer with this target, up to the next call; its attributes are in the arena. Unless it counts which target it is,
 * it may be another one of the tool. E_LIMIT, E_INVALID, E_MEMORY.
 */
MUST_USE enum error replay_target(struct replay_rows *rows, struct replay_tool *tool, slice target, bool counts,
				  struct arena *arena, struct cedar_uid *ret_uid, struct cedar_entities **ret_layer);

#define REPLAY_KEY_BYTES_MAX 2048u /* a request that takes more is decided each time */

/* All that the candidate can see of a request, but for rows of the registry by their place. */
struct replay_sight {
	const struct record *record;
	const struct agent_row *agent;
	struct replay_tool *tool; /* NULL: a method */
	unsigned grants;
};

/* Answers by all that the candidate can see of a request. */
struct replay_memo {
	struct map entries;
	struct arena arena;
	char key[REPLAY_KEY_BYTES_MAX]; /* of the request that is being decided */
	size_t length;
	uint64_t hash;
	unsigned looks; /* requests looked for since it was last asked whether that pays */
	unsigned finds; /* of these */
	unsigned rests; /* requests that will not be looked for */
};

void replay_memo_init(struct replay_memo *memo, const struct hash_key *key);
void replay_memo_free(struct replay_memo *memo);
/* Is there an answer to this request? NULL: no, or for now nothing is kept because requests hardly repeat. */
const struct replay_result *replay_memo_find(struct replay_memo *memo, const struct replay_reads *reads,
					     const struct replay_facts *facts, const struct replay_sight *sight);
/* Keeps the answer to the request that was looked for last. */
void replay_memo_keep(struct replay_memo *memo, const struct replay_result *result);

#endif
