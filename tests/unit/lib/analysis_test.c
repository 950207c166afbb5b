/* What the public library says of policies without a request. */
#include <tipstaff/tipstaff.h>

#include "base/memory.h"
#include "check.h"

#include <string.h>

#define HEAD "permit (principal == User::\"a\", action == Action::\"read\", resource)"

static struct tip_policyset *policies(const char *text)
{
	struct tip_policyset *set;
	CHECK_INT(tip_policyset_parse(text, strlen(text), NULL, &set, NULL), TIP_OK);
	return set;
}

static slice text_of(struct tip_text text)
{
	return slice_from(text.ptr, text.len);
}

/* What the engine decides of an example. */
static int decide(const struct tip_policyset *set, const struct tip_example *example)
{
	struct tip_request request = TIP_REQUEST_INIT;
	struct tip_entities *entities;
	struct tip_result *result;
	request.principal_type = example->principal_type;
	request.principal_id = example->principal_id;
	request.action_type = example->action_type;
	request.action_id = example->action_id;
	request.resource_type = example->resource_type;
	request.resource_id = example->resource_id;
	request.context = example->context;
	CHECK_INT(tip_entities_parse_json(example->entities.ptr, example->entities.len, NULL, &entities, NULL), TIP_OK);
	CHECK_INT(tip_authorize(set, entities, &request, &result, NULL), TIP_OK);
	int decision = tip_result_decision(result);
	tip_result_free(result);
	tip_entities_free(entities);
	return decision;
}

TEST(policies_that_do_nothing_are_found)
{
	struct tip_policyset *set = policies("@id(\"x\") " HEAD ";\n" HEAD " when { context.n < 1 && context.n > 1 };\n" HEAD ";");
	struct tip_analysis *analysis;
	struct tip_remark remark = TIP_REMARK_INIT, small = {.size = 8};
	struct tip_example example = TIP_EXAMPLE_INIT;
	bool seen[TIP_RULE_WIDE + 1] = {false};
	CHECK_INT(tip_analyze(set, NULL, &analysis, NULL), TIP_OK);
	CHECK(tip_analysis_count(analysis) >= 2);
	for (size_t i = 0; i < tip_analysis_count(analysis); i++) {
		CHECK_INT(tip_analysis_remark(analysis, i, &remark), TIP_OK);
		CHECK(remark.rule >= 0 && remark.rule <= TIP_RULE_WIDE && remark.sentence.len > 0 && remark.line > 0);
		seen[remark.rule] = true;
		if (remark.rule != TIP_RULE_DUPLICATE)
			continue;
		CHECK_SLICE(text_of(remark.id), SLICE("policy2"));
		CHECK_INT(remark.other_count, 1);
		CHECK_SLICE(text_of(tip_analysis_other(analysis, i, 0)), SLICE("policy0"));
		CHECK(!tip_analysis_other(analysis, i, 1).ptr);
		CHECK_INT(tip_analysis_example(analysis, i, &example), TIP_NOT_FOUND);
	}
	CHECK(seen[TIP_RULE_DUPLICATE] && seen[TIP_RULE_NEVER]);
	CHECK_INT(tip_analysis_remark(analysis, tip_analysis_count(analysis), &remark), TIP_NOT_FOUND);
	CHECK_INT(tip_analysis_remark(analysis, 0, &small), TIP_USAGE);
	CHECK_INT(tip_analysis_remark(NULL, 0, &remark), TIP_USAGE);
	CHECK_INT(tip_analysis_example(analysis, SIZE_MAX, &example), TIP_NOT_FOUND);
	CHECK_INT(tip_analysis_example(analysis, 0, NULL), TIP_USAGE);
	CHECK(!tip_analysis_other(NULL, 0, 0).ptr && !tip_analysis_other(analysis, SIZE_MAX, 0).ptr);
	/* The analysis refers to no set. */
	tip_policyset_free(set);
	CHECK_INT(tip_analysis_remark(analysis, 0, &remark), TIP_OK);
	tip_analysis_free(analysis);
}

TEST(a_policy_that_can_err_comes_with_a_request)
{
	static const char types[] = "entity User; entity File { size?: Long }; action read appliesTo { principal: User, resource: File };";
	struct tip_policyset *set = policies(HEAD " when { resource.size > 1 };");
	struct tip_schema *schema;
	struct tip_analysis *analysis;
	struct tip_remark remark = TIP_REMARK_INIT;
	struct tip_example example = TIP_EXAMPLE_INIT;
	CHECK_INT(tip_schema_parse(types, strlen(types), NULL, &schema, NULL), TIP_OK);
	CHECK_INT(tip_analyze(set, schema, &analysis, NULL), TIP_OK);
	CHECK_INT(tip_analysis_count(analysis), 1);
	CHECK_INT(tip_analysis_remark(analysis, 0, &remark), TIP_OK);
	CHECK_INT(remark.rule, TIP_RULE_ERROR);
	CHECK_SLICE(slice_of(tip_rule_name(remark.rule)), SLICE("can-err"));
	CHECK_INT(tip_analysis_example(analysis, 0, &example), TIP_OK);
	CHECK_SLICE(text_of(example.principal_type), SLICE("User"));
	CHECK_SLICE(text_of(example.principal_id), SLICE("a"));
	CHECK_INT(decide(set, &example), TIP_DENY);
	tip_analysis_free(analysis);
	tip_schema_free(schema);
	tip_policyset_free(set);
	CHECK_SLICE(slice_of(tip_rule_name(-1)), SLICE("?"));
	CHECK_SLICE(slice_of(tip_rule_name(7)), SLICE("?"));
	CHECK_SLICE(slice_of(tip_rule_name(TIP_RULE_UNKNOWN)), SLICE("unknown"));
}

TEST(two_sets_are_compared_with_examples)
{
	struct tip_policyset *narrow = policies(HEAD " when { context.n < 5 };"), *wide = policies(HEAD " when { context.n < 9 };");
	struct tip_policyset *apart = policies(HEAD " when { context.n > 20 };");
	struct tip_comparison *comparison;
	struct tip_difference difference = TIP_DIFFERENCE_INIT, small = {.size = 8};
	struct tip_example example = TIP_EXAMPLE_INIT, tiny = {.size = 8};
	CHECK_INT(tip_compare(narrow, wide, NULL, &comparison, NULL), TIP_OK);
	CHECK_INT(tip_comparison_count(comparison), 0);
	CHECK_INT(tip_comparison_unknown_count(comparison), 0);
	tip_comparison_free(comparison);
	CHECK_INT(tip_compare(wide, narrow, NULL, &comparison, NULL), TIP_OK);
	CHECK_INT(tip_comparison_count(comparison), 1);
	CHECK_INT(tip_comparison_difference(comparison, 0, &difference), TIP_OK);
	CHECK(difference.is_of_permit && !difference.is_unknown);
	CHECK_SLICE(text_of(difference.id), SLICE("policy0"));
	CHECK_INT(tip_comparison_example(comparison, 0, &example), TIP_OK);
	CHECK_INT(decide(wide, &example), TIP_ALLOW);
	CHECK_INT(decide(narrow, &example), TIP_DENY);
	CHECK_INT(tip_comparison_difference(comparison, 1, &difference), TIP_NOT_FOUND);
	CHECK_INT(tip_comparison_difference(comparison, 0, &small), TIP_USAGE);
	CHECK_INT(tip_comparison_example(comparison, 1, &example), TIP_NOT_FOUND);
	CHECK_INT(tip_comparison_example(comparison, 0, &tiny), TIP_USAGE);
	tip_comparison_free(comparison);
	CHECK_INT(tip_compare_both(wide, apart, NULL, &comparison, NULL), TIP_OK);
	CHECK_INT(tip_comparison_count(comparison), 0);
	tip_comparison_free(comparison);
	CHECK_INT(tip_compare_both(wide, narrow, NULL, &comparison, NULL), TIP_OK);
	CHECK_INT(tip_comparison_example(comparison, 0, &example), TIP_OK);
	CHECK(decide(wide, &example) == TIP_ALLOW && decide(narrow, &example) == TIP_ALLOW);
	tip_comparison_free(comparison);
	tip_policyset_free(narrow);
	tip_policyset_free(wide);
	tip_policyset_free(apart);
}

TEST(what_cannot_be_told_is_unknown)
{
	struct tip_policyset *odd = policies(HEAD " when { context.n * context.n == 7 };"), *none = policies("");
	struct tip_comparison *comparison;
	struct tip_difference difference = TIP_DIFFERENCE_INIT;
	struct tip_example example = TIP_EXAMPLE_INIT;
	CHECK_INT(tip_compare(odd, none, NULL, &comparison, NULL), TIP_OK);
	CHECK_INT(tip_comparison_unknown_count(comparison), 1);
	CHECK_INT(tip_comparison_difference(comparison, 0, &difference), TIP_OK);
	CHECK(difference.is_unknown && difference.sentence.len > 0);
	CHECK_INT(tip_comparison_example(comparison, 0, &example), TIP_NOT_FOUND);
	tip_comparison_free(comparison);
	tip_policyset_free(odd);
	tip_policyset_free(none);
}

TEST(analyses_want_all_their_arguments)
{
	struct tip_policyset *set = policies("");
	struct tip_analysis *analysis;
	struct tip_comparison *comparison;
	struct tip_error error = TIP_ERROR_INIT;
	CHECK_INT(tip_analyze(NULL, NULL, &analysis, &error), TIP_USAGE);
	CHECK(!analysis && error.sentence[0]);
	CHECK_INT(tip_analyze(set, NULL, NULL, &error), TIP_USAGE);
	CHECK_INT(tip_compare(set, NULL, NULL, &comparison, &error), TIP_USAGE);
	CHECK(!comparison);
	CHECK_INT(tip_compare(NULL, set, NULL, &comparison, &error), TIP_USAGE);
	CHECK_INT(tip_compare(set, set, NULL, NULL, &error), TIP_USAGE);
	CHECK_INT(tip_compare_both(NULL, NULL, NULL, &comparison, &error), TIP_USAGE);
	CHECK_INT(tip_analysis_count(NULL), 0);
	CHECK_INT(tip_comparison_count(NULL), 0);
	CHECK(tip_comparison_unknown_count(NULL) == SIZE_MAX);
	tip_analysis_free(NULL);
	tip_comparison_free(NULL);
	tip_policyset_free(set);
}

TEST(every_allocation_of_an_analysis_may_fail)
{
	struct tip_policyset *wide = policies(HEAD ";"), *narrow = policies(HEAD " when { context.n < 5 };");
	struct tip_comparison *comparison = NULL;
	for (uint64_t nth = 1; !comparison; nth++) {
		memory_fail_at(nth);
		int code = tip_compare(wide, narrow, NULL, &comparison, NULL);
		memory_fail_at(0);
		/* A text that has no room is a limit, whatever the reason; and nothing that is not so may be claimed. */
		CHECK(code == TIP_OK || code == TIP_MEMORY || code == TIP_LIMIT);
		CHECK(code != TIP_OK || tip_comparison_count(comparison) == 1);
		CHECK((code == TIP_OK) == (comparison != NULL) && nth < 10000);
	}
	tip_comparison_free(comparison);
	tip_policyset_free(wide);
	tip_policyset_free(narrow);
}
