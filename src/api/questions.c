/* Questions about the log: decisions, one record, a trace, unknown callers. */
#include "api/call.h"

#include "text/json_writer.h"
#include "text/ulid.h"

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

/*
 * A denial leaves before its record is durable (DESIGN D6), so who asks `why` at once may be faster than the disk: a
 * decision as young as that is asked for again for a moment.
 */
#define YOUNG_MS 2000
#define ASK_AGAIN_MS 20u
#define ASK_TIMES_MAX 50u

struct patient {
	struct api_call *call;
	struct loop_timer timer;
	struct buffer request;
	unsigned times;
};

static bool is_young(const struct api_call *call)
{
	int64_t made_ms;
	return ulid_parse(call->id, SLICE("d"), &made_ms, NULL) == E_OK &&
	       services_now_ns(call->services) / 1000000 - made_ms < YOUNG_MS;
}

static void patient_answered(void *context, int status, slice reply)
{
	struct patient *patient = context;
	struct api_call *call = patient->call;
	if (status == 404 && patient->times++ < ASK_TIMES_MAX && is_young(call)) {
		loop_timer_start(call->services->loop, &patient->timer, ASK_AGAIN_MS);
		return;
	}
	buffer_free(&patient->request);
	api_call_answer(call, status, reply);
}

static void patient_asks(void *context)
{
	struct patient *patient = context;
	recorder_call(patient->call->services->recorder, RECORDER_QUERY, buffer_slice(&patient->request),
		      patient_answered, patient);
}

void decision_handle(struct api_call *call)
{
	struct fault why = {0};
	struct json_writer writer;
	struct patient *patient = ARENA_NEW(&call->exchange->arena, struct patient);
	enum error code = patient ? api_call_check_query(call, NULL, 0, &why) : FAIL(&why, E_MEMORY, "no memory");
	if (code != E_OK) {
		api_call_refuse(call, code, &why);
		return;
	}
	patient->call = call;
	patient->timer = (struct loop_timer){.run = patient_asks, .context = patient};
	buffer_init(&patient->request, 65536);
	json_writer_init(&writer, &patient->request, JSON_COMPACT);
	json_begin_object(&writer);
	json_put_text(&writer, "op", "find");
	json_put_string(&writer, "id", call->id);
	json_end_object(&writer);
	patient_asks(patient);
}

void trace_handle(struct api_call *call)
{
	ask(call, "trace", write_id);
}

static enum error write_policy_set(struct api_call *call, struct json_writer *writer, struct fault *why)
{
	static const char *const names[] = {"page_token"};
	slice token;
	TRY(api_call_check_query(call, names, 1, why));
	json_put_string(writer, "id", call->id);
	if (form_get(&call->query, SLICE("page_token"), 0, &token))
		json_put_string(writer, "page_token", token);
	return E_OK;
}

void policy_set_handle(struct api_call *call)
{
	struct fault why = {0};
	struct buffer request;
	struct json_writer writer;
	buffer_init(&request, 65536);
	json_writer_init(&writer, &request, JSON_COMPACT);
	json_begin_object(&writer);
	enum error code = write_policy_set(call, &writer, &why);
	json_end_object(&writer);
	if (code == E_OK)
		code = json_writer_end(&writer, &why);
	if (code == E_OK)
		api_call_forward(call, RECORDER_POLICY_SET, buffer_slice(&request));
	else
		api_call_refuse(call, code, &why);
	buffer_free(&request);
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
