#include "registry/suite.h"

#include "check.h"

#include <string.h>

static struct arena arena;
static struct fault why;

#define WHO "\"principal\":\"User::\\\"a\\\"\",\"action\":\"Action::\\\"r\\\"\",\"resource\":\"File::\\\"x\\\"\""
#define TESTS_OF(tests) "{\"id\":\"s\",\"tests\":[" tests "]}"

static const struct policy_text texts[] = {
	{SLICE_INIT("a"), SLICE_INIT("a.cedar"), SLICE_INIT("@id(\"open\") permit(principal, action, resource);")},
	{SLICE_INIT("b"), SLICE_INIT("b.cedar"),
	 SLICE_INIT("forbid(principal, action, resource) when { context.stop };")},
};

static struct suite_report run(const char *json)
{
	struct suite suite;
	struct suite_report report = {0};
	CHECK_OK(suite_read(&suite, slice_of(json), &arena, &why), why);
	CHECK_OK(suite_run(&suite, texts, 2, &arena, &report, &why), why);
	return report;
}

TEST(a_suite_of_another_form_is_refused_and_the_place_named)
{
	static const struct {
		const char *json;
		const char *field;
	} rows[] = {
		{"{\"id\":\"s\"}", "tests"},
		{"{\"id\":\"s\",\"tests\":[]}", "tests"},
		{"{\"id\":\"s\",\"tests\":{}}", "tests"},
		{"{\"id\":\"s\",\"schema\":7}", "schema"},
		{"{\"id\":\"s\",\"entities\":{},\"schema\":\"entity A;\"}", "entities"},
		{"{\"id\":\"s\",\"policies\":[7],\"schema\":\"entity A;\"}", "policies"},
		{TESTS_OF("7"), "tests[0]"},
		{TESTS_OF("{\"name\":\"n\"," WHO ",\"expect\":\"permit\"},{" WHO ",\"expect\":\"deny\"}"), "tests[1].name"},
		{TESTS_OF("{\"name\":\"n\"," WHO "}"), "tests[0].expect"},
		{TESTS_OF("{\"name\":\"n\"," WHO ",\"expect\":\"allow\"}"), "tests[0].expect"},
		{TESTS_OF("{\"name\":\"\"," WHO ",\"expect\":\"deny\"}"), "tests[0].name"},
		{TESTS_OF("{\"name\":\"n\"," WHO ",\"expect\":\"deny\",\"context\":[]}"), "tests[0].context"},
		{TESTS_OF("{\"name\":\"n\"," WHO ",\"expect\":\"deny\",\"reasons\":\"a#0\"}"), "tests[0].reasons"},
		{TESTS_OF("{\"name\":\"n\"," WHO ",\"expect\":\"deny\",\"reason\":[]}"), "tests[0]"},
	};
	arena_init(&arena, 64u << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct suite suite;
		enum error code = suite_read(&suite, slice_of(rows[i].json), &arena, &why);
		if (code != E_INVALID || strcmp(why.field, rows[i].field) != 0)
			print_error("%s\n%s: %s\n", rows[i].json, why.field, why.sentence);
		CHECK_INT(code, E_INVALID);
		CHECK_SLICE(slice_of(why.field), slice_of(rows[i].field));
		CHECK_INT(suite.test_count, 0);
	}
	arena_free(&arena);
}

TEST(reasons_and_errors_are_exact_and_named_by_id_or_annotation)
{
	static const struct {
		const char *test;
		const char *expected; /* NULL: passes */
		const char *got;
	} rows[] = {
		{"\"context\":{\"stop\":false},\"expect\":\"permit\",\"reasons\":[\"a#0\"]", NULL, NULL},
		{"\"context\":{\"stop\":false},\"expect\":\"permit\",\"reasons\":[\"open\"]", NULL, NULL},
		{"\"context\":{\"stop\":true},\"expect\":\"deny\",\"reasons\":[\"b#0\"]", NULL, NULL},
		{"\"expect\":\"permit\",\"errors\":[\"b#0\"]", NULL, NULL},
		{"\"context\":{\"stop\":true},\"expect\":\"permit\"", "permit", "deny by b#0 (b.cedar:1)"},
		{"\"context\":{\"stop\":false},\"expect\":\"permit\",\"reasons\":[\"b#0\"]", "permit by b#0",
		 "permit by a#0 (a.cedar:1)"},
		{"\"context\":{\"stop\":false},\"expect\":\"permit\",\"reasons\":[\"a#0\",\"b#0\"]", "permit by a#0, b#0",
		 "permit by a#0 (a.cedar:1)"},
		{"\"context\":{\"stop\":false},\"expect\":\"permit\",\"reasons\":[]", "permit by no policy",
		 "permit by a#0 (a.cedar:1)"},
		{"\"context\":{\"stop\":false},\"expect\":\"permit\",\"reasons\":[\"c#0\"]", "",
		 "no policy has the id or @id `c#0`"},
		{"\"context\":{\"stop\":false},\"expect\":\"permit\",\"errors\":[\"b#0\"]", "permit with errors in b#0",
		 "permit by a#0 (a.cedar:1) without errors"},
	};
	arena_init(&arena, 64u << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		slice json = arena_print(&arena, "{\"id\":\"s\",\"tests\":[{\"name\":\"n\"," WHO ",%s}]}", rows[i].test);
		struct suite_report report = run(arena_print(&arena, "%.*s", SLICE_ARG(json)).ptr);
		CHECK_INT(report.failed, rows[i].got ? 1 : 0);
		if (!rows[i].got)
			continue;
		CHECK_SLICE(report.failures[0].expected, slice_of(rows[i].expected));
		CHECK_SLICE(report.failures[0].got, slice_of(rows[i].got));
	}
	/* An error that no test expects fails it, and is told. */
	struct suite_report report = run(TESTS_OF("{\"name\":\"n\"," WHO ",\"expect\":\"permit\"}"));
	CHECK_INT(report.failed, 1);
	CHECK_SLICE(report.failures[0].expected, SLICE("permit without errors"));
	CHECK(slice_starts_with(report.failures[0].got, SLICE("permit by a#0 (a.cedar:1) with errors in b#0 (b.cedar:1): ")));
	arena_free(&arena);
}

TEST(a_suite_that_cannot_be_run_counts_as_failed)
{
	static const char *const rows[][2] = {
		{"{\"id\":\"s\",\"policies\":[\"c\"],\"schema\":\"entity A;\"}", "it names the policy c, which is not there"},
		{"{\"id\":\"s\",\"schema\":\"entity\"}", "schema:1:"},
		{"{\"id\":\"s\",\"schema\":\"{\\\"\\\":7}\"}", "schema:1:"},
		{"{\"id\":\"s\",\"entities\":[{\"uid\":7}],\"tests\":[{\"name\":\"n\"," WHO ",\"expect\":\"deny\"}]}", "entities"},
		{TESTS_OF("{\"name\":\"n\",\"principal\":\"User\",\"action\":\"Action::\\\"r\\\"\",\"resource\":\"File::\\\"x\\\"\","
			  "\"expect\":\"deny\"}"), "the principal is written Type::\"id\", not `User`"},
	};
	arena_init(&arena, 64u << 20);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct suite_report report = run(rows[i][0]);
		CHECK(report.failed > 0);
		if (slice_find(report.failures[0].got, slice_of(rows[i][1])) == SIZE_MAX)
			print_error("%s\n%.*s\n", rows[i][0], SLICE_ARG(report.failures[0].got));
		CHECK(slice_find(report.failures[0].got, slice_of(rows[i][1])) != SIZE_MAX);
		CHECK_SLICE(report.failures[0].suite, SLICE("s"));
	}
	arena_free(&arena);
}

TEST(many_failures_are_counted_and_the_first_are_told)
{
	struct suite_report report = {0};
	struct suite suite = {.id = SLICE("s")};
	struct policy_test tests[SUITE_FAILURES_MAX + 5];
	struct buffer out;
	arena_init(&arena, 64u << 20);
	for (size_t i = 0; i < SUITE_FAILURES_MAX + 5; i++)
		tests[i] = (struct policy_test){.name = SLICE("n"), .any_reasons = true,
						.question = {.principal = SLICE("A::\"a\""), .action = SLICE("Action::\"r\""),
							     .resource = SLICE("A::\"b\"")}};
	suite.tests = tests;
	suite.test_count = SUITE_FAILURES_MAX + 5;
	CHECK_OK(suite_run(&suite, texts, 1, &arena, &report, &why), why);
	CHECK_INT(report.failed, SUITE_FAILURES_MAX + 5);
	CHECK_INT(report.count, SUITE_FAILURES_MAX);
	buffer_init(&out, 65536);
	suite_report_say(&report, &out);
	CHECK_SLICE(buffer_slice(&out), SLICE("25 of 25 policy tests failed: suite s, `n`: expected deny, got permit by a#0 (a.cedar:1)"));
	buffer_free(&out);
	arena_free(&arena);
}
