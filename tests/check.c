/* Runs the tests that TEST registered. An argument is a pattern of names to run. */
#include "check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TESTS_MAX 1024

static struct CMUnitTest tests[TESTS_MAX];
static size_t test_count;

void check_register(const char *name, void (*run)(void **))
{
	if (test_count == TESTS_MAX)
		abort();
	tests[test_count++] = (struct CMUnitTest){.name = name, .test_func = run};
}

const char *check_conformance_dir(void)
{
	const char *place = getenv("TIPSTAFF_CONFORMANCE");
	if (!place)
		place = CHECK_SOURCE_ROOT "/../shared/conformance";
	return access(place, R_OK) == 0 ? place : NULL;
}

void check_slice(slice actual, slice expected, const char *file, int line)
{
	if (slice_equal(actual, expected))
		return;
	print_error("got      %.*s\nexpected %.*s\n", SLICE_ARG(actual), SLICE_ARG(expected));
	_fail(file, line);
}

void check_ok(enum error code, const struct fault *why, const char *file, int line)
{
	if (code == E_OK)
		return;
	print_error("%s: %s\n", error_name(code), why->code == code ? fault_sentence(why) : "(no sentence)");
	_fail(file, line);
}

/*
 * What is printed, line by line. cmocka 1.1.5 tells a skipped test as "not ok 3 # SKIP name", which readers of TAP take
 * for a failure.
 */
static ssize_t write_lines(void *cookie, const char *text, size_t size)
{
	slice line = slice_from(text, size), skipped = SLICE(" # SKIP ");
	size_t at = slice_find(line, skipped);
	(void)cookie;
	if (slice_starts_with(line, SLICE("not ok ")) && at != SIZE_MAX) {
		slice name = slice_from_offset(line, at + skipped.len);
		if (name.len > 0 && name.ptr[name.len - 1] == '\n')
			name.len--;
		dprintf(STDOUT_FILENO, "%.*s - %.*s # SKIP\n", SLICE_ARG(slice_sub(line, 4, at)), SLICE_ARG(name));
		return (ssize_t)size;
	}
	return write(STDOUT_FILENO, text, size);
}

int main(int count, char **arguments)
{
	FILE *lines = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_lines});
	if (lines) {
		setvbuf(lines, NULL, _IOLBF, BUFSIZ);
		stdout = lines; /* glibc lets it be replaced */
	}
	cmocka_set_message_output(CM_OUTPUT_TAP);
	if (count > 1)
		cmocka_set_test_filter(arguments[1]);
	return _cmocka_run_group_tests("tests", tests, test_count, NULL, NULL) == 0 ? 0 : 1;
}
