/* What would change if an object became as a file says it should be. */
#ifndef TIPSTAFF_CLI_DIFFERENCE_H
#define TIPSTAFF_CLI_DIFFERENCE_H

#include "registry/kind.h"
#include "text/json.h"

/* One field that differs; `was` or `will` is NULL where the object has or will have no such value. */
struct difference {
	const struct field *field;
	const struct json_node *was;
	const struct json_node *will;
	slice will_text; /* of `will`, or the field's preset where the file says nothing */
};

/*
 * The differences between the object that the server has and the one that the file gives, at most KIND_FIELDS_MAX.
 * What a file leaves out gets its preset, or goes away, except where silence keeps it (FIELD_KEPT).
 */
size_t difference_find(const struct kind_row *kind, const struct json_doc *is_doc, const struct json_node *is,
		       const struct json_doc *should_doc, const struct json_node *should,
		       struct difference ret_list[KIND_FIELDS_MAX]);
/* The same value, whatever the order of members and the form of times. NULL equals null and the empty list. */
bool difference_same(const struct field *field, const struct json_doc *a_doc, const struct json_node *a,
		     const struct json_doc *b_doc, const struct json_node *b);

#endif
