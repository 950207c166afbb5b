#include "api/call.h"

#include "api/reply.h"
#include "registry/problem.h"

#include <stdio.h>

static const struct http1_field no_store = {SLICE_INIT("Cache-Control"), SLICE_INIT("no-store")};
static const struct http1_field no_sniff = {SLICE_INIT("X-Content-Type-Options"), SLICE_INIT("nosniff")};

#define FIELDS_MAX 8u

static void answer(struct api_call *call, int status, slice media_type, const struct http1_field *fields, size_t count,
		   slice body)
{
	struct http1_field all[FIELDS_MAX] = {no_store, no_sniff, {SLICE("Content-Type"), media_type}};
	size_t used = body.len ? 3 : 2;
	slice request_id = reply_request_id(call->exchange);
	if (request_id.len)
		all[used++] = (struct http1_field){SLICE("X-Request-ID"), request_id};
	for (size_t i = 0; i < count && used < FIELDS_MAX; i++)
		all[used++] = fields[i];
	http_respond(call->exchange, status, all, used, body);
}

void api_call_answer_fields(struct api_call *call, int status, const struct http1_field *fields, size_t count, slice json)
{
	answer(call, status, status >= 400 ? SLICE("application/problem+json") : SLICE("application/json"), fields, count,
	       json);
}

void api_call_answer(struct api_call *call, int status, slice json)
{
	api_call_answer_fields(call, status, NULL, 0, json);
}

void api_call_answer_media(struct api_call *call, int status, slice media_type, slice body)
{
	answer(call, status, media_type, NULL, 0, body);
}

void api_call_refuse(struct api_call *call, enum error code, const struct fault *why)
{
	struct buffer body;
	struct http1_field challenge = {SLICE("WWW-Authenticate"), SLICE("Bearer realm=\"tipstaff\"")};
	buffer_init(&body, 4096);
	problem_write(&body, code, why);
	api_call_answer_fields(call, problem_status(code, why), &challenge, code == E_UNAUTHENTICATED ? 1 : 0,
			   buffer_slice(&body));
	buffer_free(&body);
}

static bool is_json(const struct api_call *call)
{
	slice media = http1_media_type(&call->exchange->request->headers);
	return slice_equal_fold(media, SLICE("application/json")) ||
	       (call->route.action == ROUTE_PATCH && slice_equal_fold(media, SLICE("application/merge-patch+json")));
}

enum error api_call_read_body(struct api_call *call, bool optional, struct fault *why)
{
	bool policies = call->route.action == ROUTE_POLICIES;
	const struct json_limits limits = {.bytes_max = policies ? CALL_POLICIES_BYTES_MAX : CALL_BODY_BYTES_MAX,
					   .depth_max = 64, .nodes_max = 65536};
	slice body = call->exchange->body;
	if (body.len == 0)
		return optional ? E_OK : FAIL(why, E_REQUEST, "a JSON object is expected in the body");
	if (!is_json(call))
		return FAIL(why, E_MEDIA_TYPE, "the body must be application/json");
	TRY(json_parse(&call->doc, body, &limits, &call->exchange->arena, why));
	if (!json_is(json_root(&call->doc), JSON_OBJECT))
		return FAIL(why, E_REQUEST, "a JSON object is expected in the body");
	call->body = json_root(&call->doc);
	return E_OK;
}

enum error api_call_check_query(const struct api_call *call, const char *const *names, size_t count, struct fault *why)
{
	for (size_t i = 0; i < call->query.count; i++) {
		char name[64];
		bool known = false;
		for (size_t j = 0; j < count; j++)
			known |= slice_equal(call->query.pairs[i].name, slice_of(names[j]));
		snprintf(name, sizeof(name), "%.*s", SLICE_ARG(call->query.pairs[i].name));
		if (!known)
			return FAIL_FIELD(why, E_INVALID, name, "there is no parameter `%s` here", name);
		if (form_count(&call->query, call->query.pairs[i].name) > 1)
			return FAIL_FIELD(why, E_INVALID, name, "the parameter `%s` is given twice", name);
	}
	return E_OK;
}

static void forwarded(void *context, int status, slice reply)
{
	api_call_answer(context, status, reply);
}

void api_call_forward(struct api_call *call, enum recorder_op op, slice request)
{
	recorder_call(call->services->recorder, op, request, forwarded, call);
}
