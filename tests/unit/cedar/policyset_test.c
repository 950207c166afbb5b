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
