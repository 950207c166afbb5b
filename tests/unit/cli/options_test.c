#include "cli/options.h"

#include "check.h"

#include <stdlib.h>
#include <string.h>

static bool json;
static slice name;
static uint64_t number, seconds;
static struct option_list tools;
static struct option_words words;
static struct fault why;

static const struct option_row rows[] = {
	{"json", OPTION_FLAG, &json, NULL, "JSON"},
	{"name", OPTION_TEXT, &name, "NAME", "a name"},
	{"limit", OPTION_NUMBER, &number, "N", "at most N"},
	{"for", OPTION_DURATION, &seconds, "TIME", "how long"},
	{"tool", OPTION_LIST, &tools, "TOOL", "a tool"},
	{"f", OPTION_TEXT, &name, "FILE", "a file"},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* Reads a line of words that are separated by one space. */
static enum error read_line(const char *line, size_t low, size_t high)
{
	static char copy[256];
	static char *parts[32];
	int count = 0;
	json = false;
	name = (slice){NULL, 0};
	number = seconds = 0;
	tools.count = 0;
	snprintf(copy, sizeof(copy), "%s", line);
	for (char *at = copy; *at != '\0';) {
		parts[count++] = at;
		at += strcspn(at, " ");
		if (*at == ' ')
			*at++ = '\0';
	}
	return options_read(rows, ROWS, count, parts, low, high, &words, &why);
}

TEST(options_and_words_may_be_mixed)
{
	CHECK_OK(read_line("a --json --name x b --limit=5 --for 10m --tool p --tool=q -- --name", 0, 3), why);
	CHECK(json && number == 5 && seconds == 600 && tools.count == 2 && words.count == 3);
	CHECK_SLICE(name, SLICE("x"));
	CHECK_SLICE(tools.items[1], SLICE("q"));
	CHECK(strcmp(words.items[2], "--name") == 0);
	CHECK_OK(read_line("-f - x", 1, 1), why);
	CHECK_SLICE(name, SLICE("-"));
}

TEST(nothing_is_guessed)
{
	static const struct {
		const char *line;
		const char *says;
	} cases[] = {
		{"--jsno", "unknown option --jsno; did you mean --json?"},
		{"--js", "unknown option --js"},
		{"-x", "unknown option -x"},
		{"-json", "unknown option -json"},
		{"--f x", "unknown option --f"},
		{"--json=yes", "takes no value"},
		{"--name", "needs a value (NAME)"},
		{"--name a --name b", "given twice"},
		{"--limit ten", "takes a number"},
		{"--limit -1", "takes a number"},
		{"--for soon", "not a duration"},
		{"--for 99999d", "longer than ten years"},
		{"a b", "unexpected argument \"b\""},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CHECK_ERROR(read_line(cases[i].line, 0, 1), E_USAGE);
		if (!strstr(why.sentence, cases[i].says))
			print_error("%s -> %s\n", cases[i].line, why.sentence);
		CHECK(strstr(why.sentence, cases[i].says) != NULL);
	}
	CHECK_ERROR(read_line("", 1, 1), E_USAGE);
}

TEST(help_ends_the_reading)
{
	CHECK_OK(read_line("--help --no-such-thing", 3, 3), why);
	CHECK(words.help);
}

TEST(durations_have_units)
{
	uint64_t value = 0;
	CHECK_OK(options_duration(SLICE("90"), &value, &why), why);
	CHECK_INT(value, 90);
	CHECK_OK(options_duration(SLICE("2h"), &value, &why), why);
	CHECK_INT(value, 7200);
	CHECK_ERROR(options_duration(SLICE("h"), &value, &why), E_USAGE);
	CHECK_ERROR(options_duration(SLICE("1.5h"), &value, &why), E_USAGE);
	CHECK_ERROR(options_duration(SLICE("99999999999999999999d"), &value, &why), E_USAGE);
}

TEST(help_shows_every_option)
{
	static const struct verb verb = {"why", "ID [--json]", "Explain a decision", "Example.\n", "See", NULL};
	char *text = NULL;
	size_t size = 0;
	FILE *to = open_memstream(&text, &size);
	options_help(to, &verb, rows, ROWS);
	fclose(to);
	CHECK(strstr(text, "usage: tipstaff why ID [--json]\n"));
	CHECK(strstr(text, "  --for TIME               how long\n"));
	CHECK(strstr(text, "  -f FILE                  a file\n"));
	CHECK(strstr(text, "(may be repeated)"));
	free(text);
}
