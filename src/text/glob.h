/* Patterns for names and paths. Time grows with pattern times text, never worse. */
#ifndef TIPSTAFF_TEXT_GLOB_H
#define TIPSTAFF_TEXT_GLOB_H

#include "base/error.h"
#include "base/slice.h"

/*
 *	*    any bytes but '/'
 *	**   any bytes; as a whole segment it also stands for none: a/ ** /b (without the blanks) matches a/b
 *	?    one character (UTF-8) but '/'
 *	\c   the byte c itself
 *
 * Everything else stands for itself. The whole text must match.
 */

#define GLOB_BYTES_MAX 1024u

/* E_SYNTAX: ends with a backslash.  E_LIMIT: longer than GLOB_BYTES_MAX. */
MUST_USE enum error glob_check(slice pattern, struct fault *why);
/* A pattern that glob_check refuses matches nothing. */
bool glob_match(slice pattern, slice text);
/* Without `*` and `?`, so that it can match one text only (itself, where it has no backslash either). */
bool glob_is_literal(slice pattern);

#endif
