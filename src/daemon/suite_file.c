#include "daemon/suite_file.h"

#include "daemon/files.h"
#include "registry/kind.h"

#define FILE_BYTES_MAX (16u << 20) /* of a schema or entities that a test file names */

bool suite_file_is(slice name)
{
	return slice_ends_with(name, SLICE(".test.yaml")) || slice_ends_with(name, SLICE(".test.yml")) ||
	       slice_ends_with(name, SLICE(".test.json"));
}

static enum error no_memory(struct fault *why)
{
	return FAIL(why, E_MEMORY, "no memory for tests");
}

/* A path in the file is meant from where the file is. */
static enum error path_of(const struct suite_file *file, const struct yaml_node *node, slice *ret_path,
			  struct fault *why)
{
	slice name, path = slice_of(file->path);
	TRY(yaml_read_text(node, &name, why));
	while (path.len > 0 && path.ptr[path.len - 1] != '/')
		path.len--;
	if (slice_starts_with(name, SLICE("/")))
		path.len = 0;
	*ret_path = arena_print(file->arena, "%.*s%.*s", SLICE_ARG(path), SLICE_ARG(name));
	return ret_path->ptr ? E_OK : no_memory(why);
}

static enum error json_of(const struct suite_file *file, const struct yaml_node *node, slice *ret_json,
			  struct fault *why)
{
	struct buffer text;
	struct json_writer writer;
	buffer_init(&text, FILE_BYTES_MAX);
	json_writer_init(&writer, &text, JSON_COMPACT);
	enum error code = yaml_write_json(&writer, node, why);
	if (code == E_OK)
		code = json_writer_end(&writer, why);
	if (code == E_OK)
		*ret_json = arena_copy(file->arena, buffer_slice(&text));
	buffer_free(&text);
	return code == E_OK && !ret_json->ptr ? no_memory(why) : code;
}

/* A list of texts; `as_paths` brings each to where it is from here. */
static enum error read_texts(const struct suite_file *file, const struct yaml_node *list, bool as_paths,
			     const slice **ret_items, size_t *ret_count, struct fault *why)
{
	*ret_items = NULL;
	*ret_count = 0;
	if (!list)
		return E_OK;
	TRY(yaml_expect(list, YAML_SEQUENCE, why));
	slice *items = ARENA_ARRAY(file->arena, list->count + 1, slice);
	if (!items)
		return no_memory(why);
	for (const struct yaml_node *item = list->first; item; item = item->next) {
		slice *to = &items[(*ret_count)++];
		TRY(as_paths ? path_of(file, item, to, why) : yaml_read_text(item, to, why));
	}
	*ret_items = items;
	return E_OK;
}

static enum error read_expect(const struct yaml_node *node, bool *ret_permits, struct fault *why)
{
	slice word;
	TRY(yaml_read_text(node, &word, why));
	*ret_permits = slice_equal(word, SLICE("permit"));
	if (!*ret_permits && !slice_equal(word, SLICE("deny")))
		return yaml_fail(node, why, E_INVALID, "`expect` is permit or deny, not `%.*s`", SLICE_ARG(word));
	return E_OK;
}

static enum error check_test(const struct yaml_node *node, struct fault *why)
{
	static const char *const keys[] = {"name",    "principal", "action",  "resource",
					   "context", "history",   "time",    "expect",
					   "reasons", "errors"};
	static const char *const needed[] = {"name", "principal", "action", "resource", "expect"};
	TRY(yaml_expect(node, YAML_MAPPING, why));
	TRY(yaml_check_keys(node, keys, sizeof(keys) / sizeof(keys[0]), why));
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (!yaml_get(node, slice_of(needed[i])))
			return yaml_fail(node, why, E_INVALID, "this test has no `%s`", needed[i]);
	return E_OK;
}

/* What happened before the question, and when it is asked. */
static enum error read_session(const struct suite_file *file, const struct yaml_node *node, struct policy_test *test,
			       struct fault *why)
{
	const struct yaml_node *history = yaml_get(node, SLICE("history")), *time = yaml_get(node, SLICE("time"));
	/* Seconds need no quotes. */
	if (time)
		TRY(yaml_expect(time, YAML_SCALAR, why));
	if (time)
		test->time = time->text;
	if (!history)
		return E_OK;
	TRY(yaml_expect(history, YAML_SEQUENCE, why));
	return json_of(file, history, &test->history, why);
}

static enum error read_test(const struct suite_file *file, const struct yaml_node *node, struct suite_file_test *ret,
			    struct fault *why)
{
	struct policy_test *test = &ret->test;
	const struct yaml_node *context = yaml_get(node, SLICE("context")), *reasons = yaml_get(node, SLICE("reasons"));
	TRY(check_test(node, why));
	ret->node = node;
	TRY(yaml_read_text(yaml_get(node, SLICE("name")), &test->name, why));
	TRY(yaml_read_text(yaml_get(node, SLICE("principal")), &test->question.principal, why));
	TRY(yaml_read_text(yaml_get(node, SLICE("action")), &test->question.action, why));
	TRY(yaml_read_text(yaml_get(node, SLICE("resource")), &test->question.resource, why));
	TRY(read_expect(yaml_get(node, SLICE("expect")), &test->permits, why));
	if (context) {
		TRY(yaml_expect(context, YAML_MAPPING, why));
		TRY(json_of(file, context, &test->question.context, why));
	}
	TRY(read_session(file, node, test, why));
	test->any_reasons = !reasons;
	TRY(read_texts(file, reasons, false, &test->reasons, &test->reason_count, why));
	return read_texts(file, yaml_get(node, SLICE("errors")), false, &test->errors, &test->error_count, why);
}

static enum error read_tests(struct suite_file *file, const struct yaml_node *root, struct fault *why)
{
	const struct yaml_node *list = yaml_get(root, SLICE("tests"));
	if (!list && file->schema.len > 0)
		return E_OK;
	if (!list)
		return yaml_fail(root, why, E_INVALID, "there are no `tests`");
	TRY(yaml_expect(list, YAML_SEQUENCE, why));
	if (!list->first)
		return yaml_fail(list, why, E_INVALID, "there are no tests in `tests`");
	struct suite_file_test *tests = ARENA_ARRAY(file->arena, list->count, struct suite_file_test);
	if (!tests)
		return no_memory(why);
	for (const struct yaml_node *node = list->first; node; node = node->next)
		TRY(read_test(file, node, &tests[file->test_count++], why));
	file->tests = tests;
	return E_OK;
}

static enum error read_entities(struct suite_file *file, struct fault *why)
{
	const struct yaml_node *node = file->entities_node;
	if (!node)
		return E_OK;
	if (node->type == YAML_SCALAR)
		return path_of(file, node, &file->entities_path, why);
	TRY(yaml_expect(node, YAML_SEQUENCE, why));
	return json_of(file, node, &file->entities, why);
}

enum error suite_file_read(struct suite_file *ret_file, const char *path, struct arena *arena, struct fault *why)
{
	static const char *const keys[] = {"policies", "schema", "entities", "tests"};
	struct suite_file file = {.path = path, .arena = arena};
	const struct yaml_node *root;
	slice text;
	TRY(files_read(slice_of(path), YAML_BYTES_MAX, arena, &text, why));
	TRY(yaml_parse(text, path, arena, &root, why));
	if (!root)
		return FAIL(why, E_INVALID, "%s: there are no tests in it", path);
	TRY(yaml_expect(root, YAML_MAPPING, why));
	TRY(yaml_check_keys(root, keys, sizeof(keys) / sizeof(keys[0]), why));
	const struct yaml_node *policies = yaml_get(root, SLICE("policies")), *schema = yaml_get(root, SLICE("schema"));
	file.names_policies = policies != NULL;
	file.entities_node = yaml_get(root, SLICE("entities"));
	TRY(read_texts(&file, policies, true, &file.policies, &file.policy_count, why));
	if (schema)
		TRY(path_of(&file, schema, &file.schema, why));
	TRY(read_entities(&file, why));
	TRY(read_tests(&file, root, why));
	*ret_file = file;
	return E_OK;
}

/* --- as an object --- */

/* "base.cedar#0" as the registry names it: "team.base.cedar#0"; an @id stays what it is. */
static void write_names(struct json_writer *writer, const char *key, const slice *names, size_t name_count,
			const struct suite_policy *policies, size_t count)
{
	json_put_array(writer, key);
	for (size_t i = 0; i < name_count; i++) {
		size_t hash = slice_find_byte(names[i], '#', 0), at = 0;
		while (at < count && !(hash != SIZE_MAX && slice_equal(policies[at].local, slice_sub(names[i], 0, hash))))
			at++;
		struct buffer name;
		buffer_init(&name, OBJECT_BYTES_MAX);
		if (at < count)
			buffer_print(&name, "%.*s%.*s", SLICE_ARG(policies[at].id), SLICE_ARG(slice_from_offset(names[i], hash)));
		else
			buffer_add(&name, names[i]);
		json_write_string(writer, buffer_slice(&name));
		buffer_free(&name);
	}
	json_end_array(writer);
}

static void write_test(struct json_writer *writer, const struct policy_test *test, const struct suite_policy *policies,
		       size_t count)
{
	json_begin_object(writer);
	json_put_string(writer, "name", test->name);
	json_put_string(writer, "principal", test->question.principal);
	json_put_string(writer, "action", test->question.action);
	json_put_string(writer, "resource", test->question.resource);
	if (test->history.len > 0) {
		json_write_key(writer, SLICE("history"));
		json_write_raw(writer, test->history);
	}
	if (test->time.len > 0)
		json_put_string(writer, "time", test->time);
	if (test->question.context.len > 0) {
		json_write_key(writer, SLICE("context"));
		json_write_raw(writer, test->question.context);
	}
	json_put_text(writer, "expect", test->permits ? "permit" : "deny");
	if (!test->any_reasons)
		write_names(writer, "reasons", test->reasons, test->reason_count, policies, count);
	if (test->error_count > 0)
		write_names(writer, "errors", test->errors, test->error_count, policies, count);
	json_end_object(writer);
}

static enum error write_inside(const struct suite_file *file, struct json_writer *writer, struct fault *why)
{
	struct json_doc doc;
	slice text = file->entities;
	if (file->entities_path.len > 0) {
		TRY(files_read(file->entities_path, FILE_BYTES_MAX, file->arena, &text, why));
		/* Written anew: the file may have line ends and spaces that an object has no room for. */
		TRY(json_parse(&doc, text, NULL, file->arena, why));
		json_write_key(writer, SLICE("entities"));
		json_write_node(writer, &doc, json_root(&doc));
	} else if (text.len > 0) {
		json_write_key(writer, SLICE("entities"));
		json_write_raw(writer, text);
	}
	if (file->schema.len > 0) {
		TRY(files_read(file->schema, FILE_BYTES_MAX, file->arena, &text, why));
		json_put_string(writer, "schema", text);
	}
	return E_OK;
}

enum error suite_file_write(const struct suite_file *file, slice id, slice source, const struct suite_policy *policies,
			    size_t count, struct buffer *out, struct fault *why)
{
	struct json_writer writer;
	json_writer_init(&writer, out, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "id", id);
	json_put_array(&writer, "policies");
	for (size_t i = 0; i < count; i++)
		json_write_string(&writer, policies[i].id);
	json_end_array(&writer);
	enum error code = write_inside(file, &writer, why);
	json_put_array(&writer, "tests");
	for (size_t i = 0; i < file->test_count; i++)
		write_test(&writer, &file->tests[i].test, policies, count);
	json_end_array(&writer);
	json_put_string(&writer, "source", source);
	json_end_object(&writer);
	TRY(code);
	if (json_writer_end(&writer, NULL) != E_OK)
		return FAIL(why, E_LIMIT, "%s: with its schema and entities longer than %u bytes", file->path,
			    OBJECT_BYTES_MAX);
	return E_OK;
}
