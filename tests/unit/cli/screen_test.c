#include "cli/screen.h"

#include "base/memory.h"
#include "check.h"

#include <stdlib.h>
#include <string.h>

static struct fault why;

static void harmless(slice text, slice expected)
{
	struct buffer to;
	buffer_init(&to, 4096);
	screen_add_text(&to, text);
	CHECK_SLICE(buffer_slice(&to), expected);
	buffer_free(&to);
}

TEST(a_stranger_cannot_drive_the_terminal)
{
	harmless(SLICE("plain \xC3\xA9 \xE2\x86\x92"), SLICE("plain \xC3\xA9 \xE2\x86\x92"));
	harmless(SLICE("\033[2J"), SLICE("\\x1B[2J"));
	harmless(SLICE("a\nb\r\0c"), SLICE("a\\x0Ab\\x0D\\x00c"));
	harmless(SLICE("\xC2\x9B" "31m"), SLICE("\\xC2\\x9B31m"));
	harmless(SLICE("\xE2\x80\xAE" "cod.exe"), SLICE("\\xE2\\x80\\xAE" "cod.exe"));
	harmless(SLICE("\xE2\x81\xA6"), SLICE("\\xE2\\x81\\xA6"));
	harmless(SLICE("\xff\xC3"), SLICE("\\xFF\\xC3"));
	harmless(SLICE("\xED\xA0\x80"), SLICE("\\xED\\xA0\\x80"));
	harmless(SLICE("\xF0\x9F\x98\x80"), SLICE("\xF0\x9F\x98\x80"));
}

TEST(a_fault_that_names_what_a_stranger_wrote_is_harmless_too)
{
	struct fault fault;
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	CHECK_ERROR(FAIL(&fault, E_NOT_FOUND, "no \033[2J.cedar\n"), E_NOT_FOUND);
	screen_fault(to, &fault);
	fclose(to);
	CHECK_SLICE(slice_of(text), SLICE("tipstaff: no \\x1B[2J.cedar\\x0A\n"));
	free(text);
}

static char *table(unsigned width)
{
	static const char *const titles[] = {"ID", "OWNER", "PURPOSE"};
	struct screen_table rows;
	char *text = NULL;
	size_t size = 0;
	screen_table_init(&rows, titles, 3);
	screen_table_add(&rows, SLICE("support-bot"));
	screen_table_add(&rows, SLICE("bob"));
	screen_table_add(&rows, SLICE("answer every customer within one day"));
	screen_table_add(&rows, SLICE("x"));
	screen_table_add(&rows, SLICE("\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9"));
	screen_table_add(&rows, SLICE(""));
	FILE *to = open_memstream(&text, &size);
	CHECK_OK(screen_table_print(&rows, to, width, &why), why);
	fclose(to);
	return text;
}

TEST(columns_are_as_wide_as_what_stands_in_them)
{
	char *text = table(0);
	CHECK_SLICE(slice_of(text), SLICE("ID           OWNER   PURPOSE\n"
					  "support-bot  bob     answer every customer within one day\n"
					  "x            \xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9  \n"));
	free(text);
}

TEST(a_narrow_terminal_cuts_the_widest_column_and_never_the_id)
{
	char *text = table(40);
	CHECK_SLICE(slice_of(text), SLICE("ID           OWNER   PURPOSE\n"
					  "support-bot  bob     answer every cus...\n"
					  "x            \xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9\xC3\xA9  \n"));
	free(text);
	text = table(3);
	CHECK(strstr(text, "support-bot") != NULL);
	free(text);
}

TEST(a_lost_cell_is_told_and_nothing_is_printed)
{
	static const char *const titles[] = {"ID"};
	struct screen_table rows;
	screen_table_init(&rows, titles, 1);
	memory_fail_at(1);
	for (int i = 0; i < 400; i++)
		screen_table_add(&rows, SLICE("row"));
	memory_fail_at(0);
	CHECK_ERROR(screen_table_print(&rows, stdout, 0, &why), E_MEMORY);
}
