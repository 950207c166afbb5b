#include "cedar/level.h"

#include "check.h"
#include "unit/cedar/world.h"

/* RFC 76's tinytodo and its example with roots in the context, and what else can hold an entity. */
static const slice schema_text = SLICE_INIT(
	"entity Team in [Team]; "
	"entity User in [Team] {joblevel: Long, location: String, manager: User, rec: {boss: User, n?: Long}, all: Set<User>} "
	"tags User; "
	"entity List {owner: User, readers: Team, editors: Team}; "
	"action GetList in [Read] appliesTo {principal: User, resource: List, "
	"context: {admin: User, building: {location: Long, head: User}, n: Long}}; action Read;");

/* The least level, by what the policy says; -1: no level at all. */
static int least_level(const char *text)
{
	struct cedar_schema *schema;
	struct cedar_policyset *set;
	struct cedar_validation validation;
	struct arena arena;
	struct fault why = {0};
	struct cedar_source source = {.name = SLICE("p"), .text = slice_of(text)};
	int least = -1;
	arena_init(&arena, 1 << 24);
	CHECK_OK(cedar_schema_parse(&world_key, SLICE("s"), schema_text, &schema, NULL, &why), why);
	CHECK_OK(cedar_policyset_build(&world_key, &source, 1, NULL, 0, &set, NULL, &why), why);
	CHECK_OK(cedar_validate(schema, set, CEDAR_STRICT, &arena, &validation, &why), why);
	if (validation.error_count)
		print_error("# %s: %.*s\n", text, SLICE_ARG(validation.findings[0].message));
	CHECK_INT(validation.error_count, 0);
	for (int level = 6; level >= 0; level--) {
		CHECK_OK(cedar_validate_level(schema, set, CEDAR_STRICT, (uint32_t)level, &arena, &validation, &why), why);
		if (validation.error_count)
			break;
		least = level;
	}
	cedar_policyset_free(set);
	cedar_schema_free(schema);
	arena_free(&arena);
	return least;
}

#define WHEN(condition) "permit(principal, action, resource) when { " condition " };"

TEST(the_least_level_of_a_policy)
{
	static const struct {
		const char *text;
		int level;
	} rows[] = {
		/* RFC 76, basic example */
		{"permit(principal, action, resource is List) when { resource.owner == principal };", 1},
		{"permit(principal, action == Action::\"GetList\", resource) when { principal in resource.readers || principal in resource.editors };", 1},
		{"permit(principal in Team::\"Admin\", action, resource);", 1},
		{"forbid(principal, action, resource is List) unless { principal.joblevel > 6 && principal.location like \"DEF*\" || "
		 "principal.location == resource.owner.location };", 2},
		/* RFC 76, entity roots */
		{WHEN("context.n > 1 && context.building.location > 1"), 0},
		{WHEN("context.admin == principal"), 0},
		{WHEN("context.admin.joblevel > 1"), 1},
		{WHEN("context.building.head.joblevel > 1"), 1},
		{WHEN("context.admin.manager.joblevel > 1"), 2},
		/* RFC 76, if */
		{WHEN("(if principal.joblevel < 25 then principal.manager else principal).joblevel > 1"), 2},
		/* heads */
		{"permit(principal, action, resource);", 0},
		{"permit(principal == User::\"a\", action == Action::\"GetList\", resource == List::\"l\");", 0},
		{"permit(principal is User, action, resource is List);", 0},
		{"permit(principal, action in [Action::\"Read\"], resource);", 1},
		{"permit(principal is User in Team::\"t\", action, resource);", 1},
		{"permit(principal == ?principal, action, resource);", 0},
		{"permit(principal in ?principal, action, resource);", 1},
		/* equality and sets do not look into entities */
		{WHEN("principal == User::\"a\""), 0},
		{WHEN("[principal].contains(User::\"a\")"), 0},
		{WHEN("principal.all.contains(principal.manager)"), 1},
		{WHEN("principal is User"), 0},
		{WHEN("principal is User in Team::\"t\""), 1},
		{WHEN("principal is List in Team::\"t\""), 0},
		{WHEN("principal in [Team::\"a\", Team::\"b\"]"), 1},
		{WHEN("principal in resource.readers"), 1},
		{WHEN("principal.manager in Team::\"t\""), 2},
		{WHEN("action in Action::\"Read\""), 1},
		/* what is written out is no root, but the action of the request is */
		{WHEN("User::\"a\".joblevel > 1"), -1},
		{WHEN("User::\"a\" in Team::\"t\""), -1},
		{WHEN("User::\"a\" has joblevel"), -1},
		{WHEN("(if context.n > 1 then principal else User::\"a\").joblevel > 1"), -1},
		{WHEN("(if true then principal else User::\"a\").joblevel > 1"), 1},
		{WHEN("Action::\"GetList\" in Action::\"Read\""), 1},
		/* has, tags */
		{WHEN("principal has joblevel"), 1},
		{WHEN("principal has nope"), 1},
		{WHEN("principal has manager.manager.joblevel"), 3},
		{WHEN("principal has rec.boss.joblevel"), 2},
		{WHEN("context has building.head.joblevel"), 1},
		{WHEN("{a: principal} has a.joblevel"), 1},
		{WHEN("principal.hasTag(\"k\")"), 1},
		{WHEN("principal.hasTag(\"k\") && principal.getTag(\"k\").joblevel > 1"), 2},
		{WHEN("principal.manager.hasTag(principal.location)"), 2},
		{WHEN("principal.hasTag(principal.manager.manager.location)"), 3},
		/* records hold entities of different levels */
		{WHEN("principal.rec.boss.joblevel > 1"), 2},
		{WHEN("{a: principal, b: principal.manager}.a.joblevel > 1"), 1},
		{WHEN("{a: principal, b: principal.manager}.b.joblevel > 1"), 2},
		{WHEN("{a: principal, b: principal.manager.manager}.a.joblevel > 1"), 2},
		{WHEN("{a: {b: resource.owner}}.a.b.joblevel > 1"), 2},
		{WHEN("{a: User::\"x\", b: principal}.b.joblevel > 1"), 1},
		{WHEN("{a: User::\"x\", b: principal}.a.joblevel > 1"), -1},
		/* what is behind a certain false is not looked at */
		{WHEN("principal is List && resource.owner.manager.manager.joblevel > 1"), 0},
		{WHEN("principal is User || resource.owner.manager.joblevel > 1"), 0},
		{WHEN("if principal is List then resource.owner.joblevel > 1 else true"), 0},
		{"permit(principal, action, resource) when { principal is List } when { resource.owner.joblevel > 1 };", 0},
		/* the farthest of all */
		{WHEN("principal.joblevel > 1 && resource.owner.manager.manager.joblevel > 1"), 4},
	};
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int level = least_level(rows[i].text);
		if (level != rows[i].level) {
			print_error("# %s: %d, not %d\n", rows[i].text, level, rows[i].level);
			wrong++;
		}
	}
	CHECK_INT(wrong, 0);
}

TEST(a_level_that_is_too_low_is_told_at_its_place)
{
	struct cedar_schema *schema;
	struct cedar_policyset *set;
	struct cedar_validation validation;
	struct arena arena, none = {0};
	struct fault why = {0};
	struct cedar_source source = {
		.name = SLICE("p"), .text = SLICE("permit(principal, action, resource)\nwhen { resource.owner.joblevel > 1 &&\n User::\"a\".joblevel > 1 };")};
	arena_init(&arena, 1 << 22);
	CHECK_OK(cedar_schema_parse(&world_key, SLICE("s"), schema_text, &schema, NULL, &why), why);
	CHECK_OK(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, &why), why);
	CHECK_OK(cedar_validate_level(schema, set, CEDAR_STRICT, 1, &arena, &validation, &why), why);
	CHECK_INT(validation.error_count, 1);
	CHECK_INT(validation.findings[0].line, 2);
	CHECK_SLICE(validation.findings[0].message, SLICE("this needs level 2, and at most 1 is allowed"));
	CHECK_OK(cedar_validate_level(schema, set, CEDAR_STRICT, 2, &arena, &validation, &why), why);
	CHECK_INT(validation.findings[0].line, 3);
	CHECK(slice_find(validation.findings[0].message, SLICE("no level allows that")) != SIZE_MAX);
	CHECK_ERROR(cedar_validate_level(schema, set, CEDAR_STRICT, 2, &none, &validation, NULL), E_MEMORY);
	CHECK(validation.error_count > 0);
	cedar_policyset_free(set);
	cedar_schema_free(schema);
	arena_free(&arena);
}

TEST(notes_find_many_types_again)
{
	static struct node nodes[1000];
	struct arena arena, none = {0};
	struct type_notes notes = {.arena = &arena}, empty = {.arena = &none};
	arena_init(&arena, 1 << 20);
	CHECK(type_notes_get(&notes, &nodes[0]) == NULL);
	for (size_t i = 0; i < 1000; i++)
		CHECK(type_notes_put(&notes, &nodes[i], i % 2 ? &type_long : &type_bool));
	CHECK(type_notes_put(&notes, &nodes[7], &type_string));
	for (size_t i = 0; i < 1000; i++)
		CHECK(type_notes_get(&notes, &nodes[i]) == (i == 7 ? &type_string : i % 2 ? &type_long : &type_bool));
	type_notes_clear(&notes);
	CHECK(type_notes_get(&notes, &nodes[7]) == NULL);
	CHECK(!type_notes_put(&empty, &nodes[0], &type_long));
	arena_free(&arena);
}
