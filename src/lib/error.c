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

/* The digits at `*text`, which moves behind them. */
static uint32_t read_number(const char **text)
{
	uint64_t number = 0;
	for (; **text >= '0' && **text <= '9'; (*text)++)
		if (number <= UINT32_MAX)
			number = number * 10 + (uint64_t)(**text - '0');
	return number <= UINT32_MAX ? (uint32_t)number : 0;
}

static bool skip(const char **text, const char *prefix)
{
	size_t length = strlen(prefix);
	if (strncmp(*text, prefix, length) != 0)
		return false;
	*text += length;
	return true;
}

/* The reader of JSON tells the place in its sentence only: "JSON line 1 column 2: ...". */
static bool read_place(const char *sentence, struct tip_error *error)
{
	if (!skip(&sentence, "JSON line "))
		return false;
	uint32_t line = read_number(&sentence);
	if (!skip(&sentence, " column "))
		return false;
	uint32_t column = read_number(&sentence);
	if (!skip(&sentence, ": "))
		return false;
	error->line = line;
	error->column = column;
	copy(error->sentence, sizeof(error->sentence), sentence);
	return true;
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
	} else if (code != E_OK && !read_place(fault_sentence(&call->why), &error)) {
		copy(error.sentence, sizeof(error.sentence), fault_sentence(&call->why));
	}
	/* An error struct of no version at all is left alone; the code still comes back. */
	bool given = lib_give(out, &error, sizeof(error), LIB_ERROR_BYTES);
	(void)given;
	return error.code;
}
