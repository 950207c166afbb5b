/*
 * Monitors: what a history condition needs of the past, kept up to date event by event, so that a question costs one
 * look-up whatever the length of the history.
 *
 * A shape says which events of one action are told apart by which fields; conditions of many policies that differ only
 * in the values they look for share it. A session keeps, for each shape and each value that occurred, when it happened
 * last, since when without a break, and of counts and sums what is still in the window.
 */
#ifndef TIPSTAFF_CEDAR_MONITOR_H
#define TIPSTAFF_CEDAR_MONITOR_H

#include "cedar/history_data.h"

struct cedar_policyset;

/* A field that must be there, and, but for NODE_HAS, compares so with a value. */
struct monitor_filter {
	const struct temporal_field *field;
	unsigned char relation;
	struct cedar_value value;
};

struct temporal_shape {
	uint32_t number;                   /* in its set, from 1 */
	unsigned char event;               /* enum cedar_event_kind */
	bool is_ring;                      /* counts, or sums */
	int64_t window_ms;                 /* of a ring */
	const struct cedar_uid *action;
	const struct temporal_field *keys; /* only their paths count */
	uint32_t key_count;
	uint32_t filter_count;
	const struct monitor_filter *filters;
	const struct temporal_field *summand; /* NULL: counts */
	struct temporal_shape *next;       /* of the same action and kind */
};

/* A steady condition that an event may change. */
struct listener {
	uint32_t condition;
	const struct listener *next;
};

/* All that look for events of one shape with the same values of its keys. */
struct audience {
	uint64_t hash;
	const struct temporal_monitor *monitor; /* of one of them */
	const struct listener *first;           /* NULL: a free place */
};

/* All shapes of one policy set, found by action and kind of event. */
struct temporal_shapes {
	uint64_t generation;            /* of the set: never the same twice in a process */
	struct hash_key key;            /* of the set */
	struct audience *audiences;     /* open addressing */
	size_t audience_slots;
	size_t audience_count;
	struct temporal_shape **slots;  /* open addressing; the first of a chain */
	size_t slot_count;
	size_t used;
	uint32_t count;
	size_t condition_count;         /* different history conditions of the set */
	size_t scanned_count;           /* of these without monitors */
};

/* Plans the monitors of all history conditions of the set, which is being built. E_MEMORY. */
MUST_USE enum error monitors_plan(struct cedar_policyset *set, struct fault *why);
struct temporal_shape *shapes_find(const struct temporal_shapes *shapes, const struct cedar_uid *action, unsigned event);
/*
 * The shape that is the same as `*wanted`, or a new one with copies of its filters. NULL: there are
 * CEDAR_MONITORS_OF_EVENT_MAX of this action and kind already; or no memory, which is told.
 */
struct temporal_shape *shapes_share(struct temporal_shapes *shapes, struct arena *arena,
				    const struct temporal_shape *wanted, bool *ret_no_memory);
/* In the byte order of the names on the path. */
int field_path_compare(const struct temporal_field *a, const struct temporal_field *b);

/* Of the values of a shape's keys; of a cut event these are not known. */
uint64_t shape_hash(const struct temporal_shapes *shapes, const struct temporal_shape *shape, bool is_cut,
		    const struct cedar_value *keys);
/* Takes a steady condition in, under all its monitors. False: no memory. */
MUST_USE bool audiences_add(struct temporal_shapes *shapes, struct arena *arena, const struct temporal *temporal);
/* Who looks for an event of the shape with these keys; `hash` is shape_hash of them. */
const struct listener *audience_of(const struct temporal_shapes *shapes, const struct temporal_shape *shape,
				   const struct cedar_value *keys, uint64_t hash);

/* Does the event match the shape? Then its keys (of CEDAR_TEMPORAL_FIELDS_MAX) and its summand are filled. */
enum temporal_answer shape_match(const struct temporal_shape *shape, const struct cedar_event *event,
				 struct cedar_value *keys, struct cedar_value *ret_summand);
/* And are its keys what the monitor asks for? */
enum temporal_answer monitor_match(const struct temporal_monitor *monitor, const struct cedar_value *requests,
				   const struct cedar_event *event, struct cedar_value *ret_summand);

struct ring_entry {
	int64_t time_ms;
	int64_t value;
	struct ring_entry *next;
};

/* What is known of the events of one shape with the same keys. */
struct instance {
	uint64_t hash;
	uint32_t shape;
	bool is_cut;        /* stands for events of the shape that were not kept whole; has no keys */
	unsigned char request_length;
	char request[46];   /* id of the last one's request, where it fits */
	const struct cedar_value *keys;
	size_t last;        /* number of the last event */
	size_t run_first;   /* first of those in a row that end with the last */
	int64_t last_ms;
	uint64_t count;     /* of a ring */
	temporal_total total;
	struct ring_entry *oldest;
	struct ring_entry *newest;
};

/*
 * Answers to 64 conditions, one bit each. Those of steady conditions stand for the history alone: they are dropped when an
 * event is added that the condition looks for, and beyond `until_ms`. Others hold for one decision.
 */
struct kept {
	uint64_t is_known;
	uint64_t is_true;
	uint64_t has_witness;  /* witnesses[i] is the instance that made it true */
	int64_t until_ms;
	uint64_t decision;     /* that what follows is of */
	uint64_t is_touched;   /* the event that is being decided is one it looks for: not what is kept */
	uint64_t is_asked;
	uint64_t asked_true;
	const struct instance **witnesses; /* NULL: none has any */
};

struct monitors {
	uint64_t generation;
	const struct temporal_shapes *shapes; /* valid only while the set of that generation is given */
	struct arena arena;
	struct arena kept_arena;
	struct kept **kept;       /* by number of the condition / 64; NULL in it: none, and NULL: no memory for any */
	size_t kept_count;        /* places in it */
	uint64_t decision;        /* the last that asked */
	int64_t asked_ms;         /* its time */
	struct instance **slots;
	size_t slot_count;
	size_t count;
	struct ring_entry *free;
	int64_t unknown_until_ms; /* the events they began with go back to here */
	bool has_cut;
	bool is_full;             /* what is kept does not fit: nothing is known */
};

/* The monitors of the history for this set, begun from the events that are kept where there are none. NULL: no memory. */
struct monitors *monitors_of(struct cedar_history *history, const struct temporal_shapes *shapes);
/* NULL: no such event happened, as far as is known. */
struct instance *monitors_find(const struct cedar_history *history, const struct temporal_monitor *monitor,
			       const struct cedar_value *requests);
/* The last event of the shape that was not kept whole, or NULL. */
struct instance *monitors_find_cut(const struct cedar_history *history, const struct temporal_shape *shape);
/* A decision begins to ask: its event is held against what conditions look for. Time never goes back from one to the next. */
void kept_begin(struct monitors *monitors, uint64_t decision, const struct cedar_event *current, int64_t now_ms);
/* What is known is known up to `until_ms`; `witness` may be NULL. */
void kept_put(struct monitors *monitors, const struct temporal *temporal, bool answer, int64_t until_ms,
	      const struct instance *witness);
/* An event has come that these look for. */
void kept_drop(struct monitors *monitors, const struct listener *listeners);
void kept_drop_all(struct monitors *monitors);
/* Drops what has left the window. */
void ring_expire(struct monitors *monitors, struct instance *instance, const struct temporal_shape *shape, int64_t now_ms);

#endif
