/* Objects under /v1: requests become commands and questions to the recorder. */
#include "api/call.h"

#include "crypt/digest.h"
#include "gateway/discovery.h"
#include "registry/plan.h"
#include "text/base64.h"
#include "text/json_writer.h"

#include <stdio.h>

#define IDEMPOTENCY_KEY_BYTES_MAX 255u

static const char *const ops[ROUTE_ACTION_COUNT] = {
	[ROUTE_CREATE] = "create", [ROUTE_PUT] = "put",	  [ROUTE_PATCH] = "patch",
	[ROUTE_DELETE] = "delete", [ROUTE_VERB] = "move",  [ROUTE_POLICIES] = "policies",
};

/* --- questions --- */

static enum error write_list(struct api_call *call, struct buffer *out, struct fault *why)
{
	struct json_writer writer;
	uint64_t limit = 0;
	slice value;
	json_writer_init(&writer, out, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "kind", kind_row(call->route.kind)->name);
	if (form_get(&call->query, SLICE("limit"), 0, &value)) {
		if (!slice_to_u64(value, &limit) || limit > 1000000)
			return FAIL_FIELD(why, E_INVALID, "limit", "limit must be a number");
		json_put_u64(&writer, "limit", limit);
	}
	if (form_get(&call->query, SLICE("page_token"), 0, &value))
		json_put_string(&writer, "page_token", value);
	json_put_object(&writer, "filters");
	for (size_t i = 0; i < call->query.count; i++) {
		slice name = call->query.pairs[i].name;
		if (slice_equal(name, SLICE("limit")) || slice_equal(name, SLICE("page_token")))
			continue;
		json_write_key(&writer, name);
		json_write_string(&writer, call->query.pairs[i].value);
	}
	json_end_object(&writer);
	json_end_object(&writer);
	return json_writer_end(&writer, why);
}

/* Which filters there are is the recorder's to say; that none comes twice is checked here. */
static enum error check_once(const struct api_call *call, struct fault *why)
{
	for (size_t i = 0; i < call->query.count; i++)
		if (form_count(&call->query, call->query.pairs[i].name) > 1)
			return FAIL(why, E_INVALID, "a parameter is given twice");
	return E_OK;
}

static void ask_list(struct api_call *call)
{
	struct fault why = {0};
	struct buffer request;
	buffer_init(&request, 65536);
	enum error code = check_once(call, &why);
	if (code == E_OK)
		code = write_list(call, &request, &why);
	if (code == E_OK)
		api_call_forward(call, RECORDER_LIST, buffer_slice(&request));
	else
		api_call_refuse(call, code, &why);
	buffer_free(&request);
}

static void add_entity_tag(struct api_call *call, const struct json_doc *doc, struct http1_field *field)
{
	int64_t revision;
	if (!json_i64(json_get(doc, json_root(doc), SLICE("revision")), &revision))
		return;
	field->name = SLICE("ETag");
	field->value = arena_print(&call->exchange->arena, "\"%lld\"", (long long)revision);
}

static void add_location(struct api_call *call, const struct json_doc *doc, struct http1_field *field)
{
	slice id;
	if (!json_string(json_get(doc, json_root(doc), SLICE("id")), &id))
		return;
	field->name = SLICE("Location");
	field->value = arena_print(&call->exchange->arena, "/v1/%s/%.*s", kind_row(call->route.kind)->plural.ptr,
				   SLICE_ARG(id));
}

/* The answer as the recorder gave it; an object's revision is its entity tag. */
static void answered(void *context, int status, slice reply)
{
	struct api_call *call = context;
	struct json_doc doc;
	struct http1_field fields[2] = {0};
	size_t count = 0;
	if (status < 300 && reply.len && json_parse(&doc, reply, NULL, &call->exchange->arena, NULL) == E_OK) {
		add_entity_tag(call, &doc, &fields[count]);
		count += fields[count].value.len ? 1 : 0;
		if (status == 201)
			add_location(call, &doc, &fields[count]);
		count += count < 2 && fields[count].value.len ? 1 : 0;
	}
	api_call_answer_fields(call, status, fields, count, reply);
}

static void ask_read(struct api_call *call)
{
	struct fault why = {0};
	struct buffer request;
	struct json_writer writer;
	enum error code = api_call_check_query(call, NULL, 0, &why);
	if (code != E_OK) {
		api_call_refuse(call, code, &why);
		return;
	}
	buffer_init(&request, 65536);
	json_writer_init(&writer, &request, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_string(&writer, "kind", kind_row(call->route.kind)->name);
	json_put_string(&writer, "id", call->id);
	json_end_object(&writer);
	if (json_writer_end(&writer, &why) == E_OK)
		recorder_call(call->services->recorder, RECORDER_GET, buffer_slice(&request), answered, call);
	else
		api_call_refuse(call, E_NOT_FOUND, NULL);
	buffer_free(&request);
}

/* --- commands --- */

static enum error read_if_match(const struct api_call *call, uint64_t *ret_revision, struct fault *why)
{
	slice tag = http1_header(&call->exchange->request->headers, HTTP1_NAME_IF_MATCH);
	*ret_revision = 0;
	if (!tag.ptr)
		return E_OK;
	if (tag.len < 3 || tag.ptr[0] != '"' || tag.ptr[tag.len - 1] != '"' ||
	    !slice_to_u64(slice_sub(tag, 1, tag.len - 1), ret_revision) || *ret_revision == 0 ||
	    *ret_revision > INT64_MAX)
		return FAIL_FIELD(why, E_INVALID, "If-Match", "If-Match must be one revision, as in If-Match: \"7\"");
	return E_OK;
}

static enum error write_idempotency(struct api_call *call, struct json_writer *writer, struct fault *why)
{
	const struct http1_request *request = call->exchange->request;
	slice key = http1_header(&request->headers, HTTP1_NAME_IDEMPOTENCY_KEY);
	struct sha256 digest;
	char hex[2 * SHA256_BYTES];
	if (!key.ptr)
		return E_OK;
	if (key.len == 0 || key.len > IDEMPOTENCY_KEY_BYTES_MAX)
		return FAIL_FIELD(why, E_INVALID, "Idempotency-Key", "Idempotency-Key has 1 to %u bytes",
				  IDEMPOTENCY_KEY_BYTES_MAX);
	slice whole = arena_print(&call->exchange->arena, "%.*s\n%.*s\n%.*s", SLICE_ARG(http1_method_text(request->method)),
				  SLICE_ARG(request->target), SLICE_ARG(call->exchange->body));
	if (!whole.ptr)
		return FAIL(why, E_MEMORY, "no memory for a request");
	TRY(sha256_once(&digest, whole, why));
	hex_write(hex, sha256_slice(&digest));
	json_put_string(writer, "idempotency_key", key);
	json_put_string(writer, "body_sha256", slice_from(hex, sizeof(hex)));
	return E_OK;
}

static enum error read_dry_run(const struct api_call *call, bool *ret_dry_run, struct fault *why)
{
	static const char *const names[] = {"dry_run"};
	slice value = SLICE("false");
	TRY(api_call_check_query(call, names, 1, why));
	form_get(&call->query, SLICE("dry_run"), 0, &value);
	*ret_dry_run = slice_equal(value, SLICE("true")) || slice_equal(value, SLICE("1"));
	if (!*ret_dry_run && !slice_equal(value, SLICE("false")) && !slice_equal(value, SLICE("0")))
		return FAIL_FIELD(why, E_INVALID, "dry_run", "dry_run must be true or false");
	return E_OK;
}

static void write_object(const struct api_call *call, struct json_writer *writer, slice sealed)
{
	const struct json_node *secret = sealed.len ? secret_find(call) : NULL;
	json_put_object(writer, "object");
	for (const struct json_node *member = json_first(call->body); member; member = json_next(member)) {
		json_write_key(writer, json_key(member));
		if (member == secret)
			json_write_string(writer, sealed);
		else
			json_write_node(writer, &call->doc, member);
	}
	json_end_object(writer);
}

/* The body of a verb holds a reason and nothing else. */
static enum error write_reason(const struct api_call *call, struct json_writer *writer, struct fault *why)
{
	slice reason;
	for (const struct json_node *member = json_first(call->body); member; member = json_next(member)) {
		char name[64];
		snprintf(name, sizeof(name), "%.*s", SLICE_ARG(json_key(member)));
		if (!slice_equal(json_key(member), SLICE("reason")))
			return FAIL_FIELD(why, E_INVALID, name, "the body may hold `reason` and nothing else");
		if (!json_string(member, &reason))
			return FAIL_FIELD(why, E_INVALID, "reason", "reason must be a string");
		json_put_string(writer, "reason", reason);
	}
	return E_OK;
}

static enum error write_command(struct api_call *call, slice sealed, struct buffer *out, struct fault *why)
{
	struct json_writer writer;
	uint64_t if_match;
	bool dry_run;
	TRY(read_if_match(call, &if_match, why));
	TRY(read_dry_run(call, &dry_run, why));
	json_writer_init(&writer, out, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_text(&writer, "op", ops[call->route.action]);
	json_put_string(&writer, "kind", kind_row(call->route.kind)->name);
	if (call->id.len)
		json_put_string(&writer, "id", call->id);
	json_put_string(&writer, "actor", CALL_ADMIN);
	if (if_match)
		json_put_u64(&writer, "if_match", if_match);
	if (dry_run)
		json_put_bool(&writer, "dry_run", true);
	TRY(write_idempotency(call, &writer, why));
	if (call->route.action == ROUTE_VERB) {
		json_put_text(&writer, "verb", call->route.verb);
		TRY(write_reason(call, &writer, why));
	} else if (call->body) {
		write_object(call, &writer, sealed);
	}
	json_end_object(&writer);
	return json_writer_end(&writer, why);
}

static void send_command(struct api_call *call, slice sealed)
{
	struct fault why = {0};
	struct buffer command;
	buffer_init(&command, RECORDER_CALL_BYTES_MAX);
	enum error code = write_command(call, sealed, &command, &why);
	if (code == E_OK)
		recorder_call(call->services->recorder, RECORDER_COMMAND, buffer_slice(&command), answered, call);
	else
		api_call_refuse(call, code, &why);
	buffer_free(&command);
}

static void take_command(struct api_call *call)
{
	struct fault why = {0};
	enum route_action action = call->route.action;
	bool optional = action == ROUTE_VERB || action == ROUTE_DELETE;
	enum error code = api_call_read_body(call, optional, &why);
	if (code == E_OK && action == ROUTE_DELETE && call->body)
		code = FAIL(&why, E_REQUEST, "a DELETE has no body");
	if (code != E_OK)
		api_call_refuse(call, code, &why);
	else if (secret_find(call))
		secret_seal(call, send_command);
	else
		send_command(call, (slice){NULL, 0});
}

void objects_handle(struct api_call *call)
{
	if (call->route.action == ROUTE_LIST)
		ask_list(call);
	else if (call->route.action == ROUTE_READ)
		ask_read(call);
	else
		take_command(call);
}

static void refreshed(void *context, int status, slice reply)
{
	api_call_answer(context, status, reply);
}

void refresh_handle(struct api_call *call)
{
	struct fault why = {0};
	enum error code = api_call_check_query(call, NULL, 0, &why);
	if (code == E_OK)
		code = api_call_read_body(call, true, &why);
	if (code == E_OK)
		discovery_refresh(call->services, call->id, refreshed, call);
	else
		api_call_refuse(call, code, &why);
}
