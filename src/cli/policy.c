/* `tipstaff policy`: policies as files, checked, tested and tried without a server. */
#include "cli/policy.h"

#include "base/nearest.h"
#include "cli/verb.h"

#include <string.h>

/* Named in full, so that help and complaints say what was called. */
static const struct verb words_of_policy[] = {
	{"policy check", "FILE|DIR... [--schema FILE [--level N] [--entities FILE]] [--json|--sarif]",
	 "Are these policies right, and do they fit the schema?", NULL, NULL, policy_check},
	{"policy test", "FILE|DIR... [--json|--sarif]", "Run the tests that lie beside policies", 
	 "A test file ends in .test.yaml, .test.yml or .test.json; tipstaff-policy(1) says what stands in it.\n", NULL, policy_test},
	{"policy eval", "--policies FILE|DIR --principal UID --action UID --resource UID [OPTIONS]",
	 "One decision without a server; the exit code says: 0, 10, 12",
	 "example:\n  tipstaff policy eval --policies . --principal 'User::\"alice\"' --action 'Action::\"read\"' \\\n"
	 "    --resource 'File::\"a\"' --context '{\"purpose\":\"support\"}'\n", NULL, policy_eval},
	{"policy analyze", "FILE|DIR... [--schema FILE] [--json|--sarif]",
	 "Which policies never match, are covered by others, or can err?",
	 "exit code: 0 nothing found, 10 something found, 12 nothing found but something could not be told\n", NULL,
	 policy_analyze},
	{"policy diff", "OLD NEW [--schema FILE] [--new-max N] [--disjoint] [--json|--sarif]",
	 "Which requests do two versions of policies decide differently?",
	 "OLD and NEW are each a file or a folder.\n"
	 "exit code: 0 all alike, 10 new allows, 11 only lost allows, 12 no difference found but something could not be told\n",
	 NULL, policy_diff},
	{"policy simulate", "--policies FILE|DIR [--since TIME] [--log DIR|--records FILE]", "Which recorded decisions would flip under these policies?",
	 "example:\n  tipstaff policy simulate --policies . --since 24h\n", NULL, policy_simulate},
	{"policy translate", "--to json|cedar FILE", "Policies or a schema from text to JSON, or from JSON to text", NULL, NULL,
	 policy_translate},
	{"policy format", "FILE|DIR... [--check [--json|--sarif]|--write]", "One layout for all policies; comments are kept", NULL, NULL,
	 policy_format},
};

#define WORD_COUNT (sizeof(words_of_policy) / sizeof(words_of_policy[0]))

static const char *short_name(size_t i)
{
	return words_of_policy[i].name + strlen("policy ");
}

static void print_help(FILE *to, const struct verb *verb)
{
	fprintf(to, "usage: tipstaff %s %s\n%s.\n\n", verb->name, verb->synopsis, verb->summary);
	for (size_t i = 0; i < WORD_COUNT; i++)
		fprintf(to, "  %-10s %s\n", short_name(i), words_of_policy[i].summary);
	fprintf(to, "\nmore on one: tipstaff policy check --help\n");
}

int verb_policy(const struct verb *verb, int count, char **words)
{
	const char *names[WORD_COUNT];
	if (count > 0 && (strcmp(words[0], "--help") == 0 || strcmp(words[0], "-h") == 0)) {
		print_help(stdout, verb);
		return 0;
	}
	if (count == 0)
		return options_usage(verb, "check, test, eval, analyze, diff, simulate, translate or format?");
	for (size_t i = 0; i < WORD_COUNT; i++) {
		names[i] = short_name(i);
		if (strcmp(words[0], names[i]) == 0)
			return words_of_policy[i].run(&words_of_policy[i], count - 1, words + 1);
	}
	const char *meant = nearest_name(slice_of(words[0]), names, WORD_COUNT);
	if (meant)
		return options_usage(verb, "unknown word \"%s\"; did you mean \"%s\"?", words[0], meant);
	return options_usage(verb, "unknown word \"%s\"; check, test, eval, analyze, diff, simulate, translate or format", words[0]);
}
