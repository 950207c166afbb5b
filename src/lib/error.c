#include "lib/inside.h"

#include <string.h>

#define CODE_ROWS(ROW) \
	ROW(OK) ROW(INTERNAL) ROW(MEMORY) ROW(LIMIT) ROW(SYNTAX) ROW(INVALID) ROW(NOT_FOUND) ROW(CONFLICT) \
	ROW(UNSUPPORTED) ROW(USAGE)

const char *tip_version(void)
{
	return TIPSTAFF_VERSION;
}

const char *tip_code_name(int code)
{
#define CODE_NAME(name) [TIP_##name] = "TIP_" #name,
	static const char *const names[] = {CODE_ROWS(CODE_NAME)};
#undef CODE_NAME
	return code >= 0 && (size_t)code < sizeof(names) / sizeof(names[0]) ? names[code] : "?";
}

/* Codes that the engine does not raise are a defect where they come out of it. */
static int public_code(enum error code)
{
#define CODE_PLACE(name) [E_##name] = TIP_##name + 1,
	static const unsigned char codes[ERROR_COUNT] = {CODE_ROWS(CODE_PLACE)};
#undef CODE_PLACE
	return (size_t)code < ERROR_COUNT && codes[code] ? codes[code] - 1 : TIP_INTERNAL;
}

static void copy(char *to, size_t size, const char *from)
{
	size_t length = strlen(from);
	if (length > size - 1)
		length = size - 1;
	memcpy(to, from, length);
	to[length] = '\0';
}

int lib_call_end(const struct lib_call *call, enum error code, struct tip_error *out)
{
	struct tip_error error = {.code = public_code(code)};
	if (!out)
		return error.code;
	if (code != E_OK && call->problem.line) {
		error.line = call->problem.line;
		error.column = call->problem.column;
		error.caret = call->problem.caret;
		copy(error.source, sizeof(error.source), call->problem.source);
		copy(error.excerpt, sizeof(error.excerpt), call->problem.excerpt);
		copy(error.sentence, sizeof(error.sentence), call->problem.sentence);
	} else if (code != E_OK) {
		copy(error.sentence, sizeof(error.sentence), fault_sentence(&call->why));
	}
	/* An error struct of no version at all is left alone; the code still comes back. */
	bool given = lib_give(out, &error, sizeof(error), LIB_ERROR_BYTES);
	(void)given;
	return error.code;
}
