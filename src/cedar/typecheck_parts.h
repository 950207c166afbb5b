/* The parts of the type checker. Each check is false after a mistake or without memory, and tells what it learned. */
#ifndef TIPSTAFF_CEDAR_TYPECHECK_PARTS_H
#define TIPSTAFF_CEDAR_TYPECHECK_PARTS_H

#include "cedar/typecheck.h"

/* As typecheck; what is learned does not matter. */
MUST_USE bool typecheck_type(struct checker *checker, const struct node *node, const struct capability *known,
			     const struct type **ret_type);
MUST_USE bool typecheck_binary(struct checker *checker, const struct node *node, const struct capability *known,
			       const struct type **ret_type, const struct capability **ret_known);
MUST_USE bool typecheck_is(struct checker *checker, const struct node *node, const struct capability *known,
			   const struct type **ret_type);
/*
 * The attribute in all of the entity types or in the record. `*ret_any`: some have it. NULL: not in all, they do not fit
 * together, or no memory.
 */
const struct type *checker_attribute(struct checker *checker, const struct type *holder, slice name, bool *ret_required,
				     bool *ret_any);
/* hasTag and getTag; both sides are checked already. */
MUST_USE bool typecheck_tag(struct checker *checker, const struct node *node, const struct capability *known,
			    const struct type *left, const struct type *right, const struct type **ret_type,
			    const struct capability **ret_known);
MUST_USE bool typecheck_attribute(struct checker *checker, const struct node *node, const struct capability *known,
				  const struct type **ret_type);
MUST_USE bool typecheck_has(struct checker *checker, const struct node *node, const struct capability *known,
			    const struct type **ret_type, const struct capability **ret_known);
MUST_USE bool typecheck_call(struct checker *checker, const struct node *node, const struct capability *known,
			     const struct type **ret_type);

/* The type as text, cut where it is long; at most two of them are in use at once. */
const char *checker_type_text(const struct type *type, char text[100]);
/* Note a mistake. Always false. */
bool checker_unexpected(struct checker *checker, const struct node *node, const char *expected, const struct type *type);
bool checker_incompatible(struct checker *checker, const struct node *node, const struct type *a, const struct type *b);

/* Puts the items of `more` in front of `list`. Without memory it is noted, and `list` comes back. */
const struct capability *capability_join(struct checker *checker, const struct capability *list,
					 const struct capability *more);
bool capability_knows(const struct capability *known, const struct node *expression, slice attribute,
		      const struct node *tag);
/* What both have. */
const struct capability *capability_common(struct checker *checker, const struct capability *a,
					   const struct capability *b);
const struct capability *capability_learn(struct checker *checker, const struct node *expression, slice attribute,
					  const struct node *tag);

#endif
