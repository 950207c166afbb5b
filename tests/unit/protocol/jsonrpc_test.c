#include "protocol/jsonrpc.h"
#include "check.h"

#include <stdio.h>
#include <string.h>

static struct arena arena;

static enum error read(const char *text, struct jsonrpc_message *message, struct json_doc *doc)
{
	struct fault why = {0};
	arena_free(&arena);
	arena_init(&arena, 1 << 20);
	CHECK_OK(json_parse(doc, slice_of(text), NULL, &arena, &why), why);
	return jsonrpc_read(doc, message, &why);
}

static enum error refusal(const char *text)
{
	struct jsonrpc_message message;
	struct json_doc doc;
	return read(text, &message, &doc);
}

TEST(a_request_has_method_id_and_params)
{
	struct jsonrpc_message message;
	struct json_doc doc;
	CHECK_INT(read("{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"ping\",\"params\":{}}", &message, &doc), E_OK);
	CHECK_INT(message.kind, JSONRPC_REQUEST);
	CHECK_SLICE(message.method, SLICE("ping"));
	CHECK_SLICE(jsonrpc_id_text(&doc, &message), SLICE("7"));
	CHECK(message.params != NULL);
}

TEST(a_call_without_an_id_is_a_notification)
{
	struct jsonrpc_message message;
	struct json_doc doc;
	CHECK_INT(read("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/x\"}", &message, &doc), E_OK);
	CHECK_INT(message.kind, JSONRPC_NOTIFICATION);
	CHECK_SLICE(jsonrpc_id_text(&doc, &message), SLICE("null"));
}

TEST(answers_are_results_or_errors)
{
	struct jsonrpc_message message;
	struct json_doc doc;
	CHECK_INT(read("{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{}}", &message, &doc), E_OK);
	CHECK_INT(message.kind, JSONRPC_RESULT);
	CHECK_INT(read("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"no\"}}", &message, &doc),
		  E_OK);
	CHECK_INT(message.kind, JSONRPC_ERROR);
	CHECK_INT(message.error_code, -32700);
	CHECK(message.id == NULL);
}

TEST(a_batch_is_refused)
{
	CHECK_INT(refusal("[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}]"), E_REQUEST);
	CHECK_INT(refusal("[]"), E_REQUEST);
}

TEST(names_that_only_look_like_protocol_names_are_refused)
{
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"Method\":\"tools/call\"}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"PARAMS\":{}}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"param\xc5\xbf\":{}}"), E_REQUEST);
	CHECK(jsonrpc_names_alike(SLICE("to\xe2\x84\xaa" "en"), SLICE("token")));
	CHECK(!jsonrpc_names_alike(SLICE("token"), SLICE("tokens")));
}

TEST(members_that_json_rpc_does_not_know_are_refused)
{
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"extra\":1}"), E_REQUEST);
}

TEST(an_id_is_a_string_or_an_integer)
{
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":[1],\"method\":\"ping\"}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"ping\"}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":{}}"), E_REQUEST);
}

TEST(half_messages_are_refused)
{
	CHECK_INT(refusal("{}"), E_REQUEST);
	CHECK_INT(refusal("\"ping\""), E_REQUEST);
	CHECK_INT(refusal("{\"id\":1,\"method\":\"ping\"}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"1.0\",\"id\":1,\"method\":\"ping\"}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"\"}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":5}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"params\":[1]}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\",\"result\":{}}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"error\":{\"code\":1,\"message\":\"\"}}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":7}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"message\":\"\"}}"), E_REQUEST);
	CHECK_INT(refusal("{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{},\"params\":{}}"), E_REQUEST);
}

TEST(ids_and_methods_have_a_maximum)
{
	char text[1024];
	snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":\"%0300d\",\"method\":\"ping\"}", 0);
	CHECK_INT(refusal(text), E_LIMIT);
	snprintf(text, sizeof(text), "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%0300d\"}", 0);
	CHECK_INT(refusal(text), E_LIMIT);
}

TEST(errors_and_results_are_written)
{
	struct buffer to;
	buffer_init(&to, 1024);
	jsonrpc_write_error(&to, SLICE("\"x\""), 403, SLICE("no \"entry\""), SLICE("{\"a\":1}"));
	CHECK_SLICE(buffer_slice(&to), SLICE("{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"error\":{\"code\":403,\"message\":"
					     "\"no \\\"entry\\\"\",\"data\":{\"a\":1}}}"));
	buffer_clear(&to);
	jsonrpc_write_error(&to, SLICE(""), -32700, SLICE("no"), SLICE(""));
	CHECK_SLICE(buffer_slice(&to),
		    SLICE("{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,\"message\":\"no\"}}"));
	buffer_clear(&to);
	jsonrpc_write_result(&to, SLICE("4"), SLICE("{}"));
	CHECK_SLICE(buffer_slice(&to), SLICE("{\"jsonrpc\":\"2.0\",\"id\":4,\"result\":{}}"));
	buffer_free(&to);
}
