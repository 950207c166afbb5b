/* Questions about the log: decisions, one record, a trace, unknown callers. */
#include "api/call.h"

#include "text/json_writer.h"

static enum error write_filters(struct api_call *call, struct json_writer *writer, struct fault *why)
{
	static const char *const names[] = {"kind", "agent", "task", "tool", "decision", "mode", "since", "until",
					    "limit", "before"};
	TRY(api_call_check_query(call, names, sizeof(names) / sizeof(names[0]), why));
	for (size_t i = 0; i < call->query.count; i++) {
		slice name = call->query.pairs[i].name, value = call->query.pairs[i].value;
		uint64_t number;
		json_write_key(writer, name);
		if (!slice_equal(name, SLICE("limit")) && !slice_equal(name, SLICE("before"))) {
			json_write_string(writer, value);
			continue;
		}
		bool limit = slice_equal(name, SLICE("limit"));
		if (!slice_to_u64(value, &number) || number > INT64_MAX)
			return FAIL_FIELD(why, E_INVALID, limit ? "limit" : "before", "%.*s must be a number",
					  SLICE_ARG(name));
		json_write_u64(writer, number);
	}
	return E_OK;
}

static enum error write_id(struct api_call *call, struct json_writer *writer, struct fault *why)
{
	TRY(api_call_check_query(call, NULL, 0, why));
	json_put_string(writer, "id", call->id);
	return E_OK;
}

static void ask(struct api_call *call, const char *op,
		enum error (*fill)(struct api_call *call, struct json_writer *writer, struct fault *why))
{
	struct fault why = {0};
	struct buffer request;
	struct json_writer writer;
	buffer_init(&request, 65536);
	json_writer_init(&writer, &request, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_text(&writer, "op", op);
	enum error code = fill(call, &writer, &why);
	if (code == E_OK) {
		json_end_object(&writer);
		code = json_writer_end(&writer, &why);
	}
	if (code == E_OK)
		api_call_forward(call, RECORDER_QUERY, buffer_slice(&request));
	else
		api_call_refuse(call, code, &why);
	buffer_free(&request);
}

void decisions_handle(struct api_call *call)
{
	ask(call, "list", write_filters);
}

void decision_handle(struct api_call *call)
{
	ask(call, "find", write_id);
}

void trace_handle(struct api_call *call)
{
	ask(call, "trace", write_id);
}

void callers_handle(struct api_call *call)
{
	struct fault why = {0};
	enum error code = api_call_check_query(call, NULL, 0, &why);
	if (code == E_OK)
		api_call_forward(call, RECORDER_CALLERS, SLICE("{}"));
	else
		api_call_refuse(call, code, &why);
}
