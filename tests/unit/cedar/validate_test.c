#include "cedar/validate.h"

#include "base/memory.h"
#include "check.h"
#include "unit/cedar/world.h"

static const slice schema_text = SLICE_INIT(
	"entity User in [Group] = {name: String, age?: Long, t: {a: Long, b?: Long}} tags String; entity Group; "
	"entity E enum [\"x\",\"y\"]; entity R; "
	"action v in g appliesTo {principal: User, resource: [R, Group], context: {ip: ipaddr, n?: Long, s: Set<String>}}; "
	"action g; action w appliesTo {principal: Group, resource: R};");

static struct cedar_schema *load(const struct hash_key *key)
{
	struct cedar_schema *schema;
	struct fault why = {0};
	CHECK_OK(cedar_schema_parse(key, SLICE("s"), schema_text, &schema, NULL, &why), why);
	return schema;
}

TEST(policies_are_valid_where_the_reference_engine_says_so)
{
	static const struct {
		const char *text;
		bool is_valid;
		bool is_impossible;
	} rows[] = {
#include "unit/cedar/validations.h"
	};
	struct cedar_schema *schema = load(&world_key);
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena arena;
		struct cedar_policyset *set;
		struct cedar_validation validation;
		struct fault why = {0};
		struct cedar_source source = {.name = SLICE("p"), .text = slice_of(rows[i].text)};
		arena_init(&arena, 1 << 22);
		CHECK_OK(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, &why), why);
		CHECK_OK(cedar_validate(schema, set, CEDAR_STRICT, &arena, &validation, &why), why);
		bool is_impossible = validation.error_count == 0 && validation.count > 0;
		if ((validation.error_count == 0) != rows[i].is_valid || (rows[i].is_valid && is_impossible != rows[i].is_impossible)) {
			print_error("# %s: %zu errors, %zu findings %.*s\n", rows[i].text, validation.error_count,
				    validation.count, SLICE_ARG(validation.count ? validation.findings[0].message : SLICE("")));
			wrong++;
		}
		cedar_policyset_free(set);
		arena_free(&arena);
	}
	CHECK_INT(wrong, 0);
	cedar_schema_free(schema);
}

TEST(names_that_are_not_there_are_told_with_one_that_was_meant)
{
	static const struct {
		const char *text;
		const char *message;
	} rows[] = {
		{"permit(principal, action, resource) when { principal is User && principal.nmae == \"a\" };",
		 "attribute `nmae` not found on User; did you mean `name`?"},
		{"permit(principal, action, resource) when { principal is User && principal.Name == \"a\" };",
		 "attribute `Name` not found on User; did you mean `name`?"},
		{"permit(principal, action, resource) when { principal is User && principal.elsewhere == \"a\" };",
		 "attribute `elsewhere` not found on User"},
		{"permit(principal, action == Action::\"v\", resource) when { context.pi.isLoopback() };",
		 "attribute `pi` not found on {ip: ipaddr, n?: Long, s: Set<String>}; did you mean `ip`?"},
		{"permit(principal in Gruop::\"a\", action, resource);", "unrecognized entity type `Gruop`; did you mean `Group`?"},
		{"permit(principal is Usr, action, resource);", "unrecognized entity type `Usr`; did you mean `User`?"},
		{"permit(principal, action == Action::\"V\", resource);", "unrecognized action `Action::\"V\"`; did you mean `v`?"},
		{"permit(principal, action, resource) when { E::\"X\" == E::\"x\" };",
		 "entity `E::\"X\"` is not one of the values of its enum; did you mean `x`?"},
		{"permit(principal, action, resource) when { principal is User && principal.t.a < \"3\" };",
		 "unexpected type: expected Long but saw String"},
	};
	struct cedar_schema *schema = load(&world_key);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena arena;
		struct cedar_validation validation;
		struct fault why = {0};
		arena_init(&arena, 1 << 20);
		struct cedar_policyset *set = world_policies(slice_of(rows[i].text));
		CHECK_OK(cedar_validate(schema, set, CEDAR_STRICT, &arena, &validation, &why), why);
		CHECK(validation.error_count > 0);
		CHECK_SLICE(validation.findings[0].message, slice_of(rows[i].message));
		cedar_policyset_free(set);
		arena_free(&arena);
	}
	cedar_schema_free(schema);
}

TEST(a_finding_has_its_place_and_failures_are_told)
{
	struct cedar_schema *schema = load(&world_key);
	struct arena arena;
	struct cedar_policyset *set;
	struct cedar_validation validation;
	struct fault why = {0};
	struct cedar_source source = {.name = SLICE("p"),
				      .text = SLICE("permit(principal, action == Action::\"v\", resource)\nwhen { principal.nope };")};
	arena_init(&arena, 1 << 22);
	CHECK_OK(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, &why), why);
	CHECK_OK(cedar_validate(schema, set, CEDAR_STRICT, &arena, &validation, &why), why);
	CHECK_INT(validation.count, 1);
	CHECK_INT(validation.findings[0].line, 2);
	CHECK_INT(validation.findings[0].column, 8);
	CHECK_SLICE(validation.findings[0].message, SLICE("attribute `nope` not found on User"));
	struct arena none = {0};
	CHECK_ERROR(cedar_validate(schema, set, CEDAR_STRICT, &none, &validation, NULL), E_MEMORY);
	CHECK(validation.error_count > 0);
	cedar_schema_free(schema);
	struct hash_key other = {5, 6};
	schema = load(&other);
	CHECK_ERROR(cedar_validate(schema, set, CEDAR_STRICT, &arena, &validation, NULL), E_INVALID);
	cedar_schema_free(schema);
	cedar_policyset_free(set);
	arena_free(&arena);
}

/* What the reference engine says of templates and of links. */
/* That the text is valid can be told in 4 MB. */
static void check_is_cheap(struct buffer *text)
{
	struct cedar_schema *schema = load(&world_key);
	struct arena arena;
	struct cedar_policyset *set;
	struct cedar_validation validation;
	struct fault why = {0};
	struct cedar_source source = {.name = SLICE("p"), .text = buffer_slice(text)};
	arena_init(&arena, 1 << 22);
	CHECK(!text->failed);
	CHECK_OK(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, &why), why);
	CHECK_OK(cedar_validate(schema, set, CEDAR_STRICT, &arena, &validation, &why), why);
	CHECK_INT(validation.count, 0);
	cedar_policyset_free(set);
	arena_free(&arena);
	buffer_free(text);
	cedar_schema_free(schema);
}

#define HEAD "permit(principal, action == Action::\"v\", resource) when { "

/* Where each name of a path doubled the time and the memory, as it once did, neither would suffice. */
TEST(what_a_path_of_has_starts_from_is_looked_at_once)
{
	struct buffer text;
	buffer_init(&text, 1 << 16);
	buffer_add_text(&text, HEAD);
	for (unsigned i = 0; i < 100; i++)
		buffer_add_text(&text, "(if ");
	buffer_add_text(&text, "principal has age");
	for (unsigned i = 0; i < 100; i++)
		buffer_add_text(&text, " then principal else principal) has t.b");
	buffer_add_text(&text, " };");
	check_is_cheap(&text);
}

/* What is known before a chain is not copied for each of its links. */
TEST(what_a_chain_learns_is_kept_once)
{
	struct buffer text;
	buffer_init(&text, 1 << 18);
	buffer_add_text(&text, HEAD "principal has age && (principal.name == \"x\" || (true");
	for (unsigned i = 0; i < 3000; i++)
		buffer_print(&text, " && principal.hasTag(\"t%u\")", i);
	buffer_add_text(&text, ")) };");
	check_is_cheap(&text);
}

TEST(templates_are_validated_without_links_and_links_by_what_they_fill_in)
{
	static const struct {
		const char *text;
		const char *type, *id; /* of ?principal in a link; NULL: no link */
		size_t errors, impossible;
	} rows[] = {
		{"permit(principal == ?principal, action, resource);", NULL, NULL, 0, 0},
		{"permit(principal == ?principal, action, resource) when { principal.name == \"a\" };", NULL, NULL, 1, 0},
		{"permit(principal == ?principal, action == Action::\"v\", resource) when { principal.name == \"a\" };", NULL, NULL, 0, 0},
		{"permit(principal == ?principal, action == Action::\"v\", resource) when { principal.nope };", NULL, NULL, 1, 0},
		{"permit(principal == ?principal, action == Action::\"v\", resource) when { principal.nope };", "User", "a", 1, 0},
		{"permit(principal in ?principal, action == Action::\"v\", resource in ?resource);", NULL, NULL, 0, 0},
		{"permit(principal is Nope in ?principal, action == Action::\"v\", resource);", NULL, NULL, 2, 1},
		{"permit(principal is R in ?principal, action == Action::\"v\", resource);", NULL, NULL, 1, 1},
		{"permit(principal == ?principal, action == Action::\"v\", resource);", "User", "a", 0, 0},
		{"permit(principal == ?principal, action == Action::\"v\", resource);", "Nope", "a", 2, 0},
		{"permit(principal == ?principal, action == Action::\"v\", resource);", "R", "a", 1, 0},
		{"permit(principal in ?principal, action == Action::\"v\", resource);", "R", "a", 1, 0},
		{"permit(principal in ?principal, action == Action::\"v\", resource);", "Group", "a", 0, 0},
		{"permit(principal in ?principal, action == Action::\"v\", resource) when { false };", "Group", "a", 0, 1},
		{"permit(principal == ?principal, action == Action::\"g\", resource);", NULL, NULL, 1, 1},
	};
	struct cedar_schema *schema = load(&world_key);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct arena arena;
		struct cedar_policyset *set;
		struct cedar_validation validation;
		struct fault why = {0};
		struct cedar_uid uid = cedar_uid_make(&world_key, slice_of(rows[i].type ? rows[i].type : ""),
						      slice_of(rows[i].id ? rows[i].id : ""));
		struct cedar_source source = {.name = SLICE("p"), .text = slice_of(rows[i].text)};
		struct cedar_link link = {.template_id = SLICE("policy0"), .id = SLICE("l"), .principal = &uid};
		arena_init(&arena, 1 << 22);
		CHECK_OK(cedar_policyset_build(&world_key, &source, 1, &link, rows[i].type ? 1 : 0, &set, NULL, &why), why);
		CHECK_OK(cedar_validate(schema, set, CEDAR_STRICT, &arena, &validation, &why), why);
		if (validation.error_count != rows[i].errors || validation.count - validation.error_count != rows[i].impossible)
			print_error("# %s: %zu errors of %zu\n", rows[i].text, validation.error_count, validation.count);
		CHECK_INT(validation.error_count, rows[i].errors);
		CHECK_INT(validation.count - validation.error_count, rows[i].impossible);
		cedar_policyset_free(set);
		arena_free(&arena);
	}
	cedar_schema_free(schema);
}
