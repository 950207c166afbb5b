/* What is wrong with files, each at its place: for people, as JSON, and as SARIF 2.1.0 for editors and CI. */
#ifndef TIPSTAFF_CLI_DIAGNOSTICS_H
#define TIPSTAFF_CLI_DIAGNOSTICS_H

#include "cedar/problem.h"
#include "cli/options.h"
#include "text/json_writer.h"

#include <stdio.h>

#define DIAGNOSTICS_MAX 10000u

enum diagnostic_rule { DIAGNOSTIC_SYNTAX = 0, DIAGNOSTIC_CONFLICT, DIAGNOSTIC_SCHEMA, DIAGNOSTIC_VALIDATION, DIAGNOSTIC_EMPTY,
		       DIAGNOSTIC_ENTITIES, DIAGNOSTIC_HISTORY, DIAGNOSTIC_REMEDY, DIAGNOSTIC_FORMAT, DIAGNOSTIC_CONFUSABLE,
		       DIAGNOSTIC_TEST, DIAGNOSTIC_NEW_ALLOW, DIAGNOSTIC_LOST_ALLOW, DIAGNOSTIC_COMMON_ALLOW,
		       /* of an analysis, in the order of enum analysis_rule */
		       DIAGNOSTIC_UNKNOWN, DIAGNOSTIC_NEVER, DIAGNOSTIC_FORBIDDEN, DIAGNOSTIC_REDUNDANT,
		       DIAGNOSTIC_DUPLICATE, DIAGNOSTIC_ERROR, DIAGNOSTIC_WIDE, DIAGNOSTIC_RULE_COUNT };

struct diagnostic {
	enum diagnostic_rule rule;
	bool is_warning;
	bool is_note;   /* rather than a warning: worth knowing, but no defect */
	slice source;
	slice text;    /* of the source */
	slice policy;  /* its id; empty where it is about no single one */
	slice message;
	uint32_t line; /* from 1; 0: about the whole file */
	uint32_t column; /* in bytes */
	slice hint;      /* further lines for people, each ending in a newline; may be empty */
	slice example;   /* a JSON object; may be empty */
};

/* Zero it and set the arena. */
struct diagnostics {
	struct arena *arena;
	struct diagnostic *items;
	size_t count;
	size_t errors;
	size_t warnings;
	size_t notes;
};

/* Everything in `*one` is borrowed. E_LIMIT: DIAGNOSTICS_MAX.  E_MEMORY. */
MUST_USE enum error diagnostics_add(struct diagnostics *list, const struct diagnostic *one, struct fault *why);
/* Source, line, column, sentence; the line; a caret. */
void diagnostics_print(const struct diagnostics *list, FILE *to);
/* Prints a whole SARIF log. Columns count code points there. */
MUST_USE enum error diagnostics_print_sarif(const struct diagnostics *list, struct fault *why);

/* How a verb tells what it found: to people, unless one of these is set. */
struct diagnostics_form {
	bool json;
	bool sarif;
};

#define DIAGNOSTICS_OPTIONS(form)                                           \
	{"json", OPTION_FLAG, &(form)->json, NULL, "print JSON"},           \
	{"sarif", OPTION_FLAG, &(form)->sarif, NULL, "print SARIF 2.1.0"}

bool diagnostics_for_people(const struct diagnostics_form *form);
/* OPTIONS_GO; or the exit code of wrong usage, said: the two forms exclude each other. */
MUST_USE int diagnostics_begin(const struct diagnostics_form *form, const struct verb *verb);

/* What a verb tells besides. */
struct diagnostics_frame {
	void (*print)(const void *about); /* everything, for people; NULL: they were told already */
	void (*write)(const void *about, struct json_writer *writer); /* the first members of the JSON object */
	const void *about;
};
/*
 * Tells what was found in that form; JSON ends in the members "errors", "warnings", where there are some "notes", and
 * "diagnostics". Errors as json_writer_end.
 */
MUST_USE enum error diagnostics_report(const struct diagnostics *list, const struct diagnostics_form *form,
				       const struct diagnostics_frame *frame, struct fault *why);

#endif
