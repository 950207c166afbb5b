/* One record of the evidence log, as the server shows it in JSON, on one line of a terminal. */
#ifndef TIPSTAFF_CLI_LINE_H
#define TIPSTAFF_CLI_LINE_H

#include "text/json.h"

#include <stdio.h>

/* The member as text; empty where it is absent or of another type. */
slice line_text(const struct json_doc *doc, const struct json_node *record, const char *name);
/* The member as a number; 0 where it is absent. */
int64_t line_number(const struct json_doc *doc, const struct json_node *record, const char *name);

/* When it happened, in the time zone of this machine. */
struct line_clock {
	char date[16];  /* "2026-11-22" */
	char time[16];  /* "12:07:31" */
	char milli[8];  /* ".204" */
	char zone[8];   /* "+0100" */
};
struct line_clock line_clock(const struct json_doc *doc, const struct json_node *record);

/* "12:04:01 PERMIT support-bot -> fs.read_file /tmp/a  purpose:support  d_01J..." */
void line_print(FILE *to, const struct json_doc *doc, const struct json_node *record);

#endif
