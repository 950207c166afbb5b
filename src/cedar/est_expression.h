/* Expressions out of policy JSON. */
#ifndef TIPSTAFF_CEDAR_EST_EXPRESSION_H
#define TIPSTAFF_CEDAR_EST_EXPRESSION_H

#include "cedar/est.h"

struct est_reader {
	struct json_reader reader;
	unsigned nesting;
};

/* E_SYNTAX: not that form.  E_LIMIT, E_MEMORY. */
MUST_USE enum error est_read_expression(const struct json_reader *reader, const struct json_node *json,
					const struct node **ret_node);
/* Fills `ret_members` with the named members; the first `needed` must be there and none but the `allowed` may. */
MUST_USE enum error est_members(const struct json_reader *reader, const struct json_node *object, const slice *names,
				size_t needed, size_t allowed, const struct json_node **ret_members);

#endif
