#include "cedar/confusable.h"

#include "cedar/script.h"
#include "check.h"
#include "unit/cedar/world.h"

static const char *const words[] = {"mixes scripts", "turn the direction", "no identifier should have"};

/* One letter for each warning, in the order of the text: m, b or o, as in the table of words. */
static slice warnings_of(const char *text, struct arena *arena)
{
	struct cedar_policyset *set;
	struct cedar_validation found;
	struct fault why = {0};
	struct cedar_source source = {.name = SLICE("p"), .text = slice_of(text)};
	CHECK_OK(cedar_policyset_build(&world_key, &source, 1, NULL, 0, &set, NULL, &why), why);
	CHECK_OK(cedar_confusables(set, arena, &found, &why), why);
	char *letters = arena_alloc(arena, found.count + 1);
	CHECK(letters != NULL);
	for (size_t i = 0; i < found.count; i++) {
		CHECK(found.findings[i].is_warning);
		for (size_t word = 0; word < 3; word++)
			if (slice_find(found.findings[i].message, slice_of(words[word])) != SIZE_MAX)
				letters[i] = "mbo"[word];
	}
	CHECK_INT(found.error_count, 0);
	cedar_policyset_free(set);
	return slice_from(letters, found.count);
}

#define WHEN(condition) "permit(principal, action, resource) when { " condition " };"
#define STRING(text) WHEN("context.a == \"" text "\"")
#define NAME(text) WHEN("context has \"" text "\"")

/* What the reference engine warns of, but for the pattern with a character that it escapes. */
TEST(text_is_warned_of_where_the_reference_engine_warns)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{STRING("abc"), ""},
		{STRING("s\u0430y"), "m"}, /* a Cyrillic a */
		{STRING("s\\u{430}y"), "m"},
		{STRING("\u043f\u0440\u0438\u0432\u0435\u0442"), ""},
		{STRING("\u043f\u0440\u0438 hello"), "m"},
		{STRING("\u03b1bc"), "m"},
		{STRING("a\u202eb"), "b"},
		{STRING("a\u2066b\u2069"), "b"},
		{STRING("a\\u{202e}b"), "b"},
		{STRING("s\u0430y\u202e"), "b"},
		{STRING("a\u200fb"), ""},
		{STRING("a\u200db"), ""},
		{STRING("a\ufeffb"), ""},
		{STRING("abc\u05e9"), "m"},
		{STRING("a\U0001F600"), ""},
		{STRING("caf\u00e9 cafe\u0301"), ""},
		{STRING("\u6f22\u5b57" "abc"), "m"},
		{STRING("\u6f22\u5b57\u3072\u3089"), ""},
		{STRING("\u3105\u6f22"), ""},
		{STRING("\ud55c\u6f22"), ""},
		{STRING("\u3072\ud55c"), "m"},
		{STRING("\u3072\u3105"), "m"},
		{STRING("\u060c\u0628"), ""},
		{STRING("\u0964\u0985"), ""},
		{STRING("\u0905\u0985"), "m"},
		{STRING("\uff41\uff42"), ""},
		{STRING("\\u{378}"), "m"},
		{STRING("\ue000"), "m"},
		{STRING("a\tb"), ""},
		{NAME("s\u0430y"), "m"},
		{NAME("a\u202eb"), "b"},
		{NAME("\u00e9"), ""},
		{NAME("a b"), ""},
		{NAME("\u6f22"), ""},
		{NAME("\U0001F600"), "o"},
		{NAME("s\u0430y\U0001F600"), "o"},
		{NAME("s\u0430y\u202e"), "b"},
		{NAME("a\u00a0b"), "o"},
		{NAME("a\\tb"), "o"},
		{NAME("a\\u{7f}"), "o"},
		{NAME("\\0"), "o"},
		{NAME("\uff41"), "o"},
		{NAME("a\u200cb"), "o"},
		{NAME("x\u00b2"), "o"},
		{NAME("\u00df"), ""},
		{NAME("e\u0301"), ""},
		{WHEN("context[\"s\u0430y\"]"), "m"},
		{WHEN("{\"s\u0430y\": 1} == context"), "m"},
		{WHEN("context.a == User::\"s\u0430y\""), "m"},
		{WHEN("context.a like \"s\u0430y*\""), "m"},
		{WHEN("context.a like \"s*\u0430\""), "m"},
		{WHEN("context.a like \"\\u{202e}*\""), "b"},
		{WHEN("[\"s\u0430y\", \"\u03b1bc\"].contains(\"s\u0430y\")"), "mmm"},
		{"permit(principal == User::\"s\u0430y\", action in [Action::\"v\u0430\"], resource == R::\"a\u202e\") "
		 "when { context.a == \"\u03b1bc\" };",
		 "mmbm"},
		{"permit(principal == ?principal, action, resource) when { \"s\u0430y\" == \"x\" };", "m"},
		{"@id(\"s\u0430y\") permit(principal, action, resource); // s\u0430y\u202e", ""},
	};
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena arena;
		arena_init(&arena, 1 << 20);
		slice says = warnings_of(rows[i].text, &arena);
		if (!slice_equal(says, slice_of(rows[i].says))) {
			print_error("# %s: %.*s\n", rows[i].text, SLICE_ARG(says));
			wrong++;
		}
		arena_free(&arena);
	}
	CHECK_INT(wrong, 0);
}

TEST(a_warning_has_its_place_and_failures_are_told)
{
	struct cedar_policyset *set;
	struct cedar_validation found;
	struct arena arena, none = {0};
	struct fault why = {0};
	struct cedar_source source = {
		.name = SLICE("p"), .text = SLICE("permit(principal, action, resource)\nwhen { context has \"a\U0001F600\" };")};
	arena_init(&arena, 1 << 20);
	CHECK_OK(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, &why), why);
	CHECK_OK(cedar_confusables(set, &arena, &found, &why), why);
	CHECK_INT(found.count, 1);
	CHECK_INT(found.findings[0].line, 2);
	CHECK(slice_find(found.findings[0].message, SLICE("has the character U+1F600, which no identifier should have")) != SIZE_MAX);
	CHECK_ERROR(cedar_confusables(set, &none, &found, NULL), E_MEMORY);
	CHECK(found.error_count > 0);
	cedar_policyset_free(set);
	arena_free(&arena);
}

TEST(the_tables_are_sorted_and_whole)
{
	CHECK_INT(script_starts[0] >> 8, 0);
	for (size_t i = 1; i < script_start_count; i++)
		CHECK(script_starts[i - 1] >> 8 < script_starts[i] >> 8);
	for (size_t i = 1; i < identifier_edge_count; i++)
		CHECK(identifier_edges[i - 1] < identifier_edges[i]);
	CHECK(script_allows_identifier('a') && script_allows_identifier('_') && !script_allows_identifier('$'));
	CHECK(!script_allows_identifier(0x10ffff) && !script_allows_identifier(0));
	struct script_set last = script_set_of(0x10ffff), latin = script_set_of('a'), digit = script_set_of('0');
	CHECK(!last.words[0] && !last.words[1] && !last.words[2]);
	CHECK((latin.words[0] || latin.words[1] || latin.words[2]) && digit.words[0] == UINT64_MAX);
}
