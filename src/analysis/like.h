/* A text that fits some patterns and not others: a walk through the automata of all patterns at once. */
#ifndef TIPSTAFF_ANALYSIS_LIKE_H
#define TIPSTAFF_ANALYSIS_LIKE_H

#include "base/arena.h"
#include "base/error.h"
#include "cedar/escape.h"

struct like_wish {
	const struct pattern *pattern; /* NULL: the text itself */
	slice text;
	bool is_wanted;
};

enum like_answer {
	LIKE_UNKNOWN = 0, /* too large */
	LIKE_FOUND,
	LIKE_NONE         /* there is no such text */
};

/*
 * The shortest text that fits all that is wanted and nothing that is not. Its bytes live in the arena.
 */
enum like_answer like_find(struct arena *arena, const struct like_wish *wishes, size_t count, slice *ret_text);

#endif
