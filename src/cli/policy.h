/* What the `tipstaff policy` verbs share: policies, schema and entities read from files, and one decision offline. */
#ifndef TIPSTAFF_CLI_POLICY_H
#define TIPSTAFF_CLI_POLICY_H

#include "analysis/analysis.h"
#include "cedar/cedar.h"
#include "cli/folder.h"
#include "cli/options.h"
#include "registry/policy_test.h"
#include "text/json_writer.h"

#include <stdio.h>

#define POLICY_FILE_BYTES_MAX (16u << 20)
#define POLICY_ARENA_BYTES_MAX (1ull << 30) /* of everything that one run of a verb holds */
#define POLICY_PRINT_BYTES_MAX (64u << 20)

/* Only an operator's own files are read here, so that nobody gains by colliding keys. */
extern const struct hash_key policy_key;

/* Policies, schema and entities. Zero it and set the arena; policy_world_free in any case. */
struct policy_world {
	struct arena *arena;
	struct cedar_policyset *set;
	struct cedar_schema *schema; /* may stay NULL */
	struct cedar_entities *entities; /* may stay NULL */
	struct cedar_problem problem; /* of the last error, where it has a place */
};

/* A question that leaves something open. What it is about may be missing where that is unknown. */
struct policy_open_question {
	struct policy_question known;
	const slice *unknowns; /* what is left open: see policy_open */
	size_t unknown_count;
};

/* Is it a .cedar file? */
bool policy_is_cedar(slice name);
/* A schema is known by its name: app.cedarschema, app.cedarschema.json. */
bool policy_is_schema(slice name);
/*
 * The policy files that are named, and those of the folders that are named, each once; of two with the same name the
 * later goes by its path. E_NOT_FOUND: there are none.  Else as folder_add. The arena is set before.
 */
MUST_USE enum error policy_files(struct folder *folder, const slice *paths, size_t count, struct fault *why);
/* The words as paths; there is room for OPTIONS_WORDS_MAX. */
void policy_paths(const struct option_words *given, slice *ret_paths);
/* Schema and entities of a verb: those that are named, or those that lie in the folders of the policies. */
struct policy_beside {
	slice schema;    /* empty: none */
	slice *entities; /* files */
	size_t entity_count;
	bool only_schema; /* entities are not wanted */
	slice *found;    /* of these, what nobody named */
	size_t found_count;
};
/*
 * Completes what is named in `*beside`, at most one file of entities, from the folders among the paths: with the
 * .cedarschema or .cedarschema.json file that lies directly in one, and the .entities.json files in it and below, as
 * `apply` takes them. A file that is named brings nothing. E_CONFLICT: more than one schema.  Else as folder_add.
 */
MUST_USE enum error policy_beside_find(struct arena *arena, const slice *paths, size_t count,
				       struct policy_beside *beside, struct fault *why);
/* What was found, in one line for people behind the label; as the member "read" of an open object. Nothing: nothing. */
void policy_beside_print(const struct policy_beside *beside, const char *label);
void policy_beside_write(const struct policy_beside *beside, struct json_writer *writer);
/*
 * One file as the server would see it: its name inside the folder, with dots for slashes and "#" behind, begins the ids
 * of its policies. A .json file has ids of its own.
 */
MUST_USE enum error policy_source(struct arena *arena, const struct folder_file *file, struct cedar_source *ret_source,
				  struct fault *why);
/* Reads all policies of the folder. Errors as cedar_policyset_build and files_read. */
MUST_USE enum error policy_world_policies(struct policy_world *world, const struct folder *folder, struct fault *why);
/* A schema in Cedar's language, or in JSON where the name ends in .json. Errors as cedar_schema_parse and files_read. */
MUST_USE enum error policy_world_schema(struct policy_world *world, slice path, struct fault *why);
/* Entities JSON; `name` is for messages. Read after the schema. Errors as cedar_entities_add_json. */
MUST_USE enum error policy_world_entities(struct policy_world *world, slice name, slice json, struct fault *why);
/* The same from files, and they must conform (policy_world_conform). None is fine. */
MUST_USE enum error policy_world_entity_files(struct policy_world *world, const slice *paths, size_t count,
					      struct fault *why);
/* E_INVALID: there is a schema, and some entity does not conform; the first is named. `name` is for messages. */
MUST_USE enum error policy_world_conform(const struct policy_world *world, slice name, struct fault *why);
/* As policy_question_decide. */
MUST_USE enum error policy_world_decide(const struct policy_world *world, const struct policy_question *question,
					struct cedar_result *ret_result, struct fault *why);
/*
 * Puts the unknowns of the question into its request: `principal:User`, `action`, `resource:A::File`,
 * `context.a.b:long?`. A type may be left out, and for a field of the context then comes from the schema; `?` says that
 * the field may be absent. E_USAGE: not that form, or the question has it.  Else as cedar_unknown_parse and
 * cedar_unknown_field.
 */
MUST_USE enum error policy_open(const struct policy_world *world, const struct policy_open_question *question,
				struct cedar_request *request, struct fault *why);
/* As policy_world_decide, for a question with unknowns. */
MUST_USE enum error policy_world_partial(const struct policy_world *world, const struct policy_open_question *question,
					 struct cedar_partial *ret_partial, struct fault *why);
/* As policy_test_run. */
MUST_USE enum error policy_world_test(const struct policy_world *world, const struct policy_test *test,
				      struct policy_test_outcome *ret_outcome, struct fault *why);
/* As policy_world_decide: what would permit it, where it is denied. */
MUST_USE enum error policy_world_remedy(const struct policy_world *world, const struct policy_question *question,
					struct cedar_remedy *ret_remedy, struct fault *why);
void policy_world_free(struct policy_world *world);
/* What its questions are decided by. */
struct policy_ground policy_world_ground(const struct policy_world *world);
/*
 * Decides each request of the file, one JSON event a line (registry/policy_history.h), and prints what came out. Errors
 * name file and line.
 */
MUST_USE enum error policy_trace_run(const struct policy_world *world, slice path, bool json, bool *ret_denied,
				     struct fault *why);

/* Prints the problem with the line and a caret, or "tipstaff:" and the sentence where it has no place. */
void policy_print_fault(FILE *to, const struct cedar_problem *problem, const struct fault *why);
/* The same as JSON on standard output: {"error","message"}, and where it has a place source, line, column, excerpt, caret. */
void policy_print_fault_json(enum error code, const struct cedar_problem *problem, const struct fault *why);
/* The @id of the policy; ptr NULL where it has none. */
slice policy_own_id(const struct cedar_policyset *set, size_t index);

/* id, annotation_id, effect, source and line of a policy, into an object that is open. */
void policy_put(struct json_writer *writer, const struct cedar_policyset *set, size_t index);
/* The same after a label, in one line that is not ended. */
void policy_print(const char *label, const struct cedar_policyset *set, size_t index);
/* What is certain, and what is left of the policies. */
void policy_partial_print(const struct policy_world *world, const struct policy_open_question *question,
			  const struct cedar_partial *partial);
MUST_USE enum error policy_partial_print_json(const struct policy_world *world, const struct cedar_partial *partial,
					      struct fault *why);
/* Names of policies, as `a.cedar#0, b.cedar#2`; beyond a few only how many more. */
void policy_write_ids(struct buffer *out, const struct cedar_policyset *set, const uint32_t *policies, size_t count);
/* An example as words for `policy eval`, and its entities: lines for people. Both texts live in the arena. */
MUST_USE enum error policy_example_hint(struct arena *arena, const struct analysis_example *example, slice *ret_text,
					struct fault *why);
/* ... and as a JSON object. */
MUST_USE enum error policy_example_json(struct arena *arena, const struct analysis_example *example, slice *ret_json,
					struct fault *why);

/* Each word of `tipstaff policy`. */
int policy_check(const struct verb *verb, int count, char **words);
int policy_test(const struct verb *verb, int count, char **words);
int policy_eval(const struct verb *verb, int count, char **words);
int policy_translate(const struct verb *verb, int count, char **words);
int policy_simulate(const struct verb *verb, int count, char **words);
int policy_format(const struct verb *verb, int count, char **words);
int policy_analyze(const struct verb *verb, int count, char **words);
int policy_diff(const struct verb *verb, int count, char **words);

#endif
