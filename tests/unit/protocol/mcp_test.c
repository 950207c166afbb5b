#include "protocol/mcp.h"
#include "check.h"

#include <stdio.h>
#include <string.h>

static struct arena arena;
static struct json_doc doc;

static enum error read(const char *text, struct mcp_request *request)
{
	struct fault why = {0};
	arena_free(&arena);
	arena_init(&arena, 1 << 20);
	CHECK_OK(json_parse(&doc, slice_of(text), NULL, &arena, &why), why);
	return mcp_read_request(&doc, request, &why);
}

static enum error refusal(const char *text)
{
	struct mcp_request request;
	return read(text, &request);
}

TEST(revisions_belong_to_eras)
{
	CHECK_INT(mcp_revision_of(SLICE("2025-11-25")), MCP_2025_11_25);
	CHECK_INT(mcp_revision_of(SLICE("2024-11-05")), MCP_REVISION_NONE);
	CHECK_INT(mcp_revision_era(MCP_2025_03_26), MCP_ERA_LEGACY);
	CHECK_INT(mcp_revision_era(MCP_2026_07_28), MCP_ERA_MODERN);
	CHECK_INT(mcp_revision_era(MCP_REVISION_NONE), MCP_ERA_NONE);
	CHECK_SLICE(mcp_revision_name(MCP_2026_07_28), SLICE("2026-07-28"));
}

TEST(a_method_in_no_table_never_passes)
{
	CHECK(mcp_method_of(SLICE("tools/Call")) == NULL);
	CHECK(mcp_method_of(SLICE("tasks/get")) == NULL);
	CHECK(!mcp_may_send(NULL, MCP_CLIENT, MCP_ERA_LEGACY, JSONRPC_REQUEST));
	CHECK_INT(mcp_method_row(MCP_METHOD_UNKNOWN)->rule, MCP_DENIED);
}

TEST(each_side_sends_only_what_is_its_own)
{
	const struct mcp_method *call = mcp_method_of(SLICE("tools/call"));
	const struct mcp_method *sampling = mcp_method_of(SLICE("sampling/createMessage"));
	const struct mcp_method *initialize = mcp_method_of(SLICE("initialize"));
	CHECK(mcp_may_send(call, MCP_CLIENT, MCP_ERA_LEGACY, JSONRPC_REQUEST));
	CHECK(!mcp_may_send(call, MCP_SERVER, MCP_ERA_LEGACY, JSONRPC_REQUEST));
	CHECK(!mcp_may_send(call, MCP_CLIENT, MCP_ERA_LEGACY, JSONRPC_NOTIFICATION));
	CHECK(!mcp_may_send(call, MCP_CLIENT, MCP_ERA_NONE, JSONRPC_REQUEST));
	CHECK(mcp_may_send(sampling, MCP_SERVER, MCP_ERA_LEGACY, JSONRPC_REQUEST));
	CHECK(!mcp_may_send(sampling, MCP_CLIENT, MCP_ERA_LEGACY, JSONRPC_REQUEST));
	CHECK(!mcp_may_send(sampling, MCP_SERVER, MCP_ERA_MODERN, JSONRPC_REQUEST));
	CHECK(!mcp_may_send(initialize, MCP_CLIENT, MCP_ERA_MODERN, JSONRPC_REQUEST));
}

TEST(every_row_sits_at_its_own_id)
{
	for (int id = MCP_METHOD_UNKNOWN + 1; id < MCP_METHOD_COUNT; id++) {
		const struct mcp_method *row = mcp_method_row((enum mcp_method_id)id);
		CHECK_INT(row->id, id);
		CHECK(mcp_method_of(row->name) == row);
		CHECK(row->legacy || row->modern);
		CHECK_INT(row->notification, slice_starts_with(row->name, SLICE("notifications/")));
	}
}

TEST(a_call_names_its_tool_and_arguments)
{
	struct mcp_request request;
	CHECK_INT(read("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"\\u0065cho\","
		       "\"arguments\":{\"a\":1}}}", &request), E_OK);
	CHECK_SLICE(request.object, SLICE("echo"));
	CHECK(request.arguments != NULL);
	CHECK_INT(request.era, MCP_ERA_LEGACY);
	CHECK_INT(request.method->rule, MCP_CALL);
}

TEST(meta_with_a_version_makes_a_request_modern)
{
	struct mcp_request request;
	CHECK_INT(read("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/list\",\"params\":{\"_meta\":{"
		       "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}}}", &request), E_OK);
	CHECK_INT(request.era, MCP_ERA_MODERN);
	CHECK_SLICE(request.version, SLICE("2026-07-28"));
}

TEST(an_unknown_method_is_read_but_has_no_row)
{
	struct mcp_request request;
	CHECK_INT(read("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/delete\"}", &request), E_OK);
	CHECK(request.method == NULL);
}

TEST(parameters_that_are_wrong_are_refused)
{
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\"}"), E_INVALID);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":5}}"), E_INVALID);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"x\","
			  "\"arguments\":[]}}"), E_INVALID);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"_meta\":3}}"), E_INVALID);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"_meta\":{"
			  "\"io.modelcontextprotocol/protocolVersion\":7}}}"), E_INVALID);
}

TEST(parameters_that_look_like_others_are_refused)
{
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"read\","
			  "\"Name\":\"write\"}}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"read\","
			  "\"argument\xc5\xbf\":{}}}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":{\"_META\":{}}}"), E_REQUEST);
}

TEST(tool_names_have_one_alphabet)
{
	CHECK(mcp_tool_name_valid(SLICE("read_file.v2-x")));
	CHECK(!mcp_tool_name_valid(SLICE("")));
	CHECK(!mcp_tool_name_valid(SLICE("read file")));
	CHECK(!mcp_tool_name_valid(SLICE("r\xc3\xa9" "ad")));
	char name[129];
	memset(name, 'a', sizeof(name));
	CHECK(mcp_tool_name_valid(slice_from(name, 128)));
	CHECK(!mcp_tool_name_valid(slice_from(name, 129)));
}

TEST(a_multiplexed_name_is_cut_at_the_first_separator)
{
	slice server;
	slice tool;
	CHECK(mcp_name_split(SLICE("fs__read__file"), &server, &tool));
	CHECK_SLICE(server, SLICE("fs"));
	CHECK_SLICE(tool, SLICE("read__file"));
	CHECK(!mcp_name_split(SLICE("__read"), &server, &tool));
	CHECK(!mcp_name_split(SLICE("fs__"), &server, &tool));
	CHECK(!mcp_name_split(SLICE("fs_read"), &server, &tool));
}

TEST(session_ids_are_visible_ascii)
{
	CHECK(mcp_session_id_valid(SLICE("abc-123")));
	CHECK(!mcp_session_id_valid(SLICE("")));
	CHECK(!mcp_session_id_valid(SLICE("a b")));
	CHECK(!mcp_session_id_valid(SLICE("a\x7f")));
}
