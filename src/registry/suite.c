#include "registry/suite.h"

#include "text/json_writer.h"

/* Only operators hand in policies and tests, so that nobody gains by colliding keys. */
static const struct hash_key suite_key = {0x7469707374616666, 0x7375697465730a};

bool suite_names(const struct suite *suite, slice policy)
{
	for (size_t i = 0; i < suite->policy_count; i++)
		if (slice_equal(suite->policies[i], policy))
			return true;
	return suite->policy_count == 0;
}

static enum error no_memory(struct fault *why)
{
	return FAIL(why, E_MEMORY, "no memory for a suite");
}

static void add_failure(struct suite_report *report, const struct suite_failure *failure)
{
	report->failed++;
	if (report->count < SUITE_FAILURES_MAX)
		report->failures[report->count++] = *failure;
}

/* Something that no single test is about. */
static enum error add_fault(const struct suite *suite, slice says, struct arena *arena, struct suite_report *report,
			    struct fault *why)
{
	struct suite_failure failure = {.suite = suite->id, .got = arena_copy(arena, says)};
	if (!failure.got.ptr)
		return no_memory(why);
	add_failure(report, &failure);
	return E_OK;
}

/* The policies that the suite names, in the order of the set. */
static enum error choose(const struct suite *suite, const struct policy_text *texts, size_t count, struct arena *arena,
			 struct policy_text **ret_chosen, size_t *ret_count, struct fault *why)
{
	struct policy_text *chosen = ARENA_ARRAY(arena, count + 1, struct policy_text);
	if (!chosen)
		return no_memory(why);
	*ret_count = 0;
	for (size_t i = 0; i < count; i++)
		if (suite_names(suite, texts[i].id))
			chosen[(*ret_count)++] = texts[i];
	*ret_chosen = chosen;
	for (size_t i = 0; i < suite->policy_count; i++) {
		size_t at = 0;
		while (at < *ret_count && !slice_equal(chosen[at].id, suite->policies[i]))
			at++;
		if (at == *ret_count)
			return FAIL(why, E_NOT_FOUND, "it names the policy %.*s, which is not there",
				    SLICE_ARG(suite->policies[i]));
	}
	return E_OK;
}

struct run {
	const struct suite *suite;
	struct arena *arena;
	struct suite_report *report;
	struct cedar_policyset *set;
	struct cedar_schema *schema;
	struct cedar_entities *entities;
};

static enum error read_schema(struct run *run, struct fault *why)
{
	slice text = run->suite->schema, name = SLICE("schema");
	if (text.len == 0)
		return E_OK;
	if (slice_starts_with(text, SLICE("{")))
		return cedar_schema_parse_json(&suite_key, name, text, &run->schema, NULL, why);
	return cedar_schema_parse(&suite_key, name, text, &run->schema, NULL, why);
}

static enum error read_entities(struct run *run, struct fault *why)
{
	slice name = SLICE("entities"), json = run->suite->entities;
	if (json.len == 0)
		return E_OK;
	struct cedar_entities_builder *builder = cedar_entities_builder_new(&suite_key);
	if (!builder)
		return no_memory(why);
	enum error code = run->schema
		? cedar_entities_add_typed_json(builder, run->schema, name, json, NULL, why)
		: cedar_entities_add_json(builder, name, json, NULL, why);
	if (code != E_OK) {
		cedar_entities_builder_free(builder);
		return code;
	}
	TRY(cedar_entities_build(builder, &run->entities, why));
	const struct policy_ground ground = {&suite_key, run->set, run->schema, run->entities};
	return policy_ground_conform(&ground, name, run->arena, why);
}

/* Each policy that does not fit the schema is a failure of its own, with its place. */
static enum error validate(struct run *run, struct fault *why)
{
	struct cedar_validation found;
	if (!run->schema)
		return E_OK;
	TRY(cedar_validate(run->schema, run->set, CEDAR_STRICT, run->arena, &found, why));
	for (size_t i = 0; i < found.count; i++) {
		const struct cedar_finding *one = &found.findings[i];
		if (one->is_warning)
			continue;
		struct cedar_policy_info info = cedar_policyset_info(run->set, one->policy);
		slice says = arena_print(run->arena, "%.*s:%u:%u: %.*s does not fit the schema: %.*s",
					 SLICE_ARG(info.source), one->line, one->column, SLICE_ARG(info.id),
					 SLICE_ARG(one->message));
		TRY(add_fault(run->suite, says, run->arena, run->report, why));
	}
	return E_OK;
}

static enum error run_test(struct run *run, const struct policy_test *test, struct fault *why)
{
	const struct policy_ground ground = {&suite_key, run->set, run->schema, run->entities};
	struct policy_test_outcome outcome;
	struct fault inner;
	struct suite_failure failure = {.suite = run->suite->id, .test = test->name};
	enum error code = policy_test_run(&ground, test, run->arena, &outcome, &inner);
	if (code == E_MEMORY)
		return no_memory(why);
	if (code == E_OK && outcome.passed) {
		run->report->passed++;
		return E_OK;
	}
	failure.expected = code == E_OK ? outcome.expected : (slice){NULL, 0};
	failure.got = code == E_OK ? outcome.got : arena_copy(run->arena, slice_of(fault_sentence(&inner)));
	if (!failure.got.ptr)
		return no_memory(why);
	add_failure(run->report, &failure);
	return E_OK;
}

static enum error prepare(struct run *run, const struct policy_text *texts, size_t count, struct fault *why)
{
	struct policy_text *chosen = NULL;
	TRY(choose(run->suite, texts, count, run->arena, &chosen, &count, why));
	TRY(policy_set_compile(&suite_key, chosen, count, &run->set, NULL, why));
	TRY(read_schema(run, why));
	TRY(read_entities(run, why));
	return validate(run, why);
}

enum error suite_run(const struct suite *suite, const struct policy_text *texts, size_t count, struct arena *arena,
		     struct suite_report *report, struct fault *why)
{
	struct run run = {.suite = suite, .arena = arena, .report = report};
	struct fault inner;
	enum error code = prepare(&run, texts, count, &inner);
	if (code == E_MEMORY)
		code = no_memory(why);
	else if (code != E_OK)
		code = add_fault(suite, slice_of(fault_sentence(&inner)), arena, report, why);
	else
		for (size_t i = 0; i < suite->test_count && code == E_OK; i++)
			code = run_test(&run, &suite->tests[i], why);
	cedar_policyset_free(run.set);
	cedar_entities_free(run.entities);
	cedar_schema_free(run.schema);
	return code;
}

void suite_report_say(const struct suite_report *report, struct buffer *out)
{
	const struct suite_failure *first = &report->failures[0];
	buffer_print(out, "%zu of %zu policy tests failed: suite %.*s", report->failed, report->failed + report->passed,
		     SLICE_ARG(first->suite));
	if (first->test.len)
		buffer_print(out, ", `%.*s`", SLICE_ARG(first->test));
	if (first->expected.len)
		buffer_print(out, ": expected %.*s, got %.*s", SLICE_ARG(first->expected), SLICE_ARG(first->got));
	else
		buffer_print(out, ": %.*s", SLICE_ARG(first->got));
}

void suite_report_write(const struct suite_report *report, struct buffer *out)
{
	struct json_writer writer;
	json_writer_init(&writer, out, JSON_COMPACT);
	json_begin_array(&writer);
	for (size_t i = 0; i < report->count; i++) {
		const struct suite_failure *failure = &report->failures[i];
		json_begin_object(&writer);
		json_put_string(&writer, "suite", failure->suite);
		if (failure->test.len)
			json_put_string(&writer, "test", failure->test);
		if (failure->expected.len)
			json_put_string(&writer, "expected", failure->expected);
		json_put_string(&writer, "got", failure->got);
		json_end_object(&writer);
	}
	json_end_array(&writer);
	if (json_writer_end(&writer, NULL) != E_OK)
		out->failed = true;
}
