/* The interoperability scenarios of AuthZEN: todo back end and API gateway. */
#include "fixture.h"

#define RICK "\"CiRmZDA2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs\""
#define MORTY "\"CiRmZDE2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs\""
#define SUMMER "\"CiRmZDI2MTRkMy1jMzlhLTQ3ODEtYjdiZC04Yjk2ZjVhNTEwMGQSBWxvY2Fs\""

/* Rick is admin and evil genius, Morty and Summer are editors, all others viewers. */
static const char todo[] =
	"permit (principal, action in [Action::\"can_read_user\", Action::\"can_read_todos\"], resource);"
	"permit (principal, action == Action::\"can_create_todo\", resource) when {"
	" principal in [user::" RICK ", user::" MORTY ", user::" SUMMER "] };"
	"permit (principal == user::" RICK ", action in [Action::\"can_update_todo\", Action::\"can_delete_todo\"],"
	" resource);"
	"permit (principal, action in [Action::\"can_update_todo\", Action::\"can_delete_todo\"], resource is todo) when {"
	" principal == user::" MORTY " && resource.ownerID == \"morty@the-citadel.com\" ||"
	" principal == user::" SUMMER " && resource.ownerID == \"summer@the-smiths.com\" };";

static const char gateway[] =
	"permit (principal is identity, action == Action::\"GET\", resource is route);"
	"permit (principal is identity, action in [Action::\"POST\", Action::\"PUT\", Action::\"DELETE\"],"
	" resource is route) when {"
	" principal in [identity::" RICK ", identity::" MORTY ", identity::" SUMMER "] };";

static size_t run(struct fixture *fixture, const char *list, bool several)
{
	size_t count = 0;
	const struct json_doc *doc = &fixture->doc;
	for (const struct json_node *item = json_first(json_get(doc, json_root(doc), slice_of(list))); item;
	     item = json_next(item)) {
		slice body = json_span(doc, json_get(doc, item, SLICE("request")));
		slice expected = fixture_expected(fixture, doc, json_get(doc, item, SLICE("expected")));
		slice answer = fixture_answer(fixture, body, several);
		if (!slice_equal(answer, expected))
			print_error("%.*s\n", SLICE_ARG(body));
		CHECK_SLICE(answer, expected);
		count++;
	}
	return count;
}

TEST(the_todo_back_end_decides_as_expected)
{
	struct fixture fixture;
	if (!fixture_make(&fixture, "interop/todo-decisions.json", todo))
		SKIP("no vectors of AuthZEN");
	CHECK_INT(run(&fixture, "evaluation", false), 40);
	CHECK_INT(run(&fixture, "evaluations", true), 3);
	fixture_free(&fixture);
}

TEST(the_api_gateway_decides_as_expected)
{
	struct fixture fixture;
	if (!fixture_make(&fixture, "interop/gateway-decisions.json", gateway))
		SKIP("no vectors of AuthZEN");
	CHECK_INT(run(&fixture, "evaluation", false), 25);
	fixture_free(&fixture);
}

TEST(without_a_policy_every_vector_is_denied)
{
	struct fixture fixture;
	if (!fixture_make(&fixture, "interop/gateway-decisions.json", "forbid (principal, action, resource);"))
		SKIP("no vectors of AuthZEN");
	const struct json_doc *doc = &fixture.doc;
	for (const struct json_node *item = json_first(json_get(doc, json_root(doc), SLICE("evaluation"))); item;
	     item = json_next(item))
		CHECK_SLICE(fixture_answer(&fixture, json_span(doc, json_get(doc, item, SLICE("request"))), false),
			    SLICE("f"));
	fixture_free(&fixture);
}
