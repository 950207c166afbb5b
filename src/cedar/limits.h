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
/* Depth of a value: bounds the stack of comparing two of them. */
#define CEDAR_VALUE_DEPTH_MAX 128u
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

#endif
