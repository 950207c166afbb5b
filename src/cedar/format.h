/*
 * The formatter: one layout for all policies. It keeps every token and every comment and changes only the space between
 * them; formatting what is formatted changes nothing.
 */
#ifndef TIPSTAFF_CEDAR_FORMAT_H
#define TIPSTAFF_CEDAR_FORMAT_H

#include "cedar/problem.h"

#include "base/buffer.h"

/* Appends the formatted text. E_SYNTAX: it is not Cedar, told in `*problem` (may be NULL).  E_LIMIT, E_MEMORY. */
MUST_USE enum error cedar_format(slice name, slice text, struct buffer *out, struct cedar_problem *problem,
				 struct fault *why);

#endif
