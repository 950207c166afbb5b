/* Answers of a target, as the client may see them. */
#include "gateway/call.h"

#define TASKS_EXTENSION SLICE("io.modelcontextprotocol/tasks")

static void write_without(struct json_writer *writer, const struct json_doc *doc, const struct json_node *object,
			  slice left_out)
{
	json_begin_object(writer);
	for (const struct json_node *member = json_first(object); member; member = json_next(member)) {
		if (slice_equal(json_key(member), left_out))
			continue;
		json_write_key(writer, json_key(member));
		json_write_node(writer, doc, member);
	}
	json_end_object(writer);
}

/* What is denied must not be offered: tasks, as capability and as extension. */
static void write_capabilities(struct json_writer *writer, const struct json_doc *doc, const struct json_node *object)
{
	json_begin_object(writer);
	for (const struct json_node *member = json_first(object); member; member = json_next(member)) {
		if (slice_equal(json_key(member), SLICE("tasks")))
			continue;
		json_write_key(writer, json_key(member));
		if (slice_equal(json_key(member), SLICE("extensions")) && json_is(member, JSON_OBJECT))
			write_without(writer, doc, member, TASKS_EXTENSION);
		else
			json_write_node(writer, doc, member);
	}
	json_end_object(writer);
}

static void write_versions(struct json_writer *writer, const struct json_node *versions)
{
	slice name;
	json_begin_array(writer);
	for (const struct json_node *item = json_first(versions); item; item = json_next(item))
		if (json_string(item, &name) && mcp_revision_of(name) != MCP_REVISION_NONE)
			json_write_string(writer, name);
	json_end_array(writer);
}

/* The result of initialize or server/discover. */
static enum error write_greeting(const struct json_doc *doc, const struct json_node *result, struct buffer *to,
				 struct fault *why)
{
	struct json_writer writer;
	json_writer_init(&writer, to, JSON_COMPACT);
	json_begin_object(&writer);
	for (const struct json_node *member = json_first(result); member; member = json_next(member)) {
		json_write_key(&writer, json_key(member));
		if (slice_equal(json_key(member), SLICE("capabilities")) && json_is(member, JSON_OBJECT))
			write_capabilities(&writer, doc, member);
		else if (slice_equal(json_key(member), SLICE("supportedVersions")))
			write_versions(&writer, member);
		else if (slice_equal(json_key(member), SLICE("cacheScope")))
			json_write_string(&writer, SLICE("private"));
		else
			json_write_node(&writer, doc, member);
	}
	json_end_object(&writer);
	return json_writer_end(&writer, why);
}

static enum error write_plain(const struct json_doc *doc, const struct json_node *node, struct buffer *to,
			      struct fault *why)
{
	struct json_writer writer;
	json_writer_init(&writer, to, JSON_COMPACT);
	json_write_node(&writer, doc, node);
	return json_writer_end(&writer, why);
}

static enum error write_result(struct call *call, const struct answer_view *view, const struct json_doc *doc,
			       const struct json_node *result, struct buffer *to, struct fault *why)
{
	if (view->method == MCP_INITIALIZE || view->method == MCP_DISCOVER)
		return write_greeting(doc, result, to, why);
	if (mcp_method_row(view->method)->rule == MCP_LIST)
		return list_filter(call, view->method, view->server, doc, result, to, why);
	return write_plain(doc, result, to, why);
}

void call_write_answer(struct call *call, const struct answer_view *view, const struct json_doc *doc,
		       const struct jsonrpc_message *message, struct buffer *to)
{
	struct fault why = {0};
	struct buffer part;
	enum error error;
	buffer_init(&part, call->services->config->response_body_bytes_max);
	if (message->kind == JSONRPC_ERROR)
		error = write_plain(doc, message->error, &part, &why);
	else
		error = write_result(call, view, doc, message->result, &part, &why);
	if (error != E_OK) {
		jsonrpc_write_error(to, view->id, error_jsonrpc(E_UPSTREAM), SLICE("the target did not answer properly"),
				    SLICE(""));
	} else if (message->kind == JSONRPC_ERROR) {
		buffer_add(to, SLICE("{\"jsonrpc\":\"2.0\",\"id\":"));
		buffer_add(to, view->id.len > 0 ? view->id : SLICE("null"));
		buffer_add(to, SLICE(",\"error\":"));
		buffer_add(to, buffer_slice(&part));
		buffer_add_byte(to, '}');
	} else {
		jsonrpc_write_result(to, view->id, buffer_slice(&part));
	}
	buffer_free(&part);
}

enum effect answer_effect(const struct json_doc *doc, const struct jsonrpc_message *message, uint64_t *ret_status,
			  slice *ret_detail)
{
	bool failed = false;
	slice type = SLICE("complete");
	*ret_status = 200;
	*ret_detail = SLICE("");
	if (message->kind == JSONRPC_ERROR) {
		*ret_status = message->error_code < 0 ? (uint64_t)-(message->error_code + 1) + 1
						      : (uint64_t)message->error_code;
		*ret_detail = SLICE("the target answered with an error");
		return EFFECT_ERROR;
	}
	(void)json_string(json_get(doc, message->result, SLICE("resultType")), &type);
	if (slice_equal(type, SLICE("input_required"))) {
		*ret_detail = SLICE("the target asks for more input first");
		return EFFECT_UNKNOWN;
	}
	if (json_bool(json_get(doc, message->result, SLICE("isError")), &failed) && failed) {
		*ret_detail = SLICE("the tool reports an error");
		return EFFECT_ERROR;
	}
	return EFFECT_OK;
}
