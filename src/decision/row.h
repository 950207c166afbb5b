/* Rows of a snapshot: made from the objects of the registry, released when no snapshot holds them. */
#ifndef TIPSTAFF_DECISION_ROW_H
#define TIPSTAFF_DECISION_ROW_H

#include "decision/snapshot.h"

struct json_doc;
struct json_node;

/* What a change says, read once. Borrowed from its document. */
struct row_input {
	slice id;
	slice object;  /* JSON */
	uint64_t revision;
	int64_t time_ms;
	const struct json_doc *doc;
	const struct json_node *node; /* of the object */
	const struct hash_key *key;
};

/*
 * Each makes one row; the first member of what `*ret_row` points to is a struct row. `old` is the row it replaces, or
 * NULL. E_INVALID, E_SYNTAX: not such an object.  E_LIMIT, E_MEMORY.
 */
typedef enum error row_make(const struct row_input *input, const struct row *old, struct row **ret_row,
			    struct fault *why);

row_make agent_row_make;
row_make tool_row_make;
row_make server_row_make;
row_make purpose_row_make;
row_make grant_row_make;
row_make task_row_make;
row_make principal_row_make;
row_make policy_row_make;
row_make entities_row_make;
row_make pep_row_make;
row_make revocation_row_make;

/* A zeroed row of `size` bytes with its arena, id and object. NULL: no memory. */
void *row_new(const struct row_input *input, size_t size);
/* For retire_add; frees the row and everything that it owns. */
void row_release(struct retired *item);
void agent_row_release(struct retired *item);
void tool_row_release(struct retired *item);
void authority_row_release(struct retired *item);

#endif
