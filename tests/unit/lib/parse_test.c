/* Policies, entities and schemas through the public library. */
#include <tipstaff/tipstaff.h>

#include "base/memory.h"
#include "check.h"
#include "lib/inside.h"

#include <string.h>

static const char policies[] = "@id(\"one\") @reason\npermit (principal, action, resource);\n"
			       "forbid (principal, action, resource) when { context.n > 1 };";

static int parse(const char *text, const struct tip_parse_options *options, struct tip_error *error)
{
	struct tip_policyset *set = (struct tip_policyset *)error;
	int code = tip_policyset_parse(text, strlen(text), options, &set, error);
	CHECK((code == TIP_OK) == (set != NULL));
	tip_policyset_free(set);
	return code;
}

static int entities(const char *json, struct tip_error *error)
{
	struct tip_entities *store = (struct tip_entities *)error;
	int code = tip_entities_parse_json(json, strlen(json), NULL, &store, error);
	CHECK((code == TIP_OK) == (store != NULL));
	tip_entities_free(store);
	return code;
}

static int schema(const char *text, int format, struct tip_error *error)
{
	struct tip_schema *read = (struct tip_schema *)error;
	struct tip_parse_options options = TIP_PARSE_OPTIONS_INIT;
	options.format = format;
	int code = tip_schema_parse(text, strlen(text), &options, &read, error);
	CHECK((code == TIP_OK) == (read != NULL));
	tip_schema_free(read);
	return code;
}

TEST(a_mistake_in_a_policy_is_told_with_its_place)
{
	struct tip_error error = TIP_ERROR_INIT;
	struct tip_parse_options options = TIP_PARSE_OPTIONS_INIT;
	options.name = (struct tip_text){"a.cedar", 7};
	CHECK_INT(parse("\npermit (principal, action resource);", &options, &error), TIP_SYNTAX);
	CHECK_INT(error.code, TIP_SYNTAX);
	CHECK_INT(error.line, 2);
	CHECK_INT(error.column, 27);
	CHECK_INT(error.caret, 26);
	CHECK_SLICE(slice_of(error.source), SLICE("a.cedar"));
	CHECK_SLICE(slice_of(error.excerpt), SLICE("permit (principal, action resource);"));
	CHECK(strlen(error.sentence) > 0);
}

TEST(a_mistake_in_json_is_told_with_its_place)
{
	struct tip_error error = TIP_ERROR_INIT;
	struct tip_parse_options options = TIP_PARSE_OPTIONS_INIT;
	options.format = TIP_JSON;
	CHECK_INT(parse("{\n  x}", &options, &error), TIP_SYNTAX);
	CHECK_INT(error.line, 2);
	CHECK_INT(error.column, 3);
	CHECK_INT(entities("[\n {]", &error), TIP_SYNTAX);
	CHECK_INT(error.line, 2);
	CHECK_INT(schema("{\n\n", TIP_JSON, &error), TIP_SYNTAX);
	CHECK_INT(error.line, 3);
	CHECK(strncmp(error.sentence, "JSON line", 9) != 0);
}

TEST(bad_entities_and_schemas_are_refused)
{
	struct tip_error error = TIP_ERROR_INIT;
	CHECK(entities("[{\"uid\": 1}]", &error) != TIP_OK);
	CHECK_INT(error.line, 1);
	CHECK_INT(entities("[{\"uid\":{\"type\":\"A\",\"id\":\"a\"},\"attrs\":{},\"parents\":[{\"type\":\"A\",\"id\":\"b\"}]},"
			   "{\"uid\":{\"type\":\"A\",\"id\":\"b\"},\"attrs\":{},\"parents\":[{\"type\":\"A\",\"id\":\"a\"}]}]",
			   &error), TIP_CONFLICT);
	CHECK_INT(schema("entity", TIP_CEDAR, &error), TIP_SYNTAX);
	CHECK_INT(schema("entity A in [B];", TIP_CEDAR, &error), TIP_INVALID);
	CHECK_INT(schema("entity A;", TIP_CEDAR, &error), TIP_OK);
	CHECK_INT(error.code, TIP_OK);
	CHECK_INT(error.line, 0);
	CHECK_SLICE(slice_of(error.sentence), SLICE(""));
}

TEST(a_link_to_no_template_and_an_id_twice_are_refused)
{
	struct tip_error error = TIP_ERROR_INIT;
	struct tip_parse_options options = TIP_PARSE_OPTIONS_INIT;
	options.format = TIP_JSON;
	CHECK_INT(parse("{\"staticPolicies\":{},\"templates\":{},\"templateLinks\":[{\"templateId\":\"t\",\"newId\":\"l\","
			"\"values\":{}}]}", &options, &error), TIP_NOT_FOUND);
	CHECK_INT(parse("{\"staticPolicies\":{\"l\":\"permit(principal,action,resource);\"},\"templates\":"
			"{\"t\":\"permit(principal==?principal,action,resource);\"},\"templateLinks\":[{\"templateId\":\"t\","
			"\"newId\":\"l\",\"values\":{\"?principal\":{\"type\":\"A\",\"id\":\"a\"}}}]}", &options, &error),
		  TIP_CONFLICT);
}

TEST(what_cannot_be_is_the_callers_mistake)
{
	struct tip_error error = TIP_ERROR_INIT;
	struct tip_parse_options options = TIP_PARSE_OPTIONS_INIT;
	struct tip_policyset *set;
	CHECK_INT(tip_policyset_parse(NULL, 3, NULL, &set, &error), TIP_USAGE);
	CHECK_INT(tip_policyset_parse("", 0, NULL, NULL, &error), TIP_USAGE);
	CHECK_INT(tip_schema_parse("", 0, NULL, NULL, &error), TIP_USAGE);
	CHECK_INT(tip_entities_parse_json("[]", 2, NULL, NULL, &error), TIP_USAGE);
	options.format = 7;
	CHECK_INT(parse("", &options, &error), TIP_USAGE);
	options = (struct tip_parse_options){.size = 3};
	CHECK_INT(parse("", &options, &error), TIP_USAGE);
	options = (struct tip_parse_options){.size = sizeof(options), .name = {NULL, 1}};
	CHECK_INT(parse("", &options, &error), TIP_USAGE);
	options = (struct tip_parse_options){.size = sizeof(options), .id_prefix = {NULL, 1}};
	CHECK_INT(parse("", &options, &error), TIP_USAGE);
	CHECK(strlen(error.sentence) > 0);
	CHECK_INT(parse("", NULL, NULL), TIP_OK);
}

TEST(an_oversized_text_is_a_limit)
{
	size_t size = (64u << 20) + 1;
	char *text = memory_alloc(size);
	struct tip_policyset *set;
	struct tip_error error = TIP_ERROR_INIT;
	CHECK(text != NULL);
	memset(text, ' ', size);
	CHECK_INT(tip_policyset_parse(text, size, NULL, &set, &error), TIP_LIMIT);
	CHECK(!set);
	memory_free(text);
}

TEST(an_error_struct_of_no_version_is_left_alone)
{
	struct tip_error error = {.size = 8, .line = 77};
	CHECK_INT(parse("x", NULL, &error), TIP_SYNTAX);
	CHECK_INT(error.line, 77);
	CHECK_INT(parse("x", NULL, NULL), TIP_SYNTAX);
}

TEST(a_caller_of_a_newer_header_is_understood)
{
	struct { struct tip_error known; char later[16]; } newer = {.known.size = sizeof(newer), .later = "untouched"};
	CHECK_INT(parse("x", NULL, &newer.known), TIP_SYNTAX);
	CHECK_INT(newer.known.size, sizeof(newer));
	CHECK_INT(newer.known.line, 1);
	CHECK_SLICE(slice_of(newer.later), SLICE("untouched"));
}

TEST(policies_tell_what_they_are)
{
	struct tip_policyset *set;
	struct tip_policy policy = TIP_POLICY_INIT, small = {.size = 4};
	struct tip_text key, value;
	CHECK_INT(tip_policyset_parse(policies, strlen(policies), NULL, &set, NULL), TIP_OK);
	CHECK_INT(tip_policyset_count(set), 2);
	CHECK_INT(tip_policyset_policy(set, 0, &policy), TIP_OK);
	CHECK_INT(policy.effect, TIP_PERMIT);
	CHECK_INT(policy.annotation_count, 2);
	CHECK_INT(tip_policyset_annotation(set, 0, 0, &key, &value), TIP_OK);
	CHECK_SLICE(slice_from(key.ptr, key.len), SLICE("id"));
	CHECK_SLICE(slice_from(value.ptr, value.len), SLICE("one"));
	CHECK_INT(tip_policyset_annotation(set, 0, 2, &key, &value), TIP_NOT_FOUND);
	CHECK_INT(tip_policyset_annotation(set, 2, 0, &key, &value), TIP_NOT_FOUND);
	CHECK_INT(tip_policyset_annotation(set, 0, 0, NULL, &value), TIP_USAGE);
	CHECK_INT(tip_policyset_policy(set, 1, &policy), TIP_OK);
	CHECK_INT(policy.effect, TIP_FORBID);
	CHECK_INT(policy.line, 3);
	CHECK_SLICE(slice_from(policy.id.ptr, policy.id.len), SLICE("policy1"));
	CHECK_INT(tip_policyset_find(set, "policy1", 7), 1);
	CHECK(tip_policyset_find(set, "policy9", 7) == SIZE_MAX);
	CHECK_INT(tip_policyset_policy(set, 2, &policy), TIP_NOT_FOUND);
	CHECK_INT(tip_policyset_policy(set, 0, &small), TIP_USAGE);
	CHECK_INT(tip_policyset_policy(NULL, 0, &policy), TIP_USAGE);
	tip_policyset_free(set);
}

TEST(nothing_may_be_freed_and_counted)
{
	tip_policyset_free(NULL);
	tip_entities_free(NULL);
	tip_schema_free(NULL);
	CHECK_INT(tip_policyset_count(NULL), 0);
	CHECK_INT(tip_entities_count(NULL), 0);
	CHECK(tip_policyset_find(NULL, "a", 1) == SIZE_MAX);
}

TEST(codes_have_names)
{
	CHECK_SLICE(slice_of(tip_code_name(TIP_OK)), SLICE("TIP_OK"));
	CHECK_SLICE(slice_of(tip_code_name(TIP_USAGE)), SLICE("TIP_USAGE"));
	CHECK_SLICE(slice_of(tip_code_name(-1)), SLICE("?"));
	CHECK_SLICE(slice_of(tip_code_name(10)), SLICE("?"));
	CHECK_SLICE(slice_of(tip_version()), SLICE(TIPSTAFF_VERSION));
}

#define ENTITY(id, parent) "{\"uid\":{\"type\":\"A\",\"id\":\"" id "\"},\"attrs\":{\"n\":1},\"parents\":[" parent "]}"
#define PARENT(id) "{\"type\":\"A\",\"id\":\"" id "\"}"

static struct tip_text text_of(const char *text)
{
	return (struct tip_text){text, strlen(text)};
}

static struct tip_entities *upsert(struct tip_entities *entities, const char *json, int expected)
{
	struct tip_error error = TIP_ERROR_INIT;
	struct tip_entities *next = (struct tip_entities *)&error;
	CHECK_INT(tip_entities_upsert(entities, json, strlen(json), NULL, &next, &error), expected);
	CHECK((next != NULL) == (expected == TIP_OK));
	CHECK((error.sentence[0] != 0) == (expected != TIP_OK));
	return next;
}

TEST(entities_change_and_the_former_ones_stay)
{
	struct tip_entities *first, *second, *third, *none;
	CHECK_INT(tip_entities_parse_json("[" ENTITY("a", PARENT("b")) "]", strlen("[" ENTITY("a", PARENT("b")) "]"), NULL,
					  &first, NULL), TIP_OK);
	second = upsert(first, "[" ENTITY("b", PARENT("c")) "," ENTITY("d", "") "]", TIP_OK);
	CHECK_INT(tip_entities_count(first), 1);
	CHECK_INT(tip_entities_count(second), 3);
	/* A cycle, no JSON, and a change of what was changed already. */
	upsert(second, "[" ENTITY("c", PARENT("a")) "]", TIP_CONFLICT);
	upsert(second, "[", TIP_SYNTAX);
	upsert(first, "[]", TIP_CONFLICT);
	upsert(NULL, "[]", TIP_USAGE);
	CHECK_INT(tip_entities_upsert(second, "[]", 2, NULL, NULL, NULL), TIP_USAGE);
	CHECK_INT(tip_entities_remove(second, text_of("A"), text_of("a"), &third, NULL), TIP_OK);
	CHECK_INT(tip_entities_count(third), 2);
	CHECK_INT(tip_entities_remove(second, text_of("A"), text_of("a"), &none, NULL), TIP_CONFLICT);
	CHECK_INT(tip_entities_remove(NULL, text_of("A"), text_of("a"), &none, NULL), TIP_USAGE);
	tip_entities_free(second);
	tip_entities_free(third);
	CHECK_INT(tip_entities_count(first), 1);
	tip_entities_free(first);
}

TEST(every_allocation_of_a_change_may_fail)
{
	struct tip_entities *first, *next = NULL;
	const char *json = "[" ENTITY("b", PARENT("c")) "," ENTITY("d", "") "]";
	CHECK_INT(tip_entities_parse_json("[" ENTITY("a", PARENT("b")) "]", strlen("[" ENTITY("a", PARENT("b")) "]"), NULL,
					  &first, NULL), TIP_OK);
	for (uint64_t nth = 1; !next; nth++) {
		memory_fail_at(nth);
		int code = tip_entities_upsert(first, json, strlen(json), NULL, &next, NULL);
		memory_fail_at(0);
		CHECK(code == TIP_MEMORY || nth > 10);
		CHECK(code == (next ? TIP_OK : TIP_MEMORY));
	}
	CHECK_INT(tip_entities_count(next), 3);
	tip_entities_free(first);
	tip_entities_free(next);
}

TEST(what_the_language_has_and_this_engine_has_not_is_unsupported)
{
	static const char schema[] = "{\"\":{\"entityTypes\":{\"A\":{\"shape\":{\"type\":\"Record\",\"attributes\":{},"
				     "\"additionalAttributes\":true}}},\"actions\":{}}}";
	struct tip_parse_options options = TIP_PARSE_OPTIONS_INIT;
	struct tip_error error = TIP_ERROR_INIT;
	struct tip_schema *made;
	options.format = TIP_JSON;
	CHECK_INT(tip_schema_parse(schema, strlen(schema), &options, &made, &error), TIP_UNSUPPORTED);
	CHECK(!made && error.line == 1 && error.column > 1);
}

TEST(codes_of_the_engine_become_codes_of_the_library)
{
	static const struct {
		enum error inside;
		int outside;
	} rows[] = {{E_OK, TIP_OK}, {E_UNSUPPORTED, TIP_UNSUPPORTED}, {E_INTERNAL, TIP_INTERNAL}, {E_IO, TIP_INTERNAL},
		    {E_CRYPTO, TIP_INTERNAL}, {E_CORRUPT, TIP_INTERNAL}, {E_MEMORY, TIP_MEMORY}, {E_CONFLICT, TIP_CONFLICT}};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct tip_error error = TIP_ERROR_INIT;
		struct lib_call call;
		CHECK_OK(lib_call_start(&call), call.why);
		enum error code = rows[i].inside == E_OK ? E_OK : FAIL(&call.why, rows[i].inside, "as it was");
		CHECK_INT(lib_call_end(&call, code, &error), rows[i].outside);
		CHECK_INT(error.code, rows[i].outside);
		if (rows[i].outside != TIP_OK)
			CHECK_SLICE(slice_of(error.sentence), SLICE("as it was"));
	}
}
