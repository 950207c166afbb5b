#include "base/error.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

struct error_row {
	const char *name;
	const char *sentence;
	const char *oauth;
	int http;
	int jsonrpc;
	int exit;
};

#define ERROR_ROW(code, says, status, oauth_code, rpc, exit_code)                                                      \
	[code] = {#code, says, oauth_code, status, rpc, exit_code},
static const struct error_row rows[ERROR_COUNT] = {ERROR_ROWS(ERROR_ROW)};

static const struct error_row *row(enum error code)
{
	assert((unsigned)code < ERROR_COUNT);
	return &rows[code];
}

const char *error_name(enum error code)
{
	return row(code)->name;
}

const char *error_sentence(enum error code)
{
	return row(code)->sentence;
}

int error_http_status(enum error code)
{
	return row(code)->http;
}

const char *error_oauth(enum error code)
{
	return row(code)->oauth;
}

int error_jsonrpc(enum error code)
{
	return row(code)->jsonrpc;
}

int error_exit(enum error code)
{
	return row(code)->exit;
}

static void fill(struct fault *why, enum error code, const char *file, int line, const char *format, va_list arguments)
{
	why->code = code;
	why->file = file;
	why->line = line;
	why->field[0] = '\0';
	vsnprintf(why->sentence, sizeof(why->sentence), format, arguments);
}

enum error fault_set(struct fault *why, enum error code, const char *file, int line, const char *format, ...)
{
	if (why) {
		va_list arguments;
		va_start(arguments, format);
		fill(why, code, file, line, format, arguments);
		va_end(arguments);
	}
	return code;
}

enum error fault_set_field(struct fault *why, enum error code, const char *file, int line, const char *field,
			   const char *format, ...)
{
	if (why) {
		va_list arguments;
		va_start(arguments, format);
		fill(why, code, file, line, format, arguments);
		va_end(arguments);
		snprintf(why->field, sizeof(why->field), "%s", field);
	}
	return code;
}

const char *fault_sentence(const struct fault *why)
{
	return why->sentence[0] ? why->sentence : error_sentence(why->code);
}
