#include "cedar/problem.h"

#include "check.h"

#include <string.h>

TEST(a_problem_tells_line_column_and_shows_a_caret)
{
	struct cedar_problem problem;
	struct fault why = {0};
	slice text = SLICE("permit(\n  principal,\n  actoin, resource);");
	CHECK_ERROR(cedar_problem_set(&problem, &why, E_SYNTAX, SLICE("a.cedar"), text, 23, "expected `%s`", "action"),
		    E_SYNTAX);
	CHECK_INT(problem.line, 3);
	CHECK_INT(problem.column, 3);
	CHECK_SLICE(slice_of(why.sentence), SLICE("a.cedar:3:3: expected `action`"));
	struct buffer out;
	buffer_init(&out, 1000);
	cedar_problem_write(&out, &problem);
	CHECK_SLICE(buffer_slice(&out), SLICE("a.cedar:3:3: expected `action`\n  actoin, resource);\n  ^\n"));
	buffer_free(&out);
}

TEST(a_place_beyond_the_end_or_far_right_stays_inside_the_excerpt)
{
	struct cedar_problem problem;
	char wide[5000];
	memset(wide, 'x', sizeof(wide));
	CHECK_ERROR(cedar_problem_set(&problem, NULL, E_SYNTAX, SLICE("n"), slice_from(wide, sizeof(wide)), 99999, "bad"),
		    E_SYNTAX);
	CHECK_INT(problem.column, 5001);
	CHECK(problem.caret < sizeof(problem.excerpt));
	CHECK_ERROR(cedar_problem_set(&problem, NULL, E_SYNTAX, SLICE("n"), SLICE(""), 0, "empty"), E_SYNTAX);
	CHECK_INT(problem.line, 1);
	CHECK_INT(problem.caret, 0);
}
