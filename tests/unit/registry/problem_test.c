#include "registry/problem.h"

#include "check.h"

TEST(a_fault_is_told_with_its_field)
{
	struct fault why;
	struct buffer out;
	buffer_init(&out, 4096);
	enum error code = FAIL_FIELD(&why, E_INVALID, "owner", "owner is required");
	problem_write(&out, code, &why);
	CHECK_SLICE(buffer_slice(&out), SLICE("{\"type\":\"/problems/invalid\",\"title\":\"a value is not acceptable\","
					      "\"status\":422,\"detail\":\"owner is required\",\"field\":\"owner\"}"));
	buffer_free(&out);
}

TEST(a_field_that_is_too_long_is_the_senders_mistake_and_a_long_body_is_not)
{
	struct fault why;
	enum error code = FAIL_FIELD(&why, E_LIMIT, "name", "name is too long");
	CHECK_INT(problem_status(code, &why), 422);
	code = FAIL(&why, E_LIMIT, "the body is too long");
	CHECK_INT(problem_status(code, &why), 413);
	CHECK_INT(problem_status(E_CORRUPT, NULL), 503);
}

TEST(a_sentence_that_was_cut_in_a_character_is_still_text)
{
	struct fault why = {.code = E_SYNTAX, .sentence = "caf\xc3"};
	struct buffer out;
	buffer_init(&out, 4096);
	problem_write(&out, E_SYNTAX, &why);
	CHECK(!out.failed && slice_find(buffer_slice(&out), SLICE("\"caf\"")) != SIZE_MAX);
	buffer_free(&out);
}
