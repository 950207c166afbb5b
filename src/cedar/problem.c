#include "cedar/problem.h"

#include "text/place.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void copy_text(char *to, size_t size, slice text)
{
	size_t length = text.len < size - 1 ? text.len : size - 1;
	for (size_t i = 0; i < length; i++)
		to[i] = (unsigned char)text.ptr[i] < 0x20 ? ' ' : text.ptr[i];
	to[length] = '\0';
}

/* The line around `offset`; a long one is cut so that the place stays in sight. */
static void copy_excerpt(struct cedar_problem *problem, slice text, size_t line_start, size_t offset)
{
	size_t end = line_start;
	while (end < text.len && text.ptr[end] != '\n' && text.ptr[end] != '\r')
		end++;
	size_t start = line_start;
	if (offset > start + sizeof(problem->excerpt) / 2)
		start = offset - sizeof(problem->excerpt) / 2;
	/* Not inside a UTF-8 sequence. */
	while (start < offset && ((unsigned char)text.ptr[start] & 0xc0) == 0x80)
		start++;
	copy_text(problem->excerpt, sizeof(problem->excerpt), slice_sub(text, start, end > offset ? end : offset));
	problem->caret = (uint32_t)(offset - start);
}

static void find_place(struct cedar_problem *problem, slice text, size_t offset)
{
	struct text_place place = {0};
	text_place_move(&place, text, offset);
	problem->line = place.line;
	problem->column = place.column;
	copy_excerpt(problem, text, place.line_start, place.offset);
}

enum error cedar_problem_set(struct cedar_problem *problem, struct fault *why, enum error code, slice source,
			     slice text, size_t offset, const char *format, ...)
{
	struct cedar_problem local;
	struct cedar_problem *at = problem ? problem : &local;
	*at = (struct cedar_problem){0};
	copy_text(at->source, sizeof(at->source), source);
	find_place(at, text, offset);
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(at->sentence, sizeof(at->sentence), format, arguments);
	va_end(arguments);
	return FAIL(why, code, "%s:%u:%u: %s", at->source, at->line, at->column, at->sentence);
}

void cedar_problem_write(struct buffer *out, const struct cedar_problem *problem)
{
	buffer_print(out, "%s:%u:%u: %s\n", problem->source, problem->line, problem->column, problem->sentence);
	buffer_print(out, "%s\n%*s^\n", problem->excerpt, (int)problem->caret, "");
}
