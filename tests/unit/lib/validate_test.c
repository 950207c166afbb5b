/* Validation through the public library. */
#include <tipstaff/tipstaff.h>

#include "check.h"

#include <string.h>

static const char types[] = "entity A; action r appliesTo { principal: A, resource: A, context: { n: Long } };";

static struct tip_validation *validate(const char *policies, int mode)
{
	struct tip_policyset *set;
	struct tip_schema *schema;
	struct tip_validation *validation;
	CHECK_INT(tip_policyset_parse(policies, strlen(policies), NULL, &set, NULL), TIP_OK);
	CHECK_INT(tip_schema_parse(types, strlen(types), NULL, &schema, NULL), TIP_OK);
	CHECK_INT(tip_validate(set, schema, mode, &validation, NULL), TIP_OK);
	tip_policyset_free(set);
	tip_schema_free(schema);
	return validation;
}

TEST(validation_wants_all_its_arguments)
{
	struct tip_policyset *set;
	struct tip_schema *schema;
	struct tip_validation *validation;
	CHECK_INT(tip_policyset_parse("", 0, NULL, &set, NULL), TIP_OK);
	CHECK_INT(tip_schema_parse("", 0, NULL, &schema, NULL), TIP_OK);
	CHECK_INT(tip_validate(NULL, schema, TIP_STRICT, &validation, NULL), TIP_USAGE);
	CHECK_INT(tip_validate(set, NULL, TIP_STRICT, &validation, NULL), TIP_USAGE);
	CHECK_INT(tip_validate(set, schema, 5, &validation, NULL), TIP_USAGE);
	CHECK(!validation);
	CHECK_INT(tip_validate(set, schema, TIP_STRICT, NULL, NULL), TIP_USAGE);
	CHECK(tip_validation_error_count(NULL) == SIZE_MAX);
	CHECK_INT(tip_validation_count(NULL), 0);
	tip_validation_free(NULL);
	tip_policyset_free(set);
	tip_schema_free(schema);
}

TEST(a_policy_that_does_not_fit_is_found)
{
	struct tip_finding finding = TIP_FINDING_INIT, small = {.size = 1};
	struct tip_validation *validation =
		validate("permit(principal, action, resource);\npermit(principal, action, resource) when { context.x };",
			 TIP_STRICT);
	CHECK_INT(tip_validation_error_count(validation), 1);
	CHECK_INT(tip_validation_finding(validation, 0, &finding), TIP_OK);
	CHECK_SLICE(slice_from(finding.id.ptr, finding.id.len), SLICE("policy1"));
	CHECK_INT(finding.is_warning, 0);
	CHECK_INT(finding.line, 2);
	CHECK(finding.sentence.len > 0);
	CHECK_INT(tip_validation_finding(validation, tip_validation_count(validation), &finding), TIP_NOT_FOUND);
	CHECK_INT(tip_validation_finding(validation, 0, &small), TIP_USAGE);
	CHECK_INT(tip_validation_finding(NULL, 0, &finding), TIP_USAGE);
	tip_validation_free(validation);
}

TEST(permissive_accepts_what_strict_does_not)
{
	static const char policy[] = "permit(principal, action, resource) when { [] == [] };";
	struct tip_validation *strict = validate(policy, TIP_STRICT), *permissive = validate(policy, TIP_PERMISSIVE);
	CHECK_INT(tip_validation_error_count(strict), 1);
	CHECK_INT(tip_validation_error_count(permissive), 0);
	tip_validation_free(strict);
	tip_validation_free(permissive);
}

TEST(a_level_bounds_how_far_policies_look)
{
	static const char far[] = "permit(principal, action, resource) when { resource.next.n > 1 };";
	static const char chain[] = "entity A { next: A, n: Long }; action r appliesTo { principal: A, resource: A };";
	struct tip_finding finding = TIP_FINDING_INIT;
	struct tip_policyset *set;
	struct tip_schema *schema;
	struct tip_validation *validation;
	CHECK_INT(tip_policyset_parse(far, strlen(far), NULL, &set, NULL), TIP_OK);
	CHECK_INT(tip_schema_parse(chain, strlen(chain), NULL, &schema, NULL), TIP_OK);
	for (uint32_t level = 0; level < 4; level++) {
		CHECK_INT(tip_validate_level(set, schema, TIP_STRICT, level, &validation, NULL), TIP_OK);
		CHECK_INT(tip_validation_error_count(validation) > 0, level < 2);
		if (level == 1) {
			CHECK_INT(tip_validation_finding(validation, 0, &finding), TIP_OK);
			CHECK_SLICE(slice_from(finding.id.ptr, finding.id.len), SLICE("policy0"));
			CHECK_INT(finding.line, 1);
		}
		tip_validation_free(validation);
	}
	CHECK_INT(tip_validate_level(set, schema, TIP_STRICT, 601, &validation, NULL), TIP_USAGE);
	CHECK(!validation);
	CHECK_INT(tip_validate_level(set, schema, 2, 1, &validation, NULL), TIP_USAGE);
	CHECK_INT(tip_validate_level(NULL, schema, TIP_STRICT, 1, &validation, NULL), TIP_USAGE);
	CHECK_INT(tip_validate_level(set, NULL, TIP_STRICT, 1, &validation, NULL), TIP_USAGE);
	CHECK_INT(tip_validate_level(set, schema, TIP_STRICT, 1, NULL, NULL), TIP_USAGE);
	tip_policyset_free(set);
	tip_schema_free(schema);
}
