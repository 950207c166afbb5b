/* Every maximum of the Cedar engine, with its reason. */
#ifndef TIPSTAFF_CEDAR_LIMITS_H
#define TIPSTAFF_CEDAR_LIMITS_H

/* Text is addressed with 32 bits, and nobody writes this by hand. */
#define CEDAR_TEXT_BYTES_MAX (64u * 1024u * 1024u)
/* Twice the largest set that the benchmarks load. */
#define CEDAR_POLICIES_MAX (2u * 1000u * 1000u)
#define CEDAR_SOURCES_MAX 65536u
/* Parentheses, sets, records, if and unary operators inside each other: bounds the stack of the parser. */
#define CEDAR_NESTING_MAX 400u
/* Depth of an expression tree, chains such as a.b.c and 1+2+3 included: bounds the stack of the evaluator. */
#define CEDAR_DEPTH_MAX 600u
/* Names of one `has a.b.c` in policy text: it costs memory before it is refused for its depth. */
#define CEDAR_HAS_NAMES_MAX 1024u
/* Depth of a value: bounds the stack of comparing two of them. */
#define CEDAR_VALUE_DEPTH_MAX 128u
/*
 * Parts of all types of a schema, a common type counted anew wherever it is used: 40 lines can name one that has 2^40, and
 * who compares types or asks what is left of a policy walks through them.
 */
#define CEDAR_TYPE_PARTS_MAX (4u * 1000u * 1000u)
/* Elements of one set or fields of one record. */
#define CEDAR_ELEMENTS_MAX (1000u * 1000u)
#define CEDAR_ANNOTATIONS_MAX 1000u
#define CEDAR_ENTITIES_MAX (16u * 1000u * 1000u)
/* Actions of one list for each of which the index has an entry, and entries of all lists of a set: bounds its memory. */
#define CEDAR_ACTIONS_INDEXED_MAX 64u
#define CEDAR_INDEX_ENTRIES_MAX (8u * 1000u * 1000u)
/* Ancestors of one entity, over all layers. */
#define CEDAR_ANCESTORS_MAX 10000u
/* Entity layers and policy sets of one request. */
#define CEDAR_LAYERS_MAX 16u
#define CEDAR_POLICYSETS_MAX 64u
/* Facts kept for an explanation; further ones are counted only. */
#define CEDAR_FACTS_MAX 256u
/* Facts that one @remedy names, and names in one path: more is nothing that a person could change. */
#define CEDAR_REMEDY_FACTS_MAX 16u
#define CEDAR_REMEDY_PATH_MAX 8u
/* Depth of conditions that a remedy is looked for in: bounds the stack, on which ways are kept. */
#define CEDAR_REMEDY_DEPTH_MAX 24u
/* Expressions that are looked at for one remedy: each is asked for true and for false, at every depth. */
#define CEDAR_REMEDY_CALLS_MAX 10000u
/* Conditions of one remedy, and ways that are kept of a policy: joining them grows as their product. */
#define CEDAR_REMEDY_NEEDS_MAX 16u
#define CEDAR_REMEDY_WAYS_MAX 32u
/* Policies that are looked at, and decisions that are made, for one remedy: a denial must stay cheap. */
#define CEDAR_REMEDY_POLICIES_MAX 256u
#define CEDAR_REMEDY_TRIES_MAX 64u
/* Sentences about entities that do not conform to a schema; further ones are counted only, for nobody reads more. */
#define CEDAR_MISMATCHES_MAX 1000u
/* Bytes of memory that one policy set, entity store or schema may take. */
#define CEDAR_STORE_BYTES_MAX (8ull * 1024u * 1024u * 1024u)
/* Nodes evaluated for one request: time is bounded although policies are many. */
#define CEDAR_STEPS_MAX (100ull * 1000u * 1000u)

/*
 * History conditions. A window reaches back no further than a day: it is how long a session whose past is not known is
 * denied what depends on it.
 */
#define CEDAR_WINDOW_MAX_MS (24ll * 3600 * 1000)
/* Conditions inside each other, and variables, request fields and event fields of one block: nobody writes more. */
#define CEDAR_TEMPORAL_DEPTH_MAX 32u
#define CEDAR_TEMPORAL_VARIABLES_MAX 16u
#define CEDAR_TEMPORAL_REQUESTS_MAX 32u
#define CEDAR_TEMPORAL_FIELDS_MAX 32u
/* Characters of one block in its own short form: it is the identity of a condition, and shown in explanations. */
#define CEDAR_TEMPORAL_TEXT_MAX 16384u
/* Monitors that one kind of event feeds: bounds the time to take in an event. What is beyond is scanned. */
#define CEDAR_MONITORS_OF_EVENT_MAX 64u
/* Events that one condition which has no monitor may look at: bounds the time of a decision to about 10 ms. */
#define CEDAR_SCAN_STEPS_MAX 200000ull
/* Events kept of one session, in segments; the oldest segment goes as a whole. */
#define CEDAR_HISTORY_SEGMENTS_MAX 16u
#define CEDAR_HISTORY_SEGMENT_EVENTS 64u
#define CEDAR_HISTORY_SEGMENT_BYTES_MAX (64u * 1024u)
/* A field of input or output that is larger is not kept with the event; what looks for it is not known then. */
#define CEDAR_HISTORY_FIELD_BYTES_MAX 1024u
#define CEDAR_HISTORY_EVENT_BYTES_MAX 8192u
/* Memory of the monitors of one session. Where it is used up they start again from the events that are kept. */
#define CEDAR_MONITOR_BYTES_MAX (1024u * 1024u)
/* Answers that a session keeps: about 10 bytes for each condition, 18 where they have a witness. The rest is asked again. */
#define CEDAR_KEPT_BYTES_MAX (512u * 1024u)

#endif
