#include "analysis/analysis.h"

#include "check.h"
#include "unit/analysis/say.h"

#define SCHEMA                                                                                                         \
	"entity Team in [Team]; entity Level enum [\"low\", \"high\"];"                                                    \
	"entity User in [Team] { rank: Long, name: String, boss?: User, level: Level } tags String;"                       \
	"entity Robot; entity Folder in [Folder]; entity File in [Folder] { owner: User, open: Bool, readers: Set<User> };" \
	"action view; action read, write in [view] appliesTo { principal: [User, Robot], resource: File, context: {"                              \
	" risk: Long, purpose?: String, at: datetime, cost: decimal, from: ipaddr, tags: Set<String>, ok: Bool } };"

/* The one condition of a permit for one user, action and file. */
#define LOOSE(condition, expected) CHECK_SLICE(say_findings(SLICE(                                                     \
	"permit(principal == User::\"a\", action == Action::\"read\", resource == File::\"f\") when { " condition " };"), \
	SLICE("")), SLICE(expected))
#define STRICT(condition, expected) CHECK_SLICE(say_findings(SLICE(                                                    \
	"permit(principal is User, action == Action::\"read\", resource in Folder::\"f\") when { " condition " };"),      \
	SLICE(SCHEMA)), SLICE(expected))
#define SET(policies, expected) CHECK_SLICE(say_findings(SLICE(policies), SLICE("")), SLICE(expected))
#define SET_UNDER_SCHEMA(policies, expected) CHECK_SLICE(say_findings(SLICE(policies), SLICE(SCHEMA)), SLICE(expected))

TEST(a_sound_policy_is_not_complained_about)
{
	SET("permit(principal == User::\"a\", action == Action::\"r\", resource);", "");
	SET("permit(principal in Team::\"a\", action in [Action::\"r\", Action::\"w\"], resource is File);", "");
	SET("", "");
	STRICT("principal.rank > 3 && context.risk < 10 && resource.owner == principal", "");
	STRICT("context has purpose && context.purpose like \"support*\"", "");
	STRICT("principal.hasTag(\"a\") && principal.getTag(\"a\") == \"b\"", "");
	LOOSE("true", "");
}

TEST(numbers_that_leave_no_room_never_match)
{
	STRICT("context.risk > 3 && context.risk < 4", "0 never-matches");
	STRICT("context.risk > 3 && context.risk < 5", "");
	STRICT("context.risk > 3 && context.risk < 5 && context.risk != 4", "0 never-matches");
	STRICT("context.risk >= 4 && context.risk <= 4 && context.risk == 4", "");
	STRICT("context.risk > 9223372036854775807", "0 never-matches");
	STRICT("context.risk < principal.rank && principal.rank < context.risk", "0 never-matches");
	STRICT("context.risk < principal.rank && principal.rank < 5 && context.risk > 3", "0 never-matches");
	STRICT("context.risk < principal.rank && principal.rank < 6 && context.risk > 3", "");
	STRICT("context.risk == principal.rank && principal.rank < 3 && context.risk > 3", "0 never-matches");
	STRICT("context.risk <= principal.rank && principal.rank <= context.risk && context.risk != principal.rank",
	       "0 never-matches");
	STRICT("context.risk <= principal.rank && principal.rank <= context.risk", "");
	STRICT("context.at < datetime(\"2020-01-01\") && context.at > datetime(\"2021-01-01\")", "0 never-matches");
	STRICT("context.at < datetime(\"2021-01-01\") && context.at > datetime(\"2020-01-01\")", "");
	STRICT("context.cost.lessThan(decimal(\"1.0\")) && context.cost.greaterThan(decimal(\"0.9999\"))", "0 never-matches");
	STRICT("context.cost.lessThan(decimal(\"1.0\")) && context.cost.greaterThanOrEqual(decimal(\"0.9999\"))", "");
	LOOSE("context.n < 3 && context.n == \"a\"", "0 never-matches; ~0 can-err");
	LOOSE("context.n < 3 && context.n < duration(\"1s\")", "0 never-matches; ~0 can-err");
}

TEST(texts_that_contradict_each_other_never_match)
{
	STRICT("principal.name == \"a\" && principal.name == \"b\"", "0 never-matches");
	STRICT("principal.name == \"a\" && principal.name like \"b*\"", "0 never-matches");
	STRICT("principal.name like \"a*\" && principal.name like \"b*\"", "0 never-matches");
	STRICT("principal.name like \"a*\" && principal.name like \"*b\"", "");
	STRICT("principal.name like \"a*b\" && !(principal.name like \"*b\")", "0 never-matches");
	STRICT("principal.name like \"*a*\" && !(principal.name like \"*a\")", "");
	STRICT("principal.name like \"a\\*\" && principal.name like \"a?\"", "0 never-matches");
	STRICT("principal.name like \"*\" && principal.name != \"\" && principal.name != \"x\"", "");
	STRICT("principal.name like \"a*\" && principal.name != \"a\" && !(principal.name like \"a*\u00e9\")", "");
}

TEST(entities_and_their_hierarchy_are_known)
{
	STRICT("principal == User::\"a\" && principal == User::\"b\"", "0 never-matches");
	STRICT("principal is Robot", "0 never-matches");
	STRICT("principal in Folder::\"x\"", "0 never-matches");
	STRICT("principal in Team::\"a\" && principal in Team::\"b\"", "");
	STRICT("principal in User::\"a\"", "");
	STRICT("principal in User::\"a\" && principal != User::\"a\"", "0 never-matches");
	STRICT("principal in Team::\"a\" && Team::\"a\" in Team::\"b\" && !(principal in Team::\"b\")", "0 never-matches");
	STRICT("Team::\"a\" in Team::\"b\" && Team::\"b\" in Team::\"a\"", "0 never-matches");
	STRICT("principal == resource.owner && principal.rank < resource.owner.rank", "0 never-matches");
	STRICT("principal == resource.owner && principal in Team::\"a\" && !(resource.owner in Team::\"a\")", "0 never-matches");
	STRICT("principal.level == Level::\"none\"", "0 never-matches");
	STRICT("principal.level != Level::\"low\" && principal.level != Level::\"high\"", "0 never-matches");
	STRICT("principal.level != Level::\"low\"", "");
	STRICT("action in Action::\"view\" && principal has boss && principal.boss == principal", "");
	STRICT("action == Action::\"write\"", "0 never-matches");
	SET("permit(principal is User, action == Action::\"r\", resource) when { principal is Robot };", "0 never-matches");
	SET("permit(principal in User::\"a\", action == Action::\"r\", resource == File::\"x\") when { User::\"a\" in principal "
	    "&& principal != User::\"a\" };", "0 never-matches");
}

TEST(attributes_sets_and_addresses_are_known)
{
	STRICT("context.ok && !context.ok", "0 never-matches");
	STRICT("!(context has risk)", "0 never-matches");
	STRICT("context has purpose && !(context has purpose)", "0 never-matches");
	STRICT("context.tags.contains(\"a\") && context.tags.isEmpty()", "0 never-matches");
	STRICT("context.tags.containsAll([\"a\", \"b\"]) && !context.tags.contains(\"b\")", "0 never-matches");
	STRICT("context.tags.containsAny([\"a\", \"b\"]) && !context.tags.contains(\"b\")", "");
	STRICT("!context.tags.isEmpty() && !context.tags.contains(\"x0\")", "");
	STRICT("resource.readers.contains(principal) && resource.readers.isEmpty()", "0 never-matches");
	STRICT("principal in resource.readers", "");
	STRICT("[\"a\", \"b\"].contains(principal.name) && principal.name != \"a\" && principal.name != \"b\"", "0 never-matches");
	STRICT("context.from.isInRange(ip(\"10.0.0.0/8\")) && !context.from.isLoopback()", "");
	STRICT("context.from.isLoopback() && context.from.isIpv6()", "");
	STRICT("context.from.isLoopback() && context.from.isInRange(ip(\"10.0.0.0/8\"))", "0 never-matches");
	STRICT("context.from.isInRange(ip(\"10.1.0.0/16\")) && !context.from.isInRange(ip(\"10.0.0.0/8\"))", "0 never-matches");
	STRICT("context.from.isInRange(ip(\"10.0.0.0/8\")) && !context.from.isInRange(ip(\"10.1.0.0/16\"))", "");
	STRICT("context.from == ip(\"10.1.1.1\") && context.from.isInRange(ip(\"11.0.0.0/8\"))", "0 never-matches");
	STRICT("!context.from.isIpv4() && !context.from.isIpv6()", "0 never-matches");
	STRICT("resource.readers.contains(User::\"a\") && principal == User::\"a\" && !(principal in resource.readers)", "0 never-matches");
	STRICT("if context.ok then context.risk > 3 else context.risk < 3", "");
	STRICT("(if context.ok then 1 else 2) == 3", "0 never-matches");
	LOOSE("principal has a && !(principal has a)", "0 never-matches");
	LOOSE("principal has a.b && !(principal has a)", "0 never-matches; ~0 can-err");
}

TEST(policies_that_others_cover_are_told_with_their_covers)
{
	SET("permit(principal == User::\"a\", action == Action::\"r\", resource) when { context has x };"
	    "permit(principal == User::\"a\", action, resource == File::\"f\");"
	    "permit(principal == User::\"a\", action == Action::\"r\", resource == File::\"f\") when { context has y };",
	    "2 redundant by 1");
	SET("permit(principal == User::\"a\", action == Action::\"r\", resource) when { context has x };"
	    "forbid(principal, action, resource is File) when { context has x };"
	    "permit(principal == User::\"a\", action, resource == File::\"f\") when { context has x && context has y };",
	    "2 always-forbidden by 1");
	SET("permit(principal == User::\"a\", action, resource == File::\"f\") when { context has x };"
	    "permit(principal == User::\"a\", action, resource == File::\"f\") when { !(context has x) };"
	    "permit(principal == User::\"a\", action == Action::\"r\", resource == File::\"f\");",
	    "2 redundant by 0 1");
	SET("forbid(principal, action, resource) when { context has x };"
	    "forbid(principal, action, resource) when { context has x && context has y };",
	    "1 redundant by 0");
	/* Half by a forbid, half by a permit. */
	SET("forbid(principal, action, resource) when { context has x };"
	    "permit(principal == User::\"a\", action, resource == File::\"f\") when { !(context has x) };"
	    "permit(principal == User::\"a\", action == Action::\"r\", resource == File::\"f\") when { context has y };",
	    "2 redundant by 0 1");
}

TEST(a_text_that_cannot_be_may_still_be_another_value)
{
	SET("permit(principal == User::\"a\", action, resource == File::\"f\") when { context has s && context.s like \"**\" };"
	    "permit(principal == User::\"a\", action, resource == File::\"f\") when { context has s };",
	    "0 redundant by 1; ~0 can-err");
}

TEST(a_text_that_another_choice_would_allow_is_not_ruled_out)
{
	/* Only "a" fits, and the purpose need not be that. */
	STRICT("context has purpose && principal.name like \"a*\" && principal.name like \"*a\" && !(principal.name like \"a*a\")"
	       " && context.purpose != principal.name", "");
	STRICT("principal.name like \"a*\" && principal.name like \"*a\" && !(principal.name like \"a*a\") && principal.name != \"a\"",
	       "0 never-matches");
}

TEST(what_is_no_entity_is_in_nothing)
{
	SET("permit(principal == User::\"a\", action, resource == File::\"f\") when { context has a.x && context.a.x in context.a.x };"
	    "permit(principal == User::\"a\", action, resource == File::\"f\") when { context has a.x && context.a.x == context.a.x };",
	    "0 redundant by 1; ~0 can-err; ~1 can-err");
	SET("permit(principal == User::\"a\", action, resource == File::\"f\") when { context.a in context.b };"
	    "permit(principal == User::\"a\", action, resource == File::\"f\") when { context.a == context.b };",
	    "~0 can-err; ~1 can-err");
}

TEST(duplicates_are_found_by_look_and_by_meaning)
{
	SET("@id(\"a\") permit(principal == User::\"a\", action, resource == File::\"f\");"
	    "permit ( principal==User::\"a\",action,resource == File::\"f\" ) ;", "1 duplicate by 0");
	SET("permit(principal == User::\"a\", action == Action::\"r\", resource) when { !(context has x || context has y) };"
	    "permit(principal == User::\"a\", action in [Action::\"r\"], resource) when { !(context has y) } unless { context has x };",
	    "0 redundant by 1");
	SET_UNDER_SCHEMA(
		"permit(principal == User::\"a\", action == Action::\"read\", resource) when { !(context.risk > 3 || context.ok) };"
		"permit(principal == User::\"a\", action in [Action::\"read\"], resource) when { !context.ok } unless { context.risk > 3 };",
		"1 duplicate by 0");
}

TEST(errors_are_told_with_an_example_under_a_schema)
{
	STRICT("context.purpose == \"x\"", "0 can-err");
	STRICT("principal.boss.rank > 3", "0 can-err");
	STRICT("principal has boss && principal.boss.boss == principal", "0 can-err");
	STRICT("principal.getTag(\"a\") == \"b\"", "0 can-err");
	STRICT("context.ok || context.purpose == \"x\"", "0 can-err");
	STRICT("context has purpose && context.purpose == \"x\" || context.ok", "");
	LOOSE("context.n > 3", "~0 can-err");
	LOOSE("context has n && context.n > 3", "~0 can-err");
}

TEST(wide_permits_are_told)
{
	SET("permit(principal, action, resource);", "0 over-wide");
	SET("permit(principal, action == Action::\"r\", resource);", "~0 over-wide");
	SET("permit(principal, action, resource) when { context has x };", "~0 over-wide");
	SET("permit(principal == User::\"a\", action, resource);", "~0 over-wide");
	SET("permit(principal == User::\"a\", action, resource) when { context has x };", "");
	SET("forbid(principal, action, resource);", "");
	SET("permit(principal, action, resource) when { principal has x && action == Action::\"r\" };", "");
}

TEST(what_is_outside_is_told_as_unknown)
{
	STRICT("context.risk * context.risk == 7", "~0 unknown; 0 can-err");
	STRICT("context.risk + 1 > context.risk + 2", "~0 unknown; 0 can-err");
	STRICT("!context.tags.containsAll(context.tags)", "~0 unknown");
}

TEST(arithmetic_is_tried_out)
{
	STRICT("context.risk * 2 == 4", "0 can-err");
	STRICT("context.risk * 2 == 5", "0 never-matches; 0 can-err");
	STRICT("context.risk * 2 == 14 && context.risk == 7", "0 can-err");
	STRICT("context.risk * -3 < 10 && context.risk < -3", "0 never-matches; 0 can-err");
	STRICT("context.risk * -3 < 10 && context.risk == -3", "0 can-err");
	STRICT("context.risk + 1 < -9223372036854775807", "0 never-matches; 0 can-err");
	STRICT("context.risk < 100 && context.risk > 0 && context.risk * 100 - 7 == 93", "");
	STRICT("10 - context.risk >= 7 && context.risk > 3", "0 never-matches; 0 can-err");
	STRICT("context.at.durationSince(datetime(\"2020-01-01\")) < duration(\"1h\") && context.at > datetime(\"2020-01-02\")",
	       "0 never-matches; 0 can-err");
	STRICT("context.at.durationSince(datetime(\"2020-01-01\")).toMilliseconds() == 5 && context.at == datetime(\"2020-01-01T00:00:00.005Z\")",
	       "0 can-err");
	STRICT("context.risk + 1 > 2 && principal.rank - context.risk < 9", "0 can-err");
	STRICT("-context.risk > 2", "0 can-err");
	STRICT("context.risk + principal.rank > context.risk + principal.rank", "0 never-matches; 0 can-err");
	STRICT("context.at.offset(duration(\"1d\")) < datetime(\"2020-01-01\")", "0 can-err");
}
