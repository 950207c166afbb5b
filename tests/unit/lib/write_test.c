/* Texts written back through the public library: what was written is read again and means the same. */
#include <tipstaff/tipstaff.h>

#include "base/memory.h"
#include "check.h"

#include <string.h>

#define TEXT(literal) ((struct tip_text){literal, sizeof(literal) - 1})

static const char policies[] = "@id(\"a\")permit(principal,action,resource)when{1<2 // why\n};\n"
			       "forbid ( principal == ?principal, action, resource ) ;";

static struct tip_policyset *policies_of(const char *text, size_t len, int format)
{
	struct tip_parse_options options = TIP_PARSE_OPTIONS_INIT;
	struct tip_link link = {.template_id = TEXT("policy1"), .id = TEXT("link"), .principal_type = TEXT("A"),
				.principal_id = TEXT("\"")};
	struct tip_policyset *set;
	options.format = format;
	options.links = format == TIP_JSON ? NULL : &link;
	options.link_count = format == TIP_JSON ? 0 : 1;
	CHECK_INT(tip_policyset_parse(text, len, &options, &set, NULL), TIP_OK);
	return set;
}

static slice slice_of_string(const struct tip_string *string)
{
	struct tip_text text = tip_string_text(string);
	CHECK(text.ptr && text.ptr[text.len] == '\0');
	return slice_from(text.ptr, text.len);
}

TEST(text_is_laid_out_once_and_keeps_its_comments)
{
	struct tip_string *first, *second;
	CHECK_INT(tip_format(policies, strlen(policies), NULL, &first, NULL), TIP_OK);
	slice text = slice_of_string(first);
	CHECK(slice_find(text, SLICE("// why")) != SIZE_MAX && slice_find(text, SLICE("\n")) != SIZE_MAX);
	CHECK(!slice_equal(text, slice_of(policies)));
	CHECK_INT(tip_format(text.ptr, text.len, NULL, &second, NULL), TIP_OK);
	CHECK_SLICE(slice_of_string(second), text);
	tip_string_free(first);
	tip_string_free(second);
	CHECK_INT(tip_format(NULL, 0, NULL, &first, NULL), TIP_OK);
	CHECK_INT(tip_string_text(first).len, 0);
	tip_string_free(first);
}

TEST(what_is_no_policy_text_is_told_with_its_place)
{
	struct tip_error error = TIP_ERROR_INIT;
	struct tip_parse_options options = TIP_PARSE_OPTIONS_INIT;
	struct tip_string *string = (struct tip_string *)&options;
	options.name = TEXT("x.cedar");
	CHECK_INT(tip_format("permit(principal);", 18, &options, &string, &error), TIP_SYNTAX);
	CHECK(!string && error.line == 1 && error.column == 17 && strcmp(error.source, "x.cedar") == 0);
	options.format = TIP_JSON;
	CHECK_INT(tip_format("{}", 2, &options, &string, &error), TIP_USAGE);
	CHECK_INT(tip_format(NULL, 2, NULL, &string, &error), TIP_USAGE);
	CHECK_INT(tip_format("", 0, NULL, NULL, &error), TIP_USAGE);
	CHECK(error.sentence[0] && !tip_string_text(NULL).ptr);
	tip_string_free(NULL);
}

TEST(a_set_written_as_json_is_the_same_set)
{
	struct tip_policyset *set = policies_of(policies, strlen(policies), TIP_CEDAR), *again;
	struct tip_string *json, *twice;
	CHECK_INT(tip_policyset_write_json(set, &json, NULL), TIP_OK);
	slice text = slice_of_string(json);
	again = policies_of(text.ptr, text.len, TIP_JSON);
	CHECK_INT(tip_policyset_count(again), 2);
	CHECK_INT(tip_policyset_template_count(again), 1);
	CHECK(tip_policyset_find(again, "policy0", 7) != SIZE_MAX && tip_policyset_find(again, "link", 4) != SIZE_MAX);
	CHECK_INT(tip_policyset_write_json(again, &twice, NULL), TIP_OK);
	CHECK_SLICE(slice_of_string(twice), text);
	tip_string_free(json);
	tip_string_free(twice);
	tip_policyset_free(again);
	tip_policyset_free(set);
	CHECK_INT(tip_policyset_write_json(NULL, &json, NULL), TIP_USAGE);
	CHECK(!json);
}

TEST(one_policy_is_written_in_either_format)
{
	struct tip_policyset *set = policies_of(policies, strlen(policies), TIP_CEDAR), *again;
	struct tip_string *string;
	CHECK_INT(tip_policy_write(set, 0, TIP_CEDAR, &string, NULL), TIP_OK);
	CHECK_SLICE(slice_of_string(string), SLICE("@id(\"a\")\npermit(principal, action, resource) when { 1 < 2 };"));
	tip_string_free(string);
	CHECK_INT(tip_policy_write(set, 0, TIP_JSON, &string, NULL), TIP_OK);
	slice json = slice_of_string(string);
	again = policies_of(json.ptr, json.len, TIP_JSON);
	CHECK_INT(tip_policyset_count(again), 1);
	tip_policyset_free(again);
	tip_string_free(string);
	CHECK_INT(tip_policy_write(set, 2, TIP_JSON, &string, NULL), TIP_NOT_FOUND);
	CHECK(!string);
	CHECK_INT(tip_policy_write(set, 0, 2, &string, NULL), TIP_USAGE);
	CHECK_INT(tip_policy_write(NULL, 0, TIP_JSON, &string, NULL), TIP_USAGE);
	CHECK_INT(tip_policy_write(set, 0, TIP_JSON, NULL, NULL), TIP_USAGE);
	tip_policyset_free(set);
}

TEST(a_schema_goes_both_ways)
{
	static const char text[] = "@doc(\"who\") entity A in [B] { n: Long }; entity B; action r appliesTo { principal: A, resource: B };";
	struct tip_parse_options options = TIP_PARSE_OPTIONS_INIT;
	struct tip_schema *schema, *from_json;
	struct tip_string *json, *first, *second;
	CHECK_INT(tip_schema_parse(text, strlen(text), NULL, &schema, NULL), TIP_OK);
	CHECK_INT(tip_schema_write(schema, TIP_JSON, &json, NULL), TIP_OK);
	options.format = TIP_JSON;
	CHECK_INT(tip_schema_parse(tip_string_text(json).ptr, tip_string_text(json).len, &options, &from_json, NULL), TIP_OK);
	CHECK_INT(tip_schema_write(schema, TIP_CEDAR, &first, NULL), TIP_OK);
	CHECK_INT(tip_schema_write(from_json, TIP_CEDAR, &second, NULL), TIP_OK);
	CHECK_SLICE(slice_of_string(first), slice_of_string(second));
	CHECK(slice_find(slice_of_string(first), SLICE("@doc(\"who\")")) != SIZE_MAX);
	tip_string_free(json);
	tip_string_free(first);
	tip_string_free(second);
	CHECK_INT(tip_schema_write(schema, 7, &first, NULL), TIP_USAGE);
	CHECK(!first);
	CHECK_INT(tip_schema_write(schema, TIP_JSON, NULL, NULL), TIP_USAGE);
	CHECK_INT(tip_schema_write(NULL, TIP_JSON, &first, NULL), TIP_USAGE);
	tip_schema_free(schema);
	tip_schema_free(from_json);
}

/* Only JSON can tell an entity type from a common type of its name. */
TEST(what_has_no_form_as_text_is_unsupported)
{
	static const char json[] = "{\"\":{\"commonTypes\":{\"A\":{\"type\":\"Long\"}},\"entityTypes\":{\"A\":{},\"B\":{\"shape\":"
				   "{\"type\":\"Record\",\"attributes\":{\"a\":{\"type\":\"Entity\",\"name\":\"A\"}}}}},\"actions\":{}}}";
	struct tip_parse_options options = TIP_PARSE_OPTIONS_INIT;
	struct tip_error error = TIP_ERROR_INIT;
	struct tip_schema *schema;
	struct tip_string *string;
	options.format = TIP_JSON;
	CHECK_INT(tip_schema_parse(json, strlen(json), &options, &schema, &error), TIP_OK);
	CHECK_INT(tip_schema_write(schema, TIP_CEDAR, &string, &error), TIP_UNSUPPORTED);
	CHECK(!string && error.sentence[0]);
	tip_schema_free(schema);
}

TEST(every_allocation_of_a_text_may_fail)
{
	struct tip_string *string = NULL;
	for (uint64_t nth = 1; !string; nth++) {
		memory_fail_at(nth);
		int code = tip_format(policies, strlen(policies), NULL, &string, NULL);
		memory_fail_at(0);
		CHECK((code == TIP_OK) == (string != NULL) && nth < 100);
	}
	tip_string_free(string);
}
