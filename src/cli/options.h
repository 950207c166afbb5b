/* Strict reading of command lines: one table per verb, and nothing is guessed. */
#ifndef TIPSTAFF_CLI_OPTIONS_H
#define TIPSTAFF_CLI_OPTIONS_H

#include "base/error.h"
#include "base/slice.h"

#include <stdio.h>

#define OPTIONS_LIST_MAX 64u  /* values of one repeatable option */
#define OPTIONS_WORDS_MAX 64u /* words that are not options */

/* A verb as the overview and `--help` show it. */
struct verb {
	const char *name;     /* "why", or "agents add" for help on a second word */
	const char *synopsis; /* what follows the name: "ID [--json]" */
	const char *summary;  /* one line, no full stop */
	const char *text;     /* further lines and examples, each ending in a newline; may be NULL */
	const char *group;    /* heading in the overview */
	int (*run)(const struct verb *verb, int count, char **words);
};

enum option_type {
	OPTION_FLAG,     /* bool */
	OPTION_TEXT,     /* slice; `ptr` is a C string */
	OPTION_NUMBER,   /* uint64_t */
	OPTION_DURATION, /* uint64_t seconds; 90, 90s, 10m, 2h, 7d */
	OPTION_LIST      /* struct option_list; may be given many times */
};

struct option_list {
	slice items[OPTIONS_LIST_MAX];
	size_t count;
};

struct option_row {
	const char *name; /* without dashes; a name of one letter is given with one dash */
	enum option_type type;
	void *value;
	const char *shows; /* "FILE"; NULL for a flag */
	const char *help;
};

/* The words that are not options, in order. */
struct option_words {
	const char *items[OPTIONS_WORDS_MAX];
	size_t count;
	bool help; /* --help or -h was given: nothing was checked after it */
};

/*
 * Reads `words` (those after the verb). `--name VALUE` and `--name=VALUE` mean the same; options may stand anywhere;
 * after `--` everything is a word. E_USAGE: unknown option (with the nearest name), value missing or not wanted, given
 * twice, not a number or duration; fewer than `words_min` or more than `words_max` words.
 */
MUST_USE enum error options_read(const struct option_row *rows, size_t row_count, int count, char **words,
				 size_t words_min, size_t words_max, struct option_words *ret_words, struct fault *why);
/* "10m" -> 600. E_USAGE: not a duration, or longer than ten years. */
MUST_USE enum error options_duration(slice text, uint64_t *ret_seconds, struct fault *why);

/* The help of one verb: synopsis, options aligned, text. */
void options_help(FILE *to, const struct verb *verb, const struct option_row *rows, size_t row_count);

/* What options_begin says when the verb may go on. */
#define OPTIONS_GO (-1)
/*
 * options_read for a verb: prints help (exit code 0) or what is wrong (64). OPTIONS_GO: go on.
 */
MUST_USE int options_begin(const struct verb *verb, const struct option_row *rows, size_t row_count, int count,
			   char **words, size_t words_min, size_t words_max, struct option_words *ret_words);
/* Prints "tipstaff VERB: sentence" and the way to help; gives the exit code of wrong usage. */
int options_usage(const struct verb *verb, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
