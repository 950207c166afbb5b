#include "analysis/analysis.h"

#include "check.h"
#include "unit/analysis/say.h"

#include <string.h>

#define SCHEMA                                                                                                         \
	"entity Team; entity User in [Team] { rank: Long }; entity File { owner: User };"                                 \
	"action read, write appliesTo { principal: User, resource: File, context: { risk: Long, ok: Bool } };"
#define READ "permit(principal, action == Action::\"read\", resource)"

/* What NEW allows and OLD does not, and the other way round. */
#define DIFFERS(old, new, gained, lost)                                                                                \
	do {                                                                                                           \
		CHECK_SLICE(say_differences(SLICE(new), SLICE(old), SLICE(SCHEMA)), SLICE(gained));                     \
		CHECK_SLICE(say_differences(SLICE(old), SLICE(new), SLICE(SCHEMA)), SLICE(lost));                       \
	} while (0)

TEST(sets_that_mean_the_same_have_no_difference)
{
	DIFFERS("", "", "", "");
	DIFFERS(READ ";", READ " when { true };", "", "");
	DIFFERS(READ " when { context.ok };" READ " when { !context.ok };", READ ";", "", "");
	DIFFERS(READ " when { context.risk < 5 };", READ " unless { context.risk >= 5 };", "", "");
	DIFFERS(READ "; forbid(principal, action, resource) when { context.ok };", READ " unless { context.ok };", "", "");
	DIFFERS(READ " when { context.risk < 5 };", READ " when { context.risk < 5 };" READ " when { context.risk < 3 };", "", "");
	DIFFERS("", "permit(principal is Team, action, resource);", "", "");
	DIFFERS("permit(principal, action, resource) when { principal == resource.owner };",
		"permit(principal, action, resource) when { resource.owner == principal && principal.rank == resource.owner.rank };",
		"", "");
}

TEST(what_is_new_and_what_is_lost_is_told_by_policy)
{
	DIFFERS("", READ ";", "permit 0", "");
	DIFFERS(READ ";", READ " when { context.ok };", "", "permit 0");
	DIFFERS(READ " when { context.risk < 5 };", READ " when { context.risk < 6 };", "permit 0", "");
	DIFFERS(READ " when { context.risk < 5 };", READ " when { context.risk > 3 };", "permit 0", "permit 0");
	DIFFERS(READ "; forbid(principal, action, resource) when { context.ok };", READ ";", "forbid 1", "");
	DIFFERS(READ ";", READ "; forbid(principal, action, resource) when { context.ok && principal.rank > 7 };", "", "forbid 1");
	DIFFERS(READ " when { principal in Team::\"a\" };",
		READ " when { principal in Team::\"a\" }; permit(principal, action, resource) when { principal == resource.owner };",
		"permit 1", "");
}

TEST(what_is_not_understood_may_still_be_compared)
{
	DIFFERS(READ " when { context.risk * context.risk == 7 };", READ ";", "permit 0", "");
	DIFFERS(READ " when { context.risk * context.risk == 7 };", READ " when { context.risk * context.risk == 7 && context.ok };",
		"", "unknown 0");
	DIFFERS(READ " when { context.risk * context.risk == 7 && context.ok };" READ " when { context.risk * context.risk == 7 && !context.ok };",
		READ " when { context.risk * context.risk == 7 };", "", "");
}

TEST(what_cannot_be_told_is_unknown)
{
	DIFFERS(READ " when { context.risk * context.risk == 7 };", "", "", "unknown 0");
	DIFFERS(READ " when { context.risk * context.risk == 7 };", READ " when { context.risk * context.risk == 10 };", "unknown 0",
		"unknown 0");
}

TEST(disjoint_sets_have_nothing_in_common)
{
	CHECK_SLICE(say_common(SLICE(READ " when { context.risk < 5 };"), SLICE(READ " when { context.risk >= 5 };"), SLICE(SCHEMA)),
		    SLICE(""));
	CHECK_SLICE(say_common(SLICE(READ " when { context.risk < 5 };"), SLICE(READ " when { context.risk >= 4 };"), SLICE(SCHEMA)),
		    SLICE("permit 0"));
	CHECK_SLICE(say_common(SLICE(READ "; forbid(principal, action, resource) when { context.ok };"),
			       SLICE(READ " when { context.ok };"), SLICE(SCHEMA)),
		    SLICE(""));
}

TEST(sets_of_different_hash_keys_are_refused)
{
	static const struct hash_key other = {7, 8};
	struct cedar_source source = {.name = SLICE("test"), .text = SLICE(READ ";")};
	struct cedar_policyset *a = say_policies(source.text), *b;
	struct analysis_differences differences;
	struct analysis analysis;
	struct cedar_schema *schema;
	struct fault why = {0};
	struct arena arena;
	arena_init(&arena, 1 << 20);
	CHECK_OK(cedar_policyset_parse(&other, &source, 1, &b, NULL, &why), why);
	CHECK_OK(cedar_schema_parse(&other, SLICE("s"), SLICE(SCHEMA), &schema, NULL, &why), why);
	CHECK_ERROR(analysis_differences(NULL, a, b, &arena, &differences, &why), E_INVALID);
	CHECK_ERROR(analysis_common(NULL, a, b, &arena, &differences, &why), E_INVALID);
	CHECK_ERROR(analysis_run(schema, a, &arena, &analysis, &why), E_INVALID);
	arena_free(&arena);
	cedar_schema_free(schema);
	cedar_policyset_free(a);
	cedar_policyset_free(b);
}

TEST(without_memory_there_is_an_error_and_no_answer)
{
	struct cedar_policyset *set = say_policies(SLICE(READ " when { context.ok };" READ " when { context.risk < 3 };"));
	struct analysis analysis;
	struct fault why = {0};
	struct arena arena;
	arena_init(&arena, 64);
	CHECK_ERROR(analysis_run(NULL, set, &arena, &analysis, &why), E_MEMORY);
	arena_free(&arena);
	cedar_policyset_free(set);
}
