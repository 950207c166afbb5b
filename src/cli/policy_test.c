/* `tipstaff policy test`: a line for each test, and how many passed and failed; 65 where one failed. */
#include "cli/policy.h"
#include "cli/policy_tests.h"
#include "cli/printed.h"

static enum error run_all(struct policy_tests *tests, const struct option_words *given, struct fault *why)
{
	for (size_t i = 0; i < given->count; i++)
		TRY(policy_tests_run(tests, slice_of(given->items[i]), why));
	if (tests->files == 0)
		return FAIL(why, E_NOT_FOUND, "no tests there; files end in .test.yaml, .test.yml or .test.json");
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

int policy_test(const struct verb *verb, int count, char **words)
{
	struct arena arena;
	struct policy_tests tests = {.arena = &arena};
	struct option_words given;
	struct fault why;
	bool json = false;
	const struct option_row options[] = {{"json", OPTION_FLAG, &json, NULL, "print JSON"}};
	int go = options_begin(verb, options, 1, count, words, 1, OPTIONS_WORDS_MAX, &given);
	if (go != OPTIONS_GO)
		return go;
	arena_init(&arena, POLICY_ARENA_BYTES_MAX);
	if (!json)
		tests.passes = tests.failures = stdout;
	enum error code = json ? run_as_json(&tests, &given, &why) : run_all(&tests, &given, &why);
	if (code != E_OK)
		fprintf(stderr, "tipstaff: %s\n", fault_sentence(&why));
	else if (!json)
		printf("%zu passed, %zu failed\n", tests.passed, tests.failed);
	if (code == E_OK && tests.failed > 0)
		code = E_INVALID;
	arena_free(&arena);
	return error_exit(code);
}
