/* JSON for standard output, written whole in memory before any of it is printed: nobody is handed half of it. */
#ifndef TIPSTAFF_CLI_PRINTED_H
#define TIPSTAFF_CLI_PRINTED_H

#include "text/json_writer.h"

#define PRINTED_BYTES_MAX (256u << 20) /* as much as a verb may hold of a server's answers (REMOTE_BYTES_MAX) */

struct printed {
	struct buffer text;
	struct json_writer writer;
};

/* The writer to write with. printed_end afterwards, in any case. */
struct json_writer *printed_begin(struct printed *printed, enum json_style style);
/*
 * Prints what was written and a newline, unless `code` says that writing it went wrong; frees in any case. Gives `code`
 * or else the error of json_writer_end. May be ignored by who prints an error and has that to return.
 */
enum error printed_end(struct printed *printed, enum error code, struct fault *why);

#endif
