#include "unit/analysis/say.h"

#include "check.h"

const struct hash_key say_key = {5, 6};

struct cedar_policyset *say_policies(slice text)
{
	struct cedar_policyset *set;
	struct cedar_source source = {.name = SLICE("test"), .text = text};
	struct fault why = {0};
	CHECK_OK(cedar_policyset_parse(&say_key, &source, 1, &set, NULL, &why), why);
	return set;
}

struct cedar_schema *say_schema(slice text)
{
	struct cedar_schema *schema;
	struct fault why = {0};
	if (text.len == 0)
		return NULL;
	CHECK_OK(cedar_schema_parse(&say_key, SLICE("schema"), text, &schema, NULL, &why), why);
	return schema;
}

slice say_findings(slice policies, slice schema_text)
{
	static char text[4000];
	struct buffer out = {.ptr = text, .size = sizeof(text), .bytes_max = sizeof(text)};
	struct cedar_policyset *set = say_policies(policies);
	struct cedar_schema *schema = say_schema(schema_text);
	struct analysis analysis;
	struct fault why = {0};
	struct arena arena;
	arena_init(&arena, 1 << 26);
	CHECK_OK(analysis_run(schema, set, &arena, &analysis, &why), why);
	for (size_t i = 0; i < analysis.count; i++) {
		const struct analysis_finding *finding = &analysis.findings[i];
		buffer_print(&out, "%s%s%u %s", i ? "; " : "", finding->is_note ? "~" : "", finding->policy,
			     analysis_rule_name(finding->rule));
		for (size_t j = 0; j < finding->other_count; j++)
			buffer_print(&out, "%s%u", j ? " " : " by ", finding->others[j]);
		CHECK(finding->message.len > 0 && finding->line > 0);
	}
	CHECK(!out.failed);
	arena_free(&arena);
	cedar_policyset_free(set);
	cedar_schema_free(schema);
	return buffer_slice(&out);
}

typedef enum error compare_function(const struct cedar_schema *schema, const struct cedar_policyset *a,
				    const struct cedar_policyset *b, struct arena *arena,
				    struct analysis_differences *ret_differences, struct fault *why);

static slice say_compared(compare_function *compare, slice a_text, slice b_text, slice schema_text)
{
	static char text[4000];
	struct buffer out = {.ptr = text, .size = sizeof(text), .bytes_max = sizeof(text)};
	struct cedar_policyset *a = say_policies(a_text), *b = say_policies(b_text);
	struct cedar_schema *schema = say_schema(schema_text);
	struct analysis_differences differences;
	struct fault why = {0};
	struct arena arena;
	arena_init(&arena, 1 << 26);
	CHECK_OK(compare(schema, a, b, &arena, &differences, &why), why);
	for (size_t i = 0; i < differences.count; i++) {
		const struct analysis_difference *one = &differences.items[i];
		buffer_print(&out, "%s%s %u", i ? "; " : "",
			     one->is_unknown ? "unknown" : one->is_of_permit ? "permit" : "forbid", one->policy);
		CHECK(one->message.len > 0 && !one->example == one->is_unknown);
	}
	CHECK(!out.failed);
	arena_free(&arena);
	cedar_policyset_free(a);
	cedar_policyset_free(b);
	cedar_schema_free(schema);
	return buffer_slice(&out);
}

slice say_differences(slice allowing, slice denying, slice schema)
{
	return say_compared(analysis_differences, allowing, denying, schema);
}

slice say_common(slice a, slice b, slice schema)
{
	return say_compared(analysis_common, a, b, schema);
}
