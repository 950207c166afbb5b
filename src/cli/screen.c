#include "cli/screen.h"

#include "base/memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define COLUMN_GAP 2u
#define COLUMN_LEAST 6u /* columns are not cut below this */

struct screen_cell {
	size_t start;
	size_t len;
	size_t columns;
};

unsigned screen_width(FILE *file)
{
	struct winsize size;
	if (!isatty(fileno(file)))
		return 0;
	if (ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return 80;
}

bool screen_has_colours(FILE *file)
{
	const char *term = getenv("TERM"), *none = getenv("NO_COLOR");
	return isatty(fileno(file)) && !(none && none[0]) && term && strcmp(term, "dumb") != 0;
}

void screen_colour(FILE *file, enum screen_colour colour)
{
	static const char *const codes[] = {
		[SCREEN_PLAIN] = "\033[0m",   [SCREEN_GREEN] = "\033[32m", [SCREEN_RED] = "\033[31;1m",
		[SCREEN_YELLOW] = "\033[33m", [SCREEN_DIM] = "\033[2m",    [SCREEN_BOLD] = "\033[1m",
	};
	if (screen_has_colours(file))
		fputs(codes[colour], file);
}

/* Bytes of the well-formed code point at `text`, 0 where there is none (Unicode 15, table 3-7). */
static size_t code_point_bytes(slice text)
{
	const unsigned char *b = (const unsigned char *)text.ptr;
	size_t more;
	unsigned char low = 0x80, high = 0xbf;
	if (b[0] < 0x80)
		return 1;
	if (b[0] >= 0xc2 && b[0] <= 0xdf)
		more = 1;
	else if (b[0] >= 0xe0 && b[0] <= 0xef)
		more = 2;
	else if (b[0] >= 0xf0 && b[0] <= 0xf4)
		more = 3;
	else
		return 0;
	if (b[0] == 0xe0)
		low = 0xa0;
	if (b[0] == 0xed)
		high = 0x9f;
	if (b[0] == 0xf0)
		low = 0x90;
	if (b[0] == 0xf4)
		high = 0x8f;
	for (size_t i = 1; i <= more; i++, low = 0x80, high = 0xbf)
		if (i >= text.len || b[i] < low || b[i] > high)
			return 0;
	return more + 1;
}

/* Control characters (also C1 and those that turn the direction of text) must not reach a terminal. */
static bool is_harmless(slice point)
{
	const unsigned char *b = (const unsigned char *)point.ptr;
	if (point.len == 1)
		return b[0] >= 0x20 && b[0] != 0x7f;
	if (point.len == 2)
		return !(b[0] == 0xc2 && b[1] < 0xa0);
	if (point.len == 3 && b[0] == 0xe2 && b[1] == 0x80)
		return !((b[2] >= 0xaa && b[2] <= 0xae) || b[2] == 0x8e || b[2] == 0x8f);
	return !(point.len == 3 && b[0] == 0xe2 && b[1] == 0x81 && b[2] >= 0xa6 && b[2] <= 0xa9);
}

void screen_add_text(struct buffer *to, slice text)
{
	for (size_t at = 0; at < text.len;) {
		slice rest = slice_from_offset(text, at);
		size_t length = code_point_bytes(rest);
		if (length > 0 && is_harmless(slice_sub(rest, 0, length))) {
			buffer_add(to, slice_sub(rest, 0, length));
			at += length;
			continue;
		}
		length = length ? length : 1;
		for (size_t i = 0; i < length; i++)
			buffer_print(to, "\\x%02X", (unsigned char)rest.ptr[i]);
		at += length;
	}
}

void screen_text(FILE *file, slice text)
{
	struct buffer harmless;
	buffer_init(&harmless, SCREEN_TABLE_BYTES_MAX);
	screen_add_text(&harmless, text);
	if (harmless.len > 0)
		fwrite(harmless.ptr, 1, harmless.len, file);
	buffer_free(&harmless);
}

void screen_fault(FILE *file, const struct fault *why)
{
	fputs("tipstaff: ", file);
	screen_text(file, slice_of(fault_sentence(why)));
	fputc('\n', file);
}

size_t screen_columns(slice text)
{
	size_t columns = 0;
	for (size_t i = 0; i < text.len; i++)
		columns += ((unsigned char)text.ptr[i] & 0xc0) != 0x80;
	return columns;
}

void screen_table_init(struct screen_table *table, const char *const *titles, size_t columns)
{
	*table = (struct screen_table){.columns = columns};
	buffer_init(&table->text, SCREEN_TABLE_BYTES_MAX);
	for (size_t i = 0; i < columns; i++)
		screen_table_add(table, slice_of(titles[i]));
}

void screen_table_add(struct screen_table *table, slice text)
{
	if (table->count == table->count_max) {
		size_t more = table->count_max ? table->count_max * 2 : 256;
		struct screen_cell *grown = memory_resize(table->cells, more * sizeof(*grown));
		if (!grown) {
			table->failed = true;
			return;
		}
		table->cells = grown;
		table->count_max = more;
	}
	struct screen_cell *cell = &table->cells[table->count++];
	cell->start = table->text.len;
	screen_add_text(&table->text, text);
	cell->len = table->text.len - cell->start;
	cell->columns = screen_columns(slice_from(table->text.ptr + cell->start, cell->len));
}

/* Takes columns from the widest ones until the row fits. */
static void fit(size_t *widths, size_t columns, unsigned width)
{
	for (;;) {
		size_t total = 0, widest = 0;
		for (size_t i = 0; i < columns; i++) {
			total += widths[i] + (i + 1 < columns ? COLUMN_GAP : 0);
			if (i > 0 && (widest == 0 || widths[i] > widths[widest]))
				widest = i;
		}
		if (total <= width || widest == 0 || widths[widest] <= COLUMN_LEAST)
			return;
		widths[widest]--;
	}
}

static slice first_columns(slice text, size_t columns)
{
	size_t at = 0;
	for (size_t seen = 0; at < text.len; at++)
		if (((unsigned char)text.ptr[at] & 0xc0) != 0x80 && seen++ == columns)
			break;
	return slice_sub(text, 0, at);
}

static void print_cell(FILE *to, slice text, size_t columns, size_t width, bool last)
{
	if (columns > width) {
		fprintf(to, "%.*s...", SLICE_ARG(first_columns(text, width - 3)));
		columns = width;
	} else {
		fprintf(to, "%.*s", SLICE_ARG(text));
	}
	if (!last)
		fprintf(to, "%*s", (int)(width - columns + COLUMN_GAP), "");
}

enum error screen_table_print(struct screen_table *table, FILE *to, unsigned width, struct fault *why)
{
	size_t widths[SCREEN_COLUMNS_MAX] = {0};
	bool failed = table->failed || table->text.failed;
	for (size_t i = 0; i < table->count && !failed; i++)
		if (table->cells[i].columns > widths[i % table->columns])
			widths[i % table->columns] = table->cells[i].columns;
	if (width > 0)
		fit(widths, table->columns, width);
	for (size_t i = 0; i < table->count && !failed; i++) {
		const struct screen_cell *cell = &table->cells[i];
		size_t column = i % table->columns;
		bool last = column + 1 == table->columns;
		print_cell(to, slice_from(table->text.ptr + cell->start, cell->len), cell->columns, widths[column], last);
		if (last)
			fputc('\n', to);
	}
	memory_free(table->cells);
	buffer_free(&table->text);
	return failed ? FAIL(why, E_MEMORY, "no memory for the table") : E_OK;
}
