#include "protocol/mcp_headers.h"
#include "check.h"

#include <stdio.h>
#include <string.h>

static struct arena arena;
static struct fault why;

static void fresh(void)
{
	arena_free(&arena);
	arena_init(&arena, 1 << 20);
	why = (struct fault){0};
}

static const struct json_node *parse(struct json_doc *doc, const char *text)
{
	CHECK_OK(json_parse(doc, slice_of(text), NULL, &arena, &why), why);
	return json_root(doc);
}

static struct mcp_request modern_call(struct json_doc *doc)
{
	struct mcp_request request;
	parse(doc, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"tools/call\",\"params\":{\"name\":\"echo\",\"_meta\":{"
		   "\"io.modelcontextprotocol/protocolVersion\":\"2026-07-28\"}}}");
	CHECK_OK(mcp_read_request(doc, &request, &why), why);
	return request;
}

TEST(headers_that_agree_pass)
{
	struct json_doc doc;
	fresh();
	struct mcp_request request = modern_call(&doc);
	struct mcp_mirror mirror = {SLICE("2026-07-28"), SLICE("tools/call"), SLICE("echo")};
	CHECK_OK(mcp_check_mirror(&request, &mirror, &arena, &why), why);
	mirror.name = SLICE("=?base64?ZWNobw==?=");
	CHECK_OK(mcp_check_mirror(&request, &mirror, &arena, &why), why);
}

TEST(headers_that_lie_or_are_missing_are_refused)
{
	struct json_doc doc;
	fresh();
	struct mcp_request request = modern_call(&doc);
	const struct mcp_mirror wrong[] = {
		{{NULL, 0}, SLICE("tools/call"), SLICE("echo")},
		{SLICE("2025-11-25"), SLICE("tools/call"), SLICE("echo")},
		{SLICE("2026-07-28"), {NULL, 0}, SLICE("echo")},
		{SLICE("2026-07-28"), SLICE("tools/list"), SLICE("echo")},
		{SLICE("2026-07-28"), SLICE("Tools/Call"), SLICE("echo")},
		{SLICE("2026-07-28"), SLICE("tools/call"), {NULL, 0}},
		{SLICE("2026-07-28"), SLICE("tools/call"), SLICE("other")},
		{SLICE("2026-07-28"), SLICE("tools/call"), SLICE("=?base64?b3RoZXI=?=")},
		{SLICE("2026-07-28"), SLICE("tools/call"), SLICE("=?base64?***?=")},
		{SLICE("2026-07-28"), SLICE("tools/call"), SLICE("echo\x01")},
	};
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		CHECK_ERROR(mcp_check_mirror(&request, &wrong[i], &arena, &why), E_REQUEST);
}

TEST(a_legacy_request_may_lack_the_mirror_but_not_contradict_it)
{
	struct json_doc doc;
	fresh();
	struct mcp_request request = modern_call(&doc);
	struct mcp_mirror mirror = {0};
	CHECK_OK(mcp_check_mirror_legacy(&request, &mirror, &arena, &why), why);
	mirror.name = SLICE("other");
	CHECK_ERROR(mcp_check_mirror_legacy(&request, &mirror, &arena, &why), E_REQUEST);
	mirror = (struct mcp_mirror){.method = SLICE("tools/list")};
	CHECK_ERROR(mcp_check_mirror_legacy(&request, &mirror, &arena, &why), E_REQUEST);
}

TEST(values_go_through_headers_unchanged)
{
	static const char *const values[] = {"us-west1", "Hello, \xe4\xb8\x96\xe7\x95\x8c", " padded ", "line1\nline2",
					     "=?base64?literal?=", ""};
	fresh();
	for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		slice header = mcp_header_encode(slice_of(values[i]), &arena);
		slice value;
		CHECK_OK(mcp_header_decode(header, &arena, &value, &why), why);
		CHECK_SLICE(value, slice_of(values[i]));
	}
	CHECK_SLICE(mcp_header_encode(SLICE(" padded "), &arena), SLICE("=?base64?IHBhZGRlZCA=?="));
	CHECK_SLICE(mcp_header_encode(SLICE("us-west1"), &arena), SLICE("us-west1"));
}

#define SCHEMA                                                                                                         \
	"{\"type\":\"object\",\"properties\":{\"region\":{\"type\":\"string\",\"x-mcp-header\":\"Region\"},"           \
	"\"deep\":{\"type\":\"object\",\"properties\":{\"n\":{\"type\":\"integer\",\"x-mcp-header\":\"N\"},"           \
	"\"b\":{\"type\":\"boolean\",\"x-mcp-header\":\"B\"}}},\"query\":{\"type\":\"string\"}}}"

TEST(annotated_arguments_demand_headers)
{
	struct json_doc schema;
	struct json_doc arguments;
	struct mcp_param params[MCP_PARAMS_MAX];
	size_t count;
	fresh();
	parse(&schema, SCHEMA);
	parse(&arguments, "{\"region\":\"us-west1\",\"deep\":{\"n\":42,\"b\":true},\"query\":\"x\"}");
	CHECK_OK(mcp_params_demanded(json_root(&schema), &arguments, json_root(&arguments), &arena, params, &count, &why),
		 why);
	CHECK_INT(count, 3);
	CHECK_SLICE(params[0].value, SLICE("us-west1"));
	CHECK_SLICE(params[1].value, SLICE("42"));
	CHECK_SLICE(params[2].value, SLICE("true"));
	CHECK_OK(mcp_param_check(&params[0], SLICE("us-west1"), &arena, &why), why);
	CHECK_OK(mcp_param_check(&params[1], SLICE("42.0"), &arena, &why), why);
	CHECK_ERROR(mcp_param_check(&params[1], SLICE("43"), &arena, &why), E_REQUEST);
	CHECK_ERROR(mcp_param_check(&params[1], SLICE("0x2a"), &arena, &why), E_REQUEST);
	CHECK_ERROR(mcp_param_check(&params[0], SLICE("us-west2"), &arena, &why), E_REQUEST);
	CHECK_ERROR(mcp_param_check(&params[0], (slice){NULL, 0}, &arena, &why), E_REQUEST);
}

TEST(arguments_that_are_absent_or_null_demand_no_header)
{
	struct json_doc schema;
	struct json_doc arguments;
	struct mcp_param params[MCP_PARAMS_MAX];
	size_t count;
	fresh();
	parse(&schema, SCHEMA);
	parse(&arguments, "{\"region\":null}");
	CHECK_OK(mcp_params_demanded(json_root(&schema), &arguments, json_root(&arguments), &arena, params, &count, &why),
		 why);
	CHECK_INT(count, 0);
	CHECK_OK(mcp_params_demanded(json_root(&schema), NULL, NULL, &arena, params, &count, &why), why);
	CHECK_INT(count, 0);
}

TEST(an_annotated_argument_must_be_primitive)
{
	struct json_doc schema;
	struct json_doc arguments;
	struct mcp_param params[MCP_PARAMS_MAX];
	size_t count;
	fresh();
	parse(&schema, SCHEMA);
	parse(&arguments, "{\"region\":[\"us-west1\"]}");
	CHECK_ERROR(mcp_params_demanded(json_root(&schema), &arguments, json_root(&arguments), &arena, params, &count,
					&why), E_REQUEST);
}

TEST(annotations_where_they_do_not_belong_make_a_schema_invalid)
{
	static const char *const schemas[] = {
		"{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"\"}}}",
		"{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"a b\"}}}",
		"{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":5}}}",
		"{\"properties\":{\"a\":{\"type\":\"number\",\"x-mcp-header\":\"A\"}}}",
		"{\"properties\":{\"a\":{\"x-mcp-header\":\"A\"}}}",
		"{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"A\"},"
		"\"b\":{\"type\":\"string\",\"x-mcp-header\":\"a\"}}}",
		"{\"properties\":{\"a\":{\"type\":\"array\",\"items\":{\"type\":\"string\",\"x-mcp-header\":\"A\"}}}}",
		"{\"oneOf\":[{\"properties\":{\"a\":{\"type\":\"string\",\"x-mcp-header\":\"A\"}}}]}",
	};
	fresh();
	for (size_t i = 0; i < sizeof(schemas) / sizeof(schemas[0]); i++) {
		struct json_doc schema;
		CHECK_ERROR(mcp_schema_check(parse(&schema, schemas[i]), &why), E_INVALID);
	}
	struct json_doc schema;
	CHECK_OK(mcp_schema_check(parse(&schema, SCHEMA), &why), why);
	CHECK_OK(mcp_schema_check(parse(&schema, "{\"properties\":{\"a\":{\"default\":{\"x-mcp-header\":1}}}}"), &why),
		 why);
}

TEST(a_schema_may_not_be_endlessly_deep)
{
	struct json_doc schema;
	struct buffer text;
	fresh();
	buffer_init(&text, 1 << 16);
	for (int i = 0; i < 28; i++)
		buffer_add_text(&text, "{\"properties\":{\"a\":{\"items\":");
	buffer_add_text(&text, "{}");
	for (int i = 0; i < 28; i++)
		buffer_add_text(&text, "}}}");
	struct json_limits limits = {1 << 16, 200, 10000};
	CHECK_OK(json_parse(&schema, buffer_slice(&text), &limits, &arena, &why), why);
	CHECK_ERROR(mcp_schema_check(json_root(&schema), &why), E_LIMIT);
	buffer_free(&text);
}
