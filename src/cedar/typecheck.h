/* Types of expressions in one environment: principal type, action, resource type. */
#ifndef TIPSTAFF_CEDAR_TYPECHECK_H
#define TIPSTAFF_CEDAR_TYPECHECK_H

#include "cedar/policy.h"
#include "cedar/schema.h"
#include "cedar/validate.h"

/* What is known to be there because a `has` or `hasTag` was true. */
struct capability {
	const struct node *expression;
	slice attribute;
	const struct node *tag; /* NULL: an attribute */
	const struct capability *next;
};

struct type_notes;

struct checker {
	const struct cedar_schema *schema;
	const struct cedar_policyset *set;
	enum cedar_validation_mode mode;
	struct arena *arena;
	/* the environment */
	const struct action_type *action;
	const struct type *principal;
	const struct type *resource;
	struct type_notes *notes; /* what was found, for level_check; NULL: not wanted */
	/* the first mistake */
	bool has_failed;
	bool no_memory;
	uint32_t offset;
	slice message;
};

extern const struct type type_never, type_true, type_false, type_bool, type_long, type_string;

/* False: a mistake, or no memory. `*ret_known` is what holds where the expression is true. */
MUST_USE bool typecheck(struct checker *checker, const struct node *node, const struct capability *known,
			const struct type **ret_type, const struct capability **ret_known);
/* Literals and type names that the schema does not know, also where nothing is evaluated. */
bool typecheck_names(struct checker *checker, const struct node *node);
/* The same of NODE_TEMPORAL; it is a Bool. */
bool temporal_typecheck(struct checker *checker, const struct node *node, const struct capability *known,
			const struct type **ret_type);
bool temporal_typecheck_names(struct checker *checker, const struct node *node);
bool typecheck_uid(struct checker *checker, const struct cedar_uid *uid, uint32_t offset);
bool typecheck_type_name(struct checker *checker, slice name, uint32_t offset);
/* The least type that has all values of both; NULL where there is none (or no memory). */
const struct type *type_join(struct checker *checker, const struct type *a, const struct type *b);
/* Notes a mistake. Always false. */
bool checker_fail(struct checker *checker, uint32_t offset, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
bool checker_no_memory(struct checker *checker);
/* Is one type's entity possibly an ancestor of the other's? */
bool schema_type_descends(const struct cedar_schema *schema, slice type, slice ancestor);
bool schema_is_action_type(const struct cedar_schema *schema, slice type);
/* `operand` is a literal here, or the action, which is known. */
bool checker_literal(const struct checker *checker, const struct node *operand, struct cedar_value *ret_value);
const struct type *checker_entity_type(struct checker *checker, slice name);
bool node_equal(const struct node *a, const struct node *b);
/* The same of two nodes of one kind and count, their children left aside. */
bool node_details_equal(const struct node *a, const struct node *b);

#endif
