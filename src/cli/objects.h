/* The verbs of one kind of object: ls, get, add, set, rm, and the orders of that kind. */
#ifndef TIPSTAFF_CLI_OBJECTS_H
#define TIPSTAFF_CLI_OBJECTS_H

#include "cli/show.h"

#define OBJECTS_PAGE 200u       /* objects asked for at once */
#define OBJECTS_COUNT_MAX 100000u /* objects that one listing holds */

/*
 * All objects of a kind, page by page. `query` is what follows "?" besides limit and page ("" or "state=active&").
 * E_LIMIT: more than OBJECTS_COUNT_MAX. Errors of remote_call.
 */
MUST_USE enum error objects_list(struct remote *remote, const struct kind_row *kind, slice query,
				 struct show_row **ret_rows, size_t *ret_count, struct fault *why);
/* {"items":[...]}, indented. */
MUST_USE enum error objects_print_json(const struct show_row *rows, size_t count, struct fault *why);

#endif
