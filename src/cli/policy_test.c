/* `tipstaff policy test`: a line for each test, and how many passed and failed; 65 where one failed. */
#include "cli/policy.h"
#include "cli/policy_tests.h"
#include "cli/printed.h"
#include "cli/screen.h"

static enum error run_all(struct policy_tests *tests, const struct option_words *given, struct fault *why)
{
	for (size_t i = 0; i < given->count; i++) {
		slice path = slice_of(given->items[i]);
		if (policy_is_cedar(path) && !folder_is(path, tests->arena))
			return FAIL(why, E_USAGE, "%s holds policies; name the file of their tests, or the folder of both",
				    given->items[i]);
		TRY(policy_tests_run(tests, path, why));
	}
	if (tests->files == 0)
		return FAIL(why, E_NOT_FOUND, "no tests there; files end in .test.yaml, .test.yml or .test.json");
	return E_OK;
}

static enum error run_for_people(struct policy_tests *tests, const struct option_words *given, struct fault *why)
{
	tests->passes = tests->failures = stdout;
	TRY(run_all(tests, given, why));
	printf("%zu passed, %zu failed\n", tests->passed, tests->failed);
	return E_OK;
}

static enum error run_as_json(struct policy_tests *tests, const struct option_words *given, struct fault *why)
{
	struct printed printed;
	struct json_writer *writer = printed_begin(&printed, JSON_PRETTY);
	tests->writer = writer;
	json_begin_object(writer);
	json_put_array(writer, "tests");
	enum error code = run_all(tests, given, why);
	if (code == E_OK) {
		json_end_array(writer);
		json_put_u64(writer, "passed", tests->passed);
		json_put_u64(writer, "failed", tests->failed);
		json_end_object(writer);
	}
	return printed_end(&printed, code, why);
}

static enum error run_as_sarif(struct policy_tests *tests, const struct option_words *given, struct fault *why)
{
	struct diagnostics found = {.arena = tests->arena};
	tests->found = &found;
	TRY(run_all(tests, given, why));
	return diagnostics_print_sarif(&found, why);
}

int policy_test(const struct verb *verb, int count, char **words)
{
	struct arena arena;
	struct policy_tests tests = {.arena = &arena};
	struct diagnostics_form form = {.json = false};
	struct option_words given;
	struct fault why;
	const struct option_row options[] = {DIAGNOSTICS_OPTIONS(&form)};
	int go = options_begin(verb, options, sizeof(options) / sizeof(options[0]), count, words, 1, OPTIONS_WORDS_MAX,
			       &given);
	if (go == OPTIONS_GO)
		go = diagnostics_begin(&form, verb);
	if (go != OPTIONS_GO)
		return go;
	arena_init(&arena, POLICY_ARENA_BYTES_MAX);
	enum error code = form.sarif  ? run_as_sarif(&tests, &given, &why)
			  : form.json ? run_as_json(&tests, &given, &why)
				      : run_for_people(&tests, &given, &why);
	if (code != E_OK)
		screen_fault(stderr, &why);
	else if (tests.failed > 0)
		code = E_INVALID;
	arena_free(&arena);
	return error_exit(code);
}
