/* `tipstaff policy check`: reads every policy, holds it against the schema, and tells all that is wrong. */
#include "cli/diagnostics.h"
#include "cli/policy.h"

#include "cli/screen.h"
#include "daemon/files.h"

/* Without --level. */
#define LEVEL_NONE UINT64_MAX

struct check {
	struct arena arena;
	struct diagnostics found;
	struct folder folder;
	struct cedar_schema *schema;
	struct policy_beside beside;
	slice entities; /* as named */
	uint64_t level; /* LEVEL_NONE: any */
	size_t policy_count;
	bool is_unreadable; /* some file */
	struct diagnostics_form form;
};

static enum error add_problem(struct check *check, enum diagnostic_rule rule, slice source, slice text,
			      const struct cedar_problem *problem, struct fault *why)
{
	struct diagnostic one = {.rule = rule, .source = source, .text = text, .line = problem->line,
				 .column = problem->column};
	one.message = arena_copy(&check->arena, slice_of(problem->line ? problem->sentence : fault_sentence(why)));
	return diagnostics_add(&check->found, &one, why);
}

/* Is the text at fault, and not the machine? Only that is told together with the rest. */
static bool is_of_text(enum error code)
{
	return error_exit(code) == error_exit(E_SYNTAX) || code == E_UNSUPPORTED;
}

static enum error read_schema(struct check *check, struct fault *why)
{
	struct policy_world world = {.arena = &check->arena};
	struct fault inner;
	slice text;
	if (check->beside.schema.len == 0)
		return E_OK;
	TRY(files_read(check->beside.schema, POLICY_FILE_BYTES_MAX, &check->arena, &text, why));
	enum error code = policy_world_schema(&world, check->beside.schema, &inner);
	check->schema = world.schema;
	if (code == E_OK)
		return E_OK;
	*why = inner;
	return is_of_text(code) ? add_problem(check, DIAGNOSTIC_SCHEMA, check->beside.schema, text, &world.problem, why) : code;
}

/* All that does not conform, each as a mistake of the file: entities have no places. */
static enum error add_mismatches(struct check *check, const struct policy_world *world, slice path, slice text,
				 struct fault *why)
{
	struct cedar_conformance found;
	TRY(cedar_conform_entities(world->schema, world->entities, &check->arena, &found, why));
	for (size_t i = 0; i < found.kept; i++) {
		struct diagnostic one = {.rule = DIAGNOSTIC_ENTITIES, .source = path, .text = text};
		struct buffer says;
		buffer_init(&says, POLICY_PRINT_BYTES_MAX);
		cedar_mismatch_write(&says, &found.mismatches[i]);
		one.message = arena_copy(&check->arena, buffer_slice(&says));
		buffer_free(&says);
		TRY(diagnostics_add(&check->found, &one, why));
	}
	return E_OK;
}

/* Each file by itself; that they go together is for those who read them together. */
static enum error check_entities(struct check *check, slice path, struct fault *why)
{
	struct policy_world world = {.arena = &check->arena, .schema = check->schema};
	struct fault inner;
	slice text;
	TRY(files_read(path, POLICY_FILE_BYTES_MAX, &check->arena, &text, why));
	enum error code = policy_world_entities(&world, path, text, &inner);
	if (code == E_OK) {
		code = check->schema ? add_mismatches(check, &world, path, text, why) : E_OK;
		cedar_entities_free(world.entities);
		return code;
	}
	*why = inner;
	return is_of_text(code) ? add_problem(check, DIAGNOSTIC_ENTITIES, path, text, &world.problem, why) : code;
}

/* What is named, or lies beside the policies. */
static enum error find_beside(struct check *check, const slice *paths, size_t count, struct fault *why)
{
	check->beside.entities = &check->entities;
	check->beside.entity_count = check->entities.len > 0;
	TRY(policy_beside_find(&check->arena, paths, count, &check->beside, why));
	if (check->beside.schema.len == 0 && (check->entities.len > 0 || check->level != LEVEL_NONE))
		return FAIL(why, E_USAGE, "--entities and --level need a schema; name it with --schema");
	return E_OK;
}

/* The set goes before the list is shown, so that everything is copied. */
static enum error add_findings(struct check *check, const struct cedar_source *source, enum diagnostic_rule rule,
			       const struct cedar_validation *found, struct fault *why)
{
	for (size_t i = 0; i < found->count; i++) {
		const struct cedar_finding *finding = &found->findings[i];
		struct diagnostic one = {.rule = rule, .is_warning = finding->is_warning, .source = source->name,
					 .text = source->text, .line = finding->line, .column = finding->column};
		one.policy = arena_copy(&check->arena, finding->id);
		one.message = arena_copy(&check->arena, finding->message);
		TRY(diagnostics_add(&check->found, &one, why));
	}
	return E_OK;
}

static enum error validate(struct check *check, const struct cedar_source *source, const struct cedar_policyset *set,
			   struct fault *why)
{
	struct cedar_validation found;
	TRY(cedar_confusables(set, &check->arena, &found, why));
	TRY(add_findings(check, source, DIAGNOSTIC_CONFUSABLE, &found, why));
	if (!check->schema)
		return E_OK;
	if (check->level == LEVEL_NONE)
		TRY(cedar_validate(check->schema, set, CEDAR_STRICT, &check->arena, &found, why));
	else
		TRY(cedar_validate_level(check->schema, set, CEDAR_STRICT, (uint32_t)check->level, &check->arena, &found,
					 why));
	return add_findings(check, source, DIAGNOSTIC_VALIDATION, &found, why);
}

/* Facts that a policy declares changeable in a way that nobody can read: it would declare nothing. */
static enum error check_remedies(struct check *check, const struct cedar_source *source,
				 const struct cedar_policyset *set, struct fault *why)
{
	for (size_t i = 0; i < cedar_policyset_count(set); i++) {
		struct cedar_policy_info info = cedar_policyset_info(set, i);
		slice declared = cedar_policyset_annotation(set, i, SLICE("remedy"));
		struct fault inner;
		if (!declared.ptr || cedar_remedy_check(declared, &inner) == E_OK)
			continue;
		struct diagnostic one = {.rule = DIAGNOSTIC_REMEDY, .source = source->name, .text = source->text,
					 .line = info.line, .column = 1};
		one.policy = arena_copy(&check->arena, info.id);
		one.message = arena_print(&check->arena, "@remedy: %s", fault_sentence(&inner));
		TRY(diagnostics_add(&check->found, &one, why));
	}
	return E_OK;
}

/* A history condition without a monitor is decided all the same, but not at the price of one. */
static enum error add_scans(struct check *check, const struct cedar_source *source, const struct cedar_policyset *set,
			    struct fault *why)
{
	for (size_t i = 0; i < cedar_policyset_count(set); i++) {
		struct diagnostic one = {.rule = DIAGNOSTIC_HISTORY, .is_note = true, .source = source->name,
					 .text = source->text};
		if (!cedar_policyset_scans_history(set, i, &one.line, &one.column))
			continue;
		one.policy = arena_copy(&check->arena, cedar_policyset_info(set, i).id);
		one.message = SLICE("no monitor answers this history condition: each decision looks at the session's events again");
		TRY(diagnostics_add(&check->found, &one, why));
	}
	return E_OK;
}

static enum error check_source(struct check *check, const struct cedar_source *source, struct fault *why)
{
	struct cedar_problem problem = {.line = 0};
	struct cedar_policyset *set = NULL;
	enum error code = cedar_policyset_build(&policy_key, source, 1, NULL, 0, &set, &problem, why);
	check->is_unreadable = check->is_unreadable || code != E_OK;
	if (code != E_OK)
		return is_of_text(code) ? add_problem(check, DIAGNOSTIC_SYNTAX, source->name, source->text, &problem, why)
					: code;
	size_t count = cedar_policyset_count(set) + cedar_policyset_template_count(set);
	struct diagnostic empty = {.rule = DIAGNOSTIC_EMPTY, .is_warning = true, .source = source->name,
				   .text = source->text, .message = SLICE("there is no policy in it")};
	check->policy_count += count;
	if (count == 0)
		code = diagnostics_add(&check->found, &empty, why);
	else
		code = validate(check, source, set, why);
	if (code == E_OK)
		code = check_remedies(check, source, set, why);
	if (code == E_OK)
		code = add_scans(check, source, set, why);
	cedar_policyset_free(set);
	return code;
}

/* Each is right by itself; but one decision knows them all, and a policy by its id. */
static enum error check_together(struct check *check, const struct cedar_source *sources, size_t count, struct fault *why)
{
	struct cedar_problem problem = {.line = 0};
	struct cedar_policyset *set = NULL;
	enum error code = cedar_policyset_build(&policy_key, sources, count, NULL, 0, &set, &problem, why);
	cedar_policyset_free(set);
	if (code != E_CONFLICT)
		return code;
	/* The later of two has to go; a long name is cut in the problem. */
	size_t at = count - 1;
	while (at > 0 && !slice_equal(slice_sub(sources[at].name, 0, sizeof(problem.source) - 1), slice_of(problem.source)))
		at--;
	return add_problem(check, DIAGNOSTIC_CONFLICT, sources[at].name, sources[at].text, &problem, why);
}

static enum error check_files(struct check *check, struct fault *why)
{
	struct cedar_source *sources = ARENA_ARRAY(&check->arena, check->folder.count, struct cedar_source);
	if (!sources)
		return FAIL(why, E_MEMORY, "no memory for the policies");
	for (size_t i = 0; i < check->folder.count; i++) {
		TRY(policy_source(&check->arena, &check->folder.files[i], &sources[i], why));
		TRY(check_source(check, &sources[i], why));
	}
	return check->folder.count > 1 && !check->is_unreadable ? check_together(check, sources, check->folder.count, why) : E_OK;
}

static enum error check_all(struct check *check, const struct option_words *given, struct fault *why)
{
	slice paths[OPTIONS_WORDS_MAX];
	policy_paths(given, paths);
	TRY(policy_files(&check->folder, paths, given->count, why));
	TRY(find_beside(check, paths, given->count, why));
	TRY(read_schema(check, why));
	for (size_t i = 0; i < check->beside.entity_count; i++)
		TRY(check_entities(check, check->beside.entities[i], why));
	return check_files(check, why);
}

static void print_text(const void *about)
{
	const struct check *check = about;
	const struct diagnostics *found = &check->found;
	diagnostics_print(found, stdout);
	policy_beside_print(&check->beside, "read ");
	printf("%zu file%s, %zu polic%s: %zu error%s, %zu warning%s%s\n", check->folder.count,
	       check->folder.count == 1 ? "" : "s", check->policy_count, check->policy_count == 1 ? "y" : "ies",
	       found->errors, found->errors == 1 ? "" : "s", found->warnings, found->warnings == 1 ? "" : "s",
	       check->beside.schema.len ? "" : "; not held against a schema (--schema)");
}

static void write_head(const void *about, struct json_writer *writer)
{
	const struct check *check = about;
	json_put_u64(writer, "files", check->folder.count);
	json_put_u64(writer, "policies", check->policy_count);
	json_put_bool(writer, "validated", check->schema != NULL);
	policy_beside_write(&check->beside, writer);
}

int policy_check(const struct verb *verb, int count, char **words)
{
	struct check check = {.level = LEVEL_NONE};
	struct option_words given;
	struct fault why;
	const struct option_row options[] = {
		{"schema", OPTION_TEXT, &check.beside.schema, "FILE", "hold them against this schema; JSON where it ends in .json (that of the folder)"},
		{"level", OPTION_NUMBER, &check.level, "N", "how many steps from the request policies may look into entities"},
		{"entities", OPTION_TEXT, &check.entities, "FILE", "hold these entities against the schema too (those of the folder)"},
		DIAGNOSTICS_OPTIONS(&check.form),
	};
	int go = options_begin(verb, options, sizeof(options) / sizeof(options[0]), count, words, 1, OPTIONS_WORDS_MAX,
			       &given);
	if (go == OPTIONS_GO)
		go = diagnostics_begin(&check.form, verb);
	if (go != OPTIONS_GO)
		return go;
	if (check.level != LEVEL_NONE && check.level > CEDAR_DEPTH_MAX)
		return options_usage(verb, "--level is at most %u", CEDAR_DEPTH_MAX);
	arena_init(&check.arena, POLICY_ARENA_BYTES_MAX);
	check.found.arena = check.folder.arena = &check.arena;
	enum error code = check_all(&check, &given, &why);
	if (code == E_OK)
		code = diagnostics_report(&check.found, &check.form,
					  &(struct diagnostics_frame){print_text, write_head, &check}, &why);
	if (code != E_OK)
		screen_fault(stderr, &why);
	else if (check.found.errors > 0)
		code = E_INVALID;
	cedar_schema_free(check.schema);
	arena_free(&check.arena);
	return error_exit(code);
}
