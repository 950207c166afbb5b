/* One JSON string, from its opening quote to its closing one; for the files of this folder. */
#ifndef TIPSTAFF_TEXT_JSON_TEXT_H
#define TIPSTAFF_TEXT_JSON_TEXT_H

#include "base/arena.h"
#include "base/error.h"

/*
 * `*at` stands on the opening quote and is moved behind the closing one. Without escapes `*ret_string` is a view of the
 * input, otherwise it is decoded into the arena.
 * E_SYNTAX, E_MEMORY: `*at` is where it went wrong, `*reterr_sentence` says what.
 */
MUST_USE enum error json_text_read(const char **at, const char *end, struct arena *arena, slice *ret_string,
				   const char **reterr_sentence);

#endif
