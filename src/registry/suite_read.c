#include "registry/suite.h"

#include "registry/kind.h"

#include <stdio.h>

/* What is read, and where in it: `place` names the test and its member in faults. */
struct reader {
	const struct json_doc *doc;
	struct arena *arena;
	const struct json_node *test;
	char place[48];
	struct fault *why;
};

static enum error fail(const struct reader *reader, const char *member, const char *says)
{
	char field[64];
	snprintf(field, sizeof(field), "%s%s%s", reader->place, reader->place[0] && member[0] ? "." : "", member);
	return FAIL_FIELD(reader->why, E_INVALID, field, "%s %s", field, says);
}

static enum error no_memory(struct fault *why)
{
	return FAIL(why, E_MEMORY, "no memory for a suite");
}

static const struct json_node *member(const struct reader *reader, const char *name)
{
	return json_get(reader->doc, reader->test, slice_of(name));
}

static enum error need_text(const struct reader *reader, const char *name, slice *ret_text)
{
	const struct json_node *node = member(reader, name);
	if (!node)
		return fail(reader, name, "is required");
	if (!json_string(node, ret_text))
		return fail(reader, name, "must be a string");
	return ret_text->len ? E_OK : fail(reader, name, "is empty");
}

static enum error read_texts(const struct reader *reader, const char *name, const struct json_node *node,
			     const slice **ret_items, size_t *ret_count)
{
	*ret_items = NULL;
	*ret_count = 0;
	if (!node)
		return E_OK;
	if (!json_is(node, JSON_ARRAY))
		return fail(reader, name, "must be a list of strings");
	slice *items = ARENA_ARRAY(reader->arena, node->count + 1, slice);
	if (!items)
		return no_memory(reader->why);
	for (const struct json_node *item = json_first(node); item; item = json_next(item))
		if (!json_string(item, &items[(*ret_count)++]))
			return fail(reader, name, "must be a list of strings");
	*ret_items = items;
	return E_OK;
}

static enum error read_expect(const struct reader *reader, bool *ret_permits)
{
	slice word;
	TRY(need_text(reader, "expect", &word));
	*ret_permits = slice_equal(word, SLICE("permit"));
	return *ret_permits || slice_equal(word, SLICE("deny")) ? E_OK : fail(reader, "expect", "must be permit or deny");
}

static enum error check_members(const struct reader *reader)
{
	static const char *const known[] = {"name",    "principal", "action",  "resource",
					    "context", "history",   "time",    "expect",
					    "reasons", "errors"};
	for (const struct json_node *node = json_first(reader->test); node; node = json_next(node)) {
		size_t i = 0;
		while (i < sizeof(known) / sizeof(known[0]) && !slice_equal(json_key(node), slice_of(known[i])))
			i++;
		if (i == sizeof(known) / sizeof(known[0]))
			return fail(reader, "", "has a member that no test has; name, principal, action, resource, context, history, "
					    "time, expect, reasons and errors are known");
	}
	return E_OK;
}

/* What happened before the question, and when it is asked. */
static enum error read_session(const struct reader *reader, struct policy_test *ret)
{
	const struct json_node *history = member(reader, "history"), *time = member(reader, "time");
	if (history && !json_is(history, JSON_ARRAY))
		return fail(reader, "history", "must be a list of events");
	if (history)
		ret->history = json_span(reader->doc, history);
	if (time && !json_string(time, &ret->time))
		ret->time = json_span(reader->doc, time);
	return E_OK;
}

static enum error read_test(struct reader *reader, struct policy_test *ret)
{
	const struct json_node *context = member(reader, "context"), *reasons = member(reader, "reasons");
	if (!json_is(reader->test, JSON_OBJECT))
		return fail(reader, "", "must be an object");
	TRY(check_members(reader));
	TRY(need_text(reader, "name", &ret->name));
	TRY(need_text(reader, "principal", &ret->question.principal));
	TRY(need_text(reader, "action", &ret->question.action));
	TRY(need_text(reader, "resource", &ret->question.resource));
	TRY(read_expect(reader, &ret->permits));
	if (context && !json_is(context, JSON_OBJECT))
		return fail(reader, "context", "must be an object");
	if (context)
		ret->question.context = json_span(reader->doc, context);
	TRY(read_session(reader, ret));
	ret->any_reasons = !reasons;
	TRY(read_texts(reader, "reasons", reasons, &ret->reasons, &ret->reason_count));
	return read_texts(reader, "errors", member(reader, "errors"), &ret->errors, &ret->error_count);
}

static enum error read_tests(struct reader *reader, const struct json_node *list, struct suite *suite)
{
	if (!list)
		return E_OK;
	if (!json_is(list, JSON_ARRAY))
		return fail(reader, "tests", "must be a list");
	if (list->count > SUITE_TESTS_MAX)
		return FAIL_FIELD(reader->why, E_LIMIT, "tests", "a suite has at most %u tests", SUITE_TESTS_MAX);
	struct policy_test *tests = ARENA_ARRAY(reader->arena, list->count + 1, struct policy_test);
	if (!tests)
		return no_memory(reader->why);
	for (const struct json_node *node = json_first(list); node; node = json_next(node)) {
		reader->test = node;
		snprintf(reader->place, sizeof(reader->place), "tests[%zu]", suite->test_count);
		TRY(read_test(reader, &tests[suite->test_count++]));
	}
	reader->place[0] = '\0';
	suite->tests = tests;
	return E_OK;
}

enum error suite_read(struct suite *ret_suite, slice object, struct arena *arena, struct fault *why)
{
	static const struct json_limits limits = {.bytes_max = 2 * OBJECT_BYTES_MAX, .depth_max = 64, .nodes_max = 65536};
	struct json_doc *doc = ARENA_NEW(arena, struct json_doc);
	struct suite suite = {.test_count = 0};
	*ret_suite = suite;
	if (!doc)
		return no_memory(why);
	TRY(json_parse(doc, object, &limits, arena, why));
	const struct json_node *root = json_root(doc), *entities;
	struct reader reader = {.doc = doc, .arena = arena, .test = root, .why = why};
	TRY(json_need_string(doc, root, "id", &suite.id, why));
	TRY(json_opt_string(doc, root, "schema", &suite.schema, why));
	TRY(json_opt_node(doc, root, "entities", JSON_ARRAY, &entities, why));
	if (entities)
		suite.entities = json_span(doc, entities);
	TRY(read_texts(&reader, "policies", member(&reader, "policies"), &suite.policies, &suite.policy_count));
	TRY(read_tests(&reader, json_get(doc, root, SLICE("tests")), &suite));
	if (suite.test_count == 0 && suite.schema.len == 0)
		return FAIL_FIELD(why, E_INVALID, "tests", "a suite has tests, a schema, or both");
	*ret_suite = suite;
	return E_OK;
}
