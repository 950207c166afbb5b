#include "registry/kind.h"

#include "check.h"

TEST(every_kind_is_found_by_both_its_names)
{
	for (enum kind kind = KIND_PRINCIPAL; kind < KIND_COUNT; kind++) {
		CHECK_INT(kind_row(kind)->kind, kind);
		CHECK_INT(kind_of_name(kind_row(kind)->name), kind);
		CHECK_INT(kind_of_plural(kind_row(kind)->plural), kind);
	}
	CHECK_INT(kind_of_name(SLICE("agents")), KIND_UNKNOWN);
	CHECK_INT(kind_of_plural(SLICE("")), KIND_UNKNOWN);
}

TEST(every_field_says_what_it_is_and_has_a_limit)
{
	for (enum kind kind = KIND_PRINCIPAL; kind < KIND_COUNT; kind++) {
		const struct kind_row *row = kind_row(kind);
		CHECK(row->field_count <= KIND_FIELDS_MAX && row->says[0]);
		CHECK_SLICE(row->fields[0].name, SLICE("id"));
		for (size_t i = 0; i < row->field_count; i++) {
			const struct field *field = &row->fields[i];
			CHECK(field->says && field->says[0]);
			CHECK((field->type == FIELD_CHOICE) == (field->choices != NULL));
			CHECK(field->type == FIELD_CHOICE || field->type == FIELD_BOOL || field->type == FIELD_INTEGER ||
			      field->bytes_max > 0);
			CHECK((field->type == FIELD_TEXTS || field->type == FIELD_LIST) == (field->count_max > 0));
			CHECK(field->refers == KIND_UNKNOWN || field->refers < kind);
			size_t number = 99;
			CHECK(kind_field(row, field->name, &number) == field && number == i);
			if (field->type == FIELD_CHOICE && field->fallback.len)
				CHECK(field_has_choice(field, slice_sub(field->fallback, 1, field->fallback.len - 1)));
		}
	}
}

TEST(a_slip_of_the_fingers_is_recognised)
{
	const struct kind_row *row = kind_row(KIND_AGENT);
	CHECK_SLICE(kind_suggest_field(row, SLICE("onwer")), SLICE("owner"));
	CHECK_SLICE(kind_suggest_field(row, SLICE("zzzzzzzz")), SLICE(""));
	CHECK(!kind_field(row, SLICE("onwer"), NULL));
}

TEST(a_choice_is_one_whole_word)
{
	const struct field *field = kind_field(kind_row(KIND_AGENT), SLICE("class"), NULL);
	CHECK(field_has_choice(field, SLICE("agentic")));
	CHECK(!field_has_choice(field, SLICE("agent")));
	CHECK(!field_has_choice(field, SLICE("causal predictive")));
	CHECK(!field_has_choice(field, SLICE("")));
}

TEST(an_id_has_one_spelling_that_fits_a_path)
{
	static char longest[OBJECT_ID_BYTES_MAX + 1];
	for (size_t i = 0; i < sizeof(longest); i++)
		longest[i] = 'a';
	CHECK(kind_id_valid(SLICE("alice@corp.example")) && kind_id_valid(SLICE("7")));
	CHECK(kind_id_valid(slice_from(longest, OBJECT_ID_BYTES_MAX)));
	CHECK(!kind_id_valid(slice_from(longest, OBJECT_ID_BYTES_MAX + 1)));
	const char *const bad[] = {"", ".a", "-a", "a/b", "a b", "a%2e", "\xc3\xa4", "a:b", "a\n"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		CHECK(!kind_id_valid(slice_of(bad[i])));
}

TEST(the_id_of_a_tool_falls_apart_at_its_first_dot)
{
	slice server, name;
	CHECK(kind_tool_id_split(SLICE("fs.read.all"), &server, &name));
	CHECK_SLICE(server, SLICE("fs"));
	CHECK_SLICE(name, SLICE("read.all"));
	CHECK(!kind_tool_id_split(SLICE("fs"), &server, &name));
	CHECK(!kind_tool_id_split(SLICE(".x"), &server, &name));
	CHECK(!kind_tool_id_split(SLICE("x."), &server, &name));
}
