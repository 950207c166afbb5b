#include "cli/policy_tests.h"

#include "cli/manifest.h"
#include "cli/policy.h"
#include "cli/screen.h"
#include "daemon/files.h"

/* One test file while it runs. */
struct suite {
	struct policy_tests *tests;
	const struct folder_file *file;
	struct policy_world world;
	const struct yaml_node *root;
};

static bool is_test(slice name)
{
	return slice_ends_with(name, SLICE(".test.yaml")) || slice_ends_with(name, SLICE(".test.yml")) ||
	       slice_ends_with(name, SLICE(".test.json"));
}

/* A path in the file is meant from where the file is. */
static enum error path_of(const struct suite *suite, const struct yaml_node *node, slice *ret_path, struct fault *why)
{
	slice name;
	TRY(yaml_read_text(node, &name, why));
	if (slice_starts_with(name, SLICE("/")))
		*ret_path = name;
	else
		*ret_path = arena_print(suite->tests->arena, "%.*s/%.*s", SLICE_ARG(folder_of(slice_of(suite->file->path))),
					SLICE_ARG(name));
	return ret_path->ptr ? E_OK : FAIL(why, E_MEMORY, "no memory for a path");
}

/* The value of a node as JSON text. */
static enum error json_of(const struct suite *suite, const struct yaml_node *node, slice *ret_json, struct fault *why)
{
	struct buffer text;
	struct json_writer writer;
	buffer_init(&text, POLICY_FILE_BYTES_MAX);
	json_writer_init(&writer, &text, JSON_COMPACT);
	enum error code = manifest_write_json(&writer, node, why);
	if (code == E_OK)
		code = json_writer_end(&writer, why);
	if (code == E_OK)
		*ret_json = arena_copy(suite->tests->arena, buffer_slice(&text));
	buffer_free(&text);
	return code;
}

static enum error read_policies(struct suite *suite, struct fault *why)
{
	struct folder folder = {.arena = suite->tests->arena, .wants = policy_is_cedar};
	const struct yaml_node *list = yaml_get(suite->root, SLICE("policies"));
	slice path;
	if (!list)
		TRY(folder_add(&folder, folder_of(slice_of(suite->file->path)), why));
	else
		TRY(yaml_expect(list, YAML_SEQUENCE, why));
	for (const struct yaml_node *item = list ? list->first : NULL; item; item = item->next) {
		TRY(path_of(suite, item, &path, why));
		TRY(folder_add(&folder, path, why));
	}
	return policy_world_policies(&suite->world, &folder, why);
}

static enum error read_entities(struct suite *suite, struct fault *why)
{
	const struct yaml_node *node = yaml_get(suite->root, SLICE("entities"));
	slice path, json;
	if (!node)
		return E_OK;
	if (node->type == YAML_SCALAR) {
		TRY(path_of(suite, node, &path, why));
		TRY(files_read(path, POLICY_FILE_BYTES_MAX, suite->tests->arena, &json, why));
		TRY(policy_world_entities(&suite->world, path, json, why));
		return policy_world_conform(&suite->world, path, why);
	}
	struct fault inner;
	TRY(yaml_expect(node, YAML_SEQUENCE, why));
	TRY(json_of(suite, node, &json, why));
	enum error code = policy_world_entities(&suite->world, SLICE("entities"), json, &inner);
	if (code == E_OK)
		code = policy_world_conform(&suite->world, SLICE("entities"), &inner);
	/* Places in the JSON that was made of it mean nothing to the reader. */
	const char *says = suite->world.problem.line ? suite->world.problem.sentence : fault_sentence(&inner);
	return code == E_OK ? E_OK : yaml_fail(node, why, code, "%s", says);
}

static enum error read_world(struct suite *suite, struct fault *why)
{
	const struct yaml_node *schema = yaml_get(suite->root, SLICE("schema"));
	slice path;
	TRY(read_policies(suite, why));
	if (schema) {
		TRY(path_of(suite, schema, &path, why));
		TRY(policy_world_schema(&suite->world, path, why));
	}
	return read_entities(suite, why);
}

static bool is_named(const struct suite *suite, size_t index, slice name)
{
	return slice_equal(cedar_policyset_info(suite->world.set, index).id, name) ||
	       (name.len > 0 && slice_equal(policy_own_id(suite->world.set, index), name));
}

static enum error check_name(const struct suite *suite, const struct yaml_node *item, struct fault *why)
{
	slice name;
	TRY(yaml_read_text(item, &name, why));
	for (size_t i = 0; i < cedar_policyset_count(suite->world.set); i++)
		if (is_named(suite, i, name))
			return E_OK;
	return yaml_fail(item, why, E_INVALID, "no policy has the id or @id `%.*s`", SLICE_ARG(name));
}

/* Are these exactly the policies that the list names? */
static enum error compare(const struct suite *suite, const struct yaml_node *list, const uint32_t *policies, size_t count,
			  bool *ret_same, struct fault *why)
{
	size_t found = 0;
	*ret_same = true;
	TRY(yaml_expect(list, YAML_SEQUENCE, why));
	for (const struct yaml_node *item = list->first; item; item = item->next) {
		TRY(check_name(suite, item, why));
		size_t of_item = 0;
		for (size_t i = 0; i < count; i++)
			of_item += is_named(suite, policies[i], item->text);
		*ret_same = *ret_same && of_item > 0;
	}
	for (size_t i = 0; i < count; i++) {
		const struct yaml_node *item = list->first;
		while (item && !is_named(suite, policies[i], item->text))
			item = item->next;
		found += item != NULL;
	}
	*ret_same = *ret_same && found == count;
	return E_OK;
}

static void add_policies(const struct suite *suite, struct buffer *says, const uint32_t *policies, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct cedar_policy_info info = cedar_policyset_info(suite->world.set, policies[i]);
		buffer_print(says, "%s%.*s (%.*s:%u)", i ? ", " : "", SLICE_ARG(info.id), SLICE_ARG(info.source), info.line);
	}
	if (count == 0)
		buffer_add_text(says, "no policy");
}

/* What came out, held against what the test expects; appends to `says` where they differ. */
static enum error judge(const struct suite *suite, const struct yaml_node *test, const struct cedar_result *result,
			struct buffer *says, struct fault *why)
{
	static const struct yaml_node nothing = {.type = YAML_SEQUENCE};
	const struct yaml_node *expect = yaml_get(test, SLICE("expect")), *reasons = yaml_get(test, SLICE("reasons"));
	const struct yaml_node *errors = yaml_get(test, SLICE("errors"));
	uint32_t *decided = ARENA_ARRAY(suite->tests->arena, result->reason_count + 1, uint32_t);
	uint32_t *erred = ARENA_ARRAY(suite->tests->arena, result->error_count + 1, uint32_t);
	slice wanted, got = result->decision == CEDAR_ALLOW ? SLICE("permit") : SLICE("deny");
	bool same = true;
	if (!decided || !erred)
		return FAIL(why, E_MEMORY, "no memory for a test");
	for (size_t i = 0; i < result->reason_count; i++)
		decided[i] = result->reasons[i].policy;
	for (size_t i = 0; i < result->error_count; i++)
		erred[i] = result->errors[i].policy;
	TRY(yaml_read_text(expect, &wanted, why));
	if (!slice_equal(wanted, SLICE("permit")) && !slice_equal(wanted, SLICE("deny")))
		return yaml_fail(expect, why, E_INVALID, "`expect` is permit or deny, not `%.*s`", SLICE_ARG(wanted));
	if (reasons)
		TRY(compare(suite, reasons, decided, result->reason_count, &same, why));
	if (!slice_equal(wanted, got) || !same) {
		buffer_print(says, "expected %.*s%s, got %.*s by ", SLICE_ARG(wanted),
			     slice_equal(wanted, got) ? " by other policies" : "", SLICE_ARG(got));
		add_policies(suite, says, decided, result->reason_count);
	}
	TRY(compare(suite, errors ? errors : &nothing, erred, result->error_count, &same, why));
	if (same)
		return E_OK;
	buffer_print(says, "%s%s in ", says->len ? "; " : "", errors ? "other errors than expected:" : "unexpected error");
	add_policies(suite, says, erred, result->error_count);
	if (result->error_count > 0)
		buffer_print(says, ": %.*s", SLICE_ARG(result->errors[0].message));
	return E_OK;
}

static enum error read_test(const struct suite *suite, const struct yaml_node *test, slice *ret_name,
			    struct policy_question *ret_question, struct fault *why)
{
	static const char *const keys[] = {"name",    "principal", "action",  "resource",
					   "context", "expect",    "reasons", "errors"};
	static const char *const needed[] = {"name", "principal", "action", "resource", "expect"};
	struct policy_question question = {.with_facts = false};
	const struct yaml_node *context = yaml_get(test, SLICE("context"));
	TRY(yaml_expect(test, YAML_MAPPING, why));
	TRY(yaml_check_keys(test, keys, sizeof(keys) / sizeof(keys[0]), why));
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!yaml_get(test, slice_of(needed[i])))
			return yaml_fail(test, why, E_INVALID, "this test has no `%s`", needed[i]);
	TRY(yaml_read_text(yaml_get(test, SLICE("name")), ret_name, why));
	TRY(yaml_read_text(yaml_get(test, SLICE("principal")), &question.principal, why));
	TRY(yaml_read_text(yaml_get(test, SLICE("action")), &question.action, why));
	TRY(yaml_read_text(yaml_get(test, SLICE("resource")), &question.resource, why));
	if (context) {
		TRY(yaml_expect(context, YAML_MAPPING, why));
		TRY(json_of(suite, context, &question.context, why));
	}
	*ret_question = question;
	return E_OK;
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

/* `says` is empty where the test passed. */
static void tell(const struct suite *suite, unsigned line, slice name, slice says)
{
	struct policy_tests *tests = suite->tests;
	bool passed = says.len == 0;
	FILE *to = passed ? tests->passes : tests->failures;
	*(passed ? &tests->passed : &tests->failed) += 1;
	if (to) {
		print_line(to, passed ? "ok" : "FAILED", suite->file, line, name);
		if (!passed) {
			fputs("        ", to);
			screen_text(to, says);
			fputc('\n', to);
		}
	}
	if (!tests->writer)
		return;
	json_begin_object(tests->writer);
	json_put_text(tests->writer, "file", suite->file->path);
	json_put_u64(tests->writer, "line", line);
	json_put_string(tests->writer, "name", name);
	json_put_bool(tests->writer, "passed", passed);
	if (!passed)
		json_put_string(tests->writer, "detail", says);
	json_end_object(tests->writer);
}

static enum error run_test(const struct suite *suite, const struct yaml_node *test, struct fault *why)
{
	struct policy_question question;
	struct cedar_result result;
	struct fault inner;
	struct buffer says;
	slice name;
	TRY(read_test(suite, test, &name, &question, why));
	enum error code = policy_world_decide(&suite->world, &question, &result, &inner);
	if (code != E_OK) {
		const struct yaml_node *at = yaml_get(test, inner.field[0] ? slice_of(inner.field) : SLICE("context"));
		return yaml_fail(at ? at : test, why, code, "%s", fault_sentence(&inner));
	}
	buffer_init(&says, 1u << 20);
	code = judge(suite, test, &result, &says, why);
	if (code == E_OK)
		tell(suite, test->line, name, buffer_slice(&says));
	buffer_free(&says);
	return code;
}

static enum error run_file(struct suite *suite, struct fault *why)
{
	static const char *const keys[] = {"policies", "schema", "entities", "tests"};
	slice text;
	TRY(files_read(slice_of(suite->file->path), YAML_BYTES_MAX, suite->tests->arena, &text, why));
	TRY(yaml_parse(text, suite->file->path, suite->tests->arena, &suite->root, why));
	if (!suite->root)
		return FAIL(why, E_INVALID, "%s: there are no tests in it", suite->file->path);
	TRY(yaml_expect(suite->root, YAML_MAPPING, why));
	TRY(yaml_check_keys(suite->root, keys, sizeof(keys) / sizeof(keys[0]), why));
	const struct yaml_node *list = yaml_get(suite->root, SLICE("tests"));
	if (!list)
		return yaml_fail(suite->root, why, E_INVALID, "there are no `tests`");
	TRY(yaml_expect(list, YAML_SEQUENCE, why));
	if (!list->first)
		return yaml_fail(list, why, E_INVALID, "there are no tests in `tests`");
	TRY(read_world(suite, why));
	for (const struct yaml_node *test = list->first; test; test = test->next)
		TRY(run_test(suite, test, why));
	return E_OK;
}

enum error policy_tests_run(struct policy_tests *tests, slice path, struct fault *why)
{
	struct folder folder = {.arena = tests->arena, .wants = is_test};
	TRY(folder_add(&folder, path, why));
	for (size_t i = 0; i < folder.count; i++) {
		struct suite suite = {.tests = tests, .file = &folder.files[i], .world.arena = tests->arena};
		struct fault inner;
		enum error code = run_file(&suite, &inner);
		tests->files++;
		if (code != E_OK)
			tell(&suite, 1, SLICE("cannot be run"), slice_of(fault_sentence(&inner)));
		policy_world_free(&suite.world);
		if (code == E_MEMORY)
			return FAIL(why, E_MEMORY, "%s", fault_sentence(&inner));
	}
	return E_OK;
}
