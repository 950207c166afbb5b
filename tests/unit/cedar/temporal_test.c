/* History conditions: what is read, what is refused, what they mean. */
#include "unit/cedar/session.h"

#include "base/buffer.h"
#include "cedar/schema.h"

#include <stdio.h>
#include <string.h>

#define HEAD "permit(principal, action, resource) when temporal { "

static const char *problem_of(const char *condition)
{
	static char told[400];
	char text[2048];
	struct cedar_policyset *set;
	struct cedar_problem problem;
	struct fault why = {0};
	snprintf(text, sizeof(text), HEAD "%s };", condition);
	struct cedar_source source = {.name = SLICE("p"), .text = slice_of(text)};
	if (cedar_policyset_parse(&world_key, &source, 1, &set, &problem, &why) == E_OK) {
		cedar_policyset_free(set);
		return "accepted";
	}
	snprintf(told, sizeof(told), "%u: %s", problem.column - (unsigned)strlen(HEAD), problem.sentence);
	return told;
}

static const struct {
	const char *condition;
	const char *problem; /* column inside the condition, and how the sentence begins */
} refusals[] = {
	{"formerly Action::\"A\"::request{}", "10: `within` and a window must stand here"},
	{"formerly within Action::\"A\"::request{}", "17: a window must stand here"},
	{"formerly within 1 Action::\"A\"::request{}", "19: the unit of a window must be s, m, h or d"},
	{"formerly within 1w Action::\"A\"::request{}", "18: the unit of a window"},
	{"formerly within 25h Action::\"A\"::request{}", "17: a window may not be longer than 24h"},
	{"formerly within 2d Action::\"A\"::request{}", "17: a window may not be longer than 24h"},
	{"formerly within -1h Action::\"A\"::request{}", "17: a window must stand here"},
	{"formerly within 99999999999999999999h Action::\"A\"::request{}", "17: a window must stand here"},
	{"formerly within ?w Action::\"A\"::request{}", "17: macros are not supported"},
	{"once(1h, Action::\"A\"::request{})", "1: macros are not supported"},
	{"Action::\"A\"{}", "12: unexpected token `{`: an event or a comparison"},
	{"Action::\"A\"::attempt{}", "14: the kind of an event must be `request` or `response`"},
	{"User::\"A\"::request{}", "1: an event is named by its action"},
	{"Action::\"A\"::request", "22: unexpected token `}`, expected `{`"},
	{"Action::\"A\"::request{user: \"u\"}", "22: events have no field `user`"},
	{"Action::\"A\"::request{input: \"u\"}", "22: events have no field `input`"},
	{"Action::\"A\"::request{requestId.x: \"u\"}", "22: events have no field `requestId`"},
	{"Action::\"A\"::request{input.user: }", "34: unexpected token `}`"},
	{"Action::\"A\"::request{input.user: u}", "34: `u` is not bound"},
	{"Action::\"A\"::request{input.user: $u}", "34: macros are not supported"},
	{"Action::\"A\"::request{input.user: context}", "34: of the request there are"},
	{"Action::\"A\"::request{input.user: action}", "34: of the request there are"},
	{"Action::\"A\"::request{input.n: count for (t: Timepoint). where (tp(t))}", "31: count and sum may only stand"},
	{"Action::\"A\"::request{} || Action::\"B\"::request{}", "24: there is no `||`"},
	{"formerly within 1h Action::\"A\"::request{} && context.input.x == 1", "46: this does not depend on any event"},
	{"formerly within 1h (1 == 1)", "21: this does not depend on any event"},
	{"!Action::\"A\"::request{} since within 1h (1 == 1)", "42: this does not depend on any event"},
	{"exists (x: Long). (0 < x && x < 2)", "20: `x` is used in a comparison before an event binds it"},
	{"exists (x: String). !Action::\"A\"::request{input.user: x}", "21: `x` is used in a negation before"},
	{"exists (x: Long). (x > 1 && formerly within 1h Action::\"A\"::request{input.n: x})",
	 "20: `x` is used in a comparison before"},
	{"exists (x: String). Action::\"A\"::request{}", "1: no event in its condition binds `x`"},
	{"exists (x: String). Action::\"A\"::request{input.user: x} since within 1h Action::\"B\"::request{}",
	 "21: `x` is used in the left side of `since`"},
	{"exists (_: Long). tp(_)", "8: `_` cannot be the name"},
	{"exists (t: Long). tp(t)", "19: the variable of tp must be of type Timepoint"},
	{"exists (t: Timepoint). Action::\"A\"::request{input.n: t}", "54: a Timepoint is bound by tp(t) only"},
	{"(sum a for (t: Timepoint). where (Action::\"A\"::request{} && tp(t))) > 1", "6: `a` is not bound"},
	{"exists (a: Long). (tp(a) && (sum a for (t: Timepoint). where (Action::\"A\"::request{input.n: a} && tp(t))) > 1)",
	 "20: the variable of tp must be"},
	{"exists (a: Long). (formerly within 1h Action::\"A\"::request{input.n: a} && 1 < sum a for (t: Timepoint). where "
	 "(Action::\"A\"::request{input.n: a} && tp(t)))",
	 "79: what is summed must stand in the `for` list"},
	{"(sum a for (a: String). where (Action::\"A\"::request{input.n: a})) > 1", "2: only variables of type Long can"},
	{"(count for (a: Long). where (Action::\"A\"::request{})) > 1", "2: no event in the `where` condition binds `a`"},
	{"(count for (a: Long). where (!Action::\"A\"::request{input.n: a})) > 1", "30: `a` is used in a negation"},
	{"(count for (t: Timepoint). where (tp(t))) > \"x\"", "45: only numbers of type Long"},
	{"(count for (t: Timepoint). where (tp(t))) == \"x\"", "2: values of different types are never equal"},
	{"exists (x: Long). (formerly within 1h Action::\"A\"::request{input.n: x} && x == \"s\")",
	 "75: values of different types"},
	{"(count (t: Timepoint). where (tp(t))) > 1", "8: `for` and its variables must stand here"},
	{"(count for (t: Timepoint) where (tp(t))) > 1", "27: unexpected token `where`, expected `.`"},
	{"(count for (t: Timepoint). (tp(t))) > 1", "28: `where` and a condition must stand here"},
	{"formerly within 1h Action::\"A\"::request{} Action::\"B\"::request{}", "43: unexpected token `Action`"},
	{"Action::\"A\"::request{input.n: 9223372036854775808}", "31: this integer does not fit"},
	{"Action::\"A\"::request{input.n: decimal(\"x\")}", "31: "},
};

TEST(what_is_not_of_the_dialect_is_refused_with_its_place)
{
	size_t wrong = 0;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		const char *told = problem_of(refusals[i].condition);
		if (strncmp(told, refusals[i].problem, strlen(refusals[i].problem)) == 0)
			continue;
		print_error("%s\n  told: %s\n  not:  %s\n", refusals[i].condition, told, refusals[i].problem);
		wrong++;
	}
	CHECK_INT(wrong, 0);
}

/* With the event itself, `depth` conditions inside each other. */
static const char *problem_of_chain(unsigned depth)
{
	char text[2048] = "";
	size_t length = 0;
	for (unsigned i = 2; i <= depth; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "%sformerly within 1h Action::\"A\"::request{}",
					   i > 2 ? " && " : "");
	return problem_of(text);
}

static const char *problem_of_nest(unsigned depth)
{
	char text[2048] = "";
	size_t length = 0;
	for (unsigned i = 2; i <= depth; i++)
		length += (size_t)snprintf(text + length, sizeof(text) - length, "formerly within 1s (");
	length += (size_t)snprintf(text + length, sizeof(text) - length, "Action::\"A\"::request{}");
	memset(text + length, ')', depth - 1);
	text[length + depth - 1] = '\0';
	return problem_of(text);
}

/* Where a level doubled the time to read, as it once did, this would take minutes. */
TEST(conditions_may_be_as_deep_as_the_limit_and_no_deeper)
{
	CHECK_SLICE(slice_of(problem_of_chain(CEDAR_TEMPORAL_DEPTH_MAX)), SLICE("accepted"));
	CHECK_SLICE(slice_of(problem_of_nest(CEDAR_TEMPORAL_DEPTH_MAX)), SLICE("accepted"));
	CHECK(strstr(problem_of_chain(CEDAR_TEMPORAL_DEPTH_MAX + 1), "history conditions more than 32 deep") != NULL);
	CHECK(strstr(problem_of_nest(CEDAR_TEMPORAL_DEPTH_MAX + 1), "history conditions more than 32 deep") != NULL);
}

static const char *const accepted[] = {
	"formerly within 1h Action::\"A\"::request{}",
	"formerly within 90s N::M::Action::\"A b\"::response{input.user: context.input.user, output.ok: true}",
	"previous within 1d (Action::\"A\"::request{} && !Action::\"A\"::request{decision: \"deny\"})",
	"!Action::\"A\"::request{callerPrincipal: principal} since within 10m Action::\"B\"::request{input.id: resource.id}",
	"formerly within 1h Action::\"A\"::request{input.user: _} && !(formerly within 1m Action::\"B\"::request{})",
	"exists (n: Long). (count for (t: Timepoint). where formerly within 1h (Action::\"A\"::request{} && tp(t))) == n && "
	"n > 2",
	"(sum a for (a: Long), (t: Timepoint). where formerly within 1h (Action::\"A\"::request{input.a: a} && a > -1 && "
	"tp(t))) >= 100",
	"exists (u: String). formerly within 1h Action::\"A\"::request{input.user: u} && previous within 1h "
	"Action::\"B\"::request{input.user: u}",
	"Action::\"A\"::request{input.set: [\"a\", context.input.b]} since within 1h Action::\"A\"::request{input.d: "
	"decimal(\"1.5\"), input.e: N::E::\"x\"} && Action::\"C\"::request{}",
};

/* The short form is what is read again, from text and from JSON. */
TEST(what_is_written_is_what_was_read)
{
	for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++) {
		char text[2048];
		struct buffer json, again;
		struct cedar_policyset *set, *second = NULL;
		struct fault why = {0};
		snprintf(text, sizeof(text), HEAD "%s };", accepted[i]);
		set = world_policies(slice_of(text));
		CHECK_SLICE(session_condition(set, 0)->text, slice_of(accepted[i]));
		buffer_init(&json, 1u << 16);
		buffer_init(&again, 1u << 16);
		cedar_policy_write_json(set, 0, &json);
		CHECK(slice_find(buffer_slice(&json), SLICE("\"temporal\"")) != SIZE_MAX);
		struct cedar_source source = {.name = SLICE("j"), .text = buffer_slice(&json), .is_json = true};
		CHECK_OK(cedar_policyset_parse(&world_key, &source, 1, &second, NULL, &why), why);
		cedar_policy_write_text(second, 0, &again);
		CHECK_SLICE(buffer_slice(&again), slice_of(text));
		cedar_policyset_free(set);
		cedar_policyset_free(second);
		buffer_free(&json);
		buffer_free(&again);
	}
}

TEST(a_condition_in_json_is_body_or_temporal)
{
#define JSON_POLICY(conditions)                                                                                        \
	"{\"effect\":\"permit\",\"principal\":{\"op\":\"All\"},\"action\":{\"op\":\"All\"},\"resource\":{\"op\":\"All\"},"   \
	"\"conditions\":[" conditions "]}"
	static const char *const bad[] = {
		JSON_POLICY("{\"kind\":\"when\"}"),
		JSON_POLICY("{\"kind\":\"when\",\"temporal\":1}"),
		JSON_POLICY("{\"kind\":\"when\",\"temporal\":\"\"}"),
		JSON_POLICY("{\"kind\":\"when\",\"temporal\":\"formerly\"}"),
		JSON_POLICY("{\"kind\":\"when\",\"temporal\":\"Action::\\\"A\\\"::request{} }\"}"),
		JSON_POLICY("{\"kind\":\"when\",\"temporal\":\"Action::\\\"A\\\"::request{}\",\"body\":{\"Value\":true}}"),
		JSON_POLICY("{\"kind\":\"maybe\",\"temporal\":\"Action::\\\"A\\\"::request{}\"}"),
	};
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct cedar_policyset *set;
		struct cedar_source source = {.name = SLICE("j"), .text = slice_of(bad[i]), .is_json = true};
		CHECK(cedar_policyset_parse(&world_key, &source, 1, &set, NULL, NULL) == E_SYNTAX);
		CHECK(set == NULL);
	}
}

static slice formatted(const char *text, struct buffer *out)
{
	struct fault why = {0};
	buffer_clear(out);
	CHECK_OK(cedar_format(SLICE("f"), slice_of(text), out, NULL, &why), why);
	return buffer_slice(out);
}

TEST(the_formatter_keeps_the_block)
{
	struct buffer out, twice;
	buffer_init(&out, 1u << 16);
	buffer_init(&twice, 1u << 16);
	slice once = formatted("permit(principal,action,resource)when temporal{formerly within 1h "
			       "Action::\"A\"::request{input.user:context.input.user}};", &out);
	CHECK_SLICE(once, SLICE("permit (principal, action, resource)\nwhen temporal {\n  formerly within 1h "
				"Action::\"A\"::request { input.user: context.input.user }\n};\n"));
	CHECK_SLICE(formatted(out.ptr ? (buffer_add_byte(&out, '\0'), out.ptr) : "", &twice), slice_sub(once, 0, once.len));
	buffer_free(&out);
	buffer_free(&twice);
}

#define RULE(condition) "permit(principal, action, resource) when temporal { " condition " };"
#define UNLESS(condition) "permit(principal, action, resource) unless temporal { " condition " };"
#define A "Action::\"A\"::request"
#define B "Action::\"B\"::request"

static const struct {
	const char *policy;
	const char *outcome;
	struct moment steps[5]; /* the last with an action is decided */
} meanings[] = {
	/* the window is closed on both sides */
	{RULE("formerly within 10s " A "{}"), "allow", {{.action = "A"}, {.at_s = 10, .action = "B"}}},
	{RULE("formerly within 10s " A "{}"), "deny", {{.action = "A"}, {.at_s = 11, .action = "B"}}},
	/* the request itself is the last event */
	{RULE("formerly within 10s " A "{}"), "allow", {{.at_s = 1, .action = "A"}}},
	{RULE(A "{}"), "deny", {{.action = "A"}, {.at_s = 1, .action = "B"}}},
	/* correlation with the request */
	{RULE("formerly within 1h " A "{input.user: context.input.user}"), "allow",
	 {{.action = "A", .user = "u"}, {.at_s = 1, .action = "B", .user = "u"}}},
	{RULE("formerly within 1h " A "{input.user: context.input.user}"), "deny",
	 {{.action = "A", .user = "u"}, {.at_s = 1, .action = "B", .user = "v"}}},
	{RULE("formerly within 1h " A "{input.user: context.input.user}"), "error",
	 {{.action = "A", .user = "u"}, {.at_s = 1, .action = "B"}}},
	/* previous is the event directly before */
	{RULE("previous within 1h " A "{}"), "allow", {{.action = "A"}, {.at_s = 1, .action = "B"}}},
	{RULE("previous within 1h " A "{}"), "deny", {{.action = "A"}, {.action = "B"}, {.at_s = 1, .action = "B"}}},
	{RULE("previous within 1h " A "{}"), "deny", {{.at_s = 1, .action = "A"}}},
	/* since: no A since B */
	{RULE("!" A "{} since within 1h " B "{}"), "allow", {{.action = "A"}, {.action = "B"}, {.at_s = 1, .action = "C"}}},
	{RULE("!" A "{} since within 1h " B "{}"), "deny", {{.action = "B"}, {.action = "A"}, {.at_s = 1, .action = "C"}}},
	{RULE("!" A "{} since within 1h " B "{}"), "deny", {{.action = "B"}, {.at_s = 1, .action = "A"}}},
	{RULE("!" A "{} since within 1h " B "{}"), "deny", {{.at_s = 1, .action = "C"}}},
	{RULE(A "{} since within 1h " B "{}"), "allow", {{.action = "B"}, {.action = "A"}, {.at_s = 1, .action = "A"}}},
	{RULE(A "{} since within 1h " B "{}"), "deny", {{.action = "B"}, {.action = "C"}, {.at_s = 1, .action = "A"}}},
	/* what was refused is an event too, and says so */
	{RULE("formerly within 1h " A "{}"), "allow", {{.action = "A", .is_denied = true}, {.at_s = 1, .action = "B"}}},
	{RULE("formerly within 1h " A "{decision: \"permit\"}"), "deny",
	 {{.action = "A", .is_denied = true}, {.at_s = 1, .action = "B"}}},
	/* a request in flight is there; its response is not yet */
	{RULE("formerly within 1h Action::\"A\"::response{outcome: \"ok\"}"), "deny",
	 {{.action = "A"}, {.at_s = 1, .action = "B"}}},
	{RULE("formerly within 1h Action::\"A\"::response{outcome: \"ok\"}"), "allow",
	 {{.action = "A"}, {.action = "A", .is_response = true}, {.at_s = 1, .action = "B"}}},
	/* a rate: the third within the window is one too many */
	{UNLESS("(count for (t: Timepoint). where formerly within 10s (" A "{} && tp(t))) > 2"), "allow",
	 {{.action = "A"}, {.at_s = 1, .action = "A"}}},
	{UNLESS("(count for (t: Timepoint). where formerly within 10s (" A "{} && tp(t))) > 2"), "deny",
	 {{.action = "A"}, {.at_s = 1, .action = "A"}, {.at_s = 2, .action = "A"}}},
	{UNLESS("(count for (t: Timepoint). where formerly within 10s (" A "{} && tp(t))) > 2"), "allow",
	 {{.action = "A"}, {.at_s = 1, .action = "A"}, {.at_s = 11, .action = "A"}}},
	/* a sum with the amount of this request */
	{RULE("(sum a for (a: Long), (t: Timepoint). where formerly within 1h (" A "{input.amount: a} && tp(t))) <= 100"),
	 "allow",
	 {{.action = "A", .has_amount = true, .amount = 60}, {.at_s = 1, .action = "A", .has_amount = true, .amount = 40}}},
	{RULE("(sum a for (a: Long), (t: Timepoint). where formerly within 1h (" A "{input.amount: a} && tp(t))) <= 100"),
	 "deny",
	 {{.action = "A", .has_amount = true, .amount = 60}, {.at_s = 1, .action = "A", .has_amount = true, .amount = 41}}},
	/* two sums over the same events; what is no number is left out */
	{RULE("(sum a for (a: Long), (b: Long), (t: Timepoint). where formerly within 1h (" A
	      "{input.amount: a, input.user: b} && tp(t))) == 60 && (sum b for (a: Long), (b: Long), (t: Timepoint). where "
	      "formerly within 1h (" A "{input.amount: a, input.user: b} && tp(t))) == 0"),
	 "allow", {{.action = "A", .user = "u", .has_amount = true, .amount = 60}, {.at_s = 1, .action = "B"}}},
	/* without tp equal amounts are one row */
	{RULE("(sum a for (a: Long). where formerly within 1h " A "{input.amount: a}) == 60"), "allow",
	 {{.action = "A", .has_amount = true, .amount = 60}, {.at_s = 1, .action = "A", .has_amount = true, .amount = 60}}},
	{RULE("(count for (u: String). where formerly within 1h " A "{input.user: u}) == 2"), "allow",
	 {{.action = "A", .user = "u"}, {.action = "A", .user = "v"}, {.action = "A", .user = "u"}, {.action = "B"}}},
	/* a total beyond 64 bits is compared as it is */
	{RULE("(sum a for (a: Long), (t: Timepoint). where formerly within 1h (" A "{input.amount: a} && tp(t))) > "
	      "9223372036854775806"),
	 "allow",
	 {{.action = "A", .has_amount = true, .amount = INT64_MAX},
	  {.at_s = 1, .action = "A", .has_amount = true, .amount = INT64_MAX}}},
	/* the same user in two events */
	{RULE("exists (u: String). (formerly within 1h " A "{input.user: u} && formerly within 1h " B "{input.user: u})"),
	 "deny", {{.action = "A", .user = "u"}, {.action = "B", .user = "v"}, {.at_s = 1, .action = "C"}}},
	{RULE("exists (u: String). (formerly within 1h " A "{input.user: u} && formerly within 1h " B "{input.user: u})"),
	 "allow", {{.action = "A", .user = "v"}, {.action = "B", .user = "v"}, {.at_s = 1, .action = "C"}}},
	/* two windows, one inside the other */
	{RULE("formerly within 5s (" A "{} && formerly within 5s " B "{})"), "allow",
	 {{.action = "B"}, {.at_s = 5, .action = "A"}, {.at_s = 10, .action = "C"}}},
	{RULE("formerly within 5s (" A "{} && formerly within 5s " B "{})"), "deny",
	 {{.action = "B"}, {.at_s = 6, .action = "A"}, {.at_s = 10, .action = "C"}}},
	/* a value of the wrong type is an error, not a no */
	{UNLESS("(count for (t: Timepoint). where formerly within 1h (" A "{} && tp(t))) > context.input.user"), "error",
	 {{.action = "A"}, {.at_s = 1, .action = "A", .user = "u"}}},
	/* several conditions */
	{"permit(principal, action, resource) when { false } when temporal { formerly within 1h " A
	 "{input.user: context.input.user} };",
	 "deny", {{.action = "A"}}},
	{RULE("formerly within 1h " A "{}") " forbid(principal, action, resource) unless temporal { previous within 1h " A
					   "{} };",
	 "deny", {{.action = "A"}, {.action = "B"}, {.action = "C"}}},
};

TEST(conditions_mean_what_the_guide_says)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++) {
		size_t count = 0;
		while (count < 5 && meanings[i].steps[count].action)
			count++;
		slice outcome = session_outcome(meanings[i].policy, meanings[i].steps, count);
		if (!slice_equal(outcome, slice_of(meanings[i].outcome)))
			print_error("%zu %s\n", i, meanings[i].policy);
		CHECK_SLICE(outcome, slice_of(meanings[i].outcome));
	}
}

/* --- what is not known --- */

static const char *decided(const char *policy, struct cedar_history *history)
{
	struct cedar_policyset *set = world_policies(slice_of(policy));
	struct moment step = {.at_s = 100, .action = "A", .user = "u"};
	struct arena arena;
	arena_init(&arena, 1u << 22);
	struct cedar_result result = session_decide(set, history, &step, &arena);
	const char *told = result.failure ? "unknown" : result.decision == CEDAR_ALLOW ? "allow" : "deny";
	CHECK(result.failure == E_OK || result.failure == E_UNAVAILABLE);
	arena_free(&arena);
	cedar_policyset_free(set);
	return told;
}

#define OLD_COUNT "(count for (t: Timepoint). where formerly within 50s (" A "{} && tp(t))) > 5"
#define PERMIT_ALL "permit(principal, action, resource);"

TEST(a_past_that_is_not_known_permits_nothing)
{
	struct cedar_history *lost = cedar_history_new(&world_key, 60000);
	static const struct {
		const char *policy;
		const char *decision;
	} cases[] = {
		{UNLESS(OLD_COUNT), "deny"},
		{RULE("formerly within 50s " B "{}"), "deny"},
		{RULE("!(formerly within 50s " B "{})"), "deny"},
		{UNLESS("previous within 50s " B "{}"), "deny"},
		{UNLESS("!" A "{input.user: \"v\"} since within 50s " B "{}"), "deny"},
		/* The request itself is what must not have been: that is known. */
		{UNLESS("!" A "{} since within 50s " B "{}"), "allow"},
		{UNLESS("exists (u: String). formerly within 50s (" B "{input.user: u} && previous within 1s " A "{})"), "deny"},
		{PERMIT_ALL "forbid(principal, action, resource) when temporal { formerly within 50s " B "{} };", "unknown"},
		{PERMIT_ALL "forbid(principal, action, resource) when temporal { " OLD_COUNT " };", "unknown"},
		/* what does not look so far back is known */
		{RULE("!(formerly within 30s " B "{})"), "allow"},
		{UNLESS("previous within 30s " B "{}"), "allow"},
		/* and what cannot matter is not asked for */
		{PERMIT_ALL UNLESS(OLD_COUNT), "allow"},
		{PERMIT_ALL "forbid(principal, action, resource) when { false } when temporal { " OLD_COUNT " };", "allow"},
		{PERMIT_ALL "forbid(principal, action, resource) when temporal { " OLD_COUNT " } when { false };", "allow"},
		{PERMIT_ALL "forbid(principal, action == Action::\"B\", resource) when temporal { " OLD_COUNT " };", "allow"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *told = decided(cases[i].policy, lost);
		if (strcmp(told, cases[i].decision) != 0)
			print_error("%s: %s\n", cases[i].policy, told);
		CHECK(strcmp(told, cases[i].decision) == 0);
	}
	cedar_history_free(lost);
}

TEST(without_a_history_nothing_that_asks_for_one_is_permitted)
{
	CHECK(strcmp(decided(UNLESS(A "{}"), NULL), "deny") == 0);
	CHECK(strcmp(decided(RULE(A "{}"), NULL), "deny") == 0);
	CHECK(strcmp(decided(PERMIT_ALL "forbid(principal, action, resource) when temporal { " A "{} };", NULL), "unknown") == 0);
	CHECK(strcmp(decided(PERMIT_ALL, NULL), "allow") == 0);
}

TEST(a_session_known_again_after_its_window)
{
	struct cedar_history *lost = cedar_history_new(&world_key, 60000);
	struct moment step = {.at_s = 70, .action = "B"};
	session_add(lost, &step, NULL);
	/* A witness that is known is one, whatever else is missing. */
	CHECK(strcmp(decided(RULE("formerly within 50s " B "{}"), lost), "allow") == 0);
	CHECK(strcmp(decided(RULE("!" A "{input.user: \"v\"} since within 50s " B "{}"), lost), "allow") == 0);
	cedar_history_forget(lost, 80000);
	CHECK(strcmp(decided(RULE("!" A "{input.user: \"v\"} since within 50s " B "{}"), lost), "deny") == 0);
	CHECK(strcmp(decided(RULE("previous within 50s " B "{}"), lost), "deny") == 0);
	CHECK(strcmp(decided(UNLESS("previous within 50s " A "{}"), lost), "deny") == 0);
	cedar_history_free(lost);
}

TEST(a_large_field_is_not_kept_and_not_taken_for_absent)
{
	static char large[3000];
	struct cedar_history *history = session_new();
	memset(large, 'x', sizeof(large) - 1);
	struct moment step = {.at_s = 99, .action = "A", .user = large, .server = "s"};
	session_add(history, &step, NULL);
	CHECK(strcmp(decided(RULE("formerly within 50s " A "{input.server: \"s\"}"), history), "allow") == 0);
	CHECK(strcmp(decided(UNLESS("formerly within 50s " A "{input.user: \"y\"}"), history), "deny") == 0);
	CHECK(strcmp(decided(UNLESS("previous within 50s " A "{input.user: \"y\"}"), history), "deny") == 0);
	CHECK(strcmp(decided(UNLESS("formerly within 50s (" A "{input.user: \"y\"} && previous within 1s " A "{})"), history),
		     "deny") == 0);
	CHECK(strcmp(decided(UNLESS("formerly within 50s " A "{input.server: \"t\"}"), history), "allow") == 0);
	cedar_history_free(history);
}

TEST(responses_take_the_rest_from_their_request)
{
	struct cedar_history *history = session_new();
	struct moment step = {.at_s = 1, .action = "B", .user = "u"};
	struct cedar_event failed = {.time_ms = 2000, .request_id = SLICE("d0"), .outcome = SLICE("error")};
	struct cedar_event nobody = {.time_ms = 3000, .request_id = SLICE("d9"), .outcome = SLICE("ok")};
	struct fault why = {0};
	session_add(history, &step, NULL);
	CHECK_OK(cedar_history_finish(history, &failed, NULL, &why), why);
	CHECK(strcmp(decided(RULE("formerly within 2m Action::\"B\"::response{input.user: \"u\", outcome: \"error\"}"), history),
		     "allow") == 0);
	CHECK(strcmp(decided(RULE("formerly within 2m Action::\"B\"::response{outcome: \"ok\"}"), history), "deny") == 0);
	/* A response to nobody knows what: the past is not known any more. */
	CHECK_ERROR(cedar_history_finish(history, &nobody, NULL, &why),
		    E_NOT_FOUND);
	CHECK(strcmp(decided(UNLESS("formerly within 2m " B "{input.user: \"w\"}"), history), "deny") == 0);
	cedar_history_free(history);
}

TEST(a_reason_names_the_event_it_rests_on)
{
	struct cedar_policyset *set = world_policies(SLICE(
		PERMIT_ALL "forbid(principal, action, resource) when temporal { formerly within 1h " B "{input.user: \"u\"} };"));
	struct cedar_history *history = session_new();
	struct moment first = {.action = "A"}, second = {.at_s = 1, .action = "B", .user = "u"}, third = {.at_s = 2, .action = "C"};
	struct arena arena;
	arena_init(&arena, 1u << 22);
	session_add(history, &first, set);
	session_add(history, &second, set);
	struct cedar_result result = session_decide(set, history, &third, &arena);
	CHECK(result.decision == CEDAR_DENY);
	CHECK_INT(result.reason_count, 1);
	CHECK_SLICE(result.reasons[0].witness, SLICE("d1"));
	bool told = false;
	for (size_t i = 0; i < result.fact_count; i++) {
		struct cedar_fact_scratch scratch;
		struct cedar_fact_text fact = cedar_fact_tell(&result.facts[i], &scratch);
		if (slice_starts_with(fact.subject, SLICE("temporal { formerly")))
			told = slice_equal(fact.value, SLICE("true (d1)"));
	}
	CHECK(told);
	arena_free(&arena);
	cedar_history_free(history);
	cedar_policyset_free(set);
}

/* Tool lists show what a history might permit. */
TEST(a_history_condition_may_hold_for_a_list)
{
	struct cedar_policyset *set = world_policies(SLICE(RULE("formerly within 1h " B "{}")));
	const struct cedar_policyset *sets[] = {set};
	struct cedar_world world = {.sets = sets, .set_count = 1};
	struct moment step = {.action = "A"};
	struct arena arena;
	struct fault why = {0};
	enum cedar_possibility possibility;
	arena_init(&arena, 1u << 20);
	struct cedar_request request = session_request(&step, NULL, &arena);
	CHECK_OK(cedar_may_permit(&request, &world, &arena, &possibility, &why), why);
	CHECK(possibility == CEDAR_MAYBE);
	arena_free(&arena);
	cedar_policyset_free(set);
}

TEST(a_schema_knows_actions_fields_and_the_request)
{
	static const struct {
		const char *condition;
		bool is_valid;
	} cases[] = {
		{"formerly within 1h Action::\"B\"::request{input.user: context.input.user}", true},
		{"formerly within 1h Action::\"X\"::request{}", false},
		{"formerly within 1h Action::\"B\"::request{input.nobody: \"u\"}", false},
		{"formerly within 1h Action::\"B\"::request{input.user: context.input.nobody}", false},
		{"formerly within 1h Action::\"B\"::request{callerPrincipal: Nobody::\"u\"}", false},
		{"(count for (t: Timepoint). where formerly within 1h (Action::\"B\"::request{} && tp(t))) > context.input.user",
		 false},
	};
	static const char schema_text[] = "entity Agent; entity Tool; action A, B appliesTo { principal: Agent, resource: Tool, "
					  "context: { input: { user: String } } };";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char text[512];
		struct cedar_schema *schema = NULL;
		struct cedar_validation validation;
		struct fault why = {0};
		struct arena arena;
		arena_init(&arena, 1u << 22);
		snprintf(text, sizeof(text), "permit(principal, action == Action::\"A\", resource) when temporal { %s };",
			 cases[i].condition);
		struct cedar_policyset *set = world_policies(slice_of(text));
		CHECK_OK(cedar_schema_parse(&world_key, SLICE("s"), slice_of(schema_text), &schema, NULL, &why), why);
		CHECK_OK(cedar_validate(schema, set, CEDAR_STRICT, &arena, &validation, &why), why);
		if ((validation.error_count == 0) != cases[i].is_valid)
			print_error("%s\n", cases[i].condition);
		CHECK((validation.error_count == 0) == cases[i].is_valid);
		cedar_schema_free(schema);
		cedar_policyset_free(set);
		arena_free(&arena);
	}
}

/* Monitors remember longer than events are kept; those of a new set know only what is kept, and say so. */
TEST(a_new_set_begins_from_what_is_kept)
{
	static const char text[] = UNLESS("formerly within 24h " B "{}") UNLESS("formerly within 10s " B "{}");
	struct cedar_policyset *set = world_policies(slice_of(text)), *again = world_policies(slice_of(text));
	struct cedar_history *history = session_new();
	struct moment ask = {.at_s = 2000, .action = "C"}, first = {.action = "B"};
	CHECK(session_ask(set, 0, history, &first, true) == TEMPORAL_TRUE);
	session_add(history, &first, set);
	for (unsigned i = 0; i < 2000; i++)
		session_add(history, &(struct moment){.at_s = i, .action = "A"}, set);
	CHECK(session_ask(set, 0, history, &ask, true) == TEMPORAL_TRUE);
	CHECK(session_ask(again, 0, history, &ask, true) == TEMPORAL_UNKNOWN);
	CHECK(session_ask(again, 1, history, &ask, true) == TEMPORAL_FALSE);
	cedar_history_free(history);
	cedar_policyset_free(set);
	cedar_policyset_free(again);
}

/* A session that floods its monitors with values loses what is old, and says so. */
TEST(monitors_stay_within_their_memory)
{
	struct cedar_policyset *set = world_policies(SLICE(UNLESS("formerly within 24h " A "{input.user: \"first\"}")));
	struct cedar_history *history = session_new();
	struct moment ask = {.action = "B"}, step = {.action = "A"};
	for (unsigned i = 0; i < 20000; i++) {
		char user[24];
		snprintf(user, sizeof(user), "u%u", i);
		step.user = user;
		step.at_s = ask.at_s = i / 100;
		if (i == 0)
			CHECK(session_ask(set, 0, history, &ask, true) == TEMPORAL_FALSE);
		session_add(history, &step, set);
	}
	CHECK(cedar_history_bytes(history) < (4u << 20));
	CHECK(session_ask(set, 0, history, &ask, true) == TEMPORAL_UNKNOWN);
	cedar_history_free(history);
	cedar_policyset_free(set);
}
