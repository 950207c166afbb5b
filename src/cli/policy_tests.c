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

static void tell(const struct suite *suite, const struct told *told)
{
	struct policy_tests *tests = suite->tests;
	bool passed = told->got.len == 0;
	FILE *to = passed ? tests->passes : tests->failures;
	*(passed ? &tests->passed : &tests->failed) += 1;
	if (to)
		print(suite, told, to);
	if (tests->writer)
		write(suite, told, tests->writer);
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
		slice source = source_of(suite->world.set, one);
		told.got = arena_print(suite->tests->arena, "%.*s:%u:%u: %.*s", SLICE_ARG(source), one->line, one->column,
				       SLICE_ARG(one->message));
		if (!told.got.ptr)
			return FAIL(why, E_MEMORY, "no memory for a test");
		tell(suite, &told);
	}
	if (found.error_count == 0)
		tell(suite, &told);
	return E_OK;
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
	const struct told told = {test->node->line, test->test.name, outcome.expected, outcome.got};
	tell(suite, &told);
	return E_OK;
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
		if (code != E_OK) {
			const struct told told = {1, SLICE("cannot be run"), SLICE(""), slice_of(fault_sentence(&inner))};
			tell(&suite, &told);
		}
		policy_world_free(&suite.world);
		if (code == E_MEMORY)
			return FAIL(why, E_MEMORY, "%s", fault_sentence(&inner));
	}
	return E_OK;
}
