#include "cli/printed.h"

#include <stdio.h>

struct json_writer *printed_begin(struct printed *printed, enum json_style style)
{
	buffer_init(&printed->text, PRINTED_BYTES_MAX);
	json_writer_init(&printed->writer, &printed->text, style);
	return &printed->writer;
}

enum error printed_end(struct printed *printed, enum error code, struct fault *why)
{
	if (code == E_OK)
		code = json_writer_end(&printed->writer, why);
	if (code == E_OK) {
		fwrite(printed->text.ptr, 1, printed->text.len, stdout);
		fputc('\n', stdout);
	}
	buffer_free(&printed->text);
	return code;
}
