/*
 * The frame of a unit test file: sentences as names, run by cmocka, told in TAP.
 *
 *	TEST(a_zeroed_agent_may_do_nothing)
 *	{
 *		CHECK(!lifecycle_may_act(0));
 *	}
 *
 * Every TEST registers itself; tests/check.c holds main. Where shared/conformance is absent, call SKIP.
 */
#ifndef TIPSTAFF_TESTS_CHECK_H
#define TIPSTAFF_TESTS_CHECK_H

#include "base/error.h"
#include "base/slice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

void check_register(const char *name, void (*run)(void **));
/* The folder with the conformance data (TIPSTAFF_CONFORMANCE or ../shared/conformance), or NULL. */
const char *check_conformance_dir(void);
/* Fails the test with the two texts side by side. */
void check_slice(slice actual, slice expected, const char *file, int line);
/* Fails the test with the fault's sentence. */
void check_ok(enum error code, const struct fault *why, const char *file, int line);

#define TEST(name)                                                                                                     \
	static void name(void **state_);                                                                               \
	__attribute__((constructor)) static void register_##name(void)                                                 \
	{                                                                                                              \
		check_register(#name, name);                                                                           \
	}                                                                                                              \
	static void name(__attribute__((unused)) void **state_)

#define CHECK(condition) _assert_true((condition) ? 1 : 0, #condition, __FILE__, __LINE__)
#define CHECK_SLICE(actual, expected) check_slice((actual), (expected), __FILE__, __LINE__)
#define CHECK_INT(actual, expected)                                                                                    \
	_assert_int_equal((LargestIntegralType)(actual), (LargestIntegralType)(expected), __FILE__, __LINE__)
/* `why` is the struct fault that the call filled. */
#define CHECK_OK(call, why) check_ok((call), &(why), __FILE__, __LINE__)
#define CHECK_ERROR(call, code) CHECK_INT((call), (code))
#define SKIP(reason)                                                                                                   \
	do {                                                                                                           \
		print_message("# skipped: %s\n", (reason));                                                            \
		skip();                                                                                                \
	} while (0)

#endif
