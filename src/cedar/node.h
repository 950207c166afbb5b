/* The expression tree as it was written. Nodes live in the arena of their policy set and never change. */
#ifndef TIPSTAFF_CEDAR_NODE_H
#define TIPSTAFF_CEDAR_NODE_H

#include "cedar/escape.h"
#include "cedar/value.h"

enum node_kind {
	NODE_LITERAL = 0,   /* value: bool, long, string or entity */
	NODE_VARIABLE,      /* detail: enum variable */
	NODE_SLOT,          /* detail: VARIABLE_PRINCIPAL or VARIABLE_RESOURCE; only in policy JSON that is refused */
	NODE_NOT,           /* left */
	NODE_NEGATE,        /* left */
	NODE_AND,           /* items, at least two, left to right */
	NODE_OR,            /* items */
	NODE_IF,            /* left, right, third */
	NODE_EQUAL,         /* left, right; as all up to NODE_GET_TAG but IS_EMPTY */
	NODE_NOT_EQUAL,
	NODE_LESS,
	NODE_LESS_EQUAL,
	NODE_GREATER,
	NODE_GREATER_EQUAL,
	NODE_IN,
	NODE_ADD,
	NODE_SUBTRACT,
	NODE_MULTIPLY,
	NODE_CONTAINS,
	NODE_CONTAINS_ALL,
	NODE_CONTAINS_ANY,
	NODE_HAS_TAG,
	NODE_GET_TAG,
	NODE_IS_EMPTY,      /* left */
	NODE_ATTRIBUTE,     /* left, name */
	NODE_HAS,           /* left, names: one or more, as in `has a.b.c` */
	NODE_LIKE,          /* left, pattern */
	NODE_IS,            /* left, type */
	NODE_IS_IN,         /* left, type, right */
	NODE_SET,           /* items */
	NODE_RECORD,        /* items, names */
	NODE_CALL,          /* detail: enum cedar_function; items */
	NODE_TEMPORAL,      /* temporal: the history condition of a whole clause */
	NODE_KIND_COUNT
};

struct temporal;

enum variable { VARIABLE_PRINCIPAL = 0, VARIABLE_ACTION, VARIABLE_RESOURCE, VARIABLE_CONTEXT, VARIABLE_COUNT };

struct node {
	unsigned char kind;   /* enum node_kind */
	unsigned char detail;
	bool is_constant;     /* evaluating gives `value`, whatever the request */
	uint16_t depth;       /* of the tree below, this node included */
	uint32_t offset;      /* in the text of its source */
	uint32_t count;       /* of items or names */
	struct cedar_value value;
	const struct node *left;
	const struct node *right;
	union {
		const struct node *third;
		const struct node *const *items;
		const struct pattern *pattern;
		const struct cedar_uid *type; /* its id is empty */
		struct temporal *temporal;    /* cedar/temporal.h */
	};
	union {
		slice name;
		const slice *names;
	};
};

/* The four variables: principal, action, resource, context. */
slice variable_name(enum variable variable);
/* VARIABLE_COUNT: no such variable. */
enum variable variable_find(slice name);
/* A binary operator's or built-in method's name as in policy JSON, such as `==` or `containsAll`. */
slice node_operator(enum node_kind kind);
/* NODE_KIND_COUNT: no built-in method of this name. */
enum node_kind node_method(slice name);
/* Arguments of a built-in method without its receiver: 0 or 1. */
size_t node_method_arguments(enum node_kind kind);

/*
 * Closes a node whose children are set: computes its depth, and its value where all below is constant.
 * E_LIMIT: CEDAR_DEPTH_MAX, or a constant beyond its limits.  E_CONFLICT: a record's key twice.  E_MEMORY.
 */
MUST_USE enum error node_close(struct arena *arena, struct node *node, struct fault *why);
/* Is it principal, action, resource or context itself? */
static inline bool node_is_variable(const struct node *node, enum variable variable)
{
	return node->kind == NODE_VARIABLE && node->detail == variable;
}
/* Are its children `items`? */
static inline bool node_has_items(const struct node *node)
{
	static const uint64_t kinds = 1ull << NODE_AND | 1ull << NODE_OR | 1ull << NODE_SET | 1ull << NODE_RECORD |
				      1ull << NODE_CALL;
	return kinds >> node->kind & 1;
}
/* The child at `index`, in the order of writing; NULL behind the last. */
const struct node *node_child(const struct node *node, size_t index);

#endif
