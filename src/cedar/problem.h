/* A mistake in a text, for the person who wrote it: source, line, column, the line itself with a caret, a sentence. */
#ifndef TIPSTAFF_CEDAR_PROBLEM_H
#define TIPSTAFF_CEDAR_PROBLEM_H

#include "base/buffer.h"
#include "base/error.h"
#include "base/slice.h"

/* Holds its own copies, cut where they are too long. `line` 0: nothing is wrong. */
struct cedar_problem {
	char source[128];    /* name of the file or other source; NUL-terminated, as the others */
	uint32_t line;       /* from 1 */
	uint32_t column;     /* from 1, in bytes */
	char excerpt[120];   /* the line around the place; control characters shown as spaces */
	uint32_t caret;      /* position of the place inside the excerpt, from 0 */
	char sentence[224];
};

/*
 * Fills `*problem` (NULL is fine) for the place `offset` of `text`, and `*why` with
 * `source:line:column: sentence`; returns `code`.
 */
MUST_USE enum error cedar_problem_set(struct cedar_problem *problem, struct fault *why, enum error code, slice source,
				      slice text, size_t offset, const char *format, ...)
	__attribute__((format(printf, 7, 8)));
/* `source:line:column: sentence`, the excerpt and a caret below it: three lines. */
void cedar_problem_write(struct buffer *out, const struct cedar_problem *problem);

#endif
