#include "gateway/call.h"

#include "check.h"

static struct arena arena;

/* What an answer says of the call it answers. */
static enum effect effect_of(const char *text, uint64_t *status)
{
	struct json_doc doc;
	struct jsonrpc_message message;
	struct fault why = {0};
	slice detail;
	arena_free(&arena);
	arena_init(&arena, 1 << 16);
	CHECK_OK(json_parse(&doc, slice_of(text), NULL, &arena, &why), why);
	CHECK_OK(jsonrpc_read(&doc, &message, &why), why);
	return answer_effect(&doc, &message, status, &detail);
}

TEST(an_answer_without_an_error_is_ok)
{
	uint64_t status;
	CHECK_INT(effect_of("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"content\":[]}}", &status), EFFECT_OK);
	CHECK_INT(status, 200);
	CHECK_INT(effect_of("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"isError\":false}}", &status), EFFECT_OK);
}

TEST(errors_of_tool_and_protocol_are_errors)
{
	uint64_t status;
	CHECK_INT(effect_of("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"isError\":true}}", &status), EFFECT_ERROR);
	CHECK_INT(effect_of("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32602,\"message\":\"\"}}", &status),
		  EFFECT_ERROR);
	CHECK_INT(status, 32602);
	CHECK_INT(effect_of("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-9223372036854775808,\"message\":\"\"}}",
			    &status),
		  EFFECT_ERROR);
}

TEST(an_answer_that_asks_for_more_is_unknown_never_ok)
{
	uint64_t status;
	CHECK_INT(effect_of("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"resultType\":\"input_required\"}}", &status),
		  EFFECT_UNKNOWN);
}

TEST(the_endpoints_are_mcp_and_below)
{
	CHECK(gateway_serves(SLICE("/mcp")));
	CHECK(gateway_serves(SLICE("/mcp/fs")));
	CHECK(!gateway_serves(SLICE("/mcpx")));
	CHECK(!gateway_serves(SLICE("/v1/mcp")));
}
