/* One policy or template as it was read. */
#ifndef TIPSTAFF_CEDAR_POLICY_H
#define TIPSTAFF_CEDAR_POLICY_H

#include "cedar/node.h"
#include "cedar/policyset.h"

enum scope_kind { SCOPE_ALL = 0, SCOPE_EQUAL, SCOPE_IN, SCOPE_IS, SCOPE_IS_IN };

/* What the head of a policy says of one variable. */
struct scope {
	unsigned char kind;               /* enum scope_kind; the action has no IS */
	bool has_slot;                    /* the entity is a slot, to be filled by a link */
	bool is_list;                     /* `action in [...]`: `entities` counts instead of `entity` */
	uint32_t entity_count;
	const struct cedar_uid *entity;   /* EQUAL, IN, IS_IN; NULL for a slot */
	const struct cedar_uid *type;     /* IS, IS_IN; its id is empty */
	const struct cedar_uid *const *entities;
};

struct clause {
	bool is_unless;
	uint32_t offset;
	const struct node *body;
	const struct node *code; /* the same, shared with all that look like it: this is evaluated */
	/*
	 * Where the nodes were written, children before parents. Then `body` is `code`, and the offsets in it are those of
	 * whoever wrote it first. NULL: `body` is a tree of its own, and its offsets are true.
	 */
	const uint32_t *places;
};

/* The condition as a tree whose offsets are where it was written. NULL: no memory. */
const struct node *clause_written(const struct clause *clause, struct arena *arena);
struct policy;
/* Where the node of a condition of the policy was written; the last time, where the policy says the same twice. */
uint32_t policy_place(const struct policy *policy, const struct node *node);

struct policy {
	slice id;
	slice text;                          /* from the first annotation to the semicolon */
	uint32_t source;                     /* index into the set's sources */
	uint32_t offset;                     /* of `text` in the source */
	unsigned char effect;                /* enum cedar_effect */
	uint32_t annotation_count;
	uint32_t clause_count;
	uint32_t line;                       /* of `text` in the source */
	const struct cedar_annotation *annotations;
	struct scope scopes[3];              /* by enum variable: principal, action, resource */
	struct clause *clauses;
	const struct policy *template;       /* of a link; NULL otherwise */
};

static inline bool policy_is_template(const struct policy *policy)
{
	return policy->scopes[VARIABLE_PRINCIPAL].has_slot || policy->scopes[VARIABLE_RESOURCE].has_slot;
}

#endif
