/*
 * Partial evaluation: expressions and policies for a request with unknowns.
 *
 * What is known is computed; what is not keeps its expression, in which all that is known has been put in: evaluated
 * with the same request made whole, it gives the same value, or the same error, as the expression it came from.
 */
#ifndef TIPSTAFF_CEDAR_PARTIAL_H
#define TIPSTAFF_CEDAR_PARTIAL_H

#include "cedar/evaluate.h"
#include "cedar/extension.h"
#include "cedar/schema.h"

struct partial {
	struct evaluation evaluation;
	const struct cedar_schema *schema; /* request and entities conform to it; NULL: there is none */
	bool wants_nodes;                  /* else only what is possible is told */
};

/* What an expression came to. */
struct part {
	struct cedar_value value; /* CEDAR_UNKNOWN: what it can be, of which errors are one thing */
	const struct node *node;  /* what is left where the value is open; NULL unless nodes are wanted */
};

/*
 * As evaluation_start, and principal, action, resource and fields of the context may be unknown. `schema` NULL: none.
 */
MUST_USE enum error partial_start(struct partial *partial, const struct cedar_request *request,
				  const struct cedar_world *world, const struct cedar_schema *schema,
				  struct arena *arena, struct fault *why);
/* False: the evaluation is void, see its `failure`. */
MUST_USE bool partial_evaluate(struct partial *partial, const struct node *node, struct part *ret_part);
/* The same for a chain of && or ||. */
MUST_USE bool partial_chain(struct partial *partial, const struct node *node, struct part *ret_part);

/* What is possible for the head of a policy: CEDAR_CAN_TRUE, CEDAR_CAN_FALSE or both. */
unsigned partial_scope(const struct partial *partial, const struct policy *policy);
/* What is possible for its conditions: these two and CEDAR_CAN_ERROR. 0: the evaluation is void. */
unsigned partial_conditions(struct partial *partial, const struct policy *policy);
/*
 * As partial_scope and partial_conditions together; where more than one thing is possible, or only an error,
 * `*ret_residual` is what is left of the policy. Nodes must be wanted.
 */
unsigned partial_policy(struct partial *partial, const struct policy *policy, const struct policy **ret_residual);

/* --- what unknown operands can give: possible.c --- */

/* Known, down to the last member? */
static inline bool value_is_open(struct cedar_value value)
{
	return value.kind == CEDAR_UNKNOWN || value.has_unknown;
}
/* Bits of a value, known or not. */
unsigned possible_of(struct cedar_value value);
/* A value that stands for these bits; a boolean where only one is possible. */
struct cedar_value possible_value(unsigned bits);
/* What the operator, method or function gives, and by which errors. */
unsigned possible_binary(enum node_kind kind, struct cedar_value left, struct cedar_value right);
unsigned possible_call(enum cedar_function function, const struct cedar_value arguments[2]);
/* Where the operand must be one of `wanted`, and then gives `result`. */
unsigned possible_unary(struct cedar_value operand, unsigned wanted, unsigned result);
/* An attribute of an unknown holder. */
struct cedar_value possible_attribute(struct partial *partial, struct cedar_value holder, slice name);
/* Has it the attribute? */
unsigned possible_has(const struct partial *partial, struct cedar_value holder, slice name);
/* An unknown of a type of the schema. Without an arena it is not told which type of entity. */
struct cedar_value possible_type(const struct cedar_schema *schema, const struct type *type, struct arena *arena);

/* --- trees of what is left: residue.c --- */

/* The value as a literal, or as the literals, sets, records and calls that make it. NULL: no memory. */
const struct node *residue_literal(struct arena *arena, struct cedar_value value);
/* What is left of a child, or its value as a literal. NULL: no memory. */
const struct node *residue_child(struct arena *arena, const struct part *part, const struct node *old);
/* The node with its children replaced; the node itself where none differs. False: no memory, or a limit. */
MUST_USE bool residue_node(struct partial *partial, const struct node *node, const struct part *parts,
			   const struct node **ret_node);

#endif
