/* The canonical form of a JSON value (RFC 8785): what is hashed and signed. */
#ifndef TIPSTAFF_TEXT_JCS_H
#define TIPSTAFF_TEXT_JCS_H

#include "base/arena.h"
#include "base/buffer.h"
#include "text/json.h"

enum jcs_numbers {
	/*
	 * As the RFC: every number is a double. Integers that no double holds are refused, because two different ones
	 * would get the same digest.
	 */
	JCS_RFC8785 = 0,
	/* Integers that fit int64_t keep their digits; all other numbers as the RFC. For our own digests. */
	JCS_EXACT_INTEGERS,
};

/*
 * Appends the canonical form of `node`. `scratch` takes what sorting needs.
 * E_INVALID: a number that has no canonical form.  E_LIMIT: the buffer is full.  E_MEMORY.
 */
MUST_USE enum error jcs_write(struct buffer *to, const struct json_doc *doc, const struct json_node *node,
			      enum jcs_numbers numbers, struct arena *scratch, struct fault *why);

#endif
