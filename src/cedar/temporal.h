/*
 * History conditions: the tree of one `when temporal { ... }`, past-only (docs/design/temporal.md has the grammar).
 *
 * A tree lives in the arena of its policy set and never changes once the set is built. Variables are numbered: each
 * binder has a slot of its own, so that names no longer matter. What is taken from the request that is decided
 * (context.x, principal, resource) stands in `requests` and is evaluated before anything else.
 */
#ifndef TIPSTAFF_CEDAR_TEMPORAL_H
#define TIPSTAFF_CEDAR_TEMPORAL_H

#include "cedar/history.h"
#include "cedar/node.h"

struct parser;

/* Of at most some thousand 64-bit numbers: it cannot overflow. A typedef, since only so can the extension be marked. */
__extension__ typedef __int128 temporal_total;

enum temporal_kind {
	TEMPORAL_AND = 0,   /* left, right */
	TEMPORAL_NOT,       /* left */
	TEMPORAL_FORMERLY,  /* window_ms, left */
	TEMPORAL_PREVIOUS,  /* window_ms, left */
	TEMPORAL_SINCE,     /* left since within window_ms right */
	TEMPORAL_EVENT,     /* action, event, fields */
	TEMPORAL_COMPARE,   /* relation, terms */
	TEMPORAL_EXISTS,    /* slot, left */
	TEMPORAL_TIMEPOINT  /* slot */
};

enum temporal_term_kind {
	TERM_WILDCARD = 0,
	TERM_VALUE,     /* value */
	TERM_REQUEST,   /* index: into the requests */
	TERM_VARIABLE,  /* index: its slot */
	TERM_AGGREGATE  /* aggregate; only as an operand of a comparison */
};

struct temporal_aggregate;

struct temporal_term {
	unsigned char kind; /* enum temporal_term_kind */
	unsigned char index;
	uint32_t offset;
	struct cedar_value value;
	struct temporal_aggregate *aggregate;
};

/* `input.user: term` */
struct temporal_field {
	const slice *path;
	uint32_t count;
	uint32_t offset;
	struct temporal_term term;
};

struct temporal_condition {
	unsigned char kind;     /* enum temporal_kind */
	unsigned char relation; /* of COMPARE: NODE_EQUAL to NODE_GREATER_EQUAL */
	unsigned char event;    /* enum cedar_event_kind */
	unsigned char slot;
	unsigned char depth;
	uint32_t offset;
	uint32_t free;          /* slots that are used inside and bound outside, one bit each */
	uint32_t field_count;
	int64_t window_ms;
	struct temporal_condition *left;
	struct temporal_condition *right;
	const struct cedar_uid *action;
	const struct temporal_field *fields;
	const struct temporal_monitor *monitor; /* of FORMERLY, and of SINCE its right side; NULL: none */
	const struct temporal_monitor *guard;   /* of SINCE its left side */
	struct temporal_term terms[2];
};

struct temporal_shape;

/* How a condition asks a monitor: the values of its keys. */
struct temporal_monitor {
	const struct temporal_shape *shape;
	const struct temporal_field *keys; /* in the order of the shape; terms are values or fields of the request */
};

/* `count for ... where body` or `sum slot for ... where body`. */
struct temporal_aggregate {
	bool is_sum;
	unsigned char slot;    /* what is summed */
	uint32_t binders;      /* slots of the `for` list */
	uint32_t offset;
	const struct temporal_monitor *monitor; /* NULL: none */
	struct temporal_condition *body;
};

/* Declared types that are told apart; every other type is OTHER. */
enum temporal_type { TEMPORAL_OTHER = 0, TEMPORAL_LONG, TEMPORAL_STRING, TEMPORAL_BOOL, TEMPORAL_POINT };

struct temporal_slot {
	slice name;
	slice type_name;
	unsigned char type; /* enum temporal_type */
};

struct temporal {
	/* What a kept answer is found by comes first, beside the node. */
	const struct temporal_shapes *shapes; /* of its policy set; NULL: not planned yet */
	uint32_t number;        /* among the conditions of its set */
	bool is_planned;
	bool is_monitored;      /* every operator has a monitor: no event is looked at again */
	bool is_steady;         /* what it looks for stands in it: its answer changes with such an event, and with time */
	struct temporal_condition *root;
	const struct node *requests[CEDAR_TEMPORAL_REQUESTS_MAX];
	unsigned request_count;
	uint32_t long_requests; /* which of them are compared by size, so that they must be long */
	struct temporal_slot slots[CEDAR_TEMPORAL_VARIABLES_MAX];
	unsigned slot_count;
	int64_t reach_ms;       /* how far back it can look, all windows together */
	slice text;             /* its short form: equal for equal conditions */
};

/*
 * Takes what stands between the braces; the token is behind the opening one. `*ret_node` is a NODE_TEMPORAL.
 * E_SYNTAX: not of the dialect, or not decidable (see temporal_check).  E_UNSUPPORTED: macros.  E_LIMIT, E_MEMORY.
 */
MUST_USE enum error temporal_parse(struct parser *parser, const struct node **ret_node);

/*
 * Is each variable bound by something that happened before it is used, does each part depend on the history, do the
 * types of variables fit? E_SYNTAX at the place that is wrong.
 */
MUST_USE enum error temporal_check(struct parser *parser, const struct temporal *temporal);

/* The short form, without the braces. */
void temporal_write(struct buffer *out, const struct temporal *temporal);

/* The value of an event's field; kind CEDAR_NONE: it is not there. `*ret_is_cut` true: it may have been. */
struct cedar_value event_field(const struct cedar_event *event, const slice *path, size_t count, bool *ret_is_cut);
/* Is this a field that events of some kind can have? */
bool event_field_exists(const slice *path, size_t count);

/* Zero is the harmless one: it denies. */
enum temporal_answer { TEMPORAL_UNKNOWN = 0, TEMPORAL_FALSE, TEMPORAL_TRUE };

static inline enum temporal_answer temporal_answer_of(bool holds)
{
	return holds ? TEMPORAL_TRUE : TEMPORAL_FALSE;
}

/* One question to the history of a session. */
struct temporal_question {
	const struct temporal *temporal;
	const struct cedar_value *requests;  /* values of its requests */
	const struct cedar_event *current;   /* what is being decided: the last event, not yet in the history */
	struct cedar_history *history;
	uint64_t number;                     /* the same for all questions of one decision; 0: begins another, and gets its own */
	struct arena *arena;
	slice witness;                       /* request id of the event that made it true; empty where none did alone */
	const char *sentence;                /* why it is unknown */
	enum error failure;                  /* E_MEMORY: no answer at all */
};

/* The definition: looks at every event that is kept and may matter. */
enum temporal_answer temporal_scan(struct temporal_question *question);
/*
 * An answer that is kept for the decision with this number: TRUE, FALSE with `*ret_witness`, or UNKNOWN where none is.
 */
enum temporal_answer temporal_recall(const struct cedar_history *history, const struct temporal *temporal,
				     uint64_t number, slice *ret_witness);
/* As the definition, from monitors; only where `is_monitored`. */
enum temporal_answer temporal_ask_monitors(struct temporal_question *question);

/* What a TERM_VALUE or TERM_REQUEST stands for. */
static inline struct cedar_value temporal_ground(const struct temporal_term *term, const struct cedar_value *requests)
{
	return term->kind == TERM_REQUEST ? requests[term->index] : term->value;
}

/* A total as a Long, which it may be too large for. */
static inline struct cedar_value temporal_long(temporal_total number)
{
	return cedar_long(number > INT64_MAX ? INT64_MAX : number < INT64_MIN ? INT64_MIN : (int64_t)number);
}

/* Both operands known: as the dialect compares. */
bool temporal_compare(enum node_kind relation, struct cedar_value left, struct cedar_value right);
bool temporal_compare_wide(enum node_kind relation, temporal_total left, temporal_total right);

#endif
