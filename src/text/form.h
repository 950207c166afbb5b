/* Form parameters (application/x-www-form-urlencoded), in bodies and queries. */
#ifndef TIPSTAFF_TEXT_FORM_H
#define TIPSTAFF_TEXT_FORM_H

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

#define FORM_PAIRS_MAX 256u /* no OAuth request comes near */

struct form_pair {
	slice name;
	slice value;
};

/* In the order they came. Zeroed, it has no parameters. */
struct form {
	struct form_pair *pairs;
	size_t count;
};

/*
 * Decoded pairs in the arena. A parameter without '=' has an empty value; empty parts (as in "a=1&&b=2") are passed over.
 * E_LIMIT: more than FORM_PAIRS_MAX.  E_SYNTAX: a '%' without two hex digits, or what is decoded is not UTF-8.  E_MEMORY.
 */
MUST_USE enum error form_parse(struct form *ret_form, slice text, struct arena *arena, struct fault *why);
/* How often the parameter came. */
size_t form_count(const struct form *form, slice name);
/* The `nth` (from 0) value of the parameter; false where it did not come so often. */
bool form_get(const struct form *form, slice name, size_t nth, slice *ret_value);
/* E_INVALID with the field: absent or empty (RFC 6749 3.1 takes that as absent), or more than once. */
MUST_USE enum error form_need(const struct form *form, const char *name, slice *ret_value, struct fault *why);
/* Absent or empty leaves `*ret_value` as it is. E_INVALID with the field: more than once. */
MUST_USE enum error form_opt(const struct form *form, const char *name, slice *ret_value, struct fault *why);

/* Appends one parameter, with '&' before it unless the buffer is empty. */
void form_add(struct buffer *to, slice name, slice value);

#endif
