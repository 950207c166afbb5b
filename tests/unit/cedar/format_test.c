#include "cedar/format.h"

#include "check.h"

static void check(slice text, slice expected)
{
	struct buffer first, second;
	struct fault why = {0};
	buffer_init(&first, 10000);
	buffer_init(&second, 10000);
	CHECK_OK(cedar_format(SLICE("f"), text, &first, NULL, &why), why);
	CHECK_SLICE(buffer_slice(&first), expected);
	CHECK_OK(cedar_format(SLICE("f"), buffer_slice(&first), &second, NULL, &why), why);
	CHECK_SLICE(buffer_slice(&second), expected);
	buffer_free(&first);
	buffer_free(&second);
}

TEST(what_fits_stands_on_one_line)
{
	check(SLICE("permit(principal,action,resource);forbid ( principal , action , resource )when{1-(-2)==3&&!true};"),
	      SLICE("permit (principal, action, resource);\n\n"
		    "forbid (principal, action, resource)\nwhen { 1 - (-2) == 3 && !true };\n"));
	check(SLICE(""), SLICE(""));
	check(SLICE("@id(\"a\")@flag permit(principal==A::\"x\",action in[Action::\"y\"],resource)when{[1,{a:2}].contains(ip(\"::1\"))&&"
		    "context[\"x y\"].b};"),
	      SLICE("@id(\"a\")\n@flag\npermit (principal == A::\"x\", action in [Action::\"y\"], resource)\n"
		    "when { [1, { a: 2 }].contains(ip(\"::1\")) && context[\"x y\"].b };\n"));
}

TEST(what_does_not_fit_is_broken_at_its_parts)
{
	check(SLICE("permit(principal == Namespace::User::\"somebody with a long name\", action == Action::\"read\", resource in Folder::\"f\")"
		    " when { principal.department == resource.department && (context.a || context.b) || principal has "
		    "administrator } unless { false };"),
	      SLICE("permit (\n  principal == Namespace::User::\"somebody with a long name\",\n  action == Action::\"read\",\n"
		    "  resource in Folder::\"f\"\n)\nwhen {\n  principal.department == resource.department &&\n"
		    "  (context.a || context.b) ||\n  principal has administrator\n}\nunless { false };\n"));
}

TEST(comments_stay_where_they_were)
{
	check(SLICE("// first\n\n  // second\npermit(principal, // who\n action, resource) // head\nwhen { true // yes\n && // and\n"
		    "false\n// last\n}; // after\n// end"),
	      SLICE("// first\n// second\npermit (\n  principal, // who\n  action,\n  resource\n)\n// head\nwhen {\n  true // yes\n"
		    "  && // and\n  false\n  // last\n}; // after\n\n// end\n"));
}

TEST(what_is_no_policy_is_not_formatted)
{
	struct buffer out;
	struct cedar_problem problem;
	buffer_init(&out, 100);
	CHECK_ERROR(cedar_format(SLICE("f"), SLICE("permit(principal, action);"), &out, &problem, NULL), E_SYNTAX);
	CHECK_INT(problem.line, 1);
	CHECK_INT(out.len, 0);
	buffer_free(&out);
	struct buffer tiny;
	buffer_init(&tiny, 10);
	CHECK_ERROR(cedar_format(SLICE("f"), SLICE("permit(principal, action, resource);"), &tiny, NULL, NULL), E_LIMIT);
	buffer_free(&tiny);
}
