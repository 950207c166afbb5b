#include "cli/policy_tests.h"

#include "cli/policy.h"
#include "cli/screen.h"
#include "daemon/files.h"
#include "daemon/suite_file.h"

/* One test file while it runs. */
struct suite {
	struct policy_tests *tests;
	const struct folder_file *file;
	struct suite_file read;
	struct policy_world world;
};

enum error policy_tests_folder(const struct suite_file *file, struct folder *folder, struct fault *why)
{
	folder->arena = file->arena;
	folder->wants = policy_is_cedar;
	if (!file->names_policies)
		return folder_add(folder, folder_of(slice_of(file->path)), why);
	for (size_t i = 0; i < file->policy_count; i++)
		TRY(folder_add(folder, file->policies[i], why));
	return E_OK;
}

static enum error read_entities(struct suite *suite, struct fault *why)
{
	const struct suite_file *read = &suite->read;
	struct fault inner;
	slice json;
	if (read->entities_path.len > 0) {
		TRY(files_read(read->entities_path, POLICY_FILE_BYTES_MAX, suite->tests->arena, &json, why));
		TRY(policy_world_entities(&suite->world, read->entities_path, json, why));
		return policy_world_conform(&suite->world, read->entities_path, why);
	}
	if (read->entities.len == 0)
		return E_OK;
	enum error code = policy_world_entities(&suite->world, SLICE("entities"), read->entities, &inner);
	if (code == E_OK)
		code = policy_world_conform(&suite->world, SLICE("entities"), &inner);
	/* Places in the JSON that was made of it mean nothing to the reader. */
	const char *says = suite->world.problem.line ? suite->world.problem.sentence : fault_sentence(&inner);
	return code == E_OK ? E_OK : yaml_fail(read->entities_node, why, code, "%s", says);
}

static enum error read_world(struct suite *suite, struct fault *why)
{
	struct folder folder = {.count = 0};
	TRY(policy_tests_folder(&suite->read, &folder, why));
	if (folder.count == 0)
		return FAIL(why, E_NOT_FOUND, "no policies beside it; they are files that end in .cedar");
	TRY(policy_world_policies(&suite->world, &folder, why));
	if (suite->read.schema.len > 0)
		TRY(policy_world_schema(&suite->world, suite->read.schema, why));
	return read_entities(suite, why);
}

static void print_line(FILE *to, const char *word, const struct folder_file *file, unsigned line, slice name)
{
	screen_colour(to, word[0] == 'o' ? SCREEN_GREEN : SCREEN_RED);
	fprintf(to, "%-8s", word);
	screen_colour(to, SCREEN_PLAIN);
	screen_text(to, slice_of(file->path));
	fprintf(to, ":%u  ", line);
	screen_text(to, name);
	fputc('\n', to);
}

/* What became of a test: `got` is empty where it passed; `expected` where nothing was expected but that it can be run. */
struct told {
	unsigned line;
	slice name;
	slice expected;
	slice got;
	const struct diagnostic *at; /* where the mistake is, if not in the test file; may be NULL */
};

static void print(const struct suite *suite, const struct told *told, FILE *to)
{
	print_line(to, told->got.len ? "FAILED" : "ok", suite->file, told->line, told->name);
	if (told->got.len == 0)
		return;
	fputs("        ", to);
	if (told->expected.len > 0) {
		fputs("expected ", to);
		screen_text(to, told->expected);
		fputs(", got ", to);
	}
	screen_text(to, told->got);
	fputc('\n', to);
}

static void write(const struct suite *suite, const struct told *told, struct json_writer *writer)
{
	json_begin_object(writer);
	json_put_text(writer, "file", suite->file->path);
	json_put_u64(writer, "line", told->line);
	json_put_string(writer, "name", told->name);
	json_put_bool(writer, "passed", told->got.len == 0);
	if (told->expected.len > 0)
		json_put_string(writer, "expected", told->expected);
	if (told->got.len > 0)
		json_put_string(writer, told->expected.len > 0 ? "got" : "detail", told->got);
	json_end_object(writer);
}

/* Columns are counted in the text, and the set goes before the report: both are kept, the text once for many mistakes. */
static enum error find_text(struct policy_tests *tests, struct diagnostic *one, struct fault *why)
{
	const struct diagnostics *found = tests->found;
	const struct diagnostic *last = found->count > 0 ? &found->items[found->count - 1] : NULL;
	one->policy = arena_copy(tests->arena, one->policy);
	one->message = arena_copy(tests->arena, one->message);
	if (last && slice_equal(last->source, one->source)) {
		one->source = last->source;
		one->text = last->text;
		return E_OK;
	}
	one->source = arena_copy(tests->arena, one->source);
	return files_read(one->source, POLICY_FILE_BYTES_MAX, tests->arena, &one->text, why);
}

/* A failure at its place in the test file, or where it is in the policies. */
static enum error keep(const struct suite *suite, const struct told *told, struct fault *why)
{
	struct policy_tests *tests = suite->tests;
	struct diagnostic one = {.rule = DIAGNOSTIC_TEST, .source = slice_of(suite->file->path), .line = told->line,
				 .column = 1};
	if (tests->found->count == DIAGNOSTICS_MAX)
		return E_OK;
	if (told->at) {
		one = *told->at;
		TRY(find_text(tests, &one, why));
	} else if (told->expected.len > 0)
		one.message = arena_print(tests->arena, "%.*s: expected %.*s, got %.*s", SLICE_ARG(told->name),
					  SLICE_ARG(told->expected), SLICE_ARG(told->got));
	else
		one.message = arena_print(tests->arena, "%.*s: %.*s", SLICE_ARG(told->name), SLICE_ARG(told->got));
	if (!one.message.ptr)
		return FAIL(why, E_MEMORY, "no memory for a test");
	return diagnostics_add(tests->found, &one, why);
}

static enum error tell(const struct suite *suite, const struct told *told, struct fault *why)
{
	struct policy_tests *tests = suite->tests;
	bool passed = told->got.len == 0;
	FILE *to = passed ? tests->passes : tests->failures;
	*(passed ? &tests->passed : &tests->failed) += 1;
	if (to)
		print(suite, told, to);
	if (tests->writer)
		write(suite, told, tests->writer);
	return passed || !tests->found ? E_OK : keep(suite, told, why);
}

/* The file of the policy or template that a finding is about. */
static slice source_of(const struct cedar_policyset *set, const struct cedar_finding *finding)
{
	return finding->is_template ? cedar_policyset_template(set, finding->policy).source
				    : cedar_policyset_info(set, finding->policy).source;
}

/* With a schema the policies must fit it: one test more, which fails once for each mistake. */
static enum error validate(const struct suite *suite, struct fault *why)
{
	struct cedar_validation found;
	struct told told = {.line = 1, .name = SLICE("the policies fit the schema")};
	if (!suite->world.schema)
		return E_OK;
	TRY(cedar_validate(suite->world.schema, suite->world.set, CEDAR_STRICT, suite->tests->arena, &found, why));
	for (size_t i = 0; i < found.count; i++) {
		const struct cedar_finding *one = &found.findings[i];
		if (one->is_warning)
			continue;
		struct diagnostic at = {.rule = DIAGNOSTIC_VALIDATION, .policy = one->id, .message = one->message,
					.line = one->line, .column = one->column};
		at.source = source_of(suite->world.set, one);
		told.at = &at;
		told.got = arena_print(suite->tests->arena, "%.*s:%u:%u: %.*s", SLICE_ARG(at.source), one->line, one->column,
				       SLICE_ARG(one->message));
		if (!told.got.ptr)
			return FAIL(why, E_MEMORY, "no memory for a test");
		TRY(tell(suite, &told, why));
	}
	return found.error_count == 0 ? tell(suite, &told, why) : E_OK;
}

/* "reasons[1]" is the second item below `reasons`. */
static const struct yaml_node *place_of(const struct yaml_node *test, slice field)
{
	size_t open = slice_find_byte(field, '[', 0);
	uint64_t number = 0;
	if (open == SIZE_MAX)
		return yaml_get(test, field);
	const struct yaml_node *list = yaml_get(test, slice_sub(field, 0, open));
	(void)slice_to_u64(slice_sub(field, open + 1, field.len - 1), &number);
	const struct yaml_node *item = list ? list->first : NULL;
	while (item && number-- > 0)
		item = item->next;
	return item;
}

static enum error run_test(const struct suite *suite, const struct suite_file_test *test, struct fault *why)
{
	struct policy_test_outcome outcome;
	struct fault inner = {.code = E_OK};
	enum error code = policy_world_test(&suite->world, &test->test, &outcome, &inner);
	if (code != E_OK) {
		const struct yaml_node *at = place_of(test->node, slice_of(inner.field));
		return yaml_fail(at ? at : test->node, why, code, "%s", fault_sentence(&inner));
	}
	const struct told told = {test->node->line, test->test.name, outcome.expected, outcome.got, NULL};
	return tell(suite, &told, why);
}

static enum error run_file(struct suite *suite, struct fault *why)
{
	TRY(suite_file_read(&suite->read, suite->file->path, suite->tests->arena, why));
	TRY(read_world(suite, why));
	TRY(validate(suite, why));
	for (size_t i = 0; i < suite->read.test_count; i++)
		TRY(run_test(suite, &suite->read.tests[i], why));
	return E_OK;
}

enum error policy_tests_run(struct policy_tests *tests, slice path, struct fault *why)
{
	struct folder folder = {.arena = tests->arena, .wants = suite_file_is};
	TRY(folder_add(&folder, path, why));
	for (size_t i = 0; i < folder.count; i++) {
		struct suite suite = {.tests = tests, .file = &folder.files[i], .world.arena = tests->arena};
		struct fault inner;
		enum error code = run_file(&suite, &inner);
		tests->files++;
		if (code != E_OK && code != E_MEMORY) {
			const struct told told = {.line = 1, .name = SLICE("cannot be run"),
						  .got = slice_of(fault_sentence(&inner))};
			code = tell(&suite, &told, &inner);
		}
		policy_world_free(&suite.world);
		if (code != E_OK)
			return FAIL(why, code, "%s", fault_sentence(&inner));
	}
	return E_OK;
}
