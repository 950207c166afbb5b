/* What the command line prints: tables, colours, and text of strangers made harmless. */
#ifndef TIPSTAFF_CLI_SCREEN_H
#define TIPSTAFF_CLI_SCREEN_H

#include "base/buffer.h"
#include "base/error.h"

#include <stdio.h>

enum screen_colour { SCREEN_PLAIN = 0, SCREEN_GREEN, SCREEN_RED, SCREEN_YELLOW, SCREEN_DIM, SCREEN_BOLD };

/* Columns of the terminal; 0 where `file` is not one, so that nothing is cut in a pipe. */
unsigned screen_width(FILE *file);
/* Only on a terminal, and not where NO_COLOR is set or TERM is dumb. */
bool screen_has_colours(FILE *file);
/* Starts a colour; SCREEN_PLAIN ends it. Nothing where `file` has no colours. */
void screen_colour(FILE *file, enum screen_colour colour);
/* Text that may come from a stranger: control bytes and bytes that are not UTF-8 are shown as \xNN. */
void screen_text(FILE *file, slice text);
/* "tipstaff: " and what went wrong, which may name a stranger's text too. */
void screen_fault(FILE *file, const struct fault *why);
/* The same as screen_text, into a buffer. */
void screen_add_text(struct buffer *to, slice text);
/* Columns that the text takes (code points; wide and combining ones are not told apart). */
size_t screen_columns(slice text);

#define SCREEN_COLUMNS_MAX 16u
#define SCREEN_TABLE_BYTES_MAX (64u << 20)

/*
 * A table whose columns are as wide as what stands in them. Cells are copied and made harmless. Where the terminal is
 * too narrow, the widest columns are cut with "..."; the first column, which holds the id, never is.
 */
struct screen_table {
	size_t columns;
	struct buffer text;
	struct screen_cell *cells;
	size_t count;
	size_t count_max;
	bool failed;
};

void screen_table_init(struct screen_table *table, const char *const *titles, size_t columns);
/* Adds the next cell, row after row. */
void screen_table_add(struct screen_table *table, slice text);
/* E_MEMORY: a cell was lost; nothing is printed then. Frees the table in any case. */
MUST_USE enum error screen_table_print(struct screen_table *table, FILE *to, unsigned width, struct fault *why);

#endif
