#include "cedar/policyset.h"

#include "base/memory.h"
#include "cedar/limits.h"
#include "check.h"
#include "unit/cedar/world.h"

#include <stdlib.h>
#include <string.h>

static enum error parse(slice text, struct cedar_problem *problem)
{
	struct cedar_policyset *set;
	struct cedar_source source = {.name = SLICE("p.cedar"), .text = text};
	enum error error = cedar_policyset_parse(&world_key, &source, 1, &set, problem, NULL);
	CHECK((error == E_OK) == (set != NULL));
	cedar_policyset_free(set);
	return error;
}

TEST(heads_are_read_as_the_reference_engine_reads_them)
{
	static const struct {
		const char *text;
		enum error expected;
	} rows[] = {
#include "unit/cedar/heads.h"
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cedar_problem problem;
		enum error error = parse(slice_of(rows[i].text), &problem);
		if (error != rows[i].expected)
			print_error("# %s\n", rows[i].text);
		CHECK_ERROR(error, rows[i].expected);
		CHECK((problem.line > 0) == (error != E_OK));
	}
}

/* What people bring from other languages and editors is told what stands for it in Cedar. */
TEST(what_has_no_place_in_a_text_is_told_with_what_has)
{
	static const struct {
		const char *condition;
		const char *sentence;
	} rows[] = {
		{"context.a & true", "`&` is not an operator in Cedar: try `&&`"},
		{"context.a | true", "`|` is not an operator in Cedar: try `||`"},
		{"context.a = 1", "'=' is not a valid operator in Cedar: try '=='"},
		{"context.a and true", "`and` is not an operator in Cedar: try `&&`"},
		{"context.a or true", "`or` is not an operator in Cedar: try `||`"},
		{"context.a // b\n# c\n", "a comment begins with `//`, not with `#`"},
		{"/* a */ true", "a comment begins with `//`, and there is no division"},
		{"context.a == 'x'", "a string stands between double quotes"},
		{"context.a == \xe2\x80\x9cx\xe2\x80\x9d", "a string stands between double quotes, not between curled ones"},
		{"\xef\xbb\xbf" "true", "this is a byte order mark: save the text as UTF-8 without it"},
		{"\xe2\x82\xac 1", "no Cedar text starts with this character (U+20AC)"},
		{"$x", "no Cedar text starts with this character (U+0024)"},
		{"context.and || context.or", NULL},
		{"context has and", NULL},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cedar_problem problem;
		struct buffer text;
		buffer_init(&text, 1 << 12);
		buffer_print(&text, "permit(principal, action, resource) when { %s };", rows[i].condition);
		CHECK_ERROR(parse(buffer_slice(&text), &problem), rows[i].sentence ? E_SYNTAX : E_OK);
		if (rows[i].sentence)
			CHECK_SLICE(slice_of(problem.sentence), slice_of(rows[i].sentence));
		buffer_free(&text);
	}
}

TEST(ids_count_over_texts_unless_a_text_brings_its_own)
{
	struct cedar_policyset *set;
	struct fault why = {0};
	struct cedar_source sources[] = {
		{.name = SLICE("a"), .text = SLICE("permit(principal,action,resource);\nforbid(principal,action,resource);")},
		{.name = SLICE("b"), .text = SLICE("@id(\"x\") @flag permit(principal,action,resource);"), .id_prefix = SLICE("g.")},
		{.name = SLICE("c"), .text = SLICE("permit(principal,action,resource);"), .id_prefix = SLICE("one"), .has_one = true},
		{.name = SLICE("d"), .text = SLICE("// two\n\npermit(principal,action,resource);")},
	};
	CHECK_OK(cedar_policyset_parse(&world_key, sources, 4, &set, NULL, &why), why);
	static const slice ids[] = {SLICE_INIT("policy0"), SLICE_INIT("policy1"), SLICE_INIT("g.0"), SLICE_INIT("one"), SLICE_INIT("policy2")};
	CHECK_INT(cedar_policyset_count(set), 5);
	for (size_t i = 0; i < 5; i++) {
		CHECK_SLICE(cedar_policyset_info(set, i).id, ids[i]);
		CHECK_INT(cedar_policyset_find(set, ids[i]), i);
	}
	CHECK(cedar_policyset_find(set, SLICE("policy3")) == SIZE_MAX);
	CHECK_INT(cedar_policyset_info(set, 1).effect, CEDAR_FORBID);
	CHECK_INT(cedar_policyset_info(set, 1).line, 2);
	CHECK_INT(cedar_policyset_info(set, 4).line, 3);
	CHECK_SLICE(cedar_policyset_info(set, 4).text, SLICE("permit(principal,action,resource);"));
	CHECK_SLICE(cedar_policyset_annotation(set, 2, SLICE("id")), SLICE("x"));
	CHECK(cedar_policyset_annotation(set, 2, SLICE("flag")).ptr != NULL);
	CHECK(cedar_policyset_annotation(set, 2, SLICE("nope")).ptr == NULL);
	cedar_policyset_free(set);
	sources[3].id_prefix = SLICE("one");
	sources[3].has_one = true;
	CHECK_ERROR(cedar_policyset_parse(&world_key, sources, 4, &set, NULL, NULL), E_CONFLICT);
	sources[3].text = SLICE("");
	sources[3].id_prefix = SLICE("other");
	CHECK_ERROR(cedar_policyset_parse(&world_key, sources, 4, &set, NULL, NULL), E_SYNTAX);
}

static slice repeat(const char *open, const char *middle, const char *close, size_t count)
{
	static char text[1 << 16];
	char *at = stpcpy(text, "permit(principal,action,resource) when { ");
	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, open);
	at = stpcpy(at, middle);
	for (size_t i = 0; i < count; i++)
		at = stpcpy(at, close);
	stpcpy(at, " };");
	return slice_of(text);
}

TEST(depth_has_limits_that_say_so)
{
	struct cedar_problem problem;
	CHECK_ERROR(parse(repeat("(", "true", ")", CEDAR_NESTING_MAX - 1), &problem), E_OK);
	CHECK_ERROR(parse(repeat("(", "true", ")", CEDAR_NESTING_MAX), &problem), E_LIMIT);
	CHECK_SLICE(slice_of(problem.sentence), SLICE("the expression is nested deeper than 400"));
	CHECK_ERROR(parse(repeat("[", "1", "]", 2000), &problem), E_LIMIT);
	CHECK_ERROR(parse(repeat("if true then true else ", "true", "", 2000), &problem), E_LIMIT);
	CHECK_ERROR(parse(repeat("1 + ", "1", "", 2000), &problem), E_LIMIT);
	CHECK_ERROR(parse(repeat("", "context", ".a", 2000), &problem), E_LIMIT);
	CHECK_ERROR(parse(repeat("true && ", "true", "", 5000), &problem), E_OK);
	CHECK_ERROR(parse(repeat("[[], ", "1", "]", CEDAR_VALUE_DEPTH_MAX), &problem), E_LIMIT);
}

TEST(an_empty_heap_is_told_at_every_allocation)
{
	for (uint64_t nth = 1; nth < 20; nth++) {
		memory_fail_at(nth);
		enum error error = parse(SLICE("permit(principal,action,resource) when { context.a == [1,{b:2}] };"), NULL);
		CHECK(error == E_MEMORY || error == E_OK);
		CHECK(nth > 2 || error == E_MEMORY);
		memory_fail_at(0);
	}
}

TEST(text_that_is_not_utf8_or_too_much_is_refused_with_its_place)
{
	struct cedar_problem problem;
	CHECK_ERROR(parse(SLICE("permit(principal,\n\xff action,resource);"), &problem), E_SYNTAX);
	CHECK_INT(problem.line, 2);
	CHECK_INT(problem.column, 1);
	char *text = calloc(CEDAR_TEXT_BYTES_MAX + 2u, 1);
	CHECK(text != NULL);
	memset(text, ' ', CEDAR_TEXT_BYTES_MAX + 1u);
	CHECK_ERROR(parse(slice_from(text, CEDAR_TEXT_BYTES_MAX + 1u), &problem), E_LIMIT);
	free(text);
}

static const slice template_text = SLICE_INIT(
	"permit(principal == ?principal, action, resource in ?resource);\nforbid(principal, action, resource) when { false };");

TEST(templates_decide_only_through_links)
{
	struct cedar_policyset *set;
	struct fault why = {0};
	struct cedar_source source = {.name = SLICE("t"), .text = template_text};
	struct cedar_uid user = cedar_uid_make(&world_key, SLICE("User"), SLICE("a"));
	struct cedar_link link = {.template_id = SLICE("policy0"), .id = SLICE("l"), .principal = &user, .resource = &user};
	CHECK_ERROR(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, NULL), E_UNSUPPORTED);
	CHECK_OK(cedar_policyset_build(&world_key, &source, 1, &link, 1, &set, NULL, &why), why);
	CHECK_INT(cedar_policyset_count(set), 2);
	CHECK_INT(cedar_policyset_template_count(set), 1);
	CHECK_SLICE(cedar_policyset_template(set, 0).id, SLICE("policy0"));
	CHECK_SLICE(cedar_policyset_info(set, 0).id, SLICE("policy1"));
	CHECK_SLICE(cedar_policyset_info(set, 1).id, SLICE("l"));
	struct buffer text;
	buffer_init(&text, 10000);
	cedar_policy_write_text(set, 1, &text);
	CHECK_SLICE(buffer_slice(&text), SLICE("permit(principal == User::\"a\", action, resource in User::\"a\");"));
	/* What is written as JSON is read again as the same. */
	buffer_clear(&text);
	cedar_policyset_write_json(set, &text);
	cedar_policyset_free(set);
	struct cedar_source json = {.name = SLICE("j"), .text = buffer_slice(&text), .is_json = true};
	CHECK_OK(cedar_policyset_build(&world_key, &json, 1, NULL, 0, &set, NULL, &why), why);
	CHECK_INT(cedar_policyset_count(set), 2);
	CHECK_INT(cedar_policyset_template_count(set), 1);
	CHECK(cedar_policyset_find(set, SLICE("l")) == 1);
	cedar_policyset_free(set);
	buffer_free(&text);
}

TEST(an_annotation_without_a_value_is_null_in_json_and_stays_so_both_ways)
{
	struct cedar_policyset *set;
	struct fault why = {0};
	struct buffer json, text;
	struct cedar_source source = {.name = SLICE("p"), .text = SLICE("@a @b(\"\") @c(\"x\")\npermit(principal, action, resource);")};
	buffer_init(&json, 10000);
	buffer_init(&text, 10000);
	CHECK_OK(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, &why), why);
	cedar_policy_write_json(set, 0, &json);
	CHECK(slice_find(buffer_slice(&json), SLICE("\"annotations\":{\"a\":null,\"b\":\"\",\"c\":\"x\"}")) != SIZE_MAX);
	CHECK_SLICE(cedar_policyset_annotation(set, 0, SLICE("a")), SLICE(""));
	cedar_policyset_free(set);
	source = (struct cedar_source){.name = SLICE("j"), .text = buffer_slice(&json), .id_prefix = SLICE("p"), .has_one = true,
				       .is_json = true};
	CHECK_OK(cedar_policyset_build(&world_key, &source, 1, NULL, 0, &set, NULL, &why), why);
	cedar_policy_write_text(set, 0, &text);
	CHECK_SLICE(buffer_slice(&text), SLICE("@a\n@b(\"\")\n@c(\"x\")\npermit(principal, action, resource);"));
	cedar_policyset_free(set);
	buffer_free(&json);
	buffer_free(&text);
}

/* The condition of a policy as it is read from JSON and written as text; and that it is read again as the same. */
static void check_condition(const char *json, const char *text)
{
	struct cedar_policyset *set;
	struct fault why = {0};
	struct buffer policy, written;
	buffer_init(&policy, 10000);
	buffer_init(&written, 10000);
	buffer_print(&policy, "{\"effect\":\"permit\",\"principal\":{\"op\":\"All\"},\"action\":{\"op\":\"All\"},\"resource\":"
			      "{\"op\":\"All\"},\"conditions\":[{\"kind\":\"when\",\"body\":%s}]}", json);
	struct cedar_source source = {.name = SLICE("j"), .text = buffer_slice(&policy), .has_one = true, .is_json = true};
	CHECK_OK(cedar_policyset_build(&world_key, &source, 1, NULL, 0, &set, NULL, &why), why);
	cedar_policy_write_text(set, 0, &written);
	cedar_policyset_free(set);
	buffer_clear(&policy);
	buffer_print(&policy, "permit(principal, action, resource) when { %s };", text);
	CHECK_SLICE(buffer_slice(&written), buffer_slice(&policy));
	source = (struct cedar_source){.name = SLICE("t"), .text = buffer_slice(&written)};
	CHECK_OK(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, &why), why);
	buffer_clear(&policy);
	cedar_policy_write_text(set, 0, &policy);
	CHECK_SLICE(buffer_slice(&written), buffer_slice(&policy));
	cedar_policyset_free(set);
	buffer_free(&policy);
	buffer_free(&written);
}

TEST(a_path_that_no_text_can_say_is_written_step_by_step)
{
#define HAS(names) "{\"has\":{\"left\":{\"Var\":\"context\"},\"attr\":" names "}}"
	check_condition(HAS("[\"a\",\"b\"]"), "context has a.b");
	check_condition(HAS("[\"x y\",\"b\"]"), "context has \"x y\" && context[\"x y\"] has b");
	check_condition(HAS("[\"a\",\"if\",\"b\"]"), "context has a && context.a has \"if\" && context.a[\"if\"] has b");
	check_condition("{\"||\":{\"left\":" HAS("[\"in\",\"b\"]") ",\"right\":{\"Value\":true}}}",
			"context has \"in\" && context[\"in\"] has b || true");
	check_condition("{\"!\":{\"arg\":" HAS("[\"\",\"b\"]") "}}", "!(context has \"\" && context[\"\"] has b)");
	check_condition("{\"&&\":{\"left\":{\"Value\":true},\"right\":" HAS("[\"x y\",\"b\"]") "}}",
			"true && (context has \"x y\" && context[\"x y\"] has b)");
#undef HAS
}

/* Each step doubles the JSON: 2^60 of it would never end. */
TEST(what_grows_beyond_any_buffer_is_given_up_at_once)
{
	struct cedar_policyset *set;
	struct fault why = {0};
	struct buffer text, out;
	buffer_init(&text, 10000);
	buffer_init(&out, 100000);
	buffer_print(&text, "permit(principal, action, resource) when { ");
	for (unsigned i = 0; i < 60; i++)
		buffer_add_byte(&text, '(');
	buffer_print(&text, "principal");
	for (unsigned i = 0; i < 60; i++)
		buffer_print(&text, " has a.b)");
	buffer_print(&text, " };");
	struct cedar_source source = {.name = SLICE("t"), .text = buffer_slice(&text)};
	CHECK_OK(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, &why), why);
	cedar_policy_write_json(set, 0, &out);
	CHECK(out.failed);
	buffer_clear(&out);
	cedar_policy_write_text(set, 0, &out);
	CHECK_INT(out.len, text.len - 2); /* but for the outermost parentheses */
	cedar_policyset_free(set);
	buffer_free(&text);
	buffer_free(&out);
}

TEST(a_link_must_fit_its_template)
{
	struct cedar_policyset *set;
	struct cedar_source source = {.name = SLICE("t"), .text = template_text};
	struct cedar_uid user = cedar_uid_make(&world_key, SLICE("User"), SLICE("a"));
	static const struct {
		slice template_id, id;
		bool principal, resource;
		enum error expected;
	} rows[] = {
		{SLICE_INIT("policy0"), SLICE_INIT("l"), true, true, E_OK},
		{SLICE_INIT("policy0"), SLICE_INIT("l"), false, true, E_INVALID},
		{SLICE_INIT("policy0"), SLICE_INIT("l"), true, false, E_INVALID},
		{SLICE_INIT("policy1"), SLICE_INIT("l"), true, true, E_NOT_FOUND},
		{SLICE_INIT("nope"), SLICE_INIT("l"), true, true, E_NOT_FOUND},
		{SLICE_INIT("policy0"), SLICE_INIT("policy1"), true, true, E_CONFLICT},
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cedar_link link = {rows[i].template_id, rows[i].id, rows[i].principal ? &user : NULL,
					  rows[i].resource ? &user : NULL};
		CHECK_ERROR(cedar_policyset_build(&world_key, &source, 1, &link, 1, &set, NULL, NULL), rows[i].expected);
		cedar_policyset_free(set);
	}
}

TEST(policy_json_that_is_none_is_refused_with_its_place)
{
	static const char *const texts[] = {
		"[]", "{\"effect\":\"permit\"}", "{\"staticPolicies\":[]}", "{\"templates\":{\"a\":\"permit(principal,action,resource);\"}}",
		"{\"staticPolicies\":{\"a\":\"permit(principal==?principal,action,resource);\"}}", "{\"x\":1}",
		"{\"staticPolicies\":{\"a\":\"nope\"}}", "{\"templateLinks\":[{}]}"};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct cedar_policyset *set;
		struct cedar_problem problem;
		struct cedar_source source = {.name = SLICE("j"), .text = slice_of(texts[i]), .is_json = true};
		CHECK_ERROR(cedar_policyset_build(&world_key, &source, 1, NULL, 0, &set, &problem, NULL), E_SYNTAX);
		CHECK_INT(problem.line, 1);
	}
}
