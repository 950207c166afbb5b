/* Room 1: where the call goes, and its one strict reading. What is wrong is told once the caller is known. */
#include "gateway/call.h"

#include <string.h>

static void refuse_later(struct call *call, int code)
{
	call->refusal_code = code;
}

/* RFC 9110 12.5.1: both media types are needed, by name or by a range. */
static bool accepts(const struct call *call, slice type, slice range)
{
	const struct http1_headers *headers = &call->exchange->request->headers;
	return http1_header_has_token(headers, HTTP1_NAME_ACCEPT, type) ||
	       http1_header_has_token(headers, HTTP1_NAME_ACCEPT, range) ||
	       http1_header_has_token(headers, HTTP1_NAME_ACCEPT, SLICE("*/*"));
}

static bool accepts_json(const struct call *call)
{
	return accepts(call, SLICE("application/json"), SLICE("application/*"));
}

static bool accepts_events(const struct call *call)
{
	return accepts(call, SLICE("text/event-stream"), SLICE("text/*"));
}

static enum error check_post_head(struct call *call, struct fault *why)
{
	if (!slice_equal_fold(http1_media_type(&call->exchange->request->headers), SLICE("application/json")))
		return FAIL_FIELD(why, E_MEDIA_TYPE, "Content-Type", "Content-Type must be application/json");
	slice coding = call_header(call, HTTP1_NAME_CONTENT_ENCODING);
	if (coding.ptr && !slice_equal_fold(coding, SLICE("identity")))
		return FAIL_FIELD(why, E_MEDIA_TYPE, "Content-Encoding", "content codings are not accepted");
	if (!accepts_json(call) || !accepts_events(call))
		return FAIL_FIELD(why, E_METHOD, "Accept",
				  "Not Acceptable: Accept must list application/json and text/event-stream");
	return E_OK;
}

static enum error read_body(struct call *call, struct fault *why)
{
	struct buffer id;
	TRY(json_parse(&call->doc, call->exchange->body, NULL, call->arena, why));
	TRY(mcp_read_request(&call->doc, &call->request, why));
	if (!call->request.message.id)
		return E_OK;
	/* Written anew, so that two spellings of one id are one id. */
	struct json_writer writer;
	buffer_init(&id, 8 * JSONRPC_ID_BYTES_MAX);
	json_writer_init(&writer, &id, JSON_COMPACT);
	json_write_node(&writer, &call->doc, call->request.message.id);
	enum error error = json_writer_end(&writer, why);
	if (error == E_OK)
		call->id = call_keep(call, buffer_slice(&id));
	buffer_free(&id);
	return error;
}

static void arrive_post(struct call *call)
{
	enum error error = check_post_head(call, &call->refusal);
	if (error == E_OK)
		error = read_body(call, &call->refusal);
	if (error != E_OK)
		refuse_later(call, error_jsonrpc(error));
}

static bool server_id_valid(slice id)
{
	for (size_t i = 0; i < id.len; i++) {
		char c = id.ptr[i];
		if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c == '-' && i > 0)))
			return false;
	}
	return id.len > 0 && id.len <= 32;
}

enum step call_arrive(struct call *call)
{
	const struct http1_request *request = call->exchange->request;
	slice rest = slice_from_offset(request->path, SLICE("/mcp").len);
	call->multiplex = rest.len == 0;
	if (!call->multiplex)
		call->server = slice_from_offset(rest, 1);
	if (!gateway_origin_allowed(call->services, request))
		return call_fail(call,
				 FAIL_FIELD(&call->refusal, E_FORBIDDEN, "Origin",
					    "requests of other origins are refused"),
				 &call->refusal);
	if (!call_header(call, HTTP1_NAME_AUTHORIZATION).ptr)
		return STEP_ON;
	if (!call->multiplex && !server_id_valid(call->server)) {
		refuse_later(call, error_jsonrpc(FAIL(&call->refusal, E_NOT_FOUND, "no such endpoint")));
		return STEP_ON;
	}
	if (request->query.ptr) {
		refuse_later(call, error_jsonrpc(FAIL(&call->refusal, E_REQUEST, "the endpoint takes no query")));
		return STEP_ON;
	}
	if (request->method == HTTP1_POST)
		arrive_post(call);
	else if (request->method == HTTP1_GET && !accepts_events(call))
		refuse_later(call, error_jsonrpc(FAIL_FIELD(&call->refusal, E_METHOD, "Accept",
							    "Not Acceptable: Accept must list text/event-stream")));
	return STEP_ON;
}
