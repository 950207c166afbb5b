/* Options of `add`, `set` and `ls`, made from the fields of a kind, and the JSON object that was given with them. */
#ifndef TIPSTAFF_CLI_GIVEN_H
#define TIPSTAFF_CLI_GIVEN_H

#include "cli/options.h"
#include "registry/kind.h"
#include "text/json_writer.h"

#define GIVEN_OPTIONS_MAX (KIND_FIELDS_MAX + 12u)

/* What was given on the command line, by place of the field in its kind. */
struct given {
	const struct kind_row *kind;
	slice texts[KIND_FIELDS_MAX];
	struct option_list lists[KIND_FIELDS_MAX];
	uint64_t lifetime_s; /* --for; 0: not given */
	slice file;          /* --file of a policy, --key of an agent, --authorization-file of a server */
	slice tests;         /* of policies: a test file that comes with them */
	slice bearer_file;   /* --bearer-file of a server */
	struct option_row rows[GIVEN_OPTIONS_MAX];
	size_t row_count;
	char names[KIND_FIELDS_MAX][64];
	char helps[KIND_FIELDS_MAX][192];
};

/* Fills `rows`: an option for every field that may be written. `given` must stay where it is. */
void given_options(struct given *given, const struct kind_row *kind);
/* Fills `rows`: an option for every field that lists can be narrowed by. */
void given_filters(struct given *given, const struct kind_row *kind);
/*
 * Writes the object with those fields that were given, and `id` where not empty. `now_ms` is what --for counts from.
 * E_USAGE: a value that is not of the field's type.  E_IO, E_NOT_FOUND: a file.  E_LIMIT, E_MEMORY.
 */
MUST_USE enum error given_write(const struct given *given, slice id, int64_t now_ms,
					struct arena *arena, struct json_writer *writer, struct fault *why);
/* Was anything given? */
bool given_any(const struct given *given);
/* Was a field given by its option? */
bool given_any_field(const struct given *given);

#endif
