#include "base/error.h"

#include "check.h"

#include <string.h>

TEST(every_error_has_a_sentence_and_a_place_on_every_wire)
{
	for (unsigned code = 0; code < ERROR_COUNT; code++) {
		CHECK(error_name(code)[0] == 'E');
		CHECK(error_sentence(code)[0] != '\0');
		CHECK(error_http_status(code) >= 200 && error_http_status(code) < 600);
		if (code == E_OK)
			continue;
		CHECK(error_http_status(code) >= 400);
		CHECK(error_oauth(code)[0] != '\0');
		CHECK(error_exit(code) == 10 || error_exit(code) == 12 || error_exit(code) >= 64);
		/* Our own codes lie outside the reserved range (JSON-RPC 2.0 section 5.1). */
		CHECK(error_jsonrpc(code) > -32000 || (error_jsonrpc(code) >= -32700 && error_jsonrpc(code) <= -32600));
	}
}

TEST(zero_is_ok_only_as_a_code_and_fail_fills_the_fault)
{
	struct fault why;
	CHECK_ERROR(FAIL(&why, E_LIMIT, "%d too many", 3), E_LIMIT);
	CHECK(why.code == E_LIMIT && strcmp(why.sentence, "3 too many") == 0 && why.line > 0 && why.field[0] == '\0');
	CHECK_ERROR(FAIL_FIELD(&why, E_INVALID, "owner", "is missing"), E_INVALID);
	CHECK(strcmp(why.field, "owner") == 0);
	CHECK_ERROR(FAIL(NULL, E_IO, "nobody listens"), E_IO);
	why.sentence[0] = '\0';
	CHECK(strcmp(fault_sentence(&why), error_sentence(E_INVALID)) == 0);
}
