/* The certification scenario (authorization-api-1_0-scenario.md): its rules as policies, the suite's payloads. */
#include "fixture.h"

/* Rules 1 to 8 of section "Required Policy Behaviour". */
static const char rules[] =
	"permit (principal is user, action == Action::\"read\", resource is record) when {"
	" principal in [user::\"alice\", user::\"bob\"] };"
	"permit (principal == user::\"alice\", action == Action::\"write\", resource is record)"
	" unless { resource has status && resource.status == \"archived\" };"
	"permit (principal is user, action == Action::\"write\", resource is record) when {"
	" principal has role && principal.role == \"admin\" && resource has status && resource.status == \"archived\" };"
	"permit (principal == user::\"alice\", action == Action::\"delete\", resource is record) when {"
	" context has action && context.action has soft && context.action.soft };";

/* What the test of the suite expects: 't' and 'f' per decision, "400", or empty where only the form is checked. */
static slice expected_of(struct fixture *fixture, slice text)
{
	struct json_doc doc;
	if (slice_equal(text, SLICE("400")))
		return text;
	size_t start = slice_find_byte(text, '{', 0), end = text.len;
	while (end > 0 && text.ptr[end - 1] != '}')
		end--;
	if (start == SIZE_MAX || end <= start + 2)
		return SLICE("");
	if (json_parse(&doc, slice_sub(text, start, end), NULL, &fixture->arena, NULL) != E_OK)
		return SLICE("");
	return fixture_expected(fixture, &doc, json_root(&doc));
}

static bool is_wanted(slice name, bool *ret_several)
{
	*ret_several = slice_starts_with(name, SLICE("authzen-pdp-evaluations-"));
	/* What these refuse is refused by the endpoint before it looks at the payload. */
	bool is_transport = slice_find(name, SLICE("reject-")) != SIZE_MAX || slice_find(name, SLICE("credentials")) != SIZE_MAX;
	return (*ret_several || slice_starts_with(name, SLICE("authzen-pdp-evaluation-"))) && !is_transport;
}

TEST(the_payloads_of_the_suite_are_answered_as_expected)
{
	struct fixture fixture;
	if (!fixture_make(&fixture, "oidf_interop_payloads.json", rules))
		SKIP("no vectors of AuthZEN");
	fixture.believe_subject = true;
	size_t compared = 0, formed = 0;
	const struct json_doc *doc = &fixture.doc;
	for (const struct json_node *item = json_first(json_root(doc)); item; item = json_next(item)) {
		slice name, text = SLICE("");
		bool several;
		CHECK(json_string(json_get(doc, item, SLICE("test")), &name));
		if (!is_wanted(name, &several))
			continue;
		(void)json_string(json_get(doc, item, SLICE("expected")), &text);
		slice expected = expected_of(&fixture, text);
		slice answer = fixture_answer(&fixture, json_span(doc, json_get(doc, item, SLICE("payload"))), several);
		if (slice_find(name, SLICE("unknown-semantic")) != SIZE_MAX)
			expected = SLICE("400");
		if (expected.len == 0) {
			CHECK(!slice_equal(answer, SLICE("400")));
			formed++;
			continue;
		}
		if (!slice_equal(answer, expected))
			print_error("%.*s\n", SLICE_ARG(name));
		CHECK_SLICE(answer, expected);
		compared++;
	}
	print_message("# %zu compared, %zu of form only\n", compared, formed);
	CHECK(compared >= 40);
	fixture_free(&fixture);
}

TEST(an_enforcement_point_that_may_not_assert_roles_cannot_promote_a_subject)
{
	struct fixture fixture;
	if (!fixture_make(&fixture, "oidf_interop_payloads.json", rules))
		SKIP("no vectors of AuthZEN");
	slice body = SLICE("{\"subject\":{\"type\":\"user\",\"id\":\"bob\",\"properties\":{\"role\":\"admin\"}},"
			   "\"action\":{\"name\":\"write\"},\"resource\":{\"type\":\"record\",\"id\":\"record-2\","
			   "\"properties\":{\"status\":\"archived\"}}}");
	CHECK_SLICE(fixture_answer(&fixture, body, false), SLICE("f"));
	fixture.believe_subject = true;
	CHECK_SLICE(fixture_answer(&fixture, body, false), SLICE("t"));
	fixture_free(&fixture);
}
