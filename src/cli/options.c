#include "cli/options.h"

#include "base/nearest.h"

#include <stdarg.h>
#include <string.h>

#define DURATION_MAX_S (10u * 366u * 24u * 3600u)

static const struct option_row *find_row(const struct option_row *rows, size_t row_count, slice name)
{
	for (size_t i = 0; i < row_count; i++)
		if (slice_equal(name, slice_of(rows[i].name)))
			return &rows[i];
	return NULL;
}

static enum error fail_unknown(const struct option_row *rows, size_t row_count, slice given, slice name,
			       struct fault *why)
{
	const char *names[OPTIONS_LIST_MAX];
	size_t count = 0;
	for (; count < row_count && count < OPTIONS_LIST_MAX; count++)
		names[count] = rows[count].name;
	const char *meant = nearest_name(name, names, count);
	return FAIL(why, E_USAGE, "unknown option %.*s%s%s%s", SLICE_ARG(given), meant ? "; did you mean --" : "",
		    meant ? meant : "", meant ? "?" : "");
}

enum error options_duration(slice text, uint64_t *ret_seconds, struct fault *why)
{
	static const struct {
		char letter;
		unsigned seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
	uint64_t unit = 1, number;
	slice digits = text;
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]) && text.len > 1; i++)
		if (text.ptr[text.len - 1] == units[i].letter) {
			unit = units[i].seconds;
			digits.len = text.len - 1;
		}
	if (!slice_to_u64(digits, &number))
		return FAIL(why, E_USAGE, "\"%.*s\" is not a duration; write 90s, 10m, 2h or 7d", SLICE_ARG(text));
	if (number > DURATION_MAX_S / unit)
		return FAIL(why, E_USAGE, "\"%.*s\" is longer than ten years", SLICE_ARG(text));
	*ret_seconds = number * unit;
	return E_OK;
}

static enum error store_value(const struct option_row *row, const char *value, struct fault *why)
{
	struct option_list *list = row->value;
	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)row->value = true;
		return E_OK;
	case OPTION_TEXT:
		*(slice *)row->value = slice_of(value);
		return E_OK;
	case OPTION_NUMBER:
		if (!slice_to_u64(slice_of(value), row->value))
			return FAIL(why, E_USAGE, "--%s takes a number, not \"%s\"", row->name, value);
		return E_OK;
	case OPTION_DURATION:
		return options_duration(slice_of(value), row->value, why);
	case OPTION_LIST:
		if (list->count == OPTIONS_LIST_MAX)
			return FAIL(why, E_USAGE, "--%s is given more than %u times", row->name, OPTIONS_LIST_MAX);
		list->items[list->count++] = slice_of(value);
		return E_OK;
	}
	return FAIL(why, E_INTERNAL, "option --%s has no type", row->name);
}

/* One command line while it is read. */
struct cursor {
	const struct option_row *rows;
	size_t row_count;
	int count;
	char **words;
	int at;
	uint64_t seen; /* bit i: row i was given */
};

static enum error read_option(struct cursor *cursor, struct fault *why)
{
	slice word = slice_of(cursor->words[cursor->at]);
	slice rest = slice_from_offset(word, slice_starts_with(word, SLICE("--")) ? 2 : 1);
	size_t equals = slice_find_byte(rest, '=', 0);
	slice name = slice_sub(rest, 0, equals);
	const struct option_row *row = find_row(cursor->rows, cursor->row_count, name);
	bool one_dash = !slice_starts_with(word, SLICE("--"));
	if (!row || one_dash != (name.len == 1))
		return fail_unknown(cursor->rows, cursor->row_count, slice_sub(word, 0, word.len - rest.len + name.len),
				    name, why);
	uint64_t bit = 1ull << (row - cursor->rows);
	if (row->type != OPTION_LIST && (cursor->seen & bit))
		return FAIL(why, E_USAGE, "--%s is given twice", row->name);
	cursor->seen |= bit;
	if (row->type == OPTION_FLAG) {
		if (equals != SIZE_MAX)
			return FAIL(why, E_USAGE, "--%s takes no value", row->name);
		return store_value(row, NULL, why);
	}
	if (equals != SIZE_MAX)
		return store_value(row, rest.ptr + equals + 1, why);
	if (cursor->at + 1 >= cursor->count)
		return FAIL(why, E_USAGE, "--%s needs a value (%s)", row->name, row->shows);
	return store_value(row, cursor->words[++cursor->at], why);
}

static bool is_option(const char *word)
{
	return word[0] == '-' && word[1] != '\0';
}

static enum error check_count(const struct option_words *words, size_t words_min, size_t words_max, struct fault *why)
{
	if (words->count < words_min)
		return FAIL(why, E_USAGE, words->count == 0 ? "needs an argument" : "needs one more argument");
	if (words->count > words_max)
		return FAIL(why, E_USAGE, "unexpected argument \"%s\"", words->items[words_max]);
	return E_OK;
}

enum error options_read(const struct option_row *rows, size_t row_count, int count, char **words, size_t words_min,
			size_t words_max, struct option_words *ret_words, struct fault *why)
{
	struct cursor cursor = {.rows = rows, .row_count = row_count, .count = count, .words = words};
	bool only_words = false;
	*ret_words = (struct option_words){.count = 0};
	for (; cursor.at < count; cursor.at++) {
		const char *word = words[cursor.at];
		if (!only_words && strcmp(word, "--") == 0) {
			only_words = true;
		} else if (!only_words && (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)) {
			ret_words->help = true;
			return E_OK;
		} else if (!only_words && is_option(word)) {
			TRY(read_option(&cursor, why));
		} else {
			if (ret_words->count == OPTIONS_WORDS_MAX)
				return FAIL(why, E_USAGE, "more than %u arguments", OPTIONS_WORDS_MAX);
			ret_words->items[ret_words->count++] = word;
		}
	}
	return check_count(ret_words, words_min, words_max, why);
}

void options_help(FILE *to, const struct verb *verb, const struct option_row *rows, size_t row_count)
{
	fprintf(to, "%s\n\nusage: tipstaff %s %s\n", verb->summary, verb->name, verb->synopsis);
	if (row_count > 0)
		fprintf(to, "\noptions:\n");
	for (size_t i = 0; i < row_count; i++) {
		char left[64];
		const char *dashes = rows[i].name[1] ? "--" : "-";
		snprintf(left, sizeof(left), "%s%s%s%s", dashes, rows[i].name, rows[i].shows ? " " : "",
			 rows[i].shows ? rows[i].shows : "");
		fprintf(to, "  %-24s %s%s\n", left, rows[i].help,
			rows[i].type == OPTION_LIST ? " (may be repeated)" : "");
	}
	if (verb->text)
		fprintf(to, "\n%s", verb->text);
}

int options_usage(const struct verb *verb, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	fprintf(stderr, "tipstaff %s: ", verb->name);
	vfprintf(stderr, format, arguments);
	fprintf(stderr, "\nusage: tipstaff %s %s\n", verb->name, verb->synopsis);
	va_end(arguments);
	return error_exit(E_USAGE);
}

int options_begin(const struct verb *verb, const struct option_row *rows, size_t row_count, int count, char **words,
		  size_t words_min, size_t words_max, struct option_words *ret_words)
{
	struct fault why;
	if (options_read(rows, row_count, count, words, words_min, words_max, ret_words, &why) != E_OK)
		return options_usage(verb, "%s", fault_sentence(&why));
	if (!ret_words->help)
		return OPTIONS_GO;
	options_help(stdout, verb, rows, row_count);
	return 0;
}
