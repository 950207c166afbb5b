/* String literals: Rust's escapes, and patterns in which `\*` is a star and `*` stands for anything. */
#ifndef TIPSTAFF_CEDAR_ESCAPE_H
#define TIPSTAFF_CEDAR_ESCAPE_H

#include "base/arena.h"
#include "base/error.h"
#include "base/slice.h"

/* A part of a pattern; `literal` of a wildcard is empty. */
struct pattern_part {
	bool is_wildcard;
	slice literal;
};

struct pattern {
	const struct pattern_part *parts;
	size_t count;
};

/*
 * The text between the quotes of a literal, borrowed from it where nothing is escaped. `*ret_bad` is the offset inside `quoted` of what is wrong.
 * E_SYNTAX: an escape that does not exist, or a bare carriage return.  E_MEMORY.
 */
MUST_USE enum error string_unescape(struct arena *arena, slice quoted, slice *ret_text, size_t *ret_bad);
/* As string_unescape, for the right side of `like`. */
MUST_USE enum error pattern_unescape(struct arena *arena, slice quoted, struct pattern *ret_pattern, size_t *ret_bad);

/* Puts neighbouring literals together. False: no memory. */
MUST_USE bool pattern_join(struct arena *arena, struct pattern *pattern);
/* Time is at most the product of the lengths; no recursion. */
bool pattern_matches(const struct pattern *pattern, slice text);

#endif
